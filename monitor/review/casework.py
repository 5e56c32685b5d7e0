"""Holds and appeals at the desk: what is kept whatever its age, and what those say whom a flag accuses.

The store asks the same as of `monitor hold` and `monitor appeal`. Besides, the desk asks for a reason each time, and
whoever decided about a flag does not judge the appeal against it. What is refused reads in Chinese.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from monitor.review.accounts import Accounts
from monitor.review.casework_words import check_told
from monitor.review.decision_rules import in_chinese
from monitor.roles import Person, RefusedError, Right
from monitor.store import Store
from monitor.store.appeals import HinderedError, Hindrance, against_answer, against_appeal, against_release
from monitor.store.holds import on_hold
from monitor.store.queue_holds import AppealsAndHolds
from monitor.store.verdicts import Decision, Hold, ReviewState, Verdict

__all__ = ["AppealsAndHolds", "CaseAct", "CaseStanding", "Casework"]


class CaseAct(StrEnum):
    """What can be done with a flag besides deciding about it."""

    HOLD = "hold"
    RELEASE = "release"
    APPEAL = "appeal"
    """Note that those appeal whom the flag accuses."""
    UPHOLD = "uphold"
    """They are right: the flag falls."""
    REJECT = "reject"
    """The flag stands as it was confirmed."""


RIGHTS: Mapping[CaseAct, Right] = {
    CaseAct.HOLD: Right.HOLD,
    CaseAct.RELEASE: Right.HOLD,
    CaseAct.APPEAL: Right.HOLD,
    CaseAct.UPHOLD: Right.ADJUDICATE,
    CaseAct.REJECT: Right.ADJUDICATE,
}
_DECISIONS = {
    CaseAct.APPEAL: Decision.APPEALED,
    CaseAct.UPHOLD: Decision.APPEAL_UPHELD,
    CaseAct.REJECT: Decision.APPEAL_REJECTED,
}
_REFUSED: Mapping[Hindrance, str] = {
    Hindrance.APPEAL_OPEN: "有申诉待处理，答复之后才能解除留存或再次登记",
    Hindrance.UNDER_REVIEW: "这条线索还在复核中，有结论后才能解除留存",
    Hindrance.NOT_ON_HOLD: "这条线索没有留存",
    Hindrance.NOT_CONFIRMED: "只有结论为“违规成立”的线索才能申诉",
    Hindrance.NO_APPEAL: "这条线索没有待答复的申诉",
    Hindrance.DECIDED: "您判定过这条线索，它的申诉须由他人答复",
}


@dataclass(frozen=True, slots=True)
class CaseStanding:
    """Whether a flag is kept, and what the person may do about that."""

    seen: int
    """How many events the flag has; to be given with an act."""
    held: bool
    """Nothing of it is deleted, whoever or whatever it is that keeps it."""
    by_hand: tuple[Hold, ...]
    """What people put on and nobody released, oldest first; of a flag whose review goes on one's own alone, since a
    reason may tell whoever reviews it next what another thinks."""
    hidden: int
    """How many more there are."""
    appealed_at: datetime | None
    """Since when an appeal waits for its answer."""
    acts: Mapping[CaseAct, str]
    """What the person's role allows and makes sense now, each with why it is refused all the same; empty: it is not."""


