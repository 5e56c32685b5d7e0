"""Where a flag stands, as far as somebody may know it: nobody learns here what was decided before all rounds are over,
and who decides learns of a flag between its rounds no more than that."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from monitor.roles import Person, Right
from monitor.store.verdicts import DECISION_NAMES, STAGE_NAMES, Decision, Stage


class ShownState(StrEnum):
    """What is shown of a flag's review."""

    WAITING = "waiting"
    """Nobody has decided, or it was taken back."""
    IN_REVIEW = "in_review"
    """Somebody has decided, another has to; no more is told."""
    SECOND = "second"
    FINAL = "final"
    CONFIRMED = "confirmed"
    DISMISSED = "dismissed"
    UNDECIDED = "undecided"


STATE_NAMES: Mapping[str, str] = {
    ShownState.WAITING: STAGE_NAMES[Stage.FIRST],
    ShownState.IN_REVIEW: "复核中",
    ShownState.SECOND: STAGE_NAMES[Stage.SECOND],
    ShownState.FINAL: STAGE_NAMES[Stage.FINAL],
    ShownState.CONFIRMED: DECISION_NAMES[Decision.CONFIRMED],
    ShownState.DISMISSED: DECISION_NAMES[Decision.DISMISSED],
    ShownState.UNDECIDED: DECISION_NAMES[Decision.UNDECIDED],
}
"""As people read them."""

_CLOSED = {
    Decision.CONFIRMED: ShownState.CONFIRMED,
    Decision.DISMISSED: ShownState.DISMISSED,
    Decision.UNDECIDED: ShownState.UNDECIDED,
}


def sees_rounds(person: Person) -> bool:
    """Whether the person may know for which round a flag waits: the last one tells that two disagreed."""
    return person.may(Right.ADJUDICATE) or person.may(Right.QUALITY)


def shown_state(person: Person, stage: Stage, decision: Decision | None) -> ShownState:
    if stage is Stage.FIRST:
        return ShownState.WAITING
    if stage is Stage.CLOSED:
        return ShownState.IN_REVIEW if decision is None else _CLOSED[decision]
    return ShownState(stage.value) if sees_rounds(person) else ShownState.IN_REVIEW


def asked_states(states: tuple[ShownState, ...]) -> tuple[Stage | Decision, ...]:
    """What is to be asked of the store for them: between the rounds is between the rounds, whoever asks."""
    asked: list[Stage | Decision] = []
    for state in states:
        if state is ShownState.WAITING:
            asked.append(Stage.FIRST)
        elif state in (ShownState.IN_REVIEW, ShownState.SECOND, ShownState.FINAL):
            asked += [Stage.SECOND, Stage.FINAL]
        else:
            asked.append(Decision(state.value))
    return tuple(dict.fromkeys(asked))
