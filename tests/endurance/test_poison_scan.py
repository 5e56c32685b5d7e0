"""Twelve files that bite beside four healthy rooms: what an operator's folder may hold on a bad day."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
from endurance.poison_files import POISONS
from endurance.processes import Sampler, run_sampled

from monitor.store import Store

ROOT = Path(__file__).parents[2]
BIN = Path(sys.executable).parent / "monitor"
HEALTHY = ("s01-kitchen.mp4", "s02-sneakers.flv", "s04-tea.mkv", "s05-quilt.mp4")
LONGEST_S = 30.0
MOST_MEMORY_MB = 2 * 1024 * 1024 * 1024 / 1e6
pytestmark = [pytest.mark.model, pytest.mark.slow, pytest.mark.timeout(900)]


@dataclass(frozen=True, slots=True)
class Scanned:
    done: subprocess.CompletedProcess[str]
    sampler: Sampler
    workspace: Path
    flags: list[dict]


def scan(folder: Path, workspace: Path) -> Scanned:
    command = [str(BIN), "scan", str(folder), "--workspace", str(workspace), "--jsonl", str(workspace) + ".jsonl"]
    done, sampler, _ = run_sampled(command)
    lines = [json.loads(line) for line in Path(f"{workspace}.jsonl").read_text("utf-8").splitlines()]
    names = ("room", "scheme", "candidate", "start_s", "end_s", "hits", "severity", "score")
    return Scanned(done, sampler, workspace, [{name: line[name] for name in names} for line in lines])


def healthy(folder: Path) -> Path:
    folder.mkdir()
    for name in HEALTHY:
        for path in (ROOT / "samples").glob(f"{Path(name).stem}.*"):
            shutil.copy2(path, folder / path.name)
    shutil.copy2(ROOT / "samples" / "rooms.csv", folder / "rooms.csv")
    kept = (folder / "rooms.csv").read_text("utf-8").splitlines()
    kept = kept[:1] + [line for line in kept[1:] if line.split(",")[0] in HEALTHY]
    (folder / "rooms.csv").write_text("\n".join(kept) + "\n", "utf-8")
    return folder


@pytest.fixture(scope="module")
def calm(tmp_path_factory: pytest.TempPathFactory) -> Scanned:
    """The healthy rooms alone."""
    place = tmp_path_factory.mktemp("calm")
    return scan(healthy(place / "in"), place / "workspace")


@pytest.fixture(scope="module")
def mixed(tmp_path_factory: pytest.TempPathFactory) -> Scanned:
    """The same beside the poisons."""
    place = tmp_path_factory.mktemp("mixed")
    folder = healthy(place / "in")
    for poison in POISONS:
        poison.write(folder)
    return scan(folder, place / "workspace")


def test_the_healthy_rooms_are_as_without_their_neighbours(calm: Scanned, mixed: Scanned) -> None:
    """Not a flag more, less or different, to the last hit; what was heard and seen of them is whole."""
    assert calm.done.returncode == 0, calm.done.stderr
    assert mixed.done.returncode == 3, mixed.done.stderr
    assert calm.flags
    assert mixed.flags == calm.flags
    rooms = {stored.stream.room: stored for stored in Store.open(mixed.workspace).streams()}
    for name in HEALTHY:
        stored = rooms[Path(name).stem]
        assert (stored.state, stored.heard_share, stored.seen_share) == ("done", 1.0, 1.0), name


@pytest.mark.parametrize("poison", [poison.name for poison in POISONS])
def test_each_poison_is_named_and_ends_within_its_time(mixed: Scanned, poison: str) -> None:
    """One line says what was wrong with it, and its worker was free again within 30 s."""
    told = [line for line in mixed.done.stderr.splitlines() if f"/{poison}: " in line]
    assert len(told) == 1, mixed.done.stderr
    assert told[0].startswith(("failed: ", "incomplete: ")), told[0]
    (stored,) = [one for one in Store.open(mixed.workspace).streams() if one.stream.source.name == poison]
    assert stored.wall_s < LONGEST_S


def test_no_process_passes_two_gigabytes(mixed: Scanned) -> None:
    """Decoders may ask for what they like."""
    roles = {role for sample in mixed.sampler.samples for role in sample.pss_mb}
    assert {"worker", "decoder"} <= roles
    assert {role: mixed.sampler.peak_mb(role) for role in roles if mixed.sampler.peak_mb(role) > MOST_MEMORY_MB} == {}
