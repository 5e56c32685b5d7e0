"""A case's files by name, whether they lie in a folder, in a zip that we wrote, or in one packed by somebody else."""

from __future__ import annotations

import errno
import hashlib
import json
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import IO, Any

from monitor.evidence.export.archive import CHUNK_BYTES, DATE, ORDINARY_FILE, UTF8_NAMES
from monitor.evidence.export.container import DIRECTORY, Container, Difference, NotLaidOutError
from monitor.evidence.folder import EXPORT, EXPORT_SIGNATURE, MANIFEST

UNREADABLE = (
    OSError, zipfile.BadZipFile, zlib.error, struct.error, NotImplementedError, RuntimeError, EOFError, UnicodeError
)  # fmt: skip
"""What reading a damaged or hostile case may raise."""
LARGEST_TEXT_BYTES = 16 * 1024 * 1024
"""Of a manifest and its like; far beyond any real one: a case may come from anywhere."""


class Files:
    """Files by their path within the case; digests are worked out once."""

    def __init__(self, names: list[str]) -> None:
        self.names = names
        """Each as often as it is there."""
        self.outer: list[Difference] = []
        """What of the zip round them is not as it was written."""
        self.strange_zip = False
        """Another program packed them."""
        self._digests: dict[str, str] = {}
        self._texts: dict[str, bytes] = {}

    def size(self, name: str) -> int | None:
        """Bytes; None for what is no ordinary file."""
        raise NotImplementedError

    def chunks(self, name: str) -> Iterator[bytes]:
        """The content in pieces. Raises one of `UNREADABLE`."""
        raise NotImplementedError

    def digest(self, name: str) -> str:
        """SHA-256 in hex."""
        if name not in self._digests:
            sha256 = hashlib.sha256()
            for chunk in self.chunks(name):
                sha256.update(chunk)
            self._digests[name] = sha256.hexdigest()
        return self._digests[name]

    def text(self, name: str) -> bytes:
        """A small file whole, read once: what is gone by is what was checked. Raises ValueError when it is none."""
        if name not in self._texts:
            size = self.size(name)
            if size is None or size > LARGEST_TEXT_BYTES:
                raise ValueError("is no ordinary file of a sensible size")
            self._texts[name] = b"".join(self.chunks(name))
        return self._texts[name]


class Under(Files):
    """Those in one folder of a case."""

    def __init__(self, files: Files, folder: str) -> None:
        super().__init__([name[len(folder) :] for name in files.names if name.startswith(folder)])
        self._files, self._folder = files, folder

    def size(self, name: str) -> int | None:
        return self._files.size(self._folder + name)

    def chunks(self, name: str) -> Iterator[bytes]:
        return self._files.chunks(self._folder + name)

    def digest(self, name: str) -> str:
        return self._files.digest(self._folder + name)


class _Folder(Files):
    def __init__(self, path: Path) -> None:
        """Links are listed and never followed."""
        found = (each for each in sorted(path.rglob("*")) if each.is_symlink() or not each.is_dir())
        super().__init__([each.relative_to(path).as_posix() for each in found])
        self._path = path

    def size(self, name: str) -> int | None:
        path = self._path / name
        return path.stat().st_size if path.is_file() and not self._leads_out(path) else None

    def chunks(self, name: str) -> Iterator[bytes]:
        with (self._path / name).open("rb") as file:
            yield from _read(file)

    def _leads_out(self, path: Path) -> bool:
        """A link, or below one: a name in a manifest may say so."""
        below = path.relative_to(self._path)
        return any((self._path / each).is_symlink() for each in (below, *below.parents) if each != Path())


class _OwnZip(Files):
    """One of which every byte is accounted for."""

    def __init__(self, container: Container) -> None:
        container.believe(_listed_in(container))
        super().__init__([member.name for member in container.members])
        self._container = container
        self._members = {member.name: member for member in container.members}
        self.outer = container.differences()

    def size(self, name: str) -> int | None:
        return self._members[name].size_bytes if name in self._members else None

    def chunks(self, name: str) -> Iterator[bytes]:
        return self._container.content(self._members[name])


class _AnyZip(Files):
    """One that another program wrote; the case may lie in one folder within it, as people pack it."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive
        names = [name for name in archive.namelist() if not name.endswith("/")]
        top = _top(names, EXPORT) or _top(names, MANIFEST)
        super().__init__([name[len(top) :] for name in names])
        self._top = top
        self.strange_zip = True
        if any(_looks_ours(info) for info in archive.infolist()):  # then it was ours, and bytes came in or went
            self.strange_zip = False
            self.outer = [Difference(DIRECTORY)]

    def size(self, name: str) -> int | None:
        try:
            return self._archive.getinfo(self._top + name).file_size
        except KeyError:
            return None

    def chunks(self, name: str) -> Iterator[bytes]:
        with self._archive.open(self._top + name) as file:
            yield from _read(file)


@contextmanager
def opened(path: Path) -> Iterator[Files]:
    """The files at a path, for as long as the block lasts. Raises one of `UNREADABLE`."""
    if path.is_dir():
        yield _Folder(path)
        return
    if path.exists() and not path.is_file():  # opening a pipe may last for ever
        raise OSError(errno.EINVAL, "a pipe, socket or device")
    with path.open("rb") as file:
        try:
            own = _OwnZip(Container(file))
            # Every header foreign: not one zip of ours damaged everywhere, but one that is laid out alike.
            places = {each.name for each in own.outer if not each.in_content}
            foreign = len(own.names) > 1 and places == {*own.names, DIRECTORY}
        except NotLaidOutError:
            foreign = True
        if not foreign:
            yield own
            return
        with zipfile.ZipFile(file) as archive:
            yield _AnyZip(archive)


def listed(data: bytes) -> dict[str, Any]:
    """A JSON object. Raises ValueError when it is none."""
    try:
        found = json.loads(data.decode("utf-8"))
    except RecursionError as error:
        raise ValueError("cannot be read: nested too deeply") from error
    except ValueError as error:
        raise ValueError(f"cannot be read: {error}") from error
    if not isinstance(found, dict):
        raise ValueError("is not of schema: no object")  # noqa: TRY004 (a file's content, not a caller's mistake)
    return found


def _read(file: IO[bytes]) -> Iterator[bytes]:
    while chunk := file.read(CHUNK_BYTES):
        yield chunk


def _top(names: list[str], telling: str) -> str:
    """The folder in which a case lies by its telling file, with its `/`; empty when it lies at the top."""
    found = [name for name in names if PurePosixPath(name).name == telling]
    top = min(found, key=lambda name: name.count("/"), default=telling)[: -len(telling)]
    return top if all(name.startswith(top) for name in names) else ""


def _looks_ours(info: zipfile.ZipInfo) -> bool:
    return (
        info.compress_type == zipfile.ZIP_STORED
        and info.flag_bits == UTF8_NAMES
        and info.date_time == (1980 + (DATE >> 9), DATE >> 5 & 15, DATE & 31, 0, 0, 0)
        and info.external_attr == ORDINARY_FILE
        and not info.extra
    )


def _listed_in(container: Container) -> set[str]:
    """The names that an export lists, by whichever reading finds the list."""
    names = {EXPORT, EXPORT_SIGNATURE}
    for reading in container.readings:
        for member in reading:
            if member.name == EXPORT and member.size_bytes <= LARGEST_TEXT_BYTES:
                try:
                    entries = listed(b"".join(container.content(member))).get("files")
                except ValueError:
                    continue
                if isinstance(entries, list):
                    names |= {str(each.get("name")) for each in entries if isinstance(each, dict)}
    return names
