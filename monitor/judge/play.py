"""Schemes that no sentence tells: what is done to links over minutes. Cues in, firings out, in time order."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from monitor.judge.event import Event
from monitor.judge.firing import Firing
from monitor.judge.holding import Holding
from monitor.judge.moments import Moment, MomentFinder
from monitor.judge.rushing import Rushing
from monitor.lexicon.model import PlayFile
from monitor.records import Channel, Cue, Reading, Role

_AFTER_MS = 8000
"""What follows so soon may still explain a moment: 慢慢看，链接一直在; or the link is opened after all."""


class Play:
    """One stream's links over time. Without `play` it sees nothing.

    Moments are taken in time order once nothing earlier can come, so that neither the order of equal-time cues nor
    the size of the steps matters. Memory is bounded by the last seconds and by what a run of items keeps.
    """

    def __init__(self, play: PlayFile | None) -> None:
        self._finder = MomentFinder(play) if play else None
        self._watchers: tuple[Rushing | Holding, ...] = (Rushing(play.rush), Holding(play.hold)) if play else ()
        self._least_ms = round(play.rush.least_each_s * play.rush.shuts * 1000) if play else 0
        self._unread: dict[str, tuple[Cue, Reading]] = {}
        self._waiting: dict[str, tuple[Moment, ...]] = {}
        self._taken_ms = 0
        self._over = False

    def enter(self, cue: Cue, reading: Reading) -> None:
        """Take in a cue of the host or staff; one fed again under its id replaces the earlier one."""
        if self._finder is None or cue.role == Role.VIEWER or cue.channel == Channel.MESSAGE:
            return
        if cue.channel != Channel.SPEECH and cue.span.start_ms < self._taken_ms:
            return  # a board that stays: it happened when it came
        self._unread[cue.cue_id] = cue, reading

    def advance(self, watermark_ms: int) -> Iterator[Firing]:
        """No cue will start before `watermark_ms` any more; after `end` none comes at all."""
        if not self._over:
            yield from self._take(watermark_ms - _AFTER_MS)
        elif self._taken_ms or self._lasts_ms() >= self._least_ms:  # a short text shows nothing over time
            self._read()
            latest = max((m.at_ms for moments in self._waiting.values() for m in moments), default=0)
            yield from self._take(latest + 1)

    def end(self) -> None:
        """The stream is over: `advance` gives what is left."""
        self._over = True

    def continues(self, scheme: str, end_ms: int) -> bool:
        """Whether an event of `scheme` that ended at `end_ms` may turn out to be part of what still goes on."""
        return any(watcher.continues(scheme, end_ms, self._taken_ms) for watcher in self._watchers)

    def since_ms(self, default: int) -> int:
        """From when on what was said may still be told as evidence; `default` where nothing goes on."""
        return min((watcher.since_ms(default) for watcher in self._watchers), default=default)

    def _lasts_ms(self) -> int:
        spans = [cue.span for cue, _ in self._unread.values()]
        return max((s.end_ms for s in spans), default=0) - min((s.start_ms for s in spans), default=0)

    def _read(self) -> None:
        """Find the moments of the cues that came since, but for what lies before those taken already."""
        for cue_id, (cue, reading) in self._unread.items():
            self._waiting.pop(cue_id, None)
            moments = self._finder.find(cue, reading) if self._finder else ()
            moments = tuple(m for m in moments if m.at_ms >= self._taken_ms)
            if moments:
                self._waiting[cue_id] = moments
        self._unread = {}

    def _take(self, until_ms: int) -> Iterator[Firing]:
        if until_ms <= self._taken_ms:
            return
        self._read()
        self._taken_ms = until_ms
        known = sorted((m for moments in self._waiting.values() for m in moments), key=lambda m: m.order)
        for index, moment in enumerate(known):
            if moment.at_ms >= until_ms:
                break
            after = index + 1
            while after < len(known) and known[after].at_ms <= moment.at_ms + _AFTER_MS:
                after += 1
            coming = known[index + 1 : after]
            for watcher in self._watchers:
                yield from watcher.take(moment, coming)
        kept = {i: tuple(m for m in moments if m.at_ms >= until_ms) for i, moments in self._waiting.items()}
        self._waiting = {i: moments for i, moments in kept.items() if moments}


def is_news(firing: Firing, opened: Iterable[Event], closed: Iterable[Event]) -> bool:
    """Whether a firing over time tells what no flag has told: one stretch is flagged once.

    A continuation (it has no fact of its own) belongs to an open event or to none.
    """
    if not firing.fact:
        return any(
            event.scheme == firing.scheme and any(firing.pattern == f.pattern for f in event.firings)
            for event in opened
        )
    return not any(
        event.scheme == firing.scheme and event.accuses and event.span.overlaps(firing.span) for event in closed
    )
