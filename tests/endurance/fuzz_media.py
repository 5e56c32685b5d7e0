"""Damages small media for a while, and decodes and cuts what comes out: `python tests/endurance/fuzz_media.py`.

Every input must end as a refusal, as gaps or as fine, within 30 s and 2 GB, and leave the parent as it was. Children
are used again from one input to the next, as the cutter's always is: starting one takes longer than decoding a second.
A failure is told with its number; `--only N` makes that input again.
"""

from __future__ import annotations

import argparse
import contextlib
import random
import resource
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

if __name__ == "__main__":
    sys.path[:0] = [str(Path(__file__).parents[1]), str(Path(__file__).parents[1] / "media")]

from endurance.mutations import mutate

from monitor.errors import InputError
from monitor.media import Cutter, Decoded, Piece
from monitor.media.decoding import account, answers, decode_request
from monitor.media.leash import Child
from monitor.records import Sense
from monitor.timeline import Span

EVERY_MS = 300
LONGEST_S = 30.0
MOST_MEMORY_MB = 2048
MOST_GROWTH_MB = 300
"""What this process may grow by, pictures in hand and the allocator's leftovers included."""
_CHILD_LASTS = 200
"""Inputs after which a child is replaced, so that its peak says something of few."""


def seeds(folder: Path) -> dict[str, bytes]:
    """Small files of every container, by name."""
    from media.media_samples import write

    made = [
        write(folder / "a.mp4", seconds=3, b_frames=2, options={"movflags": "faststart"}),
        write(folder / "fragmented.mp4", seconds=3, options={"movflags": "frag_keyframe+empty_moov"}),
        write(folder / "hevc.mp4", seconds=2, video="libx265"),
        write(folder / "turned.mp4", seconds=2, rotate=90),
        write(folder / "a.flv", seconds=3),
        write(folder / "a.ts", seconds=3, b_frames=2),
        write(folder / "hevc.ts", seconds=2, video="libx265"),
        write(folder / "a.mkv", seconds=3, gop=7),
        write(folder / "a.m4a", seconds=3, video=None),
        write(folder / "a.mp3", seconds=3, video=None, audio="libmp3lame"),
        write(folder / "a.wav", seconds=1, video=None, audio="pcm_s16le"),
        write(folder / "a.aac", seconds=2, video=None, container="adts"),
    ]
    return {path.name: path.read_bytes() for path in made}


@dataclass(slots=True)
class Report:
    """What a run came to."""

    n: int = 0
    ends: Counter[str] = field(default_factory=Counter)
    failures: list[str] = field(default_factory=list)
    slowest_s: float = 0.0
    slowest: int = -1
    child_peak_mb: int = 0
    grown_mb: int = 0

    def lines(self) -> Iterator[str]:
        yield f"inputs            {self.n}"
        for end, n in self.ends.most_common():
            yield f"  {end:<30}  {n}"
        yield f"slowest           {self.slowest_s:.1f} s (number {self.slowest})"
        yield f"peak of a child   {self.child_peak_mb} MB"
        yield f"this process grew {self.grown_mb} MB"
        yield f"failures          {len(self.failures)}"
        yield from self.failures


