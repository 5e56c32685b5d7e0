"""The made-up workspace is what scans and reviewers would have left: valid, signed, and the same for the same seed."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from desk_maker import Made, make, verdict_of
from desk_outline import Act, Size, outline
from desk_words import HOSTILE, Broadcast, Telling
from exported_cases import desk
from sqlalchemy import select, text

from monitor.audit.check import check as check_log
from monitor.evidence import examine
from monitor.store import Store, Unit
from monitor.store.queue_tables import QueueRow
from monitor.store.queueing import differences
from monitor.store.tables import FlagRow
from monitor.store.verdicts import JudgedOn

SCHEMA = json.loads((Path(__file__).parents[2] / "docs/flag.schema.json").read_text("utf-8"))
SIGNER = desk(7)
SIZE = Size(flags=80, streams=9, cues=300, clips=1)
WHEN = ("begun_at", "ended_at", "started_at", "touched_at", "at")
"""Columns of times that a scan takes from the clock."""


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    return make(tmp_path_factory.mktemp("made") / "desk", SIZE, signer=SIGNER)


def lines(workspace: Path) -> list[dict[str, Any]]:
    with Store.open(workspace)._database.reading() as session:
        return list(session.scalars(select(FlagRow.line).order_by(FlagRow.id)))


def test_there_is_as_much_as_was_asked_for(made: Made) -> None:
    told = list(Store.open(made.workspace).streams())
    assert (made.flags, made.streams, made.cues) == (80, 9, 300)
    assert len(told) == 9
    assert sum(sum(stored.flags.values()) for stored in told) == 80
    assert sum(sum(stored.cues.values()) for stored in told) == 300
    assert sum(stored.candidates for stored in told) == made.candidates


def test_every_line_is_a_flag_and_all_kinds_are_there(made: Made) -> None:
    found = lines(made.workspace)
    for line in found:
        jsonschema.validate(line, SCHEMA)
    assert {line["platform"] for line in found} == {"douyin", "kuaishou", "taobao"}
    assert len({line["scheme"] for line in found}) == 10
    assert len({line["severity"] for line in found}) >= 3
    assert any(line["suppressed"] for line in found)
    assert any(line["rules"] for line in found)
    assert any(not line["rules"] and line["rules_note"] for line in found)


def test_a_clip_that_plays_lies_with_the_first_of_the_queue(made: Made) -> None:
    assert list(made.with_clips) == list(made.waiting[:1])
    (line,) = (line for line in lines(made.workspace) if line["flag_id"] == made.waiting[0])
    folder = made.workspace / line["evidence"]["folder"]
    found = examine(folder, key=SIGNER.public_key)
    assert found.problems == []
    pieces = json.loads((folder / "manifest.json").read_text("utf-8"))["pieces"]
    assert pieces[0]["stream_start_s"] <= line["start_s"] - 5 or line["start_s"] < 5
    assert pieces[0]["stream_end_s"] > line["end_s"]


def test_the_queue_says_what_flags_and_verdicts_say(made: Made) -> None:
    with Store.open(made.workspace)._database.reading() as session:
        assert differences(session) == []
        asked = select(QueueRow.flag_id).where(QueueRow.open, QueueRow.events == 0)
        waiting = session.scalars(asked.order_by(QueueRow.severity_rank, QueueRow.flagged_at, QueueRow.start_ms)).all()
    assert tuple(waiting) == made.waiting


def test_the_log_is_whole(made: Made) -> None:
    log = Store.open(made.workspace).audit
    tree, heads = log.state()
    assert list(check_log(log.entries(), tree, heads).problems) == []


def test_the_same_seed_makes_the_same_workspace(made: Made, tmp_path: Path) -> None:
    again = make(tmp_path / "again", SIZE, signer=SIGNER)
    other = make(tmp_path / "other", replace(SIZE, seed=2, clips=0))
    assert lines(again.workspace) == lines(made.workspace)
    assert again.waiting == made.waiting
    assert not {line["flag_id"] for line in lines(other.workspace)} & {
        line["flag_id"] for line in lines(made.workspace)
    }


def test_rows_are_those_that_scans_and_reviewers_leave(tmp_path: Path) -> None:
    """The same streams and decisions through the store's own services leave the same rows."""
    size = replace(SIZE, flags=60, clips=0)
    bulk = make(tmp_path / "bulk", size)
    telling = Telling(size)
    plans = outline(size, len(telling.schemes))
    store = Store.open(tmp_path / "served")
    through_services(store, telling, [telling.tell(plan) for plan in plans])
    ours, theirs = Store.open(bulk.workspace), store
    for table in ("streams", "parts", "cues", "gaps", "discards", "flags", "violations", "hits", "suppressions",
                  "verdicts", "holds"):  # fmt: skip
        assert rows_of(ours, table) == rows_of(theirs, table), table
    assert acts_of(ours) == acts_of(theirs)


