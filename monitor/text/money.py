"""Sums of money in a normal text, as hosts say and write them: 六十九块九, 千把块, 小两千, 四位数, ¥36.8, 2.6w."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from monitor.text.normal import NormalText
from monitor.text.numerals import DIGIT, SCALE, arabic_number, han_number, neighbours

_HAN = "零〇一二两三四五六七八九十百千万"
NUMERAL = re.compile(rf"[0-9]+(?:\.[0-9]+)?[万千百w]?|[{_HAN}几]+")
"""One run of digits or Chinese numerals: what `{n}` in a term stands for."""

_AMOUNT = re.compile(
    rf"(?P<sign>¥|rmb)?"
    rf"(?:(?P<places>[二两三四五六2-6])位数"
    rf"|(?P<several>好几|大几|小几|几)(?P<of>[十百千万])(?![{_HAN}])"
    rf"|(?P<some>好几|几)(?=块|元钱)"
    rf"|(?P<over>上|成|大)(?P<whole>[百千万])(?=[块元的多米]|$|[，。？我咱])"
    rf"|(?P<loose>[百千万]十?)(?:把来|把|来|十来)(?=[块元米])"
    rf"|(?P<idiom>百儿?八十|千儿?八百|万儿?八千)"
    rf"|(?P<digits>[0-9]+(?:\.[0-9]+)?)"
    rf"(?:(?P<scale>[万千百k]|w(?=多|块|元|出头|起)|(?<=\.[0-9])w|(?(sign)w|(?!)))(?P<rest>[0-9]{{1,4}}(?![0-9.]))?)?"
    rf"|(?P<han>[{_HAN}]+))"
    r"(?P<about>好几|多|来|几)?"
    r"(?P<unit>块钱|元钱|块(?![表布砖皂肉屏玉石糕板香巧豆腐]|毛巾)|元(?!宵)|[毛角](?![线衣巾呢绒料边领病豆落色])"
    r"|(?<=[0-9]{2})米(?![0-9宽长高色厚乘的布])|(?<=[十百千万一二三四五六七八九][十一二三四五六七八九])米(?=$|[，。？带拿到上抢秒包就]))?"
    r"(?:(?<=[块元米])(?P<tail>[0-9一二两三四五六七八九](?![0-9十百千万个件条双套箱袋瓶斤盒片桶罐包只]))[毛角]?(?:(?<=[毛角])[0-9一二三四五六七八九]分?)?"
    r"|(?<=[毛角])(?P<cents>[0-9一二三四五六七八九](?![0-9十百千万])))?"
)
_IDIOMS = {"百": (80.0, 180.0, 100.0), "千": (800.0, 1800.0, 1000.0), "万": (8000.0, 18_000.0, 10_000.0)}
_SEVERAL = {"几": (2, 9), "好几": (3, 9), "大几": (5, 9), "小几": (2, 5)}
_LESS, _MORE = 0.85, 1.2
"""How far 小两千 and 将近两千 fall short and 一百出头 goes beyond. Desk estimates."""
_ROUGHLY = 0.1
"""三百来块, 三百左右: a tenth to either side. Desk estimate."""
_NEARLY_BEFORE = ("不到", "不足", "将近", "接近", "差不多", "快要", "快到", "小")
_NEARLY_AFTER = ("不到", "都不到", "都没到", "还不到")
_BEYOND_AFTER = ("出头", "挂零", "开外", "冒头")
_ROUGHLY_AFTER = ("左右", "上下", "的样子")

# What follows a bare number that is not money: pieces, sizes, times, percentages, link numbers, other currencies.
_NOT_MONEY = re.compile(
    r"[%个件条支双套箱袋瓶斤克千公升毫厘码号岁年月日天点分秒小时人名单次遍款层寸伏瓦度兆寸代折倍位张只台盒片提米"
    r"刀桶罐根颗粒枚串捆份杯碗块种平亩楼届页针股]"
    r"|(?:包)(?!邮)|cm|ml|kg|l|g|w|mah|小时|美元|美金|美刀|港币|港元|日元|韩元|欧元|英镑|泰铢|卢布|开头|多[个件条支双套人名单种斤年天]"
    r"|[0-9一二两三四五六七八九]?[万千百]?(?:多|来)?(?:粉丝|积分|金币|毫安|像素|转速)"
)
_LEAST_BARE = 10
"""Bare numbers below are counts, link numbers and steps far more often than prices."""
_NOT_MONEY_AFTER = ("月", "第", "初", "周", "星期", "尺码", "电话", "年", "编号", "货号", "型号", "体重", "身高")
"""六月十八, 双十一, 第三: a number after these is no sum."""
_DOUBLE_DAY = re.compile(r"双(?:十[一二]|1[12])")
_COUNTED = re.compile(r"[个件条支双套箱袋瓶斤克公盒片提桶罐根颗枚串捆份杯碗只台张米]|包(?!邮)|对(?![吧不了的啊嘛])")
_PLACES_OF = re.compile(r"的?(?:密码|验证码|编号|数字|号码|工资)")
_UP_TO = re.compile(r"[到至]")


@dataclass(frozen=True, slots=True)
class Amount:
    """A number that may be a sum of money, in yuan where it is."""

    value: float
    """As named: 千把块 is 1000; of a range its lower bound, of 几百 and 四位数 the geometric middle."""
    start: int
    end: int
    """Half-open range in the normal text."""
    marked: bool
    """A currency sign or unit stands with it."""
    least: float = 0.0
    most: float = 0.0
    """What the words allow: 四位数 is 1000 to 9999, 八百多 800 to 899; both are `value` where it is exact."""


def find_amounts(normal: NormalText) -> tuple[Amount, ...]:
    """The sums of money in a text, in order; bare numbers that something else is counted with are left out."""
    found: list[Amount] = []
    for amount in _amounts(normal.text):
        before = found[-1] if found else None
        between = normal.text[before.end : amount.start] if before else ""
        if before and _UP_TO.fullmatch(between) and before.least < amount.most:  # 五十到五百 is one range
            found[-1] = Amount(
                before.least, before.start, amount.end, before.marked or amount.marked, before.least, amount.most
            )
        else:
            found.append(amount)
    return tuple(found)


def _amounts(text: str) -> Iterator[Amount]:
    for match in _AMOUNT.finditer(text):
        if text[: match.start()].endswith(_NOT_MONEY_AFTER) or _DOUBLE_DAY.match(text, max(0, match.start() - 1)):
            continue
        marked = bool(match["sign"] or match["unit"])
        bounds = _bounds(match)
        end = match.end()
        counted = match["han"] and not match["about"] and not match["unit"] and _COUNTED.match(text, end)
        if bounds is None or (counted and not marked):
            shorter = _without_count(match["han"] or "") if counted else None
            if shorter is None:
                continue
            bounds, end = (shorter, shorter, shorter), end - 1
        elif (not marked and _NOT_MONEY.match(text, end)) or (match["places"] and _PLACES_OF.match(text, end)):
            continue
        value, least, most = bounds
        if value <= 0 or (not marked and value < _LEAST_BARE):
            continue
        if not marked and match["scale"] == "k" and match["digits"] in ("2", "4", "8"):
            continue  # a screen's resolution
        yield _loosened(Amount(value, match.start(), end, marked, least, most), text)


def _bounds(match: re.Match[str]) -> tuple[float, float, float] | None:
    """Value, least and most of a numeral with its unit; None where the characters make no number."""
    if match["places"]:
        power = 10.0 ** ((DIGIT.get(match["places"]) or int(match["places"])) - 1)
        return round((power * (10 * power - 1)) ** 0.5), power, 10 * power - 1
    if match["several"] or match["some"]:
        low, high = _SEVERAL[match["several"] or match["some"]]
        unit = SCALE[match["of"]] if match["of"] else 1.0
        return round((low * high) ** 0.5) * unit, low * unit, high * unit
    if match["over"] or match["whole"]:
        unit = SCALE[match["whole"]]
        return unit, unit, 10 * unit - 1
    if match["loose"]:
        unit = SCALE[match["loose"][0]] * (1.1 if match["loose"].endswith("十") else 1)
        return unit, unit * (1 - _ROUGHLY), unit * _MORE
    if match["idiom"]:
        least, most, value = _IDIOMS[match["idiom"][0]]
        return value, least, most
    return _exact(match)


def _exact(match: re.Match[str]) -> tuple[float, float, float] | None:
    span = neighbours(match["han"]) if match["han"] else None
    if match["digits"]:
        value: float | None = arabic_number(match["digits"], match["scale"] or "", match["rest"] or "")
    else:
        value = han_number(match["han"])
    if value is None:
        return None
    if (match["unit"] or "").startswith(("毛", "角")):
        value = round(value / 10 + (_digit(match["cents"]) / 100 if match["cents"] else 0), 2)
        return value, value, value
    if match["tail"]:
        value = round(value + _digit(match["tail"]) / 10, 2)
    if span:
        return span[0], *span
    if match["about"] in ("多", "几", "好几"):
        return value, value, value + _lowest_place(value) - 1
    if match["about"] == "来":
        return value, value * (1 - _ROUGHLY), value * _MORE
    return value, value, value


def _digit(character: str) -> int:
    return int(character) if character.isascii() else DIGIT[character]


def _lowest_place(value: float) -> float:
    """100 for 800 and 1200, 10 for 20: what 多 may add to them."""
    place = 1.0
    while value % (place * 10) == 0 and place < value:
        place *= 10
    return place


def _loosened(amount: Amount, text: str) -> Amount:
    """Bounds widened by the words before and after: 小两千, 不到一百, 一百出头, 三百左右."""
    before, after = text[: amount.start], text[amount.end : amount.end + 4]
    if before.endswith(_NEARLY_BEFORE) and not (before.endswith("小") and amount.value < 100):
        return replace(amount, least=amount.least * _LESS)
    if after.startswith(_NEARLY_AFTER):
        return replace(amount, least=amount.least * _LESS)
    if after.startswith(_BEYOND_AFTER):
        return replace(amount, most=amount.most * _MORE, end=amount.end + 2)
    if after.startswith(_ROUGHLY_AFTER):
        return replace(amount, least=amount.least * (1 - _ROUGHLY), most=amount.most * (1 + _ROUGHLY))
    return amount


def _without_count(numeral: str) -> float | None:
    """三百六一斤, 六十八两瓶: the sum, when a numeral ends in the digit that counts what is sold."""
    if len(numeral) < 3 or numeral[-1] not in DIGIT or numeral[-2] in ("十" if numeral[-1] == "一" else "十百千万"):
        return None
    return han_number(numeral[:-1])
