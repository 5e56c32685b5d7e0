"""Counts of who decided how, and the events of flags on which several people decided or one changed their mind."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from operator import attrgetter
from typing import Any

from sqlalchemy import Integer, and_, func, or_, select, true
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from monitor.store.china_days import china_day
from monitor.store.figures import Period
from monitor.store.questions import Questions
from monitor.store.review_tables import VerdictRow
from monitor.store.verdicts import VERDICTS, Decision, Round


@dataclass(frozen=True, slots=True)
class DayOfWork:
    """How often one person said one thing in one round on one day in China."""

    day: str
    reviewer: str
    round: Round
    decision: Decision
    events: int


@dataclass(frozen=True, slots=True)
class ReviewEvent:
    """One event of a flag's review, as far as counting needs it."""

    reviewer: str
    round: Round
    decision: Decision
    day: str
    within: bool
    """It is of the period."""


class seconds_between(FunctionElement[int]):  # noqa: N801 - it stands in statements as a function does
    """From the second time to the first, in whole seconds."""

    type = Integer()
    inherit_cache = True


@compiles(seconds_between, "sqlite")
def _sqlite(element: seconds_between, compiler: SQLCompiler, **more: Any) -> str:
    later, earlier = (compiler.process(one, **more) for one in element.clauses)
    return f"CAST(round((julianday({later}) - julianday({earlier})) * 86400) AS INTEGER)"


@compiles(seconds_between, "postgresql")
def _postgresql(element: seconds_between, compiler: SQLCompiler, **more: Any) -> str:
    later, earlier = (compiler.process(one, **more) for one in element.clauses)
    return f"CAST(round(EXTRACT(EPOCH FROM ({later} - {earlier}))) AS INTEGER)"


class StoredQuality:
    """Questions of quality. Every method raises WorkspaceError when the database cannot be read."""

    def __init__(self, store: Questions) -> None:
        self._database = store._database

    def by_day(self, period: Period) -> list[DayOfWork]:
        """All events of the period, those that were taken back and what took them back among them."""
        # The label keeps PostgreSQL from taking the grouped expression for another one than the selected.
        day = china_day(VerdictRow.at).label("day")
        asked = (
            select(day, VerdictRow.reviewer, VerdictRow.round, VerdictRow.decision, func.count())
            .where(*period.holds(VerdictRow.at))
            .group_by("day", VerdictRow.reviewer, VerdictRow.round, VerdictRow.decision)
        )
        with self._database.reading() as session:
            found = session.execute(asked).all()
        return sorted(
            (DayOfWork(day, who, Round(place), Decision(said), many) for day, who, place, said, many in found),
            key=lambda one: (one.day, one.reviewer, one.round, one.decision),
        )

    def contested(self, period: Period) -> Iterator[list[ReviewEvent]]:
        """All events of each flag on which the period has one of a later round, or one of its decisions was taken
        back since; in order."""
        later = and_(VerdictRow.round != Round.FIRST, *period.holds(VerdictRow.at))
        # What takes a decision of the period back may come after its end.
        taken_back = and_(VerdictRow.decision == Decision.WITHDRAWN, *Period(period.since).holds(VerdictRow.at))
        flags = select(VerdictRow.flag_id).where(or_(later, taken_back))
        asked = (
            select(
                VerdictRow.flag_id, VerdictRow.reviewer, VerdictRow.round, VerdictRow.decision,
                china_day(VerdictRow.at).label("day"), and_(true(), *period.holds(VerdictRow.at)).label("within"),
            )
            .where(VerdictRow.flag_id.in_(flags))
            .order_by(VerdictRow.flag_id, VerdictRow.position)
        )  # fmt: skip
        with self._database.reading() as session:
            found = session.execute(asked).all()
        rounds, decisions = {one.value: one for one in Round}, {one.value: one for one in Decision}
        for _, rows in groupby(found, key=attrgetter("flag_id")):
            yield [
                ReviewEvent(row.reviewer, rounds[row.round], decisions[row.decision], row.day, bool(row.within))
                for row in rows
            ]

    def paces(self, period: Period, longest_s: int) -> dict[str, dict[int, int]]:
        """By person: how many decisions came so many seconds after the same person's act before it, in the period.

        Only gaps of at most `longest_s`: longer ones were a pause. Several dismissed in one go are no decision here.
        """
        before = func.lag(VerdictRow.at).over(partition_by=VerdictRow.reviewer, order_by=(VerdictRow.at, VerdictRow.id))
        acts = (
            select(
                VerdictRow.reviewer, VerdictRow.decision, VerdictRow.batch,
                seconds_between(VerdictRow.at, before).label("gap_s"),
            )
            .where(*period.holds(VerdictRow.at))
            .subquery()
        )  # fmt: skip
        asked = (
            select(acts.c.reviewer, acts.c.gap_s, func.count())
            .where(acts.c.gap_s.between(0, longest_s), acts.c.decision.in_(VERDICTS), acts.c.batch == "")
            .group_by(acts.c.reviewer, acts.c.gap_s)
        )
        found: dict[str, dict[int, int]] = {}
        with self._database.reading() as session:
            for reviewer, gap_s, many in session.execute(asked):
                found.setdefault(reviewer, {})[gap_s] = many
        return found
