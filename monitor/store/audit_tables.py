"""Tables of the audit log: its entries, which the database itself refuses to change, and how far it has come."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from monitor.store.tables import Table


class AuditEntryRow(Table):
    """One leaf. The other columns say what stands in `leaf`, for asking; `leaf` alone counts."""

    __tablename__ = "audit_entries"
    # The log is read from its end: the newest of one act, of one person.
    __table_args__ = (Index(None, "act", "seq"), Index(None, "actor", "seq"))

    seq: Mapped[int] = mapped_column(unique=True)
    """Place in the tree, from 0, without gaps."""
    at: Mapped[datetime] = mapped_column(index=True)
    actor: Mapped[str]
    act: Mapped[str]
    subject: Mapped[str] = mapped_column(index=True)
    leaf: Mapped[bytes] = mapped_column(LargeBinary)
    leaf_hash: Mapped[bytes] = mapped_column(LargeBinary)


class AuditTreeRow(Table):
    """The one row, made with the table: whoever appends holds its lock until the end of the transaction."""

    __tablename__ = "audit_tree"

    log_id: Mapped[str]
    """128 random bits in hex: tells this log's heads from another's."""
    size: Mapped[int]
    frontier: Mapped[bytes] = mapped_column(LargeBinary)
    """`merkle.Frontier.to_bytes`."""
    head: Mapped[str] = mapped_column(default="", server_default="")
    """Line of the last signed head; empty before the first."""
