"""A matcher that remembers what it read, so that a change can be told by the words that made it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from monitor.lexicon import Lexicon
from monitor.match import Matcher
from monitor.records import Cue, Hit, Reading, Suppression
from monitor.timeline import from_seconds


class NotingMatcher(Matcher):
    """Reads as a matcher does and keeps the last reading of every cue until it is told to forget."""

    def __init__(self, lexicon: Lexicon) -> None:
        super().__init__(lexicon)
        self._noted: dict[str, Reading] = {}

    def read(self, cue: Cue, *, before: str = "", after: str = "") -> Reading:
        reading = super().read(cue, before=before, after=after)
        self._noted[cue.cue_id] = replace(reading, traits=())
        return reading

    def forget(self) -> None:
        """Another stream begins."""
        self._noted = {}

    def found(self, told: Mapping[str, Any]) -> Hit | None:
        """The hit of today that stands where a flag line's hit stood and serves its slot."""
        return next((h for r in self._noted.values() for h in r.hits if _same_place(h, told)), None)

    def set_aside(self, told: Mapping[str, Any]) -> Suppression | None:
        """The same, of what was found and does not count."""
        return next((s for r in self._noted.values() for s in r.suppressed if _same_place(s.hit, told)), None)

    def near(self, slot: str, told: Mapping[str, Any], within_ms: int) -> Hit | None:
        """A hit of `slot` within so much of a flag line's hit."""
        span = from_seconds(told["start_s"], told["end_s"])
        hits = (h for r in self._noted.values() for h in r.hits if h.slot == slot)
        return next((h for h in hits if h.span.distance_ms(span) <= within_ms), None)


def _same_place(hit: Hit, told: Mapping[str, Any]) -> bool:
    if hit.slot != told["slot"] or hit.channel.value != told["channel"]:
        return False
    span = from_seconds(told["start_s"], told["end_s"])
    at_once = hit.span == span or hit.span.overlaps(span)
    return at_once and (hit.raw in told["raw"] or told["raw"] in hit.raw)