class Fuzzer:
    """Runs inputs one after the other. A context manager."""

    def __init__(self, seed: int, folder: Path, keep: Path | None = None) -> None:
        self._seed, self._folder, self._keep = seed, folder, keep
        self._seeds = seeds(folder)
        self._decoder: Child | None = None
        self._cutter = Cutter()
        self._before_mb = _own_mb()
        self.report = Report()

    def __enter__(self) -> Fuzzer:
        return self

    def __exit__(self, *_: object) -> None:
        self._drop()
        self._cutter.close()

    def run(self, number: int) -> None:
        """Makes the input of a number, decodes it and cuts it."""
        rng = random.Random(f"{self._seed}:{number}")
        name, data = mutate(self._seeds, rng)
        path = self._folder / f"mutated.{name.rpartition('.')[2]}"
        path.write_bytes(data)
        start, wrong = time.monotonic(), ""
        try:
            end = self._decode(path)
            end_cut = self._cut(path, rng)
        except Exception as error:  # any other error is what is looked for
            end, end_cut, wrong = "failed", "failed", f"{type(error).__name__}: {error}"
        took_s = time.monotonic() - start
        self._note(number, took_s)
        if took_s > 2 * LONGEST_S:
            wrong = wrong or f"took {took_s:.0f} s"
        if self.report.child_peak_mb > MOST_MEMORY_MB or self.report.grown_mb > MOST_GROWTH_MB:
            wrong = wrong or f"memory: child {self.report.child_peak_mb} MB, parent +{self.report.grown_mb} MB"
        self.report.ends.update([f"decode: {end}", f"cut: {end_cut}"])
        if wrong:
            self.report.failures.append(f"number {number} ({name}): {wrong}")
        if self._keep and (wrong or "stopped" in end + end_cut):
            (self._keep / f"{self._seed}-{number}-{name}").write_bytes(data)

    def _decode(self, path: Path) -> str:
        if self._decoder is None or self.report.n % _CHILD_LASTS == 0:
            self._drop()
            self._decoder = Child(memory_mb=MOST_MEMORY_MB, stall_s=20.0)
        messages = answers(self._decoder, path, decode_request(path, EVERY_MS, True, True))
        lost = True
        try:
            *_items, last = account(path, messages, every_ms=EVERY_MS, audio=True, video=True)
            lost = isinstance(last, Decoded) and any("decoder stopped" in gap.reason for gap in last.gaps)
        except InputError as error:
            lost = "decoder stopped" in str(error)
            return "stopped while opening" if lost else "refused"
        finally:
            if lost:
                self._drop()
        assert isinstance(last, Decoded)
        _assert_partition(last)
        return "stopped" if lost else "gaps" if last.gaps else "fine"

    def _cut(self, path: Path, rng: random.Random) -> str:
        at_ms, out = rng.randrange(3000), self._folder / "clip.mp4"
        ends = []
        for work in (
            lambda: self._cutter.clip([Piece(path, Span(at_ms, at_ms + 1000))], out),
            lambda: self._cutter.still(path, at_ms),
        ):
            try:
                work()
                ends.append("done")
            except InputError as error:
                if "Too many open files" in str(error):
                    raise RuntimeError("the cutter keeps files open") from error
                ends.append("stopped" if "decoder stopped" in str(error) else "refused")
        return "stopped" if "stopped" in ends else "done" if "done" in ends else "refused"

    def _note(self, number: int, took_s: float) -> None:
        report = self.report
        report.n += 1
        if took_s > report.slowest_s:
            report.slowest_s, report.slowest = took_s, number
        report.grown_mb = max(report.grown_mb, _own_mb() - self._before_mb)
        if self._decoder:
            with contextlib.suppress(OSError, IndexError):
                status = Path(f"/proc/{self._decoder.pid}/status").read_text()
                report.child_peak_mb = max(report.child_peak_mb, int(status.split("VmHWM:")[1].split()[0]) // 1024)

    def _drop(self) -> None:
        if self._decoder:
            self._decoder.kill()
            self._decoder = None


def _own_mb() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize() >> 20


def _assert_partition(decoded: Decoded) -> None:
    for sense, covered in ((Sense.HEARD, decoded.heard), (Sense.SEEN, decoded.seen)):
        at_ms = 0
        for span in sorted([*covered, *(gap.span for gap in decoded.gaps if gap.sense is sense)]):
            assert span.start_ms == at_ms, f"{sense} hole or overlap at {at_ms} ms"
            at_ms = span.end_ms
        assert at_ms == decoded.end_ms, f"{sense} ends at {at_ms}, not at {decoded.end_ms} ms"


def fuzz(seconds: float, seed: int, *, keep: Path | None = None, only: int | None = None) -> Report:
    """Runs for so long (`only`: that one input), and tells how it went."""
    with tempfile.TemporaryDirectory() as folder, Fuzzer(seed, Path(folder), keep) as fuzzer:
        if only is not None:
            fuzzer.run(only)
            return fuzzer.report
        end = time.monotonic() + seconds
        number = 0
        while time.monotonic() < end:
            fuzzer.run(number)
            number += 1
        return fuzzer.report


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", type=Path, help="folder for inputs that failed or ended their decoder")
    parser.add_argument("--only", type=int, help="number of the one input to run")
    given = parser.parse_args()
    if given.keep:
        given.keep.mkdir(parents=True, exist_ok=True)
    report = fuzz(given.seconds, given.seed, keep=given.keep, only=given.only)
    sys.stdout.write("\n".join(report.lines()) + "\n")
    return 1 if report.failures else 0


if __name__ == "__main__":
    sys.exit(main())
