"""A flag's folder comes into being whole or not at all, whatever dies when.

Everything is written into a hidden folder beside the final one, each file under another name, synced, then renamed;
at the end the folder itself is renamed. No folder is ever replaced: one row or another names it. The same flag of
another scan, or of a copy of the recording, gets the next free name, `<flag>-2`. What a crash left `sweep` clears.
"""

from __future__ import annotations

import errno
import os
import re
import shutil
import unicodedata
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import TypeVar

from monitor.errors import UsageError, WorkspaceError
from monitor.files import sha256_of, sync

T = TypeVar("T")

MANIFEST, SIGNATURE = "manifest.json", "manifest.sig"
EXPORT, EXPORT_SIGNATURE = "export.json", "export.sig"
CASE = "case/"
"""Where a bundle lies in its export."""
PURPOSE = "evidence"
EXPORT_PURPOSE = "export"
"""What the signatures of a manifest and of an export are given for."""
LONGEST_ID_BYTES = 200
"""File systems allow 255 bytes a name; the rest is for the hidden folder's prefix and process id."""
LEAST_FREE_BYTES = 1 << 20
"""A cut that fails with less space than this failed for want of space, whatever it says itself."""

_SAFE_ID = re.compile(r"[^\W_][\w.-]*")
_HIDDEN = re.compile(r"\.tmp-.+-\d+")
_TODO = {
    errno.ENOSPC: "free some space and scan again",
    errno.EDQUOT: "free some space and scan again",
    errno.EIO: "check the disk, then scan again",
}
"""What helps against an error number; `check the folder` against others."""
_NO_SPACE = os.strerror(errno.ENOSPC)
"""How it is said by those who clear their own rest away before we can ask the disk."""
_TAKEN = (errno.EEXIST, errno.ENOTEMPTY, errno.ENOTDIR)
"""What a rename to a name that something else has ends in."""


@dataclass(frozen=True, slots=True)
class Part:
    """A finished file of the bundle."""

    name: str
    """Path within the bundle, with `/`."""
    sha256: str
    size_bytes: int


def check_flag_id(flag_id: str) -> str:
    """The id, when it is safe as the name of a folder on every system; raises UsageError when it is not."""
    if (
        not _SAFE_ID.fullmatch(flag_id)
        or flag_id.endswith(".")
        or len(flag_id.encode()) > LONGEST_ID_BYTES
        or unicodedata.normalize("NFC", flag_id) != flag_id
    ):
        raise UsageError(
            "cannot name a folder", where=f"flag id {flag_id!r}", todo="use letters, digits, `.`, `_` and `-`"
        )
    return flag_id


class Draft:
    """A bundle in the making; `publish` makes it stand, leaving the `with` block without it removes it.

    Raises WorkspaceError whenever something cannot be written for good (disk full, no rights, a failed sync).
    """

    def __init__(self, root: Path, flag_id: str) -> None:
        self.parts: list[Part] = []
        self._root, self._name = root, check_flag_id(flag_id)
        self._final = root / flag_id
        self._folder = root / f".tmp-{flag_id}-{os.getpid()}"

    def __enter__(self) -> Draft:
        with _writing(self._root):
            self._root.mkdir(parents=True, exist_ok=True)
            shutil.rmtree(self._folder, ignore_errors=True)
            self._folder.mkdir()
        return self

    def __exit__(self, *_: object) -> None:
        shutil.rmtree(self._folder, ignore_errors=True)

    def write(self, name: str, data: bytes) -> Part:
        """Adds a file. `name` may lie in a folder of the bundle: `stills/still-01.jpg`."""

        def put(path: Path) -> None:
            with _writing(self._final), path.open("xb") as file:
                file.write(data)

        return self.make(name, put)[1]

    def make(self, name: str, write_to: Callable[[Path], T]) -> tuple[T, Part]:
        """Adds a file that somebody else writes to the path given; what they return, and the part.

        What they raise passes through, unless the disk is full: then that is why. No trace of the file is left.
        """
        path = self._folder / name
        unfinished = path.with_name(f".part-{path.name}")
        with _writing(self._final):
            path.parent.mkdir(parents=True, exist_ok=True)
        try:
            result = write_to(unfinished)
            with _writing(self._final):
                sync(unfinished)
                unfinished.rename(path)
                sync(path.parent)
                part = Part(name, sha256_of(path), path.stat().st_size)
        except BaseException as error:
            full = isinstance(error, Exception) and (_NO_SPACE in str(error) or _full(self._folder))
            unfinished.unlink(missing_ok=True)
            if full and not isinstance(error, WorkspaceError):
                with _writing(self._final):
                    raise OSError(errno.ENOSPC, _NO_SPACE) from error
            raise
        self.parts.append(part)
        return result, part

    def publish(self) -> Path:
        """Gives the folder its final name, the first that is free, and returns it."""
        with _writing(self._final):
            sync(self._folder)
            for number in count(1):
                final = self._root / (self._name if number == 1 else f"{self._name}-{number}")
                try:
                    self._folder.rename(final)
                except OSError as error:
                    if error.errno not in _TAKEN:
                        raise
                else:
                    break
            sync(self._root)
        return final


def sweep(root: Path, named: Collection[str]) -> list[Path]:
    """Removes what crashes left in an evidence folder: half-made bundles, and whole ones that no flag names.

    `named` are the names of the folders to keep. What is no bundle stays. Nobody may be writing there meanwhile.
    Returns the paths removed; raises WorkspaceError when one cannot be.
    """
    found = [
        path
        for path in (sorted(root.iterdir()) if root.is_dir() else [])
        if _HIDDEN.fullmatch(path.name) or (path.name not in named and (path / MANIFEST).is_file())
    ]
    for path in found:
        with _writing(path), suppress(FileNotFoundError):  # a deletion at work there may be quicker
            shutil.rmtree(path)
    return found


@contextmanager
def _writing(where: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        todo = _TODO.get(error.errno or 0, "check the folder and its rights, then scan again")
        raise WorkspaceError(
            f"evidence cannot be written: {error.strerror or error}",
            where=where,
            todo=todo,
        ) from error


def _full(folder: Path) -> bool:
    """Whether the disk is; what cannot be asked counts as full."""
    try:
        return shutil.disk_usage(folder).free < LEAST_FREE_BYTES
    except OSError:
        return True
