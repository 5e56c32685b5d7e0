"""Discount words in a normal text as the share of the price that is left: 打三折 → 0.3, 半价 → 0.5, 十分之一 → 0.1."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from monitor.text.normal import NormalText
from monitor.text.numerals import DIGIT

_DISCOUNT = re.compile(
    r"(?P<fold>零点[一二三四五六七八九]|0?\.[0-9]|[0-9](?:\.[0-9])?|[1-9][0-9]|[一二两三四五六七八九]{1,2}|[对半])折"
    r"(?![叠伞扇页腾磨合痕尺断返旧算射现光椅床桌纸线边刀屏返])"
    r"|(?P<half>半价|对半砍|拦腰砍|腰斩)"
    r"|(?P<parts>[二两三四五六七八九十])分之一"
)
_NOT_THE_PRICE = (
    "第二件",
    "第2件",
    "第二份",
    "第2份",
    "第二杯",
    "抽",
    "加一件",
    "多一件",
    "儿童",
    "学生",
    "门票",
    "免",
)
"""A discount after these is no price of the one thing: 第二件半价 is a quarter off two."""


@dataclass(frozen=True, slots=True)
class Discount:
    """`start:end` of the normal text says that `left` of a price is left, 0 to 1."""

    left: float
    start: int
    end: int


def find_discounts(normal: NormalText) -> Iterator[Discount]:
    """The discounts of a text, in order."""
    for match in _DISCOUNT.finditer(normal.text):
        if normal.text[: match.start()].endswith(_NOT_THE_PRICE):
            continue
        yield Discount(_left(match), match.start(), match.end())


def _left(match: re.Match[str]) -> float:
    if match["half"]:
        return 0.5
    if match["parts"]:
        return 1 / (10 if match["parts"] == "十" else DIGIT[match["parts"]])
    fold = match["fold"]
    if fold == "对":
        return 0.5
    if fold == "半":
        return 0.05
    if fold.startswith("零点"):
        return DIGIT[fold[2]] / 100
    if fold[0].isascii():
        return float(fold) / (100 if len(fold) == 2 and "." not in fold else 10)
    digits = "".join(str(DIGIT[c]) for c in fold)
    return int(digits) / (10 if len(digits) == 1 else 100)
