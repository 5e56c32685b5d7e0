import pytest

from monitor.config import lexicon_folder
from monitor.lexicon import load_lexicon
from monitor.lexicon.model import PriceLabels
from monitor.match.prices import PriceFinder
from monitor.text import Normaliser

FINDER = PriceFinder(load_lexicon(lexicon_folder()).prices)
normalise = Normaliser()


def roles(text: str, **how: bool) -> list[tuple[str, float]]:
    return [("base" if p.base else "live", p.amount.value) for p in FINDER.find(normalise(text), **how)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("专柜价一千八，到我这里只要一百八", [("base", 1800), ("live", 180)]),
        ("三百九十九的吊牌价，今天九十九", [("base", 399), ("live", 99)]),
        ("隔壁卖六百，咱家六十", [("base", 600), ("live", 60)]),
        ("外面卖八百，六十八", [("base", 800), ("live", 68)]),
        ("药房要六百多一盒，我这里六十", [("base", 600), ("live", 60)]),
        ("昨天还是五百八，今天一百一", [("base", 580), ("live", 110)]),
        ("人家卖四位数，我卖两位数", [("base", 1000), ("live", 99)]),
        ("原价一千，今天打三折", [("base", 1000), ("live", 300)]),
        ("出厂价就要三百五，我卖八十九", [("base", 350), ("live", 89)]),
        ("专柜现在是四千二，我这边六百八", [("base", 4200), ("live", 680)]),
        ("前两天我们直播间还是四百，今天一百", [("base", 400), ("live", 100)]),
        ("专柜价今天一百八", [("base", 180)]),
        ("转贵家一千八，今天一百八", [("base", 1800), ("live", 180)]),
    ],
)
def test_a_sum_takes_its_role_from_the_words_about_it(text: str, expected: list[tuple[str, float]]):
    """Labels before, behind, misheard, and the contrast of others with us tell what a sum is the price of."""
    assert roles(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("人家一瓶299，我三瓶99", [("base", 897), ("live", 99)]),
        ("别家一件卖一百四，今天一百四给你七件", [("base", 980), ("live", 140)]),
        ("别家五斤卖一百，咱家一斤三十五", [("base", 20), ("live", 35)]),
        ("超市一公斤卖六十，我们一斤二十", [("base", 30), ("live", 20)]),
        ("水果店论个卖，二十块一个，我一箱三十个四十九", [("base", 600), ("live", 49)]),
        ("别家卖一百二，我家三件九十九", [("base", 120), ("live", 99)]),
    ],
)
def test_where_both_sides_count_pieces_as_many_are_compared(text: str, expected: list[tuple[str, float]]):
    """A comparison price is brought to the number that the room sells; where one side counts it stays as said."""
    assert roles(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "满三百减五十",
        "定金五十抵一百",
        "五十块的券随便领",
        "人家工资八千",
        "专柜直降五百",
        "身高一米六体重一百二",
        "二号链接",
        "房租一个月八千",
        "运费十二块",
        "别家退四百",
    ],
)
def test_other_sums_are_no_price(text: str):
    """Vouchers, deposits, wages, savings and measures have no role."""
    assert roles(text) == []


def test_a_struck_sum_on_a_board_is_a_comparison_price():
    """What is struck through on the picture was the price; what stands beside it is."""
    assert roles("¥899", struck=True, board=True) == [("base", 899)]
    assert roles("¥89", board=True) == [("live", 89)]


def test_boards_write_one_character_for_a_label():
    """原2199 现79 beside a picture."""
    assert roles("原↑2199 现↓79", board=True) == [("base", 2199), ("live", 79)]


def test_two_links_are_two_things():
    """The price behind the next link answers no price of the one before."""
    assert ("live", 99) not in roles("一号链接原价399，到手299，二号链接99")
    assert ("live", 45.9) in roles("某猫卖459，三号链接45.9")


def test_two_things_that_the_host_calls_different_are_not_compared():
    """`不是一个东西` takes the comparison back."""
    assert ("base", 800) not in roles("专柜那款是八百的，跟我这个不是一个东西，我这个一百五")
    assert ("base", 800) in roles("专柜那款是八百的，跟我这个一模一样，我这个一百五")


def test_a_bare_number_after_people_talk_of_a_sum_is_no_answer():
    """人家 said a sum; without a verb of selling nothing after it answers."""
    assert roles("人家说拍四百，后来又二十") == [("base", 400)]


def test_a_lexicon_without_the_optional_words_still_reads_prices():
    """Fields that a word editor leaves out take nothing away."""
    plain = PriceLabels(
        source="test", base=("专柜价",), live=("今天",), neutral=("满",), same=("同价",), ratio=2, within_s=9
    )

    assert [(p.base, p.amount.value) for p in PriceFinder(plain).find(normalise("专柜价八百，今天八十，券三十"))][
        :2
    ] == [
        (True, 800),
        (False, 80),
    ]
