"""The audit log in the database: appending within the transaction of what is logged, reading, sealing."""

from __future__ import annotations

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from monitor.audit import Entry, Frontier, leaf_hash
from monitor.errors import WorkspaceError
from monitor.store.audit_tables import AuditEntryRow, AuditTreeRow


def append_in(session: Session, *entries: Entry) -> int:
    """Adds the entries to the log within the caller's transaction; how many the log then holds.

    They are there exactly if the transaction is. Call it last in a transaction: from here to its end every other
    writer of the log waits, and one that holds what this one still wants would block it for good.
    """
    if not entries:
        return session.scalars(select(AuditTreeRow.size)).one()
    row = session.execute(
        select(AuditTreeRow.id, AuditTreeRow.size, AuditTreeRow.frontier).with_for_update()
    ).one_or_none()
    if row is None:
        raise WorkspaceError("the audit log's state is missing", todo="restore a backup; `monitor audit verify` tells")
    frontier = Frontier.from_bytes(row.size, row.frontier)
    values = []
    for entry in entries:
        leaf = entry.leaf_bytes()
        hashed = leaf_hash(leaf)
        values.append({
            "seq": frontier.size, "at": entry.at, "actor": entry.actor, "act": entry.act.value,
            "subject": entry.subject, "leaf": leaf, "leaf_hash": hashed,
        })  # fmt: skip
        frontier = frontier.append(hashed)
    session.execute(insert(AuditEntryRow), values)
    state = {"size": frontier.size, "frontier": frontier.to_bytes()}
    session.execute(update(AuditTreeRow).where(AuditTreeRow.id == row.id).values(**state))
    return frontier.size
