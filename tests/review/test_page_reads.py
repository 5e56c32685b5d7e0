"""What pages are told: shares with how sure they are, ladders with who says so, and nothing that is still secret."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from review.desk import fill

from monitor.config import Settings
from monitor.lexicon.policy import load_policies
from monitor.review.accounts import Accounts
from monitor.review.creators import CreatorOrder, Creators, ladders
from monitor.review.figures import Figures, days_until
from monitor.review.lost_words import OTHER, lost_kind, why_lost
from monitor.review.shares import LEAST_DECIDED, Share
from monitor.review.shown_states import ShownState, asked_states, shown_state
from monitor.review.streams_view import Streams
from monitor.roles import Person, RefusedError, Right, Role
from monitor.store import Store
from monitor.store.creator_figures import CreatorDay
from monitor.store.stream_records import Order, StreamChoice
from monitor.store.verdicts import Decision, Stage

NOW = datetime(2026, 11, 22, 17, 0, tzinfo=UTC)
POLICIES = load_policies(Settings().lexicons / "policies")


@pytest.mark.parametrize(
    ("part", "whole", "low", "high"),
    # Of the table in R. G. Newcombe, Statistics in Medicine 17 (1998), method 3.
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_wilsons_interval(part, whole, low, high):
    assert Share(part, whole).interval == pytest.approx((low, high), abs=0.0001)


def test_few_are_not_enough():
    """Nothing says nothing, and does not divide by it."""
    assert Share(0, 0).share is None
    assert Share(0, 0).interval == (0.0, 1.0)
    assert not Share(LEAST_DECIDED - 1, LEAST_DECIDED - 1).enough
    assert Share(0, LEAST_DECIDED).enough


def test_a_period_begins_at_midnight_in_china():
    """At 17:00 in UTC it is the next day there already."""
    period = days_until(2, NOW)

    assert period.since == datetime(2026, 11, 21, 16, 0, tzinfo=UTC)
    assert period.until is None
    assert days_until(None, NOW).since is None


@pytest.mark.parametrize("role", list(Role))
def test_between_rounds_only_some_learn_which_round_comes(role):
    """And nobody what was decided so far."""
    person = Person("x", "x", role)
    told = {shown_state(person, stage, None) for stage in (Stage.SECOND, Stage.FINAL)}

    if person.may(Right.ADJUDICATE) or person.may(Right.QUALITY):
        assert told == {ShownState.SECOND, ShownState.FINAL}
    else:
        assert told == {ShownState.IN_REVIEW}
    assert shown_state(person, Stage.FIRST, None) is ShownState.WAITING
    assert shown_state(person, Stage.CLOSED, Decision.DISMISSED) is ShownState.DISMISSED


def test_who_may_not_know_the_round_cannot_ask_for_it():
    """A filter would tell as much as a word."""
    assert asked_states((ShownState.FINAL,)) == asked_states((ShownState.IN_REVIEW,)) == (Stage.SECOND, Stage.FINAL)


def day(on: str, flags: int = 1, *, scheme: str = "cashback_refund", decision: Decision | None = Decision.CONFIRMED):
    return CreatorDay(on, scheme, Stage.FIRST if decision is None else Stage.CLOSED, decision, flags)


def test_only_confirmed_flags_climb_a_ladder():
    """Of its schemes, on days on which the rule held; several of one day are one."""
    days = [
        day("2026-11-01", 3),
        day("2026-11-02"),
        day("2026-11-03", 9, decision=Decision.DISMISSED),
        day("2026-11-04", 9, decision=None),
        day("2026-11-05", 9, scheme="misery_selling"),
        day("2020-01-01", 9),
    ]
    (ladder,) = ladders(POLICIES, "douyin", days)

    assert (ladder.confirmed, ladder.days) == (4, 2)
    assert ladder.reached == ladder.steps[1]
    assert ladder.verification == "unverified"


def test_a_ladder_has_a_last_step_and_a_first():
    """Nothing is reached before the first, and there is nothing above the last."""
    (none,) = ladders(POLICIES, "douyin", [])
    (many,) = ladders(POLICIES, "douyin", [day(f"2026-11-{n:02}") for n in range(1, 20)])

    assert none.reached is None
    assert many.reached == many.steps[-1]
    assert not any(ladder.confirmed for ladder in ladders(POLICIES, "taobao", [day("2026-11-01")]))


@pytest.mark.parametrize(
    ("reason", "kind"),
    [
        ("no audio track", "录像没有声音"),
        ("undecodable: Invalid data found when processing input", "数据损坏，无法解码"),
        ("decoder stopped: no progress for 20 s", "解码中断"),
        ("1,234 viewers' comments not kept: more than 200 a second", "弹幕过密，部分没有保留"),
        ("a_001.flv: empty file; its length is not known, what follows counts on", "有分段打不开，时长不详"),
        ("something nobody has thought of", OTHER),
        ("<script>alert(1)</script>", OTHER),
        ("x" * 10_000, OTHER),
    ],
)
def test_reasons_are_told_in_chinese(reason, kind):
    assert lost_kind(reason) == kind
    assert not {char for char in why_lost(reason) if char.isascii() and char.isalpha()}


@pytest.fixture
def desk(tmp_path: Path):
    store = Store.open(tmp_path / "w")
    settings = Settings(workspace=tmp_path / "w", keys=tmp_path / "keys")
    fill(store, ["f-1", "f-2"])
    accounts = Accounts(store, settings)
    accounts.add("li", Role.READER, password="山重水复疑无路柳暗花明又一村", by="test", at=NOW)
    return store, settings, accounts


def test_who_is_nobody_any_more_sees_nothing(desk):
    """Every read asks the store anew."""
    store, settings, accounts = desk
    person = accounts.person(accounts.log_in("li", "山重水复疑无路柳暗花明又一村", at=NOW), at=NOW)
    figures, streams = Figures(store, settings, accounts), Streams(store, accounts)
    creators = Creators(store, settings, accounts)
    reads = (
        lambda: figures.overview(person, 7, at=NOW),
        lambda: figures.terms(person, 7, at=NOW),
        lambda: streams.page(person, StreamChoice(), Order.NEWEST, first=0, limit=9, at=NOW),
        lambda: streams.platforms(person),
        lambda: streams.stream(person, 1, at=NOW),
        lambda: creators.page(person, order=CreatorOrder.FLAGS, first=0, limit=9),
        lambda: creators.one(person, "douyin", "某小店"),
        lambda: creators.flags(person, "douyin", "某小店", (), first=0, limit=9),
    )
    assert all(read() is not None for read in reads)

    accounts.change("li", active=False, by="test", at=NOW)

    for read in reads:
        with pytest.raises(RefusedError):
            read()


def test_the_days_before_are_compared_only_when_there_were_any(desk):
    """A desk that is younger would seem to have had a good week."""
    store, settings, accounts = desk
    person = accounts.person(accounts.log_in("li", "山重水复疑无路柳暗花明又一村", at=NOW), at=NOW)
    figures = Figures(store, settings, accounts)
    now = datetime.now(UTC)

    told = figures.overview(person, 7, at=now)
    later = figures.overview(person, 7, at=now + timedelta(days=9))

    assert (told.flags, told.flags_before) == (2, None)
    assert (later.flags, later.trend) == (0, ())
    assert sum(one.flags for one in later.waiting) == 2
    assert sum(one.overdue for one in later.waiting) == 2
