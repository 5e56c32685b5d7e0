"""The tables of gold flags: closed flags whose answer is known, handed out once more to see who finds it.

Nothing here changes a flag's review, and nothing of it is shown to whom the flag was handed out.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from monitor.store.tables import Table


class GoldFlagRow(Table):
    """A flag that may be handed out as a gold flag. What was answered about it stays when it no longer is one."""

    __tablename__ = "gold_flags"

    flag_id: Mapped[str] = mapped_column(unique=True)
    marked_by: Mapped[str]
    marked_at: Mapped[datetime]


class GoldGivenRow(Table):
    """A gold flag that a person was given: once for all, so that it is theirs to answer until they do."""

    __tablename__ = "gold_given"
    __table_args__ = (UniqueConstraint("reviewer", "flag_id"), Index(None, "reviewer", "answered", "id"))

    flag_id: Mapped[str]
    reviewer: Mapped[str]
    at: Mapped[datetime]
    before: Mapped[str]
    """Id of the flag whose turn it was; that one comes next, and no other gold flag before it."""
    answered: Mapped[bool]
    """There is an answer that was not taken back."""


class GoldAnswerRow(Table):
    """What a person said of a gold flag, beside what was known of it then. Never deleted; taken back once."""

    __tablename__ = "gold_answers"
    __table_args__ = (Index(None, "reviewer", "id"),)

    flag_id: Mapped[str] = mapped_column(index=True)
    reviewer: Mapped[str]
    decision: Mapped[str]
    severity: Mapped[str | None]
    """Of a confirmation: the reviewer's own; None: as computed."""
    reasons: Mapped[list[Any]]
    note: Mapped[str]
    at: Mapped[datetime] = mapped_column(index=True)
    expected: Mapped[str]
    """The decision that closed the flag: `confirmed` or `dismissed`."""
    expected_severity: Mapped[str | None]
    """Likewise, of who closed the flag."""
    after_verdict: Mapped[int]
    """Number of the person's last verdict before, 0 for none: what is taken back goes in the order of all acts."""
    withdrawn_at: Mapped[datetime | None]
