import cn2an
import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.text import Normaliser, find_amounts
from monitor.text.discounts import find_discounts
from monitor.text.numerals import han_number

normalise = Normaliser()


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("拿回家六十九块九", [69.9]),
        ("门店里卖六百八十八", [688]),
        ("两千三", [2300]),
        ("一千六的羽绒服", [1600]),
        ("两万八", [28000]),
        ("少说也要五六千", [5000]),
        ("¥36.8", [36.8]),
        ("1.9万的包", [19000]),
        ("原价899 现价89", [899, 89]),
        ("九块九带走", [9.9]),
        ("三百六一斤", [360]),
        ("￥2,980", [2980]),
        ("只要三十八包邮", [38]),
        ("9块9", [9.9]),
        ("三九九", [399]),
        ("1千2", [1200]),
        ("八毛五", [0.85]),
        ("八十八米带走", [88]),
        ("参考价¥2.6W", [26000]),
        ("六十八两瓶", [68]),
        ("198元/3瓶", [198]),
        ("他家一双四百", [400]),
        ("三百块一条", [300]),
        ("四百一套", [400]),
        ("一千零九十九对吧", [1099]),
    ],
)
def test_sums_are_read_as_they_are_said(text: str, values: list[float]):
    """Chinese and Arabic numerals, colloquial short forms and units give yuan."""
    assert [amount.value for amount in find_amounts(normalise(text))] == values


@pytest.mark.parametrize(
    ("text", "value", "least", "most"),
    [
        ("千把块", 1000, 900, 1200),
        ("百来块", 100, 90, 120),
        ("小两千的大衣", 2000, 1700, 2000),
        ("一百出头", 100, 100, 120),
        ("四位数", 3162, 1000, 9999),
        ("三位数", 316, 100, 999),
        ("几百块", 400, 200, 900),
        ("大几百", 700, 500, 900),
        ("八百多", 800, 800, 899),
        ("二十几", 20, 20, 29),
        ("五六千", 5000, 5000, 6000),
        ("一百二三", 120, 120, 130),
        ("上千块", 1000, 1000, 9999),
        ("不到一百", 100, 85, 100),
        ("一百块都不到", 100, 85, 100),
        ("五十到五百", 50, 50, 500),
        ("百八十块", 100, 80, 180),
        ("三百左右", 300, 270, 330),
    ],
)
def test_loose_words_give_what_they_allow(text: str, value: float, least: float, most: float):
    """A sum that is only about right has bounds."""
    (amount,) = find_amounts(normalise(text))

    assert (amount.value, round(amount.least, 2), round(amount.most, 2)) == (value, least, most)


@pytest.mark.parametrize(
    "text",
    [
        "三斤装",
        "三十八码",
        "一米五长",
        "三秒下架",
        "五百毫升",
        "百分之六",
        "六月十八",
        "双十一",
        "两百多单",
        "一万毫安",
        "五百美元",
        "四位数的密码",
        "千万别信",
        "体重一百二",
        "二十米卷尺",
        "4k高清",
    ],
)
def test_counts_and_sizes_are_no_money(text: str):
    """A number that counts something else is left out."""
    assert find_amounts(normalise(text)) == ()


@given(st.integers(min_value=10, max_value=99_999))
def test_a_numeral_says_the_same_in_hanzi_and_digits(number: int):
    """Any whole sum reads alike as 三百九十九块, 399块 and ¥399."""
    written = cn2an.an2cn(number, "low")

    assert han_number(written) == number
    for text in (f"{written}块钱", f"{number}块", f"¥{number}"):
        assert [(a.value, a.least, a.most) for a in find_amounts(normalise(text))] == [(number, number, number)]


@given(st.integers(1, 9), st.integers(1, 9), st.sampled_from([("百", 100), ("千", 1000), ("万", 10_000)]))
def test_a_short_form_ends_one_place_lower(first: int, second: int, scale: tuple[str, int]):
    """两千三 and 2千3 are 2300: the last digit counts the next lower place."""
    name, factor = scale
    value = first * factor + second * factor // 10
    short = f"{cn2an.an2cn(first)}{name}{cn2an.an2cn(second)}"

    assert han_number(short) == value
    assert [a.value for a in find_amounts(normalise(f"{first}{name}{second}"))] == [value]


@given(st.integers(1, 999), st.integers(1, 9))
def test_what_follows_the_unit_is_a_tenth(yuan: int, tenth: int):
    """九块九 and 9块9 are 9.9."""
    value = round(yuan + tenth / 10, 2)
    for text in (f"{yuan}块{tenth}", f"{cn2an.an2cn(yuan, 'low')}块{cn2an.an2cn(tenth)}", f"{yuan}.{tenth}元"):
        assert [a.value for a in find_amounts(normalise(text))] == [value]


@given(st.text(alphabet="零一二两三四五六七八九十百千万几多来块元毛米折位数小上到¥0123456789.w，原价", max_size=20))
def test_any_text_gives_sums_in_order_within_bounds(text: str):
    """No text breaks the reading; places lie in the text and apart, and bounds hold the lower value."""
    normal = normalise(text)
    amounts = find_amounts(normal)
    places = [at for amount in amounts for at in (amount.start, amount.end)]

    assert places == sorted(places)
    assert all(0 <= a.start < a.end <= len(normal.text) and 0 < a.least <= a.most for a in amounts)


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("打三折", 0.3),
        ("3折", 0.3),
        ("八八折", 0.88),
        ("0.9折", 0.09),
        ("对折", 0.5),
        ("今天半价", 0.5),
        ("一折都不到", 0.1),
        ("十分之一的价", 0.1),
        ("35折", 0.35),
    ],
)
def test_discount_words_say_what_is_left(text: str, left: float):
    """A discount is the share of the price that remains."""
    assert [round(d.left, 3) for d in find_discounts(normalise(text))] == [left]


@pytest.mark.parametrize("text", ["三折伞", "第二件半价", "抽半价", "打骨折", "一折叠就好", "儿童半价"])
def test_other_foldings_are_no_discount(text: str):
    """An umbrella folds in three; a second piece at half price is no half price."""
    assert [d for d in find_discounts(normalise(text)) if d.left > 0] == []
