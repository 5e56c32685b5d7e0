"""What of each stream was heard and seen, drawn for a terminal: a line of blocks, and the gaps with their reasons."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from rich.console import Console

from monitor.cli.show import clock, fitted
from monitor.plain import plain
from monitor.records import Gap, Sense
from monitor.store import StoredStream
from monitor.timeline import Span, complement, total_ms

LEGEND = "█ heard and seen  ▀ heard only  ▄ seen only  · neither (a gap, however short, fills a cell)"
_CELLS = {(True, True): "█", (True, False): "▀", (False, True): "▄", (False, False): "·"}
MOST_CELLS, FEWEST_CELLS = 60, 10
NAME_CELLS = 24
_WORDS_CELLS = 48
"""What stands beside name and blocks on a line."""
FEW_GAPS = 3
"""Gaps listed under a stream unless all are asked for."""
FEW_STREAMS = 30
"""In longer lists the streams that were heard and seen in full share one line."""


@dataclass(frozen=True, slots=True)
class Coverage:
    """What of one stream was heard and seen; with the gaps each partitions the stream."""

    whole: Span
    heard: tuple[Span, ...]
    seen: tuple[Span, ...]


def coverage(end_ms: int, gaps: Iterable[Gap]) -> Coverage:
    """The complement of a stream's gaps within `[0, end_ms)`."""
    whole, known = Span(0, end_ms), list(gaps)

    def covered(sense: Sense) -> tuple[Span, ...]:
        return tuple(complement((gap.span for gap in known if gap.sense == sense), whole)) if end_ms else ()

    return Coverage(whole, covered(Sense.HEARD), covered(Sense.SEEN))


