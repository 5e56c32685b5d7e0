"""Secrets that a desk keeps beside its signing key: for what it hands to browsers and takes back."""

from __future__ import annotations

import secrets
from pathlib import Path

from monitor.errors import MissingComponentError
from monitor.files import make_once

KEY_BYTES = 32
"""As many as HMAC-SHA-256 puts to use (RFC 2104, 3)."""


def secret_key(folder: Path, name: str) -> bytes:
    """The 32 bytes in the file `name`, made on first use. Processes that start together get the same ones.

    Raises MissingComponentError when they cannot be read or made.
    """
    path = folder / name
    try:
        if not path.exists():
            make_once(path, secrets.token_bytes(KEY_BYTES))
        key = path.read_bytes()
    except OSError as error:
        raise MissingComponentError(
            f"a key of the dashboard cannot be read or made ({error.strerror})",
            where=path,
            todo="check its owner, or give another folder with `keys` in the settings",
        ) from error
    if len(key) != KEY_BYTES:
        raise MissingComponentError("a damaged key", where=path, todo="remove the file: a new one is made")
    return key
