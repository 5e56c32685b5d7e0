"""What stands in the way of an appeal, of its answer, and of the end of a hold. Pure.

The command line and the desk are refused by the same questions; each says it in its own words.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from monitor.errors import UsageError
from monitor.store.verdicts import VERDICTS, ReviewState


class Hindrance(StrEnum):
    """Why something cannot be done with a flag as it stands."""

    APPEAL_OPEN = "appeal_open"
    UNDER_REVIEW = "under_review"
    """Another round is to come."""
    NOT_ON_HOLD = "not_on_hold"
    NOT_CONFIRMED = "not_confirmed"
    """Nobody appeals against what accuses nobody."""
    NO_APPEAL = "no_appeal"
    DECIDED = "decided"
    """Who decided about the flag does not judge the appeal against it."""


_TOLD: Mapping[Hindrance, tuple[str, str]] = {
    Hindrance.APPEAL_OPEN: ("an appeal is open", "answer it first with `monitor appeal --upheld | --rejected`"),
    Hindrance.UNDER_REVIEW: ("its review goes on", "decide about it first"),
    Hindrance.NOT_ON_HOLD: ("is not on hold", "see `monitor hold`"),
    Hindrance.NOT_CONFIRMED: ("only a confirmed flag can be appealed against", "decide about it first"),
    Hindrance.NO_APPEAL: ("no appeal is open", "note the appeal first with `monitor appeal`"),
    Hindrance.DECIDED: ("the same person decided about the flag", "another person has to answer the appeal"),
}


class HinderedError(UsageError):
    """Something does not go with where a flag stands."""

    def __init__(self, hindrance: Hindrance, flag: str) -> None:
        self.hindrance = hindrance
        what, todo = _TOLD[hindrance]
        super().__init__(what, where=flag, todo=todo)


def against_release(state: ReviewState, *, held: bool) -> Hindrance | None:
    """Of all holds of the flag; `held`: there is one that was not released."""
    if state.appealed:
        return Hindrance.APPEAL_OPEN
    if state.under_review:
        return Hindrance.UNDER_REVIEW
    return None if held else Hindrance.NOT_ON_HOLD


def against_appeal(state: ReviewState) -> Hindrance | None:
    if state.appealed:
        return Hindrance.APPEAL_OPEN
    return None if state.confirmed else Hindrance.NOT_CONFIRMED


def against_answer(state: ReviewState, name: str) -> Hindrance | None:
    """At the desk, by this person: whoever decided in any round, as far as it stands, is no judge of the appeal."""
    if not state.appealed:
        return Hindrance.NO_APPEAL
    deciders = {one.reviewer for one in state.standing if one.decision in VERDICTS}
    return Hindrance.DECIDED if name in deciders else None
