"""A recording of many minutes, scanned while the memory of all processes is sampled each half second.

    python tests/endurance/long_stream.py --minutes 20 120

The rooms of `samples/` follow each other again and again, scaled to 1280×720 at 25 pictures a second, with noise on
sound and picture that is never twice the same. For each length one row: peak and mean of the summed PSS, speed, flags,
what was heard and seen. Exit 1 when a peak lies above 2.5 GB, or the longest one's more than 10 % above the shortest
one's.
Needs the program `ffmpeg`. Making the recording takes about a tenth of its length, scanning it a fifth, on two cores.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from processes import EVERY_S, Sample, Sampler, run_sampled

from monitor.cli.coverage import coverage, share
from monitor.records import Gap
from monitor.store import Store
from monitor.timeline import total_ms

ROOT = Path(__file__).resolve().parents[2]
MOST_MB = 2500
MOST_GROWTH = 0.10
WIDTH_PX, HEIGHT_PX, FPS, RATE_HZ = 1280, 720, 25, 44_100
NOISE = "noise=alls=14:allf=t+u"
"""Strength of the noise on the picture: seen by the codec, not by a reader of text."""
HISS = 0.003
"""Amplitude of the noise under the sound: -50 dB."""
COLUMNS = 72
_STEPS = "▁▂▃▄▅▆▇█"


@dataclass(frozen=True)
class Round:
    """One recording scanned."""

    minutes: float
    sampler: Sampler
    wall_s: float
    code: int
    said: str
    flags: int
    candidates: int
    end_ms: int
    heard: str
    seen: str
    gaps: tuple[Gap, ...]


def ffmpeg(*arguments: object) -> None:
    """Runs the program quietly. Raises CalledProcessError with what it said."""
    command = ["ffmpeg", "-nostdin", "-v", "error", "-y", *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"ffmpeg failed: {done.stderr.strip()[-500:]}")


def rooms() -> list[Path]:
    """The samples' media in order of name."""
    return sorted(p for p in (ROOT / "samples").rglob("*") if p.suffix in {".mp4", ".flv", ".mkv", ".ts"})


def one_round(folder: Path) -> Path:
    """All rooms one after the other, in one size and rate; what an earlier call made there is taken as it is."""
    whole = folder / "round.mkv"
    if whole.exists():
        return whole
    fit = f"scale={WIDTH_PX}:{HEIGHT_PX}:force_original_aspect_ratio=decrease"
    fit += f",pad={WIDTH_PX}:{HEIGHT_PX}:-1:-1:color=0x303030,fps={FPS},format=yuv420p"
    pieces = []
    for number, room in enumerate(rooms()):
        piece = folder / f"{number}.ts"
        coding = ["-c:v", "libx264", "-preset", "veryfast", "-crf", 20, "-c:a", "aac", "-b:a", "128k"]
        ffmpeg("-i", room, "-vf", fit, "-ar", RATE_HZ, "-ac", 1, *coding, piece)
        pieces.append(piece)
    listed = folder / "pieces.txt"
    listed.write_text("".join(f"file '{piece}'\n" for piece in pieces))
    half_made = folder / "round.part.mkv"
    ffmpeg("-f", "concat", "-safe", 0, "-i", listed, "-c", "copy", half_made)
    return half_made.rename(whole)


def recording(whole: Path, minutes: float, path: Path) -> Path:
    """The round looped for so long under noise that goes on without repeating."""
    noise = f"anoisesrc=r={RATE_HZ}:a={HISS}:c=pink:seed={int(minutes)}"
    mixed = f"[0:v]{NOISE}[v];{noise}[hiss];[0:a][hiss]amix=inputs=2:duration=first:normalize=0[a]"
    coding = ["-c:v", "libx264", "-preset", "ultrafast", "-crf", 27, "-g", 4 * FPS, "-c:a", "aac", "-b:a", "96k"]
    half_made = path.with_name(f"part-{path.name}")
    ffmpeg("-stream_loop", -1, "-i", whole, "-filter_complex", mixed, "-map", "[v]", "-map", "[a]",
           "-t", minutes * 60, *coding, half_made)  # fmt: skip
    return half_made.rename(path)


