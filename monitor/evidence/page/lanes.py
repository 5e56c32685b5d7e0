"""The timeline of a case as figures for a drawing: lanes, what was said in them, hits, gaps, the flag itself. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from monitor.evidence.page.wording import LANE_NAMES

WIDTH, LEFT, RIGHT = 960.0, 64.0, 12.0
TOP, LANE_HEIGHT, LANE_GAP = 26.0, 34.0, 8.0
MOST_HITS = 400
"""Hits drawn; the table has all of them."""
_LABEL_WIDTH = 17.0
"""A hit's number is left out where the one before would be hidden by it."""
_STEPS_S = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200)
_MOST_TICKS = 9
_SENSES = {"heard": ("speech",), "seen": ("screen",), "chat": ("chat",)}


@dataclass(frozen=True, slots=True)
class Stretch:
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
    ticks: tuple[Mark, ...] = field(default=())
    """`label` is the time of the stream."""


def drawing(
    flag: tuple[float, float],
    *,
    hits: Sequence[Stretch],
    said: Iterable[Stretch],
    gaps: Iterable[tuple[str, float, float, str]],
    pieces: Sequence[tuple[float, float]],
    clock: Callable[[float], str],
) -> Drawing:
    """The drawing of a flag from `flag[0]` to `flag[1]` seconds of the stream.

    `gaps` are sense (`heard`, `seen`, `chat`), start, end and reason; `pieces` what the clip shows; `clock` writes a
    time of the stream.
    """
    inside = [*pieces, *((hit.start_s, hit.end_s) for hit in hits if hit.start_s >= flag[0] - 60)]
    first = min([flag[0], *(start for start, _ in inside)])
    last = max([flag[1], *(end for start, end in inside if start <= flag[1])])
    last = max(last, first + 1.0)
    scale = _Scale(first, last)
    spoken, holes = list(said), list(gaps)
    used = {stretch.lane for stretch in (*hits, *spoken)}
    names = [lane for lane in LANE_NAMES if lane != "message" or lane in used]
    lanes = tuple(
        Lane(
            LANE_NAMES[name],
            TOP + LANE_GAP + row * (LANE_HEIGHT + LANE_GAP),
            tuple(scale.marks(stretch for stretch in spoken if stretch.lane == name)),
            tuple(_labelled(scale, [hit for hit in hits if hit.lane == name][:MOST_HITS])),
            tuple(
                scale.marks(Stretch(name, s, e, why) for sense, s, e, why in holes if name in _SENSES.get(sense, ()))
            ),
        )
        for row, name in enumerate(names)
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
        flag=scale.mark(*flag, least=2.0),
        pieces=tuple(scale.mark(*piece) for piece in pieces),
        ticks=tuple(scale.ticks(clock)),
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

    def marks(self, stretches: Iterable[Stretch]) -> Iterable[Mark]:
        for each in stretches:
            if each.end_s >= self.first_s and each.start_s <= self.last_s:
                yield self.mark(each.start_s, each.end_s, each.said)

    def ticks(self, clock: Callable[[float], str]) -> Iterable[Mark]:
        length = self.last_s - self.first_s
        step = next((step for step in _STEPS_S if length / step <= _MOST_TICKS), None)
        step = step or _STEPS_S[-1] * (1 + int(length / _STEPS_S[-1] / _MOST_TICKS))
        at = -(-int(self.first_s * 1000) // (step * 1000)) * step
        while at <= self.last_s:
            yield Mark(round(self.x(at), 2), 0, label=clock(at))
            at += step


def _labelled(scale: _Scale, hits: Sequence[Stretch]) -> Iterable[Mark]:
    free_from = LEFT - _LABEL_WIDTH
    for hit in sorted(hits, key=lambda each: (each.start_s, each.number)):
        mark = scale.mark(hit.start_s, hit.end_s, hit.said, least=3.0)
        label = str(hit.number) if mark.x >= free_from else ""
        free_from = mark.x + _LABEL_WIDTH if label else free_from
        yield Mark(mark.x, mark.width, hit.said, label)
