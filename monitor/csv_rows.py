"""Rows of the tables that operators keep (`rooms.csv`, `products.csv`), with their line numbers and what is wrong."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path


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
