"""Open appeals and what people put on hold, among the queue's rows. Each function is part of one transaction."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from monitor.store.queue_tables import QueueRow
from monitor.store.review_tables import HoldRow
from monitor.store.verdicts import Decision

_OPEN = HoldRow.released_at.is_(None)
_APPEAL = (_OPEN, HoldRow.automatic, HoldRow.why == Decision.APPEALED.value)
"""What holds of the hold that an appeal puts on its flag, and that its answer ends."""
_BY_HAND = (_OPEN, ~HoldRow.automatic)


@dataclass(frozen=True, slots=True)
class AppealsAndHolds:
    """Of flags that stand in the queue, open or closed."""

    appeals: int
    """Which wait for their answer."""
    oldest_appeal_at: datetime | None
    held: int
    """Flags that somebody put on hold."""


def is_appealed() -> ColumnElement[bool]:
    """An appeal against the row's flag waits for its answer."""
    return QueueRow.flag_id.in_(select(HoldRow.flag_id).where(*_APPEAL))


def is_held() -> ColumnElement[bool]:
    """Somebody put the row's flag on hold; what is on hold by what was decided is not meant."""
    return QueueRow.flag_id.in_(select(HoldRow.flag_id).where(*_BY_HAND))


def appeals_and_holds(session: Session) -> AppealsAndHolds:
    appeals = select(func.count(), func.min(HoldRow.put_at)).join(QueueRow, HoldRow.flag_id == QueueRow.flag_id)
    many, oldest_at = session.execute(appeals.where(*_APPEAL)).one()
    held = select(func.count()).select_from(QueueRow).where(is_held())
    return AppealsAndHolds(many, oldest_at, session.scalar(held) or 0)


def appealed_since(session: Session, flag_ids: Collection[str]) -> dict[str, datetime]:
    """Since when the appeals against these flags wait, of those that do."""
    asked = select(HoldRow.flag_id, HoldRow.put_at).where(HoldRow.flag_id.in_(flag_ids), *_APPEAL)
    return {row.flag_id: row.put_at for row in session.execute(asked)}
