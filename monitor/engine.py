"""Cues in, violations out: the matcher and the judge of one stream, joined. Pure, and the same for file and live room.

Cues of several channels arrive in any order; they are released in time order once every channel has told how far it
is. A spoken cue waits for the next one, because a refusal after a question decides what the question meant.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Mapping

from rapidfuzz import fuzz

from monitor.judge import Judge
from monitor.judge.products import Products
from monitor.lexicon import Lexicon
from monitor.match import Matcher
from monitor.records import Channel, Cue, Reading, Role, Severity, Suppression, Violation

_NEIGHBOUR_MS = 4000
"""A sentence farther away is no context of this one."""
_SAME_COMMENT_MS = 15_000
"""A comment in the danmaku file and in the picture is one: recorders' clocks drift by 5 to 10 s."""
_SAME_COMMENT = 85.0
"""rapidfuzz ratio, 0 to 100, from which two comments read alike; the picture's is read by OCR."""


class Engine:
    """One stream's cues judged as they come. Memory does not grow with the stream."""

    def __init__(
        self,
        lexicon: Lexicon,
        matcher: Matcher,
        *,
        stream_key: str,
        severities: Mapping[str, tuple[Severity, str]] | None = None,
        explain: bool = False,
        products: Products | None = None,
    ) -> None:
        """`explain` gathers every suppression for whoever explains a short text; a stream has too many."""
        self._matcher = matcher
        self._judge = Judge(lexicon, stream_key=stream_key, severities=severities, products=products)
        self._waiting: list[tuple[int, str, int, Cue]] = []
        self._order = 0
        self._spoken: Cue | None = None
        self._before: Cue | None = None
        self._comments: list[Cue] = []
        self._explain = explain
        self.suppressed: list[Suppression] = []
        self.last_reading = Reading()

    def feed(self, cue: Cue) -> Cue | None:
        """Take in a cue; the cue as it is kept, or None when it repeats a comment already known."""
        if cue.channel == Channel.CHAT:
            if self._repeats(cue):
                return None
            self._comments.append(cue)
        self._order += 1
        heapq.heappush(self._waiting, (cue.span.start_ms, cue.cue_id, self._order, cue))
        return cue

    def advance(self, watermark_ms: int) -> Iterator[Violation]:
        """Every channel is known up to `watermark_ms`."""
        while self._waiting and self._waiting[0][0] < watermark_ms:
            self._take(heapq.heappop(self._waiting)[3])
        if self._spoken and watermark_ms > self._spoken.span.end_ms + _NEIGHBOUR_MS:
            self._read_speech(None)
        pending = self._spoken.span.start_ms if self._spoken else watermark_ms
        self._comments = [c for c in self._comments if c.span.end_ms >= watermark_ms - 2 * _SAME_COMMENT_MS]
        yield from self._judge.advance(min(watermark_ms, pending))

    def finish(self, end_ms: int) -> Iterator[Violation]:
        """The stream is over."""
        while self._waiting:
            self._take(heapq.heappop(self._waiting)[3])
        self._read_speech(None)
        yield from self._judge.finish(end_ms)

    def _take(self, cue: Cue) -> None:
        if cue.role == Role.VIEWER:
            self._judge.feed(cue, Reading())
        elif cue.channel == Channel.SPEECH:
            self._read_speech(cue)
        else:
            self._read(cue)

    def _read_speech(self, following: Cue | None) -> None:
        """Read the spoken cue that waits, now that the next one is known, and let the next one wait."""
        waiting = self._spoken
        if waiting is not None:
            self._read(waiting, before=_text_near(self._before, waiting), after=_text_near(following, waiting))
            self._before = waiting
        self._spoken = following

    def _read(self, cue: Cue, *, before: str = "", after: str = "") -> None:
        reading = self._matcher.read(cue, before=before, after=after)
        if self._explain:
            self.suppressed += reading.suppressed
            self.last_reading = reading
        self._judge.feed(cue, reading)

    def _repeats(self, cue: Cue) -> bool:
        return any(
            known.cue_id != cue.cue_id
            and known.role == cue.role
            and abs(known.span.start_ms - cue.span.start_ms) <= _SAME_COMMENT_MS
            and fuzz.ratio(known.text, cue.text) >= _SAME_COMMENT
            and _source(known) != _source(cue)
            for known in self._comments
        )


def _source(cue: Cue) -> str:
    """Danmaku file (`chat:7`) or picture (`comment-5000-1`), by the shape of the id."""
    return cue.cue_id.replace("-", ":").split(":", 1)[0]


def _text_near(neighbour: Cue | None, cue: Cue) -> str:
    """The neighbour's text when the two are close enough to be one train of thought."""
    return neighbour.text if neighbour and neighbour.span.distance_ms(cue.span) <= _NEIGHBOUR_MS else ""
