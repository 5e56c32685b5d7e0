"""Flv files whose sound or picture begins after FFmpeg has stopped looking for it. Runs in the child only.

A track that an flv file announces neither in its header nor in its first seconds is unknown to PyAV when it comes. Its
first tag holds what a decoder must know and nothing to show; put in front of the others, it makes the track known from
the start, and every other byte and time stays as it is.
"""

from __future__ import annotations

import io
import time
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import BinaryIO

SOUND, PICTURE, SCRIPT = 8, 9, 18
"""Types of tags (Adobe Flash Video File Format Specification 10.1, E.4.1)."""
_HEADER_BYTES = 13
_TAG_BYTES = 11
_MOST_SCRIPT_BYTES = 1 << 20
_HAS_BOTH = 5
_LONGEST_SEARCH_S = 5.0
"""Some gigabytes: opening a file must stay short (`progress.Progress`)."""
_AAC, _AVC, _HEVC = 10, 7, 12


def first_header(path: Path, kind: int) -> bytes:
    """The first tag of a kind, if it is a decoder's header; empty when there is none, or none was found in time."""
    found = path.stat()
    return _first_header(path, kind, found.st_size, found.st_mtime_ns)


@lru_cache(maxsize=8)
def _first_header(path: Path, kind: int, _size: int, _changed_ns: int) -> bytes:
    with path.open("rb") as file:
        file.seek(_HEADER_BYTES)
        for head in _tags(file):
            if head[0] & 31 == kind:
                body = file.read(int.from_bytes(head[1:4], "big"))
                return head[:4] + bytes(4) + head[8:] + body + file.read(4) if _is_header(kind, body) else b""
            file.seek(int.from_bytes(head[1:4], "big") + 4, io.SEEK_CUR)
    return b""


def _tags(file: BinaryIO) -> Iterator[bytes]:
    """Heads of tags until the file ends or holds something else; whoever takes one leaves the file behind its tag."""
    end_s = time.monotonic() + _LONGEST_SEARCH_S
    while len(head := file.read(_TAG_BYTES)) == _TAG_BYTES and head[0] & 31 in (SOUND, PICTURE, SCRIPT):
        yield head
        if time.monotonic() > end_s:
            return


def _is_header(kind: int, body: bytes) -> bool:
    if len(body) < 3:
        return False
    if kind == SOUND:
        return body[0] >> 4 == _AAC and body[1] == 0
    if body[0] & 0x80:  # Enhanced RTMP: the packet's type lies in the lower bits, 0 starts a sequence
        return body[0] & 15 == 0
    return body[0] & 15 in (_AVC, _HEVC) and body[1] == 0


class Announced(io.RawIOBase):
    """An flv file with some tags put before its first one."""

    def __init__(self, path: Path, tags: bytes) -> None:
        super().__init__()
        self._file = path.open("rb")
        head = self._file.read(_HEADER_BYTES)
        script = self._first_script()
        self._front = head[:4] + bytes([head[4] | _HAS_BOTH]) + head[5:] + tags + script
        self._shift = len(self._front) - _HEADER_BYTES - len(script)
        self._at = 0

    def _first_script(self) -> bytes:
        """The metadata, its table of keyframes' places made unknown: they no longer hold."""
        head = self._file.read(_TAG_BYTES)
        size = int.from_bytes(head[1:4], "big")
        if len(head) < _TAG_BYTES or head[0] & 31 != SCRIPT or size > _MOST_SCRIPT_BYTES:
            return b""
        return head + self._file.read(size + 4).replace(b"\0\tkeyframes", b"\0\tkeyframez")

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        if self._at < len(self._front):
            found = self._front[self._at :][: size if size >= 0 else None]
        else:
            self._file.seek(self._at - self._shift)
            found = self._file.read(size)
        self._at += len(found)
        return found

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        if whence == io.SEEK_CUR:
            offset += self._at
        elif whence == io.SEEK_END:
            offset += self._file.seek(0, io.SEEK_END) + self._shift
        self._at = max(0, offset)
        return self._at

    def tell(self) -> int:
        return self._at

    def close(self) -> None:
        self._file.close()
        super().close()
