"""How one event after the other leads a flag through its rounds, and which event may follow. Pure.

first round ── confirmed, dismissed ──────────────────────────────▶ closed
    │ a second look is due, or undecided ─▶ second round ── agrees ─▶ closed
    │                                           └─ anything else ─▶ last round ─▶ closed
    └ escalated ──────────────────────────────────────────────────▶ last round
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from monitor.errors import UsageError
from monitor.store.appeals import HinderedError, Hindrance, against_answer, against_appeal
from monitor.store.verdicts import (
    APPEALS,
    REASON_NAMES,
    VERDICTS,
    Decision,
    Reason,
    ReviewState,
    Round,
    Stage,
    StaleVerdictError,
    Verdict,
    check_name,
)

_CLOSING = (Decision.CONFIRMED, Decision.DISMISSED)
_LEFT_OPEN = (Decision.UNDECIDED, Decision.ESCALATED)


def after(state: ReviewState, verdict: Verdict) -> ReviewState:
    """Where the flag stands after one more event."""
    taken_back = verdict.decision is Decision.WITHDRAWN
    led_to = _led_through(state.standing[:-1]) if taken_back else _then(state, verdict)
    known = (at for at in (state.last_at, verdict.at) if at is not None)
    return replace(led_to, events=state.events + 1, last_at=max(known))


def state_of(events: Iterable[Verdict]) -> ReviewState:
    """Where a flag stands after all its events, given in order."""
    state = ReviewState()
    for verdict in events:
        state = after(state, verdict)
    return state


def _led_through(standing: Iterable[Verdict]) -> ReviewState:
    state = ReviewState()
    for verdict in standing:
        state = _then(state, verdict)
    return state


def _then(state: ReviewState, verdict: Verdict) -> ReviewState:
    """All but what is told of every event, one that was taken back too."""
    by, decision = verdict.reviewer, verdict.decision
    state = replace(state, standing=(*state.standing, verdict))
    if decision is Decision.APPEALED:
        return replace(state, appealed=True)
    if decision is Decision.APPEAL_REJECTED:
        return replace(state, appealed=False)
    stage = Stage.CLOSED if decision is Decision.APPEAL_UPHELD else _next(state, verdict)
    if verdict.round is Round.FIRST:
        state = replace(state, first_by=by)
    elif verdict.round is Round.SECOND:
        state = replace(state, second_by=by)
    if stage is not Stage.CLOSED:
        kept = ReviewState(first_by=state.first_by, second_by=state.second_by, standing=state.standing)
        return replace(kept, stage=stage)
    return replace(
        state,
        stage=stage,
        decision=Decision.DISMISSED if decision is Decision.APPEAL_UPHELD else decision,
        appealed=False,
        reasons=verdict.reasons,
        severity=verdict.severity,
        reviewer=by,
        decided_at=verdict.at,
    )


def _next(state: ReviewState, verdict: Verdict) -> Stage:
    decision = verdict.decision
    if decision is Decision.ESCALATED:
        return Stage.FINAL
    if verdict.round is Round.FIRST:
        return Stage.SECOND if verdict.second_review or decision is Decision.UNDECIDED else Stage.CLOSED
    if verdict.round is Round.SECOND:
        first = next((one for one in state.standing if one.round is Round.FIRST), None)
        agree = first is not None and (first.decision, first.severity) == (decision, verdict.severity)
        return Stage.CLOSED if agree and decision in _CLOSING else Stage.FINAL
    return Stage.CLOSED


def check(state: ReviewState, verdict: Verdict, *, at_desk: bool = False) -> None:
    """Whether this event may follow. `at_desk`: the last round is held when the others led to it, and ends the matter;
    who decided does not answer an appeal.

    Raises StaleVerdictError, and UsageError for an event that makes no sense or that the rounds do not allow.
    """
    flag = f"flag {verdict.flag_id}"
    if verdict.seen != state.events:
        raise StaleVerdictError(
            f"{state.events} decisions stand, {verdict.seen} were known: somebody else decided meanwhile",
            where=flag,
            todo=f"look at them with `monitor verdict {verdict.flag_id}`, then decide again",
        )
    check_name(verdict.reviewer, flag)
    _check_words(verdict, flag)
    if verdict.decision is Decision.WITHDRAWN:
        _check_withdrawal(state, verdict, flag)
    elif verdict.decision in APPEALS:
        _check_appeal(state, verdict, flag, at_desk=at_desk)
    else:
        _check_round(state, verdict, flag, at_desk=at_desk)


def _check_words(verdict: Verdict, flag: str) -> None:
    decision, dismissed = verdict.decision, verdict.decision is Decision.DISMISSED
    open_early = decision in _LEFT_OPEN and verdict.round is not Round.FINAL
    if (dismissed and not verdict.reasons) or (verdict.reasons and not dismissed and not open_early):
        names = ", ".join(f"{reason} ({name})" for reason, name in REASON_NAMES.items())
        raise UsageError(
            "a dismissal needs a reason, and nothing else takes one", where=flag, todo=f"--reason is one of {names}"
        )
    told = bool(verdict.note.strip())
    if open_early and not (verdict.reasons or told):
        raise UsageError("what is left open needs a reason or a note", where=flag, todo="say what the next one needs")
    if Reason.OTHER in verdict.reasons and not told:
        raise UsageError("the reason `other` says nothing by itself", where=flag, todo="tell it with --note")
    if verdict.severity is not None and decision is not Decision.CONFIRMED:
        raise UsageError("only a confirmed flag has a severity", where=flag, todo="leave --severity out")
    if verdict.second_review and not (verdict.round is Round.FIRST and decision in VERDICTS):
        raise UsageError("only the first round can ask for a second", where=flag)
    if verdict.batch and decision not in (Decision.DISMISSED, Decision.WITHDRAWN):
        raise UsageError("only dismissals are decided several at a time", where=flag)


def _check_withdrawal(state: ReviewState, verdict: Verdict, flag: str) -> None:
    last = state.standing[-1] if state.standing else None
    if last is None or last.decision not in VERDICTS:
        raise UsageError("there is no decision to take back", where=flag)
    if last.reviewer != verdict.reviewer:
        raise UsageError("somebody else decided last", where=flag, todo="only one's own last decision is taken back")
    if last.round is not verdict.round:
        raise UsageError(f"the decision to take back is of the {last.round} round", where=flag)


def _check_appeal(state: ReviewState, verdict: Verdict, flag: str, *, at_desk: bool) -> None:
    if verdict.round is not Round.FINAL:
        raise UsageError("appeals belong to no round before the last", where=flag)
    if verdict.decision is Decision.APPEALED:
        hindrance = against_appeal(state)
    else:
        # The command line's operator answers for the desk, as they decide for it.
        hindrance = against_answer(state, verdict.reviewer if at_desk else "")
    if hindrance is not None:
        raise HinderedError(hindrance, flag)


def _check_round(state: ReviewState, verdict: Verdict, flag: str, *, at_desk: bool) -> None:
    if state.appealed:
        raise HinderedError(Hindrance.APPEAL_OPEN, flag)
    own, final = verdict.round, verdict.round is Round.FINAL
    if (at_desk or not final) and state.stage.value != own.value:
        stands = "is closed" if state.stage is Stage.CLOSED else f"waits for the {state.stage} round"
        raise UsageError(f"{stands}; this is a decision of the {own} round", where=flag)
    if final and verdict.decision is Decision.ESCALATED:
        raise UsageError("no round comes after the last", where=flag)
    if final and at_desk and verdict.decision not in _CLOSING:
        raise UsageError("the last round confirms or dismisses", where=flag)
    before = {Round.SECOND: (state.first_by,), Round.FINAL: (state.first_by, state.second_by)}.get(own, ())
    if verdict.reviewer in before:
        raise UsageError(
            "the same person decided in an earlier round", where=flag, todo="another person has to decide in this one"
        )
