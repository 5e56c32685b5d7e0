"""Text that others wrote, made fit for a page: nothing invisible, nothing that reorders what stands round it. Pure."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

MOST_CHARACTERS = 600
"""Of one text on a page: more nobody reads there, and the bundle's files hold it whole."""
AROUND_CHARACTERS = 60
"""Shown on each side of a marked word in a text that is longer."""
_MOST_MARKS = 4
"""Combining marks on one character: no living script stacks more."""

Range = tuple[int, int]
"""Half-open, in characters."""
Piece = tuple[str, bool]
"""A piece of a text, and whether it is marked."""


def visible(text: str) -> str:
    """On one line; control, bidirectional and zero-width characters are spelt out as `⟨U+202E⟩`.

    Writers hide words with them, so a reader is to see them. A joiner within an emoji stays.
    """
    if text.isprintable() and text.isascii():
        return text
    shown: list[str] = []
    before, marks = "", 0
    for character in text:
        category = unicodedata.category(character)
        marks = marks + 1 if category in ("Mn", "Me") else 0
        if character.isspace() and character != "\u3000":
            if before != " ":
                shown.append(" ")
            character = " "
        elif category in ("Cc", "Cf", "Cs", "Co", "Zl", "Zp") and not _joins_emoji(character, before):
            shown.append(f"⟨U+{ord(character):04X}⟩")
        elif marks <= _MOST_MARKS:
            shown.append(character)
        before = character
    return "".join(shown)


def shortened(text: str, most: int = MOST_CHARACTERS) -> str:
    """The text, or its beginning and how long it is."""
    return text if len(text) <= most else f"{text[:most]}……（共 {len(text)} 字，此处从略）"


def marked(text: str, marks: Sequence[Range], most: int = MOST_CHARACTERS) -> list[Piece]:
    """The text in pieces, those within `marks` marked. Of a text longer than `most` only what lies round marks."""
    whole = _merged([(max(0, start), min(len(text), end)) for start, end in marks])
    if len(text) > most and not whole:
        return [(shortened(text, most), False)]
    shown = [(0, len(text))]
    if len(text) > most:
        shown = _merged([(max(0, s - AROUND_CHARACTERS), min(len(text), e + AROUND_CHARACTERS)) for s, e in whole])
    pieces: list[Piece] = []
    left = most
    for number, (start, end) in enumerate(shown):
        if start > 0 or number:
            pieces.append(("……", False))
        at = start
        for first, last in (m for m in whole if start <= m[0] < end):
            pieces += [(text[at:first], False), (text[first:last][:most], True)]
            at = last
        pieces.append((text[at:end], False))
        left -= end - start
        if left <= 0:
            break
    if shown[-1][1] < len(text) or left <= 0 < len(shown) - 1:
        pieces.append((f"……（共 {len(text)} 字，此处从略）", False))
    return [piece for piece in pieces if piece[0]]


def places(text: str, word: str) -> list[Range]:
    """Where a word stands in a text, from left to right; nowhere for an empty word."""
    found: list[Range] = []
    at = text.find(word) if word else -1
    while at >= 0:
        found.append((at, at + len(word)))
        at = text.find(word, at + len(word))
    return found


def _joins_emoji(character: str, before: str) -> bool:
    return character == "\u200d" and before != "" and unicodedata.category(before) in ("So", "Sk", "Mn")


def _merged(ranges: Sequence[Range]) -> list[Range]:
    merged: list[Range] = []
    for start, end in sorted(r for r in ranges if r[0] < r[1]):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], end))
        else:
            merged.append((start, end))
    return merged
