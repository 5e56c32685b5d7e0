"""Streams as people see them: a list of many with their counts, and all that is drawn of one."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, func, or_, select
from sqlalchemy.orm import Session

from monitor.records import Channel
from monitor.store import rows
from monitor.store.claims import is_alive
from monitor.store.columns import storable
from monitor.store.figures import SCANNED_AT
from monitor.store.questions import Questions
from monitor.store.queue_tables import QueueRow
from monitor.store.review_rows import events_of
from monitor.store.rounds import state_of
from monitor.store.stream_records import (
    Condition,
    Order,
    StreamChoice,
    StreamFlag,
    StreamLine,
    StreamList,
    WholeStream,
)
from monitor.store.tables import DONE, FAILED, RUNNING, STOPPED, CueRow, FlagRow, GapRow, PartRow, StreamRow

GIVEN_UP_AFTER = 3
"""A recording that failed so often is not tried again by itself: `scan.planning.MOST_FAILURES`; a test compares."""
_NONE = (0, 0)
BEGAN = func.coalesce(StreamRow.started_at, StreamRow.begun_at)


class StoredStreams:
    """Questions of the pages of streams. Every method raises WorkspaceError when the database cannot be read."""

    def __init__(self, store: Questions) -> None:
        self._database = store._database

    def page(self, choice: StreamChoice, order: Order, *, first: int, limit: int, now: datetime) -> StreamList:
        """`limit` streams from the `first` on, of those that people see."""
        chosen = select(StreamRow.id).where(*_fulfils(choice))
        asked = _lines().where(*_fulfils(choice))
        with self._database.reading() as session:
            total = session.scalar(select(func.count()).select_from(chosen.subquery())) or 0
            if order is Order.MOST_FLAGS:
                flags = (
                    select(QueueRow.stream_id, func.count().label("flags"))
                    .where(QueueRow.present)
                    .group_by(QueueRow.stream_id)
                    .subquery()
                )
                asked = asked.outerjoin(flags, flags.c.stream_id == StreamRow.id)
                asked = asked.order_by(func.coalesce(flags.c.flags, 0).desc())
            elif order is Order.LEAST_COVERED:
                asked = asked.order_by(_covered_share())
            found = session.execute(asked.order_by(BEGAN.desc(), StreamRow.id.desc()).offset(first).limit(limit)).all()
            lines = _with_counts(session, found, now)
        return StreamList(tuple(lines), total)

    def platforms(self) -> list[str]:
        """Those of the streams that people see."""
        asked = select(StreamRow.platform).where(StreamRow.shown).distinct()
        with self._database.reading() as session:
            return sorted(session.scalars(asked))

    def whole(self, stream_id: int, *, stretches: int, now: datetime) -> WholeStream | None:
        """One stream, its comments counted in so many stretches of one length; None for a number that is none."""
        with self._database.reading() as session:
            found = session.execute(_lines().where(StreamRow.id == stream_id)).all()
            if not found:
                return None
            line = _with_counts(session, found, now)[0]
            length_ms = max(line.end_ms, line.reached_ms)
            stretch_ms = max(1, -(-length_ms // stretches))
            return WholeStream(
                line=line,
                files=tuple(session.scalars(
                    select(PartRow.path).where(PartRow.stream_id == stream_id, PartRow.kind == "media")
                    .order_by(PartRow.position)
                )),
                flags=tuple(_flags(session, stream_id)),
                gaps=tuple(map(rows.gap_record, session.scalars(
                    select(GapRow).where(GapRow.stream_id == stream_id).order_by(GapRow.start_ms, GapRow.id)
                ))),
                comments=tuple(_comments(session, stream_id, stretch_ms)),
                stretch_ms=stretch_ms,
                newer=session.scalar(
                    select(StreamRow.id).where(
                        StreamRow.stream_key == line.stream_key, StreamRow.shown, StreamRow.id != stream_id
                    )
                ),
            )  # fmt: skip


def _lines() -> Select[*tuple[Any, ...]]:
    return select(
        StreamRow.id, StreamRow.stream_key, StreamRow.room, StreamRow.source, StreamRow.platform, StreamRow.creator,
        BEGAN.label("began_at"), StreamRow.started_at, SCANNED_AT.label("scanned_at"), StreamRow.state, StreamRow.owner,
        StreamRow.touched_at, StreamRow.problem, StreamRow.failures, StreamRow.end_ms, StreamRow.reached_ms,
        StreamRow.heard_ms, StreamRow.seen_ms,
    )  # fmt: skip


def _fulfils(choice: StreamChoice) -> list[ColumnElement[bool]]:
    asked: list[ColumnElement[bool]] = [StreamRow.shown.is_(True), *choice.period.holds(SCANNED_AT)]
    if choice.platform:
        asked.append(StreamRow.platform == choice.platform)
    if choice.creator is not None:
        asked.append(StreamRow.creator == choice.creator)
    if choice.conditions:
        asked.append(or_(*map(_is, choice.conditions)))
    if choice.with_gaps:
        asked.append(or_(StreamRow.heard_ms < StreamRow.end_ms, StreamRow.seen_ms < StreamRow.end_ms))
    for word in storable(choice.words).split():
        columns = (StreamRow.creator, StreamRow.room, StreamRow.source)
        asked.append(or_(*(column.icontains(word, autoescape=True) for column in columns)))
    return asked


def _is(condition: Condition) -> ColumnElement[bool]:
    """Whether a stream is in the condition, as far as the database knows: it cannot ask whether a process lives."""
    if condition is Condition.GIVEN_UP:
        return and_(StreamRow.state == FAILED, StreamRow.failures >= GIVEN_UP_AFTER)
    if condition is Condition.FAILED:
        return and_(StreamRow.state == FAILED, StreamRow.failures < GIVEN_UP_AFTER)
    if condition is Condition.INTERRUPTED:
        return StreamRow.state == RUNNING
    return StreamRow.state == condition.value


def _condition(row: Any, now: datetime) -> Condition:
    if row.state == RUNNING:
        return Condition.RUNNING if is_alive(row.owner, row.touched_at, now) else Condition.INTERRUPTED
    if row.state == FAILED:
        return Condition.GIVEN_UP if row.failures >= GIVEN_UP_AFTER else Condition.FAILED
    return {DONE: Condition.DONE, STOPPED: Condition.STOPPED}.get(row.state, Condition.FAILED)


def _covered_share() -> Any:
    """The smaller of the shares heard and seen; a stream that was not scanned to its end has none."""
    least = case((StreamRow.heard_ms < StreamRow.seen_ms, StreamRow.heard_ms), else_=StreamRow.seen_ms)
    return case((StreamRow.end_ms > 0, least * 1.0 / StreamRow.end_ms), else_=0.0)


def _with_counts(session: Session, found: Sequence[Any], now: datetime) -> list[StreamLine]:
    ids = [row.id for row in found]
    flags: dict[int, tuple[int, int]] = {
        stream_id: (count, int(waiting))
        for stream_id, count, waiting in session.execute(
            select(QueueRow.stream_id, func.count(), func.sum(case((QueueRow.open, 1), else_=0)))
            .where(QueueRow.stream_id.in_(ids), QueueRow.present)
            .group_by(QueueRow.stream_id)
        )
    }
    lost = select(GapRow.stream_id, func.count()).where(GapRow.stream_id.in_(ids)).group_by(GapRow.stream_id)
    gaps: dict[int, int] = {stream_id: count for stream_id, count in session.execute(lost)}  # noqa: C416
    return [
        StreamLine(
            stream_id=row.id,
            stream_key=row.stream_key,
            room=row.room,
            source=row.source,
            platform=row.platform,
            creator=row.creator,
            began_at=row.began_at,
            began_known=row.started_at is not None,
            scanned_at=row.scanned_at,
            condition=_condition(row, now),
            problem=row.problem,
            failures=row.failures,
            end_ms=row.end_ms,
            reached_ms=row.reached_ms,
            heard_ms=row.heard_ms,
            seen_ms=row.seen_ms,
            flags=flags.get(row.id, _NONE)[0],
            open_flags=flags.get(row.id, _NONE)[1],
            gaps=gaps.get(row.id, 0),
        )
        for row in found
    ]


def _flags(session: Session, stream_id: int) -> list[StreamFlag]:
    asked = select(
        FlagRow.flag_id, FlagRow.scheme, FlagRow.severity, FlagRow.score, FlagRow.start_ms, FlagRow.end_ms,
        FlagRow.candidate,
    ).where(FlagRow.stream_id == stream_id)  # fmt: skip
    found = session.execute(asked.order_by(FlagRow.start_ms, FlagRow.flag_id)).all()
    events = events_of(session, [row.flag_id for row in found])
    return [StreamFlag(*row, state_of(events.get(row.flag_id, ()))) for row in found]


def _comments(session: Session, stream_id: int, stretch_ms: int) -> list[tuple[int, int]]:
    stretch = CueRow.start_ms - CueRow.start_ms % stretch_ms
    asked = (
        select(stretch, func.count())
        .where(CueRow.stream_id == stream_id, CueRow.channel == Channel.CHAT.value)
        .group_by(stretch)
    )
    return sorted((int(start_ms), count) for start_ms, count in session.execute(asked))
