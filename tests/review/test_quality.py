"""质检: alpha is what the literature says, and the figures are those of a slow and plain count, on both databases."""

from __future__ import annotations

import random
import statistics
from collections import Counter, defaultdict
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from store.broadcasts import AT

from monitor.config import Settings
from monitor.review.accounts import Accounts
from monitor.review.agreement import STANCES, alpha_of, nominal
from monitor.review.quality import Quality, QualityReport
from monitor.roles import Person, RefusedError, Right, Role
from monitor.store import Store
from monitor.store.review_rows import events_of, verdict_row
from monitor.store.rounds import check, state_of
from monitor.store.verdicts import VERDICTS, Decision, Reason, Round, Stage, Verdict

CONFIRMED, DISMISSED, ESCALATED, UNDECIDED = VERDICTS[0], VERDICTS[1], Decision.ESCALATED, Decision.UNDECIDED
CHINA = ZoneInfo("Asia/Shanghai")
PEOPLE = ("王", "李", "张", "赵")
FINAL_ONE = "终"
FLAGS = 160
LEAD = Person("lead", "lead", Role.LEAD)


class TestAlpha:
    @pytest.mark.parametrize(
        ("agreed", "apart", "rejected", "alpha"),
        # Krippendorff, "Computing Krippendorff's Alpha-Reliability" (2011), B: binary data, two observers, no missing
        # data, 0.095; perfect agreement; every unit apart, where alpha is below what chance brings.
        [(1, 4, 5, 0.095), (10, 0, 10, 1.0), (0, 20, 0, -0.95)],
    )
    def test_known_values(self, agreed, apart, rejected, alpha):
        assert nominal(agreed, apart, rejected) == pytest.approx(alpha, abs=0.0005)

    def test_who_leaves_it_open_takes_no_stance(self):
        """Such flags are no units; those that remain decide."""
        pairs = {(CONFIRMED, CONFIRMED): 40, (CONFIRMED, DISMISSED): 5, (DISMISSED, DISMISSED): 15}
        more = {**pairs, (UNDECIDED, CONFIRMED): 30, (DISMISSED, ESCALATED): 9}
        assert alpha_of(more) == alpha_of(pairs)
        assert alpha_of(pairs).units == 60

    def test_the_interval_holds_the_value_and_narrows(self):
        few = alpha_of({(CONFIRMED, CONFIRMED): 20, (DISMISSED, CONFIRMED): 4, (DISMISSED, DISMISSED): 16})
        many = alpha_of({(CONFIRMED, CONFIRMED): 2000, (DISMISSED, CONFIRMED): 400, (DISMISSED, DISMISSED): 1600})
        assert few.low < few.alpha < few.high
        assert many.low < many.alpha < many.high
        assert many.high - many.low < (few.high - few.low) / 5
        # Of 4000 flags the spread of alpha is about that of the share of disagreement over what chance brings.
        assert many.high - many.low == pytest.approx(2 * 1.96 * (0.1 * 0.9 / 4000) ** 0.5 / 0.5, rel=0.15)

    def test_too_few_say_nothing(self):
        assert alpha_of({(CONFIRMED, CONFIRMED): 10, (DISMISSED, DISMISSED): 9}).alpha is None
        assert not alpha_of({(CONFIRMED, CONFIRMED): 10, (DISMISSED, DISMISSED): 9}).enough
        assert alpha_of({}).units == 0

    def test_one_and_the_same_answer_cannot_be_told_from_chance(self):
        found = alpha_of({(CONFIRMED, CONFIRMED): 100})
        assert (found.enough, found.alpha) == (True, None)


@pytest.fixture
def desk(store: Store, tmp_path) -> tuple[Store, Quality]:
    """Flags that went through rounds within two months, many of them back and forth."""
    settings = Settings(workspace=store.workspace, keys=tmp_path / "keys")
    accounts = Accounts(store, settings)
    for role in Role:
        accounts.add(role.value, role, by="desk", at=AT)
    accounts.add("王", Role.REVIEWER, shown="王老师", by="desk", at=AT)
    _review(store)
    return store, Quality(store, settings, accounts)


def _review(store: Store) -> None:
    """Written at once, as they would stand after being decided one by one."""
    chance, at = random.Random(7), AT - timedelta(days=60)
    with store._database.writing() as session:
        for number in range(FLAGS):
            flag_id = f"f-{number:03}"
            at += timedelta(seconds=chance.choice((20, 45, 90, 400, 40_000, 80_000, 90_000)))
            when, events = at, list[Verdict]()
            for _ in range(chance.randrange(1, 6)):
                state = state_of(events)
                last = state.standing[-1] if state.standing else None
                if last is not None and chance.random() < 0.25:
                    said = _said(flag_id, Decision.WITHDRAWN, last.reviewer, last.round, when, state.events)
                elif state.stage is Stage.CLOSED:
                    break
                else:
                    final = state.stage is Stage.FINAL
                    who = FINAL_ONE if final else chance.choice([one for one in PEOPLE if one != state.first_by])
                    ways = (CONFIRMED, DISMISSED) if final else (CONFIRMED, CONFIRMED, DISMISSED, UNDECIDED, ESCALATED)
                    said = _said(
                        flag_id, chance.choice(ways), who, Round(state.stage.value), when, state.events, again=True
                    )
                check(state, said, at_desk=True)
                events.append(said)
                session.add(verdict_row(said))
                # The next one comes within seconds, or weeks later.
                when += timedelta(seconds=chance.choice((30, 300, 86_400 * 9)))


