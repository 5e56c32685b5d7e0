"""Files: made whole, brought to the disk, and known by what is in them."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import secrets
from pathlib import Path

_NO_SYNC_OF_FOLDERS = {errno.EINVAL, errno.ENOTSUP, errno.EOPNOTSUPP}
"""Linux answers EINVAL where a file system has no such call (SMB before 4.17), FUSE what its server says (gocryptfs:
ENOTSUP). Neither is what a disk answers that fails or is full."""


def sha256_of(path: Path) -> str:
    """The file's SHA-256 as 64 lower-case hex digits, read in pieces so that size does not matter.

    Raises OSError when the file cannot be read.
    """
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def sync(path: Path) -> None:
    """To the disk, not only to the kernel; a folder's sync makes the names in it last.

    Raises OSError when it failed. A file system that knows no sync of folders passes.
    """
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    except OSError as error:
        if error.errno not in _NO_SYNC_OF_FOLDERS or not path.is_dir():
            raise
    finally:
        os.close(handle)


def make_once(path: Path, content: bytes) -> None:
    """Puts a whole file, readable by its owner alone, at the path unless one is there: nobody ever sees half of it.

    Of several processes that do so at once one wins, and all find its file. Raises OSError when it cannot be made.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    aside = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
    try:
        with os.fdopen(os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        with contextlib.suppress(FileExistsError):
            _place(aside, path)
            sync(path.parent)
    finally:
        aside.unlink(missing_ok=True)


def _place(aside: Path, path: Path) -> None:
    try:
        path.hardlink_to(aside)
    except FileExistsError:
        raise
    except OSError:  # a file system without hard links; there the last of those at the same moment wins
        if not path.exists():
            aside.rename(path)
