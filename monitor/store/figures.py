"""Counts over a whole workspace: what was flagged and decided, what waits, and how much was heard and seen."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, case, distinct, func, or_, select

from monitor.rules import Severity
from monitor.store.china_days import china_day
from monitor.store.questions import Questions
from monitor.store.queue_tables import QueueRow
from monitor.store.queueing import MOST_SEVERE_FIRST
from monitor.store.tables import DONE, FlagRow, GapRow, HitRow, StreamRow, ViolationRow
from monitor.store.verdicts import Decision, Stage

SCANNED_AT = func.coalesce(StreamRow.ended_at, StreamRow.touched_at)
"""When a stream's flags came up: its scan's end, or its last sign of life."""
_VERY_SERIOUS = MOST_SEVERE_FIRST.index(Severity.VERY_SERIOUS)
_DECISIONS = (Decision.CONFIRMED, Decision.DISMISSED, Decision.UNDECIDED)


@dataclass(frozen=True, slots=True)
class Period:
    """Half open; None is without bound. Times have a zone."""

    since: datetime | None = None
    until: datetime | None = None

    def holds(self, column: Any) -> list[ColumnElement[bool]]:
        """What a column's value fulfils that lies within."""
        bounds = [] if self.since is None else [column >= self.since]
        return bounds if self.until is None else [*bounds, column < self.until]


@dataclass(frozen=True, slots=True)
class DayCount:
    """Flags of one scheme that came up on one day."""

    day: str
    """ISO date in China."""
    scheme: str
    flags: int


@dataclass(frozen=True, slots=True)
class Waiting:
    """Flags of one stage and severity that wait."""

    stage: Stage
    severity: Severity
    flags: int
    overdue: int
    oldest_at: datetime


@dataclass(frozen=True, slots=True)
class Tally:
    """How closed flags were decided."""

    confirmed: int = 0
    dismissed: int = 0
    undecided: int = 0

    @property
    def decided(self) -> int:
        """Those that say something about precision."""
        return self.confirmed + self.dismissed


@dataclass(frozen=True, slots=True)
class TermTally:
    """The same of the flags that rest on one term; a flag with several counts for each."""

    scheme: str
    term: str
    tally: Tally


@dataclass(frozen=True, slots=True)
class Coverage:
    """The shown streams of a period."""

    states: dict[str, int]
    """How many in which state."""
    whole_ms: int
    """Length of those that were scanned to their end."""
    heard_ms: int
    seen_ms: int
    part_ms: int
    """How far the others were read."""


@dataclass(frozen=True, slots=True)
class LostTime:
    """Gaps with one reason in shown streams of a period."""

    sense: str
    reason: str
    gaps: int
    streams: int
    lost_ms: int


