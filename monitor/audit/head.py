"""Signed tree heads: what the log was at a moment, said by the desk's key, and the file that collects them.

A head that left the house binds the log: neither an entry before it nor its end can be changed without its showing.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO

from monitor.audit.entry import canonical, time_text
from monitor.audit.merkle import HASH_BYTES
from monitor.errors import WorkspaceError
from monitor.files import sync
from monitor.signing import Signature, SignatureError, Signer, key_id

SCHEMA = "monitor.tree-head/1"
PURPOSE = "tree head"
FOLDER, FILE = "audit", "heads.jsonl"
"""Within the workspace, beside the database."""
_TAIL_BYTES = 65_536
"""More than any line is long."""


class HeadError(ValueError):
    """A head that is none, or not signed as it should be; `str` says which."""


@dataclass(frozen=True, slots=True)
class Head:
    """The log at a moment."""

    log_id: str
    """128 random bits in hex, made with the log."""
    size: int
    """Entries."""
    root: str
    """Of the tree over them, in hex."""
    at: datetime
    """The desk's own clock, UTC."""
    before: str
    """SHA-256 of the line of the head before this one, in hex; empty in the first: none can be taken out between."""

    def to_bytes(self) -> bytes:
        """What is signed."""
        return canonical(self.fields())

    def fields(self) -> dict[str, str | int]:
        return {
            "schema": SCHEMA,
            "log_id": self.log_id,
            "size": self.size,
            "root": self.root,
            "at": time_text(self.at),
            "before": self.before,
        }

    @classmethod
    def from_fields(cls, fields: Any) -> Head:
        """Raises HeadError for anything that `fields` does not give."""
        try:
            at = datetime.fromisoformat(fields["at"]).astimezone(UTC)
            head = cls(str(fields["log_id"]), fields["size"], str(fields["root"]), at, str(fields["before"]))
            whole = type(head.size) is int and head.size >= 0 and len(bytes.fromhex(head.root)) == HASH_BYTES
            same = head.to_bytes() == canonical(fields)
        except (ValueError, KeyError, TypeError, AttributeError, OverflowError) as error:
            raise HeadError("is no tree head") from error
        if not (whole and same):
            raise HeadError("is no tree head")
        return head


@dataclass(frozen=True, slots=True)
class SignedHead:
    """A head and who says so."""

    head: Head
    signature: Signature

    @classmethod
    def sign(cls, head: Head, signer: Signer) -> SignedHead:
        return cls(head, signer.sign(PURPOSE, head.to_bytes()))

    def fields(self) -> dict[str, object]:
        return {"head": self.head.fields(), "signature": json.loads(self.signature.to_json())}

    def to_line(self) -> bytes:
        """One line of JSON in one way of writing it, with its newline: a file of it is an exported head."""
        return canonical(self.fields()) + b"\n"

    @property
    def digest(self) -> str:
        """What the next head calls it by."""
        return hashlib.sha256(self.to_line()).hexdigest()

    @classmethod
    def from_line(cls, line: bytes) -> SignedHead:
        """Raises HeadError for anything that `to_line` does not write. Nothing is said yet about the signature."""
        try:
            signed = cls.from_fields(json.loads(line))
        except (ValueError, RecursionError) as error:
            raise HeadError("is no signed tree head") from error
        if signed.to_line() != line:
            raise HeadError("is no signed tree head as it was written")
        return signed

    @classmethod
    def from_fields(cls, fields: object) -> SignedHead:
        """Raises HeadError for anything that `fields` does not give."""
        if not isinstance(fields, dict) or set(fields) != {"head", "signature"}:
            raise HeadError("is no signed tree head")
        try:
            signature = Signature.from_json((json.dumps(fields["signature"], indent=1) + "\n").encode())
        except SignatureError as error:
            raise HeadError(f"its signature {error}") from error
        return cls(Head.from_fields(fields["head"]), signature)

    def check(self, keys: Collection[bytes] = ()) -> None:
        """Raises HeadError unless the signature is of this head and, where `keys` are given, by one of them."""
        try:
            self.signature.check(PURPOSE, self.head.to_bytes())
        except SignatureError as error:
            raise HeadError(f"its signature {error}") from error
        if keys and self.signature.public_key not in keys:
            wanted = " or ".join(sorted(map(key_id, keys)))
            raise HeadError(f"signed by the key {self.signature.key_id}, not by {wanted}")


def heads_file(workspace: Path) -> Path:
    return workspace / FOLDER / FILE


def read_heads(workspace: Path) -> bytes:
    """All of the file; empty where there is none. Raises WorkspaceError when it cannot be read."""
    path = heads_file(workspace)
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return b""
    except OSError as error:
        raise _unreadable(path, error) from error


def heads_in(data: bytes) -> list[SignedHead]:
    """The lines of such a file that are heads; what is none is left out, `audit.check` tells of it."""
    heads = []
    for line in data.splitlines(keepends=True):
        with contextlib.suppress(HeadError):
            heads.append(SignedHead.from_line(line))
    return heads


def last_head(data: bytes) -> SignedHead | None:
    """The last finished line of such a file, if it is a head."""
    lines = data[: data.rfind(b"\n") + 1].splitlines(keepends=True)
    with contextlib.suppress(HeadError, IndexError):
        return SignedHead.from_line(lines[-1])
    return None


def newest_head(workspace: Path) -> SignedHead | None:
    """`last_head` of the workspace's file, without reading the rest of it. Raises WorkspaceError like `read_heads`."""
    path = heads_file(workspace)
    try:
        with path.open("rb") as file:
            file.seek(max(0, file.seek(0, os.SEEK_END) - _TAIL_BYTES))
            return last_head(file.read())
    except FileNotFoundError:
        return None
    except OSError as error:
        raise _unreadable(path, error) from error


def append_head(workspace: Path, signed: SignedHead) -> None:
    """Adds a line that is on the disk when this returns. Half a line that a broken write left behind is cut off first.

    Raises WorkspaceError when it cannot be written; nothing of the line stays then.
    """
    path = heads_file(workspace)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT, 0o666), "r+b") as file:
            end = _end_of_whole_lines(file)
            try:
                file.truncate(end)
                file.seek(end)
                file.write(signed.to_line())
                file.flush()
                os.fsync(file.fileno())
            except OSError:
                with contextlib.suppress(OSError):
                    os.ftruncate(file.fileno(), end)
                raise
        sync(path.parent)
    except OSError as error:
        raise WorkspaceError(
            f"the head of the audit log cannot be written ({error.strerror})",
            where=path,
            todo="free some space or check its owner; what was logged is kept, seal it again with `monitor audit head`",
        ) from error


def _unreadable(path: Path, error: OSError) -> WorkspaceError:
    return WorkspaceError(f"cannot be read ({error.strerror})", where=path, todo="check its owner and permissions")


def _end_of_whole_lines(file: BinaryIO) -> int:
    size = file.seek(0, os.SEEK_END)
    first = max(0, size - _TAIL_BYTES)
    file.seek(first)
    return first + file.read().rfind(b"\n") + 1
