"""Chinese and Arabic numerals as hosts say and write them: 六百九十九, 两千三, 三九九, 1千2, 2.6w. No money yet."""

from __future__ import annotations

import cn2an

HAN_SCALES = "十百千万"
SCALE = {"万": 10_000.0, "w": 10_000.0, "千": 1000.0, "k": 1000.0, "百": 100.0, "十": 10.0}
DIGIT = {c: i for i, c in enumerate("零一二三四五六七八九")} | {"两": 2, "〇": 0}


def han_number(numeral: str) -> float | None:
    """A Chinese numeral's value: 六百九十九 → 699, 两千三 → 2300, 三九九 → 399, 五六千 → 5000; None when it is none."""
    span = neighbours(numeral)
    if span:
        return span[0]
    try:
        return float(cn2an.cn2an(numeral.replace("〇", "零"), "smart"))
    except (ValueError, KeyError, IndexError):
        return None


def neighbours(numeral: str) -> tuple[float, float] | None:
    """The bounds that two digits side by side name, if any do: 五六千 → (5000, 6000), 一百二三 → (120, 130)."""
    if len(numeral) < 3:
        return None
    if numeral[-1] in SCALE and _ascending(numeral[-3:-1]) and (len(numeral) == 3 or numeral[-4] in HAN_SCALES):
        head, low, high, scale = numeral[:-3], numeral[-3], numeral[-2], numeral[-1]
        base = _plain(head) if head else 0.0
        if base is None or (head and SCALE[head[-1]] <= SCALE[scale]):
            return None
        return base + DIGIT[low] * SCALE[scale], base + DIGIT[high] * SCALE[scale]
    if _ascending(numeral[-2:]) and numeral[-3] in "百千万":
        base, step = _plain(numeral[:-2]), SCALE[numeral[-3]] / 10
        return None if base is None else (base + DIGIT[numeral[-2]] * step, base + DIGIT[numeral[-1]] * step)
    return None


def _ascending(pair: str) -> bool:
    return pair[0] in DIGIT and pair[1] in DIGIT and 0 < DIGIT[pair[0]] == DIGIT[pair[1]] - 1


def _plain(numeral: str) -> float | None:
    try:
        return float(cn2an.cn2an(numeral.replace("〇", "零"), "smart"))
    except (ValueError, KeyError, IndexError):
        return None


def arabic_number(digits: str, scale: str = "", rest: str = "") -> float:
    """Digits, the numeral behind them and the digits behind that: 1.9万 → 19000, 1千2 → 1200, 1百28 → 128."""
    factor = SCALE.get(scale, 1.0)
    value = float(digits) * factor
    if rest:
        value += int(rest) * factor / 10 if len(rest) == 1 else int(rest)
    return value
