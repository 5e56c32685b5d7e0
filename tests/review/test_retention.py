"""What is due when, told from what is kept: nothing here touches a database or a disk."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from monitor import config
from monitor.errors import UsageError
from monitor.review.retention import Kind, Periods, plan
from monitor.store.forgetting import KeptEvidence, KeptRaw
from monitor.store.verdicts import Decision, Hold, ReviewState

busy = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
"""A machine that does much else at the same time is no failure."""

AT = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
PERIODS = Periods(raw=90, clip=365, confirmed=1095)
CONFIRMED = ReviewState(1, Decision.CONFIRMED, decided_at=AT, last_at=AT)
EVIDENCE = KeptEvidence(1, "f-1", 1, "甲", "evidence/f-1", "ab", AT, ReviewState(), ())
RAW = KeptRaw(1, "甲.mp4", "甲", AT, ())
HELD = Hold("f-1", "法院", "王", AT)

times = st.datetimes(datetime(2020, 1, 1), datetime(2035, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
days = st.integers(1, 2000)
periods = st.builds(Periods, raw=days, clip=days, confirmed=days)
holds = st.builds(
    Hold, flag_id=st.just("f-1"), why=st.just("x"), by=st.just("王"), at=times, released_at=st.none() | times
)
states = st.builds(
    ReviewState,
    decision=st.none() | st.sampled_from([Decision.CONFIRMED, Decision.DISMISSED, Decision.UNDECIDED]),
    appealed=st.booleans(),
    decided_at=times,
    last_at=times,
)
evidence = st.builds(
    KeptEvidence,
    row=st.integers(1, 50),
    flag_id=st.sampled_from(["f-1", "f-2"]),
    stream_id=st.just(1),
    room=st.just("甲"),
    folder=st.sampled_from(
        ["evidence/f-1", "evidence/f-1-2", "elsewhere/f-1", "/evidence/f-1", "evidence/..", "evidence"]
    ),
    manifest_sha256=st.just("ab"),
    since=times,
    state=states,
    holds=st.lists(holds, max_size=3).map(tuple),
)
raws = st.builds(
    KeptRaw,
    stream_id=st.integers(1, 50),
    stream_key=st.just("甲.mp4"),
    room=st.just("甲"),
    since=times,
    held_by=st.lists(st.just("f-1"), max_size=1).map(tuple),
)


@busy
@given(st.lists(evidence, max_size=4), st.lists(raws, max_size=3), periods, times)
def test_nothing_on_hold_and_nothing_young_is_ever_planned(
    some: list[KeptEvidence], raw: list[KeptRaw], given_periods: Periods, now: datetime
) -> None:
    """Over random histories: what goes is off hold, and nothing happened to it within its period."""
    for item in plan(some, raw, given_periods, now=now).items:
        kept = item.kept
        period = timedelta(days=getattr(given_periods, item.kind))
        if isinstance(kept, KeptRaw):
            assert item.kind is Kind.RAW
            assert not kept.held_by
            assert now - kept.since > period
            continue
        assert not kept.state.appealed
        assert all(hold.released_at is not None for hold in kept.holds)
        assert (item.kind is Kind.CONFIRMED) == (kept.state.decision is Decision.CONFIRMED)
        if item.kind is Kind.CONFIRMED:
            assert any(hold.released_at >= kept.state.decided_at for hold in kept.holds)  # type: ignore[operator]
        happened = [kept.since, kept.state.last_at, *(hold.released_at for hold in kept.holds)]
        assert all(now - at > period for at in happened if at is not None)
        assert kept.folder in ("evidence/f-1", "evidence/f-1-2")


@busy
@given(
    st.lists(evidence, max_size=4),
    st.lists(raws, max_size=3),
    periods,
    times,
    st.timedeltas(timedelta(0), timedelta(hours=23)),
)
def test_the_plan_of_the_morning_is_that_of_the_afternoon(
    some: list[KeptEvidence], raw: list[KeptRaw], given_periods: Periods, now: datetime, later: timedelta
) -> None:
    """One id for what would be done, on one day, in whatever order it is read; another id for anything else."""
    assume((now + later).date() == now.date())
    first = plan(some, raw, given_periods, now=now)
    second = plan(some[::-1], raw[::-1], given_periods, now=now + later, size_of=lambda _: 5)
    if len({one.row for one in some}) == len(some) and len({one.stream_id for one in raw}) == len(raw):
        assert first.plan_id == second.plan_id
    without = replace(first, items=first.items[1:])
    assert not first.items or without.plan_id != first.plan_id


@pytest.mark.parametrize(
    ("kept", "kind", "n_days"),
    [
        (RAW, Kind.RAW, 90),
        (EVIDENCE, Kind.CLIP, 365),
        (replace(EVIDENCE, state=replace(CONFIRMED, decision=Decision.DISMISSED)), Kind.CLIP, 365),
        (replace(EVIDENCE, state=CONFIRMED, holds=(replace(HELD, released_at=AT),)), Kind.CONFIRMED, 1095),
    ],
)
def test_each_kind_goes_the_day_after_its_period(kept: KeptRaw | KeptEvidence, kind: Kind, n_days: int) -> None:
    """To the day, counted in UTC."""
    some = [kept] if isinstance(kept, KeptEvidence) else []
    raw = [kept] if isinstance(kept, KeptRaw) else []
    midnight = datetime(2026, 11, 21, tzinfo=UTC) + timedelta(days=n_days)
    assert plan(some, raw, PERIODS, now=midnight - timedelta(microseconds=1)).items == ()
    (item,) = plan(some, raw, PERIODS, now=midnight, size_of=lambda _: 7).items
    assert (item.kind, item.kept, item.size_bytes) == (kind, kept, 7)
    assert f"{n_days} days were over on {date(2026, 11, 20) + timedelta(days=n_days)}" in item.why


@pytest.mark.parametrize(
    "kept",
    [
        replace(EVIDENCE, state=CONFIRMED),
        replace(EVIDENCE, holds=(HELD,)),
        replace(EVIDENCE, state=replace(CONFIRMED, appealed=True), holds=(replace(HELD, released_at=AT),)),
    ],
)
def test_what_is_on_hold_stays_for_ever(kept: KeptEvidence) -> None:
    """Confirmed and never released, held by a person, under appeal."""
    assert plan([kept], [], PERIODS, now=AT + timedelta(days=100_000)).items == ()
    assert plan([], [replace(RAW, held_by=("f-1",))], PERIODS, now=AT + timedelta(days=100_000)).items == ()


def test_a_period_without_end_is_one() -> None:
    """Days beyond what a calendar holds keep things for good."""
    assert plan([EVIDENCE], [RAW], Periods(10**12, 10**12, 10**12), now=AT + timedelta(days=9999)).items == ()


@pytest.mark.parametrize("days", [0, 1, 1094])
def test_confirmed_evidence_cannot_be_set_to_go_before_three_years(days: int) -> None:
    """The setting is refused by its name, with the least that it may be."""
    with pytest.raises(UsageError, match=r"--retain-confirmed-days: .*1095; see `docs/settings.md`"):
        config.load(retain_confirmed_days=days)
    assert config.load(retain_confirmed_days=1095).retain_confirmed_days == 1095
