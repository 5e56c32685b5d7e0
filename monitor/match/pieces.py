"""For how many pieces a sum is: 三瓶九十九, 九十九三瓶, 一百二给你六件, 三百六一斤."""

from __future__ import annotations

import re
from dataclasses import dataclass

from monitor.text import Amount
from monitor.text.numerals import han_number

_MEASURE = "瓶件个条双套盒包袋箱桶罐支只片张块斤枚颗提份碗杯卷本串捆根克台对把床顶公"
_COUNT = rf"(?P<number>[0-9]{{1,3}}|[一二两三四五六七八九十]{{1,3}})(?P<measure>公斤|千克|kg|[{_MEASURE}])"
_BEFORE = re.compile(
    rf"{_COUNT}(?:我|咱|他|人家|你|就|才|只|也|都|得|还|敢|卖|要|收|给|是|价|，|到手|直播间|今天|的){{0,5}}$"
)
_BEHIND = re.compile(
    rf"(?:块钱|元钱|块|元|米)?(?:我|咱)?(?:就|直接|统统|再|能|可以)?(?:给|发|寄|拿|带|买|送)?(?:到|走)?(?:你们|你|您)?{_COUNT}"
)
_BARE = re.compile(rf"{_COUNT}(?![月人])")
_JIN = {"斤": 1.0, "公斤": 2.0, "千克": 2.0, "kg": 2.0, "克": 0.002}
_BEFORE_CHARS = 14


@dataclass(frozen=True, slots=True)
class Count:
    """So many of one piece; weights are in jin (500 g) under the piece `斤`. `start:end` in the normal text."""

    number: float
    piece: str
    start: int
    end: int


def count_of(text: str, amount: Amount, since: int = 0, *, anywhere: bool = False) -> Count | None:
    """For how many the sum is, said behind it or before it (not before `since`); None where the text is silent.

    `anywhere` takes a count with other words between too: 一斤虾仁超市要八十.
    """
    behind = _BEHIND.match(text, amount.end)
    if behind:
        return _count(behind, amount.end, 0)
    first = max(0, amount.start - _BEFORE_CHARS, since)
    before = _BEFORE.search(text[first : amount.start])
    if before is None and anywhere:
        before = next(_BARE.finditer(text[first : amount.start]), None)
    return _count(before, first + before.start(), first) if before else None


def _count(match: re.Match[str], start: int, offset: int) -> Count | None:
    number = float(match["number"]) if match["number"].isascii() else han_number(match["number"])
    if not number:
        return None
    measure = match["measure"]
    jin = _JIN.get(measure)
    return Count(number * (jin or 1), "斤" if jin else measure, start, offset + match.end())
