"""Files that were made for somebody and wait to be fetched: once, by them, and soon."""

from __future__ import annotations

import hmac
import secrets
import threading
from dataclasses import dataclass
from typing import IO

_KEY_BYTES = 16
"""128 bits: not to be guessed."""


@dataclass(frozen=True, slots=True)
class MadeFile:
    """A file that no folder names: it is gone from the disk when it is closed, or when the process ends."""

    name: str
    """By which a browser keeps it."""
    media_type: str
    file: IO[bytes]
    size_bytes: int


class HandingOut:
    """What waits, for all threads of the process. Whoever takes a file closes it."""

    def __init__(self, lasts_s: float) -> None:
        """A file that nobody fetched is closed after `lasts_s`."""
        self._lasts_s = lasts_s
        self._changing = threading.Lock()
        self._waiting: dict[str, tuple[str, MadeFile]] = {}

    def put(self, session: str, made: MadeFile) -> str:
        """The file waits for this session, under the key returned; one that waited for it before is closed."""
        key = secrets.token_urlsafe(_KEY_BYTES)
        with self._changing:
            earlier = [one for one, (whose, _) in self._waiting.items() if whose == session]
            self._waiting[key] = (session, made)
        for one in earlier:
            self._drop(one)
        timer = threading.Timer(self._lasts_s, self._drop, [key])
        timer.daemon = True
        timer.start()
        return key

    def take(self, session: str, key: str) -> MadeFile | None:
        """The file, which is the caller's from now on; None when there is none (any more) or it is somebody else's."""
        with self._changing:
            whose, made = self._waiting.get(key, ("", None))
            if made is None or not hmac.compare_digest(whose.encode(), session.encode()):
                return None
            del self._waiting[key]
            return made

    def _drop(self, key: str) -> None:
        with self._changing:
            _, made = self._waiting.pop(key, ("", None))
        if made is not None:
            made.file.close()
