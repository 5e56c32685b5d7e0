"""Sums of money with what they are the price of: the raw material of the price ledger.

A sum's role comes from the words before it (专柜价 N), right behind it (N 的吊牌价), from a stroke through it on the
picture, or from its place after a comparison price. What stays unclear is no price.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from monitor.lexicon.model import PriceLabels
from monitor.match.heard_labels import HeardLabels
from monitor.match.pieces import count_of
from monitor.text import Amount, NormalText, find_amounts
from monitor.text.discounts import Discount, find_discounts
from monitor.text.normal import MARKS, QUESTION, SENTENCE


class _Kind(StrEnum):
    BASE = "base"
    ELSEWHERE = "elsewhere"
    LIVE = "live"
    NEUTRAL = "neutral"


_LABEL_REACH = 9
"""Characters between a label and its sum: 专柜价三千九百八, 别人家同样的东西卖三百九十九."""
_SOLD_REACH = 16
"""The same where a verb of selling leads to the sum: 专柜的姐姐张嘴就跟你要一千八."""
_SOLD = re.compile(r"[卖要收挂标价得开报是]")
_SOLD_BESIDE = 3
"""Characters before a sum within which that verb stands."""
_CLOSE = 2
"""A neutral word that near to the sum outweighs a label before it: 专柜直降五百."""
_NEUTRAL_REACH = 4
_DISCOUNT_REACH = 24
_UNLIKE_REACH = 16
_TAG_REACH = 20
"""A tag that is held up is read out some words later: 吊牌我拉近给你们看，看清楚了，一千零九十九."""
_TAGS = ("价", "吊牌", "标签", "价签", "标牌")
_LINK = "号链接"
_BRIEF = {"原": _Kind.BASE, "现": _Kind.LIVE, "今": _Kind.LIVE}
"""Boards and comments write 原2199 现79: one character right before digits."""
_BRIEFLY = re.compile(r"[原现今](?=¥?[0-9])")
_VOUCHER = re.compile(r"[^，。？领用有免]{0,3}券")
_OURS = ("我", "咱", "俺", "这儿", "这")
_LEAST_IMPLIED = 5.0
"""A bare number after a comparison price is its answer from here on; below it counts pieces."""
_BEHIND = re.compile(r"(?:块|元|钱|块钱)?(?:的|这个|那个|这种)")


@dataclass(frozen=True, slots=True)
class _Label:
    start: int
    end: int
    word: str
    kind: _Kind


@dataclass(frozen=True, slots=True)
class Priced:
    """A sum in its role.

    `amount.value` is what is compared, always the reading that favours the host: of a comparison price the least that
    the words allow (四位数 → 1000), of a selling price the most. Where both sides name their number of pieces, the
    comparison price is that of as many as the room sells.
    """

    amount: Amount
    start: int
    """Of the label, or of the sum where that comes first."""
    label: str
    base: bool


class PriceFinder:
    """Finds sums with a role in normal texts."""

    def __init__(self, labels: PriceLabels) -> None:
        self._kinds = {
            **dict.fromkeys(labels.elsewhere, _Kind.ELSEWHERE),
            **dict.fromkeys(labels.live, _Kind.LIVE),
            **dict.fromkeys(labels.base, _Kind.BASE),
            **dict.fromkeys(labels.neutral, _Kind.NEUTRAL),
            **dict.fromkeys(labels.same, _Kind.NEUTRAL),
        }
        self._expression = _any_of(self._kinds)
        self._behind = _any_of(word for word in (*labels.base, *labels.live) if word.endswith(("价", "标签", "标价")))
        self._neutral_behind = _any_of(labels.neutral_behind)
        self._live_behind = re.compile(
            f"(?:块钱|元钱|块|元|米)?(?:就|直接|统统)?({_any_of(labels.live_behind).pattern})"
        )
        self._unlike = tuple(labels.unlike)
        self._quoted = tuple(labels.quoted)
        self._heard = HeardLabels(labels.base, labels.heard)

    def find(self, normal: NormalText, *, struck: bool = False, board: bool = False) -> Iterator[Priced]:
        """The prices of a text. On a board a struck sum is a comparison price and a bare marked one the price."""
        amounts = find_amounts(normal)
        if not amounts:
            return
        labels = self._labels(normal.text, spoken=not board)
        found: list[Priced] = []
        previous_end = 0
        for amount in amounts:
            priced = self._role(normal.text, amount, labels, previous_end, found, struck=struck and board, board=board)
            previous_end = amount.end
            if priced:
                found.append(priced)
                previous_end = max(previous_end, priced.amount.end)
        quoted = any(word in normal.text for word in self._quoted)
        found = [p for p in found if not (p.base and (quoted or self._is_unlike(normal.text, p)))]
        found += _discounted(find_discounts(normal), found, labels)
        found.sort(key=lambda p: (p.amount.start, p.start))
        yield from map(_in_hosts_favour, _as_many(normal.text, found))

    def _labels(self, text: str, *, spoken: bool) -> list[_Label]:
        labels = [
            _Label(m.start(), m.end(), m.group(), self._kinds[m.group()]) for m in self._expression.finditer(text)
        ]
        labels += [_Label(m.start(), m.end(), m.group(), _BRIEF[m.group()]) for m in _BRIEFLY.finditer(text)]
        if spoken:
            for start, end, word in self._heard.find(text):
                beneath = [label for label in labels if label.start < end and start < label.end]
                if not any(label.kind == _Kind.BASE for label in beneath):
                    labels = [label for label in labels if label not in beneath]
                    labels.append(_Label(start, end, word, _Kind.BASE))
        return sorted(labels, key=lambda label: label.start)

    def _role(
        self,
        text: str,
        amount: Amount,
        labels: Sequence[_Label],
        previous_end: int,
        found: Sequence[Priced],
        *,
        struck: bool,
        board: bool,
    ) -> Priced | None:
        behind = self._label_behind(text, amount)
        if behind == _Kind.NEUTRAL:
            return None
        if isinstance(behind, _Label):
            base = behind.kind == _Kind.BASE
            return Priced(replace(amount, end=behind.end), amount.start, behind.word, base)
        near = [label for label in labels if label.start >= previous_end and _leads_to(text, label, amount)]
        near = [n for n in near if n.kind != _Kind.NEUTRAL or _still_said(text, n, amount)]
        last = near[-1] if near else None
        if last and last.kind == _Kind.NEUTRAL and (len(near) == 1 or amount.start - last.end <= _CLOSE):
            return None
        # the last label before the sum decides, but 别家…卖 says more than the neutral word after it
        bases = [label for label in near if label.kind in (_Kind.BASE, _Kind.ELSEWHERE)]
        lives = [label for label in near if label.kind == _Kind.LIVE]
        told_last = bases and all(live.start < bases[-1].start for live in lives)
        if told_last or (bases and all(_is_theirs(text, bases[0], live, amount) for live in lives)):
            return Priced(amount, bases[0].start, bases[0].word, base=True)
        if last and last.kind == _Kind.NEUTRAL:
            return None
        if struck:
            return Priced(amount, amount.start, "", base=True)
        if lives:
            return Priced(amount, lives[-1].start, lives[-1].word, base=False)
        given = self._live_behind.match(text, amount.end)
        if given and any(p.base for p in found):
            return Priced(replace(amount, end=given.end()), amount.start, given[1], base=False)
        if (board and amount.marked) or self._answers(text, amount, found):
            return Priced(amount, amount.start, "", base=False)
        return None

    def _answers(self, text: str, amount: Amount, found: Sequence[Priced]) -> bool:
        """Whether a sum without a label is the answer to a comparison price: 别家卖六百，六十 and 别家600 我60."""
        bases = [p for p in found if p.base]
        if not bases or not (amount.marked or amount.value >= _LEAST_IMPLIED):
            return False
        base = bases[-1]
        if _LINK in text[base.amount.end : amount.start] and found[-1] is not base:
            return False  # the next link is another thing
        sold = _SOLD.search(text[base.start : base.amount.start]) or count_of(text, base.amount)
        plain = base.amount.marked or base.label.endswith(_TAGS) or text[: amount.start].endswith(_OURS)
        return plain or bool(sold)

    def _label_behind(self, text: str, amount: Amount) -> _Label | _Kind | None:
        """三百九十九的吊牌价 has its label behind it; 五十块的券 and 八千工资 are no price."""
        if self._neutral_behind.match(text, amount.end) or _VOUCHER.match(text, amount.end):
            return _Kind.NEUTRAL
        link = _BEHIND.match(text, amount.end)
        match = self._behind.match(text, link.end()) if link else None
        return _Label(match.start(), match.end(), match.group(), self._kinds[match.group()]) if match else None

    def _is_unlike(self, text: str, base: Priced) -> bool:
        """The host says that the other thing is another thing."""
        around = text[max(0, base.start - _UNLIKE_REACH) : base.amount.end + _UNLIKE_REACH]
        return any(word in around for word in self._unlike)


def _any_of(words: Iterator[str] | Sequence[str] | dict[str, _Kind]) -> re.Pattern[str]:
    return re.compile("|".join(map(re.escape, sorted(words, key=len, reverse=True))))


def _still_said(text: str, label: _Label, amount: Amount) -> bool:
    """Whether a neutral word still speaks of the sum: in its clause, or right before a pause."""
    return amount.start - label.end <= _NEUTRAL_REACH or not MARKS.intersection(text[label.end : amount.start])


def _is_theirs(text: str, base: _Label, live: _Label, amount: Amount) -> bool:
    """Whether a word of selling goes with the comparison: 出厂价就要三百五 is their price in one clause."""
    return live.word.startswith("就") and not MARKS.intersection(text[base.end : amount.start])


def _leads_to(text: str, label: _Label, amount: Amount) -> bool:
    """Whether the label is near enough, or a verb of selling carries it on to the sum."""
    apart = amount.start - label.end
    if apart < 0 or apart > _TAG_REACH:
        return False
    between = text[label.end : amount.start]
    sold = bool(_SOLD.search(between[-_SOLD_BESIDE:]))
    counted = count_of(text, amount, label.end, anywhere=True) is not None
    if label.kind == _Kind.ELSEWHERE:
        return apart <= _SOLD_REACH and (sold or counted) and SENTENCE not in between and QUESTION not in between
    if apart <= _LABEL_REACH or label.kind != _Kind.BASE:
        return apart <= _LABEL_REACH
    return label.word.endswith(_TAGS) or (apart <= _SOLD_REACH and sold and not MARKS.intersection(between))


def _discounted(discounts: Iterator[Discount], found: Sequence[Priced], labels: Sequence[_Label]) -> Iterator[Priced]:
    """What a discount makes of the comparison price before it: 原价一千二 … 打三折 is 360."""
    for discount in discounts:
        bases = [p for p in found if p.base and 0 <= discount.start - p.amount.end <= _DISCOUNT_REACH]
        if not bases:
            continue
        base = bases[-1]
        theirs = any(
            label.kind == _Kind.BASE and base.amount.end <= label.start < discount.start for label in labels
        ) and not any(label.kind == _Kind.LIVE and base.amount.end <= label.start < discount.start for label in labels)
        if theirs or discount.left <= 0:
            continue
        value = round(base.amount.least * discount.left, 2)
        amount = Amount(value, discount.start, discount.end, True, value, value)
        yield Priced(amount, discount.start, "折扣", base=False)


def _as_many(text: str, found: Sequence[Priced]) -> Iterator[Priced]:
    """Comparison prices for as many pieces as the room sells: 人家一瓶299, 我三瓶99 compares 897 with 99."""
    ends = [0, *(priced.amount.end for priced in found)]
    counts = [count_of(text, priced.amount, end, anywhere=True) for priced, end in zip(found, ends, strict=False)]
    for place, (priced, count) in enumerate(zip(found, counts, strict=True)):
        after = zip(found[place:], counts[place:], strict=True)
        ours = next((c for p, c in after if not p.base and c and count and c.piece == count.piece), None)
        if not priced.base or count is None or ours is None:
            yield priced
            continue
        amount, times = priced.amount, ours.number / count.number
        yield replace(
            priced,
            start=min(priced.start, count.start),
            amount=replace(
                amount,
                value=round(amount.value * times, 2),
                least=round(amount.least * times, 2),
                most=round(amount.most * times, 2),
                end=max(amount.end, count.end),
            ),
        )


def _in_hosts_favour(priced: Priced) -> Priced:
    amount = priced.amount
    return replace(priced, amount=replace(amount, value=amount.least if priced.base else amount.most))
