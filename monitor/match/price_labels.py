"""The words that tell what a sum is the price of, and how far they reach: 专柜价 N, 药房 … 卖 N, N 的吊牌价, 原2199."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from monitor.lexicon.model import PriceLabels
from monitor.match.heard_labels import HeardLabels
from monitor.match.pieces import count_of
from monitor.text import Amount
from monitor.text.normal import MARKS, QUESTION, SENTENCE


class Kind(StrEnum):
    """What a word makes of a sum; `ELSEWHERE` makes a comparison price of it with a verb of selling or a count."""

    BASE = "base"
    ELSEWHERE = "elsewhere"
    LIVE = "live"
    NEUTRAL = "neutral"


_LABEL_REACH = 9
"""Characters between a label and its sum: 专柜价三千九百八, 别人家同样的东西卖三百九十九."""
_SOLD_REACH = 16
"""The same where a verb of selling leads to the sum: 专柜的姐姐张嘴就跟你要一千八."""
_TAG_REACH = 20
"""A tag that is held up is read out some words later: 吊牌我拉近给你们看，看清楚了，一千零九十九."""
_NEUTRAL_REACH = 4
"""A neutral word speaks of a sum in its clause, or across a pause when it is that near."""
_SOLD_BESIDE = 3
"""Characters before a sum within which a verb of selling stands."""
_SOLD = re.compile(r"[卖要收挂标价得开报是]")
TAGS = ("价", "吊牌", "标签", "价签", "标牌")
_BRIEF = {"原": Kind.BASE, "现": Kind.LIVE, "今": Kind.LIVE}
_BRIEFLY = re.compile(r"[原现今](?=¥?[0-9])")
"""Boards and comments write 原2199 现79: one character right before digits."""
_LINK = re.compile(r"(?:块|元|钱|块钱)?(?:的|这个|那个|这种)")
_VOUCHER = re.compile(r"[^，。？领用有免]{0,3}券")
_BY_DAY = re.compile(r"今[天晚日夜儿朝].?|现在|当下|此刻|这会儿")
_AT_ONCE = 2
"""Characters between a shop and the day that goes with it: 专柜现在是四千."""


@dataclass(frozen=True, slots=True)
class Label:
    """Half-open range `start:end` of a normal text holds, or sounds like, `word`."""

    start: int
    end: int
    word: str
    kind: Kind

    @property
    def tag(self) -> bool:
        """Names a price or what it is printed on, not a shop or a day."""
        return self.word.endswith(TAGS)


class LabelFinder:
    """Finds price labels in normal texts."""

    def __init__(self, labels: PriceLabels) -> None:
        self._kinds = {
            **dict.fromkeys(labels.elsewhere, Kind.ELSEWHERE),
            **dict.fromkeys(labels.live, Kind.LIVE),
            **dict.fromkeys(labels.base, Kind.BASE),
            **dict.fromkeys(labels.neutral, Kind.NEUTRAL),
            **dict.fromkeys(labels.same, Kind.NEUTRAL),
        }
        self._own = frozenset(labels.own)
        self._expression = any_of(self._kinds)
        self._behind = any_of(word for word in (*labels.base, *labels.live) if word.endswith(TAGS))
        self._neutral_behind = any_of(labels.neutral_behind)
        self._heard = HeardLabels(labels.base, labels.heard)

    def find(self, text: str, *, spoken: bool) -> list[Label]:
        """All labels of a text in order; in spoken text those too that only sound like one."""
        labels = [Label(m.start(), m.end(), m.group(), self._kinds[m.group()]) for m in self._expression.finditer(text)]
        labels += [Label(m.start(), m.end(), m.group(), _BRIEF[m.group()]) for m in _BRIEFLY.finditer(text)]
        if spoken:
            for start, end, word in self._heard.find(text):
                beneath = [label for label in labels if label.start < end and start < label.end]
                if not any(label.kind == Kind.BASE for label in beneath):
                    labels = [label for label in labels if label not in beneath]
                    labels.append(Label(start, end, word, Kind.BASE))
        return sorted(labels, key=lambda label: label.start)

    def behind(self, text: str, amount: Amount) -> Label | Kind | None:
        """三百九十九的吊牌价 has its label behind it; 五十块的券 and 八千工资 are neutral."""
        if self._neutral_behind.match(text, amount.end) or _VOUCHER.match(text, amount.end):
            return Kind.NEUTRAL
        link = _LINK.match(text, amount.end)
        match = self._behind.match(text, link.end()) if link else None
        return Label(match.start(), match.end(), match.group(), self._kinds[match.group()]) if match else None

    def theirs(self, text: str, base: Label, live: Label, amount: Amount) -> bool:
        """Whether a word for our price goes with the comparison, in one clause with it.

        出厂价就要三百五 and 专柜现在是四千 are their prices; 前两天我们直播间还是四百 was ours on a former day.
        """
        if MARKS.intersection(text[base.end : amount.start]):
            return False
        by_day = _BY_DAY.fullmatch(live.word) is not None
        if base.word in self._own:
            return base.kind == Kind.ELSEWHERE and not by_day and not set("今现") & set(live.word)
        return live.word.startswith("就") or (by_day and 0 <= live.start - base.end <= _AT_ONCE)


def leads_to(text: str, label: Label, amount: Amount) -> bool:
    """Whether the label is near enough to the sum behind it, or a verb of selling or a count carries it on."""
    apart = amount.start - label.end
    if apart < 0 or apart > _TAG_REACH:
        return False
    between = text[label.end : amount.start]
    paused = bool(MARKS.intersection(between))
    if label.kind == Kind.NEUTRAL and paused:
        return apart <= _NEUTRAL_REACH
    if apart <= _LABEL_REACH and label.kind != Kind.ELSEWHERE:
        return True
    sold = bool(_SOLD.search(between[-_SOLD_BESIDE:]))
    if label.kind == Kind.ELSEWHERE:
        carried = sold or count_of(text, amount, label.end, anywhere=True) is not None
        return apart <= _SOLD_REACH and carried and SENTENCE not in between and QUESTION not in between
    return label.kind == Kind.BASE and (label.tag or (apart <= _SOLD_REACH and sold and not paused))


def is_sold(text: str) -> bool:
    """Whether a verb of selling stands in the text."""
    return _SOLD.search(text) is not None


def any_of(words: Iterable[str]) -> re.Pattern[str]:
    """An expression for any of the words, the longest first; without words it matches nothing."""
    return re.compile("|".join(map(re.escape, sorted(words, key=len, reverse=True))) or "(?!)")
