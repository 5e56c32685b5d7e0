"""Where a flag stands after any history of decisions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from monitor.errors import UsageError
from monitor.rules import Severity
from monitor.store.verdicts import (
    REASON_NAMES,
    VERDICTS,
    Decision,
    Hold,
    Reason,
    ReviewState,
    StaleVerdictError,
    Verdict,
    after,
    check,
    on_hold,
    state_of,
)

busy = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
"""A machine that does much else at the same time is no failure."""

AT = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


def verdict(decision: Decision, seen: int, **more: object) -> Verdict:
    """One that makes sense by itself."""
    given = {"reasons": (Reason.MISHEARD,) if decision is Decision.DISMISSED else ()}
    return replace(Verdict("f-1", decision, "王", AT + timedelta(hours=seen), seen), **{**given, **more})  # type: ignore[arg-type]


def accepted(decisions: Sequence[Decision]) -> list[Verdict]:
    """Of these, tried one after the other, the ones that may follow."""
    events: list[Verdict] = []
    for decision in decisions:
        one = verdict(decision, len(events), severity=Severity.SERIOUS if decision is Decision.CONFIRMED else None)
        try:
            check(state_of(events), one)
        except UsageError:
            continue
        events.append(one)
    return events


histories = st.lists(st.sampled_from(Decision), max_size=12).map(accepted)


@busy
@given(histories)
def test_the_last_decision_holds_and_an_appeal_is_about_a_confirmed_flag(events: list[Verdict]) -> None:
    """Told from the list alone, in another way than it is computed."""
    state = state_of(events)
    deciding = [e for e in events if e.decision not in (Decision.APPEALED, Decision.APPEAL_REJECTED)]
    assert state.events == len(events)
    assert state.appealed == bool(events and events[-1].decision is Decision.APPEALED)
    if not deciding:
        assert state == ReviewState()
        return
    last = deciding[-1]
    assert state.decision == (Decision.DISMISSED if last.decision is Decision.APPEAL_UPHELD else last.decision)
    assert (state.reviewer, state.decided_at, state.reasons) == (last.reviewer, last.at, last.reasons)
    assert state.last_at == events[-1].at
    assert (state.severity is not None) == state.confirmed
    assert state.confirmed or not state.appealed


@busy
@given(histories, st.data())
def test_a_state_can_be_gone_on_from(events: list[Verdict], data: st.DataObject) -> None:
    """Events that come later are added to a state as if all had been there at once."""
    cut = data.draw(st.integers(0, len(events)))
    state = state_of(events[:cut])
    for event in events[cut:]:
        state = after(state, event)
    assert state == state_of(events)


@busy
@given(st.lists(st.sampled_from(Decision), max_size=8), st.sampled_from(Decision))
def test_events_that_make_no_sense_still_give_a_state(decisions: list[Decision], last: Decision) -> None:
    """A database of who knows whom is read without falling over."""
    state = state_of([verdict(decision, n) for n, decision in enumerate([*decisions, last])])
    assert state.events == len(decisions) + 1


@busy
@given(histories, st.integers(0, 20), st.sampled_from(Decision))
def test_a_verdict_that_saw_another_number_of_events_is_stale(
    events: list[Verdict], seen: int, decision: Decision
) -> None:
    """Whatever it says: too few is what somebody else did meanwhile, too many cannot be."""
    if seen != len(events):
        with pytest.raises(StaleVerdictError, match=f"{len(events)} decisions stand, {seen} were known"):
            check(state_of(events), verdict(decision, seen))


@pytest.mark.parametrize(
    ("before", "wrong", "said"),
    [
        ([], verdict(Decision.DISMISSED, 0, reasons=()), "needs a reason.*误听"),
        ([], verdict(Decision.CONFIRMED, 0, reasons=(Reason.OTHER,)), "nothing else takes one"),
        ([], verdict(Decision.DISMISSED, 0, reasons=(Reason.OTHER,)), "tell it with --note"),
        ([], verdict(Decision.UNDECIDED, 0, severity=Severity.SLIGHT), "only a confirmed flag has a severity"),
        ([], verdict(Decision.CONFIRMED, 0, reviewer=" "), "a person's name"),
        ([], verdict(Decision.CONFIRMED, 0, reviewer="a\nb"), "a person's name"),
        ([], verdict(Decision.CONFIRMED, 0, reviewer="system"), "a person's name"),
        ([], verdict(Decision.APPEALED, 0), "only a confirmed flag can be appealed"),
        ([Decision.DISMISSED], verdict(Decision.APPEALED, 1), "only a confirmed flag can be appealed"),
        ([Decision.CONFIRMED], verdict(Decision.APPEAL_UPHELD, 1), "no appeal is open"),
        ([Decision.CONFIRMED, Decision.APPEALED], verdict(Decision.DISMISSED, 2), "an appeal is open; answer it"),
        ([Decision.CONFIRMED, Decision.APPEALED], verdict(Decision.APPEALED, 2), "an appeal is open; answer it"),
    ],
)
def test_what_makes_no_sense_is_refused_with_advice(before: list[Decision], wrong: Verdict, said: str) -> None:
    """One line: which flag, what, and what to do."""
    with pytest.raises(UsageError, match=f"flag f-1.*{said}"):
        check(state_of(accepted(before)), wrong)


def test_reasons_are_a_closed_list_with_a_chinese_name_each() -> None:
    """What reviewers pick from."""
    assert list(REASON_NAMES.values()) == ["误听", "语境无害", "证据不足", "重复", "规则不适用", "其他"]
    assert set(REASON_NAMES) == set(Reason)
    assert set(VERDICTS) < set(Decision)


def test_a_confirmed_flag_is_on_hold_even_if_no_row_says_so() -> None:
    """A hold that was lost, or released before the decision, keeps nobody from keeping the evidence."""
    confirmed = state_of([verdict(Decision.CONFIRMED, 0)])
    early = Hold("f-1", "x", "王", AT - timedelta(2), released_at=AT - timedelta(1))
    late = replace(early, released_at=AT + timedelta(1))
    assert on_hold(confirmed, [])
    assert on_hold(confirmed, [early])
    assert not on_hold(confirmed, [early, late])
    assert on_hold(confirmed, [late, replace(early, released_at=None)])
    assert on_hold(state_of(accepted([Decision.CONFIRMED, Decision.APPEALED])), [late])
    assert not on_hold(ReviewState(), [])