def sampled_scan(
    path: Path, workspace: Path, options: Sequence[str]
) -> tuple[subprocess.CompletedProcess[str], Sampler, float]:
    """Runs the command line of this checkout; the key that signs is made beside the workspace."""
    command = [sys.executable, "-m", "monitor", "scan", str(path), "--workspace", str(workspace), *options]
    own = {
        "PYTHONPATH": os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH", "")])),
        "MONITOR_KEYS": str(workspace.parent / "keys"),
        "MONITOR_SETTLE_S": "0",
    }
    return run_sampled(command, cwd=ROOT, env=os.environ | own)


def scan(path: Path, workspace: Path, minutes: float, options: Sequence[str]) -> Round:
    """Scans with the command line, as an operator would, and looks into the workspace afterwards."""
    done, sampler, wall_s = sampled_scan(path, workspace, options)
    end_ms, flags, candidates, heard, seen, gaps = 0, 0, 0, "0 %", "0 %", []
    if (workspace / "monitor.db").exists():
        store = Store.open(workspace)
        for stored in store.streams():
            gaps = list(store.gaps(stored.stream_id))
            end_ms, candidates = stored.end_ms, stored.candidates
            flags = sum(stored.flags.values())
            shown = coverage(end_ms, gaps)
            heard, seen = (share(total_ms(spans), end_ms) for spans in (shown.heard, shown.seen))
    return Round(minutes, sampler, wall_s, done.returncode, done.stdout + done.stderr, flags, candidates, end_ms,
                 heard, seen, tuple(gaps))  # fmt: skip


def curve(samples: Sequence[Sample], top_mb: float) -> str:
    """The sum over time as a line of blocks: each is the highest of its stretch."""
    end_s = samples[-1].at_s or 1.0
    columns = [0.0] * COLUMNS
    for sample in samples:
        column = min(COLUMNS - 1, int(sample.at_s / end_s * COLUMNS))
        columns[column] = max(columns[column], sample.total_mb)
    return "".join(_STEPS[min(len(_STEPS) - 1, int(mb / top_mb * len(_STEPS)))] for mb in columns)


