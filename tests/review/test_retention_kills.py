"""A plan killed with SIGKILL at each of its write points: row and folder agree after the next start, whichever it is.

The child is a fork, so that a kill costs no start of Python; `endurance.dying` counts its writes and kills it.
"""

from __future__ import annotations

import os
import shutil
import signal
import traceback
from pathlib import Path

import pytest
from review.desk import PERIODS, after_days, decide, deletions_logged, disagreements, fill

from monitor.evidence import sweep
from monitor.review.deleting import apply, finish, plan_now
from monitor.store import Store
from monitor.store.verdicts import Decision


def in_child(folder: Path, at: int) -> int:
    """Applies all that is due to the workspace in `folder`, dying at write number `at` (0: not); the exit status."""
    pid = os.fork()
    if pid:
        return os.waitpid(pid, 0)[1]
    try:
        os.environ |= {"DYING_COUNT": str(folder / "points.txt"), "DYING_AT": str(at), "DYING_WHO": "one"}
        from endurance import dying

        for name in ("unlink", "rmdir"):
            setattr(os, name, dying._noted(name, getattr(os, name)))
        store = Store.open(folder / "workspace")
        list(apply(plan_now(store.retention, PERIODS, now=after_days(5000)), store.retention, by="desk"))
    except BaseException:
        traceback.print_exc()
        os._exit(1)
    os._exit(0)


def begun_again(workspace: Path) -> None:
    """What a scan does when it starts (`monitor.scan.reconciling`), which knows nothing of retention."""
    store = Store.open(workspace)
    sweep(workspace / "evidence", {Path(folder).name for folder in store.evidence_folders()})


@pytest.fixture
def calm(tmp_path: Path) -> Path:
    """A workspace of which one flag is on hold and all else is due."""
    folder = tmp_path / "calm"
    store = Store.open(folder / "workspace")
    fill(store, ["f-1"])
    fill(store, ["f-2"], "乙")
    decide(store.reviews, "f-2", Decision.CONFIRMED)
    store._database.engine.dispose()
    return folder


@pytest.mark.slow
def test_row_and_folder_agree_after_a_kill_at_any_write(calm: Path, tmp_path: Path) -> None:
    """No row without its folder, no folder without its row, nothing on hold gone, each deletion logged once."""
    whole = tmp_path / "whole"
    shutil.copytree(calm, whole)
    assert in_child(whole, 0) == 0
    points = (whole / "points.txt").read_text().splitlines()
    kinds = {point.rpartition(" in ")[0] for point in points}
    assert kinds >= {"before commit", "before rename", "after rename", "before removal", "before sync", "after unlink"}
    wrong = []
    for at in range(1, len(points) + 1):
        for start in ("retention", "scan"):
            folder = tmp_path / f"{at}-{start}"
            shutil.copytree(calm, folder)
            if os.WTERMSIG(in_child(folder, at)) != signal.SIGKILL:
                wrong.append(f"{at} {points[at - 1]}: was not killed")
            workspace = folder / "workspace"
            store = Store.open(workspace)
            done_before = len(deletions_logged(store))
            if start == "scan":
                begun_again(workspace)
            else:
                finish(store.retention)
            wrong += [f"{at} {points[at - 1]}, {start}: {one}" for one in disagreements(workspace)]
            finish(store.retention)
            due = plan_now(store.retention, PERIODS, now=after_days(5000))
            done_after = len(list(apply(due, store.retention, by="desk")))
            wrong += [f"{at} {points[at - 1]}, {start}, in the end: {one}" for one in disagreements(workspace)]
            left = (
                sorted(path.name for path in (workspace / "evidence").iterdir()),
                store.retention.unfinished_deletions(),
            )
            if left != (["f-2"], []) or done_before + done_after != 2 or len(list(store.flags())) != 2:
                wrong.append(f"{at} {points[at - 1]}, {start}: {left} left, {done_before} + {done_after} deleted")
            shutil.rmtree(folder)
    assert wrong == []
