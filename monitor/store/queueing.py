"""Keeps the queue equal to what flags and verdicts say. Each function is part of one transaction."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Protocol

from sqlalchemy import case, delete, func, null, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from monitor.rules import Severity
from monitor.store.database import pages
from monitor.store.queue_tables import QueueRow
from monitor.store.review_rows import events_of
from monitor.store.rounds import state_of
from monitor.store.tables import FlagRow, HitRow, StreamRow, ViolationRow
from monitor.store.verdicts import ReviewState, Stage

MOST_SEVERE_FIRST = tuple(reversed(Severity))
"""A severity's place is its rank in the queue."""
_RANKS = {severity.value: rank for rank, severity in enumerate(MOST_SEVERE_FIRST)}
_CLAIM = ("claimed_by", "claimed_at", "lease_until")


class _Found(Protocol):
    """A flag as one scan has it."""

    id: int
    flag_id: str
    candidate: bool
    scheme: str
    platform: str
    creator: str
    severity: str
    score: float
    start_ms: int
    stream_id: int
    shown: bool
    room: str
    started_at: datetime | None
    since: datetime


_FOUND = (
    select(
        FlagRow.id, FlagRow.flag_id, FlagRow.candidate, FlagRow.scheme, FlagRow.platform, FlagRow.creator,
        FlagRow.severity, FlagRow.score, FlagRow.start_ms, FlagRow.stream_id, StreamRow.shown, StreamRow.room,
        StreamRow.started_at,
        func.coalesce(StreamRow.ended_at, StreamRow.touched_at).label("since"),
    )
    .join(StreamRow, FlagRow.stream_id == StreamRow.id)
    # The last of a flag's rows is the one to go by: a flag that people see, else what was found last.
    .order_by(FlagRow.flag_id, StreamRow.shown, FlagRow.candidate.desc(), FlagRow.id)
)  # fmt: skip


def refresh(session: Session, flag_ids: Iterable[str]) -> None:
    """Makes the queue right for these flags, whether they were found, lost or decided about.

    The caller holds `review_rows.alone` from before its own writes, so that nobody decides meanwhile. A claim is void
    when anything was decided about its flag since.
    """
    asked = sorted(set(flag_ids))
    if not asked:
        return
    session.flush()
    for some in pages(asked):
        since = _since(session, some)
        wanted = _wanted(session, some, since)
        gone = since.keys() - wanted.keys()
        if gone:
            session.execute(delete(QueueRow).where(QueueRow.flag_id.in_(sorted(gone))))
        if wanted:
            session.execute(_upsert(session), list(wanted.values()))
    for known in session.identity_map.values():
        if isinstance(known, QueueRow):
            session.expire(known)


def differences(session: Session) -> list[str]:
    """Ids of flags that the queue has otherwise than flags and verdicts say, or has not, or has too much."""
    known = set(session.scalars(select(FlagRow.flag_id))) | set(session.scalars(select(QueueRow.flag_id)))
    columns = [column for column in QueueRow.__table__.columns if column.name not in ("id", *_CLAIM)]
    wrong: list[str] = []
    for some in pages(sorted(known)):
        asked = select(*columns).where(QueueRow.flag_id.in_(some))
        there = {row["flag_id"]: dict(row) for row in session.execute(asked).mappings()}
        wanted = _wanted(session, some, {flag_id: row["flagged_at"] for flag_id, row in there.items()})
        wrong += [flag_id for flag_id in some if wanted.get(flag_id) != there.get(flag_id)]
    return wrong


def cause_of(scheme: str, raw_words: Iterable[str]) -> str:
    """One name for all flags of a scheme that rest on the same words as they were heard, read or typed."""
    return hashlib.sha256("\n".join([scheme, *sorted(set(raw_words))]).encode()).hexdigest()[:32]


def _wanted(session: Session, flag_ids: Sequence[str], since: Mapping[str, datetime]) -> dict[str, dict[str, Any]]:
    """The queue's columns of each of these flags that belongs there, claims left out. `since`: when those that are
    queued already began to wait."""
    found: dict[str, _Found] = {}
    earliest: dict[str, datetime] = {}
    for row in session.execute(_FOUND.where(FlagRow.flag_id.in_(flag_ids))):
        found[row.flag_id] = row
        earliest[row.flag_id] = min(earliest.get(row.flag_id, row.since), row.since)
    events = events_of(session, found)
    states = {flag_id: state_of(events.get(flag_id, ())) for flag_id in found}
    queued = {flag_id: row for flag_id, row in found.items() if _is_queued(row, states[flag_id])}
    hits = _hits(session, [row.id for row in queued.values()])
    waits = {**earliest, **since}
    return {
        flag_id: _columns(row, states[flag_id], hits.get(row.id, ()), waits[flag_id]) for flag_id, row in queued.items()
    }


def _is_queued(row: _Found, state: ReviewState) -> bool:
    return _is_present(row) or state.stage is not Stage.FIRST


def _is_present(row: _Found) -> bool:
    return row.shown and not row.candidate


def _columns(row: _Found, state: ReviewState, hits: Iterable[tuple[str, str]], since: datetime) -> dict[str, Any]:
    hits = tuple(hits)
    on_air = None if row.started_at is None else row.started_at + timedelta(milliseconds=row.start_ms)
    return {
        "flag_id": row.flag_id,
        "present": _is_present(row),
        "open": state.stage is not Stage.CLOSED,
        "stage": state.stage.value,
        "severity_rank": _RANKS[row.severity],
        "stream_id": row.stream_id,
        "flagged_at": since,
        "start_ms": row.start_ms,
        "happened_at": on_air or since,
        "score": row.score,
        "scheme": row.scheme,
        "platform": row.platform,
        "creator": row.creator,
        "room": row.room,
        "channels": ",".join(sorted({channel for channel, _ in hits})),
        "cause": cause_of(row.scheme, (raw for _, raw in hits)),
        "decision": None if state.decision is None else state.decision.value,
        "first_by": state.first_by,
        "second_by": state.second_by,
        "events": state.events,
    }


def _hits(session: Session, flag_rows: Sequence[int]) -> Mapping[int, list[tuple[str, str]]]:
    """Channel and raw words of the hits of each of these rows."""
    asked = select(ViolationRow.flag_row, HitRow.channel, HitRow.raw).join(HitRow)
    hits: defaultdict[int, list[tuple[str, str]]] = defaultdict(list)
    for flag_row, channel, raw in session.execute(asked.where(ViolationRow.flag_row.in_(flag_rows))):
        hits[flag_row].append((channel, raw))
    return hits


def _since(session: Session, flag_ids: Sequence[str]) -> dict[str, datetime]:
    """Since when these wait, of those that are queued."""
    asked = select(QueueRow.flag_id, QueueRow.flagged_at).where(QueueRow.flag_id.in_(flag_ids))
    return {row.flag_id: row.flagged_at for row in session.execute(asked)}


def _upsert(session: Session) -> Any:
    dialect: Any = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    table = QueueRow.__table__
    given = dialect.insert(table)
    own = ("id", "flag_id", "flagged_at", *_CLAIM)
    derived = {column.name: given.excluded[column.name] for column in table.columns if column.name not in own}
    decided = table.c.events != given.excluded.events
    claim = {name: case((decided, null()), else_=table.c[name]) for name in _CLAIM}
    return given.on_conflict_do_update(index_elements=["flag_id"], set_=derived | claim)