def third_mb(samples: Sequence[Sample], third: int) -> float:
    """Mean of the sum over the first (0), second or last third of the run."""
    some = samples[len(samples) * third // 3 : len(samples) * (third + 1) // 3]
    return sum(sample.total_mb for sample in some) / max(1, len(some))


def svg(rounds: Sequence[Round]) -> str:
    """Memory over time, one panel a recording, one line a role and one for the sum."""
    width, panel, left, foot = 900, 260, 60, 40
    colours = {"all": "#111111", "worker": "#1f77b4", "decoder": "#d62728", "parent": "#2ca02c"}
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{panel * len(rounds)}" '
        'font-family="sans-serif" font-size="12">'
    ]
    for number, one in enumerate(rounds):
        samples, top, base = one.sampler.samples, panel * number + 30, panel * (number + 1) - foot
        end_s = samples[-1].at_s or 1.0
        for mb in range(0, MOST_MB + 1, 500):
            y = base - mb / MOST_MB * (base - top)
            parts.append(f'<line x1="{left}" x2="{width - 10}" y1="{y:.1f}" y2="{y:.1f}" stroke="#dddddd"/>')
            parts.append(f'<text x="{left - 6}" y="{y + 4:.1f}" text-anchor="end">{mb} MB</text>')
        for place, (name, colour) in enumerate(colours.items()):
            step = max(1, len(samples) // 800)
            points = []
            for first in range(0, len(samples), step):
                some = samples[first : first + step]
                mb = max(s.total_mb if name == "all" else s.pss_mb.get(name, 0.0) for s in some)
                x = left + some[0].at_s / end_s * (width - left - 10)
                points.append(f"{x:.1f},{base - min(mb, MOST_MB) / MOST_MB * (base - top):.1f}")
            parts.append(f'<polyline fill="none" stroke="{colour}" points="{" ".join(points)}"/>')
            parts.append(f'<text x="{left + 10 + 90 * place}" y="{top - 10}" fill="{colour}">{name}</text>')
        parts.append(
            f'<text x="{left}" y="{base + 20}">{one.minutes:g} minutes of 720p, scanned in {end_s:.0f} s</text>'
        )
    return "\n".join([*parts, "</svg>"]) + "\n"


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--minutes", type=float, nargs="+", default=[5.0], help="lengths, the shortest first")
    options.add_argument("--folder", type=Path, help="where recordings and workspaces go; a temporary one by default")
    options.add_argument("--media", type=Path, help="scan this recording instead of making one")
    options.add_argument("--svg", type=Path, help="draw the curves here")
    options.add_argument("--jobs", type=int, default=0, help="as in `monitor scan`")
    options.add_argument("--no-clips", action="store_true", help="as in `monitor scan`")
    given = options.parse_args()
    if not shutil.which("ffmpeg") and not given.media:
        options.error("the program ffmpeg is needed to make the recording")
    passed_on = ["--jobs", str(given.jobs)] * bool(given.jobs) + ["--no-clips"] * given.no_clips
    rounds: list[Round] = []
    with tempfile.TemporaryDirectory(prefix="long-stream-") as temporary:
        folder = given.folder or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        whole = None if given.media else one_round(folder)
        for minutes in [0.0] if whole is None else given.minutes:
            path = given.media or folder / f"long-{minutes:g}.mp4"
            if whole is not None and not path.exists():
                began_s = time.monotonic()
                recording(whole, minutes, path)
                size_mb = path.stat().st_size / 1e6
                sys.stderr.write(f"made {path.name}: {size_mb:.0f} MB in {time.monotonic() - began_s:.0f} s\n")
            one = scan(path, folder / f"workspace-{path.stem}", minutes, passed_on)
            rounds.append(one)
            sys.stderr.write(f"{one.said}\n{curve(one.sampler.samples, MOST_MB)}  of {MOST_MB} MB\n")
            if given.svg:
                given.svg.write_text(svg(rounds), encoding="utf-8")
    sys.stdout.write(table(rounds))
    return 1 if any(verdicts(rounds)) else 0


def table(rounds: Sequence[Round]) -> str:
    """One row a recording, and whether the limits were kept."""
    lines = [
        f"{'recorded':>9} {'exit':>4} {'peak':>8} {'mean':>8} {'1st, 2nd, 3rd third':>24} {'worker':>8} {'decoder':>8}"
        f" {'parent':>8} {'speed':>7} {'flags':>6} {'cand.':>6} {'heard':>7} {'seen':>7} {'gaps':>5}"
    ]
    for one in rounds:
        sampler = one.sampler
        thirds = ", ".join(f"{third_mb(sampler.samples, n):.0f}" for n in range(3))
        roles = " ".join(f"{sampler.peak_mb(name):5.0f} MB" for name in ("worker", "decoder", "parent"))
        speed = one.end_ms / 1000 / one.wall_s
        lines.append(
            f"{one.end_ms / 60_000:5.1f} min {one.code:4} {sampler.peak.total_mb:5.0f} MB {sampler.mean_mb:5.0f} MB "
            f"{thirds:>21} MB {roles} {speed:6.1f}× {one.flags:6} {one.candidates:6} {one.heard:>7} {one.seen:>7} "
            f"{len(one.gaps):5}"
        )
    lines += verdicts(rounds) or [f"within {MOST_MB} MB and {MOST_GROWTH:.0%}, sampled each {EVERY_S} s"]
    return "\n".join(lines) + "\n"


def verdicts(rounds: Sequence[Round]) -> list[str]:
    """What is wrong; nothing when the limits were kept."""
    wrong = [f"{one.minutes:g} min: exit code {one.code}" for one in rounds if one.code]
    peaks = [one.sampler.peak.total_mb for one in rounds]
    wrong += [f"{mb:.0f} MB is above {MOST_MB} MB" for mb in peaks if mb > MOST_MB]
    if peaks[-1] > peaks[0] * (1 + MOST_GROWTH):
        wrong.append(
            f"the longest took {peaks[-1] / peaks[0] - 1:.0%} more than the shortest, {MOST_GROWTH:.0%} are allowed"
        )
    return wrong


if __name__ == "__main__":
    raise SystemExit(main())
