"""The queue of a workspace: what waits, and who is at what."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

from monitor.store import queue_claims, queue_listing, queueing
from monitor.store.database import Database
from monitor.store.gold_draw import Draws, claim_next_or_gold
from monitor.store.gold_given import hidden_from
from monitor.store.queue_claims import Claim, Refusal
from monitor.store.queue_filter import Filter, Order
from monitor.store.queue_holds import AppealsAndHolds, appeals_and_holds
from monitor.store.queue_listing import QueueCounts, QueuePage
from monitor.store.review_rows import alone
from monitor.store.verdicts import Stage


class StoredQueue:
    """Each call is one transaction; who may do what is asked above.

    `name` is a login, `stages` are those that the person may decide in. Every method raises WorkspaceError when the
    database cannot be read or written.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def counts(
        self, chosen: Filter, name: str, stages: Collection[Stage], *, at: datetime, overdue_after: timedelta
    ) -> QueueCounts:
        with self._database.reading() as session:
            hidden = hidden_from(session, name)
            return queue_listing.counts(
                session, chosen, name, stages, at=at, overdue_after=overdue_after, hidden=hidden
            )

    def page(
        self,
        chosen: Filter,
        name: str,
        stages: Collection[Stage],
        *,
        order: Order,
        first: int,
        limit: int,
        at: datetime,
        overdue_after: timedelta,
    ) -> QueuePage:
        with self._database.reading() as session:
            hidden = hidden_from(session, name)
            return queue_listing.page(
                session, chosen, name, stages, order=order, first=first, limit=limit, at=at,
                overdue_after=overdue_after, hidden=hidden,
            )  # fmt: skip

    def appeals_and_holds(self) -> AppealsAndHolds:
        """What waits for an answer, and what people keep."""
        with self._database.reading() as session:
            return appeals_and_holds(session)

    def claim_next(
        self,
        chosen: Filter,
        name: str,
        stages: Collection[Stage],
        *,
        skipped: Collection[str],
        at: datetime,
        until: datetime,
        draws: Draws | None = None,
    ) -> Claim | None:
        """`draws`: gold flags come between, by these lots."""
        with self._database.writing() as session:
            if draws is None:
                return queue_claims.claim_next(session, chosen, name, stages, skipped=skipped, at=at, until=until)
            return claim_next_or_gold(session, chosen, name, stages, draws, skipped=skipped, at=at, until=until)

    def claim(
        self,
        flag_id: str,
        name: str,
        stages: Collection[Stage],
        *,
        at: datetime,
        until: datetime,
        take_over: bool = False,
    ) -> Claim | Refusal:
        with self._database.writing() as session:
            alone(session)
            return queue_claims.claim(session, flag_id, name, stages, at=at, until=until, take_over=take_over)

    def prolong(self, flag_id: str, name: str, *, at: datetime, until: datetime) -> Claim | Refusal:
        with self._database.writing() as session:
            return queue_claims.prolong(session, flag_id, name, at=at, until=until)

    def release(self, flag_id: str, name: str) -> None:
        with self._database.writing() as session:
            queue_claims.release(session, flag_id, name)

    # Whether it is right

    def wrong(self) -> list[str]:
        """Ids of flags that the queue has otherwise than flags and verdicts say."""
        with self._database.reading() as session:
            return queueing.differences(session)

    def make_right(self) -> int:
        """How many flags the queue had wrongly; it has them rightly now."""
        with self._database.writing() as session:
            alone(session)
            wrong = queueing.differences(session)
            queueing.refresh(session, wrong)
        return len(wrong)
