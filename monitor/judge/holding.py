"""憋单 by what happens: a link promised again and again, viewers called to type and stay, and nothing opened."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from monitor.judge.firing import FLAG_SCORE, Firing
from monitor.judge.moments import Moment, clock
from monitor.lexicon.model import HoldFigures
from monitor.records import Hit

SCHEME = "irregular_play"
HELD = "link-promised-and-held"
JOIN_MS = 20_000
"""What comes later after a firing than this begins anew: parts farther apart are two events (scheme guide)."""
_SCORE = 0.68
_FAINT_SCORE = 0.5
"""Few calls: the host may just talk at length. A candidate."""
_NEVER = 1.01
_YIELDS_TO = ("pay_first_draw",)
"""Who must type to be drawn is held back for the draw."""
_SAME_PROMISE_MS = 8000
_SAME_CALL_MS = 5000
"""马上上，马上就上: one promise, one call."""
_REASON_MS = 30_000
"""How long before the first promise a reason may have been given."""
_CLOCK_MS = 15 * 60_000
"""How long a stated clock time keeps promises from counting; an opening ends it."""
_MOST = 60
_NAMED = 6
_OPENS = frozenset(("open", "there", "link", "close", "sold", "next", "at_ease"))
"""What shows that links are open, or that another thing is talked about."""


class Holding:
    """Takes moments in order, gives firings. Memory is bounded by the promises and calls of one stretch."""

    def __init__(self, figures: HoldFigures) -> None:
        self._figures = figures
        self._promises: list[Hit] = []
        self._calls: list[Hit] = []
        self._reason_ms: int | None = None
        self._quiet_until_ms = -1
        self._told = 0
        """Promises counted when it was last told; 0 where it has not been."""
        self._hinted = False
        """Put out as a candidate."""
        self._last_ms = 0

    def since_ms(self, default: int) -> int:
        """From when on what was said may still be told."""
        return self._promises[0].span.start_ms if self._promises else default

    def continues(self, scheme: str, end_ms: int, known_ms: int) -> bool:
        """Whether an event of `scheme` that ended at `end_ms` may lie in what still goes on at `known_ms`."""
        if scheme != SCHEME or not self._promises:
            return False
        began = end_ms >= self._promises[0].span.start_ms - JOIN_MS
        return began and known_ms <= self._last_ms + self._pause_ms()

    def take(self, moment: Moment, coming: Sequence[Moment]) -> Iterator[Firing]:
        """The next moment; `coming` are those within a few seconds after it."""
        if moment.kind in _OPENS:
            self._clear()
            if moment.kind != "at_ease":
                self._quiet_until_ms = -1
        elif moment.kind == "reason":
            self._reason_ms = moment.at_ms
        elif moment.kind == "clock":
            self._clear()
            self._quiet_until_ms = moment.at_ms + _CLOCK_MS
        elif moment.kind in ("promise", "call") and moment.hit and moment.at_ms >= self._quiet_until_ms:
            if self._promises and moment.at_ms - self._last_ms > self._pause_ms():
                self._clear()
            if self._count(moment.kind, moment.hit):
                yield from self._told_by(moment.hit, coming)

    def _pause_ms(self) -> int:
        return JOIN_MS if self._told else round(self._figures.pause_s * 1000)

    def _clear(self) -> None:
        self._promises, self._calls, self._told, self._hinted, self._reason_ms = [], [], 0, False, None

    def _count(self, kind: str, hit: Hit) -> bool:
        """Enter a promise or call; False where it only repeats the one just made, or nothing was promised yet."""
        rows, same_ms = (self._promises, _SAME_PROMISE_MS) if kind == "promise" else (self._calls, _SAME_CALL_MS)
        at_ms = hit.span.start_ms
        if (kind == "call" and not self._promises) or (rows and at_ms - rows[-1].span.start_ms < same_ms):
            return False
        rows.append(hit)
        del rows[:-_MOST]
        if kind == "promise" or self._told:
            self._last_ms = at_ms
        return True

    def _told_by(self, hit: Hit, coming: Sequence[Moment]) -> Iterator[Firing]:
        promises, calls, figures = self._promises, self._calls, self._figures
        if self._told:
            full = len(promises) >= 2 * self._told
            self._told = len(promises) if full else self._told
            yield self._firing((hit,), self._fact() if full else "")
            return
        held_ms = promises[-1].span.start_ms - promises[0].span.start_ms
        reason = self._reason_ms is not None and self._reason_ms >= promises[0].span.start_ms - _REASON_MS
        least_ms = (figures.reason_s if reason else figures.hold_s) * 1000
        if len(promises) < figures.promises or len(calls) < figures.calls or held_ms < least_ms:
            return
        if any(moment.kind in _OPENS or moment.kind == "clock" for moment in coming):
            return
        if len(calls) >= figures.calls_sure:
            self._told = len(promises)
        elif self._hinted:
            return
        self._hinted = True
        yield self._firing((*promises, *calls), self._fact())

    def _firing(self, hits: tuple[Hit, ...], fact: str) -> Firing:
        sure = len(self._calls) >= self._figures.calls_sure
        score = _SCORE if sure else _FAINT_SCORE
        ordered = tuple(sorted(hits, key=lambda hit: (hit.span.start_ms, hit.cue_id, hit.chars)))
        return Firing(SCHEME, HELD, ordered, score, _YIELDS_TO, fact, FLAG_SCORE if sure else _NEVER)

    def _fact(self) -> str:
        first, last = self._promises[0].span.start_ms, max(self._promises[-1].span.end_ms, self._calls[-1].span.end_ms)
        return (
            f"待核实憋单：{clock(first)}–{clock(last)} {len(self._promises)} 次说要上链接（{_rows(self._promises)}），"
            f"其间 {len(self._calls)} 次叫人互动或停留（{_rows(self._calls)}），"
            f"{round((last - first) / 1000)} 秒里没有听到、看到链接打开"
        )


def _rows(hits: Sequence[Hit]) -> str:
    rows = "、".join(f"{clock(hit.span.start_ms)}「{hit.raw}」" for hit in hits[:_NAMED])
    return rows + ("…" if len(hits) > _NAMED else "")
