"""Moments of a show in one cue: a link opened, promised or taken down, a call, a price, and how much else is said."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from monitor.lexicon.model import PlayFile
from monitor.lexicon.play import mark_entries
from monitor.records import Channel, Cue, Hit, Method, Reading
from monitor.text import Normaliser, NormalText, find_amounts
from monitor.text.normal import MARKS
from monitor.text.numerals import han_number

TALK = "talk"
"""Kind of what is said about the thing itself: `chars` of it."""
PRICE = "price"
"""Kind of a sum named."""
_SOON_CHARS = 10
"""How far before an opening, within its clause, a word like 马上 makes it a promise."""
_ASIDE = frozenset(("denial", "viewer's question", "question refused", "warning"))
"""Reasons of the matcher for which a moment told in the same words did not take place."""
_NEGATIONS = frozenset("不没别未甭莫")
_UNNEGATED = frozenset(("open", "there", "close", "promise", "call"))
_HAPPENS = frozenset(("open", "there", "link"))
_ON_BOARDS = frozenset(("open", "there", "close", "sold", "promise", "call", "reason", "clock"))
"""Kinds that a board may tell; 下一款 on a board is a preview."""
_HAN = "零一二两三四五六七八九十百"
_NUMBER = rf"(?<![0-9{_HAN}])(?P<number{{0}}>[0-9]{{{{1,3}}}}|[{_HAN}]{{{{1,4}}}})"
_MARK = re.compile(f"[{''.join(MARKS)}]")
_NUMBERED = re.compile(_NUMBER.format("") + "号(?:链接|连接|品|宝贝|款|$|[^0-9码楼店线色机仓])")


@dataclass(frozen=True, slots=True)
class Moment:
    """One thing that happens at one time. Ordered by `order`, whatever the order in which cues came."""

    kind: str
    """A field of `PlayFile`, or TALK, or PRICE."""
    at_ms: int
    order: tuple[int, int, str, int]
    hit: Hit | None = None
    number: int | None = None
    """The link's, where it is told."""
    chars: int = 0


@dataclass(frozen=True, slots=True)
class _Found:
    kind: str
    start: int
    """Half-open range in the normal text."""
    end: int
    term: str
    hit: Hit | None = None
    number: int | None = None


class MomentFinder:
    """Finds the moments that `play.yaml` describes. Pure: the same cue and reading give the same moments."""

    def __init__(self, play: PlayFile) -> None:
        self._normalise = Normaliser()
        entries = dict(mark_entries(play))
        self._words = {kind: _compiled(entry.words) for kind, entry in entries.items() if entry.words}
        self._unless = {kind: entry.unless for kind, entry in entries.items()}
        self._slots: dict[str, list[tuple[str, frozenset[str]]]] = {}
        for kind, entry in entries.items():
            for slot, terms in entry.slots.items():
                self._slots.setdefault(slot, []).append((kind, frozenset(terms)))

    def find(self, cue: Cue, reading: Reading) -> tuple[Moment, ...]:
        """The cue's moments in the order of its text; `reading` is what the matcher found in it."""
        normal = self._normalise(cue.text)
        if not normal.text:
            return ()
        found = _settled(
            self._soon_is_not_now(normal, [*self._by_slot(normal, reading), *self._by_word(normal, reading)])
        )
        if cue.channel == Channel.SCREEN:
            found = [f for f in found if f.kind in _ON_BOARDS]
            found += _board_number(normal)
        moments = [_moment(cue, normal, f) for f in found if f.kind != "soon"]
        moments += [_at(cue, normal, PRICE, amount.start) for amount in find_amounts(normal) if amount.marked]
        if cue.channel == Channel.SPEECH:
            moments += _talk(cue, normal, reading, found)
        return tuple(sorted(moments, key=lambda m: m.order))

    def _by_slot(self, normal: NormalText, reading: Reading) -> Iterator[_Found]:
        ends = [last for _, last in normal.origins]
        for hit in reading.hits:
            for kind, terms in self._slots.get(hit.slot, ()):
                if hit.method == Method.FUZZY or (terms and hit.term not in terms):
                    continue  # 上链接 is one syllable off 不上链接
                start = bisect_right(ends, hit.chars[0])
                end = max(start + 1, bisect_right(ends, hit.chars[1] - 1) + 1)
                if not self._undone(kind, normal.text, start, end):
                    yield _Found(kind, start, min(end, len(normal.text)), hit.term, hit)

    def _by_word(self, normal: NormalText, reading: Reading) -> Iterator[_Found]:
        padded = "，" + _MARK.sub("，", normal.text) + "，"
        aside = [s.hit.chars for s in reading.suppressed if s.reason in _ASIDE]
        for kind, pattern in self._words.items():
            for match in pattern.finditer(padded):
                start, end = _within(match.group(), match.start() - 1)
                if kind in _UNNEGATED and start and normal.text[start - 1] in _NEGATIONS:
                    continue
                first, last = normal.raw_range(start, end)
                if any(a < last and first < b for a, b in aside) or self._undone(kind, normal.text, start, end):
                    continue
                yield _Found(kind, start, end, match.group().strip("，"), number=_number(match))

    def _undone(self, kind: str, text: str, start: int, end: int) -> bool:
        around = text[max(0, start - 3) : end + 3]
        return any(word in around for word in self._unless[kind])

    def _soon_is_not_now(self, normal: NormalText, found: list[_Found]) -> Iterator[_Found]:
        """An opening with 马上 before it in its clause is a promise; a link that is only spoken of so says nothing."""
        soon = [f for f in found if f.kind == "soon"]
        for f in found:
            clause = max(normal.text.rfind(mark, 0, f.start) for mark in MARKS) + 1
            near = max(clause, f.start - _SOON_CHARS)
            if f.kind in _HAPPENS and any(near <= s.start and s.end <= f.start for s in soon):
                if f.kind == "open":
                    yield _Found("promise", f.start, f.end, f.term, f.hit)
            else:
                yield f


