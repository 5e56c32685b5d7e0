"""Sums of money with what they are the price of: the raw material of the price ledger."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from monitor.lexicon.model import PriceLabels
from monitor.text import Amount, NormalText, find_amounts

_LABEL_REACH = 9
"""Characters between a label and its sum: 专柜价三千九百八, 别人家同样的东西卖三百九十九."""


@dataclass(frozen=True, slots=True)
class Priced:
    """An amount, its label and whether it is a comparison price; `start` is the label's."""

    amount: Amount
    start: int
    label: str
    base: bool


class PriceFinder:
    """Finds labelled sums in normal texts."""

    def __init__(self, labels: PriceLabels) -> None:
        self._kinds = {
            **dict.fromkeys(labels.live, "live"),
            **dict.fromkeys(labels.base, "base"),
            **dict.fromkeys(labels.neutral, "neutral"),
            **dict.fromkeys(labels.same, "neutral"),
        }
        longest_first = sorted(self._kinds, key=len, reverse=True)
        self._expression = re.compile("|".join(map(re.escape, longest_first)))

    def find(self, normal: NormalText, *, struck: bool = False, board: bool = False) -> Iterator[Priced]:
        """The prices of a text. On a board a struck sum is a comparison price and a bare marked one the price."""
        labels = [(m.start(), m.end(), m.group()) for m in self._expression.finditer(normal.text)]
        after_base = False
        previous_end = 0
        for amount in find_amounts(normal):
            near = [label for label in labels if label[1] <= amount.start and amount.start - label[1] <= _LABEL_REACH]
            near = [label for label in near if label[0] >= previous_end]
            previous_end = amount.end
            # the last label before the sum decides, but 别家…卖 says more than the 卖 or 今天 after it
            kinds = [self._kinds[label[2]] for label in near]
            if "base" in kinds and "live" not in kinds[kinds.index("base") :]:
                chosen = near[kinds.index("base")]
                yield Priced(amount, chosen[0], chosen[2], base=True)
                after_base = True
            elif kinds and kinds[-1] == "neutral":
                continue
            elif kinds and kinds[-1] == "live":
                yield Priced(amount, near[-1][0], near[-1][2], base=False)
            elif struck and board:
                yield Priced(amount, amount.start, "", base=True)
            elif (board and amount.marked) or (after_base and (amount.marked or amount.value >= 5)):
                yield Priced(amount, amount.start, "", base=False)