class Casework:
    """Holds and appeals of one workspace.

    Every method raises WorkspaceError when the database cannot be read or written, and RefusedError, in Chinese, for
    whatever a person may not do or did too late; OvertakenError is one.
    """

    def __init__(self, store: Store, accounts: Accounts) -> None:
        self._reviews, self._queue, self._gold, self._accounts = store.reviews, store.queue, store.gold, accounts

    def standing(self, person: Person, flag_id: str) -> CaseStanding:
        now = self._accounts.require(person, Right.LOOK)
        state, holds = self._reviews.states([flag_id])[flag_id], self._reviews.holds(flag_id)
        believed = self._gold.hidden_from(now.name).get(flag_id)
        if believed is not None:  # a gold flag is to look like one about which nobody decided
            state, holds = ReviewState(stage=believed), []
        by_hand = [one for one in holds if not one.automatic and one.released_at is None]
        told = [one for one in by_hand if not _goes_on(state) or one.by == now.name]
        return CaseStanding(
            seen=state.events,
            held=on_hold(state, holds),
            by_hand=tuple(told),
            hidden=len(by_hand) - len(told),
            appealed_at=state.standing[-1].at if state.appealed else None,
            acts=dict(_acts(now, state, any(one.released_at is None for one in holds))),
        )

    def waiting(self, person: Person) -> AppealsAndHolds:
        """How many appeals wait for their answer, and what people keep; the queue lists both by its filter."""
        self._accounts.require(person, Right.LOOK)
        return self._queue.appeals_and_holds()

    def hold(self, person: Person, flag_id: str, *, why: str, at: datetime) -> None:
        """Nothing of the flag is deleted until somebody releases it."""
        name = self._may(person, CaseAct.HOLD)
        with _in_chinese():
            self._reviews.hold(flag_id, why=check_told(why), by=name, at=at)

    def release(self, person: Person, flag_id: str, *, why: str, at: datetime) -> None:
        """Lifts every hold of the flag: its period counts from now."""
        name = self._may(person, CaseAct.RELEASE)
        with _in_chinese():
            self._reviews.release(flag_id, why=check_told(why), by=name, at=at)

    def appeal(self, person: Person, flag_id: str, *, note: str, seen: int, at: datetime) -> ReviewState:
        """Notes that the flag is appealed against; `note` says with which words, and not by whom."""
        return self._append(person, flag_id, CaseAct.APPEAL, note, seen, at)

    def uphold(self, person: Person, flag_id: str, *, note: str, seen: int, at: datetime) -> ReviewState:
        """The appeal is right: the flag falls, and what it was kept for with it."""
        return self._append(person, flag_id, CaseAct.UPHOLD, note, seen, at)

    def reject(self, person: Person, flag_id: str, *, note: str, seen: int, at: datetime) -> ReviewState:
        """The flag stands as it was confirmed."""
        return self._append(person, flag_id, CaseAct.REJECT, note, seen, at)

    def _append(
        self, person: Person, flag_id: str, act: CaseAct, note: str, seen: int, at: datetime
    ) -> ReviewState:  # fmt: skip
        name, note = self._may(person, act), check_told(note)
        with _in_chinese():
            judged_on = self._reviews.judged_on(flag_id)
            return self._reviews.appeal(Verdict(flag_id, _DECISIONS[act], name, at, seen, judged_on, note=note))

    def _may(self, person: Person, act: CaseAct) -> str:
        return self._accounts.require(person, RIGHTS[act]).name


def _goes_on(state: ReviewState) -> bool:
    """Somebody has yet to decide without knowing what others think."""
    return state.decision is None


def _acts(person: Person, state: ReviewState, held: bool) -> Iterator[tuple[CaseAct, str]]:
    """What makes no sense is left out; a release is offered wherever there is something to release."""
    possible: dict[CaseAct, Hindrance | None] = {}
    if state.appealed:
        possible |= dict.fromkeys((CaseAct.UPHOLD, CaseAct.REJECT), against_answer(state, person.name))
    if against_appeal(state) is None:
        possible[CaseAct.APPEAL] = None
    possible[CaseAct.HOLD] = None
    if held:
        possible[CaseAct.RELEASE] = against_release(state, held=held)
    for act, hindrance in possible.items():
        if person.may(RIGHTS[act]):
            yield act, "" if hindrance is None else _REFUSED[hindrance]


@contextmanager
def _in_chinese() -> Iterator[None]:
    with in_chinese():
        try:
            yield
        except HinderedError as error:
            raise RefusedError(_REFUSED[error.hindrance]) from error
