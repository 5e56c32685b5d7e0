"""One raw character in its plain form, and how it had been dressed up."""

from __future__ import annotations

import unicodedata
from functools import cache

import opencc

from monitor.text.writing import ACCENTED, CAPITAL, EMOJI, FULL_WIDTH, LOOK_ALIKE, STYLED, TRADITIONAL

_TO_SIMPLIFIED = opencc.OpenCC("t2s")
_FOREIGN = str.maketrans("аеорсхуіԁɡαονкѵ∨〤", "aeopcxyidgaovkvvx")
"""Cyrillic, Greek and other letters (folded to lower case) that look like Latin ones; Unicode's confusables.txt."""
_CAPITALS = str.maketrans("壹贰叁柒捌玖", "一二三七八九")
_FRACTIONS = {"½": "半"}
_SUPPLEMENT = str.maketrans(
    "⺅⺡⺘⻌⻍⻎⺙⺉⺖⺭⻂⻊⻏⻖⺮⺾⺿⺩⻈⻐⻞⺰", "亻氵扌辶辶辶攵刂忄礻衤足阝阝竹艹艹王讠钅饣纟"
)
"""CJK radicals supplement → the component as people type it; Unicode folds only two of this block."""
_LETTER_BLOCKS = ((0x1F130, 26), (0x1F150, 26), (0x1F170, 26), (0x1F1E6, 26))
"""Squared, negative circled, negative squared and flag letters A to Z; Unicode folds only the first."""
_NEGATIVE_DIGITS = {0x24FF: "0", **{0x2776 + i: str(i + 1) for i in range(10)}, 0x1F51F: "10"}
_LAST_CIRCLED = ((0x24EB, 10, 11), (0x278A, 10, 1), (0x2780, 10, 1))
_DIGITS = _NEGATIVE_DIGITS | {first + i: str(low + i) for first, count, low in _LAST_CIRCLED for i in range(count)}


def is_hanzi(character: str) -> bool:
    return "\u3400" <= character <= "\u9fff" or character >= "\U00020000" or character == "〇"


def is_invisible(character: str) -> bool:
    """Whether it shows nothing: zero-width and direction marks, variation selectors, blanks with no width."""
    return unicodedata.category(character) == "Cf" or "\ufe00" <= character <= "\ufe0f" or character in "\u115f\u3164"


def is_combining(character: str) -> bool:
    """Whether it is drawn over the character before it: strokes, rings, boxes, accents."""
    return unicodedata.category(character) in ("Mn", "Me") and not is_invisible(character)


@cache
def folded(character: str) -> tuple[str, str]:
    """A raw character in compatibility form, lower case, simplified, and its disguise; several characters or none."""
    made = _letter_or_digit(character)
    if made:
        return made, STYLED
    compatible = unicodedata.normalize("NFKC", character).lower().translate(_SUPPLEMENT)
    how = _dress(character) if compatible != character.lower() else ""
    if len(compatible) > 1:
        compatible = "".join(c for c in compatible if c.isalnum()) or compatible
    plain = "".join(_TO_SIMPLIFIED.convert(c) if is_hanzi(c) else c for c in compatible)
    if plain != compatible:
        how = TRADITIONAL
    latin = "".join(_without_accent(c) for c in plain)
    if latin != plain:
        plain, how = latin, ACCENTED
    for table, name in ((_FOREIGN, LOOK_ALIKE), (_CAPITALS, CAPITAL)):
        translated = plain.translate(table)
        if translated != plain:
            plain, how = translated, name
    return plain, how


def _letter_or_digit(character: str) -> str:
    if character in _FRACTIONS:
        return _FRACTIONS[character]
    code = ord(character)
    if code in _DIGITS:
        return _DIGITS[code]
    for first, count in _LETTER_BLOCKS:
        if first <= code < first + count:
            return chr(ord("a") + code - first)
    return ""


def _dress(character: str) -> str:
    if "\uff01" <= character <= "\uff5e":
        return FULL_WIDTH
    compatible = unicodedata.normalize("NFKC", character)
    if unicodedata.category(character) == "So" and any(is_hanzi(c) for c in compatible):
        return EMOJI
    return STYLED if any(c.isalnum() for c in compatible) else ""


def _without_accent(character: str) -> str:
    """A Latin letter without its accents (pinyin tones); `ü` is written `v` as on keyboards."""
    if character.isascii() or is_hanzi(character) or not character.isalpha():
        return character
    decomposed = unicodedata.normalize("NFD", character)
    if not ("a" <= decomposed[0] <= "z"):
        return character
    return "v" if decomposed.startswith("u\u0308") else decomposed[0]
