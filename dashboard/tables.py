"""Small tables of our own figures and words. What streams say does not belong in them: that goes into table cells of
Streamlit's, which know no markup."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path

import streamlit as st

_LOOKS = Path(__file__).parent / "theme" / "figures.css"


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell; its text is shown as it stands."""

    text: str
    kind: str = ""
    """`words` (left), `wide` (may wrap), `none` (nothing to say), `late`, `sum`; several with a space between."""
    colour: str = ""
    """Of a small square before the text, `#rrggbb`."""
    small: str = ""
    """Stands behind it, less loud."""


def figures(heads: Sequence[Cell | str], rows: Iterable[Sequence[Cell | str]]) -> None:
    """A table; plain strings are numbers or words as the head of their column says."""
    st.html(_LOOKS)
    whole = [_cell(head) for head in heads]
    kinds = ["words" if "words" in head.kind else "" for head in whole]
    head = "".join(f'<th class="{one.kind}">{escape(one.text)}</th>' for one in whole)
    body = "".join(
        f"<tr>{''.join(_shown(_cell(cell), kind) for cell, kind in zip(row, kinds, strict=True))}</tr>" for row in rows
    )
    st.html(f'<table class="figures"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>')


def _cell(cell: Cell | str) -> Cell:
    return cell if isinstance(cell, Cell) else Cell(cell)


def _shown(cell: Cell, kind: str) -> str:
    square = f'<span class="swatch" style="background:{escape(cell.colour)}"></span>' if cell.colour else ""
    small = f" <small>{escape(cell.small)}</small>" if cell.small else ""
    return f'<td class="{kind} {cell.kind}">{square}{escape(cell.text)}{small}</td>'
