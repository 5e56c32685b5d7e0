"""The figures are what they say, and a shift in which something went wrong is told from one in which nothing did."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from desk_maker import Made, make
from desk_outline import UNTIL, Size
from speed_crowd import Shift, wrong_after
from speed_figures import Figure, percentile, table
from sqlalchemy import text

from monitor.store import Store
from monitor.store.verdicts import Decision, Reason, Round, Verdict


def test_percentiles_are_values_that_were_measured() -> None:
    assert percentile([5.0, 1.0, 4.0, 2.0, 3.0], 50) == 3.0
    assert percentile(range(1, 51), 95) == 48
    assert math.isnan(percentile([], 95))


def test_a_figure_without_times_meets_no_bound() -> None:
    assert not Figure("page", (), 1500).good
    assert Figure("page", (100.0,) * 19 + (9000.0,), 1500).good
    assert not Figure("page", (100.0,) * 18 + (9000.0,) * 2, 1500).good
    assert "TOO SLOW  not there" in table([Figure("page", (), 1500, "not there")])


@pytest.fixture
def made(tmp_path: Path) -> Made:
    return make(tmp_path / "desk", Size(flags=12, streams=3, cues=40, clips=0, undecided_share=1))


def decide(store: Store, flag_id: str, by: str, turn: Round = Round.FIRST) -> None:
    state = store.reviews.states([flag_id])[flag_id]
    at = UNTIL + timedelta(minutes=state.events)
    store.reviews.decide(
        Verdict(flag_id, Decision.DISMISSED, by, at, state.events, reasons=(Reason.HARMLESS,), round=turn)
    )


def test_a_shift_without_fault(made: Made) -> None:
    store = Store.open(made.workspace)
    assert len(made.waiting) == 12
    shifts = [Shift("reviewer01", decided=list(made.waiting[:3])), Shift("reviewer02", decided=list(made.waiting[3:6]))]
    for shift in shifts:
        for flag_id in shift.decided:
            decide(store, flag_id, shift.login)
    assert list(wrong_after(store, 0, shifts)) == []


def test_what_goes_wrong_is_told(made: Made) -> None:
    """A lost decision, one that nobody made, one made twice, a queue and a log that tell otherwise."""
    store = Store.open(made.workspace)
    first, second, third, *_ = made.waiting
    for flag_id in (first, second, third):
        decide(store, flag_id, "reviewer01")
    shift = Shift("reviewer01", decided=[first, second, third])
    lost = replace(shift, decided=[*shift.decided, made.waiting[5]])
    assert any("lost" in each for each in wrong_after(store, 0, [lost]))
    assert any("nobody saw" in each for each in wrong_after(store, 0, [Shift("reviewer01")]))
    columns = "decision, reasons, severity, note, at, manifest_sha256, lexicon, policy, round, second_review, batch"
    copied = (
        f"INSERT INTO verdicts (flag_id, position, reviewer, {columns})"
        f" SELECT flag_id, position + 1, 'reviewer02', {columns} FROM verdicts WHERE flag_id = :one"
    )
    with store._database.writing() as session:
        session.execute(text(copied), {"one": first})
    told = list(wrong_after(store, 0, [shift]))
    assert any("decided 2 times in the first round" in each for each in told)
    assert any("the log tells of other decisions" in each for each in told)
    assert any("the queue is wrong" in each for each in told)
