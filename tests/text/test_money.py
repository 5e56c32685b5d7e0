import pytest

from monitor.text import Normaliser, find_amounts

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
    ],
)
def test_sums_are_read_as_they_are_said(text: str, values: list[float]):
    """Chinese and Arabic numerals, colloquial short forms and units give yuan."""
    assert [amount.value for amount in find_amounts(normalise(text))] == values


@pytest.mark.parametrize(
    "text", ["三斤装", "三十八码", "一米五长", "三秒下架", "五百毫升", "百分之六", "六月十八", "双十一"]
)
def test_counts_and_sizes_are_no_money(text: str):
    """A number that counts something else is left out."""
    assert find_amounts(normalise(text)) == ()
