"""Looks at the queue: how much waits, and a page of it. Each function is part of one transaction and writes nothing."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta, timezone
from itertools import chain, combinations
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, false, func, or_, select, true, union_all
from sqlalchemy.orm import InstrumentedAttribute, Session

from monitor.records import Channel
from monitor.rules import Severity
from monitor.store.account_tables import AccountRow
from monitor.store.queue_filter import APPEALED, HELD, Filter, Order
from monitor.store.queue_holds import appealed_since, is_appealed, is_held
from monitor.store.queue_tables import QueueRow
from monitor.store.queueing import MOST_SEVERE_FIRST
from monitor.store.tables import StreamRow
from monitor.store.verdicts import Decision, Stage

_CHINA = timezone(timedelta(hours=8))
OPEN = (Stage.FIRST, Stage.SECOND, Stage.FINAL)
_SEVERAL_CHANNELS = tuple(
    frozenset(some)
    for some in chain.from_iterable(combinations(sorted(Channel), count) for count in range(1, len(Channel) + 1))
)
IN_TURN = (QueueRow.severity_rank, QueueRow.flagged_at, QueueRow.start_ms, QueueRow.flag_id)
"""As flags are handed out: the most severe first, of these the oldest, of one scan in the stream's order."""
_NONE: Mapping[str, Stage] = {}
MOST_PART_CHARS = 1000
"""Of what is looked for in a name. SQLite refuses patterns of over 50,000 bytes; nobody types that much of a name."""
_STAGES = frozenset(stage.value for stage in Stage)


@dataclass(frozen=True, slots=True)
class QueuedFlag:
    """One line of the queue, for whoever may look. Who decided what in an earlier round is not told."""

    flag_id: str
    stage: Stage
    severity: Severity
    """As computed."""
    score: float
    scheme: str
    platform: str
    creator: str
    room: str
    channels: tuple[Channel, ...]
    start_ms: int
    happened_at: datetime
    """On air, or found where the stream's start is not known."""
    flagged_at: datetime
    """Since when it waits."""
    present: bool
    """False: a newer scan of its recording does not find it any more."""
    decision: Decision | None
    """Of a closed flag."""
    overdue: bool
    claimed_by: str | None
    """Login of who is at it now."""
    claimed_shown: str
    """The same as colleagues read it; empty when it is free."""
    takeable: bool
    """The person who asks may take it, now or when it is free."""
    appealed_at: datetime | None
    """Since when an appeal waits for its answer."""


@dataclass(frozen=True, slots=True)
class QueuePage:
    rows: list[QueuedFlag]
    total: int
    """All that the filter lets through."""


@dataclass(frozen=True, slots=True)
class QueueCounts:
    """How much waits for a person."""

    waiting: Mapping[Stage, Mapping[Severity, int]] = field(default_factory=dict)
    """Every open stage that the person may decide in, every severity; flags that others are at are counted too."""
    overdue: Mapping[Stage, int] = field(default_factory=dict)
    oldest_at: datetime | None = None
    """Since when the one waits that waits longest."""

    @property
    def total(self) -> int:
        return sum(sum(by_severity.values()) for by_severity in self.waiting.values())


def matching(chosen: Filter) -> list[ColumnElement[bool]]:
    """What holds of the queue's rows that the filter lets through."""
    wanted = [_in_state(chosen.state or [stage.value for stage in OPEN])]
    for column, names in ((QueueRow.platform, chosen.platform), (QueueRow.scheme, chosen.scheme)):
        if names is not None:
            wanted.append(column.in_(names))
    if chosen.creator is not None:
        wanted.append(or_(*map(_by, chosen.creator)))
    if chosen.severity is not None:
        wanted.append(QueueRow.severity_rank.in_([MOST_SEVERE_FIRST.index(one) for one in chosen.severity]))
    if chosen.channel is not None:
        some = [channels for channels in _SEVERAL_CHANNELS if channels & set(chosen.channel)]
        wanted.append(QueueRow.channels.in_([",".join(sorted(channels)) for channels in some]))
    if chosen.min_score is not None:
        wanted.append(QueueRow.score >= chosen.min_score)
    if chosen.max_score is not None:
        wanted.append(QueueRow.score <= chosen.max_score)
    if chosen.since is not None:
        wanted.append(QueueRow.happened_at >= _begin(chosen.since))
    if chosen.until is not None and chosen.until < date.max:
        wanted.append(QueueRow.happened_at < _begin(chosen.until + timedelta(days=1)))
    if chosen.text is not None:
        text = chosen.text[:MOST_PART_CHARS]
        wanted.append(or_(QueueRow.flag_id.startswith(text, autoescape=True), _in_name(StreamRow.room, text)))
    return wanted


