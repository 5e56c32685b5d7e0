"""Where on the picture viewers' names and words stood, look by look: for stills that must not show them.

Cues tell each comment once, where it was first read, and those that the danmaku file has too are dropped; a still needs
every row that stood there at its moment, wherever it had scrolled to.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

from monitor.records import Box, Channel, Cue, Role
from monitor.screen.rows import cover
from monitor.timeline import Span

KEEP_MS = 45 * 60_000
"""How long rows are remembered: longer than a violation's cues are (30 minutes), so that its stills find theirs."""
NOTE = "a viewer's row on the picture"


@dataclass(slots=True)
class _Seen:
    first_ms: int
    last_ms: int
    rows: tuple[Box, ...]


class ViewerRows:
    """Takes the rows of each look; memory is bounded by `KEEP_MS`, and rows that stay take none."""

    def __init__(self) -> None:
        self._seen: deque[_Seen] = deque()
        self._ever: Box | None = None
        """Covers all rows that have been forgotten."""

    def look(self, at_ms: int, rows: Sequence[Box]) -> None:
        """The rows on the picture of `at_ms`; none is told as well, as then they have gone."""
        now = tuple(sorted(set(rows), key=lambda box: (box.top_px, box.left_px, box.right_px, box.bottom_px)))
        if self._seen and self._seen[-1].rows == now:
            self._seen[-1].last_ms = at_ms
        else:
            self._seen.append(_Seen(at_ms, at_ms, now))
        while self._seen[0].last_ms < at_ms - KEEP_MS:
            for row in self._seen.popleft().rows:
                self._ever = row if self._ever is None else cover(self._ever, row)

    def stay(self, at_ms: int) -> None:
        """The picture has not changed since the last look."""
        if self._seen:
            self._seen[-1].last_ms = at_ms

    def around(self, span: Span) -> list[Cue]:
        """The rows that may have stood on the picture during a span, as viewers' cues of channel `chat` without text.

        A cue lasts from the look before its row was first seen to the look after it was last seen: nobody knows when
        in between it came or went. Rows of the newest look last on. Of what is forgotten one cue covers all.
        """
        cues: list[Cue] = []
        for index, seen in enumerate(self._seen):
            before_ms = self._seen[index - 1].last_ms if index else seen.first_ms
            after_ms = self._seen[index + 1].first_ms if index + 1 < len(self._seen) else span.end_ms
            shown = Span(before_ms, max(after_ms, seen.last_ms) + 1)
            if shown.overlaps(span):
                cues += [_cue(f"row-{seen.first_ms}-{number}", shown, row) for number, row in enumerate(seen.rows)]
        oldest_ms = self._seen[0].first_ms if self._seen else 0
        if self._ever is not None and span.start_ms < oldest_ms:
            cues.append(_cue("row-ever", Span(span.start_ms, oldest_ms), self._ever))
        return cues


def _cue(cue_id: str, span: Span, row: Box) -> Cue:
    return Cue(cue_id, Channel.CHAT, span, "", role=Role.VIEWER, box=row, note=NOTE)
