from datetime import date
from pathlib import Path

import pytest

from monitor.judge.products import Finding, Product, Products
from monitor.product_list import read_products

DAY = date(2026, 11, 20)
COAT = Product("加厚羊绒大衣女款", 359.0, ((date(2026, 9, 1), 399.0), (date(2026, 11, 10), 359.0)))
PAN = Product("麦饭石不粘炒锅", 129.0, ((date(2026, 1, 1), 169.0),))
SHOP = Products((COAT, PAN), DAY)


def test_prices_in_force_within_the_window_were_charged():
    """A price counts from its day until the next one; before the window and on the stream's own day it does not."""
    history = ((date(2026, 6, 1), 999.0), (date(2026, 8, 1), 399.0), (date(2026, 11, 10), 359.0), (DAY, 899.0))

    assert Product("大衣", None, history).charged(DAY) == (359.0, 399.0)


def test_without_a_day_the_last_price_known_ends_the_window():
    """An old list still tells what was charged last."""
    assert COAT.charged(None) == (359.0, 399.0)


@pytest.mark.parametrize(
    ("said", "asked", "name"),
    [
        ("看一下这件加厚羊绒大衣女款", 0.0, COAT.name),
        ("看一下这件羊绒大衣", 359.0, COAT.name),
        ("来看这口麦饭石不沾炒锅", 0.0, PAN.name),
        ("这口锅大家问得多", 999.0, None),
        ("今天天气真好，大家晚上好啊", 359.0, None),
    ],
)
def test_a_product_is_known_by_its_name_and_price(said: str, asked: float, name: str | None):
    """A whole name, half a name with the right price, or a misheard one; a price alone is not enough."""
    product = SHOP.sold(said, [asked])

    assert (product.name if product else None) == name


def test_two_products_that_fit_alike_are_none():
    """Twins cannot be told apart."""
    twins = Products((Product("儿童保温杯", 59.0), Product("儿童保温杯", 59.0)))

    assert twins.sold("这个儿童保温杯", [59.0]) is None


@pytest.mark.parametrize(
    ("base", "finding"),
    [(399.0, Finding.CLEARED), (380.0, Finding.CLEARED), (899.0, Finding.CONFIRMED), (410.0, None)],
)
def test_a_claim_is_cleared_confirmed_or_left_open(base: float, finding: Finding | None):
    """Charged: cleared. Far above what was charged: confirmed. Nearly: left to a person."""
    ruling = SHOP.ruling("这件加厚羊绒大衣女款", base_yuan=base, asked=[99.0], own=True)

    assert ruling
    assert ruling.finding == finding


def test_a_list_is_read_whatever_its_headings(tmp_path: Path):
    """English or Chinese headings, a byte order mark, currency signs and thousands are taken as they come."""
    path = tmp_path / "products.csv"
    path.write_text(
        "\ufeff商品名称,价格,历史价格,库存\n"
        "羊绒大衣,¥359,2026-10-01:399;2026-10-20:359元,12\n"
        "\n"
        '不粘锅,"1,299",2026/9/1=1499；2026/10/1：1299,3\n',
        encoding="utf-8",
    )

    products, problems = read_products(path)

    assert problems == []
    assert [(p.name, p.price, p.history) for p in products.items] == [
        ("羊绒大衣", 359.0, ((date(2026, 10, 1), 399.0), (date(2026, 10, 20), 359.0))),
        ("不粘锅", 1299.0, ((date(2026, 9, 1), 1499.0), (date(2026, 10, 1), 1299.0))),
    ]


@pytest.mark.parametrize(
    ("content", "line", "words"),
    [
        ("name,price,price_history\n大衣,abc,\n", 2, "`price` 'abc'"),
        ("name,price,price_history\n大衣,99,2026-13-01:399\n", 2, "`price_history` '2026-13-01:399'"),
        ("name,price\n,99\n", 2, "no `name`"),
        ("sku,price\n大衣,99\n", 1, "no column `name`"),
        ("name,商品名\n大衣,大衣\n", 1, "occurs twice"),
        ("", 1, "empty"),
        ("name,price\n大衣,inf\n", 2, "`price` 'inf'"),
    ],
)
def test_what_is_wrong_is_told_with_its_line(tmp_path: Path, content: str, line: int, words: str):
    """A bad row is left out and named; the good ones stay."""
    path = tmp_path / "products.csv"
    path.write_text(content, encoding="utf-8")

    products, problems = read_products(path)

    assert products.items == ()
    assert len(problems) == 1
    assert problems[0].startswith(f"{path}:{line}: ")
    assert words in problems[0]


def test_a_list_in_another_encoding_or_none_at_all_is_a_problem(tmp_path: Path):
    """Nothing is guessed, nothing breaks."""
    path = tmp_path / "products.csv"
    path.write_bytes("name,price\n大衣,99\n".encode("gb18030"))

    assert "not UTF-8" in read_products(path)[1][0]
    assert "cannot be read" in read_products(tmp_path / "absent.csv")[1][0]
