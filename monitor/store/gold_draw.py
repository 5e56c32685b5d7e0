"""When a gold flag is handed out instead of the next one, and which. Each function is part of one transaction."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Protocol

from sqlalchemy import exists, select, update
from sqlalchemy.orm import Session

from monitor.store.database import pages
from monitor.store.gold_given import KNOWN, any_marked, give, given_before, known, owed
from monitor.store.gold_tables import GoldFlagRow, GoldGivenRow
from monitor.store.leases import one_at_a_time
from monitor.store.queue_claims import Claim, claim_next, is_free, let_go
from monitor.store.queue_filter import Filter
from monitor.store.queue_listing import matching
from monitor.store.queue_tables import QueueRow
from monitor.store.review_tables import DeletionRow, VerdictRow
from monitor.store.verdicts import Round, Stage

_STATES = tuple(f"{Stage.CLOSED}:{decision}" for decision in KNOWN)
_TRIES = 5
"""Gold flags that are tried in one go, where others take them or they turn out to be unfit."""


class Draws(Protocol):
    """The lots, which only the desk can tell beforehand."""

    def due(self, name: str, flag_id: str) -> bool:
        """Whether this person gets a gold flag when it is this flag's turn; asked again it is the same."""

    def in_order(self, name: str, flag_ids: Collection[str]) -> list[str]:
        """In which order the person gets them."""


def claim_next_or_gold(
    session: Session,
    chosen: Filter,
    name: str,
    stages: Collection[Stage],
    draws: Draws,
    *,
    skipped: Collection[str],
    at: datetime,
    until: datetime,
) -> Claim | None:
    """As `claim_next`; in place of a flag that waits for its first round it may be a gold flag.

    Of those the person has none waits longer than one that they were given before and did not answer. A gold flag
    comes only where another one would have come: it matches the filter as that one does, and is as severe if there is
    such a one.
    """
    if not any_marked(session):
        return claim_next(session, chosen, name, stages, skipped=skipped, at=at, until=until)
    one_at_a_time(session, name)
    let_go(session, name)
    fit = _fit(session, [one for one in owed(session, name) if one not in set(skipped)], chosen, at)
    if (resumed := _take_one(session, [flag_id for flag_id, _ in fit], name, at, until)) is not None:
        return resumed
    claim = claim_next(session, chosen, name, stages, skipped=skipped, at=at, until=until)
    if claim is None or claim.round is not Round.FIRST or not draws.due(name, claim.flag_id):
        return claim
    if given_before(session, claim.flag_id, name):
        return claim
    others = _fit(session, draws.in_order(name, _unseen(session, name, skipped)), chosen, at, name)
    if not others:
        return claim
    asked = select(QueueRow.severity_rank).where(QueueRow.flag_id == claim.flag_id)
    own_rank = session.scalars(asked).one()
    alike_first = sorted(others, key=lambda one: abs(one[1] - own_rank))
    let_go(session, name)
    drawn = _take_one(session, [flag_id for flag_id, _ in alike_first[:_TRIES]], name, at, until)
    if drawn is None:
        own = {"claimed_by": name, "claimed_at": at, "lease_until": until}
        session.execute(update(QueueRow).where(QueueRow.flag_id == claim.flag_id).values(own))
        return claim
    give(session, drawn.flag_id, name, at, before=claim.flag_id)
    return drawn


def _unseen(session: Session, name: str, skipped: Collection[str]) -> list[str]:
    """Gold flags that others marked and that the person was never given."""
    given = exists().where(GoldGivenRow.reviewer == name, GoldGivenRow.flag_id == GoldFlagRow.flag_id)
    asked = select(GoldFlagRow.flag_id).where(GoldFlagRow.marked_by != name, ~given)
    passed = set(skipped)
    return [flag_id for flag_id in session.scalars(asked) if flag_id not in passed]


def _fit(
    session: Session, flag_ids: Sequence[str], chosen: Filter, at: datetime, name: str = ""
) -> list[tuple[str, int]]:
    """Those that the filter would let through if they were open, that nobody is at, whose evidence is there and about
    which `name` never decided; with the rank of their severity, in the order given."""
    decided = exists().where(VerdictRow.flag_id == QueueRow.flag_id, VerdictRow.reviewer == name)
    gone = exists().where(DeletionRow.flag_id == QueueRow.flag_id)
    fits = (*matching(replace(chosen, state=_STATES)), QueueRow.present, is_free(at), ~decided, ~gone)
    ranks: dict[str, int] = {}
    for some in pages(flag_ids):
        asked = select(QueueRow.flag_id, QueueRow.severity_rank).where(QueueRow.flag_id.in_(some), *fits)
        ranks |= {row.flag_id: row.severity_rank for row in session.execute(asked)}
    return [(flag_id, ranks[flag_id]) for flag_id in flag_ids if flag_id in ranks]


def _take_one(session: Session, flag_ids: Sequence[str], name: str, at: datetime, until: datetime) -> Claim | None:
    """The first of these that can be had; the person has nothing now. What others are just taking is passed over."""
    own = {"claimed_by": name, "claimed_at": at, "lease_until": until}
    for flag_id in flag_ids:
        free = select(QueueRow.id).where(QueueRow.flag_id == flag_id, ~QueueRow.open, is_free(at))
        found = session.execute(
            update(QueueRow)
            .where(QueueRow.id == free.with_for_update(skip_locked=True).scalar_subquery())
            .values(own)
            .returning(QueueRow.events)
            .execution_options(synchronize_session=False)
        ).first()
        if found is None:
            continue
        # Looked at once it is ours, since until then somebody may have objected.
        if known(session, flag_id) is not None:
            return Claim(flag_id, Round.FIRST, name, until, found.events, gold=True)
        let_go(session, name)
    return None
