"""Who typed it: whether it was the host, and a keyed hash instead of a name.

A plain hash of a name can be guessed by hashing all names, and cannot be changed later. The key is kept outside the
database, so that whoever copies the database cannot tell who the viewers were.
"""

from __future__ import annotations

import hmac
import secrets
import unicodedata
from dataclasses import dataclass

from monitor.config import Settings
from monitor.errors import WorkspaceError
from monitor.files import make_once
from monitor.records import Role, Stream

_HOST = "主播"  # recorders and exports write this for the host's own account
_KEY_BYTES = 32  # as long as SHA-256's output, RFC 2104
_LONGEST_NAME = 500  # characters; platforms allow some 30
_HASH_CHARS = 16  # 64 bits: two among a million viewers of one key collide once in 37 million


class NameHasher:
    """Turns names and ids into keyed hashes: HMAC-SHA256 in hex, the first 16 characters."""

    def __init__(self, key: bytes) -> None:
        """`key`: the secret; without it nobody can tell whose a hash is."""
        self._key = key

    def __call__(self, name: str) -> str:
        """The same for one name however wide it is typed."""
        return hmac.digest(self._key, _plain(name).encode("utf-8", "replace"), "sha256").hex()[:_HASH_CHARS]


@dataclass(frozen=True, slots=True)
class HostIdentity:
    """The names under which the host of a stream types."""

    names: frozenset[str]

    def __post_init__(self) -> None:
        object.__setattr__(self, "names", frozenset(plain for name in self.names if (plain := _plain(name))))

    def role(self, name: str) -> Role:
        """HOST for one of the host's names however wide it is typed, else VIEWER."""
        return Role.HOST if _plain(name) in self.names else Role.VIEWER


def host_identity(stream: Stream) -> HostIdentity:
    """The host's account, the creator's name, and 主播."""
    return HostIdentity(frozenset({stream.host_account, stream.creator, _HOST}))


def load_key(settings: Settings) -> bytes:
    """The key for NameHasher: the setting, else the workspace's `keys/privacy.key`, made on first use.

    The file is readable by its owner alone. Two scans that start together get the same key. Raises WorkspaceError when
    the file cannot be read or made.
    """
    if settings.privacy_key:
        return settings.privacy_key.encode()
    path = settings.workspace / "keys" / "privacy.key"
    try:
        if not path.exists():
            make_once(path, secrets.token_bytes(_KEY_BYTES))
        key = path.read_bytes()
    except OSError as error:
        raise WorkspaceError(
            f"the key for viewers' names cannot be kept ({error.strerror})", where=path, todo="choose another workspace"
        ) from error
    if len(key) < _KEY_BYTES:
        raise WorkspaceError(
            f"the key for viewers' names is damaged: {len(key)} bytes, not {_KEY_BYTES}",
            where=path,
            todo="restore it from a backup; with a new key stored viewers and new ones are not the same any more",
        )
    return key


def _plain(name: str) -> str:
    # Its beginning will do: putting a megabyte of accents in order would take minutes.
    return unicodedata.normalize("NFKC", name[:_LONGEST_NAME]).strip()