def _by(part: str) -> ColumnElement[bool]:
    return _in_name(StreamRow.creator, part[:MOST_PART_CHARS]) if part else QueueRow.creator == ""


def _in_name(name: InstrumentedAttribute[str], part: str) -> ColumnElement[bool]:
    """Names are looked through among streams, of which there are fewer."""
    return QueueRow.stream_id.in_(select(StreamRow.id).where(name.icontains(part, autoescape=True)))


def among(flag_ids: Iterable[str], wanted: Iterable[ColumnElement[bool]]) -> list[ColumnElement[bool]]:
    """What holds of those of these flags' rows of which all of `wanted` does.

    They are looked up by their ids and by nothing else: SQLite, which has no statistics, takes another column's index
    for as good, though nearly all rows may be alike in that.
    """
    return [QueueRow.flag_id.in_(list(flag_ids)), case((and_(true(), *wanted), 1), else_=0) == 1]


def takeable(name: str, stages: Collection[Stage]) -> ColumnElement[bool]:
    """What holds of the rows that the person may decide about in one of the stages: nobody decides about a flag in two
    rounds."""
    return and_(
        QueueRow.open,
        true() if set(stages) == set(OPEN) else QueueRow.stage.in_(sorted(stages)),
        QueueRow.first_by != name,
        QueueRow.second_by != name,
    )


def counts(
    session: Session,
    chosen: Filter,
    name: str,
    stages: Collection[Stage],
    *,
    at: datetime,
    overdue_after: timedelta,
    hidden: Mapping[str, Stage] = _NONE,
) -> QueueCounts:
    """Of what the person may take in these stages. `hidden`: as in `page`."""
    late = case((_is_late(at, overdue_after), 1), else_=0)
    asked = (
        select(
            QueueRow.stage, QueueRow.severity_rank, func.count(), func.sum(late), func.min(QueueRow.flagged_at)
        )
        .where(*matching(chosen), takeable(name, stages))
        .group_by(QueueRow.stage, QueueRow.severity_rank)
    )  # fmt: skip
    waiting = {stage: dict.fromkeys(MOST_SEVERE_FIRST, 0) for stage in OPEN if stage in stages}
    overdue = dict.fromkeys(waiting, 0)
    oldest: list[datetime] = []
    counted = [tuple(row) for row in session.execute(asked)]
    owed = [flag_id for flag_id, stage in hidden.items() if stage is Stage.FIRST]
    if owed and Stage.FIRST in stages and _wants(chosen, Stage.FIRST):
        more = select(QueueRow.severity_rank, late, QueueRow.flagged_at).where(*among(owed, matching(_closed(chosen))))
        counted += [(Stage.FIRST, rank, 1, late_one, first) for rank, late_one, first in session.execute(more)]
    for name_of_stage, rank, many, late_ones, first in counted:
        stage = Stage(name_of_stage)
        waiting[stage][MOST_SEVERE_FIRST[rank]] += many
        overdue[stage] += late_ones
        oldest.append(first)
    return QueueCounts(waiting, overdue, min(oldest, default=None))


def page(
    session: Session,
    chosen: Filter,
    name: str,
    stages: Collection[Stage],
    *,
    order: Order,
    first: int,
    limit: int,
    at: datetime,
    overdue_after: timedelta,
    hidden: Mapping[str, Stage] = _NONE,
) -> QueuePage:
    """Rows from number `first` on, and how many there are; `name` and `stages` of who asks.

    `hidden`: closed flags that stand elsewhere as far as that person is to know.
    """
    wanted = matching(chosen)
    total = session.scalar(select(func.count()).select_from(QueueRow).where(*wanted)) or 0
    # The rows are chosen by an index before what is shown of them is put together.
    numbers = select(QueueRow.id).where(*wanted).order_by(*_sorted(order, QueueRow)).offset(first).limit(limit)
    if hidden:
        elsewhere = [flag_id for flag_id, stage in hidden.items() if _wants(chosen, stage)]
        there = list(session.scalars(select(QueueRow.id).where(*among(elsewhere, matching(_closed(chosen))))))
        gone = list(session.scalars(select(QueueRow.id).where(*among(hidden, wanted))))
        total += len(there) - len(gone)
        parts = (*wanted, QueueRow.id.not_in(gone)), (QueueRow.id.in_(there),)
        numbers = _of_both(parts, order, first + limit).offset(first).limit(limit)
    asked = (
        select(QueueRow, AccountRow.shown, _is_late(at, overdue_after).label("late"))
        .outerjoin(AccountRow, QueueRow.claimed_by == AccountRow.login)
        .where(QueueRow.id.in_(numbers))
        .order_by(*_sorted(order, QueueRow))
    )
    found = session.execute(asked).all()
    appealed = appealed_since(session, [row.flag_id for row, _, _ in found if not row.open])
    return QueuePage(
        [
            _as_known(
                _record(row, shown or "", late, appealed.get(row.flag_id), name, stages, at),
                hidden.get(row.flag_id),
                late=late,
                stages=stages,
            )
            for row, shown, late in found
        ],
        total,
    )


