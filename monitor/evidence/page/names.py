"""Viewers' names within texts that leave the house: what a comment calls another by, and what a platform announces.

Who typed a line is known as a keyed hash alone and is not told at all; names within the words are found by their shape.
Names that a host says aloud cannot be told from other words and stay.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from monitor.evidence.page.visible import Range
from monitor.text.announcements import ACTED, WELCOMED

HIDDEN = "〔观众〕"

# An address (a@b.com) is no call; a name ends at a blank or a stop.
_CALLED = re.compile(r"(?<![A-Za-z0-9._-])[@＠]\s?(?P<name>[^\s@＠,，。.!！?？:：;；、]{1,20})")
# Wherever it stands on the picture. More shapes than make a line a comment: what is lost here is a word, not a board.
_ANNOUNCED = (
    re.compile(rf"欢迎\s*(?P<name>.{{1,16}}?)\s*(?:{WELCOMED}|光临).{{0,6}}"),
    re.compile(rf"(?P<name>.{{1,16}}?)\s*(?:{ACTED}|送给主播.*|赠送了?.*|点亮了.*)"),
)
# `福利来了` on a board is the seller's; in the column of comments it is a viewer who has come.
_CAME = re.compile(r"(?P<name>.{1,16}?)\s*来了.{0,3}")
_EVERYBODY = re.compile(r"大家|家人们?|宝宝们?|姐妹们?|朋友们?|各位.*|新来的.*|新进来的.*|所有人?|你们?")


def without_names(text: str, *, of_viewer: bool, spared: Sequence[Range] = ()) -> str:
    """The text with the names of viewers replaced by `〔观众〕`.

    `of_viewer`: a viewer typed it, or the column of comments shows it. `spared` are the words that a flag rests on: a
    name that runs into one ends before it.
    """
    if of_viewer or not spared:
        place = _name_in(text, of_column=of_viewer)
        if place is not None:
            text = text[: place[0]] + HIDDEN + text[place[1] :]
    found: list[Range] = []
    for match in _CALLED.finditer(text):
        start, end = match.span("name")
        end = min((first for first, last in spared if first < end and start < last), default=end)
        if start < end:
            found.append((start, end))
    for start, end in reversed(found):
        text = text[:start] + HIDDEN + text[end:]
    return text


def _name_in(text: str, *, of_column: bool) -> Range | None:
    for shape in (*_ANNOUNCED, _CAME) if of_column else _ANNOUNCED:
        match = shape.fullmatch(text)
        if match and not _EVERYBODY.fullmatch(match["name"]):
            return match.span("name")
    return None
