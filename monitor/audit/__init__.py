"""The audit log without its database: entries, the tree over them, signed heads, and the check of it all. Pure."""

from monitor.audit.entry import SYSTEM, Act, Entry, EntryError
from monitor.audit.merkle import Frontier, leaf_hash

__all__ = ["SYSTEM", "Act", "Entry", "EntryError", "Frontier", "leaf_hash"]
