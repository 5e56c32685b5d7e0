"""A proof that one entry stands in the log: all that a stranger needs besides the desk's public key."""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import dataclass

from monitor.audit.entry import Entry, EntryError
from monitor.audit.head import HeadError, SignedHead
from monitor.audit.merkle import HASH_BYTES, includes, leaf_hash

SCHEMA = "monitor.audit-proof/1"


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
        if not same or any(len(step) != HASH_BYTES for step in proof.path):
            raise ProofError("is no proof of an audit log as it was written")
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
