"""In which encoding an export was written."""

from __future__ import annotations

import codecs

HEAD_BYTES = 1 << 18
"""Enough to get past a recorder's style sheet to the first comments."""


def text_encoding(head: bytes) -> str:
    """`utf-16`, `utf-8-sig` or `gb18030`, from the file's first bytes.

    Tools on Chinese Windows write GBK, of which GB18030 is a superset. A few broken bytes do not make UTF-8 into GBK.
    """
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    read = codecs.getincrementaldecoder("utf-8")("replace").decode(head)  # may end within a character
    broken = read.count("\ufffd")
    beyond_ascii = sum(not char.isascii() for char in read) if broken else 0
    return "gb18030" if broken * 4 > beyond_ascii else "utf-8-sig"
