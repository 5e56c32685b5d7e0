"""A thousand short recordings, some of them broken, scanned in one run while memory is sampled.

    python tests/endurance/many_files.py --files 1000

A dozen pieces of 3 to 5 s, cut from `samples/`, are copied under a thousand names; each copy ends in other bytes, so
that its content counts as its own. Every twentieth is broken in one of four ways. Prints the wall time, what a file
costs beyond its share of one long recording made of the same pieces (in processor time, start-up taken off), the peak
of the summed PSS, and whether every broken file was named; then scans again, which must do nothing. Exit 1 when a file
was lost or not named. Needs the program `ffmpeg`.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from long_stream import MOST_MB, curve, ffmpeg, rooms, sampled_scan, third_mb
from processes import Sampler

from monitor.store import Store

PIECES = 12
BROKEN_EACH = 20
TAIL_BYTES = 64
_TS_PACKET = 188


@dataclass(frozen=True)
class Scan:
    """One call of the command line."""

    code: int
    said: str
    sampler: Sampler
    wall_s: float
    states: Counter[str]
    stream_s: float
    """Summed over the streams that were done."""
    media_s: float


def pieces(folder: Path) -> list[Path]:
    """Short recordings with speech and boards, in two containers."""
    made: list[Path] = []
    sources = rooms()
    for number in range(PIECES):
        path = folder / f"piece{number:02d}{('.mp4', '.ts')[number % 2]}"
        source = sources[number % len(sources)]
        start_s, seconds = 2 + 5 * (number // len(sources)), 3 + number % 3
        coding = ["-c:v", "libx264", "-preset", "veryfast", "-c:a", "aac", "-ac", 1]
        ffmpeg("-ss", start_s, "-i", source, "-t", seconds, "-vf", "scale=-2:720,format=yuv420p", *coding, path)
        made.append(path)
    return made


def own_tail(kind: str) -> bytes:
    """Bytes that a player skips: a `free` box, or a packet of the null stream; never twice the same."""
    if kind == ".mp4":
        return (8 + TAIL_BYTES).to_bytes(4, "big") + b"free" + os.urandom(TAIL_BYTES)
    return b"\x47\x1f\xff\x10" + os.urandom(_TS_PACKET - 4)


def fill(folder: Path, made: Sequence[Path], count: int) -> list[Path]:
    """Writes the files; those that are broken."""
    folder.mkdir(parents=True)
    broken: list[Path] = []
    for number in range(count):
        piece = made[number % len(made)]
        data, path = piece.read_bytes(), folder / f"room{number:05d}{piece.suffix}"
        if number % BROKEN_EACH == BROKEN_EACH - 1:
            path = path.with_suffix(".mp4")
            mp4 = made[0].read_bytes()
            ways = (b"", b"no recording\n", b"#EXTM3U\nroom00000.mp4\n", mp4[: mp4.rindex(b"moov") - 4])
            path.write_bytes(ways[number // BROKEN_EACH % len(ways)])
            broken.append(path)
        else:
            path.write_bytes(data + own_tail(piece.suffix))
    return broken


def scan(path: Path, workspace: Path, options: Sequence[str]) -> Scan:
    done, sampler, wall_s = sampled_scan(path, workspace, options)
    streams = Store.open(workspace).streams()
    finished = [stored for stored in streams if stored.state == "done"]
    return Scan(
        done.returncode,
        done.stdout + done.stderr,
        sampler,
        wall_s,
        Counter(stored.state for stored in streams),
        sum(stored.wall_s for stored in finished),
        sum(stored.end_ms for stored in finished) / 1000,
    )


def joined(made: Sequence[Path], path: Path, times: int) -> Path:
    """All pieces one after the other, so many times, as one recording."""
    listed = path.with_suffix(".txt")
    copies: list[Path] = []
    for number, piece in enumerate(made):
        copy = path.parent / f"joined{number:02d}.ts"
        ffmpeg("-i", piece, "-c:v", "libx264", "-preset", "veryfast", "-s", "720x1280", "-r", 10, "-ar", 44100,
               "-c:a", "aac", copy)  # fmt: skip
        copies.append(copy)
    listed.write_text("".join(f"file '{copy}'\n" for copy in copies * times))
    ffmpeg("-f", "concat", "-safe", 0, "-i", listed, "-c", "copy", path)
    return path


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--files", type=int, default=1000, help="how many")
    options.add_argument("--jobs", type=int, default=0, help="as in `monitor scan`")
    options.add_argument("--folder", type=Path, help="where all of it goes; a temporary one by default")
    given = options.parse_args()
    if not shutil.which("ffmpeg"):
        options.error("the program ffmpeg is needed to cut the pieces")
    passed_on = ["--no-clips", *(["--jobs", str(given.jobs)] * bool(given.jobs))]
    with tempfile.TemporaryDirectory(prefix="many-files-") as temporary:
        folder = given.folder or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        made = pieces(folder)
        broken = fill(folder / "recordings", made, given.files)
        alone = scan(joined(made, folder / "joined.mp4", 3), folder / "workspace-joined", passed_on)
        first = scan(folder / "recordings", folder / "workspace", passed_on)
        again = scan(folder / "recordings", folder / "workspace", passed_on)
    sys.stderr.write(f"{first.said[-2000:]}\n{curve(first.sampler.samples, MOST_MB)}  of {MOST_MB} MB\n")
    wrong = verdicts(first, again, broken, given.files)
    sys.stdout.write(table(first, again, alone, len(broken), given.files) + "".join(f"{line}\n" for line in wrong))
    return 1 if wrong else 0


def table(first: Scan, again: Scan, alone: Scan, n_broken: int, count: int) -> str:
    healthy = count - n_broken
    pace = (alone.sampler.cpu_s - again.sampler.cpu_s) / max(alone.media_s, 1e-9)
    each_s = (first.sampler.cpu_s - again.sampler.cpu_s) / max(1, healthy)
    beyond_s = each_s - pace * first.media_s / max(1, healthy)
    thirds = ", ".join(f"{third_mb(first.sampler.samples, n):.0f}" for n in range(3))
    sampler = first.sampler
    largest = ", ".join(f"{role} {sampler.peak_mb(role):.0f} MB" for role in ("parent", "worker", "decoder"))
    states = ", ".join(f"{number} {state}" for state, number in sorted(first.states.items()))
    rows = [
        ("files", f"{count}, {n_broken} of them broken, {first.media_s / 60:.0f} min of recordings"),
        ("wall", f"{first.wall_s:.0f} s, {first.wall_s / count:.2f} s a file, exit {first.code}"),
        ("streams", states),
        ("a file costs", f"{first.stream_s / max(1, healthy):.2f} s of a worker, {each_s:.2f} s of a processor"),
        ("beyond share", f"{beyond_s:.2f} s of a processor, where one long recording takes {pace:.2f} s a second"),
        ("memory", f"peak {sampler.peak.total_mb:.0f} MB, mean {sampler.mean_mb:.0f} MB, thirds {thirds} MB"),
        ("largest", largest),
        ("again", f"{again.wall_s:.0f} s, exit {again.code}"),
    ]
    return "".join(f"{name:13} {said}\n" for name, said in rows)


def verdicts(first: Scan, again: Scan, broken: Sequence[Path], count: int) -> list[str]:
    """What is wrong: a broken file without a line, a healthy one that was not done, one that was done twice."""
    wrong = [f"not named: {path.name}" for path in broken if path.name not in first.said]
    if first.states["done"] != count - len(broken):
        wrong.append(f"{first.states['done']} of {count - len(broken)} healthy files were done")
    if broken and first.code != 3:
        wrong.append(f"exit code {first.code} where some inputs failed")
    if again.states["done"] != first.states["done"] or again.stream_s != first.stream_s:
        wrong.append("the second scan did something again")
    return wrong


if __name__ == "__main__":
    raise SystemExit(main())
