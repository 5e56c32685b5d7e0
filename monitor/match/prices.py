"""Sums of money with what they are the price of: the raw material of the price ledger.

A sum's role comes from the words before it (专柜价 N), right behind it (N 的吊牌价), from a stroke through it on the
picture, or from its place after a comparison price. What stays unclear is no price.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from monitor.lexicon.model import PriceLabels
from monitor.match.pieces import count_of
from monitor.match.price_labels import TAGS, Kind, Label, LabelFinder, any_of, is_sold, leads_to
from monitor.text import Amount, NormalText, find_amounts
from monitor.text.discounts import Discount, find_discounts

_CLOSE = 2
"""A neutral word that near to the sum outweighs a label before it: 专柜直降五百."""
_DISCOUNT_REACH = 24
_UNLIKE_BEFORE, _UNLIKE_BEHIND = 16, 40
_ANSWER_REACH = 30
"""Characters between a comparison price and a sum without a label that answers it."""
_REFUSED = ("不要", "不用", "不收", "不卖", "甭", "唔要")
"""原价八百，不要四百，不要两百，八十八: what is refused leaves the answer open."""
_NEXT_LINK = "号链接"
_OURS = ("我", "咱", "俺", "这儿", "这")
_LEAST_IMPLIED = 5.0
"""A bare number after a comparison price is its answer from here on; below it counts pieces."""


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
        self._labels = LabelFinder(labels)
        self._live_behind = re.compile(
            f"(?:块钱|元钱|块|元|米)?(?:就|直接|统统)?({any_of(labels.live_behind).pattern})"
        )
        self._unlike = tuple(labels.unlike)
        self._quoted = tuple(labels.quoted)

    def find(self, normal: NormalText, *, struck: bool = False, board: bool = False) -> Iterator[Priced]:
        """The prices of a text. On a board a struck sum is a comparison price and a bare marked one the price."""
        amounts = find_amounts(normal)
        if not amounts:
            return
        labels = self._labels.find(normal.text, spoken=not board)
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

    def _role(
        self,
        text: str,
        amount: Amount,
        labels: Sequence[Label],
        previous_end: int,
        found: Sequence[Priced],
        *,
        struck: bool,
        board: bool,
    ) -> Priced | None:
        behind = self._labels.behind(text, amount)
        if behind == Kind.NEUTRAL:
            return None
        if isinstance(behind, Label):
            base = behind.kind == Kind.BASE
            return Priced(replace(amount, end=behind.end), amount.start, behind.word, base)
        near = [label for label in labels if label.start >= previous_end and leads_to(text, label, amount)]
        last = near[-1] if near else None
        if last and last.kind == Kind.NEUTRAL and (len(near) == 1 or amount.start - last.end <= _CLOSE):
            return None
        # the last label before the sum decides, but 别家…卖 says more than the neutral word after it
        bases = [label for label in near if label.kind in (Kind.BASE, Kind.ELSEWHERE)]
        lives = [label for label in near if label.kind == Kind.LIVE]
        told_last = bases and all(live.start < bases[-1].start for live in lives)
        if told_last or (bases and all(self._labels.theirs(text, bases[0], live, amount) for live in lives)):
            return Priced(amount, bases[0].start, bases[0].word, base=True)
        if last and last.kind == Kind.NEUTRAL:
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
        last = found[-1]
        if (
            not (last.base or text[: last.amount.start].endswith(_REFUSED))
            or amount.start - last.amount.end > _ANSWER_REACH
        ):
            return False  # answered already, or not at all
        if _NEXT_LINK in text[base.amount.end : amount.start] and found[-1] is not base:
            return False  # the next link is another thing
        sold = is_sold(text[base.start : base.amount.start]) or count_of(text, base.amount)
        plain = base.amount.marked or base.label.endswith(TAGS) or text[: amount.start].endswith(_OURS)
        return plain or bool(sold)

    def _is_unlike(self, text: str, base: Priced) -> bool:
        """The host says that the other thing is another thing."""
        around = text[max(0, base.start - _UNLIKE_BEFORE) : base.amount.end + _UNLIKE_BEHIND]
        return any(word in around for word in self._unlike)


def _discounted(discounts: Iterator[Discount], found: Sequence[Priced], labels: Sequence[Label]) -> Iterator[Priced]:
    """What a discount makes of the comparison price before it: 原价一千二 … 打三折 is 360."""
    for discount in discounts:
        bases = [p for p in found if p.base and 0 <= discount.start - p.amount.end <= _DISCOUNT_REACH]
        if not bases:
            continue
        base = bases[-1]
        theirs = any(
            label.kind == Kind.BASE and base.amount.end <= label.start < discount.start for label in labels
        ) and not any(label.kind == Kind.LIVE and base.amount.end <= label.start < discount.start for label in labels)
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
