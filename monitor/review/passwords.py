"""Passwords: what one may be, how it is kept (argon2), and whether one is right, in the same time for everybody."""

from __future__ import annotations

import secrets
import threading
import unicodedata

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from monitor.store.accounts import AccountError

LEAST_CHARS, MOST_CHARS = 12, 128
"""OWASP ASVS 4.0.3, 2.1.1 and 2.1.2. Nothing is asked of what the characters are (2.1.9)."""
_ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"
"""No two alike in print, and no shift key: somebody reads it off a terminal."""
_GROUPS, _GROUP_CHARS = 4, 5
"""20 of 31 characters are 99 bits."""
_AT_ONCE = threading.BoundedSemaphore(2)
"""Each hash takes 64 MiB (RFC 9106, second recommendation): a crowd at the door must not take the machine's memory."""


class Passwords:
    """Hashes and compares."""

    def __init__(self, hasher: PasswordHasher | None = None) -> None:
        """`hasher` has the parameters in force: the library's own unless given."""
        self._hasher = hasher or PasswordHasher()
        self._nobodys: str | None = None

    def hash(self, password: str) -> str:
        """Raises AccountError for a password that is too short or too long."""
        length = len(_spelt(password))
        if not LEAST_CHARS <= length <= MOST_CHARS:
            raise AccountError(
                f"a password of {length} characters",
                where="password",
                todo=f"take {LEAST_CHARS} to {MOST_CHARS}; several words are easy to keep in mind",
                shown=f"密码应为 {LEAST_CHARS} 至 {MOST_CHARS} 个字符",
            )
        return self._hash(password)

    def is_right(self, stored: str | None, password: str) -> bool:
        """`stored` None (an unknown name, an account without a password) is never right, and takes as long."""
        if self._nobodys is None:  # made whoever comes first, known or not
            self._nobodys = self._hash(made())
        return self._compare(stored or self._nobodys, password) and stored is not None

    def renewed(self, stored: str, password: str) -> str | None:
        """A hash with today's parameters, for a password that was right; None where the stored one has them."""
        return self._hash(password) if self._hasher.check_needs_rehash(stored) else None

    def _hash(self, password: str) -> str:
        with _AT_ONCE:
            return self._hasher.hash(_bytes(password))

    def _compare(self, stored: str, password: str) -> bool:
        with _AT_ONCE:
            try:
                return self._hasher.verify(stored, _bytes(password))
            except (VerificationError, InvalidHashError):
                return False


def made() -> str:
    """A password that nobody has guessed."""
    groups = ("".join(secrets.choice(_ALPHABET) for _ in range(_GROUP_CHARS)) for _ in range(_GROUPS))
    return "-".join(groups)


def _spelt(password: str) -> str:
    """As NIST SP 800-63B has it (NFKC): input methods write the same characters full width or not."""
    return unicodedata.normalize("NFKC", password)


def _bytes(password: str) -> bytes:
    # Cut, so that whoever sends megabytes has them neither normalised nor hashed.
    return _spelt(password[: 4 * MOST_CHARS]).encode("utf-8", "replace")
