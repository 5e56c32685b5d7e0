"""快速过款 by what happens: a show as a row of items, each with how long it was up and how much was said about it."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence

from monitor.judge.firing import FLAG_SCORE, Firing
from monitor.judge.items import Item, Run, run_fact, shut_fact
from monitor.judge.moments import PRICE, TALK, Moment
from monitor.lexicon.model import RushFigures
from monitor.records import Channel

SCHEME = "quick_flipping"
RUSHED = "items-rushed"
SHUT = "links-shut-at-once"
JOIN_MS = 20_000
"""What comes later after a firing than this begins anew: parts farther apart are two events (scheme guide)."""
_SCORE = 0.72
"""Three items in a row, each opened and gone without a word about it. Desk estimate."""
_SHUT_SCORE = 0.68
_FAINT_SCORE = 0.5
"""Something was said about each; or cards changed while nobody said anything about links: maybe a slide show."""
_NEVER = 1.01
_YIELDS_TO = ("pay_first_draw",)
"""Rounds of a draw go from one to the next as fast."""
_SAME_BREATH_MS = 2500
"""来，下一款，下一款: one step."""
_SAME_OPENING_MS = 4000
"""上链接，五号上车: one opening."""
_MENTION_MS = 6000
"""五号链接 … 上车: how long a number named waits for its opening."""
_AT_EASE_MS = 20_000
"""How long after a preview or 一直在 nothing is an opening."""
_CALM = frozenset(("at_ease", "answer"))
_MOST_NUMBERS = 400


class Rushing:
    """Takes moments in order, gives firings. Memory is bounded by the run's last items and the links' numbers."""

    def __init__(self, figures: RushFigures) -> None:
        self._figures = figures
        self._item_ms, self._shut_ms = round(figures.item_s * 1000), round(figures.shut_s * 1000)
        self._item: Item | None = None
        self._between = 0
        self._run = Run()
        self._shuts: deque[Item] = deque()
        self._shuts_told = 0
        self._said: dict[int, int] = {}
        self._mention: Moment | None = None
        self._last: int | None = None
        """Number of the last item that had one."""
        self._at_ease_until_ms = -1

    def since_ms(self, default: int) -> int:
        """From when on what was said may still be told."""
        starts = [item.start_ms for item in (*self._shuts, *self._run.items)]
        return min(starts, default=default)

    def continues(self, scheme: str, end_ms: int, known_ms: int) -> bool:
        """Whether an event of `scheme` that ended at `end_ms` may lie in what still goes on at `known_ms`."""
        if scheme != SCHEME:
            return False
        run, shuts = self._run.items, self._shuts
        shut_ms = JOIN_MS + self._shut_ms if self._shuts_told else round(self._figures.shuts_within_s * 1000)
        return bool(
            (run and end_ms >= self._run.start_ms - JOIN_MS and known_ms <= run[-1].end_ms + 2 * self._item_ms)
            or (shuts and end_ms >= shuts[0].start_ms - JOIN_MS and known_ms <= shuts[-1].end_ms + shut_ms)
        )

    def take(self, moment: Moment, coming: Sequence[Moment]) -> Iterator[Firing]:
        """The next moment; `coming` are those within a few seconds after it."""
        if moment.kind == TALK:
            self._talk(moment.chars)
        elif moment.kind == PRICE and self._item:
            self._item.prices += 1
        elif moment.kind in _CALM:
            self._forget(moment.at_ms)
        elif moment.kind == "link":
            self._name(moment)
        elif moment.kind == "there":
            yield from self._there(moment, coming)
        elif moment.kind in ("next", "open") and moment.at_ms >= self._at_ease_until_ms:
            yield from self._begin(moment, coming)
        elif moment.kind in ("close", "sold"):
            yield from self._follow(moment, coming)
            if self._item:
                yield from self._take_down(self._item, moment, coming)

    def _least_ms(self, count: int) -> float:
        return count * self._figures.least_each_s * 1000

    def _talk(self, chars: int) -> None:
        if self._item is None:
            self._between += chars
            return
        self._item.talk += chars
        number = self._item.number
        if number is not None:
            self._said[number] = self._said.pop(number, 0) + chars
            if len(self._said) > _MOST_NUMBERS:
                del self._said[next(iter(self._said))]

    def _forget(self, at_ms: int) -> None:
        self._at_ease_until_ms = at_ms + _AT_EASE_MS
        self._item, self._run, self._mention = None, Run(), None
        self._shuts.clear()
        self._shuts_told = 0

    def _there(self, moment: Moment, coming: Sequence[Moment]) -> Iterator[Firing]:
        yield from self._follow(moment, coming)
        if self._item:
            self._opened(self._item, moment)

    def _follow(self, moment: Moment, coming: Sequence[Moment]) -> Iterator[Firing]:
        """二号，勺子，五块，拍: the number named last begins an item if it is the one after the last item's."""
        mention, self._mention = self._mention, None
        if (
            mention is None
            or not _bare(mention)
            or moment.at_ms - mention.at_ms > _MENTION_MS
            or mention.number is None
        ):
            return
        last = self._item.number if self._item else self._last
        if last in (None, mention.number - 1) and mention.at_ms >= self._at_ease_until_ms:
            yield from self._begin(mention, coming)

    def _name(self, moment: Moment) -> None:
        if self._item and self._item.number is None:
            self._number(self._item, moment.number)
        else:
            self._mention = moment

    def _number(self, item: Item, number: int | None) -> None:
        if number is not None and item.number is None:
            item.number, item.known = number, self._said.get(number, 0)
            self._last = number

    def _opened(self, item: Item, moment: Moment) -> None:
        item.spoken |= _by_somebody(moment)
        if item.opened_ms is None and moment.hit:
            item.opened_ms = moment.at_ms
            item.hits.append(moment.hit)

    def _begin(self, moment: Moment, coming: Sequence[Moment]) -> Iterator[Firing]:
        item, number = self._item, moment.number
        mention = self._mention
        if moment.kind == "open" and number is None and mention and moment.at_ms - mention.at_ms <= _MENTION_MS:
            number = mention.number
        self._mention = None
        if item is not None:
            if moment.kind == "next":
                card = bool(item.hits) and all(hit.channel == Channel.SCREEN for hit in item.hits)
                same = (card or item.opened_ms is None) and moment.at_ms - item.start_ms < _SAME_BREATH_MS
            else:
                lately = item.opened_ms is None or moment.at_ms - item.opened_ms <= _SAME_OPENING_MS
                same = number in (None, item.number) or (item.number is None and lately)
            if same:
                item.spoken |= _by_somebody(moment)
                if moment.kind == "open":
                    self._number(item, number)
                    self._opened(item, moment)
                return
            yield from self._end(item, moment, coming)
        hits = [moment.hit] if moment.hit else []
        self._item = item = Item(moment.at_ms, hits, self._between)
        self._between = 0
        item.spoken = _by_somebody(moment)
        self._number(item, number)
        if moment.kind == "open":
            item.opened_ms = moment.at_ms

    def _take_down(self, item: Item, moment: Moment, coming: Sequence[Moment]) -> Iterator[Firing]:
        if moment.hit:
            item.hits.append(moment.hit)
        item.gone = True
        item.spoken |= _by_somebody(moment)
        yield from self._end(item, moment, coming)
        shut = item.opened_ms is not None and moment.at_ms - item.opened_ms <= self._shut_ms
        if moment.kind == "close" and shut and self._unexplained(item) and not _at_ease(coming):
            yield from self._shut(item)

    def _unexplained(self, item: Item) -> bool:
        return item.talk < self._figures.talk_chars and item.known < self._figures.talk_chars

    def _end(self, item: Item, moment: Moment, coming: Sequence[Moment]) -> Iterator[Firing]:
        """The item is over: it joins the run, or ends it."""
        self._item, self._between = None, 0
        at_ms = item.end_ms = moment.at_ms
        offered = item.opened_ms is not None or item.gone or item.prices
        quick = at_ms - item.start_ms < self._item_ms and self._unexplained(item) and offered
        follows = bool(self._run.items) and item.start_ms - self._run.items[-1].end_ms <= self._item_ms
        if not quick or not follows:
            self._run = Run()
        if not quick:
            return
        run = self._run
        run.add(item)
        lasted_ms = at_ms - run.start_ms
        enough = run.count >= self._figures.items and lasted_ms >= self._least_ms(run.count)
        if not enough or run.opened < 2 or 2 * run.opened < run.count or (not run.told and _at_ease(coming)):
            return
        full = not run.told or run.count >= 2 * run.told
        items = [*run.items] if not run.told else [item]
        if full:
            run.told = run.count
        hits = tuple(dict.fromkeys([*(hit for i in items for hit in i.hits), *filter(None, (moment.hit,))]))
        sure = run.spoken and run.talk[1] < self._figures.talk_chars_sure
        score, flag_from = (_SCORE, FLAG_SCORE) if sure else (_FAINT_SCORE, _NEVER)
        yield Firing(SCHEME, RUSHED, hits, score, _YIELDS_TO, run_fact(run) if full else "", flag_from)

    def _shut(self, item: Item) -> Iterator[Firing]:
        shuts = self._shuts
        if self._shuts_told and item.start_ms - shuts[-1].end_ms > JOIN_MS:
            shuts.clear()
            self._shuts_told = 0
        shuts.append(item)
        while shuts[-1].end_ms - shuts[0].start_ms > self._figures.shuts_within_s * 1000:
            shuts.popleft()
        lasted_ms = shuts[-1].end_ms - shuts[0].start_ms
        if len(shuts) < self._figures.shuts or lasted_ms < self._least_ms(len(shuts)):
            return
        items = [item] if self._shuts_told else [*shuts]
        full = len(shuts) >= 2 * self._shuts_told
        if full:
            self._shuts_told = len(shuts)
        hits = tuple(hit for i in items for hit in i.hits)
        yield Firing(SCHEME, SHUT, hits, _SHUT_SCORE, _YIELDS_TO, shut_fact(shuts) if full else "")


def _bare(mention: Moment) -> bool:
    """二号，勺子 presents a thing; 二号链接 rather tells somebody where it is."""
    return mention.hit is not None and mention.hit.raw.endswith("号")


def _by_somebody(moment: Moment) -> bool:
    return moment.hit is not None and moment.hit.channel != Channel.SCREEN


def _at_ease(coming: Sequence[Moment]) -> bool:
    return any(moment.kind in _CALM for moment in coming)
