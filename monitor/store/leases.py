"""Whose a flag in the queue is just now. Each function is part of one transaction."""

from __future__ import annotations

import zlib
from datetime import datetime

from sqlalchemy import select, text, update
from sqlalchemy.orm import Session

from monitor.roles import RefusedError
from monitor.store.queue_tables import QueueRow

_LOCK = 0x71756575
"""First key of the advisory locks in PostgreSQL under which a person's claims are made one after the other: `queu` in
ASCII; the second is made of the login. SQLite has one writer anyway."""


def one_at_a_time(session: Session, name: str) -> None:
    """Until the transaction ends no other one gives this person a flag. After `review_rows.alone`, before any row."""
    if session.get_bind().dialect.name == "postgresql":
        own = zlib.crc32(name.encode()) - 2**31  # two logins that meet here only wait for each other
        session.execute(text("SELECT pg_advisory_xact_lock(:first, :second)"), {"first": _LOCK, "second": own})


def hold_lease(session: Session, flag_id: str, name: str, at: datetime) -> None:
    """Until the transaction ends the flag is the person's. Raises RefusedError when it is not theirs, or no longer."""
    row = _locked(session, flag_id)
    if row is None or row.claimed_by is None:
        raise RefusedError("请先认领此线索，再作判定")
    if row.claimed_by != name:
        raise RefusedError("此线索现由他人处理，您的判定未保存")
    if row.lease_until is None or row.lease_until <= at:
        raise RefusedError("认领已过期，判定未保存，请重新认领")


def hold_free(session: Session, flag_id: str, name: str, at: datetime, *, gold: bool = False) -> None:
    """Until the transaction ends nobody but the person takes it. Raises RefusedError when somebody else is at it.

    Who has a closed flag has it as a gold flag, and is in the way of those alone who want it as one, too.
    """
    row = _locked(session, flag_id)
    if row is None or not (row.open or gold):
        return
    if row.claimed_by not in (None, name) and row.lease_until and row.lease_until > at:
        raise RefusedError("此线索正由他人处理")


def hand_lease(session: Session, flag_id: str, name: str, at: datetime, until: datetime) -> None:
    """The flag is the person's, and what they had before is free: a person has one at most.

    The caller has seen to it that nobody else is at it, and called `one_at_a_time`.
    """
    free = {"claimed_by": None, "claimed_at": None, "lease_until": None}
    session.execute(update(QueueRow).where(QueueRow.claimed_by == name).values(free))
    own = {"claimed_by": name, "claimed_at": at, "lease_until": until}
    session.execute(update(QueueRow).where(QueueRow.flag_id == flag_id).values(own))


def _locked(session: Session, flag_id: str) -> QueueRow | None:
    asked = select(QueueRow).where(QueueRow.flag_id == flag_id)
    return session.scalars(asked.with_for_update().execution_options(populate_existing=True)).one_or_none()