def _as_known(told: QueuedFlag, hidden: Stage | None, *, late: bool, stages: Collection[Stage]) -> QueuedFlag:
    """As it is to who knows where it stands; else as if it stood at the stage `hidden`."""
    if told.stage is not Stage.CLOSED:
        return told
    if hidden is None:  # whoever is at a closed flag has it as a gold flag, which is nobody's business
        return replace(told, claimed_by=None, claimed_shown="")
    takeable = hidden is Stage.FIRST and hidden in stages
    return replace(told, stage=hidden, decision=None, overdue=bool(late), takeable=takeable, appealed_at=None)


def _of_both(parts: Iterable[tuple[ColumnElement[bool], ...]], order: Order, most: int) -> Select[Any]:
    """Numbers of the first rows of which one of these holds, in one order."""
    asked = (select(QueueRow.id, QueueRow.score, *IN_TURN).where(*part) for part in parts)
    # Each by itself is read in its index's order, and no further than is needed.
    few = (select(part.order_by(*_sorted(order, QueueRow)).limit(most).subquery()) for part in asked)
    both = union_all(*few).subquery().c
    return select(both.id).order_by(*_sorted(order, both))


def _sorted(order: Order, rows: Any) -> tuple[Any, ...]:
    """By which columns of the rows they stand in this order."""
    turn = rows.severity_rank, rows.flagged_at, rows.start_ms, rows.flag_id
    if order is Order.NEWEST:
        return tuple(column.desc() for column in turn[1:])
    return {Order.SEVERE: turn, Order.OLDEST: turn[1:], Order.SCORE: (rows.score.desc(), *turn)}[order]


def _wants(chosen: Filter, stage: Stage) -> bool:
    """Whether the filter lets flags of this stage through, as far as that is concerned."""
    return stage.value in (chosen.state or OPEN)


def _closed(chosen: Filter) -> Filter:
    return replace(chosen, state=(Stage.CLOSED.value,))


def _record(
    row: QueueRow,
    shown: str,
    late: bool,
    appealed_at: datetime | None,
    name: str,
    stages: Collection[Stage],
    at: datetime,
) -> QueuedFlag:
    stage = Stage(row.stage)
    claimed_by = row.claimed_by if row.lease_until is not None and row.lease_until > at else None
    return QueuedFlag(
        flag_id=row.flag_id,
        stage=stage,
        severity=MOST_SEVERE_FIRST[row.severity_rank],
        score=row.score,
        scheme=row.scheme,
        platform=row.platform,
        creator=row.creator,
        room=row.room,
        channels=tuple(map(Channel, row.channels.split(","))) if row.channels else (),
        start_ms=row.start_ms,
        happened_at=row.happened_at,
        flagged_at=row.flagged_at,
        present=row.present,
        decision=None if row.decision is None else Decision(row.decision),
        overdue=bool(late) and row.open,
        claimed_by=claimed_by,
        claimed_shown=(shown or claimed_by) if claimed_by else "",
        takeable=row.open and stage in stages and name not in (row.first_by, row.second_by),
        appealed_at=appealed_at,
    )


def _in_state(states: Collection[str]) -> ColumnElement[bool]:
    stages = {Stage(state) for state in states if state in _STAGES}
    decisions = [state.partition(":")[2] for state in states if ":" in state]
    is_open = stages - {Stage.CLOSED}
    ways: list[Any] = []
    if is_open == set(OPEN):
        ways.append(QueueRow.open)
    elif is_open:
        ways.append(and_(QueueRow.open, QueueRow.stage.in_(sorted(is_open))))
    if Stage.CLOSED in stages:
        ways.append(~QueueRow.open)
    elif decisions:
        ways.append(and_(~QueueRow.open, QueueRow.decision.in_(sorted(decisions))))
    if APPEALED in states:
        ways.append(is_appealed())
    if HELD in states:
        ways.append(is_held())
    return or_(false(), *ways)


def _is_late(at: datetime, after: timedelta) -> ColumnElement[bool]:
    """Of what is open: waits for longer than it may; the most severe may wait for a quarter of that."""
    severe = and_(QueueRow.severity_rank == 0, QueueRow.flagged_at < at - after / 4)
    return or_(severe, QueueRow.flagged_at < at - after)


def _begin(day: date) -> datetime:
    try:
        return datetime.combine(day, time.min, _CHINA).astimezone(UTC)
    except OverflowError:  # the first day of all begins in China before it does in UTC
        return datetime.min.replace(tzinfo=UTC)
