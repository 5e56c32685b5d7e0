from dataclasses import replace
from datetime import date

import pytest

from monitor.config import lexicon_folder
from monitor.judge.firing import FLAG_SCORE, Firing
from monitor.judge.ledger import Ledger
from monitor.judge.products import Product, Products
from monitor.lexicon import load_lexicon
from monitor.match import Matcher
from monitor.records import Channel, Cue
from monitor.timeline import Span

LEXICON = load_lexicon(lexicon_folder())
MATCHER = Matcher(LEXICON)


def told(*rows: tuple[float, str, Channel], products: Products | None = None, struck: str = "") -> list[Firing]:
    """What a ledger makes of texts at given seconds."""
    ledger = Ledger(LEXICON.prices, products)
    firings: list[Firing] = []
    for number, (at_s, text, channel) in enumerate(rows):
        start_ms = round(at_s * 1000)
        span = Span(start_ms, start_ms + max(1, len(text)) * 220)
        cue = Cue(f"{channel}:{number}", channel, span, text, struck=text == struck)
        ledger.hear(cue)
        firings += ledger.enter(cue.cue_id, MATCHER.read(cue).prices)
    return firings


def said(*rows: tuple[float, str], products: Products | None = None) -> list[Firing]:
    return told(*((at, text, Channel.SPEECH) for at, text in rows), products=products)


def test_the_fact_is_the_ledgers_rows():
    """A reviewer reads when, where and in which words each price was named."""
    (firing,) = said((12, "专柜价一千八"), (16, "到我这里只要一百八"))

    assert firing.fact.startswith("待核实比价：00:12 口播「专柜价一千八」（专柜价，按 1800 元计）")
    assert "00:16 口播" in firing.fact
    assert "相差 10.0 倍" in firing.fact


def test_prices_far_apart_in_time_are_not_compared():
    """A price of a minute ago belongs to another thing."""
    assert said((0, "专柜价一千八"), (60, "到我这里只要一百八")) == []


def test_a_former_price_told_in_two_ways_is_a_fact():
    """原价 399 and soon after 原价 899 at the same selling price: the flag says so."""
    *_, last = said((0, "原价三百九十九，今天九十九"), (30, "原价八百九十九，今天九十九"))

    assert "同一商品此前的说法：00:00 口播" in last.fact
    assert "399 元" in last.fact.split("此前的说法")[1]


def test_a_changed_former_price_alone_is_no_flag():
    """While the difference stays ordinary, a changed former price is shown apart."""
    firings = said((0, "原价一百五十九，今天九十九"), (30, "原价一百九十九，今天九十九"))

    assert [f.pattern for f in firings] == ["base-price-changed"]
    assert not any(f.accuses for f in firings)


@pytest.mark.parametrize("between", ["来下一款，这条裤子看一下", "过款了啊"])
def test_the_next_thing_may_have_another_former_price(between: str):
    """After 下一款 nothing has changed: it is another thing."""
    assert said((0, "原价一百五十九，今天九十九"), (20, between), (30, "原价一百九十九，今天九十九")) == []


def test_what_the_picture_shows_instead_is_a_fact():
    """A spoken price beside another price on the picture is told, and does not change the score."""
    rows = [(10.0, "专柜价一千八，到手只要一百八", Channel.SPEECH)]
    (alone,) = told(*rows)[-1:]
    (beside,) = told((9.0, "直播价 ¥299", Channel.SCREEN), *rows)[-1:]

    assert "与画面不一致：00:09 画面「直播价 ¥299」" in beside.fact
    assert "不一致" not in alone.fact
    assert alone.score == beside.score


def test_the_same_price_on_the_picture_is_no_contradiction():
    """Where picture and word agree nothing is added."""
    firings = told((9.0, "直播价 ¥180", Channel.SCREEN), (10.0, "专柜价一千八，到手只要一百八", Channel.SPEECH))

    assert all("不一致" not in f.fact for f in firings)


