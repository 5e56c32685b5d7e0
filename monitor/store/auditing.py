"""The audit log in the database: appending within the transaction of what is logged, reading, sealing, proving."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, func, insert, or_, select, type_coerce, update
from sqlalchemy.orm import Session
from sqlalchemy.types import NullType

from monitor.audit import (
    Act,
    Entry,
    Extension,
    Frontier,
    Head,
    Proof,
    ProofError,
    SignedHead,
    StoredEntry,
    StoredTree,
    append_head,
    consistency_proof,
    inclusion_proof,
    last_head,
    leaf_hash,
    newest_head,
    read_heads,
    root_of,
)
from monitor.errors import IntegrityError, UsageError
from monitor.signing import Signer
from monitor.store.audit_tables import AuditEntryRow, AuditTreeRow
from monitor.store.database import Database

_PAGE = 2000
"""Entries read at a time: some hundred kilobytes."""
_LOOK = "look with `monitor audit verify`; restore a backup"
# As the driver gives them: what somebody else wrote into a column need not be what its type says.
_COLUMNS = [
    type_coerce(getattr(AuditEntryRow, name), NullType()).label(name)
    for name in ("id", "seq", "at", "actor", "act", "subject", "leaf", "leaf_hash")
]


def append_in(session: Session, *entries: Entry) -> int:
    """Adds the entries to the log within the caller's transaction; how many the log then holds.

    They are there exactly if the transaction is. Call it last in a transaction: from here to its end every other
    writer of the log waits, and one that holds what this one still wants would block it for good.

    Raises IntegrityError when the log's own state is damaged.
    """
    if not entries:
        return session.scalars(select(AuditTreeRow.size)).one()
    row, frontier = _locked(session)
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


class AuditLog:
    """A workspace's audit log. Every method raises WorkspaceError when database or workspace cannot be used."""

    def __init__(self, database: Database, workspace: Path) -> None:
        """The heads lie in the workspace, so that whoever rewrites the database has not rewritten them."""
        self._database = database
        self.workspace = workspace

    @property
    def size(self) -> int:
        """Entries."""
        return self.tree().size

    def append(self, *entries: Entry) -> int:
        """Adds them in a transaction of their own; how many the log then holds. For acts that change no table."""
        with self._database.writing() as session:
            return append_in(session, *entries)

    def entries(
        self, first: int = 0, end: int | None = None, *, act: Act | None = None, subject: str | None = None
    ) -> Iterator[StoredEntry]:
        """Rows with `first` ≤ seq < `end`, in that order, as they are: `audit.check` tells whether they are right."""
        wanted: list[ColumnElement[bool]] = [AuditEntryRow.seq >= first]
        if end is not None:
            wanted.append(AuditEntryRow.seq < end)
        if act is not None:
            wanted.append(AuditEntryRow.act == act.value)
        if subject is not None:
            wanted.append(AuditEntryRow.subject == subject)
        asked = select(*_COLUMNS).order_by(AuditEntryRow.seq, AuditEntryRow.id).limit(_PAGE)
        page = self._rows(asked.where(*wanted))
        while page:
            yield from map(_stored, page)
            if len(page) < _PAGE:
                return
            seq, row_id = page[-1].seq, page[-1].id
            after = or_(AuditEntryRow.seq > seq, and_(AuditEntryRow.seq == seq, AuditEntryRow.id > row_id))
            page = self._rows(asked.where(*wanted, after))

    def last(
        self,
        count: int,
        *,
        act: Act | None = None,
        actor: str | None = None,
        subject: str | None = None,
        before: int | None = None,
    ) -> list[StoredEntry]:
        """The newest of one act, person and subject where given, with seq < `before`; in the order of the log."""
        asked = select(*_COLUMNS).order_by(AuditEntryRow.seq.desc(), AuditEntryRow.id.desc()).limit(count)
        named = {AuditEntryRow.act: act, AuditEntryRow.actor: actor, AuditEntryRow.subject: subject}
        for column, wanted in named.items():
            if wanted is not None:
                asked = asked.where(column == str(wanted))
        if before is not None:
            asked = asked.where(AuditEntryRow.seq < before)
        return [_stored(row) for row in reversed(self._rows(asked))]

    def tree(self) -> StoredTree:
        """The log's state, and how many rows there are, of one moment. Raises IntegrityError when it is missing."""
        count = select(func.count()).select_from(AuditEntryRow).scalar_subquery()
        columns = [
            type_coerce(getattr(AuditTreeRow, name), NullType()).label(name)
            for name in ("log_id", "size", "frontier", "head")
        ]
        asked = select(*columns, count.label("rows"))
        with self._database.reading() as session:
            found = session.execute(asked).all()
        if len(found) != 1:
            raise self._no_state()
        row: Any = found[0]
        size = row.size if isinstance(row.size, int) else -1
        return StoredTree(_text(row.log_id), size, _bytes(row.frontier), _text(row.head).encode(), row.rows)

    def state(self) -> tuple[StoredTree, bytes]:
        """The log's state and the content of heads.jsonl, neither newer than the other."""
        while True:
            before, heads = self.tree(), read_heads(self.workspace)
            after = self.tree()
            if before.head == after.head:
                return after, heads

    def head(self) -> SignedHead | None:
        """The last one in heads.jsonl."""
        return newest_head(self.workspace)

    def seal(self, signer: Signer, *, at: datetime | None = None) -> SignedHead:
        """Signs what the log is now and adds it to heads.jsonl; the last head where nothing was added since it.

        Raises IntegrityError when the log does not go on from the last head: that is not signed.
        """
        with self._database.writing() as session:
            row, frontier = _locked(session)
            last, known = newest_head(self.workspace), row.head.encode()
            at_end = last is not None and last.to_line() == known
            if known and not at_end and known not in read_heads(self.workspace).splitlines(keepends=True):
                last = last_head(known)  # cut from the file: the next head, which follows it, shows the hole for good
            if last is not None and not _goes_on(last.head, row.log_id, frontier):
                raise IntegrityError(
                    f"the audit log does not go on from its head of {last.head.size} entries",
                    where=self.workspace,
                    todo=_LOOK,
                )
            if last and last.head.size == frontier.size and last.signature.public_key == signer.public_key:
                return last
            root, before = frontier.root().hex(), last.digest if last else ""
            head = Head(row.log_id, frontier.size, root, at or datetime.now(UTC), before)
            signed = SignedHead.sign(head, signer)
            # The file first: what the table knows is then always in the file, unless somebody took it out.
            append_head(self.workspace, signed)
            kept = update(AuditTreeRow).where(AuditTreeRow.id == row.id)
            session.execute(kept.values(head=signed.to_line().decode()))
        return signed

    def prove(self, seq: int, signer: Signer) -> Proof:
        """A proof that entry `seq` is in the log, under the last head, or a new one when that is older than the entry.

        Raises UsageError when there is no such entry, IntegrityError when the log does not bear the proof.
        """
        found = list(self.entries(seq, seq + 1)) if seq >= 0 else []
        if not found:
            raise UsageError(f"no entry {seq} in the audit log", where=self.workspace, todo="see `monitor audit show`")
        signed = self.head()
        if signed is None or signed.head.size <= seq or signed.signature.public_key != signer.public_key:
            signed = self.seal(signer)
        path = inclusion_proof(self._root_over, seq, signed.head.size)
        proof = Proof(seq, found[0].leaf, tuple(path), signed)
        try:
            proof.check([signer.public_key])
        except ProofError as error:
            raise IntegrityError(f"entry {seq} cannot be proven ({error})", where=self.workspace, todo=_LOOK) from error
        return proof

    def prove_since(self, earlier: SignedHead, signer: Signer) -> Extension:
        """A proof that the log as it is now, sealed by this call, goes on from an earlier head of it.

        Raises IntegrityError when it does not.
        """
        later = self.seal(signer)
        old = earlier.head
        try:
            path = consistency_proof(self._root_over, old.size, later.head.size) if old.size else []
            extension = Extension(earlier, later, tuple(path))
            extension.check([signer.public_key, earlier.signature.public_key])
        except ValueError as error:  # ProofError is one
            raise IntegrityError(
                f"the log cannot be shown to go on from {old.size} entries ({error})", where=self.workspace, todo=_LOOK
            ) from error
        return extension

    def _root_over(self, first: int, end: int) -> bytes:
        return root_of(stored.leaf_hash for stored in self.entries(first, end))

    def _rows(self, asked: Any) -> list[Row[Any]]:
        with self._database.reading() as session:
            return list(session.execute(asked).all())

    def _no_state(self) -> IntegrityError:
        return IntegrityError("the audit log's state is missing", where=self._database.where, todo=_LOOK)


