"""What an mp4 file plays, apart from how it is packed: a digest of each track's packets and their times. Pure.

Two clips cut from the same packets by two versions of a muxer differ in boxes and order, and agree in this. Box names
and layouts are those of ISO/IEC 14496-12, sections 4.2 and 8.
"""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import IO

_FOLDERS = (b"mdia", b"minf", b"stbl")
"""Of a track, each within the one before; a file that nests them deeper is none of ours."""
LARGEST_TABLES_BYTES = 64 * 1024 * 1024
"""Of a clip's index; one of half an hour has some megabytes."""
MOST_PACKETS = 10_000_000
"""Of a track; a day of sound has four million."""
_PIECE_BYTES = 1 << 20


class UnreadableError(ValueError):
    """No mp4 file with packets in it, or a damaged one."""


def tracks(path: Path) -> list[tuple[str, str]]:
    """Each track's kind (`vide`, `soun`) and SHA-256 (hex) over its packets in decoding order, with their times.

    Raises UnreadableError, and OSError when the file cannot be read.
    """
    with path.open("rb") as file:
        size = file.seek(0, 2)
        try:
            index = next((_body(file, at, n) for kind, at, n in _boxes(file, 0, size) if kind == b"moov"), b"")
            found = [_digest(file, dict(_flat(track))) for kind, track in _inside(index) if kind == b"trak"]
        except (struct.error, KeyError, IndexError, StopIteration) as error:
            raise UnreadableError("damaged tables") from error
    if not found:
        raise UnreadableError("no tracks")
    return sorted(found)


def _boxes(file: IO[bytes], at: int, end: int) -> Iterator[tuple[bytes, int, int]]:
    """Kind, place and length of the content of each box at the top."""
    while at + 8 <= end:
        file.seek(at)
        size, kind = struct.unpack(">L4s", file.read(8))
        head = 8
        if size == 1:
            (size,), head = struct.unpack(">Q", file.read(8)), 16
        elif size == 0:
            size = end - at
        if size < head or at + size > end:
            raise UnreadableError("a box that does not fit")
        yield kind, at + head, size - head
        at += size


def _body(file: IO[bytes], at: int, n_bytes: int) -> bytes:
    if n_bytes > LARGEST_TABLES_BYTES:
        raise UnreadableError("tables beyond all bounds")
    file.seek(at)
    return file.read(n_bytes)


def _inside(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = 0
    while at + 8 <= len(data):
        size, kind = struct.unpack_from(">L4s", data, at)
        if size < 8 or at + size > len(data):
            raise UnreadableError("a box that does not fit")
        yield kind, data[at + 8 : at + size]
        at += size


def _flat(track: bytes, folders: tuple[bytes, ...] = _FOLDERS) -> Iterator[tuple[bytes, bytes]]:
    """The boxes that hold numbers, whichever of the folders they lie in."""
    for kind, body in _inside(track):
        if kind in folders[:1]:
            yield from _flat(body, folders[1:])
        else:
            yield kind, body


def _digest(file: IO[bytes], boxes: dict[bytes, bytes]) -> tuple[str, str]:
    kind = boxes[b"hdlr"][8:12].decode("ascii", "replace")
    sha256 = hashlib.sha256()
    sha256.update(_time_scale(boxes[b"mdhd"]))
    for name in (b"stts", b"ctts"):  # durations, and how far pictures run ahead
        table = boxes.get(name, b"")
        sha256.update(struct.pack(">Q", len(table)) + table)
    left = file.seek(0, 2)
    for at, n_bytes in _places(boxes):
        left -= n_bytes
        if left < 0:
            raise UnreadableError("more packets than the file can hold")
        sha256.update(struct.pack(">Q", n_bytes))
        file.seek(at)
        while n_bytes:
            piece = file.read(min(n_bytes, _PIECE_BYTES))
            if not piece:
                raise UnreadableError("cut short")
            sha256.update(piece)
            n_bytes -= len(piece)
    return kind, sha256.hexdigest()


def _time_scale(mdhd: bytes) -> bytes:
    return mdhd[20:24] if mdhd[0] == 1 else mdhd[12:16]


def _places(boxes: dict[bytes, bytes]) -> Iterator[tuple[int, int]]:
    """Where each packet lies, and its bytes, in decoding order."""
    sizes = iter(_sizes(boxes[b"stsz"]))
    runs = list(struct.iter_unpack(">3L", _entries(boxes[b"stsc"], 12)))
    wide = b"co64" in boxes
    chunks = struct.iter_unpack(">Q" if wide else ">L", _entries(boxes[b"co64" if wide else b"stco"], 8 if wide else 4))
    run = 0
    for number, (at,) in enumerate(chunks, start=1):
        while run + 1 < len(runs) and runs[run + 1][0] <= number:
            run += 1
        for n_bytes in islice(sizes, runs[run][1]):
            yield at, n_bytes
            at += n_bytes
    if next(sizes, None) is not None:
        raise UnreadableError("packets that lie nowhere")


def _sizes(stsz: bytes) -> Iterator[int]:
    same, number = struct.unpack_from(">2L", stsz, 4)
    if number > MOST_PACKETS:
        raise UnreadableError("more packets than any clip has")
    if same:
        yield from (same for _ in range(number))
        return
    yield from (size for (size,) in struct.iter_unpack(">L", stsz[12 : 12 + 4 * number]))


def _entries(table: bytes, each_bytes: int) -> bytes:
    (number,) = struct.unpack_from(">L", table, 4)
    return table[8 : 8 + each_bytes * number]
