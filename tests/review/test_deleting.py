"""A plan done on a real workspace: what goes, what stays, and what happens when somebody decides meanwhile."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from review.desk import PERIODS, after_days, bundle, decide, deletions_logged, disagreements, fill
from store.broadcasts import begin, end, flag

from monitor.errors import UsageError, WorkspaceError
from monitor.evidence import sweep
from monitor.review.deleting import apply, check_still_due, finish, plan_now
from monitor.review.retention import Kind, Plan
from monitor.store import Store, Unit
from monitor.store.forgetting import StalePlanError
from monitor.store.verdicts import Decision


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    return tmp_path / "workspace"


def due(store: Store, days: float = 5000) -> Plan:
    return plan_now(store.retention, PERIODS, now=after_days(days))


def test_exactly_the_plan_is_done(workspace: Path) -> None:
    """Folders go, the held one stays; lines, stream and log tell it; a second plan has nothing left to do."""
    store = Store.open(workspace)
    stream_id = fill(store, ["f-1", "f-2", "f-3"])
    fill(store, ["g-1"], "乙")
    decide(store.reviews, "f-1", Decision.CONFIRMED)
    decide(store.reviews, "f-2", Decision.DISMISSED)
    decide(store.reviews, "f-3", Decision.CONFIRMED)
    store.reviews.release("f-3", why="期满", by="王", at=after_days(0))
    assert [item.name for item in due(store, 91).items] == ["stream 2"]
    plan = due(store)
    assert [(item.kind, item.name) for item in plan.items] == [
        (Kind.RAW, "stream 2"),
        (Kind.CLIP, "evidence/f-2"),
        (Kind.CONFIRMED, "evidence/f-3"),
        (Kind.CLIP, "evidence/g-1"),
    ]
    assert plan.items[1].size_bytes > 1000
    assert plan.size_bytes == sum(item.size_bytes for item in plan.items)
    check_still_due(plan.plan_id, due(store))
    assert list(apply(plan, store.retention, by="desk")) == list(plan.items)
    assert sorted(path.name for path in (workspace / "evidence").iterdir()) == ["f-1"]
    assert list(disagreements(workspace)) == []
    assert len(list(store.cues(stream_id))) == 2
    assert len(list(store.flags())) == 4
    facts = [(entry.subject, entry.facts["kept_as"], entry.facts["plan"]) for entry in deletions_logged(store)]
    assert facts[1:] == [
        ("f-2", "clip", plan.plan_id),
        ("f-3", "confirmed", plan.plan_id),
        ("g-1", "clip", plan.plan_id),
    ]
    assert due(store).items == ()


@pytest.mark.parametrize("name", ["", "system", "a\nb", "x" * 101])
def test_whoever_deletes_has_a_name(workspace: Path, name: str) -> None:
    """It stands in the audit log for good; without one nothing is deleted."""
    store = Store.open(workspace)
    fill(store, ["f-1"])
    with pytest.raises(UsageError, match="a person's name is needed; give --by"):
        list(apply(due(store), store.retention, by=name))
    assert len(due(store).items) == 2


def test_looking_at_a_plan_changes_nothing(workspace: Path) -> None:
    """Neither on the disk nor in the log."""
    store = Store.open(workspace)
    fill(store, ["f-1"])
    before = sorted(workspace.rglob("evidence/**/*"))
    assert due(store).plan_id == due(store).plan_id
    assert sorted(workspace.rglob("evidence/**/*")) == before
    assert deletions_logged(store) == []


def test_a_plan_that_is_no_longer_right_is_refused(workspace: Path) -> None:
    """A verdict came in between: the message names the plan that would be done now."""
    store = Store.open(workspace)
    fill(store, ["f-1", "f-2"])
    looked_at = due(store)
    decide(store.reviews, "f-1", Decision.CONFIRMED)
    found = due(store)
    with pytest.raises(StalePlanError, match=f"plan {looked_at.plan_id}: not .* {found.plan_id} with 1 deletions"):
        check_still_due(looked_at.plan_id, found)


def test_a_decision_in_the_middle_stops_a_plan(workspace: Path) -> None:
    """What came before is done, what was decided meanwhile and all after it stay whole."""
    store = Store.open(workspace)
    fill(store, ["f-1", "f-2", "f-3"])
    running = apply(due(store), store.retention, by="desk")
    assert [next(running).name for _ in range(2)] == ["stream 1", "evidence/f-1"]
    decide(store.reviews, "f-2", Decision.CONFIRMED)
    with pytest.raises(StalePlanError, match="flag f-2"):
        next(running)
    assert sorted(path.name for path in (workspace / "evidence").iterdir()) == ["f-2", "f-3"]
    assert list(disagreements(workspace)) == []


def test_newer_evidence_under_a_name_that_became_free_stays(workspace: Path) -> None:
    """A deletion that died half-way and whose name another scan has since taken removes its own folder alone."""
    store = Store.open(workspace)
    fill(store, ["f-1"])
    (kept,) = store.retention.kept_evidence()
    store.retention.forget_evidence(kept, kept_as="clip", why="w", plan="p", size_bytes=1, by="d", at=after_days(0))
    shutil.move(workspace / "evidence/f-1", workspace / "evidence/.tmp-deleted-1")
    stream_id = begin(store, fingerprint="f2")
    store.add(stream_id, Unit(flags=[flag("f-1", evidence=bundle(workspace, "f-1"))]))
    end(store, stream_id)
    assert finish(store.retention) == (1, [])
    assert [path.name for path in (workspace / "evidence").iterdir()] == ["f-1"]
    assert [one.folder for one in store.retention.kept_evidence()] == ["evidence/f-1"]


def test_a_folder_that_is_not_what_was_deleted_is_left_and_named(workspace: Path) -> None:
    """Somebody changed it between the kill and the start-up: a sweep, which looks at names alone, decides."""
    store = Store.open(workspace)
    fill(store, ["f-1"])
    (kept,) = store.retention.kept_evidence()
    store.retention.forget_evidence(kept, kept_as="clip", why="w", plan="p", size_bytes=1, by="d", at=after_days(0))
    (workspace / "evidence/f-1/manifest.json").write_text("other", "utf-8")
    assert finish(store.retention) == (0, [workspace / "evidence/f-1"])
    sweep(workspace / "evidence", set())
    assert finish(store.retention) == (1, [])


def test_a_folder_that_cannot_be_removed_is_an_error_and_tried_again(workspace: Path) -> None:
    """The row says deleted; the next time ends it."""
    store = Store.open(workspace)
    fill(store, ["f-1"])
    in_the_way = workspace / "evidence/.tmp-deleted-2"  # the second deletion; the first is the stream's
    in_the_way.write_text("a file where a folder should be", "utf-8")
    with pytest.raises(WorkspaceError, match=r"f-1: cannot be removed .* goes on"):
        list(apply(due(store), store.retention, by="desk"))
    assert len(store.retention.unfinished_deletions()) == 1
    in_the_way.unlink()
    assert finish(store.retention) == (1, [])
    assert list(disagreements(workspace)) == []


def test_a_link_is_not_followed(workspace: Path, tmp_path: Path) -> None:
    """Evidence that somebody moved elsewhere and linked: the link goes, what it leads to is not ours."""
    store = Store.open(workspace)
    fill(store, ["f-1"])
    shutil.move(workspace / "evidence/f-1", tmp_path / "moved")
    (workspace / "evidence/f-1").symlink_to(tmp_path / "moved")
    list(apply(due(store), store.retention, by="desk"))
    assert list((workspace / "evidence").iterdir()) == []
    assert (tmp_path / "moved/clip.mp4").exists()


def test_evidence_that_is_gone_already_goes_from_the_record_too(workspace: Path) -> None:
    """Somebody deleted a folder by hand: its period ends all the same."""
    store = Store.open(workspace)
    fill(store, ["f-1"])
    shutil.rmtree(workspace / "evidence/f-1")
    assert len(list(apply(due(store), store.retention, by="desk"))) == 2
    assert list(disagreements(workspace)) == []


def test_deleted_words_are_not_left_in_the_file(workspace: Path) -> None:
    """SQLite would leave deleted text readable in free pages."""
    store = Store.open(workspace)
    fill(store, ["f-1"])
    own = "九块九".encode()
    store._database.engine.dispose()
    assert any(own in path.read_bytes() for path in workspace.glob("monitor.db*"))
    list(apply(due(store, 91), store.retention, by="desk"))
    store._database.engine.dispose()
    assert not any(own in path.read_bytes() for path in workspace.glob("monitor.db*"))