def through_services(store: Store, telling: Telling, told: list[Broadcast]) -> None:
    decided: list[tuple[Act, str, JudgedOn]] = []
    for one in told:
        run = store.begin_run(
            command="scan",
            settings={"jobs": 2},
            versions={"monitor": "0.1.0"},
            at=one.plan.started_at,
            rules=telling.rules,
        )
        fingerprint = one.media_key + "+s1"
        stream_id = store.begin_stream(run, one.key, fingerprint, one.stream, media_key=one.media_key)
        done = one.plan.state == "done"
        reached_ms = one.plan.end_ms if done else one.plan.end_ms // 3
        flags = [flag for flag, _ in one.flags]
        store.add(
            stream_id,
            Unit(cues=one.cues, gaps=one.gaps, discards=one.discards, flags=flags, reached_ms=reached_ms),
        )
        length = {"end_ms": one.plan.end_ms, "heard_ms": one.heard_ms, "seen_ms": one.seen_ms}
        problem = {
            "failed": "undecodable from here: Invalid data found when processing input",
            "stopped": "interrupted",
        }
        store.end_stream(
            stream_id,
            **(length if done else dict.fromkeys(length, 0)),
            state=one.plan.state,
            problem=problem.get(one.plan.state, ""),
            wall_s=one.plan.end_ms / 9000,
        )
        for flag, plan in one.flags:
            decided += [(act, flag.flag_id, JudgedOn("", flag.lexicon, flag.policy)) for act in plan.acts]
    for act, flag_id, judged_on in sorted(decided, key=lambda each: each[0].at):
        seen = store.reviews.states([flag_id])[flag_id].events
        store.reviews.decide(verdict_of(act, flag_id, seen, judged_on))


def rows_of(store: Store, table: str) -> Counter[tuple[Any, ...]]:
    """What stands in a table, without numbers given by the database and times taken from the clock."""
    timely = WHEN if table == "streams" else ()
    with store._database.reading() as session:
        found = session.execute(text(f"SELECT * FROM {table}")).mappings().all()
    return Counter(
        tuple(str(value) for name, value in row.items() if name not in ("id", "run_id", *timely)) for row in found
    )


def acts_of(store: Store) -> Counter[tuple[str, str, str]]:
    """Of the log, what was done to streams and flags, and the facts."""
    return Counter(
        (entry.act, entry.subject, json.dumps(json.loads(entry.leaf)["facts"], sort_keys=True))
        for entry in store.audit.entries()
        if not entry.subject.startswith(("run:", "sha256:"))
    )


def test_hostile_texts_stand_in_every_place(tmp_path: Path) -> None:
    made = make(tmp_path / "desk", replace(SIZE, flags=150, cues=600, hostile=True, clips=0))
    found = lines(made.workspace)
    for line in found:
        jsonschema.validate(line, SCHEMA)
    said = "".join(texts_of(found))
    for place in ("creator", "room"):
        assert any("<" in line[place] or "=" in line[place] for line in found), place
    storable = [each for each in HOSTILE if "\ud800" not in each and "\x00" not in each]
    assert sum(each in said for each in storable) > len(storable) * 0.8
    for line in found:
        for hit in line["hits"]:
            near = [cue["text"] for cue in line["context"] if cue["channel"] == hit["channel"]]
            assert any(hit["raw"] in each for each in near), hit


def texts_of(found: list[dict[str, Any]]) -> Iterator[str]:
    for line in found:
        yield line["creator"] + line["room"]
        yield from (cue["text"] for cue in line["context"])
