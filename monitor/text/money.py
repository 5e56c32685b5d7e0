"""Numbers and sums of money in a normal text, as hosts say and write them: 六十九块九, 两千三, 1.9万, ¥36.8."""

from __future__ import annotations

import re
from dataclasses import dataclass

import cn2an

from monitor.text.normal import NormalText

_HAN = "零〇一二两三四五六七八九十百千万"
NUMERAL = re.compile(rf"[0-9]+(?:\.[0-9]+)?[万千百w]?|[{_HAN}几]+")
"""One run of digits or Chinese numerals: what `{n}` in a term stands for."""

_AMOUNT = re.compile(
    rf"(?P<sign>¥|rmb)?"
    rf"(?:(?P<digits>[0-9]+(?:\.[0-9]+)?)(?P<scale>[万千百k]|(?<=\.[0-9])w)?|(?P<han>[{_HAN}]+))"
    r"(?P<about>多|来|几)?"
    r"(?P<unit>块钱|元钱|块|元|(?<=[0-9]{2})米(?![0-9宽长高色厚乘的布]))?"
    r"(?:(?<=[块元米])(?P<tail>[0-9一二两三四五六七八九](?![0-9十百千万])))?"
)
_SCALE = {"万": 10_000, "w": 10_000, "千": 1000, "k": 1000, "百": 100}
_DIGIT = {c: i for i, c in enumerate("零一二三四五六七八九")} | {"两": 2, "〇": 0}

# What follows a bare number that is not money: pieces, sizes, times, percentages, link numbers.
_NOT_MONEY = re.compile(
    r"[%个件条支双套箱袋瓶斤克千公升毫厘码号岁年月日天点分秒小时人名单次遍款层寸伏瓦度兆寸代折倍位张只台盒片提米]|包(?!邮)|cm|ml|kg|l|g|w|小时"
)

_LEAST_BARE = 10
"""Bare numbers below are counts, link numbers and steps far more often than prices."""
_NOT_MONEY_AFTER = ("月", "双", "第", "初", "周", "星期", "尺码", "电话", "年")
"""六月十八, 双十一, 第三: a number after these is no sum."""


@dataclass(frozen=True, slots=True)
class Amount:
    """A number that may be a sum of money."""

    value: float
    """In yuan where it is money."""
    start: int
    end: int
    """Half-open range in the normal text."""
    marked: bool
    """A currency sign or unit stands with it."""


def find_amounts(normal: NormalText) -> tuple[Amount, ...]:
    """The sums of money in a text, in order; bare numbers that something else is counted with are left out."""
    found: list[Amount] = []
    for match in _AMOUNT.finditer(normal.text):
        value = _value(match) or _without_count(match["han"] or "")
        if value is None or value <= 0 or normal.text[: match.start()].endswith(_NOT_MONEY_AFTER):
            continue
        end = match.end()
        marked = bool(match["sign"] or match["unit"])
        if not marked and value < _LEAST_BARE:
            continue
        if not marked and _NOT_MONEY.match(normal.text, end):
            shorter = _without_count(match["han"] or "")
            if shorter is None:
                continue
            value, end = shorter, end - 1
        found.append(Amount(value, match.start(), end, marked))
    return tuple(found)


def _without_count(numeral: str) -> float | None:
    """三百六一斤 is 360 for one jin: the sum, when a numeral ends in the 一 that counts what is sold."""
    return han_number(numeral[:-1]) if len(numeral) > 2 and numeral[-1] == "一" and numeral[-2] != "十" else None


def _value(match: re.Match[str]) -> float | None:
    if match["digits"]:
        value = float(match["digits"]) * _SCALE.get(match["scale"] or "", 1)
    else:
        parsed = han_number(match["han"])
        if parsed is None:
            return None
        value = parsed
    tail = match["tail"]
    if tail:
        value += (int(tail) if tail.isdigit() and tail.isascii() else _DIGIT[tail]) / 10
    return value


def han_number(numeral: str) -> float | None:
    """A Chinese numeral's value: 六百九十九 → 699, 两千三 → 2300, 五六千 → 5000; None when it is none."""
    if (
        len(numeral) > 1
        and numeral[0] in _DIGIT
        and numeral[1] in _DIGIT
        and numeral[-1] in _SCALE
        and len(numeral) == 3
    ):
        return float(_DIGIT[numeral[0]] * _SCALE[numeral[-1]])  # 五六千: from five thousand on
    try:
        return float(cn2an.cn2an(numeral.replace("〇", "零"), "smart"))
    except (ValueError, KeyError, IndexError):
        return None