def _locked(session: Session) -> tuple[Row[Any], Frontier]:
    """The log's state, and its row locked until the transaction ends. Raises IntegrityError."""
    asked = select(*AuditTreeRow.__table__.columns).with_for_update()
    rows: list[Row[Any]] = list(session.execute(asked).all())
    if len(rows) != 1:
        raise IntegrityError("the audit log's state is missing", todo=_LOOK)
    try:
        return rows[0], Frontier.from_bytes(rows[0].size, rows[0].frontier)
    except ValueError as error:
        raise IntegrityError(f"the audit log's state is damaged ({error})", todo=_LOOK) from error


def _stored(row: Row[Any]) -> StoredEntry:
    seq = row.seq if isinstance(row.seq, int) else -1
    actor, act, subject = map(_text, (row.actor, row.act, row.subject))
    return StoredEntry(seq, _time(row.at), actor, act, subject, _bytes(row.leaf), _bytes(row.leaf_hash))


def _goes_on(was: Head, log_id: str, frontier: Frontier) -> bool:
    """Whether the log may be what the head was of, grown: by size alone, and by the root where nothing was added."""
    if was.log_id != log_id or was.size > frontier.size:
        return False
    return was.size < frontier.size or was.root == frontier.root().hex()


def _time(value: object) -> datetime | None:
    """SQLite keeps a text without a zone, which is UTC."""
    try:
        found = value if isinstance(value, datetime) else datetime.fromisoformat(_text(value))
        return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    except (ValueError, OverflowError):  # the latter: before the year 1 in UTC, or after 9999
        return None


def _text(value: object) -> str:
    return value if isinstance(value, str) else repr(value)


def _bytes(value: object) -> bytes:
    return bytes(value) if isinstance(value, bytes | memoryview) else _text(value).encode()
