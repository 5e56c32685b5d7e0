"""How many comments a crowd may have: beyond what anybody could read they are counted and not kept."""

from __future__ import annotations

from monitor.records import Cue, Gap, Role, Sense
from monitor.timeline import Span

MOST_PER_S = 200
"""Viewers' comments in a second of the stream that are kept for as long as it lasts. Nobody reads more than some ten
short lines a second, and a screen shows some forty; 2 million in 12 hours are 46 a second. Desk estimate."""
BURST = 10 * MOST_PER_S
"""Comments kept at once: recorders write ten seconds' under one time when their connection comes back."""
_JOIN_MS = 60_000
"""Comments not kept within a minute of each other are told as one stretch."""


class CrowdLimit:
    """Decides on cues in time order; the host's and the staff's always stay.

    It fills like a bucket: `MOST_PER_S` a second of media time, up to `BURST`, so that what is kept depends on the
    cues alone.
    """

    def __init__(self) -> None:
        self._room = BURST * 1000  # in thousandths of a comment: a millisecond of media time adds MOST_PER_S
        self._at_ms = 0
        self._dropped: list[tuple[Span, int]] = []

    def keeps(self, cue: Cue) -> bool:
        """Whether there is room for the cue; it is counted otherwise."""
        if cue.role != Role.VIEWER:
            return True
        at_ms = cue.span.start_ms
        self._room = min(BURST * 1000, self._room + max(0, at_ms - self._at_ms) * MOST_PER_S)
        self._at_ms = max(self._at_ms, at_ms)
        if self._room >= 1000:
            self._room -= 1000
            return True
        self._count(cue.span)
        return False

    def gaps(self, end_ms: int | None = None) -> list[Gap]:
        """The stretches in which comments were not kept, and how many; none reaches beyond the stream's end."""
        gaps = []
        for span, count in self._dropped:
            if end_ms is not None:
                span = Span(min(span.start_ms, end_ms), min(span.end_ms, end_ms))
            reason = f"{count:,} viewers' comments not kept: more than {MOST_PER_S} a second"
            gaps.append(Gap(Sense.CHAT, span, reason))
        return gaps

    def _count(self, span: Span) -> None:
        if self._dropped and self._dropped[-1][0].distance_ms(span) <= _JOIN_MS:
            known, count = self._dropped[-1]
            self._dropped[-1] = known.cover(span), count + 1
        else:
            self._dropped.append((span, 1))
