"""Which gold flags a person was given, and what they must not notice. Each function is part of one transaction."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from monitor.store.database import pages
from monitor.store.gold_tables import GoldAnswerRow, GoldFlagRow, GoldGivenRow
from monitor.store.queue_tables import QueueRow
from monitor.store.review_rows import events_of
from monitor.store.rounds import state_of
from monitor.store.verdicts import Decision, ReviewState, Stage

KNOWN = (Decision.CONFIRMED, Decision.DISMISSED)
"""What a known answer says of the matter."""
LAST_ANSWERS = 20
"""So many of a person's answers stay hidden, since they could still be taken back and given again."""


def any_marked(session: Session) -> bool:
    return session.scalar(select(GoldFlagRow.id).limit(1)) is not None


def hidden_from(session: Session, name: str) -> dict[str, Stage]:
    """Where gold flags stand as this person is to believe: waiting for the first round while they owe an answer, for
    somebody else's second look when they gave one just now. All others stand as they are."""
    owed = select(GoldGivenRow.flag_id).where(GoldGivenRow.reviewer == name, ~GoldGivenRow.answered)
    told = select(GoldAnswerRow.flag_id).where(GoldAnswerRow.reviewer == name, GoldAnswerRow.withdrawn_at.is_(None))
    found = dict.fromkeys(session.scalars(told.order_by(GoldAnswerRow.id.desc()).limit(LAST_ANSWERS)), Stage.SECOND)
    found |= dict.fromkeys(session.scalars(owed), Stage.FIRST)
    return {flag_id: found[flag_id] for flag_id in _closed(session, list(found))} if found else {}


def owed(session: Session, name: str) -> list[str]:
    """What the person was given and has not answered, in that order."""
    asked = select(GoldGivenRow.flag_id).where(GoldGivenRow.reviewer == name, ~GoldGivenRow.answered)
    return list(session.scalars(asked.order_by(GoldGivenRow.id)))


def known(session: Session, flag_id: str) -> ReviewState | None:
    """The flag's review where it says what is right: closed with a stance, and nobody objects."""
    state = state_of(events_of(session, [flag_id]).get(flag_id, ()))
    return state if state.stage is Stage.CLOSED and state.decision in KNOWN and not state.appealed else None


def give(session: Session, flag_id: str, name: str, at: datetime, before: str) -> None:
    session.add(GoldGivenRow(flag_id=flag_id, reviewer=name, at=at, before=before, answered=False))
    session.flush()


def is_owed(session: Session, flag_id: str, name: str) -> bool:
    asked = select(GoldGivenRow.answered).where(GoldGivenRow.reviewer == name, GoldGivenRow.flag_id == flag_id)
    return session.scalar(asked) is False


def given_before(session: Session, flag_id: str, name: str) -> bool:
    """Whether the person was given a gold flag when it was this one's turn."""
    asked = select(GoldGivenRow.id).where(GoldGivenRow.reviewer == name, GoldGivenRow.before == flag_id)
    return session.scalar(asked.limit(1)) is not None


def set_answered(session: Session, flag_id: str, name: str, answered: bool) -> None:
    own = update(GoldGivenRow).where(GoldGivenRow.reviewer == name, GoldGivenRow.flag_id == flag_id)
    session.execute(own.values(answered=answered))


def _closed(session: Session, flag_ids: Collection[str]) -> Iterator[str]:
    for some in pages(sorted(flag_ids)):
        found = session.execute(select(QueueRow.flag_id, QueueRow.open).where(QueueRow.flag_id.in_(some)))
        yield from (row.flag_id for row in found if not row.open)