def blocks(shown: Coverage, cells: int) -> str:
    """The stream from left to right in so many cells; a cell is heard or seen only where nothing of it is missing."""
    end_ms = shown.whole.end_ms
    if not end_ms:
        return ""
    cells = min(cells, end_ms)
    bounds = [end_ms * n // cells for n in range(cells + 1)]
    heard, seen = (_full(spans, bounds) for spans in (shown.heard, shown.seen))
    return "".join(_CELLS[both] for both in zip(heard, seen, strict=True))


def _full(spans: Sequence[Span], bounds: Sequence[int]) -> list[bool]:
    """Whether each stretch between two bounds lies within one of the spans, which are in order and apart."""
    full, at = [], 0
    for start_ms, end_ms in pairwise(bounds):
        while at < len(spans) and spans[at].end_ms < end_ms:
            at += 1
        full.append(at < len(spans) and spans[at].start_ms <= start_ms)
    return full


def share(part_ms: int, whole_ms: int) -> str:
    """`100 %` only where nothing is missing, `0 %` only where everything is; never rounded up."""
    if whole_ms <= 0 or part_ms <= 0:
        return "0 %"
    if part_ms >= whole_ms:
        return "100 %"
    tenths = part_ms * 1000 // whole_ms
    return f"{tenths / 10:.1f} %" if tenths else "under 0.1 %"


def coverage_line(stored: StoredStream, gaps: Sequence[Gap], *, cells: int = 40) -> str:
    """One stream on one line: name, flags, blocks, shares; how far it came where it is not done."""
    name = fitted(stored.stream.room, NAME_CELLS)
    flags = _count(sum(stored.flags.values()), "flag")
    if stored.state != "done":
        return f"{name} {flags:>8}  {_how_far(stored)}"
    if not stored.end_ms:
        return f"{name} {flags:>8}  nothing was heard or seen"
    shown = coverage(stored.end_ms, gaps)
    heard, seen = (share(total_ms(spans), stored.end_ms) for spans in (shown.heard, shown.seen))
    said = f"heard {heard}, seen {seen} of {clock(stored.end_ms / 1000)}"
    if any(not gap.span.duration_ms for gap in gaps):
        said += ", beside what has no known length"
    return f"{name} {flags:>8}  {blocks(shown, cells)} {said}"


def gap_lines(gaps: Sequence[Gap], *, most: int | None = FEW_GAPS) -> list[str]:
    """`not seen 0:12.0–0:14.5: undecodable`, in order of time; at most so many, and then how many more there are."""
    ordered = sorted(gaps, key=lambda gap: (gap.span, gap.sense))
    lines = [f"not {_SENSES[gap.sense]} {_times(gap.span)}: {plain(gap.reason)}" for gap in ordered[:most]]
    if most is not None and len(ordered) > most:
        missing_ms = total_ms(gap.span for gap in ordered[most:])
        lines.append(
            f"… {_count(len(ordered) - most, 'more gap')}, {clock(missing_ms / 1000)} (all: `monitor flags --gaps`)"
        )
    return lines


def gaps_in_words(stored: StoredStream, gaps: Sequence[Gap]) -> str:
    """What is missing of a stream that was scanned to its end, for one line, and what to do; empty when nothing is."""
    if stored.state != "done":
        return ""
    beside = _not_told(stored, gaps)
    missing = [*gap_lines(gaps), *([beside] if beside else [])]
    return "; ".join([*missing, "look there yourself, or give a whole copy"]) if missing else ""


_SENSES = {Sense.HEARD: "heard", Sense.SEEN: "seen", Sense.CHAT: "read (chat)"}


def print_coverage(
    console: Console,
    streams: Sequence[StoredStream],
    gaps_of: Callable[[int], Iterable[Gap]],
    *,
    all_gaps: bool = False,
) -> None:
    """Every stream with what was heard and seen of it, the legend below; `gaps_of` gives a stream's gaps by its number.

    In a list of more than 30, those heard and seen in full share one line unless `all_gaps` are asked for.
    """
    cells = max(FEWEST_CELLS, min(MOST_CELLS, console.width - NAME_CELLS - _WORDS_CELLS))
    full_ms, full, flags, drawn = 0, 0, 0, False
    for stored in streams:
        gaps = list(gaps_of(stored.stream_id))
        whole = stored.state == "done" and not gaps and stored.end_ms > 0 and not stored.problem
        if whole and len(streams) > FEW_STREAMS and not all_gaps:
            full, full_ms, flags = full + 1, full_ms + stored.end_ms, flags + sum(stored.flags.values())
            continue
        drawn |= stored.state == "done" and stored.end_ms > 0
        _say(console, coverage_line(stored, gaps, cells=cells))
        for line in gap_lines(gaps, most=None if all_gaps else FEW_GAPS):
            _say(console, f"    {line}")
        if beside := _not_told(stored, gaps):
            _say(console, f"    {beside}")
    if full:
        others = "others" if full < len(streams) else "streams"
        said = f"heard and seen in full, {clock(full_ms / 1000)}"
        _say(console, f"{full} {others}: {_count(flags, 'flag')}, {said}")
    if drawn:
        _say(console, LEGEND)
    if not streams:
        _say(console, "no stream was scanned: nothing was heard or seen")


def _how_far(stored: StoredStream) -> str:
    """What became of a stream that is not done."""
    came = f"after {clock(stored.reached_ms / 1000)}" if stored.reached_ms else "before anything was read"
    rest = "; nothing beyond was heard or seen" if stored.reached_ms else ""
    if stored.state == "running":
        return f"unfinished: at {clock(stored.reached_ms / 1000)} when last kept{rest}"
    if stored.state == "stopped":
        return f"unfinished: stopped {came}{rest}; scan it again to go on"
    times = f" ({stored.failures} times)" if stored.failures > 1 else ""
    why = f": {plain(stored.problem)}" if stored.problem else ""
    return f"{plain(stored.state)} {came}{times}{rest}{why}"


def _not_told(stored: StoredStream, gaps: Sequence[Gap]) -> str:
    """What went wrong with a stream that is done besides its gaps, whose reasons stand in its problem too."""
    reasons = "; ".join(gap.reason for gap in gaps)
    parts = stored.problem.split("; ") if stored.state == "done" else []
    return plain("; ".join(part for part in parts if part and part not in reasons))


def _times(span: Span) -> str:
    """Tenths of seconds, rounded outwards: a gap never looks shorter than it is."""
    start, end = math.floor(span.start_ms / 100), math.ceil(span.end_ms / 100)
    if not span.duration_ms:
        return f"from {clock(start / 10)} on, for no known time"
    return "–".join(f"{clock(tenths / 10)}.{tenths % 10}" for tenths in (start, end))


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"


def _say(console: Console, line: str) -> None:
    console.print(line, markup=False, soft_wrap=True)
