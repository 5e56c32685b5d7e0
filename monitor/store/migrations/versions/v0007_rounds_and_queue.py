"""Rounds of review: which round decided, whether a second is due, and what was decided in one go; and the queue.

Revision ID: 0007
Revises: 0006
"""

import hashlib
from collections import defaultdict
from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from alembic import op

import monitor.store.queue_tables  # noqa: F401 - declares the table to whoever compares it with the database

revision = "0007"
down_revision = "0006"

INT = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TIME = sa.DateTime(timezone=True)
_RANKS = {"very_serious": 0, "serious": 1, "ordinary": 2, "slight": 3}
_DECIDED = {
    "confirmed": "confirmed", "dismissed": "dismissed", "undecided": "undecided", "appeal_upheld": "dismissed",
}  # fmt: skip
_AT_ONCE = 1000
"""Rows put in by one statement."""


def upgrade() -> None:
    # New columns with a default: no row is changed, so that what refuses changes of verdicts has nothing to refuse.
    op.add_column("verdicts", sa.Column("round", sa.Text(), nullable=False, server_default=sa.text("'final'")))
    op.add_column("verdicts", sa.Column("second_review", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("verdicts", sa.Column("batch", sa.Text(), nullable=False, server_default=sa.text("''")))
    op.create_index(op.f("ix_verdicts_reviewer_id"), "verdicts", ["reviewer", "id"], unique=False)
    _fill_queue(_make_queue())


def _make_queue() -> sa.Table:
    queue = op.create_table(
        "queue",
        sa.Column("flag_id", sa.Text(), nullable=False),
        sa.Column("present", sa.Boolean(), nullable=False),
        sa.Column("open", sa.Boolean(), nullable=False),
        sa.Column("stage", sa.Text(), nullable=False),
        sa.Column("severity_rank", INT, nullable=False),
        sa.Column("stream_id", INT, nullable=False),
        sa.Column("flagged_at", TIME, nullable=False),
        sa.Column("start_ms", INT, nullable=False),
        sa.Column("happened_at", TIME, nullable=False),
        sa.Column("score", sa.Double(), nullable=False),
        sa.Column("scheme", sa.Text(), nullable=False),
        sa.Column("platform", sa.Text(), nullable=False),
        sa.Column("creator", sa.Text(), nullable=False),
        sa.Column("room", sa.Text(), nullable=False),
        sa.Column("channels", sa.Text(), nullable=False),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column("decision", sa.Text(), nullable=True),
        sa.Column("first_by", sa.Text(), nullable=False),
        sa.Column("second_by", sa.Text(), nullable=False),
        sa.Column("events", INT, nullable=False),
        sa.Column("claimed_by", sa.Text(), nullable=True),
        sa.Column("claimed_at", TIME, nullable=True),
        sa.Column("lease_until", TIME, nullable=True),
        sa.Column("id", INT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_queue")),
        sa.UniqueConstraint("flag_id", name=op.f("uq_queue_flag_id")),
        sa.UniqueConstraint("claimed_by", name=op.f("uq_queue_claimed_by")),
    )
    asked_for = [
        "stage", "decision", "scheme", "platform", "channels", "score", "happened_at", "stream_id", "first_by",
        "second_by",
    ]  # fmt: skip
    for name, order in (
        ("ix_queue_order", ["open", "severity_rank", "flagged_at", "start_ms", "flag_id"]),
        ("ix_queue_age", ["open", "flagged_at", "start_ms", "flag_id", "severity_rank"]),
    ):
        op.create_index(name, "queue", [*order, *asked_for], unique=False)
    op.create_index("ix_queue_cause", "queue", ["cause", "open"], unique=False)
    op.create_index("ix_queue_creator", "queue", ["creator", "open"], unique=False)
    return queue


def _fill_queue(queue: sa.Table) -> None:
    """A row for each flag that a shown scan found, or that was decided about: until now any decision closed it."""
    connection = op.get_bind()
    events: defaultdict[str, list[str]] = defaultdict(list)
    for row in connection.execute(sa.text("SELECT flag_id, decision FROM verdicts ORDER BY flag_id, position")):
        events[row.flag_id].append(row.decision)
    hits: defaultdict[int, list[tuple[str, str]]] = defaultdict(list)
    asked = "SELECT v.flag_row, h.channel, h.raw FROM violations v JOIN hits h ON h.violation_row = v.id"
    for row in connection.execute(sa.text(asked)):
        hits[row.flag_row].append((row.channel, row.raw))
    found: dict[str, Any] = {}
    since: dict[str, Any] = {}
    scans = sa.text(
        "SELECT f.id, f.flag_id, f.candidate, f.scheme, f.platform, f.creator, f.severity, f.score, f.start_ms, "
        "f.stream_id, s.shown, s.room, s.started_at, coalesce(s.ended_at, s.touched_at) AS since "
        "FROM flags f JOIN streams s ON f.stream_id = s.id ORDER BY f.flag_id, s.shown, f.candidate DESC, f.id"
    ).columns(candidate=sa.Boolean(), shown=sa.Boolean(), started_at=TIME, since=TIME)
    for row in connection.execute(scans):
        found[row.flag_id] = row
        since[row.flag_id] = min(since.get(row.flag_id, row.since), row.since)
    waiting = [
        _queued(row, events[flag_id], hits[row.id], since[flag_id])
        for flag_id, row in found.items()
        if (row.shown and not row.candidate) or events[flag_id]
    ]
    for first in range(0, len(waiting), _AT_ONCE):
        connection.execute(sa.insert(queue), waiting[first : first + _AT_ONCE])


def _queued(row: Any, events: list[str], hits: list[tuple[str, str]], since: Any) -> dict[str, Any]:
    told = "\n".join([row.scheme, *sorted({raw for _, raw in hits})])
    decided = [_DECIDED[event] for event in events if event in _DECIDED]
    on_air = None if row.started_at is None else row.started_at + timedelta(milliseconds=row.start_ms)
    return {
        "flag_id": row.flag_id, "present": row.shown and not row.candidate, "open": not events,
        "stage": "closed" if events else "first", "severity_rank": _RANKS[row.severity], "flagged_at": since,
        "stream_id": row.stream_id, "start_ms": row.start_ms, "happened_at": on_air or since,
        "score": row.score, "scheme": row.scheme, "platform": row.platform, "creator": row.creator, "room": row.room,
        "channels": ",".join(sorted({channel for channel, _ in hits})),
        "cause": hashlib.sha256(told.encode()).hexdigest()[:32],
        "decision": decided[-1] if decided else None, "first_by": "", "second_by": "", "events": len(events),
    }  # fmt: skip
