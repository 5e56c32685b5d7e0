"""From every schema that ever was to today's, with all that was in it."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from broadcasts import AT, SPOKEN, begin, end
from old_rows import ENTRY, LINE, fill
from sqlalchemy import select, text

from monitor.audit import Act, Entry
from monitor.records import Cue
from monitor.store import Answer, Store, Unit, tables
from monitor.store.database import Database
from monitor.store.queue_tables import QueueRow
from monitor.store.queueing import differences
from monitor.store.schema import MIGRATIONS, bring_up_to_date, newest
from monitor.store.verdicts import Stage

REVISIONS = ["0001", "0002", "0003", "0004", "0005", "0006", "0007", "0008", "0009", "0010", "0011"]


def test_every_revision_is_tried() -> None:
    """Whoever adds a migration adds its rows to `old_rows` and its number here; the newest is the last file's."""
    scripts = ScriptDirectory(str(MIGRATIONS))
    assert [script.revision for script in scripts.walk_revisions()][::-1] == REVISIONS
    assert scripts.get_heads() == [newest()]


@pytest.fixture
def database(workspace: Path, url: str | None) -> Database:
    workspace.mkdir()
    return Database(url) if url else Database("", workspace / "monitor.db")


@pytest.mark.parametrize("revision", REVISIONS)
def test_every_row_comes_along(database: Database, workspace: Path, revision: str) -> None:
    """Each column of each row holds what it held; the tables are today's; the store reads and writes them."""
    rows = fill(database, revision)
    bring_up_to_date(database)
    with database.connection() as connection:
        for table, some in rows.items():
            found = connection.execute(text(f"SELECT * FROM {table} ORDER BY id")).mappings().all()
            told = [{name: _plain(row[name]) for name in was} for row, was in zip(found, some, strict=True)]
            assert told == [{name: _plain(value) for name, value in was.items()} for was in some]
    with database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, tables.Table.metadata) == []
        if database.is_sqlite:
            assert connection.exec_driver_sql("PRAGMA foreign_key_check").all() == []
            assert connection.exec_driver_sql("PRAGMA integrity_check").scalar() == "ok"
    _read(Store(database, workspace), revision)


def _read(store: Store, revision: str) -> None:
    done, stopped = sorted(store.streams(), key=lambda stored: stored.stream_id)
    assert store.done() == {"甲": "f1"}
    assert (done.cues, done.flags, done.gaps, done.discards) == (
        {"screen": 1, "speech": 1}, {"cashback_refund": 1}, 1, 1,
    )  # fmt: skip
    assert done.stream.started_at == datetime(2026, 11, 20, 12, 0, 0, 250_000, UTC)
    assert [str(path) for path in stopped.stream.parts] == ["乙.mp4"]
    assert done.stream.messages == (Path("录像/\udc84.jsonl"),)
    cues = {cue.cue_id: cue for cue in store.cues(1)}
    assert cues["s-1"].text == "收到货再反现给你🧧"
    assert cues["s-1"].alternatives == (("收到货再返现给你",) if revision >= "0002" else ())
    assert list(store.flags()) == [
        {**LINE, "evidence": {**LINE["evidence"], "folder": str(store.workspace / "evidence/f-1")}}
    ]
    assert store.evidence_folders() == {"evidence/f-1": "f-1"}
    assert len(list(store.gaps(1))) == len(list(store.discards(1))) == 1
    told: list[Cue] = [cue for step in store.steps(1) for cue in step.cues]
    assert told == ([cues["s-1"]] if revision >= "0002" else [])
    assert store.kept(7).reached_ms == (12_000 if revision >= "0003" else 0)
    assert store.answer(7, "k") == (Answer("k", [{"text": "返现"}, None]) if revision >= "0003" else None)
    assert [entry.leaf for entry in store.audit.entries()] == ([ENTRY.leaf_bytes()] if revision >= "0004" else [])
    assert [verdict.note for verdict in store.reviews.verdicts("f-1")] == (["听得清楚"] if revision >= "0005" else [])
    assert store.reviews.states(["f-1"])["f-1"].stage == (Stage.CLOSED if revision >= "0005" else Stage.FIRST)
    with store._database.reading() as session:
        assert session.scalars(select(QueueRow.stage)).all() == ["closed" if revision >= "0005" else "first"]
        assert differences(session) == []
    assert [hold.why for hold in store.reviews.holds("f-1")] == (["申诉"] if revision >= "0005" else [])
    assert len(store.retention.deletions(flag_id="f-9")) == (1 if revision >= "0005" else 0)
    assert [(account.name, account.shown, account.active) for account in store.accounts.all()] == (
        [("li", "li", False), ("小王", "王老师", True)] if revision >= "0006" else []
    )
    assert store.accounts.preferences("小王") == ({"静音": True} if revision >= "0006" else {})
    # And life goes on.
    stream_id = begin(store, "丙")
    assert stream_id > 7
    store.add(stream_id, Unit(cues=[SPOKEN]))
    end(store, stream_id)
    store.audit.append(Entry(AT, "小王", Act.LOGIN, "desk"))
    log = list(store.audit.entries())
    assert [entry.seq for entry in log] == list(range(len(log)))
    assert log[-1].leaf == Entry(AT, "小王", Act.LOGIN, "desk").leaf_bytes()
    assert [entry.leaf for entry in log].count(ENTRY.leaf_bytes()) == (1 if revision >= "0004" else 0)


def _plain(value: Any) -> Any:
    """What both databases and `old_rows` mean alike: JSON, times, bytes and truth in one form each."""
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, datetime):
        return f"{value.astimezone(UTC):%Y-%m-%d %H:%M:%S.%f}"
    if isinstance(value, bytes | memoryview):
        return bytes(value).hex()
    if isinstance(value, list | dict):
        return json.dumps(value, ensure_ascii=False)
    return value


def test_a_migration_that_fails_leaves_everything_as_it_was(database: Database, workspace: Path) -> None:
    """All of it or nothing: what stands in the way is told, and the old program can go on with its tables."""
    rows = fill(database, "0002")
    with database.connection() as connection:
        connection.execute(text("CREATE TABLE answers (x INTEGER)"))
    with pytest.raises(Exception, match="answers"):
        bring_up_to_date(database)
    with database.connection() as connection:
        assert connection.scalar(text("SELECT version_num FROM alembic_version")) == "0002"
        assert connection.scalar(text("SELECT count(*) FROM cues")) == len(rows["cues"])
        connection.execute(text("DROP TABLE answers"))
    bring_up_to_date(database)
    assert Store(database, workspace).done() == {"甲": "f1"}
