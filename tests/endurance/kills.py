"""Kills scans and lets them go on: `python tests/endurance/kills.py --kills 100`.

An undisturbed scan of a sample is the measure. Then scans are killed, half of them at a write point each (spread evenly
over all there are), half at a random moment; every second time at a write point it is one process alone that dies.
Each is followed by a second scan, after which the stored flags must be those of the undisturbed one in room, scheme,
start, end and hits; every row must have its evidence, unharmed, and every folder of evidence its row.
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import json
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from monitor.evidence import verify

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
MARK = "MONITOR_KILLS_RUN"
LONGEST_S = 300.0
Say = Callable[[str], object]


@dataclass
class Tally:
    """What came of the kills."""

    killed: Counter[str] = field(default_factory=Counter)
    survived: int = 0
    """Runs that were over before they could be killed."""
    wrong: list[str] = field(default_factory=list)

    def told(self) -> int:
        """Prints what came of them; the exit code."""
        where = ", ".join(f"{n} {where}" for where, n in self.killed.items())
        print(f"{sum(self.killed.values())} killed ({where}), {self.survived} over before; {len(self.wrong)} wrong")
        for one in self.wrong:
            print(f"  {one}")
        return 1 if self.wrong else 0


def environment(folder: Path, at: int = 0, who: str = "all") -> dict[str, str]:
    return {
        **os.environ,
        "DYING_COUNT": str(folder / "points.txt"),
        "DYING_AT": str(at),
        "DYING_WHO": who,
        MARK: str(folder),
        "MONITOR_KEYS": str(folder / "keys"),
        "PYTHONPATH": os.pathsep.join([str(ROOT), str(HERE)]),
    }


def scan(rooms: list[Path], folder: Path, *, at: int = 0, who: str = "all", after_s: float | None = None) -> int:
    """One scan, killed or not; its exit code (-9: killed)."""
    command = [sys.executable, str(HERE / "dying.py"), "scan", *map(str, rooms)]
    command += ["--workspace", str(folder / "workspace"), "--quiet"]
    with (folder / "log.txt").open("ab") as log:
        process = subprocess.Popen(
            command, stdout=log, stderr=log, start_new_session=True, env=environment(folder, at, who)
        )
        try:
            return process.wait(LONGEST_S if after_s is None else after_s)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            code = process.wait()
            return code if after_s is not None else 1
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)


def stored(folder: Path) -> list[Any]:
    """The flags as `monitor flags --format jsonl` tells them, reduced to what must not change."""
    command = [sys.executable, "-m", "monitor", "flags", "--workspace", str(folder / "workspace"), "--format", "jsonl"]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT)
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    names = ("room", "scheme", "candidate", "state", "start_s", "end_s", "hits")
    return [{name: line[name] for name in names} for line in lines]


def stored_ids(folder: Path) -> list[str]:
    """Ids of the stored flags."""
    with contextlib.closing(sqlite3.connect(folder / "workspace" / "monitor.db")) as connection:
        return [str(row[0]) for row in connection.execute("SELECT flag_id FROM flags WHERE NOT candidate ORDER BY id")]


def chosen_points(count: int, wanted: int) -> list[int]:
    """So many of the write points 1 to `count`, spread evenly; all of them where there are fewer."""
    return sorted({1 + round(n * (count - 1) / max(1, wanted - 1)) for n in range(wanted)})


def unpaired(workspace: Path) -> list[str]:
    """Rows without their evidence, evidence without its row, and a database that is not sound."""
    wrong: list[str] = []
    connection = sqlite3.connect(workspace / "monitor.db")
    with contextlib.closing(connection):
        rows = connection.execute("SELECT folder, manifest_sha256 FROM evidence").fetchall()
        sound = connection.execute("PRAGMA integrity_check").fetchall()
        states = {state for (state,) in connection.execute("SELECT state FROM streams")}
        answers = connection.execute("SELECT count(*) FROM answers").fetchone()[0]
    if sound != [("ok",)]:
        wrong.append(f"the database is damaged: {sound}")
    if states != {"done"} or answers:
        wrong.append(f"streams are {states}, {answers} answers left")
    for folder, digest in rows:
        manifest = workspace / folder / "manifest.json"
        if not manifest.is_file():
            wrong.append(f"a row without its evidence: {folder}")
        elif hashlib.sha256(manifest.read_bytes()).hexdigest() != digest or verify(manifest.parent):
            wrong.append(f"evidence is not what its row says: {folder}")
    named = {Path(folder).name for folder, _ in rows}
    root = workspace / "evidence"
    there = {path.name for path in root.iterdir()} if root.is_dir() else set()
    wrong += [f"evidence without a row: {name}" for name in sorted(there - named)]
    return wrong


def orphans(folder: Path) -> list[int]:
    """Processes of a killed run that live on, a moment later."""
    mark = f"{MARK}={folder}".encode()

    def living() -> list[int]:
        found = []
        for entry in Path("/proc").iterdir():
            with contextlib.suppress(OSError):
                if entry.name.isdigit() and mark in (entry / "environ").read_bytes().split(b"\0"):
                    found.append(int(entry.name))
        return found

    for _ in range(50):
        if not living():
            return []
        time.sleep(0.1)
    return living()


def after_kill(rooms: list[Path], folder: Path, measure: list[Any]) -> list[str]:
    """What is wrong once a second scan has gone on with a killed one."""
    wrong = [f"process {pid} outlived its run" for pid in orphans(folder)]
    code = scan(rooms, folder)
    if code:
        return [*wrong, f"the second scan ended with {code}: {(folder / 'log.txt').read_text()[-500:]}"]
    if (found := stored(folder)) != measure:
        wrong.append(f"other flags: {[one for one in found if one not in measure]} for {measure}")
    return wrong + unpaired(folder / "workspace")


def trial(rooms: list[Path], kills: int, seed: int, *, say: Say = print) -> Tally:
    """As the module says; `say` is told every kill."""
    chance = random.Random(seed)
    tally = Tally()
    with tempfile.TemporaryDirectory() as place:
        calm = Path(place) / "calm"
        calm.mkdir()
        began_s = time.monotonic()
        if code := scan(rooms, calm):
            raise SystemExit(f"the undisturbed scan ended with {code}: {(calm / 'log.txt').read_text()}")
        lasts_s = time.monotonic() - began_s
        measure, points = stored(calm), (calm / "points.txt").read_text().splitlines()
        tally.wrong += unpaired(calm / "workspace")
        n_points = kills - kills // 2
        chosen = chosen_points(len(points), n_points)
        say(f"undisturbed: {len(measure)} flags and candidates, {len(points)} write points, {lasts_s:.0f} s")
        plan: list[tuple[int, str, float | None]] = [
            (at, "one" if n % 2 else "all", None) for n, at in enumerate(chosen)
        ]
        plan += [(0, "all", chance.uniform(0.2, lasts_s)) for _ in range(kills - len(plan))]
        for number, (at, who, after_s) in enumerate(plan, start=1):
            folder = Path(place) / f"kill-{number}"
            folder.mkdir()
            code = scan(rooms, folder, at=at, who=who, after_s=after_s)
            where = f"at write {at} of {len(points)}, {points[at - 1]}, {who}" if at else f"after {after_s:.1f} s"
            if at and who == "one":
                killed = len((folder / "points.txt").read_text().splitlines()) >= at
            else:
                killed = code == -signal.SIGKILL
            tally.survived += not killed
            tally.killed["at a write point" if at else "at a random moment"] += killed
            wrong = after_kill(rooms, folder, measure)
            tally.wrong += [f"{where}: {one}" for one in wrong]
            say(f"{number}/{len(plan)} killed {where}: {'; '.join(wrong) or 'as undisturbed'}")
            shutil.rmtree(folder)
    return tally


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("rooms", nargs="*", type=Path, default=[ROOT / "samples" / "s02-sneakers.flv"])
    given = parser.parse_args()
    tally = trial(given.rooms, given.kills, given.seed, say=lambda line: print(line, flush=True))
    raise SystemExit(tally.told())


if __name__ == "__main__":
    main()
