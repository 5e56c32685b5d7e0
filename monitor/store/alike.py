"""Flags that wait for their first decision for the same words, and what a person decided last."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from monitor.store.queue_tables import QueueRow
from monitor.store.review_rows import verdict_record
from monitor.store.review_tables import VerdictRow
from monitor.store.verdicts import VERDICTS, Stage, Verdict


@dataclass(frozen=True, slots=True)
class AlikeFlag:
    """One that waits."""

    flag_id: str
    events: int
    """Of its review, all taken back."""
    platform: str
    creator: str
    room: str
    happened_at: datetime
    score: float


@dataclass(frozen=True, slots=True)
class PastAct:
    """What a person did in one go."""

    place: tuple[int, int]
    """Where it stands among the person's acts: what is newer is greater."""
    verdicts: list[Verdict]
    """At least one."""
    answer: int | None = None
    """Number of the answer about a gold flag that it was, of which the flag's review knows nothing."""
    withdrawn: bool = False
    """The answer was taken back."""


def alike(session: Session, flag_id: str, *, name: str, at: datetime, most: int) -> list[AlikeFlag]:
    """Flags of the same scheme and the same raw words as this one, itself included, that wait for their first decision
    and that nobody but `name` is at; those that wait longest first."""
    cause = select(QueueRow.cause).where(QueueRow.flag_id == flag_id).scalar_subquery()
    row = QueueRow
    asked = (
        select(row.flag_id, row.events, row.platform, row.creator, row.room, row.happened_at, row.score)
        .where(row.cause == cause, row.open, row.present, row.stage == Stage.FIRST.value)
        .where(or_(row.claimed_by.is_(None), row.claimed_by == name, row.lease_until <= at))
        .order_by(row.flagged_at, row.start_ms, row.flag_id)
        .limit(most)
    )
    return [AlikeFlag(*found) for found in session.execute(asked)]


def last_acts(session: Session, reviewer: str, most: int) -> list[PastAct]:
    """The last decisions of a person, newest first, taken back or not; what was decided in one go is one act."""
    asked = select(VerdictRow).where(
        VerdictRow.reviewer == reviewer, VerdictRow.decision.in_([decision.value for decision in VERDICTS])
    )
    acts: list[PastAct] = []
    for row in session.scalars(asked.order_by(VerdictRow.id.desc()).execution_options(yield_per=50)):
        one = verdict_record(row)
        if acts and one.batch and acts[-1].verdicts[0].batch == one.batch:
            acts[-1].verdicts.append(one)
        elif len(acts) == most:
            break
        else:
            acts.append(PastAct((row.id, 0), [one]))
    return acts
