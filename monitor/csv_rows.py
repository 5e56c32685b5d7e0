"""Rows of the tables that operators keep (`rooms.csv`, `products.csv`), with their line numbers and what is wrong; and
cells of the tables that leave the program."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

BYTE_ORDER_MARK = "\ufeff"
"""Stands first in a table for people: Excel takes UTF-8 only with it."""
MOST_CELL_CHARS = 32_000
"""Excel holds 32,767 characters in a cell, by its documented limits, and spreads what is beyond over the next rows."""
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""With these a spreadsheet begins to compute (OWASP, CSV Injection)."""


def cell(value: object) -> str:
    """A cell that no spreadsheet takes for a formula, also where it leaves out blanks before it; None is empty."""
    text = "" if value is None else str(value)
    if len(text) > MOST_CELL_CHARS:
        text = f"{text[: MOST_CELL_CHARS - 1]}…"
    return f"'{text}" if text.startswith(_FORMULA) or text.lstrip().startswith(_FORMULA) else text


def numbered_rows(path: Path) -> Iterator[tuple[int, list[str] | str]]:
    """Line number (from 1) and the stripped cells of each row that is not blank, the header's first.

    UTF-8 with or without a byte order mark. What cannot be read is a message instead of cells, and the last thing told.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            table = csv.reader(file, strict=True)
            line = 1
            try:
                for cells in table:
                    stripped = [cell.strip() for cell in cells]
                    if any(stripped):
                        yield line, stripped
                    line = table.line_num + 1
            except csv.Error as error:
                yield line, f"not a CSV line ({error}); put names with commas or quotes between double quotes"
    except UnicodeDecodeError as error:
        yield 1, f"not UTF-8 (byte {error.start}); save it as `CSV UTF-8`"
    except OSError as error:
        yield 1, f"cannot be read ({error.strerror})"
