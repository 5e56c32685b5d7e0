"""The queue: what waits for a person, and what they are at. One flag is one person's at a time."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import NoReturn

from monitor.config import Settings
from monitor.review.accounts import Accounts
from monitor.review.gold_draws import GoldDraws
from monitor.roles import RIGHT_NAMES, Person, RefusedError, Right
from monitor.store import Store
from monitor.store.queue_claims import Claim, Refusal, Why
from monitor.store.queue_filter import STATES, Filter, Order
from monitor.store.queue_listing import QueueCounts, QueuedFlag, QueuePage
from monitor.store.verdicts import Stage

__all__ = ["STATES", "Claim", "Filter", "Order", "Queue", "QueueCounts", "QueuePage", "QueuedFlag"]

MOST_ROWS = 500
"""Of one page."""

_REFUSED = {
    Why.UNKNOWN: "没有这条线索，或它已不在复核队列中",
    Why.CLOSED: "这条线索已有结论，不能再认领",
    Why.STAGE: f"这条线索待终审，需要“{RIGHT_NAMES[Right.ADJUDICATE]}”权限",
    Why.DECIDED: "您已在前一轮对这条线索作出判断，本轮须由他人复核",
    Why.LOST: "认领已失效，请重新认领",
}


class Queue:
    """What waits in one workspace. What is refused reads in Chinese, since pages show it.

    A claim lasts `claim_lease_s` from the last sign of life; then anybody may take the flag. Every method asks for the
    right anew, and raises WorkspaceError when the database cannot be read or written.
    """

    def __init__(self, store: Store, settings: Settings, accounts: Accounts) -> None:
        self._stored, self._accounts = store.queue, accounts
        self._lease = timedelta(seconds=settings.claim_lease_s)
        self._overdue_after = timedelta(hours=settings.overdue_hours)
        self._draws = GoldDraws.of(settings)

    # Looking

    def counts(self, person: Person, chosen: Filter, *, at: datetime) -> QueueCounts:
        """What the filter lets through of what this person may take, by stage and severity: nothing for whoever does
        not decide, and nothing that the person decided about in another round."""
        now = self._accounts.require(person, Right.LOOK)
        return self._stored.counts(chosen, now.name, _stages(now), at=at, overdue_after=self._overdue_after)

    def page(
        self,
        person: Person,
        chosen: Filter,
        *,
        order: Order = Order.SEVERE,
        first: int = 0,
        limit: int = 50,
        at: datetime,
    ) -> QueuePage:
        """All that the filter lets through, whoever may take it; from row number `first` on, `MOST_ROWS` at most."""
        now = self._accounts.require(person, Right.LOOK)
        return self._stored.page(
            chosen,
            now.name,
            _stages(now),
            order=order,
            first=max(first, 0),
            limit=min(max(limit, 0), MOST_ROWS),
            at=at,
            overdue_after=self._overdue_after,
        )

    # Claims

    def claim_next(
        self, person: Person, chosen: Filter, *, skipped: Collection[str] = (), at: datetime
    ) -> Claim | None:
        """The most severe that is free, of these the oldest; None: nothing is left for this person.

        Never one that the person decided about in another round, nor one of the `skipped`. What they were at before is
        free from then on, and is theirs again if it is its turn. Of those that wait for their first round some are
        gold flags (`gold_percent`), which nothing but `Claim.gold` tells apart. Raises RefusedError for whoever does
        not decide.
        """
        now = self._accounts.require(person, Right.DECIDE)
        return self._stored.claim_next(
            chosen, now.name, _stages(now), skipped=skipped, at=at, until=at + self._lease, draws=self._draws
        )

    def claim(self, person: Person, flag_id: str, *, at: datetime) -> Claim:
        """This very flag; what they were at before is free. One that is theirs stays so, with a new lease.

        Raises RefusedError that says why not, and who is at it.
        """
        now = self._accounts.require(person, Right.DECIDE)
        return _claimed(self._stored.claim(flag_id, now.name, _stages(now), at=at, until=at + self._lease))

    def beat(self, person: Person, flag_id: str, *, at: datetime) -> Claim:
        """A sign of life: the lease begins anew, also when it had ended and nobody took the flag.

        Raises RefusedError when it is the person's no longer.
        """
        now = self._accounts.require(person, Right.DECIDE)
        return _claimed(self._stored.prolong(flag_id, now.name, at=at, until=at + self._lease))

    def release(self, person: Person, flag_id: str, *, at: datetime) -> None:  # noqa: ARG002 - all claims are told when
        """The flag is free, if it was the person's; else nothing happens: a page that is left says so late."""
        self._stored.release(flag_id, self._accounts.require(person, Right.DECIDE).name)

    def take_over(self, person: Person, flag_id: str, *, at: datetime) -> Claim:
        """The flag, though somebody else is at it; the audit log tells from whom it was taken.

        Raises RefusedError like `claim`, and for whoever has no right to it.
        """
        self._accounts.require(person, Right.DECIDE)
        now = self._accounts.require(person, Right.TAKE_OVER)
        claimed = self._stored.claim(
            flag_id, now.name, _stages(now), at=at, until=at + self._lease, take_over=True
        )  # fmt: skip
        return _claimed(claimed)


def _stages(person: Person) -> frozenset[Stage]:
    """Where the person decides."""
    stages: set[Stage] = set()
    if person.may(Right.DECIDE):
        stages |= {Stage.FIRST, Stage.SECOND}
    if person.may(Right.ADJUDICATE):
        stages.add(Stage.FINAL)
    return frozenset(stages)


def _claimed(answer: Claim | Refusal) -> Claim:
    if isinstance(answer, Refusal):
        _refuse(answer)
    return answer


def _refuse(refusal: Refusal) -> NoReturn:
    if refusal.why is Why.TAKEN:
        raise RefusedError(f"“{refusal.shown}”正在处理这条线索")
    raise RefusedError(_REFUSED[refusal.why])
