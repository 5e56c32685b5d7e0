"""What became of a zip that `archive` wrote: lays it out again, and names the place of every byte that differs."""

from __future__ import annotations

import struct
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import IO

from monitor.evidence.export.archive import (
    CENTRAL_HEAD,
    CHUNK_BYTES,
    END64_RECORD,
    END_RECORD,
    EXTRA64_BYTES,
    FULL32,
    LOCAL_HEAD,
    LOCATOR_RECORD,
    Member,
    central_header,
    crc32_of,
    local_header,
    tail,
)

DIRECTORY = "the zip's directory"
"""Name of the place of a byte that belongs to no file."""
MOST_MEMBERS = 4096
"""A case has a dozen; a damaged or hostile zip may claim any number."""
_LONGEST_NAME_BYTES = 1024


class NotLaidOutError(Exception):
    """Neither the files' headers nor the directory account for the zip from its first byte to its last."""


@dataclass(frozen=True, slots=True)
class Difference:
    """A place that is not as it was written."""

    name: str
    """The file in whose header or content it lies, or `DIRECTORY`."""
    in_content: bool = False
    """The content is not the one whose CRC-32 both its header and the directory have."""


class Container:
    """Two witnesses tell where the files lie: the headers before them, and the directory behind them all.

    One that is damaged cannot account for every byte of the zip, or names a file that nobody knows.
    """

    def __init__(self, file: IO[bytes]) -> None:
        """Raises NotLaidOutError when both fail, as with a zip that another program wrote; OSError as reading does."""
        self._file = file
        self._size = file.seek(0, 2)
        found = (self._by_headers(), self._by_directory())
        self.readings: tuple[Sequence[Member], ...] = tuple(each for each in found if each)
        if not self.readings:
            raise NotLaidOutError
        self.members = self.readings[0]

    def believe(self, known: Collection[str]) -> None:
        """Takes the reading with the most names that are `known`: a bit of a name may be what was flipped."""
        self.members = max(self.readings, key=lambda each: sum(member.name in known for member in each))

    def content(self, member: Member) -> Iterator[bytes]:
        """A file's bytes, in pieces."""
        at, end = member.content_at, member.end
        while chunk := self._read(at, min(end - at, CHUNK_BYTES)):
            yield chunk
            at += len(chunk)

    def differences(self) -> list[Difference]:
        """Every file whose header or content is not as it was written, and the directory likewise."""
        found: list[Difference] = []
        crc32: dict[str, int] = {}
        entry_at = self.members[-1].end
        for member in self.members:
            told = self._told_crc32(member, entry_at)
            crc32[member.name] = crc32_of(self.content(member))
            if told[0] == told[1] != crc32[member.name]:
                found.append(Difference(member.name, in_content=True))
                crc32[member.name] = told[0]
            expected = local_header(member, crc32[member.name])
            if self._read(member.offset, len(expected)) != expected:
                found.append(Difference(member.name))
            entry_at += len(central_header(member, 0))
        rest = tail(self.members, crc32)
        if self._read(self._size - len(rest), len(rest)) != rest:
            found.append(Difference(DIRECTORY))
        return found

    def _told_crc32(self, member: Member, entry_at: int) -> tuple[int, int]:
        """What the file's header and its entry in the directory have; both lie within the zip."""
        head = LOCAL_HEAD.unpack(self._read(member.offset, LOCAL_HEAD.size))
        entry = CENTRAL_HEAD.unpack(self._read(entry_at, CENTRAL_HEAD.size))
        return head[6], entry[7]

    def _by_headers(self) -> list[Member] | None:
        """Walks from file to file; None when that does not end where exactly their directory fits."""
        walk = _Walk(self._size)
        at = 0
        while head := self._head(LOCAL_HEAD, at):
            size, name_bytes, extra_bytes = head[8], head[9], head[10]
            name_at = at + LOCAL_HEAD.size
            at = name_at + name_bytes + extra_bytes
            large = self._large(size, name_at + name_bytes)
            if large is None or not walk.add(self._name(name_at, name_bytes), large):
                return None
            at += large
            if walk.fits:
                return walk.members
        return None

    def _by_directory(self) -> list[Member] | None:
        """Walks from entry to entry; None when the files they tell of do not fill the zip before them."""
        walk = _Walk(self._size)
        at = self._directory_at()
        while head := self._head(CENTRAL_HEAD, at):
            size, name_bytes, extra_bytes = head[9], head[10], head[11]
            name_at = at + CENTRAL_HEAD.size
            at = name_at + name_bytes + extra_bytes
            large = self._large(size, name_at + name_bytes)
            if large is None or not walk.add(self._name(name_at, name_bytes), large):
                return None
            if walk.fits:
                return walk.members
        return None

    def _directory_at(self) -> int:
        """Where the directory begins by the last record; -1 when there is none."""
        end = self._head(END_RECORD, self._size - END_RECORD.size)
        start = int(end[6]) if end else -1
        if start == FULL32:
            end64 = self._head(END64_RECORD, self._size - END_RECORD.size - LOCATOR_RECORD.size - END64_RECORD.size)
            start = int(end64[9]) if end64 else -1
        return start

    def _large(self, size: int, extra_at: int) -> int | None:
        """The size, from its zip64 field where it has outgrown its own; None where that cannot be."""
        if size == FULL32:
            field = self._read(extra_at + EXTRA64_BYTES, 8)
            size = struct.unpack("<Q", field)[0] if len(field) == 8 else self._size
        return size if size < self._size else None

    def _name(self, at: int, n_bytes: int) -> str | None:
        raw = self._read(at, n_bytes) if 0 < n_bytes <= _LONGEST_NAME_BYTES else b""
        return raw.decode("utf-8", "surrogateescape") if raw and len(raw) == n_bytes else None

    def _head(self, form: struct.Struct, at: int) -> tuple[int, ...] | None:
        raw = self._read(at, form.size)
        return form.unpack(raw) if len(raw) == form.size else None

    def _read(self, at: int, n_bytes: int) -> bytes:
        if not 0 <= at < self._size:
            return b""
        self._file.seek(at)
        return self._file.read(max(0, n_bytes))


class _Walk:
    """The files found so far, one behind the other."""

    def __init__(self, zip_bytes: int) -> None:
        self.members: list[Member] = []
        self._zip_bytes = zip_bytes
        self._names: set[str] = set()
        self._directory_bytes = 0

    def add(self, name: str | None, size_bytes: int) -> bool:
        """False when there can be no such file."""
        if name is None or name in self._names or len(self.members) == MOST_MEMBERS:
            return False
        member = Member(name, size_bytes, self.members[-1].end if self.members else 0)
        self.members.append(member)
        self._names.add(name)
        self._directory_bytes += len(central_header(member, 0))
        return member.end <= self._zip_bytes

    @property
    def fits(self) -> bool:
        """Whether these files and their directory make up the zip to the byte."""
        least = self.members[-1].end + self._directory_bytes + END_RECORD.size
        if least > self._zip_bytes:
            return False
        records = len(tail([], {}))
        start, size = self.members[-1].end, self._directory_bytes
        if start >= FULL32 or size >= FULL32:
            records += END64_RECORD.size + LOCATOR_RECORD.size
        return start + size + records == self._zip_bytes