class StoredFigures:
    """Questions of the overview. Every method raises WorkspaceError when the database cannot be read."""

    def __init__(self, store: Questions) -> None:
        self._database = store._database

    def flagged(self, period: Period) -> list[DayCount]:
        """Flags by the day on which they came up and by scheme, in this order. Candidates are none."""
        day = china_day(QueueRow.flagged_at)
        asked = select(day, QueueRow.scheme, func.count()).where(
            QueueRow.present, *period.holds(QueueRow.flagged_at)
        )  # fmt: skip
        with self._database.reading() as session:
            found = session.execute(asked.group_by(day, QueueRow.scheme)).all()
        return sorted((DayCount(*row) for row in found), key=lambda one: (one.day, one.scheme))

    def first_day(self) -> datetime | None:
        """When the first flag came up."""
        with self._database.reading() as session:
            return session.scalar(select(func.min(QueueRow.flagged_at)))

    def waiting(self, overdue_before: datetime, very_serious_before: datetime) -> list[Waiting]:
        """What is not closed, by stage and severity: the most severe first. Flags that came up before the given times
        are overdue; those that are very serious have a time of their own."""
        overdue = or_(
            QueueRow.flagged_at < overdue_before,
            and_(QueueRow.severity_rank == _VERY_SERIOUS, QueueRow.flagged_at < very_serious_before),
        )
        asked = (
            select(
                QueueRow.stage, QueueRow.severity_rank, func.count(), func.sum(case((overdue, 1), else_=0)),
                func.min(QueueRow.flagged_at),
            )
            .where(QueueRow.open)
            .group_by(QueueRow.stage, QueueRow.severity_rank)
        )  # fmt: skip
        with self._database.reading() as session:
            found = session.execute(asked).all()
        order = list(Stage)
        return sorted(
            (
                Waiting(Stage(stage), MOST_SEVERE_FIRST[rank], flags, int(late), oldest_at)
                for stage, rank, flags, late, oldest_at in found
            ),
            key=lambda one: (order.index(one.stage), MOST_SEVERE_FIRST.index(one.severity)),
        )

    def decided(self, period: Period) -> dict[str, Tally]:
        """How the closed ones of the flags that came up in the period were decided, by scheme."""
        asked = (
            select(QueueRow.scheme, QueueRow.decision, func.count())
            .where(QueueRow.decision.is_not(None), *period.holds(QueueRow.flagged_at))
            .group_by(QueueRow.scheme, QueueRow.decision)
        )
        with self._database.reading() as session:
            found = session.execute(asked).all()
        return _tallies(((scheme,), decision, flags) for scheme, decision, flags in found)

    def terms(self, period: Period) -> list[TermTally]:
        """The same by scheme and term. It takes a third of a second for a hundred thousand flags."""
        asked = (
            select(QueueRow.scheme, HitRow.term, QueueRow.decision, func.count(distinct(QueueRow.flag_id)))
            .select_from(QueueRow)
            .join(FlagRow, FlagRow.flag_id == QueueRow.flag_id)
            .join(ViolationRow, ViolationRow.flag_row == FlagRow.id)
            .join(HitRow, HitRow.violation_row == ViolationRow.id)
            .where(QueueRow.decision.is_not(None), *period.holds(QueueRow.flagged_at))
            .group_by(QueueRow.scheme, HitRow.term, QueueRow.decision)
        )
        with self._database.reading() as session:
            found = session.execute(asked).all()
        tallies = _tallies(((scheme, term), decision, flags) for scheme, term, decision, flags in found)
        return [TermTally(scheme, term, tally) for (scheme, term), tally in sorted(tallies.items())]

    def coverage(self, period: Period) -> Coverage:
        """Of the streams whose scan ended in the period."""
        asked = (
            select(
                StreamRow.state, func.count(), func.sum(StreamRow.end_ms), func.sum(StreamRow.heard_ms),
                func.sum(StreamRow.seen_ms), func.sum(StreamRow.reached_ms),
            )
            .where(StreamRow.shown, *period.holds(SCANNED_AT))
            .group_by(StreamRow.state)
        )  # fmt: skip
        with self._database.reading() as session:
            found = {state: (streams, *map(int, sums)) for state, streams, *sums in session.execute(asked)}
        done = found.get(DONE, (0, 0, 0, 0, 0))
        return Coverage(
            states={state: row[0] for state, row in sorted(found.items())},
            whole_ms=done[1],
            heard_ms=done[2],
            seen_ms=done[3],
            part_ms=sum(row[4] for state, row in found.items() if state != DONE),
        )

    def lost(self, period: Period) -> list[LostTime]:
        """Gaps by sense and reason, as scans wrote it."""
        asked = (
            select(
                GapRow.sense, GapRow.reason, func.count(), func.count(distinct(GapRow.stream_id)),
                func.sum(GapRow.end_ms - GapRow.start_ms),
            )
            .join(StreamRow, GapRow.stream_id == StreamRow.id)
            .where(StreamRow.shown, *period.holds(SCANNED_AT))
            .group_by(GapRow.sense, GapRow.reason)
        )  # fmt: skip
        with self._database.reading() as session:
            found = session.execute(asked).all()
        return sorted(
            (LostTime(sense, reason, gaps, streams, int(lost_ms)) for sense, reason, gaps, streams, lost_ms in found),
            key=lambda one: (-one.lost_ms, one.sense, one.reason),
        )


def _tallies(rows: Iterable[tuple[Any, str | None, int]]) -> dict[Any, Tally]:
    counts: defaultdict[Any, dict[str | None, int]] = defaultdict(dict)
    for key, decision, flags in rows:
        counts[key if len(key) > 1 else key[0]][decision] = flags
    return {key: Tally(*(own.get(decision.value, 0) for decision in _DECISIONS)) for key, own in counts.items()}
