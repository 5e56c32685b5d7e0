"""What viewers wrote lately, and what of it a reviewer is shown beside a violation."""

from __future__ import annotations

import heapq
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Sequence

from monitor.records import Cue, Hit
from monitor.timeline import Span

MOST_SHOWN = 100
"""Viewers' comments in the context of one violation: four a second round an event of ten seconds, more than
anybody reads before deciding. What is left out stays in the stream's own list. Desk estimate."""
_MOST_PER_S = 10
"""Comments remembered of each second of the stream: nobody reads more, and half an hour of them takes some 15 MB."""


class Bystanders:
    """Remembers viewers' cues until told to forget; how many depends on the time that is kept, not on the crowd."""

    def __init__(self) -> None:
        self._cues: dict[str, Cue] = {}
        self._in_second: Counter[int] = Counter()
        self._ends: list[tuple[int, int, str]] = []
        """End, start and id: a heap, with a line for each time that a cue was fed."""

    def hear(self, cue: Cue) -> None:
        """Take in a viewer's cue; one fed again under its id replaces the earlier one."""
        known = self._cues.get(cue.cue_id)
        second = cue.span.start_ms // 1000
        if known is None:
            if self._in_second[second] >= _MOST_PER_S:
                return
            self._in_second[second] += 1
        elif known.span.start_ms // 1000 != second:
            self._release(known)
            self._in_second[second] += 1
        self._cues[cue.cue_id] = cue
        heapq.heappush(self._ends, (cue.span.end_ms, cue.span.start_ms, cue.cue_id))

    def forget(self, before_ms: int) -> None:
        """Drop what ended before a time, save what is still on the screen."""
        while self._ends and self._ends[0][0] < before_ms:
            end_ms, _, cue_id = heapq.heappop(self._ends)
            cue = self._cues.get(cue_id)
            if cue is None or cue.ongoing or cue.span.end_ms > end_ms:
                continue  # it was fed again, or will be
            del self._cues[cue_id]
            self._release(cue)

    def near(self, hits: Iterable[Hit], around: Span) -> list[Cue]:
        """What was written within `around`; of more than `MOST_SHOWN` those nearest in time to a hit's beginning."""
        starts = sorted({hit.span.start_ms for hit in hits})
        within = (cue for cue in self._cues.values() if cue.span.overlaps(around))
        return heapq.nsmallest(MOST_SHOWN, within, key=lambda c: (_apart_ms(c.span.start_ms, starts), c.span, c.cue_id))

    def _release(self, cue: Cue) -> None:
        second = cue.span.start_ms // 1000
        self._in_second[second] -= 1
        if not self._in_second[second]:
            del self._in_second[second]


def _apart_ms(at_ms: int, starts: Sequence[int]) -> int:
    """Milliseconds from a time to the nearest of the sorted starts; 0 where there is none."""
    place = bisect_left(starts, at_ms)
    return min((abs(at_ms - start_ms) for start_ms in starts[max(0, place - 1) : place + 1]), default=0)
