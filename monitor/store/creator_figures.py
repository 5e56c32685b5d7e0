"""Creators as people see them: who was flagged how often, and one creator's whole history."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, case, func, or_, select

from monitor.rules import Severity
from monitor.store.china_days import china_day
from monitor.store.columns import storable
from monitor.store.questions import Questions
from monitor.store.queue_tables import QueueRow
from monitor.store.queueing import MOST_SEVERE_FIRST
from monitor.store.stream_figures import BEGAN
from monitor.store.tables import DONE, StreamRow
from monitor.store.verdicts import Decision, Stage

_CLOSED = Stage.CLOSED.value
_COUNTED = or_(QueueRow.present, QueueRow.stage == _CLOSED)
"""A flag that people see, or that was decided about before another scan found it no more."""


@dataclass(frozen=True, slots=True)
class CreatorLine:
    """One creator on one platform: the same name on two may be two people."""

    platform: str
    creator: str
    flags: int
    open: int
    confirmed: int
    dismissed: int
    streams: int
    """That people see."""
    latest_at: datetime | None
    """When the last flag was on air."""


@dataclass(frozen=True, slots=True)
class CreatorDay:
    """Flags of one scheme on one day that stand alike."""

    day: str
    """ISO date in China, of when they were on air; of when they came up where that is not known."""
    scheme: str
    stage: Stage
    decision: Decision | None
    """Of closed ones."""
    flags: int


@dataclass(frozen=True, slots=True)
class CreatorFlag:
    """One of a creator's flags."""

    flag_id: str
    scheme: str
    severity: Severity
    """As computed."""
    happened_at: datetime
    """When it was on air, else when it came up."""
    start_ms: int
    stage: Stage
    decision: Decision | None
    """Of a closed one."""
    stream_id: int | None
    """None where no scan that people see has it any more."""


@dataclass(frozen=True, slots=True)
class Watched:
    """A creator's streams altogether."""

    streams: int
    done: int
    whole_ms: int
    heard_ms: int
    seen_ms: int
    first_at: datetime | None
    last_at: datetime | None


class StoredCreators:
    """Questions of the creators' page. Every method raises WorkspaceError when the database cannot be read."""

    def __init__(self, store: Questions) -> None:
        self._database = store._database

    def lines(self, *, platform: str = "", words: str = "") -> list[CreatorLine]:
        """Every creator who has a stream or a flag that people see, unsorted; those of one platform, and whose name
        holds each of the words, if given."""
        where = _named(QueueRow, platform, words)
        flags = (
            select(
                QueueRow.platform, QueueRow.creator, func.count(), _sum(QueueRow.stage != _CLOSED),
                _sum(QueueRow.decision == Decision.CONFIRMED.value),
                _sum(QueueRow.decision == Decision.DISMISSED.value),
                func.max(QueueRow.happened_at),
            )
            .where(_COUNTED, *where)
            .group_by(QueueRow.platform, QueueRow.creator)
        )  # fmt: skip
        streams = (
            select(StreamRow.platform, StreamRow.creator, func.count())
            .where(StreamRow.shown, *_named(StreamRow, platform, words))
            .group_by(StreamRow.platform, StreamRow.creator)
        )
        with self._database.reading() as session:
            flagged = {(row[0], row[1]): row for row in session.execute(flags)}
            watched = {(own, creator): count for own, creator, count in session.execute(streams)}
        lines = []
        for key in {**watched, **flagged}:
            _, _, count, waiting, confirmed, dismissed, latest_at = flagged.get(key, (*key, 0, 0, 0, 0, None))
            lines.append(
                CreatorLine(*key, count, int(waiting), int(confirmed), int(dismissed), watched.get(key, 0), latest_at)
            )
        return lines

    def days(self, platform: str, creator: str) -> list[CreatorDay]:
        """One creator's flags by the day on which they were on air, in order."""
        day = china_day(QueueRow.happened_at)
        keys = (day, QueueRow.scheme, QueueRow.stage, QueueRow.decision)
        asked = select(*keys, func.count()).where(_COUNTED, *_of(platform, creator)).group_by(*keys)
        with self._database.reading() as session:
            found = session.execute(asked).all()
        return sorted(
            (
                CreatorDay(on, scheme, Stage(stage), None if decision is None else Decision(decision), flags)
                for on, scheme, stage, decision, flags in found
            ),
            key=lambda one: (one.day, one.scheme, one.stage, one.decision or ""),
        )

    def flags(
        self, platform: str, creator: str, states: Collection[Stage | Decision] = (), *, first: int, limit: int
    ) -> list[CreatorFlag]:
        """`limit` of one creator's flags from the `first` on, the newest first; those that wait for one of these stages
        or were decided so, if given."""
        asked = select(
            QueueRow.flag_id, QueueRow.scheme, QueueRow.severity_rank, QueueRow.happened_at, QueueRow.start_ms,
            QueueRow.stage, QueueRow.decision, QueueRow.present, QueueRow.stream_id,
        ).where(_COUNTED, *_of(platform, creator))  # fmt: skip
        if states:
            names = [state.value for state in states]
            asked = asked.where(or_(QueueRow.decision.in_(names), QueueRow.open & QueueRow.stage.in_(names)))
        asked = asked.order_by(QueueRow.happened_at.desc(), QueueRow.flag_id).offset(first).limit(limit)
        with self._database.reading() as session:
            found = session.execute(asked).all()
        return [
            CreatorFlag(
                flag_id=row.flag_id,
                scheme=row.scheme,
                severity=MOST_SEVERE_FIRST[row.severity_rank],
                happened_at=row.happened_at,
                start_ms=row.start_ms,
                stage=Stage(row.stage),
                decision=None if row.decision is None else Decision(row.decision),
                stream_id=row.stream_id if row.present else None,
            )
            for row in found
        ]

    def watched(self, platform: str, creator: str) -> Watched:
        """How much of the creator was watched."""
        asked = select(
            func.count(), _sum(StreamRow.state == DONE), func.sum(StreamRow.end_ms), func.sum(StreamRow.heard_ms),
            func.sum(StreamRow.seen_ms), func.min(BEGAN), func.max(BEGAN),
        ).where(StreamRow.shown, StreamRow.platform == platform, StreamRow.creator == creator)  # fmt: skip
        with self._database.reading() as session:
            streams, done, *times_ms, first_at, last_at = session.execute(asked).one()
        whole_ms, heard_ms, seen_ms = (int(one or 0) for one in times_ms)
        return Watched(streams, int(done or 0), whole_ms, heard_ms, seen_ms, first_at, last_at)


def _of(platform: str, creator: str) -> list[ColumnElement[bool]]:
    return [QueueRow.platform == platform, QueueRow.creator == creator]


def _sum(holds: ColumnElement[bool]) -> Any:
    return func.sum(case((holds, 1), else_=0))


def _named(table: type[QueueRow | StreamRow], platform: str, words: str) -> list[ColumnElement[bool]]:
    asked: list[ColumnElement[bool]] = [table.platform == platform] if platform else []
    return asked + [table.creator.icontains(word, autoescape=True) for word in storable(words).split()]
