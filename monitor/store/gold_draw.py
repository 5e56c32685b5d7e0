"""When a gold flag is handed out instead of the next one, and which. Each function is part of one transaction."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Protocol

from sqlalchemy import and_, exists, select, update
from sqlalchemy.orm import Session

from monitor.store.gold_given import KNOWN, any_marked, give, given_before, known, owed
from monitor.store.gold_tables import GoldFlagRow, GoldGivenRow
from monitor.store.leases import one_at_a_time
from monitor.store.queue_claims import Claim, claim_next, is_free, let_go
from monitor.store.queue_filter import Filter
from monitor.store.queue_listing import among, matching
from monitor.store.queue_tables import QueueRow
from monitor.store.review_tables import DeletionRow, VerdictRow
from monitor.store.verdicts import Round, Stage

_STATES = tuple(f"{Stage.CLOSED}:{decision}" for decision in KNOWN)
_AT_ONCE = 50
"""Gold flags that are looked at in one go: nearly always there is one among them."""
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
    still_owed = [one for one in owed(session, name) if one not in set(skipped)][:_AT_ONCE]
    if (resumed := _take_one(session, list(_fit(session, still_owed, chosen, at)), name, at, until)) is not None:
        return resumed
    claim = claim_next(session, chosen, name, stages, skipped=skipped, at=at, until=until)
    if claim is None or claim.round is not Round.FIRST or not draws.due(name, claim.flag_id):
        return claim
    if given_before(session, claim.flag_id, name):
        return claim
    others = _as_severe(session, draws.in_order(name, _unseen(session, name, skipped)), chosen, claim, at)
    if not others:
        return claim
    let_go(session, name)
    drawn = _take_one(session, others, name, at, until)
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


def _as_severe(session: Session, flag_ids: Sequence[str], chosen: Filter, like: Claim, at: datetime) -> list[str]:
    """Some that fit and about which the person never decided: the first as severe as this flag, else those nearest."""
    own = session.scalars(select(QueueRow.severity_rank).where(QueueRow.flag_id == like.flag_id)).one()
    nearest: list[tuple[int, str]] = []
    for first in range(0, len(flag_ids), _AT_ONCE):
        ranks = _fit(session, flag_ids[first : first + _AT_ONCE], chosen, at)
        asked = select(VerdictRow.flag_id, VerdictRow.reviewer).where(VerdictRow.flag_id.in_(list(ranks)))
        decided = {row.flag_id for row in session.execute(asked) if row.reviewer == like.by}
        nearest += [(abs(rank - own), flag_id) for flag_id, rank in ranks.items() if flag_id not in decided]
        if any(not apart for apart, _ in nearest):
            break
    return [flag_id for _, flag_id in sorted(nearest, key=lambda one: one[0])][:_TRIES]


def _fit(session: Session, flag_ids: Sequence[str], chosen: Filter, at: datetime) -> dict[str, int]:
    """Those that the filter would let through if they were open, that nobody is at and whose evidence is there; with
    the rank of their severity, in the order given."""
    gone = exists().where(DeletionRow.flag_id == QueueRow.flag_id)
    fits = and_(*matching(replace(chosen, state=_STATES)), QueueRow.present, is_free(at), ~gone)
    asked = select(QueueRow.flag_id, QueueRow.severity_rank).where(*among(flag_ids, [fits]))
    ranks = {row.flag_id: row.severity_rank for row in session.execute(asked)} if flag_ids else {}
    return {flag_id: ranks[flag_id] for flag_id in flag_ids if flag_id in ranks}


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
