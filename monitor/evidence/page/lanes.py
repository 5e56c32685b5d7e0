"""The timeline of a case as figures for a drawing: lanes, what was said in them, hits, gaps, the flag itself. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from monitor.evidence.page.case_hits import HitLine
from monitor.evidence.page.case_json import Json, clock, number_of, rows_of, spans, text_of
from monitor.evidence.page.case_lines import Line
from monitor.wording import LANE_NAMES, reason_in_chinese

WIDTH, LEFT, RIGHT = 960.0, 64.0, 12.0
TOP, LANE_HEIGHT, LANE_GAP = 26.0, 34.0, 8.0
MOST_HITS = 400
"""Hits drawn; the table has all of them."""
_BEFORE_S = 60
"""A hit that lies further before its flag does not make the drawing begin there."""
_LABEL_WIDTH = 17.0
"""A hit's number is left out where the one before would be hidden by it."""
_STEPS_S = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200)
_MOST_TICKS = 9
_LANES = {"heard": "speech", "seen": "screen", "chat": "chat"}
"""In which lane a gap of a sense is drawn."""


@dataclass(frozen=True, slots=True)
class _Stretch:
    """From `start_s` to `end_s` of the stream, in a lane (`speech`, `screen`, `chat`, `message`)."""

    lane: str
    start_s: float
    end_s: float
    said: str = ""
    """What a reader is told of it."""
    number: int = 0
    """Of a hit, as in the table."""


@dataclass(frozen=True, slots=True)
class Mark:
    """A rectangle of the drawing; `label` is written above a hit unless it is empty."""

    x: float
    width: float
    said: str = ""
    label: str = ""


@dataclass(frozen=True, slots=True)
class Lane:
    """One row of the drawing."""

    name: str
    y: float
    said: tuple[Mark, ...]
    hits: tuple[Mark, ...]
    gaps: tuple[Mark, ...]


@dataclass(frozen=True, slots=True)
class Drawing:
    """Everything in the drawing's own units: x to the right, y downwards."""

    width: float
    height: float
    left: float
    right: float
    lane_height: float
    bottom: float
    """Lower edge of the last lane."""
    lanes: tuple[Lane, ...]
    flag: Mark
    pieces: tuple[Mark, ...]
    ticks: tuple[Mark, ...]
    """`label` is the time of the stream."""


def drawing(flag: Json, manifest: Json, hits: Sequence[HitLine], lines: Sequence[Line]) -> Drawing | None:
    """The drawing of a flag and its hits as `hit_lines` and `transcript_lines` give them.

    None where the flag does not say from when to when.
    """
    start_s, end_s = number_of(flag.get("start_s")), number_of(flag.get("end_s"))
    if start_s is None or end_s is None or end_s < start_s:
        return None
    found = [
        _Stretch(row.lane, row.start_s, row.end_s, "、".join(match.raw for match in row.matches), row.number)
        for row in hits
    ]
    spoken = [_Stretch(line.lane, line.start_s, line.end_s) for line in lines]
    gaps = [
        _Stretch(_LANES.get(text_of(gap.get("sense")), ""), *times, reason_in_chinese(text_of(gap.get("reason"))))
        for gap in rows_of(flag.get("gaps"))
        for times in spans([gap], "start_s", "end_s")
    ]
    pieces = spans(rows_of(manifest.get("pieces")), "stream_start_s", "stream_end_s")
    inside = [*pieces, *((hit.start_s, hit.end_s) for hit in found if hit.start_s >= start_s - _BEFORE_S)]
    first = min([start_s, *(start for start, _ in inside)])
    last = max([end_s, *(end for start, end in inside if start <= end_s)])
    scale = _Scale(first, max(last, first + 1.0))
    used = {stretch.lane for stretch in (*found, *spoken)}
    lanes = tuple(
        Lane(
            LANE_NAMES[name],
            TOP + LANE_GAP + row * (LANE_HEIGHT + LANE_GAP),
            said=tuple(scale.marks(stretch for stretch in spoken if stretch.lane == name)),
            hits=tuple(_labelled(scale, [hit for hit in found if hit.lane == name][:MOST_HITS])),
            gaps=tuple(scale.marks(gap for gap in gaps if gap.lane == name)),
        )
        for row, name in enumerate(lane for lane in LANE_NAMES if lane != "message" or lane in used)
    )
    bottom = lanes[-1].y + LANE_HEIGHT
    return Drawing(
        width=WIDTH,
        height=bottom + 52,
        left=LEFT,
        right=WIDTH - RIGHT,
        lane_height=LANE_HEIGHT,
        bottom=bottom,
        lanes=lanes,
        flag=scale.mark(start_s, end_s, least=2.0),
        pieces=tuple(scale.mark(*piece) for piece in pieces),
        ticks=tuple(scale.ticks()),
    )


class _Scale:
    def __init__(self, first_s: float, last_s: float) -> None:
        self.first_s, self.last_s = first_s, last_s

    def x(self, at_s: float) -> float:
        inside = max(self.first_s, min(self.last_s, at_s))
        return LEFT + (WIDTH - LEFT - RIGHT) * (inside - self.first_s) / (self.last_s - self.first_s)

    def mark(self, start_s: float, end_s: float, said: str = "", label: str = "", least: float = 1.0) -> Mark:
        x = self.x(start_s)
        width = max(least, self.x(end_s) - x)
        return Mark(round(min(x, WIDTH - RIGHT - width), 2), round(width, 2), said, label)

    def marks(self, stretches: Iterable[_Stretch]) -> Iterable[Mark]:
        for each in stretches:
            if each.end_s >= self.first_s and each.start_s <= self.last_s:
                yield self.mark(each.start_s, each.end_s, each.said)

    def ticks(self) -> Iterable[Mark]:
        length = self.last_s - self.first_s
        step = next((step for step in _STEPS_S if length / step <= _MOST_TICKS), None)
        step = step or _STEPS_S[-1] * (1 + int(length / _STEPS_S[-1] / _MOST_TICKS))
        at = -(-int(self.first_s * 1000) // (step * 1000)) * step
        while at <= self.last_s:
            yield Mark(round(self.x(at), 2), 0, label=clock(at).removesuffix(".0"))
            at += step


def _labelled(scale: _Scale, hits: Sequence[_Stretch]) -> Iterable[Mark]:
    free_from = LEFT - _LABEL_WIDTH
    for hit in sorted(hits, key=lambda each: (each.start_s, each.number)):
        mark = scale.mark(hit.start_s, hit.end_s, hit.said, least=3.0)
        label = str(hit.number) if mark.x >= free_from else ""
        free_from = mark.x + _LABEL_WIDTH if label else free_from
        yield Mark(mark.x, mark.width, hit.said, label)