def _said(
    flag_id: str, decision: Decision, who: str, place: Round, at: datetime, seen: int, *, again: bool = False
) -> Verdict:
    reasons = (Reason.HARMLESS,) if decision in (DISMISSED, UNDECIDED, ESCALATED) else ()
    second = again and place is Round.FIRST and decision is not ESCALATED
    return Verdict(flag_id, decision, who, at, seen, reasons=reasons, round=place, second_review=second)


def _plainly(store: Store, since: datetime | None) -> dict[str, object]:
    """The same figures, flag by flag, by what `rounds` says stands."""
    decided: defaultdict[str, Counter[Decision]] = defaultdict(Counter)
    undone: Counter[str] = Counter()
    pairs: Counter[tuple[Decision, Decision]] = Counter()
    same: defaultdict[str, list[bool]] = defaultdict(list)
    upheld: defaultdict[str, list[bool]] = defaultdict(list)
    weeks: Counter[date] = Counter()
    acts: defaultdict[str, list[tuple[datetime, bool]]] = defaultdict(list)
    with store._database.reading() as session:
        stored = events_of(session, [f"f-{number:03}" for number in range(FLAGS)])
    for number in range(FLAGS):
        events = stored[f"f-{number:03}"]
        standing = {one.round: one for one in state_of(events).standing}
        for one in events:
            if since is None or one.at >= since:
                acts[one.reviewer].append((one.at, one.decision in VERDICTS))
                undone[one.reviewer] += one.decision is Decision.WITHDRAWN
        for one in standing.values():
            if since is None or one.at >= since:
                decided[one.reviewer][one.decision] += 1
                day = one.at.astimezone(CHINA).date()
                weeks[day - timedelta(days=day.weekday())] += 1
        first, second, final = (standing.get(place) for place in Round)
        early = [one for one in (first, second) if one and one.decision in STANCES]
        if first and second and (since is None or second.at >= since):
            pairs[first.decision, second.decision] += 1
            if len(early) == 2:
                for one in early:
                    same[one.reviewer].append(first.decision is second.decision)
        if final and (since is None or final.at >= since):
            for one in early:
                upheld[one.reviewer].append(one.decision is final.decision)
    return {
        "decided": {name: dict(some) for name, some in decided.items() if some},
        "undone": {name: many for name, many in undone.items() if many},
        "pairs": dict(pairs),
        "same": {name: (sum(some), len(some)) for name, some in same.items()},
        "upheld": {name: (sum(some), len(some)) for name, some in upheld.items()},
        "weeks": dict(weeks),
        "paces": {name: gaps for name, some in acts.items() if (gaps := _middle(sorted(some))) is not None},
    }


def _middle(acts: list[tuple[datetime, bool]]) -> float | None:
    gaps = [
        round((acts[n][0] - acts[n - 1][0]).total_seconds())
        for n in range(1, len(acts))
        if acts[n][1] and (acts[n][0] - acts[n - 1][0]).total_seconds() <= 600
    ]
    return statistics.median(gaps) if gaps else None


def _told(report: QualityReport) -> dict[str, object]:
    some = report.reviewers
    return {
        "decided": {one.reviewer: dict(one.decisions) for one in some if one.decided},
        "undone": {one.reviewer: one.undone for one in some if one.undone},
        "pairs": dict(report.pairs),
        "same": {one.reviewer: (one.agreement.part, one.agreement.whole) for one in some if one.agreement.whole},
        "upheld": {one.reviewer: (one.upheld.part, one.upheld.whole) for one in some if one.upheld.whole},
        "weeks": {week.monday: week.decisions for week in report.weeks if week.decisions},
        "paces": {one.reviewer: one.median_s for one in some if one.median_s is not None},
    }


@pytest.mark.parametrize("days", [None, 45, 20])
def test_the_figures_are_those_of_a_plain_count(desk, days):
    """Of all time and of the last weeks; decisions that were taken back count for nobody."""
    store, quality = desk
    midnight = AT.astimezone(CHINA).replace(hour=0, minute=0, second=0, microsecond=0)
    plain = _plainly(store, None if days is None else midnight - timedelta(days=days - 1))

    told = _told(quality.report(LEAD, days, at=AT))

    for name, figures in plain.items():
        assert told[name] == figures, name
    assert sum(plain["pairs"].values()) > 5  # there was something to count
    assert plain["undone"]
    assert plain["upheld"]


def test_what_is_told_fits_together(desk):
    """Sums, names, and that every week is there."""
    report = desk[1].report(LEAD, None, at=AT)

    assert report.decided == sum(week.decisions for week in report.weeks)
    assert all(b.monday - a.monday == timedelta(days=7) for a, b in zip(report.weeks, report.weeks[1:], strict=False))
    assert {one.reviewer: one.shown for one in report.reviewers}["王"] == "王老师"
    assert [one.decided for one in report.reviewers] == sorted((one.decided for one in report.reviewers), reverse=True)
    assert report.agreement.whole == report.alpha.units == sum(week.agreement.whole for week in report.weeks)
    # Each pair is one of two people.
    assert 2 * report.agreement.whole == sum(one.agreement.whole for one in report.reviewers)


def test_nobody_decided_yet(store: Store, tmp_path):
    settings = Settings(workspace=store.workspace, keys=tmp_path / "keys")
    accounts = Accounts(store, settings)
    accounts.add("lead", Role.LEAD, by="desk", at=AT)
    report = Quality(store, settings, accounts).report(LEAD, 30, at=AT)
    assert (report.first_day, report.reviewers, report.weeks, report.alpha.units) == (None, (), (), 0)


def test_every_role(desk):
    for role in Role:
        who = Person(role.value, role.value, role)
        if who.may(Right.QUALITY):
            assert desk[1].report(who, 30, at=AT)
        else:
            with pytest.raises(RefusedError):
                desk[1].report(who, 30, at=AT)
