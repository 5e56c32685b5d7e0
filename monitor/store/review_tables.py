"""Tables of what people do with flags. They name flags by id, not by row: rows come and go with scans."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Index, UniqueConstraint, false
from sqlalchemy.orm import Mapped, mapped_column

from monitor.store.columns import FileName
from monitor.store.tables import Table


class VerdictRow(Table):
    """One event of a flag's review. The database itself refuses to change or delete one."""

    __tablename__ = "verdicts"
    # Of two reviewers who saw the same number of events the second finds the place taken.
    __table_args__ = (
        UniqueConstraint("flag_id", "position"),
        Index(None, "reviewer", "id"),
        # All that is counted of who decided how: the rows are not read, and stand in each person's order.
        Index("ix_verdicts_quality", "reviewer", "at", "id", "round", "decision", "batch", "flag_id"),
    )

    flag_id: Mapped[str]
    position: Mapped[int]
    """How many events the flag had before."""
    decision: Mapped[str]
    reasons: Mapped[list[Any]]
    severity: Mapped[str | None]
    note: Mapped[str]
    reviewer: Mapped[str]
    at: Mapped[datetime]
    manifest_sha256: Mapped[str]
    lexicon: Mapped[str]
    policy: Mapped[str]
    round: Mapped[str] = mapped_column(server_default="final")
    """What was decided before there were rounds closed its flag."""
    second_review: Mapped[bool] = mapped_column(server_default=false())
    batch: Mapped[str] = mapped_column(server_default="")


class HoldRow(Table):
    """Why nothing of a flag may be deleted. Released once, never deleted."""

    __tablename__ = "holds"

    flag_id: Mapped[str] = mapped_column(index=True)
    why: Mapped[str]
    put_by: Mapped[str]
    put_at: Mapped[datetime]
    automatic: Mapped[bool]
    released_at: Mapped[datetime | None]
    released_by: Mapped[str] = mapped_column(default="")
    released_why: Mapped[str] = mapped_column(default="")


class DeletionRow(Table):
    """What was deleted because its time was over, and whether its folder is gone from the disk."""

    __tablename__ = "deletions"
    __table_args__ = (Index(None, "removed_at"),)

    kept_as: Mapped[str]
    """`raw`, `clip` or `confirmed`."""
    flag_id: Mapped[str] = mapped_column(index=True)
    """Empty with `raw`."""
    stream_id: Mapped[int] = mapped_column(index=True)
    """Not tied to the stream's row, which another scan may take away."""
    folder: Mapped[str] = mapped_column(FileName)
    """Relative to the workspace; empty with `raw`."""
    manifest_sha256: Mapped[str]
    size_bytes: Mapped[int]
    why: Mapped[str]
    by: Mapped[str]
    at: Mapped[datetime]
    removed_at: Mapped[datetime | None]
    """None while the folder may still be there."""
