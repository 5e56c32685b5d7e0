"""Files: brought to the disk, and known by what is in them."""

from __future__ import annotations

import errno
import hashlib
import os
from pathlib import Path


def sha256_of(path: Path) -> str:
    """The file's SHA-256 as 64 lower-case hex digits, read in pieces so that size does not matter.

    Raises OSError when the file cannot be read.
    """
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def sync(path: Path) -> None:
    """To the disk, not only to the kernel; a folder's sync makes the names in it last.

    Raises OSError when it failed. A file system that knows no sync of folders (EINVAL, some network ones) passes.
    """
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    except OSError as error:
        if error.errno != errno.EINVAL or not path.is_dir():
            raise
    finally:
        os.close(handle)