def clock(at_ms: int) -> str:
    """Media time for a reviewer: 83000 → 01:23."""
    return f"{at_ms // 60_000:02d}:{at_ms // 1000 % 60:02d}"


@lru_cache(maxsize=256)
def _compiled(words: tuple[str, ...]) -> re.Pattern[str]:
    """One expression for all words, the longer alternative first where two begin alike."""
    parts = []
    for index, word in enumerate(words):
        written = "".join(c if c in "()|{}n" else re.escape(c) for c in word).replace("(", "(?:")
        parts.append(
            written.replace("{n}", _NUMBER.format(index), 1).replace("{n}", f"(?:[0-9]{{1,3}}|[{_HAN}]{{1,4}})")
        )
    return re.compile("|".join(f"(?:{part})" for part in parts))


def _within(found: str, start: int) -> tuple[int, int]:
    """Where the words lie in the text that was padded by one mark, without marks at their ends."""
    lead = len(found) - len(found.lstrip("，"))
    return start + lead, start + len(found.rstrip("，"))


def _number(match: re.Match[str]) -> int | None:
    told = next((value for value in match.groupdict().values() if value), None)
    if told is None:
        return None
    value = float(told) if told.isdigit() else han_number(told)
    return None if value is None else int(value)


def _settled(found: Iterator[_Found]) -> list[_Found]:
    """Each place once a kind, the longest; where a promise or a numbered opening lies, no other opening does."""
    kept: list[_Found] = []
    rank = {"promise": 0, "open": 1, "there": 2, "link": 3}
    for f in sorted(found, key=lambda f: (rank.get(f.kind, 4), f.number is None, f.start - f.end, f.start, f.term)):
        if not any(
            k.start < f.end and f.start < k.end and (k.kind == f.kind or (k.kind in rank and f.kind in rank))
            for k in kept
        ):
            kept.append(f)
    return kept


def _board_number(normal: NormalText) -> list[_Found]:
    """A board that names one link is that link's card; one that names several is a list."""
    named = [*_NUMBERED.finditer(normal.text)]
    if len({_number(match) for match in named}) != 1:
        return []
    return [_Found("open", named[0].start(), named[0].end(), named[0].group(), number=_number(named[0]))]


def _talk(cue: Cue, normal: NormalText, reading: Reading, found: list[_Found]) -> Iterator[Moment]:
    """What is left when words about links, calls and other findings are taken out, clause by clause."""
    covered = [False] * len(normal.text)
    for f in found:
        covered[f.start : f.end] = [True] * (f.end - f.start)
    ranges = [hit.chars for hit in (*reading.hits, *(s.hit for s in reading.suppressed))]
    starts = {f.start for f in found}
    begun, chars = 0, 0
    for index, character in enumerate((*normal.text, "。")):
        if character in MARKS or index in starts:
            if chars:
                yield _at(cue, normal, TALK, begun, chars=chars)
            begun, chars = index + (character in MARKS), 0
        if character in MARKS or covered[index]:
            continue
        at = normal.origins[index][0]
        chars += not any(first <= at < last for first, last in ranges)


def _moment(cue: Cue, normal: NormalText, found: _Found) -> Moment:
    hit = found.hit
    if hit is None:
        chars = normal.raw_range(found.start, found.end)
        raw = cue.text[chars[0] : chars[1]]
        hidden = normal.disguise(found.start, found.end)
        hit = Hit(
            term=found.term,
            slot=found.kind,
            cue_id=cue.cue_id,
            channel=cue.channel,
            span=cue.span_of(*chars),
            chars=chars,
            raw=raw,
            method=Method.VARIANT if hidden else Method.EXACT,
            score=1.0,
            how=f"{raw} → {found.term}, {hidden}" if hidden else "",
            box=cue.box,
        )
    order = (hit.span.start_ms, cue.span.start_ms, cue.cue_id, hit.chars[0])
    return Moment(found.kind, hit.span.start_ms, order, hit, found.number)


def _at(cue: Cue, normal: NormalText, kind: str, start: int, *, chars: int = 0) -> Moment:
    raw = normal.raw_range(start, start + 1)
    at_ms = cue.span_of(*raw).start_ms
    return Moment(kind, at_ms, (at_ms, cue.span.start_ms, cue.cue_id, raw[0]), chars=chars)
