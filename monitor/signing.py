"""Signatures (Ed25519, RFC 8032) over manifests, exports and tree heads, by a key that no workspace holds.

Whoever holds a workspace can rewrite everything in it; without the key they cannot make it look as if this desk had.
"""

from __future__ import annotations

import base64
import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)

from monitor.errors import MissingComponentError, UsageError
from monitor.files import make_once

PRIVATE, PUBLIC = "signing.pem", "signing.pub.pem"
ALGORITHM = "Ed25519"
_KEY_ID_CHARS = 32
"""128 bits of the public key's SHA-256 in hex: nobody makes a second key with the same id."""
_KEY_BYTES, _SIGNATURE_BYTES = 32, 64  # RFC 8032, 5.1.5 and 5.1.6


class SignatureError(ValueError):
    """A signature that is damaged, or not of what it is said to be of; `str` says which."""


@dataclass(frozen=True, slots=True)
class Signature:
    """Who signed, and the signature: all that a stranger needs besides the message."""

    public_key: bytes
    """32 bytes, as RFC 8032 has them."""
    value: bytes
    """64 bytes."""

    @property
    def key_id(self) -> str:
        return key_id(self.public_key)

    def to_json(self) -> bytes:
        """One way of writing it and no other: a file of it that differs in a byte is not read."""
        fields = {
            "algorithm": ALGORITHM,
            "key_id": self.key_id,
            "public_key": base64.b64encode(self.public_key).decode(),
            "signature": base64.b64encode(self.value).decode(),
        }
        return (json.dumps(fields, indent=1) + "\n").encode()

    @classmethod
    def from_json(cls, data: bytes) -> Signature:
        """Raises SignatureError for anything that `to_json` does not write."""
        try:
            fields = json.loads(data)
            found = cls(_unpacked(fields, "public_key"), _unpacked(fields, "signature"))
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            raise SignatureError("is no signature") from error
        if (len(found.public_key), len(found.value)) != (_KEY_BYTES, _SIGNATURE_BYTES) or found.to_json() != data:
            raise SignatureError("is no signature as it was written")
        return found

    def check(self, purpose: str, message: bytes) -> None:
        """Raises SignatureError unless it is of this message, for this purpose."""
        try:
            Ed25519PublicKey.from_public_bytes(self.public_key).verify(self.value, _bound(purpose, message))
        except (InvalidSignature, ValueError) as error:
            raise SignatureError("does not match what it signs") from error


class Signer:
    """A desk's key."""

    def __init__(self, key: Ed25519PrivateKey) -> None:
        self._key = key
        self.public_key = key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)

    @property
    def key_id(self) -> str:
        return key_id(self.public_key)

    def sign(self, purpose: str, message: bytes) -> Signature:
        """`purpose` (`evidence`, `export`, `tree head`) keeps a signature of one kind from passing as another."""
        return Signature(self.public_key, self._key.sign(_bound(purpose, message)))


def key_id(public_key: bytes) -> str:
    """What people compare: the beginning of the key's SHA-256, in hex."""
    return hashlib.sha256(public_key).hexdigest()[:_KEY_ID_CHARS]


def load_signer(folder: Path) -> Signer:
    """The key in `folder`, made on first use, its public half beside it. Two that start together get the same one.

    Raises MissingComponentError when the key cannot be read or made, or the public half is of another key: what this
    desk signs would look to itself as if somebody else had.
    """
    path, public = folder / PRIVATE, folder / PUBLIC
    try:
        if not path.exists():
            fresh = Ed25519PrivateKey.generate()
            make_once(path, fresh.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        key = load_pem_private_key(path.read_bytes(), password=None)
        if not isinstance(key, Ed25519PrivateKey):
            raise MissingComponentError(
                f"not an {ALGORITHM} key", where=path, todo="give another folder with `keys` in the settings"
            )
        own = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        if not public.exists():
            make_once(public, own)
        if public.read_bytes() != own:
            raise MissingComponentError(
                f"not the public half of {PRIVATE}", where=public, todo="remove it, it is made anew; or restore both"
            )
    except OSError as error:
        raise MissingComponentError(
            f"the signing key cannot be read or made ({error.strerror})",
            where=path,
            todo="check its owner, or give another folder with `keys` in the settings",
        ) from error
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise MissingComponentError(
            "the signing key is damaged or locked with a password",
            where=path,
            todo="restore it from a backup; a new key signs as somebody else",
        ) from error
    return Signer(key)


def known_public_key(folder: Path) -> bytes | None:
    """The public half of the key in `folder`, None where there is none; nothing is made."""
    path = folder / PUBLIC
    return load_public_key(path) if path.exists() else None


def load_public_key(path: Path) -> bytes:
    """A PEM file's public key, 32 bytes. Raises UsageError when there is none in it."""
    try:
        key = load_pem_public_key(path.read_bytes())
    except OSError as error:
        raise UsageError(f"cannot be read ({error.strerror})", where=path, todo="give a public key (PEM)") from error
    except (ValueError, UnsupportedAlgorithm) as error:
        raise UsageError("no public key", where=path, todo=f"give the PEM file of an {ALGORITHM} key") from error
    if not isinstance(key, Ed25519PublicKey):
        raise UsageError(f"not an {ALGORITHM} key", where=path, todo="give the desk's own `signing.pub.pem`")
    return key.public_bytes(Encoding.Raw, PublicFormat.Raw)


def _unpacked(fields: dict[str, str], name: str) -> bytes:
    return base64.b64decode(fields[name], validate=True)


def _bound(purpose: str, message: bytes) -> bytes:
    return b"livestream-monitor " + purpose.encode() + b"\0" + message
