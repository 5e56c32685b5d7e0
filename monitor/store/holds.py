"""When nothing of a flag may be deleted. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from monitor.store.verdicts import Decision, Hold, ReviewState

UNDER_REVIEW = "under review"
"""Why a flag is on hold between its rounds."""


def on_hold(state: ReviewState, holds: Iterable[Hold]) -> bool:
    """Whether nothing of a flag may be deleted.

    A hold that was not released does it; so does an open appeal, a round to come after one that was decided, and a
    confirmation after which nothing was released, even if no row says so.
    """
    holds = tuple(holds)
    if state.appealed or state.under_review or any(hold.released_at is None for hold in holds):
        return True
    decided_at = state.decided_at
    return state.confirmed and not any(
        hold.released_at is not None and decided_at is not None and hold.released_at >= decided_at
        for hold in holds
        if not hold.automatic or hold.why == Decision.CONFIRMED  # the end of a round or an appeal releases nothing else
    )


def own_holds(state: ReviewState) -> frozenset[str]:
    """What a flag is on hold for by itself: `confirmed`, `appealed`, `UNDER_REVIEW`."""
    whys = {
        Decision.CONFIRMED.value: state.confirmed,
        Decision.APPEALED.value: state.appealed,
        UNDER_REVIEW: state.under_review,
    }
    return frozenset(why for why, holds in whys.items() if holds)
