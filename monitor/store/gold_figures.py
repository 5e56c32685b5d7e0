"""What was answered about gold flags, for those who look after reviewers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Integer, case, cast, func, select

from monitor.rules import Severity
from monitor.store.figures import Period
from monitor.store.gold_tables import GoldAnswerRow, GoldFlagRow
from monitor.store.questions import Questions
from monitor.store.queue_tables import QueueRow
from monitor.store.queueing import MOST_SEVERE_FIRST
from monitor.store.verdicts import Decision


@dataclass(frozen=True, slots=True)
class GoldAnswer:
    """One answer that stands, and what was known when it was given."""

    flag_id: str
    reviewer: str
    """Login."""
    at: datetime
    decision: Decision
    severity: Severity | None
    """Of a confirmation, where it is another than the computed one; so is the other."""
    expected: Decision
    expected_severity: Severity | None


@dataclass(frozen=True, slots=True)
class GoldFlag:
    """One gold flag, and how it was answered ever since."""

    flag_id: str
    scheme: str
    severity: Severity
    """As computed."""
    decision: Decision | None
    """The known one; None while the flag is not closed (any more), or is not there: then nobody gets it."""
    marked_by: str
    """Login."""
    marked_at: datetime
    stances: int
    """Answers that confirm or dismiss."""
    agreed: int


class StoredGold:
    """Every method raises WorkspaceError when the database cannot be read."""

    def __init__(self, store: Questions) -> None:
        self._database = store._database

    def answers(self, period: Period) -> list[GoldAnswer]:
        """Those that were given in the period, the newest first."""
        row = GoldAnswerRow
        asked = select(
            row.flag_id, row.reviewer, row.at, row.decision, row.severity, row.expected, row.expected_severity
        ).where(row.withdrawn_at.is_(None), *period.holds(row.at))
        with self._database.reading() as session:
            return [
                GoldAnswer(
                    flag_id, reviewer, at, Decision(decision), _severity(severity), Decision(expected),
                    _severity(expected_severity),
                )
                for flag_id, reviewer, at, decision, severity, expected, expected_severity in session.execute(
                    asked.order_by(row.at.desc(), row.id.desc())
                )
            ]  # fmt: skip

    def flags(self) -> list[GoldFlag]:
        """All there are, the newest first."""
        row = GoldAnswerRow
        stance = row.decision.in_([Decision.CONFIRMED.value, Decision.DISMISSED.value])
        counts = (
            select(
                row.flag_id, func.count().label("stances"),
                cast(func.sum(case((row.decision == row.expected, 1), else_=0)), Integer).label("agreed"),
            )
            .where(row.withdrawn_at.is_(None), stance)
            .group_by(row.flag_id)
            .subquery()
        )  # fmt: skip
        asked = (
            select(GoldFlagRow, QueueRow.scheme, QueueRow.severity_rank, QueueRow.decision, counts.c.stances,
                   counts.c.agreed)
            .outerjoin(QueueRow, QueueRow.flag_id == GoldFlagRow.flag_id)
            .outerjoin(counts, counts.c.flag_id == GoldFlagRow.flag_id)
            .order_by(GoldFlagRow.marked_at.desc(), GoldFlagRow.id.desc())
        )  # fmt: skip
        with self._database.reading() as session:
            return [
                GoldFlag(
                    flag_id=flag.flag_id,
                    scheme=scheme or "",
                    severity=MOST_SEVERE_FIRST[rank or 0],
                    decision=None if decision is None else Decision(decision),
                    marked_by=flag.marked_by,
                    marked_at=flag.marked_at,
                    stances=stances or 0,
                    agreed=agreed or 0,
                )
                for flag, scheme, rank, decision, stances, agreed in session.execute(asked)
            ]


def _severity(value: str | None) -> Severity | None:
    return None if value is None else Severity(value)
