"""Cues in, violations out: the matcher and the judge of one stream, joined. Pure, and the same for file and live room.

Cues of several channels arrive in any order; they are released in time order once every channel has told how far it
is. A spoken cue waits for the next one, because a refusal after a question decides what the question meant.
"""

from __future__ import annotations

import heapq
from bisect import bisect_left, insort
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from rapidfuzz import fuzz, process

from monitor.judge import Judge
from monitor.judge.products import Products
from monitor.lexicon import Lexicon
from monitor.match import Matcher
from monitor.records import Channel, Cue, Reading, Role, Suppression, Violation
from monitor.rules import Severity

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
        self._comments = RecentComments()
        self._explain = explain
        self.suppressed: list[Suppression] = []
        self.last_reading = Reading()

    def feed(self, cue: Cue) -> Cue | None:
        """Take in a cue; the cue as it is kept, or None when it repeats a comment already known."""
        if cue.channel == Channel.CHAT:
            if self._comments.repeats(cue):
                return None
            self._comments.add(cue)
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
        self._comments.forget(watermark_ms - 2 * _SAME_COMMENT_MS)
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


class RecentComments:
    """The last comments, to tell whether another source has brought one already.

    Comments of one source are never compared with each other, and a crowd that types one word is one text here: what
    a comment costs does not grow with what its own source has brought.
    """

    def __init__(self) -> None:
        self._texts: dict[Role, dict[str, dict[str, list[int]]]] = defaultdict(lambda: defaultdict(dict))
        """Starts in order, by role, source and text."""
        self._ends: list[tuple[int, int, Role, str, str]] = []
        """End, start, role, source and text: a heap."""

    def add(self, cue: Cue) -> None:
        source = _source(cue)
        insort(self._texts[cue.role][source].setdefault(cue.text, []), cue.span.start_ms)
        heapq.heappush(self._ends, (cue.span.end_ms, cue.span.start_ms, cue.role, source, cue.text))

    def repeats(self, cue: Cue) -> bool:
        """Whether another source brought a comment that reads alike, of the same role, at about the same time."""
        own = _source(cue)
        first_ms, last_ms = cue.span.start_ms - _SAME_COMMENT_MS, cue.span.start_ms + _SAME_COMMENT_MS
        for source, texts in self._texts[cue.role].items():
            if source == own:
                continue
            if _within(texts.get(cue.text, ()), first_ms, last_ms):
                return True
            alike = process.extract_iter(cue.text, texts.keys(), scorer=fuzz.ratio, score_cutoff=_SAME_COMMENT)
            if any(_within(texts[text], first_ms, last_ms) for text, _, _ in alike):
                return True
        return False

    def forget(self, before_ms: int) -> None:
        """Drop what ended before a time."""
        while self._ends and self._ends[0][0] < before_ms:
            _, start_ms, role, source, text = heapq.heappop(self._ends)
            starts = self._texts[role][source][text]
            del starts[bisect_left(starts, start_ms)]
            if not starts:
                del self._texts[role][source][text]


def _within(starts: Sequence[int], first_ms: int, last_ms: int) -> bool:
    """Whether one of the sorted starts lies between the two, both included."""
    at = bisect_left(starts, first_ms)
    return at < len(starts) and starts[at] <= last_ms


def _source(cue: Cue) -> str:
    """Danmaku file (`chat:7`) or picture (`comment-5000-1`), by the shape of the id."""
    return cue.cue_id.replace("-", ":").split(":", 1)[0]


def _text_near(neighbour: Cue | None, cue: Cue) -> str:
    """The neighbour's text when the two are close enough to be one train of thought."""
    return neighbour.text if neighbour and neighbour.span.distance_ms(cue.span) <= _NEIGHBOUR_MS else ""
