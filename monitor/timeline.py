"""Time on a stream: half-open spans of whole milliseconds.

Media time starts at 0 with the stream's first sample or frame. Wall-clock time never appears here: a stream knows
when it started (`records.Stream.started_at`), and only views add the two.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A stretch of media time: `start_ms` lies in it, `end_ms` does not."""

    start_ms: int
    """First millisecond, counted from the start of the stream."""
    end_ms: int
    """First millisecond after it; never before `start_ms`."""

    def __post_init__(self) -> None:
        if self.end_ms < self.start_ms:
            raise ValueError(f"span ends before it starts: {self.start_ms}..{self.end_ms}")

    @property
    def duration_ms(self) -> int:
        return self.end_ms - self.start_ms

    @property
    def start_s(self) -> float:
        """Seconds with three decimals, for people and files."""
        return self.start_ms / 1000

    @property
    def end_s(self) -> float:
        """Seconds with three decimals, for people and files."""
        return self.end_ms / 1000

    def __contains__(self, at_ms: int) -> bool:
        return self.start_ms <= at_ms < self.end_ms

    def overlaps(self, other: Span) -> bool:
        """Whether the two share at least a millisecond."""
        return self.start_ms < other.end_ms and other.start_ms < self.end_ms

    def distance_ms(self, other: Span) -> int:
        """Milliseconds between the two; 0 when they touch or overlap."""
        return max(0, other.start_ms - self.end_ms, self.start_ms - other.end_ms)

    def cover(self, other: Span) -> Span:
        """The smallest span that holds both."""
        return Span(min(self.start_ms, other.start_ms), max(self.end_ms, other.end_ms))

    def intersection(self, other: Span) -> Span | None:
        """What both share, or None."""
        start, end = max(self.start_ms, other.start_ms), min(self.end_ms, other.end_ms)
        return Span(start, end) if start < end else None

    def shift(self, by_ms: int) -> Span:
        return Span(self.start_ms + by_ms, self.end_ms + by_ms)

    def grow(self, before_ms: int, after_ms: int) -> Span:
        """Wider by so much on each side, never before the stream's start."""
        return Span(max(0, self.start_ms - before_ms), self.end_ms + after_ms)


def from_seconds(start_s: float, end_s: float) -> Span:
    """A span from a library's float seconds, rounded to the nearest millisecond."""
    start_ms = round(start_s * 1000)
    return Span(start_ms, max(start_ms, round(end_s * 1000)))


def union(spans: Iterable[Span], *, join_ms: int = 0) -> list[Span]:
    """The spans in order, merged wherever they overlap, touch, or lie at most `join_ms` apart."""
    merged: list[Span] = []
    for span in sorted(spans):
        if merged and span.start_ms - merged[-1].end_ms <= join_ms:
            merged[-1] = merged[-1].cover(span)
        else:
            merged.append(span)
    return merged


def complement(spans: Iterable[Span], within: Span) -> list[Span]:
    """What `within` holds and none of `spans` does; together with them it partitions `within`."""
    holes: list[Span] = []
    at_ms = within.start_ms
    for span in union(spans):
        if span.start_ms > at_ms:
            hole = Span(at_ms, min(span.start_ms, within.end_ms)) if at_ms < within.end_ms else None
            if hole and hole.duration_ms:
                holes.append(hole)
        at_ms = max(at_ms, span.end_ms)
    if at_ms < within.end_ms:
        holes.append(Span(at_ms, within.end_ms))
    return holes


def total_ms(spans: Iterable[Span]) -> int:
    """Milliseconds covered, counting overlaps once."""
    return sum(span.duration_ms for span in union(spans))
