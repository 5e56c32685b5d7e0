"""Text that others wrote, made fit for one line of a terminal."""

from __future__ import annotations

import unicodedata

_HARMLESS = "\u200c\u200d"
"""Joiners within emoji and scripts."""


def plain(text: str) -> str:
    """On one line and without anything that a terminal obeys: control and bidirectional characters are spelt out.

    What a file name holds that is no UTF-8 is shown as its bytes.
    """
    if text.isprintable():
        return text
    return "".join(character if _is_shown(character) else _spelt(character) for character in text)


def _is_shown(character: str) -> bool:
    return character in _HARMLESS or unicodedata.category(character) not in {"Cc", "Cf", "Cs", "Zl", "Zp"}


def _spelt(character: str) -> str:
    code = ord(character)
    if 0xDC80 <= code <= 0xDCFF:  # a byte that Python could not decode (os.fsdecode)
        return f"\\x{code - 0xDC00:02x}"
    return character.encode("unicode_escape", "backslashreplace").decode() if code != 0x5C else character
