"""The audit log without its database: entries, the tree over them, signed heads, and the check of it all. Pure."""

from monitor.audit.check import Findings, Problem, StoredEntry, StoredTree, check
from monitor.audit.entry import SYSTEM, Act, Entry, EntryError
from monitor.audit.head import (
    Head,
    HeadError,
    SignedHead,
    append_head,
    heads_file,
    heads_in,
    last_head,
    newest_head,
    read_heads,
)
from monitor.audit.merkle import Frontier, consistency_proof, inclusion_proof, leaf_hash, root_of
from monitor.audit.proof import Extension, Proof, ProofError, read_proof

__all__ = [
    "SYSTEM",
    "Act",
    "Entry",
    "EntryError",
    "Extension",
    "Findings",
    "Frontier",
    "Head",
    "HeadError",
    "Problem",
    "Proof",
    "ProofError",
    "SignedHead",
    "StoredEntry",
    "StoredTree",
    "append_head",
    "check",
    "consistency_proof",
    "heads_file",
    "heads_in",
    "inclusion_proof",
    "last_head",
    "leaf_hash",
    "newest_head",
    "read_heads",
    "read_proof",
    "root_of",
]