def test_a_struck_price_beside_a_spoken_one_is_compared():
    """The struck sum on the picture is the comparison price."""
    (firing,) = told((1.0, "¥899", Channel.SCREEN), (2.0, "今天到手八十九", Channel.SPEECH), struck="¥899")

    assert "划线价，按 899 元计" in firing.fact


def test_sums_that_others_talk_of_give_way_to_refund_schemes():
    """A comparison without a price label yields to schemes of paying back; one with it does not."""
    (loose,) = said((0, "人家卖四百，我这里二十"))
    (labelled,) = said((0, "专柜价四百，我这里二十"))

    assert "cashback_refund" in loose.yields_to
    assert labelled.yields_to == ()


STREAM_DAY = date(2026, 11, 20)


def listed(*history: tuple[date, float], price: float = 99.0) -> Products:
    return Products((Product("加厚羊绒大衣女款", price, history), Product("陶瓷保温杯", 49.0)), STREAM_DAY)


def test_a_price_that_was_charged_clears_the_comparison():
    """原价 359 was charged three weeks ago: no flag, and the reason is kept."""
    products = listed((date(2026, 8, 1), 359.0), (date(2026, 11, 1), 99.0))

    (firing,) = said((0, "这件羊绒大衣女款加厚的"), (4, "原价三百五十九，今天九十九"), products=products)

    assert not firing.accuses
    assert firing.pattern == "price-borne-out"
    assert "有据" in firing.fact


def test_a_cleared_comparison_answers_what_else_its_words_say():
    """Other firings of the scheme on the same sentence are borne out too; those on other sentences are not."""
    ledger = Ledger(LEXICON.prices, listed((date(2026, 8, 1), 359.0)))
    cue = Cue("c", Channel.SPEECH, Span(0, 5000), "加厚羊绒大衣女款原价三百五十九，今天九十九")
    ledger.hear(cue)
    (cleared,) = ledger.enter(cue.cue_id, MATCHER.read(cue).prices)

    assert ledger.bears_out(cleared)
    assert not ledger.bears_out(replace(cleared, hits=tuple(replace(hit, cue_id="d") for hit in cleared.hits)))
    assert not ledger.bears_out(replace(cleared, scheme="false_promotion"))


def test_a_price_that_was_never_charged_confirms_it():
    """原价 899 where the list knows 359 at most: surer than without the list."""
    products = listed((date(2026, 8, 1), 359.0), (date(2026, 11, 1), 99.0))
    rows = ((0, "这件羊绒大衣女款加厚的"), (4, "原价八百九十九，今天九十九"))

    (firing,) = said(*rows, products=products)

    assert firing.score > said(*rows)[0].score
    assert "从未达到所称的 899 元" in firing.fact


def test_the_list_says_nothing_of_other_shops_prices():
    """别家卖 899 is not in our history: the comparison stays to be checked."""
    products = listed((date(2026, 8, 1), 899.0))

    (firing,) = said((0, "加厚羊绒大衣女款"), (4, "别家卖八百九十九，今天九十九"), products=products)

    assert firing.score >= FLAG_SCORE
    assert "不是本店价格" in firing.fact


def test_a_list_without_the_product_changes_nothing():
    """Talk of another thing: the comparison stands as it was."""
    products = listed((date(2026, 8, 1), 899.0), price=59.0)

    (firing,) = said((0, "这口不粘锅看一下"), (4, "原价八百九十九，今天九十九"), products=products)

    assert firing.score >= FLAG_SCORE
    assert "商品表" not in firing.fact


@pytest.mark.parametrize(
    "rows",
    [
        ((0, "原价三百九十九，今天二百九十九，来下一款，今天九十九"),),
        ((0, "原价三百九十九，今天二百九十九"), (7, "换一款啊"), (9, "今天九十九")),
    ],
)
def test_the_next_things_price_answers_no_earlier_one(rows: tuple[tuple[float, str], ...]):
    """A former price of one thing is not compared with the price of the next."""
    assert said(*rows) == []
