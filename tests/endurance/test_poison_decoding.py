"""Twelve files that bite, and their milder kin: each ends within its bounds and harms nobody."""

from __future__ import annotations

import contextlib
import resource
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest
from endurance.fuzz_media import fuzz
from endurance.poison_files import MILDER, POISONS, Poison

from monitor.errors import InputError
from monitor.media import Cutter, Decoded, Piece, decode
from monitor.timeline import Span

LONGEST_S = 30
MOST_MEMORY_MB = 2048


@dataclass(frozen=True, slots=True)
class End:
    """How a poison ended."""

    seconds: float
    refusal: str
    decoded: Decoded | None


def taste(poison: Poison, folder: Path) -> End:
    path, start = poison.write(folder), time.monotonic()
    try:
        last = None
        for last in decode(path):  # noqa: B007
            pass
    except InputError as error:
        return End(time.monotonic() - start, str(error), None)
    finally:
        path.unlink()
    return End(time.monotonic() - start, "", last if isinstance(last, Decoded) else None)


class Children:
    """The largest memory any child of this process came to, sampled."""

    def __init__(self) -> None:
        self.peak_mb = 0
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._watch)

    def __enter__(self) -> Children:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self._thread.join()

    @staticmethod
    def pids() -> set[str]:
        found: set[str] = set()
        for task in Path("/proc/self/task").iterdir():
            with contextlib.suppress(OSError):
                found |= set((task / "children").read_text().split())
        return found

    def _watch(self) -> None:
        while not self._done.wait(0.05):
            for pid in self.pids():
                with contextlib.suppress(OSError, IndexError, ValueError):
                    status = Path(f"/proc/{pid}/status").read_text()
                    self.peak_mb = max(self.peak_mb, int(status.split("VmHWM:")[1].split()[0]) // 1024)


@pytest.fixture(scope="module")
def ends(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, End], int, int, set[str]]:
    """How each ended, four at a time; the peak of any child, by how much this process grew, in MB; children left."""
    folder = tmp_path_factory.mktemp("poison")
    others = Children.pids()  # a database or a browser that other tests share
    before_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    with Children() as children, ThreadPoolExecutor(4) as pool:
        found = dict(
            zip(
                [poison.name for poison in POISONS],
                pool.map(lambda poison: taste(poison, folder), POISONS),
                strict=True,
            )
        )
    grown_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024 - before_mb
    return found, children.peak_mb, grown_mb, Children.pids() - others


def assert_told(end: End) -> None:
    """Refused in one line, or ended with a gap that says why."""
    if end.decoded is None:
        assert end.refusal
        assert "\n" not in end.refusal
    else:
        assert end.decoded.gaps


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("name", [poison.name for poison in POISONS])
def test_a_poison_is_contained(ends: tuple[dict[str, End], int, int, set[str]], name: str) -> None:
    """Refused or ended in gaps, within 30 s from the start of the child."""
    end = ends[0][name]
    assert end.seconds < LONGEST_S
    assert_told(end)


@pytest.mark.slow
def test_poisons_stay_within_memory_and_leave_nothing(ends: tuple[dict[str, End], int, int, set[str]]) -> None:
    """No child passes 2 GB, this process does not grow with them, and none of them is left."""
    _found, peak_mb, grown_mb, left = ends
    assert 500 < peak_mb <= MOST_MEMORY_MB  # some do ask for that much: else nothing was measured
    assert grown_mb < 150
    assert left == set()


@pytest.mark.slow
@pytest.mark.parametrize("poison", MILDER, ids=[poison.name for poison in MILDER])
def test_milder_kin_end_too(poison: Poison, tmp_path: Path) -> None:
    """What once took minutes or gigabytes ends like any broken file."""
    end = taste(poison, tmp_path)
    assert end.seconds < LONGEST_S
    assert_told(end)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["skips.flv", "edits.mp4"])
def test_cutting_a_poison_is_contained_too(name: str, tmp_path: Path) -> None:
    """A clip of it fails in one line within the bounds; the cutter goes on with the next request."""
    path = next(poison for poison in POISONS if poison.name == name).write(tmp_path)
    with Cutter(stall_s=6) as cutter:
        start = time.monotonic()
        with contextlib.suppress(InputError):
            cutter.clip([Piece(path, Span(1000, 3000))], tmp_path / "clip.mp4")
        assert time.monotonic() - start < LONGEST_S
        start = time.monotonic()
        with contextlib.suppress(InputError):
            cutter.still(path, 2000)
        assert time.monotonic() - start < LONGEST_S
    assert [left for left in tmp_path.iterdir() if left.name.startswith(".")] == []


@pytest.mark.slow
def test_damaged_media_are_contained_whatever_the_damage() -> None:
    """Forty seconds of damage of every kind to every container: refused, gaps or fine, and nothing else."""
    report = fuzz(40, seed=20)
    assert report.failures == []
    assert report.n > 30
    assert len(report.ends) >= 4  # some decode, some are refused: else the damage is too great or too small
