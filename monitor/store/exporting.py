"""Flags as they leave the desk: those that a filter lets through, some at a time, each with where its review stands."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import and_, func, select

from monitor.store.database import pages
from monitor.store.queue_filter import Filter
from monitor.store.queue_listing import matching
from monitor.store.queue_tables import QueueRow
from monitor.store.store import Store
from monitor.store.tables import FlagRow
from monitor.store.verdicts import ReviewState


@dataclass(frozen=True, slots=True)
class StoredFlag:
    """A flag and its review, of one moment."""

    line: Mapping[str, Any]
    """`monitor.flag/1`, with the evidence folder relative to the workspace."""
    review: ReviewState


class StoredExports:
    """Questions of exports. Every method raises WorkspaceError when the database cannot be read."""

    def __init__(self, store: Store) -> None:
        self._database, self._reviews = store._database, store.reviews

    def count(self, chosen: Filter) -> int:
        """How many the filter lets through."""
        asked = select(func.count()).select_from(QueueRow).where(*matching(chosen))
        with self._database.reading() as session:
            return session.scalar(asked) or 0

    def flags(self, chosen: Filter) -> Iterator[Sequence[StoredFlag]]:
        """The flags, those that were on air first before the others, some hundred at a time.

        Which ones is settled at the beginning; what each of them is, when its turn comes. One that another scan took
        away meanwhile is left out.
        """
        numbers = select(QueueRow.id).where(*matching(chosen)).order_by(QueueRow.happened_at, QueueRow.flag_id)
        with self._database.reading() as session:
            found = list(session.scalars(numbers))
        for some in pages(found):
            asked = (
                select(QueueRow.id, QueueRow.flag_id, FlagRow.line)
                .join(FlagRow, and_(FlagRow.stream_id == QueueRow.stream_id, FlagRow.flag_id == QueueRow.flag_id))
                .where(QueueRow.id.in_(some))
            )
            with self._database.reading() as session:
                rows = {row.id: row for row in session.execute(asked)}
            there = [rows[number] for number in some if number in rows]
            states = self._reviews.states([row.flag_id for row in there])
            yield [StoredFlag(row.line, states[row.flag_id]) for row in there]
