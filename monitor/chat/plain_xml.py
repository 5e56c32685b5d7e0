"""A recorder's XML as the parser may safely have it: UTF-8, no forbidden characters, nothing that grows without end.

libxml2 frees what an element held once the element has ended, and never a name that it has met. A file in which no
element ends, or that keeps inventing names, would fill the memory however little of it is kept, so it ends here.
"""

from __future__ import annotations

import codecs
import re
from typing import IO

from monitor.chat.encoding import text_encoding

_LONGEST_ELEMENT = 1 << 18
"""Bytes after which an element must have ended. Recorders' longest, the style sheet, has 20 KiB; libxml2's nodes take
up to 80 times the bytes of `&a;`, so this is some 20 MB."""
_MOST_NAMES = 1 << 20
"""Characters of different names in one file. Recorders use fewer than 200 names."""
_DECLARED = re.compile(rb"<\?xml[^>]{0,200}encoding\s{0,9}=\s{0,9}[\"']([A-Za-z0-9._-]{1,40})")
_DECLARED_WITHIN_BYTES = 4096
_MEANT = {"gbk": "gb18030", "gb2312": "gb18030", "gb18030": "gb18030", "big5": "big5", "big5-hkscs": "big5hkscs"}
"""Declarations that are believed, and how they are read. UTF-8 is declared without thought, and then guessed."""
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_LOOSE_NAME = re.compile(r"(?:&(?!(?:amp|lt|gt|quot|apos);|#)|<\?)[^\s;<&?]+")
"""Names that no element shows: undeclared entities and processing instructions."""


_REFERENCES = re.compile(r"(?:&#(?:[xX][0-9a-fA-F]{1,8}|[0-9]{1,8});)+")


class PlainXml:
    """A file object for `lxml.etree.iterparse(…, encoding="utf-8")`. Tell it of each element that ends."""

    def __init__(self, file: IO[bytes], head: bytes) -> None:
        """`file` stands at its start; `head` is how it begins."""
        self._file = file
        self._decoder = codecs.getincrementaldecoder(_encoding(head))("replace")
        self._rest = ""
        self._since = self._names = 0
        self._shapes: set[tuple[str, ...]] = set()
        self.pieces = 0
        """How many were read so far."""
        self.stopped = ""
        """Why the rest was not read; empty while nothing speaks against it."""

    def read(self, size: int = -1) -> bytes:
        """The next piece, up to three times `size` in bytes; empty at the end and once it has stopped."""
        while not self.stopped and (raw := self._file.read(size)):
            self.pieces += 1
            self._since += len(raw)
            if self._since > _LONGEST_ELEMENT:
                self.stopped = "no element ends within 256 KiB"
                break
            # Up to the last tag's beginning, so that no reference lies half in one piece and half in the next.
            text = self._rest + self._decoder.decode(raw)
            cut = text.rfind("<")
            text, self._rest = (text[:cut], text[cut:]) if cut > 0 else (text, "")
            if text:
                return self._plain(text)
        text, self._rest = self._rest + self._decoder.decode(b"", final=True), ""
        return self._plain(text)

    def _plain(self, text: str) -> bytes:
        text = _REFERENCES.sub(_without_halves, _FORBIDDEN.sub("", text))
        self._count_names(sum(map(len, _LOOSE_NAME.findall(text))))
        return text.encode()

    def ended(self, tag: str, attributes: list[str]) -> None:
        """An element with these attributes has ended."""
        self._since = 0
        shape = (tag, *attributes)
        if shape not in self._shapes:
            self._shapes.add(shape)
            self._count_names(sum(map(len, shape)))

    def _count_names(self, characters: int) -> None:
        self._names += characters
        if self._names > _MOST_NAMES:
            self.stopped = "it has more names than any recorder writes"


def _without_halves(references: re.Match[str]) -> str:
    """References in a row with surrogates joined to the character that two of them mean; a lone one is U+FFFD.

    Some writers put an emoji so, and lxml raises on what libxml2 makes of it.
    """
    codes = [int(code[1:], 16) if code[0] in "xX" else int(code) for code in references[0][2:-1].split(";&#")]
    if not any(0xD800 <= code <= 0xDFFF for code in codes):
        return references[0]
    units = "".join(chr(code) if 0xD800 <= code <= 0xDFFF else f"&#{code};" for code in codes)
    return units.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def _encoding(head: bytes) -> str:
    """The codec by which the file is read. A byte order mark is meant, a declaration mostly."""
    sniffed = text_encoding(head)
    declared = _DECLARED.search(head[:_DECLARED_WITHIN_BYTES])
    if sniffed == "utf-16" or not declared:
        return sniffed
    return _MEANT.get(declared[1].decode().lower(), sniffed)
