"""The table of what waits for reviewers. Everything in it but claims and ages follows from flags and verdicts."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from monitor.store.tables import Table

_ASKED_FOR = (
    "stage", "decision", "scheme", "platform", "channels", "score", "happened_at", "stream_id", "first_by", "second_by",
)  # fmt: skip


class QueueRow(Table):
    """A flag as the queue has it: one row an id, however often its recording was scanned.

    There is one for each flag that a shown scan found, and for each whose review went beyond its first round before
    another scan found it no more. `queueing.refresh` makes it; nothing else writes it, save claims.
    """

    __tablename__ = "queue"
    __table_args__ = (
        # The orders in which flags are taken and listed, each with all that filters ask for, so that the rows are read
        # of those alone that are shown. Creators and rooms are left out: PostgreSQL refuses long ones in an index.
        Index("ix_queue_order", "open", "severity_rank", "flagged_at", "start_ms", "flag_id", *_ASKED_FOR),
        Index("ix_queue_age", "open", "flagged_at", "start_ms", "flag_id", "severity_rank", *_ASKED_FOR),
        Index("ix_queue_cause", "cause", "open"),
        Index("ix_queue_creator", "creator", "open"),
    )

    flag_id: Mapped[str] = mapped_column(unique=True)
    present: Mapped[bool]
    """The shown scan of its recording found it; a review that has begun goes on without."""
    open: Mapped[bool]
    """Its stage is not `closed`."""
    stage: Mapped[str]
    """`verdicts.Stage`"""
    severity_rank: Mapped[int]
    """As computed: 0 is the most severe."""
    stream_id: Mapped[int]
    """The scan that found it: the shown one, if that did. Not tied to its row, since it is made right with it."""
    flagged_at: Mapped[datetime]
    """Since when it waits; another scan that finds it again does not make it younger."""
    start_ms: Mapped[int]
    """On its stream."""
    happened_at: Mapped[datetime]
    """When it was on air; `flagged_at` where the stream's start is not known."""
    score: Mapped[float]
    scheme: Mapped[str]
    platform: Mapped[str]
    creator: Mapped[str]
    room: Mapped[str]
    channels: Mapped[str]
    """Of its hits, sorted, with commas."""
    cause: Mapped[str]
    """Common to flags of one scheme with the same raw words: `queueing.cause_of`."""
    decision: Mapped[str | None]
    """Of a closed flag: `confirmed`, `dismissed` or `undecided`."""
    first_by: Mapped[str]
    """Who decided in the first round; empty while nobody has."""
    second_by: Mapped[str]
    events: Mapped[int]
    """How many events its review has."""
    claimed_by: Mapped[str | None] = mapped_column(unique=True)
    """Login of who is at it, or was until the lease ended; a person has one flag at most. None: free."""
    claimed_at: Mapped[datetime | None]
    lease_until: Mapped[datetime | None]
    """When others may take it."""
