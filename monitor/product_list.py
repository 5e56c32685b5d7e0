"""`products.csv`: the products of a shop with their prices and price histories, as its operator keeps them."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path

from monitor.csv_rows import numbered_rows
from monitor.judge.products import Product, Products

NAME = "products.csv"
_ALIASES = {
    "name": ("name", "product", "title", "商品", "商品名", "商品名称", "商品标题", "名称", "品名"),
    "price": ("price", "现价", "价格", "售价", "直播价", "到手价", "商品价格"),
    "price_history": ("price_history", "history", "历史价", "历史价格", "价格历史", "价格记录", "历史售价"),
}
_COLUMN = {alias: column for column, aliases in _ALIASES.items() for alias in aliases}
_ENTRY = re.compile(r"\s*(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?\s*[:：=]\s*(.+)")
_MOST_YUAN = 10_000_000.0


def read_products(path: Path) -> tuple[Products, list[str]]:
    """The products of a list, and every problem in it as `path:line: message`; rows with a problem are left out.

    UTF-8 with or without a byte order mark, columns `name`, `price`, `price_history` (or their Chinese names); other
    columns are left alone. A history reads `2026-10-01:399;2026-10-20:359`, each price charged from its day on.
    """
    items: list[Product] = []
    problems: list[str] = []
    for line, row in _rows(path):
        if isinstance(row, str):
            problems.append(f"{path}:{line}: {row}")
            continue
        product, wrong = _product(row)
        problems += [f"{path}:{line}: {message}" for message in wrong]
        if product:
            items.append(product)
    return Products(tuple(items)), problems


def products_beside(recording: Path, day: date | None) -> tuple[Products | None, list[str]]:
    """The list in the recording's folder as it stood on the stream's day (None without one), and its problems."""
    path = recording.with_name(NAME)
    if not path.is_file():
        return None, []
    products, problems = read_products(path)
    return products.on(day), problems


def _rows(path: Path) -> Iterator[tuple[int, dict[str, str] | str]]:
    """Line number and cells by column, or what is wrong with the line."""
    header: list[str] | None = None
    for line, cells in numbered_rows(path):
        if isinstance(cells, str):
            yield line, cells
            return
        if header is None:
            header = [_COLUMN.get(cell.lower(), "") for cell in cells]
            twice = [name for name in _ALIASES if header.count(name) > 1]
            if "name" not in header or twice:
                yield line, f"column `{twice[0]}` occurs twice" if twice else "no column `name` (or 商品名称)"
                return
        else:
            yield line, dict(zip(header, (*cells, *[""] * len(header)), strict=False))
    if header is None:
        yield 1, f"empty; its first line names the columns {', '.join(_ALIASES)}"


def _product(row: dict[str, str]) -> tuple[Product | None, list[str]]:
    name, price, wrong = row.get("name", ""), None, []
    if len(name) < 2:
        wrong.append("no `name`, or one of a single character: too short to be heard")
    if row.get("price"):
        price = _yuan(row["price"])
        if price is None:
            wrong.append(f"`price` {row['price']!r} is no sum in yuan; write 399 or 39.9")
    history: list[tuple[date, float]] = []
    for entry in re.split(r"[;；|\n]", row.get("price_history", "")):
        if not entry.strip():
            continue
        known = _entry(entry)
        if known is None:
            wrong.append(f"`price_history` {entry.strip()!r} is no day with a price; write 2026-10-01:399")
        else:
            history.append(known)
    return (None if wrong else Product(name, price, tuple(sorted(history)))), wrong


def _entry(text: str) -> tuple[date, float] | None:
    match = _ENTRY.fullmatch(text)
    yuan = _yuan(match[4]) if match else None
    try:
        return (date(int(match[1]), int(match[2]), int(match[3])), yuan) if match and yuan is not None else None
    except ValueError:
        return None


def _yuan(text: str) -> float | None:
    plain = text.strip().lstrip("¥￥").rstrip("元块").replace(",", "").replace("，", "").strip()
    try:
        yuan = float(plain)
    except ValueError:
        return None
    return yuan if math.isfinite(yuan) and 0 < yuan <= _MOST_YUAN else None
