"""Whether a bundle, a folder or a zip of one, still is what its manifest says. Needs neither store nor network."""

from __future__ import annotations

import hashlib
import json
import re
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO, Any, Protocol

from monitor.evidence.folder import MANIFEST
from monitor.evidence.manifest import SCHEMA

LARGEST_MANIFEST_BYTES = 16 * 1024 * 1024
"""Far beyond any real one: a bundle may come from anywhere."""
_CHUNK_BYTES = 1 << 20
_DIGEST = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that does not match."""

    part: str
    """Path within the bundle, or the bundle's own name."""
    what: str

    def __str__(self) -> str:
        return f"{self.part}: {self.what}"


class _Bundle(Protocol):
    """Files by their path within the bundle."""

    def names(self) -> list[str]: ...

    def size(self, name: str) -> int | None:
        """Bytes; None for what is no ordinary file."""

    def open(self, name: str) -> IO[bytes]: ...


def verify(path: Path) -> list[Problem]:
    """Every mismatch between a bundle and its manifest: parts missing, changed or too many. Empty when it is good.

    A bundle that cannot be read at all is one problem more, not an error.
    """
    try:
        with _opened(path) as bundle:
            return list(_compare(bundle))
    except (OSError, zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError) as error:
        return [Problem(path.name, f"cannot be read: {getattr(error, 'strerror', None) or error}")]


def _compare(bundle: _Bundle) -> Iterator[Problem]:
    names = bundle.names()
    for name in sorted({name for name in names if names.count(name) > 1}):
        yield Problem(name, "is there more than once")
    listed, wrong = _listed(bundle, set(names))
    yield from wrong
    for name, (size, digest) in sorted(listed.items()):
        if name not in names:
            yield Problem(name, "is missing")
        elif bundle.size(name) is None:
            yield Problem(name, "is not an ordinary file")
        elif bundle.size(name) != size:
            yield Problem(name, f"has {bundle.size(name)} bytes, {size} in the manifest")
        elif (found := _digest(bundle, name)) != digest:
            yield Problem(name, f"was changed: SHA-256 is {found}, {digest} in the manifest")
    if listed:
        yield from (Problem(name, "is not in the manifest") for name in sorted(set(names) - {*listed, MANIFEST}))


def _listed(bundle: _Bundle, names: set[str]) -> tuple[dict[str, tuple[int, str]], list[Problem]]:
    """Size and digest of each part by name, and what is wrong with the manifest itself."""
    if MANIFEST not in names:
        return {}, [Problem(MANIFEST, "is missing")]
    size = bundle.size(MANIFEST)
    if size is None or size > LARGEST_MANIFEST_BYTES:
        return {}, [Problem(MANIFEST, "is no ordinary file of a sensible size")]
    try:
        with bundle.open(MANIFEST) as file:
            about = json.loads(file.read(LARGEST_MANIFEST_BYTES + 1).decode("utf-8"))
    except (ValueError, RecursionError) as error:
        return {}, [Problem(MANIFEST, f"cannot be read: {error}")]
    if not isinstance(about, dict) or about.get("schema") != SCHEMA:
        return {}, [Problem(MANIFEST, f"is not of schema {SCHEMA}")]
    entries = about.get("parts")
    if not isinstance(entries, list) or not entries:
        return {}, [Problem(MANIFEST, "lists no parts")]
    listed: dict[str, tuple[int, str]] = {}
    wrong: list[Problem] = []
    for number, entry in enumerate(entries):
        if not _sound(entry):
            wrong.append(Problem(MANIFEST, f"part {number} lacks a plain name, a size or a digest"))
        elif entry["name"] in listed:
            wrong.append(Problem(MANIFEST, f"lists {entry['name']} twice"))
        else:
            listed[entry["name"]] = (entry["bytes"], entry["sha256"])
    return listed, wrong


def _sound(entry: Any) -> bool:
    if not isinstance(entry, dict):
        return False
    name, size, digest = entry.get("name"), entry.get("bytes"), entry.get("sha256")
    return (
        isinstance(name, str)
        and name == PurePosixPath(name).as_posix()
        and not name.startswith("/")
        and ".." not in PurePosixPath(name).parts
        and name not in ("", ".", MANIFEST)
        and type(size) is int
        and isinstance(digest, str)
        and _DIGEST.fullmatch(digest) is not None
    )


def _digest(bundle: _Bundle, name: str) -> str:
    sha256 = hashlib.sha256()
    with bundle.open(name) as file:
        while chunk := file.read(_CHUNK_BYTES):
            sha256.update(chunk)
    return sha256.hexdigest()


class _Folder:
    def __init__(self, path: Path) -> None:
        self._path = path

    def names(self) -> list[str]:
        """Links are listed and never followed."""
        return [
            path.relative_to(self._path).as_posix()
            for path in sorted(self._path.rglob("*"))
            if path.is_symlink() or not path.is_dir()
        ]

    def size(self, name: str) -> int | None:
        path = self._path / name
        return path.stat().st_size if path.is_file() and not path.is_symlink() else None

    def open(self, name: str) -> IO[bytes]:
        return (self._path / name).open("rb")


class _Zip:
    """The bundle may lie in one folder within the zip, as people pack it."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive
        names = [name for name in archive.namelist() if not name.endswith("/")]
        manifests = [name for name in names if PurePosixPath(name).name == MANIFEST]
        top = min(manifests, key=lambda name: name.count("/"), default=MANIFEST)[: -len(MANIFEST)]
        self._top = top if all(name.startswith(top) for name in names) else ""
        self._names = [name[len(self._top) :] for name in names]

    def names(self) -> list[str]:
        return self._names

    def size(self, name: str) -> int | None:
        return self._archive.getinfo(self._top + name).file_size

    def open(self, name: str) -> IO[bytes]:
        return self._archive.open(self._top + name)


@contextmanager
def _opened(path: Path) -> Iterator[_Bundle]:
    if path.is_dir():
        yield _Folder(path)
    else:
        with zipfile.ZipFile(path) as archive:
            yield _Zip(archive)
