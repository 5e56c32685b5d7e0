"""Who is at which flag of the queue. Each function is part of one writing transaction."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import ColumnElement, Select, or_, select, update
from sqlalchemy.orm import Session

from monitor.audit import Act, Entry
from monitor.store.account_tables import AccountRow
from monitor.store.auditing import append_in
from monitor.store.gold_given import hidden_from
from monitor.store.leases import hand_lease, one_at_a_time
from monitor.store.queue_filter import Filter
from monitor.store.queue_listing import IN_TURN, matching, takeable
from monitor.store.queue_tables import QueueRow
from monitor.store.verdicts import Round, Stage

_FREE = {"claimed_by": None, "claimed_at": None, "lease_until": None}


@dataclass(frozen=True, slots=True)
class Claim:
    """A flag that is a person's to decide about, until its lease ends."""

    flag_id: str
    round: Round
    by: str
    """Login."""
    until: datetime
    """When others may take it, unless there is a sign of life before."""
    seen: int
    """How many events its review had: who decides says so."""
    gold: bool = False
    """Its answer is known already. Never shown to who decides."""


class Why(StrEnum):
    """Why a flag is not the person's to take or keep."""

    UNKNOWN = "unknown"
    CLOSED = "closed"
    STAGE = "stage"
    """Its stage is for others."""
    DECIDED = "decided"
    """The person decided about it in another round."""
    TAKEN = "taken"
    """Somebody else is at it."""
    LOST = "lost"
    """It was the person's no longer, and nobody is at it now."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """Nothing was changed."""

    why: Why
    shown: str = ""
    """Who is at it, as colleagues read it."""
    until: datetime | None = None
    """When their lease ends."""


def claim_next(
    session: Session,
    chosen: Filter,
    name: str,
    stages: Collection[Stage],
    *,
    skipped: Collection[str],
    at: datetime,
    until: datetime,
) -> Claim | None:
    """The first free flag in turn that the person may decide about; what they had before is free, and may be it."""
    one_at_a_time(session, name)
    let_go(session, name)
    found = session.execute(
        update(QueueRow)
        .where(QueueRow.id == first_free(chosen, name, stages, skipped, at).scalar_subquery())
        .values(claimed_by=name, claimed_at=at, lease_until=until)
        .returning(QueueRow.flag_id, QueueRow.stage, QueueRow.events)
        .execution_options(synchronize_session=False)
    ).first()
    return None if found is None else Claim(found.flag_id, Round(found.stage), name, until, found.events)


def first_free(
    chosen: Filter, name: str, stages: Collection[Stage], skipped: Collection[str], at: datetime
) -> Select[int]:
    """Its row's number. In PostgreSQL what others are just taking is passed over instead of waited for."""
    asked = select(QueueRow.id).where(*matching(chosen), takeable(name, stages), is_free(at))
    if skipped:
        asked = asked.where(QueueRow.flag_id.not_in(list(skipped)))
    return asked.order_by(*IN_TURN).limit(1).with_for_update(skip_locked=True)


def is_free(at: datetime) -> ColumnElement[bool]:
    """What holds of rows that nobody is at."""
    return or_(QueueRow.claimed_by.is_(None), QueueRow.lease_until <= at)


def let_go(session: Session, name: str) -> None:
    """What the person was at is free."""
    session.execute(update(QueueRow).where(QueueRow.claimed_by == name).values(_FREE))


def claim(
    session: Session,
    flag_id: str,
    name: str,
    stages: Collection[Stage],
    *,
    at: datetime,
    until: datetime,
    take_over: bool = False,
) -> Claim | Refusal:
    """This very flag; a closed one as a gold flag, if the person owes an answer to it. `take_over`: whoever is at it;
    that is logged.

    The caller holds `review_rows.alone`: here alone a claim waits for a row while it has another.
    """
    one_at_a_time(session, name)
    asked = select(QueueRow).where(QueueRow.flag_id == flag_id).with_for_update()
    row = session.scalars(asked.execution_options(populate_existing=True)).one_or_none()
    if row is None:
        return Refusal(Why.UNKNOWN)
    gold = not row.open
    stage = hidden_from(session, name).get(flag_id, Stage.CLOSED) if gold else Stage(row.stage)
    if stage is Stage.CLOSED:
        return Refusal(Why.CLOSED)
    if stage is Stage.SECOND if gold else name in (row.first_by, row.second_by):
        return Refusal(Why.DECIDED)
    events, other = row.events, _other(row.claimed_by, row.lease_until, name, at)
    if stage not in stages:
        return Refusal(Why.STAGE)
    if other is not None and not take_over:
        return Refusal(Why.TAKEN, _shown(session, other), row.lease_until)
    if row.claimed_by == name:
        row.lease_until = until
    else:
        hand_lease(session, flag_id, name, at, until)
    session.flush()
    if other is not None:
        append_in(session, Entry(at, name, Act.CLAIM, flag_id, {"taken_from": other, "round": stage.value}))
    return Claim(flag_id, Round(stage.value), name, until, events, gold)


def prolong(session: Session, flag_id: str, name: str, *, at: datetime, until: datetime) -> Claim | Refusal:
    """A sign of life. A lease that has ended goes on if nobody took the flag meanwhile."""
    own = update(QueueRow).where(QueueRow.flag_id == flag_id, QueueRow.claimed_by == name)
    found = session.execute(own.values(lease_until=until).returning(QueueRow.stage, QueueRow.events)).first()
    if found is not None:
        # A closed flag is somebody's as a gold flag alone.
        gold = found.stage == Stage.CLOSED
        return Claim(flag_id, Round.FIRST if gold else Round(found.stage), name, until, found.events, gold)
    asked = select(QueueRow.claimed_by, QueueRow.lease_until).where(QueueRow.flag_id == flag_id)
    row = session.execute(asked).first()
    other = None if row is None else _other(row.claimed_by, row.lease_until, name, at)
    if row is None or other is None:
        return Refusal(Why.LOST)
    return Refusal(Why.TAKEN, _shown(session, other), row.lease_until)


def release(session: Session, flag_id: str, name: str) -> None:
    """The flag is free, if it was the person's."""
    own = update(QueueRow).where(QueueRow.flag_id == flag_id, QueueRow.claimed_by == name)
    session.execute(own.values(_FREE))


def _other(claimed_by: str | None, lease_until: datetime | None, name: str, at: datetime) -> str | None:
    """Who else is at a flag with this claim."""
    if claimed_by in (None, name) or lease_until is None or lease_until <= at:
        return None
    return claimed_by


def _shown(session: Session, login: str) -> str:
    return session.scalar(select(AccountRow.shown).where(AccountRow.login == login)) or login
