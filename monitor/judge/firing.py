"""One pattern satisfied: the smallest finding of the judge, before events are merged."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

from monitor.lexicon.model import PatternEntry
from monitor.records import Channel, Hit
from monitor.timeline import Span

FLAG_SCORE = 0.62
"""From here on an event is a flag; below it is a candidate, shown apart. Chosen on the project's own examples."""
CANDIDATE_SCORE = 0.42
"""Below, nothing is put before anybody."""
_MIXED = 0.84
"""Certainty left to parts that come from several channels and make a scheme only together. Desk estimate."""
_STALE = 0.7
"""The same where the board stood long before anybody spoke: it is the room's furniture."""
_STALE_BOARD_MS = 20_000
_FAINT_BOARD_MS = 3000
"""How far round the spoken words a board that only supports them reaches into the event."""


@dataclass(frozen=True)
class Firing:
    """`pattern` of `scheme` is satisfied by `hits`."""

    scheme: str
    pattern: str
    hits: tuple[Hit, ...]
    score: float
    yields_to: tuple[str, ...] = ()
    fact: str = ""
    flag_from: float = FLAG_SCORE
    """Score from which it accuses; more than 1 where it never may."""

    @property
    def accuses(self) -> bool:
        """Whether it is enough for a flag; else it makes a candidate."""
        return self.score >= self.flag_from

    @cached_property
    def span(self) -> Span:
        """From the first part to the last. A board beside speech counts only around what was said."""
        return firing_span(self.hits)


def firing_span(hits: Sequence[Hit]) -> Span:
    boards = [hit for hit in hits if hit.channel == Channel.SCREEN]
    others = [hit for hit in hits if hit.channel != Channel.SCREEN]
    if not others or not boards:
        return cover(hit.span for hit in hits)
    said = cover(hit.span for hit in others)
    near = said.grow(_FAINT_BOARD_MS, _FAINT_BOARD_MS)
    return cover([said, *(part for board in boards if (part := board.span.intersection(near)))])


def cover(spans: Iterable[Span]) -> Span:
    """The smallest span that holds all of them; at least one is needed."""
    known = tuple(spans)
    return Span(min(span.start_ms for span in known), max(span.end_ms for span in known))


def firing_score(pattern: PatternEntry, hits: Sequence[Hit]) -> float:
    """The pattern's certainty, lowered where its parts are unsure: the weakest counts as much as all."""
    scores = [hit.score for hit in hits]
    return round(pattern.score * (min(scores) + sum(scores) / len(scores)) / 2 * _together(hits), 3)


def _together(hits: Sequence[Hit]) -> float:
    """How far hits of several channels are one statement: a room says, shows and types many things at a time."""
    if len({hit.channel for hit in hits}) == 1:
        return 1.0
    boards = [hit.span.start_ms for hit in hits if hit.channel == Channel.SCREEN]
    others = [hit.span.start_ms for hit in hits if hit.channel != Channel.SCREEN]
    stale = bool(boards and others) and min(others) - min(boards) > _STALE_BOARD_MS
    return _STALE if stale else _MIXED
