"""`monitor doctor --repair`: what a crash left, mended and told."""

import shutil
from pathlib import Path

import pytest
from sqlalchemy import text
from store.broadcasts import begin, end, flag, kept
from typer.testing import CliRunner

from monitor.audit import Act
from monitor.cli.app import app
from monitor.config import Settings
from monitor.doctor import Grade
from monitor.doctor.waiting import examine
from monitor.store import Store, Unit


def repaired(workspace: Path) -> tuple[int, str]:
    done = CliRunner().invoke(app, ["doctor", "--repair", "--workspace", str(workspace)])
    return done.exit_code, done.stdout


def test_what_a_crash_left_is_mended_and_told(tmp_path: Path):
    """Evidence without its flag goes, a flag without its evidence is named, and the audit log tells of both."""
    store = Store.open(tmp_path)
    gone = kept(tmp_path, "f-2")
    stream_id = begin(store)
    store.add(stream_id, Unit(flags=[flag("f-1", evidence=kept(tmp_path, "f-1")), flag("f-2", evidence=gone)]))
    end(store, stream_id)
    orphan = kept(tmp_path, "f-9").folder
    shutil.rmtree(gone.folder)
    code, said = repaired(tmp_path)
    assert code == 1
    assert not orphan.exists()
    assert "removed f-9: evidence that no flag names" in said
    assert "gone: the evidence of flag f-2" in said
    (entry,) = store.audit.last(5, act=Act.REPAIR)
    assert b'"missing":1' in entry.leaf


def test_a_sound_workspace_is_left_as_it_is(tmp_path: Path):
    """Nothing to do is said, and logged nowhere."""
    store = Store.open(tmp_path)
    stream_id = begin(store)
    store.add(stream_id, Unit(flags=[flag("f-1", evidence=kept(tmp_path, "f-1"))]))
    end(store, stream_id)
    size = store.audit.size
    assert repaired(tmp_path) == (0, "nothing to repair: every flag has its evidence, every folder its flag\n")
    assert store.audit.size == size


@pytest.mark.parametrize("name", ["none", "file"])
def test_no_workspace(tmp_path: Path, name: str):
    """Said in one line."""
    if name == "file":
        (tmp_path / name).write_text("x")
    done = CliRunner().invoke(app, ["doctor", "--repair", "--workspace", str(tmp_path / name)])
    assert done.exit_code != 0


def test_an_examination_in_json_repairs_nothing(tmp_path: Path):
    """Who reads JSON is not given lines, and nothing is touched."""
    Store.open(tmp_path)
    orphan = kept(tmp_path, "f-9").folder
    done = CliRunner().invoke(app, ["doctor", "--repair", "--json", "--workspace", str(tmp_path)])
    assert done.exit_code == 2
    assert orphan.exists()


def test_a_queue_that_others_wrote_into_is_put_right(tmp_path: Path):
    """What is missing comes back, what is too much goes, and the log tells of it."""
    store = Store.open(tmp_path)
    stream_id = begin(store)
    store.add(stream_id, Unit(flags=[flag("f-1"), flag("f-2")]))
    end(store, stream_id)
    with store._database.writing() as session:
        session.execute(text("DELETE FROM queue WHERE flag_id = 'f-1'"))
        session.execute(text("UPDATE queue SET flag_id = 'f-9' WHERE flag_id = 'f-2'"))
    settings = Settings(workspace=tmp_path)
    assert [(finding.grade, finding.found) for finding in examine(settings)] == [
        (Grade.BEWARE, "3 flags stand in it wrongly")
    ]
    code, said = repaired(tmp_path)
    assert (code, said) == (
        0, "put right: 3 flags in the review queue, which was not as flags and verdicts say\n",
    )  # fmt: skip
    assert [finding.grade for finding in examine(settings)] == [Grade.FINE]
    (entry,) = store.audit.last(5, act=Act.REPAIR)
    assert b'"queued":3' in entry.leaf


def test_the_queue_is_looked_at_where_there_is_one(tmp_path: Path):
    """No workspace is made for it, and a file that is no database is told of."""
    settings = Settings(workspace=tmp_path / "w")
    assert list(examine(settings)) == []
    assert not settings.workspace.exists()
    settings.workspace.mkdir()
    (settings.workspace / "monitor.db").write_text("no database" * 1000)
    assert [finding.grade for finding in examine(settings)] == [Grade.MEND]
