"""A zip of which every byte follows from the files in it, so that any other byte can be told and placed.

One way of writing: files stored as they are, in the order of their names, dated 1980-01-01, with the same attributes,
names in UTF-8, no extra fields but those of files and archives beyond 4 GiB (zip64), no comments. Field names and
numbers are those of PKWARE's APPNOTE 6.3.10, section 4.3.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from monitor.errors import WorkspaceError
from monitor.files import sync

LOCAL_HEAD = struct.Struct("<4s5H3L2H")
CENTRAL_HEAD = struct.Struct("<4s6H3L5H2L")
END_RECORD = struct.Struct("<4s4H2LH")
END64_RECORD = struct.Struct("<4sQ2H2L4Q")
LOCATOR_RECORD = struct.Struct("<4sLQL")
FULL32 = 0xFFFFFFFF
"""Stands where a number has outgrown its field."""
EXTRA64_BYTES = 4
"""Kind and length before the numbers of a zip64 field."""
CHUNK_BYTES = 1 << 20

VERSION, VERSION64 = 20, 45
UTF8_NAMES = 0x0800
DATE = 1 << 5 | 1
"""1980-01-01, the first day that a zip knows."""
ORDINARY_FILE = 0o100644 << 16
_UNIX = 3 << 8
_FULL16 = 0xFFFF


@dataclass(frozen=True, slots=True)
class Member:
    """A file in the zip, and where."""

    name: str
    size_bytes: int
    offset: int
    """Of its local header."""

    @property
    def content_at(self) -> int:
        return self.offset + len(local_header(self, 0))

    @property
    def end(self) -> int:
        return self.content_at + self.size_bytes


def layout(sizes: Mapping[str, int]) -> list[Member]:
    """Where files of these sizes (bytes) lie, in the order of their names' UTF-8."""
    members: list[Member] = []
    for name in sorted(sizes, key=as_bytes):
        members.append(Member(name, sizes[name], members[-1].end if members else 0))
    return members


def as_bytes(name: str) -> bytes:
    """A name as it stands in the zip; what damage made of one goes back to the bytes that it was read from."""
    return name.encode("utf-8", "surrogateescape")


def local_header(member: Member, crc32: int) -> bytes:
    """What stands before a file's content."""
    name, size = as_bytes(member.name), member.size_bytes
    extra = _extra64(size, size) if size >= FULL32 else b""
    needed = VERSION64 if extra else VERSION
    shown = min(size, FULL32)
    head = LOCAL_HEAD.pack(
        b"PK\3\4", needed, UTF8_NAMES, 0, 0, DATE, crc32, shown, shown, len(name), len(extra)
    )  # fmt: skip
    return head + name + extra


def central_header(member: Member, crc32: int) -> bytes:
    """The file's entry in the directory."""
    name, size = as_bytes(member.name), member.size_bytes
    large = [size, size] if size >= FULL32 else []
    large += [member.offset] if member.offset >= FULL32 else []
    extra = _extra64(*large) if large else b""
    needed = VERSION64 if extra else VERSION
    shown = min(size, FULL32)
    head = CENTRAL_HEAD.pack(
        b"PK\1\2", _UNIX | needed, needed, UTF8_NAMES, 0, 0, DATE, crc32, shown, shown, len(name), len(extra),
        0, 0, 0, ORDINARY_FILE, min(member.offset, FULL32),
    )  # fmt: skip
    return head + name + extra


def tail(members: Sequence[Member], crc32: Mapping[str, int]) -> bytes:
    """The directory of the files in this order, and the records after it: the rest of the zip."""
    start = members[-1].end if members else 0
    entries = b"".join(central_header(member, crc32[member.name]) for member in members)
    size, number = len(entries), len(members)
    more = b""
    if start >= FULL32 or size >= FULL32 or number >= _FULL16:
        made_by = _UNIX | VERSION64
        body = END64_RECORD.size - 12  # the record counts from behind its own length
        more = END64_RECORD.pack(b"PK\6\6", body, made_by, VERSION64, 0, 0, number, number, size, start)
        more += LOCATOR_RECORD.pack(b"PK\6\7", 0, start + size, 1)
    shown = min(number, _FULL16)
    return entries + more + END_RECORD.pack(
        b"PK\5\6", 0, 0, shown, shown, min(size, FULL32), min(start, FULL32), 0
    )  # fmt: skip


def write_zip(out: Path, files: Mapping[str, Path | bytes]) -> None:
    """Writes the files under their names: whole or not at all, and on the disk when it returns.

    Raises WorkspaceError when the zip cannot be written, or a file cannot be read or changes meanwhile.
    """
    part = out.with_name(f".{out.name}.part")
    try:
        sizes = {name: len(each) if isinstance(each, bytes) else each.stat().st_size for name, each in files.items()}
        members = layout(sizes)
        crc32 = {name: crc32_of(_chunks(each)) for name, each in files.items()}
        part.unlink(missing_ok=True)
        with part.open("xb") as file:  # never through a link that somebody else put there
            for member in members:
                file.write(local_header(member, crc32[member.name]))
                _copy(_chunks(files[member.name]), file, member, crc32[member.name])
            file.write(tail(members, crc32))
        sync(part)
        part.replace(out)
        sync(out.parent)
    except OSError as error:
        raise WorkspaceError(
            f"cannot be written ({error.strerror or error})", where=out, todo="check the folder, its space and rights"
        ) from error
    finally:
        part.unlink(missing_ok=True)


def crc32_of(chunks: Iterable[bytes]) -> int:
    crc32 = 0
    for chunk in chunks:
        crc32 = zlib.crc32(chunk, crc32)
    return crc32


def _extra64(*numbers: int) -> bytes:
    return struct.pack(f"<2H{len(numbers)}Q", 1, 8 * len(numbers), *numbers)


def _chunks(content: Path | bytes) -> Iterator[bytes]:
    if isinstance(content, bytes):
        yield content
        return
    with content.open("rb") as file:
        while chunk := file.read(CHUNK_BYTES):
            yield chunk


def _copy(chunks: Iterable[bytes], file: IO[bytes], member: Member, crc32: int) -> None:
    """Writes a content and raises OSError when it is not the one that the header before it tells of."""
    written, found = 0, 0
    for chunk in chunks:
        file.write(chunk)
        written, found = written + len(chunk), zlib.crc32(chunk, found)
    if (written, found) != (member.size_bytes, crc32):
        raise OSError(f"{member.name} changed while it was read")
