"""Where one number ends and another begins, once the blanks between them are gone."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from monitor.text.writing import MARKS, STYLED

if TYPE_CHECKING:
    from monitor.text.disguises import Draft

Unit = tuple[str, int, int, str]
"""Character ("" for what separates), raw start, raw end, disguise."""

_ENDS_IN_QUANTITY = re.compile(r"[0-9]\.?[a-z]{0,2}$")
"""A number with its unit: what follows apart from it is a number of its own."""


def is_list_number(draft: Draft, disguise: str) -> bool:
    """Whether the draft ends in a circled number that opens a clause: ①99元 is no 199. `disguise` is what follows."""
    first = len(draft.characters) == 1 or draft.characters[-2] in MARKS or draft.origins[-2][1] < draft.origins[-1][0]
    return first and draft.kinds[-1] == STYLED and disguise != STYLED


def is_apart(draft: Draft, units: list[Unit], index: int) -> bool:
    """Whether a number ends before `index` and what follows is no part of it: another number, a lone letter."""
    character = units[index][0]
    if not character.isascii() or not character.isalnum():
        return False
    if not _ENDS_IN_QUANTITY.search("".join(draft.characters[-4:])):
        return False
    if character.isdigit():
        return not _spaced_out(draft, units, index)
    following = units[index + 1][0] if index + 1 < len(units) else ""
    spelt = following.isascii() and following.isalpha()
    return draft.characters[-1].isdigit() and not spelt


def _spaced_out(draft: Draft, units: list[Unit], index: int) -> bool:
    """Whether single digits stand apart that make one number (`2 0 元`); `3 2 1` counts down."""
    after = units[index + 1][0] if index + 1 < len(units) else ""
    before = draft.characters[-2] if len(draft.characters) > 1 else ""
    left, right = draft.characters[-1], units[index][0]
    widest = draft.origins[-1][0] + 2 if draft.characters else 0
    if not left.isdecimal() or after.isdecimal() or units[index][1] > widest:
        return False
    if before.isdecimal() and draft.origins[-2][1] == draft.origins[-1][0]:
        return False
    return abs(int(left) - int(right)) != 1
