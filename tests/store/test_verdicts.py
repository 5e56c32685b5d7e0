"""Where a flag stands after any history of decisions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import combinations
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from plain_rounds import allowed, told

from monitor.errors import UsageError
from monitor.rules import Severity
from monitor.store.holds import on_hold, own_holds
from monitor.store.rounds import after, check, state_of
from monitor.store.verdicts import (
    APPEALS,
    REASON_NAMES,
    VERDICTS,
    Decision,
    Hold,
    Reason,
    ReviewState,
    Round,
    Stage,
    StaleVerdictError,
    Verdict,
)

busy = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
"""A machine that does much else at the same time is no failure."""

AT = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


def verdict(decision: Decision, seen: int, **more: object) -> Verdict:
    """One whose words are in order."""
    given = {"reasons": (Reason.MISHEARD,) if decision is Decision.DISMISSED else ()}
    return replace(Verdict("f-1", decision, "王", AT + timedelta(hours=seen), seen), **{**given, **more})  # type: ignore[arg-type]


@st.composite
def tries(draw: st.DrawFn) -> tuple[Decision, dict[str, Any]]:
    """What somebody of four may want to decide in some round."""
    decision, own = draw(st.sampled_from([*Decision, Decision.WITHDRAWN])), draw(st.sampled_from(Round))
    early = own is not Round.FINAL
    return decision, {
        "round": own,
        "reviewer": draw(st.sampled_from("王李张赵")),
        "severity": draw(st.sampled_from([None, Severity.SLIGHT])) if decision is Decision.CONFIRMED else None,
        "second_review": own is Round.FIRST and decision in VERDICTS and draw(st.booleans()),
        "note": "x" if early and decision in (Decision.UNDECIDED, Decision.ESCALATED) else "",
    }


def accepted(wanted: Sequence[tuple[Decision, dict[str, Any]]], *, at_desk: bool = False) -> list[Verdict]:
    """Of these, tried one after the other, the ones that may follow."""
    events: list[Verdict] = []
    for decision, more in wanted:
        one = verdict(decision, len(events), **more)
        try:
            check(state_of(events), one, at_desk=at_desk)
        except UsageError:
            continue
        events.append(one)
    return events


def closed_by(*decisions: Decision) -> list[Verdict]:
    """As the command line says it: each closes the flag, or is about an appeal."""
    return accepted([(decision, {}) for decision in decisions])


histories = st.lists(tries(), max_size=20).map(accepted)


@busy
@given(st.lists(tries(), max_size=20), st.booleans())
def test_every_history_ends_where_the_rules_say(wanted: list[tuple[Decision, dict[str, Any]]], at_desk: bool) -> None:
    """Against a slow account of the same rules that looks at the whole list: what may follow, and where it leads."""
    events: list[Verdict] = []
    for decision, more in wanted:
        one, before = verdict(decision, len(events), **more), told(events)
        if not allowed(before, one, at_desk=at_desk):
            with pytest.raises(UsageError):
                check(state_of(events), one, at_desk=at_desk)
            continue
        check(state_of(events), one, at_desk=at_desk)
        events.append(one)
        state, known = state_of(events), told(events)
        assert (state.stage, state.decision, state.appealed) == (known.stage, known.decision, known.appealed)
        assert list(state.standing) == known.standing
        assert (state.first_by, state.second_by) == tuple(
            known.deciders.get(own, "") for own in (Round.FIRST, Round.SECOND)
        )
        assert state.events == len(events)
        assert state.last_at == one.at
        assert own_holds(state) == known.held_for
        assert on_hold(state, []) == bool(known.held_for)


@busy
@given(histories)
def test_nobody_decides_in_two_rounds(events: list[Verdict]) -> None:
    """Of what stands; and the closing decision is by who holds the last round, or two who agree, or one alone."""
    state = state_of(events)
    deciders: dict[Round, set[str]] = {own: set() for own in Round}
    for one in state.standing:
        if one.decision in VERDICTS:
            deciders[one.round].add(one.reviewer)
    assert not any(deciders[one] & deciders[other] for one, other in combinations(Round, 2))
    assert (state.decision is None) == (state.stage is not Stage.CLOSED)
    if state.decision is None:
        assert (state.reviewer, state.decided_at, state.reasons, state.severity) == ("", None, (), None)


@busy
@given(histories, tries())
def test_what_is_taken_back_leaves_no_trace_but_its_number_and_time(
    events: list[Verdict], more: tuple[Decision, dict[str, Any]]
) -> None:
    """State, holds and who decided are as before, and the same decision may be taken anew."""
    before, (decision, words) = state_of(events), more
    one = verdict(decision, len(events), **words)
    try:
        check(before, one)
    except UsageError:
        return
    if decision not in VERDICTS:
        return
    back = verdict(Decision.WITHDRAWN, len(events) + 1, reviewer=one.reviewer, round=one.round)
    check(state_of([*events, one]), back)
    state = state_of([*events, one, back])
    assert replace(state, events=before.events, last_at=before.last_at) == before
    assert (state.events, state.last_at) == (before.events + 2, back.at)
    check(state, replace(one, seen=state.events))


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
@given(st.lists(tries(), max_size=8))
def test_events_that_make_no_sense_still_give_a_state(wanted: list[tuple[Decision, dict[str, Any]]]) -> None:
    """A database of who knows whom is read without falling over."""
    state = state_of([verdict(decision, n, **more) for n, (decision, more) in enumerate(wanted)])
    assert state.events == len(wanted)


@busy
@given(histories, st.integers(0, 20), st.sampled_from(Decision))
def test_a_verdict_that_saw_another_number_of_events_is_stale(
    events: list[Verdict], seen: int, decision: Decision
) -> None:
    """Whatever it says: too few is what somebody else did meanwhile, too many cannot be."""
    if seen != len(events):
        with pytest.raises(StaleVerdictError, match=f"{len(events)} decisions stand, {seen} were known"):
            check(state_of(events), verdict(decision, seen))


def early(decision: Decision, seen: int, by: str, own: Round = Round.FIRST, **more: object) -> Verdict:
    return verdict(decision, seen, reviewer=by, round=own, **more)


CONFIRMED, DISMISSED, UNDECIDED = Decision.CONFIRMED, Decision.DISMISSED, Decision.UNDECIDED


@pytest.mark.parametrize(
    ("events", "stage", "decision"),
    [
        ([early(CONFIRMED, 0, "王")], Stage.CLOSED, CONFIRMED),
        ([early(DISMISSED, 0, "王", second_review=True)], Stage.SECOND, None),
        ([early(UNDECIDED, 0, "王", note="x")], Stage.SECOND, None),
        ([early(Decision.ESCALATED, 0, "王", note="x", second_review=True)], Stage.FINAL, None),
        ([early(CONFIRMED, 0, "王", second_review=True), early(CONFIRMED, 1, "李", Round.SECOND)],
         Stage.CLOSED, CONFIRMED),
        ([early(CONFIRMED, 0, "王", second_review=True),
          early(CONFIRMED, 1, "李", Round.SECOND, severity=Severity.SLIGHT)], Stage.FINAL, None),
        ([early(CONFIRMED, 0, "王", second_review=True), early(DISMISSED, 1, "李", Round.SECOND)], Stage.FINAL, None),
        ([early(DISMISSED, 0, "王", second_review=True),
          early(DISMISSED, 1, "李", Round.SECOND, reasons=(Reason.HARMLESS,))], Stage.CLOSED, DISMISSED),
        ([early(UNDECIDED, 0, "王", note="x"), early(UNDECIDED, 1, "李", Round.SECOND, note="x")], Stage.FINAL, None),
        ([early(CONFIRMED, 0, "王", second_review=True), early(DISMISSED, 1, "李", Round.SECOND),
          early(DISMISSED, 2, "张", Round.FINAL)], Stage.CLOSED, DISMISSED),
        ([verdict(UNDECIDED, 0)], Stage.CLOSED, UNDECIDED),
    ],
)  # fmt: skip
def test_the_way_through_the_rounds(events: list[Verdict], stage: Stage, decision: Decision | None) -> None:
    """As `docs/casework.md` tells it."""
    for place, one in enumerate(events):
        check(state_of(events[:place]), one, at_desk=one.round is not Round.FINAL or len(events) > 1)
    state = state_of(events)
    assert (state.stage, state.decision) == (stage, decision)


@pytest.mark.parametrize(
    ("before", "wrong", "said"),
    [
        ([], early(Decision.ESCALATED, 0, "王"), "needs a reason or a note"),
        ([], early(UNDECIDED, 0, "王", note=" "), "needs a reason or a note"),
        ([], early(CONFIRMED, 0, "王", Round.SECOND), "waits for the first round"),
        ([], verdict(CONFIRMED, 0), "waits for the first round; this is a decision of the final"),
        ([], early(CONFIRMED, 0, "王", batch="b"), "only dismissals"),
        ([], verdict(Decision.WITHDRAWN, 0), "no decision to take back"),
        ([early(CONFIRMED, 0, "王")], early(CONFIRMED, 1, "李"), "is closed"),
        ([early(CONFIRMED, 0, "王")], early(Decision.WITHDRAWN, 1, "李"), "somebody else decided last"),
        ([early(CONFIRMED, 0, "王")], verdict(Decision.WITHDRAWN, 1), "of the first round"),
        ([early(CONFIRMED, 0, "王", second_review=True)], early(CONFIRMED, 1, "王", Round.SECOND), "the same person"),
        ([early(CONFIRMED, 0, "王", second_review=True)],
         early(CONFIRMED, 1, "李", Round.SECOND, second_review=True), "only the first round can ask"),
        ([early(CONFIRMED, 0, "王", second_review=True)], verdict(Decision.APPEALED, 1), "only a confirmed flag"),
        ([early(Decision.ESCALATED, 0, "王", note="x")], verdict(CONFIRMED, 1), "the same person"),
        ([early(Decision.ESCALATED, 0, "王", note="x")], verdict(UNDECIDED, 1, reviewer="李"), "confirms or dismisses"),
        ([early(Decision.ESCALATED, 0, "王", note="x")], verdict(Decision.ESCALATED, 1, reviewer="李"), "no round"),
    ],
)  # fmt: skip
def test_what_the_rounds_refuse_at_the_desk(before: list[Verdict], wrong: Verdict, said: str) -> None:
    """Each with the flag and why."""
    with pytest.raises(UsageError, match=f"flag f-1.*{said}"):
        check(state_of(before), wrong, at_desk=True)


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
        check(state_of(closed_by(*before)), wrong)


def test_reasons_are_a_closed_list_with_a_chinese_name_each() -> None:
    """What reviewers pick from."""
    assert list(REASON_NAMES.values()) == ["误听", "语境无害", "证据不足", "重复", "规则不适用", "其他"]
    assert set(REASON_NAMES) == set(Reason)
    assert {*VERDICTS, *APPEALS, Decision.WITHDRAWN} == set(Decision)


def test_a_confirmed_flag_is_on_hold_even_if_no_row_says_so() -> None:
    """A hold that was lost, or released before the decision, keeps nobody from keeping the evidence."""
    confirmed = state_of([verdict(Decision.CONFIRMED, 0)])
    early = Hold("f-1", "x", "王", AT - timedelta(2), released_at=AT - timedelta(1))
    late = replace(early, released_at=AT + timedelta(1))
    assert on_hold(confirmed, [])
    assert on_hold(confirmed, [early])
    assert not on_hold(confirmed, [early, late])
    assert on_hold(confirmed, [late, replace(early, released_at=None)])
    assert on_hold(state_of(closed_by(Decision.CONFIRMED, Decision.APPEALED)), [late])
    assert not on_hold(ReviewState(), [])


def test_what_a_round_was_held_for_releases_no_confirmation() -> None:
    """The end of the rounds lifts their own hold at the moment of the confirmation: that is no release of it."""
    rounds = Hold("f-1", "under review", "王", AT - timedelta(1), automatic=True, released_at=AT)
    assert on_hold(state_of(closed_by(Decision.CONFIRMED)), [rounds])
