"""The judge of one stream: readings in, violations out, memory bounded by the longest reach of a pattern."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping

from monitor.judge.bystanders import Bystanders
from monitor.judge.event import Event, event_id
from monitor.judge.firing import CANDIDATE_SCORE, Firing
from monitor.judge.ledger import Ledger
from monitor.judge.opinion import Opinions
from monitor.judge.patterns import fire, forbidding
from monitor.judge.play import Play, is_news
from monitor.judge.products import Products
from monitor.judge.severity import OUTSIDE, gravity
from monitor.lexicon import Lexicon
from monitor.records import Cue, Hit, Reading, Role, State, Suppression, Violation
from monitor.rules import Severity
from monitor.timeline import Span

JOIN_MS = 20_000
"""Parts of one scheme farther apart are two events (scheme guide)."""
_KEEP_MS = 90_000
"""Hits older than this behind the watermark can join nothing: more than the longest reach plus JOIN_MS."""
_CONTEXT_MS = 8000


class Judge:
    """Feed it cues with their readings, tell it how far the stream is known, take violations.

    A violation comes as opened, then perhaps updated, then closed, under one id. `severities` gives each scheme's
    severity and its basis.
    """

    def __init__(
        self,
        lexicon: Lexicon,
        *,
        stream_key: str,
        severities: Mapping[str, tuple[Severity, str]] | None = None,
        products: Products | None = None,
    ) -> None:
        self._stream_key = stream_key
        self._severities = severities or {}
        self._patterns = tuple(lexicon.patterns())
        self._patterns_by_slot = lexicon.patterns_by_slot
        self._common_slots = lexicon.common_slots
        self._opinions = Opinions(lexicon)
        self._hits: dict[str, list[Hit]] = defaultdict(list)
        self._cues: dict[str, Cue] = {}
        self._bystanders = Bystanders()
        self._suppressed: list[Suppression] = []
        self._ledger = Ledger(lexicon.prices, products)
        self._play = Play(lexicon.play)
        self._open: list[Event] = []
        self._closed: list[Event] = []  # lately: they may still explain what ends after them
        self._flagged: Counter[str] = Counter()
        self._watermark_ms = 0

    def feed(self, cue: Cue, reading: Reading) -> None:
        """Take in a cue; one fed again under its id replaces the earlier one."""
        if cue.role == Role.VIEWER:
            self._bystanders.hear(cue)
            return
        known = cue.cue_id in self._cues
        self._cues[cue.cue_id] = cue
        if known:
            for hits in self._hits.values():
                hits[:] = [hit for hit in hits if hit.cue_id != cue.cue_id]
            for event in self._open:
                event.drop_cue(cue.cue_id)
        for hit in reading.hits:
            self._hits[hit.slot].append(hit)
        if not known:
            self._suppressed += reading.suppressed
        self._opinions.enter(cue, reading)
        self._play.enter(cue, reading)
        touched = {place for hit in reading.hits for place in self._patterns_by_slot.get(hit.slot, ())}
        fired = [
            firing
            for scheme, pattern in (self._patterns[place] for place in sorted(touched))
            for firing in fire(scheme, pattern, self._hits, reading.hits)
            if forbidding(pattern, firing.hits, self._hits) is None
        ]
        self._ledger.hear(cue)
        for firing in self._ledger.enter(cue.cue_id, reading.prices):
            if self._ledger.bears_out(firing):
                self._join(firing)
            else:
                fired.append(firing)
        for firing in self._opinions.weighed(fired):
            if not self._stale(firing, cue):
                self._join(firing)
        for firing in self._opinions.alone(cue):
            if not self._ledger.bears_out(firing):
                self._join(firing)
        self._open = [event for event in self._open if event.firings]

    def advance(self, watermark_ms: int) -> Iterator[Violation]:
        """No cue will start before `watermark_ms` any more: open, update and close what that decides."""
        self._watermark_ms = max(self._watermark_ms, watermark_ms)
        for firing in self._play.advance(self._watermark_ms):
            if is_news(firing, self._open, self._closed):
                self._join(firing)
        for event in list(self._open):
            ended = self._ended(event)
            if not event.announced and (ended or self._settled(event)):
                event.announced = True
                if not ended and event.score >= CANDIDATE_SCORE:
                    yield self._violation(event, State.OPENED)
            elif event.announced and event.changed and not ended:
                yield self._violation(event, State.UPDATED)
            event.changed = False
            if ended:
                self._open.remove(event)
                self._closed.append(event)
                if event.score >= CANDIDATE_SCORE:
                    yield self._violation(event, State.CLOSED)
        self._forget()

    def finish(self, end_ms: int) -> Iterator[Violation]:
        """The stream is over: close what is open."""
        self._play.end()
        yield from self.advance(end_ms)
        for event in self._open:
            if event.score >= CANDIDATE_SCORE:
                yield self._violation(event, State.CLOSED)
        self._closed, self._open = [], []

    def _stale(self, firing: Firing, cue: Cue) -> bool:
        """Whether the cue adds only a word that many schemes share to a pattern that has fired already.

        Else each later 付款 of the sales pitch would draw out a scheme that is over.
        """
        fresh = [hit for hit in firing.hits if hit.cue_id == cue.cue_id]
        if len(fresh) == len(firing.hits) or any(hit.slot not in self._common_slots for hit in fresh):
            return False
        known = {hit.cue_id for hit in firing.hits} - {cue.cue_id}
        return any(
            event.scheme == firing.scheme
            and any(old.pattern == firing.pattern and known & {h.cue_id for h in old.hits} for old in event.firings)
            for event in self._open
        )

    def _join(self, firing: Firing) -> None:
        near = [
            e
            for e in self._open
            if e.scheme == firing.scheme and e.firings and e.span.distance_ms(firing.span) <= JOIN_MS
        ]
        if not near:
            start_ms = firing.span.start_ms
            self._open.append(
                Event(event_id(self._stream_key, firing.scheme, start_ms), firing.scheme, [firing], changed=True)
            )
            return
        first, *others = sorted(near, key=lambda e: e.span)
        first.add(firing)
        for other in others:  # the firing lies between two events and makes them one
            for moved in other.firings:
                first.add(moved)
            self._open.remove(other)

    def _settled(self, event: Event) -> bool:
        """Nothing said just now can explain it away any more."""
        return self._watermark_ms >= min(hit.span.end_ms for hit in event.hits) + 3000

    def _ended(self, event: Event) -> bool:
        if any(self._cues[hit.cue_id].ongoing for hit in event.hits if hit.cue_id in self._cues):
            return False
        if self._play.continues(event.scheme, event.span.end_ms):
            return False
        return self._watermark_ms > event.span.end_ms + JOIN_MS

    def _explained(self, event: Event) -> str:
        """The scheme that explains the same words better, if all of the event's patterns give way to it."""
        for other in (*self._open, *self._closed):
            if other is event or not other.firings or not other.accuses:
                continue
            words = {hit.cue_id for hit in other.hits if hit.slot not in self._common_slots}
            if all(other.scheme in firing.yields_to and self._rests_on(firing, words) for firing in event.firings):
                return other.scheme
        return ""

    def _rests_on(self, firing: Firing, cue_ids: set[str]) -> bool:
        """Whether a telling word of the firing stands in one of the cues."""
        return any(hit.cue_id in cue_ids for hit in firing.hits if hit.slot not in self._common_slots)

    def _violation(self, event: Event, state: State) -> Violation:
        around = event.span.grow(_CONTEXT_MS, _CONTEXT_MS)
        explained_by = self._explained(event)
        candidate = not event.accuses or bool(explained_by)
        nearby = [hit for hit in self._hits.get(OUTSIDE, ()) if hit.span.overlaps(around)]
        default = self._severities.get(event.scheme, (Severity.ORDINARY, "desk"))
        grave = gravity(default, event, repeated=self._flagged[event.scheme] + 1, nearby=nearby)
        if state == State.CLOSED and not candidate:
            self._flagged[event.scheme] += 1
        return event.violation(
            state,
            candidate=candidate,
            gravity=grave,
            context=self._context(event, around),
            suppressed=tuple(s for s in self._suppressed if s.hit.span.overlaps(around)),
            explained_by=explained_by,
        )

    def _context(self, event: Event, around: Span) -> tuple[Cue, ...]:
        """All that the host and the staff said and showed, and of what viewers wrote what a reviewer can read."""
        cues = [cue for cue in self._cues.values() if cue.span.overlaps(around)]
        cues += self._bystanders.near(event.hits, around)
        return tuple(sorted(cues, key=lambda c: (c.span, c.cue_id)))

    def _forget(self) -> None:
        """Drop what can join nothing any more, save what an open event rests on."""
        oldest = min((event.span.start_ms for event in self._open), default=self._watermark_ms)
        limit = self._watermark_ms - _KEEP_MS
        for hits in self._hits.values():
            hits[:] = [hit for hit in hits if hit.span.end_ms >= limit]
        self._ledger.forget(limit)
        self._closed = [event for event in self._closed if event.span.end_ms >= limit]
        oldest = self._play.since_ms(oldest)
        keep = min(limit, max(oldest - _CONTEXT_MS, self._watermark_ms - 30 * 60_000))
        self._cues = {i: c for i, c in self._cues.items() if c.ongoing or c.span.end_ms >= keep}
        self._bystanders.forget(keep)
        self._suppressed = [s for s in self._suppressed if s.hit.span.end_ms >= keep]
        self._opinions.forget(self._cues.keys())
