"""Kills what reviewers and operators do with flags: `python tests/endurance/kill_acts.py --kills 100`.

One sample is scanned. Then, each time on a copy of its workspace, a verdict, a hold, an export or a retention plan is
killed, half of them at a write point (spread evenly over all there are), half at a random moment, and done again.
After that the audit log must verify and tell each act that is in the tables, every row must have its evidence, every
folder its row, and an export must verify.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import random
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

if __name__ == "__main__":
    sys.path[0] = str(Path(__file__).parents[1])

from endurance.kills import HERE, ROOT, Say, Tally, chosen_points, environment, scan, stored_ids, unpaired

LONGEST_S = 120.0
CASE = "case.zip"


@dataclass(frozen=True)
class Act:
    """One command and what must be true once it was done again."""

    name: str
    arguments: tuple[str, ...]
    entry: str
    """The act's name in the audit log."""
    table: str = ""
    """Where each of its entries has a row."""
    old: bool = False
    """Done to a workspace of which everything is due."""


def acts(flag_id: str, plan_id: str) -> list[Act]:
    return [
        Act("verdict", ("verdict", flag_id, "confirm", "--by", "tester"), "verdict", "verdicts"),
        Act("hold", ("hold", flag_id, "--why", "appeal announced", "--by", "tester"), "hold", "holds"),
        Act("export", ("evidence", "export", flag_id, "--out", CASE, "--by", "tester"), "export"),
        Act(
            "retention", ("retention", "apply", "--plan", plan_id, "--by", "tester"), "deletion", "deletions", old=True
        ),
    ]


def run(arguments: Sequence[str], folder: Path, *, at: int = 0, after_s: float | None = None) -> tuple[int, str]:
    """One command on the workspace in `folder`, killed or not: its exit code and what it said."""
    command = [sys.executable, str(HERE / "dying.py"), *arguments]
    given = environment(folder, at) | {"MONITOR_WORKSPACE": str(folder / "workspace")}
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True, env=given, cwd=folder,
        text=True,
    )  # fmt: skip
    try:
        said, _ = process.communicate(timeout=LONGEST_S if after_s is None else after_s)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        said, _ = process.communicate()
    return process.returncode, said


def grown_old(workspace: Path) -> None:
    """Makes everything in a workspace ten years older than it is."""
    with contextlib.closing(sqlite_of(workspace)) as connection, connection:
        for column in ("begun_at", "touched_at", "ended_at"):
            connection.execute(f"UPDATE streams SET {column} = datetime({column}, '-3650 days')")


def sqlite_of(workspace: Path) -> sqlite3.Connection:
    return sqlite3.connect(workspace / "monitor.db")


def count(workspace: Path, table: str, where: str = "1") -> int:
    with contextlib.closing(sqlite_of(workspace)) as connection:
        return int(connection.execute(f"SELECT count(*) FROM {table} WHERE {where}").fetchone()[0])


def what_is_wrong(act: Act, folder: Path) -> list[str]:
    """After the act was done again."""
    workspace = folder / "workspace"
    wrong = unpaired(workspace)
    code, said = run(("audit", "verify"), folder)
    if code:
        wrong.append(f"the audit log does not verify: {said.strip()}")
    entries = count(workspace, "audit_entries", f"act = '{act.entry}'")
    if not entries:
        wrong.append("the act is not in the audit log")
    if act.table and (rows := count(workspace, act.table)) != entries:
        wrong.append(f"{rows} {act.table} and {entries} entries of them")
    if act.name == "export":
        code, said = run(("evidence", "verify", CASE), folder)
        if code:
            wrong.append(f"the export does not verify: {said.strip()}")
        if left := [path.name for path in folder.iterdir() if CASE in path.name and path.name != CASE]:
            wrong.append(f"half-made exports: {left}")
    return wrong


def trial(kills: int, seed: int, *, say: Say = print) -> Tally:
    """As the module says; `say` is told every kill."""
    chance, tally = random.Random(seed), Tally()
    with tempfile.TemporaryDirectory() as place:
        young, old = Path(place) / "young", Path(place) / "old"
        young.mkdir()
        if code := scan([ROOT / "samples" / "s02-sneakers.flv"], young):
            raise SystemExit(f"the scan ended with {code}: {(young / 'log.txt').read_text()}")
        shutil.copytree(young, old)
        grown_old(old / "workspace")
        plan = re.search(r"--plan (\S+)", run(("retention", "apply"), old)[1])
        if plan is None:
            raise SystemExit(f"nothing is due: {run(('retention', 'apply'), old)[1]}")
        all_acts = acts(stored_ids(young)[0], plan[1])
        for number, act in enumerate(all_acts):
            share = kills * (number + 1) // len(all_acts) - kills * number // len(all_acts)
            _kill(act, old if act.old else young, Path(place), share, chance, tally, say)
    return tally


def _kill(act: Act, base: Path, place: Path, kills: int, chance: random.Random, tally: Tally, say: Say) -> None:
    calm = place / f"calm-{act.name}"
    shutil.copytree(base, calm)
    (calm / "points.txt").unlink(missing_ok=True)
    began_s = time.monotonic()
    code, said = run(act.arguments, calm)
    lasts_s = time.monotonic() - began_s
    if code:
        raise SystemExit(f"{act.name} ended with {code}: {said}")
    points = (calm / "points.txt").read_text().splitlines()
    tally.wrong += [f"{act.name}, undisturbed: {one}" for one in what_is_wrong(act, calm)]
    say(f"{act.name}, undisturbed: {len(points)} write points, {lasts_s:.1f} s")
    plan: list[tuple[int, float | None]] = [(at, None) for at in chosen_points(len(points), kills - kills // 2)]
    plan += [(0, chance.uniform(lasts_s / 4, lasts_s)) for _ in range(kills - len(plan))]
    for at, after_s in plan:
        folder = place / "killed"
        shutil.copytree(base, folder)
        (folder / "points.txt").unlink(missing_ok=True)
        code, _ = run(act.arguments, folder, at=at, after_s=after_s)
        killed = code == -signal.SIGKILL
        tally.survived += not killed
        tally.killed["at a write point" if at else "at a random moment"] += killed
        where = (
            f"{act.name} at write {at} of {len(points)}, {points[at - 1]}" if at else f"{act.name} at {after_s:.1f} s"
        )
        wrong = _done_again(act, folder) + what_is_wrong(act, folder)
        tally.wrong += [f"{where}: {one}" for one in wrong]
        say(f"killed {where}: {'; '.join(wrong) or 'whole'}")
        shutil.rmtree(folder)


def _done_again(act: Act, folder: Path) -> list[str]:
    """Does the act once more; a plan that was half done is another plan now, which may be empty."""
    if act.name == "export" and (folder / CASE).exists():
        return []  # it has its name, so it was whole: an export never takes another's place
    if act.name != "retention":
        code, said = run(act.arguments, folder)
        return [f"done again it ended with {code}: {said.strip()}"] if code else []
    code, said = run(("retention", "apply"), folder)
    plan = re.search(r"--plan (\S+)", said)
    code, said = run(("retention", "apply", "--plan", plan[1] if plan else act.arguments[3]), folder)
    return [f"done again it ended with {code}: {said.strip()}"] if code and plan else []


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    tally = trial(given.kills, given.seed, say=lambda line: print(line, flush=True))
    raise SystemExit(tally.told())


if __name__ == "__main__":
    main()
