"""Proofs that one entry stands in the log, and that a log went on from what it was: all that a stranger needs besides
the desk's public key.
"""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import dataclass

from monitor.audit.entry import Entry, EntryError
from monitor.audit.head import HeadError, SignedHead
from monitor.audit.merkle import HASH_BYTES, extends, includes, leaf_hash

SCHEMA, EXTENSION_SCHEMA = "monitor.audit-proof/1", "monitor.audit-extension/1"


class ProofError(ValueError):
    """A proof that does not show what it says; `str` says why."""


@dataclass(frozen=True, slots=True)
class Proof:
    """An entry, its place, the way from it to a root (RFC 6962, 2.1.1), and the signed head with that root."""

    seq: int
    leaf: bytes
    path: tuple[bytes, ...]
    signed: SignedHead

    def to_json(self) -> bytes:
        """One way of writing it and no other."""
        fields = {
            "schema": SCHEMA,
            "seq": self.seq,
            "leaf": self.leaf.decode(),
            "path": [step.hex() for step in self.path],
            **self.signed.fields(),
        }
        return (json.dumps(fields, ensure_ascii=False, indent=1) + "\n").encode()

    @classmethod
    def from_json(cls, data: bytes) -> Proof:
        """Raises ProofError for anything that `to_json` does not write."""
        try:
            fields = json.loads(data)
            proof = cls(
                fields["seq"],
                fields["leaf"].encode(),
                tuple(bytes.fromhex(step) for step in fields["path"]),
                SignedHead.from_fields({name: fields[name] for name in ("head", "signature")}),
            )
            same = proof.to_json() == data and type(proof.seq) is int
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            raise ProofError("is no proof of an audit log") from error
        _check_form(same, proof.path)
        return proof

    def check(self, keys: Collection[bytes] = ()) -> Entry:
        """The entry that is proven. Raises ProofError unless all of it holds; by one of `keys` where any are given."""
        head = self.signed.head
        try:
            self.signed.check(keys)
            entry = Entry.from_leaf(self.leaf)
        except (HeadError, EntryError) as error:
            raise ProofError(f"{'head' if isinstance(error, HeadError) else 'entry'}: {error}") from error
        if not includes(leaf_hash(self.leaf), self.seq, head.size, self.path, bytes.fromhex(head.root)):
            raise ProofError(f"the entry is not number {self.seq} of the log that the head is of")
        return entry


@dataclass(frozen=True, slots=True)
class Extension:
    """Two signed heads of one log, and the way from the earlier to the later (RFC 6962, 2.1.2): nothing that the
    earlier one covers was changed or taken out.
    """

    earlier: SignedHead
    later: SignedHead
    path: tuple[bytes, ...]

    def to_json(self) -> bytes:
        """One way of writing it and no other."""
        fields = {
            "schema": EXTENSION_SCHEMA,
            "path": [step.hex() for step in self.path],
            "earlier": self.earlier.fields(),
            "later": self.later.fields(),
        }
        return (json.dumps(fields, ensure_ascii=False, indent=1) + "\n").encode()

    @classmethod
    def from_json(cls, data: bytes) -> Extension:
        """Raises ProofError for anything that `to_json` does not write."""
        try:
            fields = json.loads(data)
            found = cls(
                SignedHead.from_fields(fields["earlier"]),
                SignedHead.from_fields(fields["later"]),
                tuple(bytes.fromhex(step) for step in fields["path"]),
            )
            same = found.to_json() == data
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            raise ProofError("is no proof of an audit log") from error
        _check_form(same, found.path)
        return found

    def check(self, keys: Collection[bytes] = ()) -> None:
        """Raises ProofError unless all of it holds: both heads by one of `keys`, or by one and the same without."""
        trusted = keys or [self.earlier.signature.public_key]
        for name, signed in (("earlier", self.earlier), ("later", self.later)):
            try:
                signed.check(trusted)
            except HeadError as error:
                raise ProofError(f"{name} head: {error}") from error
        old, new = self.earlier.head, self.later.head
        if old.log_id != new.log_id:
            raise ProofError("the heads are of two logs")
        if not extends(old.size, bytes.fromhex(old.root), new.size, bytes.fromhex(new.root), self.path):
            raise ProofError(f"the log of {new.size} entries does not go on from that of {old.size}")


def read_proof(data: bytes) -> Proof | Extension:
    """Whichever it is. Raises ProofError when it is neither."""
    try:
        return Proof.from_json(data)
    except ProofError as error:
        try:
            return Extension.from_json(data)
        except ProofError:
            raise error from None


def _check_form(same: bool, path: tuple[bytes, ...]) -> None:
    if not same or any(len(step) != HASH_BYTES for step in path):
        raise ProofError("is no proof of an audit log as it was written")
