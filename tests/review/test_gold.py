"""Gold flags: who gets which is a lot that only the key tells, and nothing but the known answer is touched by them."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select
from store.broadcasts import AT, SPOKEN, STREAM, begin, end, flag

from monitor.audit import Act, check
from monitor.config import Settings
from monitor.review.accounts import Accounts
from monitor.review.case_beside import CasesBeside
from monitor.review.case_view import Cases
from monitor.review.casework import Casework
from monitor.review.creators import Creators
from monitor.review.decision_rules import OvertakenError
from monitor.review.decisions import Decisions
from monitor.review.gold import Gold
from monitor.review.gold_draws import GoldDraws
from monitor.review.media_tokens import MediaTokens
from monitor.review.queue import Claim, Filter, Order, Queue
from monitor.review.shown_states import ShownState
from monitor.review.streams_view import Streams
from monitor.roles import Person, RefusedError, Role
from monitor.rules import Severity
from monitor.store import Store, Unit
from monitor.store.audit_tables import AuditEntryRow
from monitor.store.queueing import differences
from monitor.store.review_tables import VerdictRow
from monitor.store.verdicts import Decision, Reason, Round, Stage, Verdict

LEASE = timedelta(minutes=10)
CONFIRMED, DISMISSED = Decision.CONFIRMED, Decision.DISMISSED
ALL = Filter()
HALF = 50
"""With half of all taken flags each stands before another, if there is one left."""
PEOPLE = {
    "wang": Role.REVIEWER, "li": Role.REVIEWER, "zhao": Role.LEAD, "sun": Role.LEAD, "qian": Role.ADJUDICATOR,
}  # fmt: skip


class Desk:
    """Open flags `o-…`, and closed ones `g-…`, decided by somebody from outside."""

    def __init__(
        self, store: Store, keys: Path, *, fresh: int = 6, known: int = 3, percent: int = HALF, **kinds: object
    ) -> None:
        self.store = store
        self.settings = Settings(workspace=store.workspace, keys=keys, second_review_percent=0, gold_percent=percent)
        self.accounts = Accounts(store, self.settings)
        for name, role in PEOPLE.items():
            self.accounts.add(name, role, shown=f"{name}老师", by="desk", at=AT)
        self.queue = Queue(store, self.settings, self.accounts)
        self.decisions = Decisions(store, self.settings, self.accounts)
        self.gold = Gold(store, self.settings, self.accounts)
        self.fresh = [f"o-{n:02}" for n in range(fresh)]
        self.known = [f"g-{n:02}" for n in range(known)]
        stream_id = begin(store)
        flags = [flag(name, 1000 * n, **kinds) for n, name in enumerate([*self.known, *self.fresh])]
        store.add(stream_id, Unit(cues=[SPOKEN], flags=flags))
        end(store, stream_id)
        for n, name in enumerate(self.known):
            self.close(name, DISMISSED if n % 3 == 2 else CONFIRMED)

    def close(self, flag_id: str, decision: Decision, by: str = "外人", severity: Severity | None = None) -> None:
        reasons = (Reason.HARMLESS,) if decision is DISMISSED else ()
        seen = len(self.store.reviews.verdicts(flag_id))
        self.store.reviews.decide(Verdict(flag_id, decision, by, AT, seen, reasons=reasons, severity=severity))

    def mark(self, *flag_ids: str, by: str = "zhao") -> None:
        for flag_id in flag_ids or self.known:
            self.gold.mark(self.person(by), flag_id, at=AT)

    def person(self, name: str) -> Person:
        return Person(name, f"{name}老师", PEOPLE[name])

    def next(self, name: str, chosen: Filter = ALL, *, at: datetime = AT, skipped: tuple[str, ...] = ()) -> Claim:
        claim = self.queue.claim_next(self.person(name), chosen, skipped=skipped, at=at)
        assert claim is not None
        return claim

    def decide(self, name: str, claim: Claim, decision: Decision = CONFIRMED, **more: object) -> object:
        given = {"seen": claim.seen, "at": AT, **more}
        if decision is not CONFIRMED:
            given.setdefault("reasons", [Reason.MISHEARD])
        return self.decisions.decide(self.person(name), claim.flag_id, decision, **given)  # type: ignore[arg-type]

    def next_gold(self, name: str, chosen: Filter = ALL) -> Claim:
        """Their first gold flag; what comes before it is passed over."""
        passed: list[str] = []
        while not (claim := self.next(name, chosen, skipped=tuple(passed))).gold:
            passed.append(claim.flag_id)
        return claim

    def listed(self, name: str, *states: str) -> dict[str, str]:
        page = self.queue.page(self.person(name), Filter(state=states or None), at=AT)
        assert page.total == len(page.rows)
        return {row.flag_id: row.stage.value for row in page.rows}

    def verdicts(self) -> int:
        with self.store._database.reading() as session:
            return session.scalar(select(func.count()).select_from(VerdictRow)) or 0

    def acts(self, act: Act) -> list[str]:
        with self.store._database.reading() as session:
            asked = select(AuditEntryRow.actor).where(AuditEntryRow.act == act.value).order_by(AuditEntryRow.seq)
            return list(session.scalars(asked))

    def sound(self) -> None:
        assert check(self.store.audit.entries(), self.store.audit.tree(), b"").problems == ()
        with self.store._database.reading() as session:
            assert differences(session) == []


MakeDesk = Callable[..., Desk]


@pytest.fixture
def desk_of(store: Store, tmp_path: Path) -> MakeDesk:
    return lambda **more: Desk(store, tmp_path / "keys", **more)


# The lots


def test_the_share_is_what_the_setting_says(tmp_path: Path) -> None:
    """Of all that is taken, the gold flags among it; two people get theirs at different places."""
    for percent in (2, 10, 50):
        draws = GoldDraws(percent, tmp_path)
        due = [draws.due("wang", f"f-{n}") for n in range(3000)]
        assert sum(due) / (len(due) + sum(due)) == pytest.approx(percent / 100, rel=0.25)
    small = GoldDraws(10, tmp_path)
    places = [[n for n in range(500) if small.due(name, f"f-{n}")] for name in ("wang", "li")]
    assert places[0] != places[1]
    some = [f"g-{n}" for n in range(20)]
    assert small.in_order("wang", some) != small.in_order("li", some)
    assert small.in_order("wang", some) == small.in_order("wang", some[::-1])
    other = GoldDraws(10, tmp_path / "other")
    assert [n for n in range(500) if other.due("wang", f"f-{n}")] != places[0]
    assert GoldDraws.of(Settings(gold_percent=0)) is None


def test_nothing_is_drawn_without_gold_flags_or_share(desk_of: MakeDesk, store: Store, tmp_path: Path) -> None:
    desk = desk_of()
    assert desk.next("wang") == Claim("o-00", Round.FIRST, "wang", AT + LEASE, 0)
    assert not (tmp_path / "keys" / "gold.key").exists()
    desk.mark()
    without = Queue(store, desk.settings.model_copy(update={"gold_percent": 0}), desk.accounts)
    assert without.claim_next(desk.person("wang"), ALL, at=AT) == Claim("o-00", Round.FIRST, "wang", AT + LEASE, 0)


# Handing out


def test_each_comes_once_before_another_and_then_that_one(desk_of: MakeDesk) -> None:
    """Two for each pair of flags while there are any; nobody gets one twice."""
    desk = desk_of(fresh=5, known=3)
    desk.mark()
    taken = []
    while claim := desk.queue.claim_next(desk.person("wang"), ALL, at=AT):
        taken.append(claim)
        desk.decide("wang", claim)
    assert [one.gold for one in taken] == [True, False] * 3 + [False, False]
    assert sorted(one.flag_id for one in taken if one.gold) == desk.known
    assert [one.flag_id for one in taken if not one.gold] == desk.fresh
    assert {one.round for one in taken} == {Round.FIRST}
    desk.sound()


def test_who_marked_it_or_decided_about_it_never_gets_it(desk_of: MakeDesk) -> None:
    desk = desk_of(fresh=4, known=3)
    desk.close("g-00", DISMISSED, by="wang")
    desk.mark("g-00", "g-01")
    desk.mark("g-02", by="sun")
    golds = {name: [one for one in _all_taken(desk, name) if one.startswith("g")] for name in ("wang", "zhao", "sun")}
    assert golds["wang"] in (["g-01", "g-02"], ["g-02", "g-01"])
    assert golds["zhao"] == ["g-02"]
    assert sorted(golds["sun"]) == ["g-00", "g-01"]


def _all_taken(desk: Desk, name: str) -> list[str]:
    """All that they can get without deciding anything."""
    passed: list[str] = []
    while claim := desk.queue.claim_next(desk.person(name), ALL, skipped=tuple(passed), at=AT):
        passed.append(claim.flag_id)
    return passed


def test_it_matches_the_filter_and_the_severity_of_the_one_whose_turn_it_is(store: Store, tmp_path: Path) -> None:
    desk = Desk(store, tmp_path / "keys", fresh=2, known=0, scheme="a", severity=Severity.ORDINARY)
    stream_id = begin(store, "乙")
    kinds = {
        "h-1": ("b", Severity.ORDINARY), "h-2": ("a", Severity.SLIGHT), "h-3": ("a", Severity.ORDINARY),
        "h-4": ("a", Severity.VERY_SERIOUS),
    }  # fmt: skip
    flags = [flag(name, 1000 * n, scheme=kind[0], severity=kind[1]) for n, (name, kind) in enumerate(kinds.items())]
    store.add(stream_id, Unit(flags=flags))
    end(store, stream_id)
    for name in kinds:
        desk.close(name, CONFIRMED)
    desk.mark(*kinds)
    assert desk.next("wang", Filter(scheme=("a",))).flag_id == "h-3"
    # One that they owe comes before all others, unless the filter or they themselves pass over it.
    assert desk.next("wang").flag_id == "h-3"
    assert desk.next("wang", Filter(severity=(Severity.ORDINARY,)), skipped=("h-3", "o-00")).flag_id == "h-1"
    assert not desk.next("li", Filter(state=("first",), text="o-01")).gold


def test_none_comes_where_nothing_waits_nor_in_later_rounds(desk_of: MakeDesk) -> None:
    desk = desk_of(fresh=1, known=2)
    desk.mark()
    assert desk.queue.claim_next(desk.person("wang"), Filter(scheme=("none",)), at=AT) is None
    said = Verdict("o-00", Decision.ESCALATED, "li", AT, 0, note="拿不准", round=Round.FIRST)
    desk.store.reviews.decide(said)
    claim = desk.next("qian")
    assert (claim.flag_id, claim.round, claim.gold) == ("o-00", Round.FINAL, False)
    assert desk.queue.claim_next(desk.person("wang"), ALL, at=AT) is None


def test_what_is_known_no_longer_is_not_handed_out(desk_of: MakeDesk) -> None:
    desk = desk_of(fresh=3, known=3)
    desk.mark()
    seen = len(desk.store.reviews.verdicts("g-00"))
    desk.store.reviews.decide(Verdict("g-00", Decision.APPEALED, "外人", AT, seen, note="不服"))
    desk.close("g-02", Decision.UNDECIDED)
    assert [one for one in _all_taken(desk, "wang") if one.startswith("g")] == ["g-01"]
    with pytest.raises(RefusedError, match="质检样题"):
        desk.mark("o-00")
    desk.gold.unmark(desk.person("sun"), "g-00", at=AT)
    with pytest.raises(RefusedError, match="申诉"):
        desk.mark("g-00")


def test_two_people_are_never_at_the_same_one(desk_of: MakeDesk) -> None:
    desk = desk_of(fresh=12, known=2)
    desk.mark()
    with ThreadPoolExecutor(4) as crowd:
        claims = list(crowd.map(desk.next, ["wang", "li", "sun", "qian"] * 3))
    last = {claim.by: claim.flag_id for claim in claims}
    assert len(set(last.values())) == len(last)
    assert Counter(claim.gold for claim in claims)[True] >= 2
    desk.sound()


# Holding


def test_the_lease_is_as_of_any_other(desk_of: MakeDesk) -> None:
    desk = desk_of(known=1)
    desk.mark()
    wang, claim = desk.person("wang"), desk.next_gold("wang")
    later = AT + LEASE / 2
    assert desk.queue.beat(wang, claim.flag_id, at=later) == replace(claim, until=later + LEASE)
    assert desk.queue.claim(wang, claim.flag_id, at=later) == replace(claim, until=later + LEASE)
    assert not desk.next("li").gold
    desk.queue.release(wang, claim.flag_id, at=later)
    with pytest.raises(RefusedError, match="认领已失效"):
        desk.queue.beat(wang, claim.flag_id, at=later)
    assert desk.next("wang", at=later) == replace(claim, until=later + LEASE)  # still theirs to answer
    assert desk.queue.claim_next(wang, ALL, skipped=[claim.flag_id], at=later) != claim
    other = desk.next_gold("li")
    assert other.flag_id == claim.flag_id
    with pytest.raises(RefusedError, match="正在处理"):
        desk.queue.claim(wang, claim.flag_id, at=AT)
    with pytest.raises(RefusedError, match="已有结论"):
        desk.queue.claim(desk.person("sun"), claim.flag_id, at=AT)
    with pytest.raises(RefusedError, match="已有结论"):
        desk.queue.take_over(desk.person("sun"), claim.flag_id, at=AT)


def test_it_looks_like_any_other_while_it_is_owed_and_after_it_was_answered(desk_of: MakeDesk, store: Store) -> None:
    """In the list, its counts, beside its page and its neighbours', for a handful of decisions and acts."""
    desk = desk_of(known=2)
    desk.mark()
    wang = desk.person("wang")
    before = desk.queue.counts(wang, ALL, at=AT).total
    claim = desk.next_gold("wang")
    assert desk.listed("wang") == dict.fromkeys([*desk.fresh, claim.flag_id], "first")
    assert claim.flag_id not in desk.listed("wang", "closed")
    assert desk.listed("li", "closed") == dict.fromkeys(desk.known, "closed")
    row = next(row for row in desk.queue.page(wang, ALL, at=AT).rows if row.flag_id == claim.flag_id)
    assert (row.decision, row.takeable, row.claimed_by) == (None, True, "wang")
    seen = [row for row in desk.queue.page(desk.person("sun"), Filter(state=("closed",)), at=AT).rows if row.claimed_by]
    assert seen == []
    assert desk.queue.counts(wang, ALL, at=AT).total == before + 1
    assert _beside(desk, "wang", claim.flag_id) == ("待初审", False, (), ())
    assert _beside(desk, "wang", claim.flag_id, claim) == ("待初审", False, (), ())
    assert _stands(desk, "wang", claim.flag_id) == "待复核"
    assert _stands(desk, "li", claim.flag_id) != "待复核"
    assert desk.decisions.alike(wang, claim.flag_id, at=AT).others == 0
    assert desk.gold.about(desk.person("zhao"), claim.flag_id).marked
    with pytest.raises(OvertakenError):
        desk.decisions.dismiss_alike(wang, claim.flag_id, expected=1, reasons=[Reason.MISHEARD], at=AT)

    for order in Order:
        whole = desk.queue.page(wang, ALL, order=order, at=AT).rows
        parts = [desk.queue.page(wang, ALL, order=order, first=first, limit=2, at=AT) for first in range(0, 8, 2)]
        assert [row for part in parts for row in part.rows] == whole
        assert {part.total for part in parts} == {len(whole)}

    desk.decide("wang", claim, DISMISSED)

    stands, hidden, events, holds = _beside(desk, "wang", claim.flag_id)
    assert (stands, hidden, holds) == ("待复审", False, ())
    assert [event.what for event in events] == ["初审 · 误报"]
    assert desk.listed("wang", "second") == {claim.flag_id: "second"}
    with pytest.raises(RefusedError, match="您已在前一轮"):
        desk.queue.claim(wang, claim.flag_id, at=AT)
    assert [done.flag_id for done in desk.decisions.mine(wang)] == [claim.flag_id]


def _beside(desk: Desk, name: str, flag_id: str, claim: Claim | None = None) -> tuple[object, ...]:
    view = Cases(desk.store, desk.settings, desk.accounts, MediaTokens(b"k" * 32)).view(
        desk.person(name), "s", flag_id, claim=claim, at=AT
    )
    found = CasesBeside(desk.store, desk.accounts).beside(desk.person(name), view, claim=claim)
    return found.stands, found.hidden, found.events, found.holds


def _stands(desk: Desk, name: str, flag_id: str) -> str:
    """As it is told on the page of another flag of its stream."""
    other = next(one for one in desk.fresh)
    view = Cases(desk.store, desk.settings, desk.accounts, MediaTokens(b"k" * 32)).view(
        desk.person(name), "s", other, claim=None, at=AT
    )
    others = CasesBeside(desk.store, desk.accounts).beside(desk.person(name), view, claim=None).others
    return next(one.stands for one in others if one.flag_id == flag_id)


def test_whoever_looks_after_appeals_learns_nothing_either(desk_of: MakeDesk) -> None:
    """What could be done with the flag is what could be done with one that waits."""
    desk = desk_of(known=1)
    desk.store.reviews.hold("g-00", why="x", by="外人", at=AT)
    desk.mark()
    desk.next_gold("qian")
    casework, qian = Casework(desk.store, desk.accounts), desk.person("qian")
    told, fresh = casework.standing(qian, "g-00"), casework.standing(qian, "o-00")
    assert replace(told, seen=fresh.seen) == fresh


def test_pages_of_streams_and_creators_do_not_tell_it_either(desk_of: MakeDesk) -> None:
    desk = desk_of(known=2)
    desk.mark()
    claim = desk.next_gold("wang")
    streams, creators = Streams(desk.store, desk.accounts), Creators(desk.store, desk.settings, desk.accounts)
    for name, state in (("wang", ShownState.WAITING), ("li", ShownState.CONFIRMED)):
        person = desk.person(name)
        on_stream = streams.stream(person, 1, at=AT)
        of_creator = creators.flags(person, STREAM.platform, STREAM.creator, (), first=0, limit=50)
        for flags in (on_stream.flags if on_stream else (), of_creator):
            assert [one.state for one in flags if one.flag_id == claim.flag_id] == [state]


# Answering


def test_an_answer_changes_nothing_but_what_is_known_of_the_reviewer(desk_of: MakeDesk) -> None:
    desk = desk_of(known=3)
    desk.mark()
    events, before = desk.verdicts(), desk.store.reviews.states(desk.known)
    claim = desk.next_gold("wang")
    for words in ({"reasons": []}, {"reasons": [Reason.OTHER]}, {"severity": Severity.SLIGHT}):
        with pytest.raises(RefusedError):
            desk.decide("wang", claim, DISMISSED, **words)
    told = desk.decide("wang", claim, DISMISSED, reasons=[Reason.HARMLESS], note="看过了")
    assert (told.stage, told.decision, told.events, told.first_by) == (Stage.CLOSED, DISMISSED, 1, "wang")  # type: ignore[attr-defined]
    assert (desk.verdicts(), desk.store.reviews.states(desk.known)) == (events, before)
    assert desk.acts(Act.GOLD_ANSWER) == ["wang"]
    with pytest.raises(OvertakenError):
        desk.decide("wang", claim)
    desk.sound()


def test_who_lost_it_answers_nothing(desk_of: MakeDesk) -> None:
    desk = desk_of(known=1)
    desk.mark()
    claim = desk.next_gold("wang")
    with pytest.raises(RefusedError, match="过期"):
        desk.decide("wang", claim, at=AT + LEASE)
    seen = len(desk.store.reviews.verdicts("g-00"))
    desk.store.reviews.decide(Verdict("g-00", Decision.APPEALED, "外人", AT, seen, note="不服"))
    with pytest.raises(RefusedError):
        desk.decide("wang", claim)
    with pytest.raises(RefusedError):
        desk.decide("li", claim)
    assert desk.acts(Act.GOLD_ANSWER) == []


def test_undo_takes_the_newest_of_both_kinds(desk_of: MakeDesk) -> None:
    """In the order in which they were done, all at one time; each is the person's again, as it was."""
    desk = desk_of(fresh=4, known=2)
    desk.mark()
    wang, taken = desk.person("wang"), []
    for _ in range(6):
        claim = desk.next("wang")
        taken.append(claim)
        desk.decide("wang", claim)
    assert [done.flag_id for done in desk.decisions.mine(wang)] == [one.flag_id for one in taken[::-1]]
    for claim in taken[::-1]:
        assert desk.decisions.undo(wang, at=AT) == claim.flag_id
        assert desk.queue.claim(wang, claim.flag_id, at=AT).gold is claim.gold
        assert desk.queue.page(wang, Filter(text=claim.flag_id), at=AT).rows[0].claimed_by == "wang"
    assert desk.decisions.mine(wang) == []
    assert desk.decisions.undo(wang, at=AT) is None
    again = desk.next("wang")
    assert again.gold
    desk.decide("wang", again)
    assert len(desk.decisions.mine(wang)) == 1
    assert desk.acts(Act.GOLD_ANSWER) == ["wang"] * 5
    desk.sound()


def test_the_real_review_goes_before(desk_of: MakeDesk) -> None:
    """Whoever closed a flag may take that back though somebody has it as a gold flag; theirs is void then."""
    desk = desk_of(fresh=3, known=0)
    claim = desk.next("li")
    desk.decide("li", claim)
    desk.mark("o-00")
    gold = desk.next_gold("wang")
    assert gold.flag_id == "o-00"
    assert desk.decisions.undo(desk.person("li"), at=AT) == "o-00"
    with pytest.raises(RefusedError):
        desk.decide("wang", gold)
    assert desk.listed("wang")["o-00"] == "first"
    desk.sound()


# Quality


def test_figures_are_those_of_a_plain_count(desk_of: MakeDesk) -> None:
    chance = random.Random(3)
    desk = desk_of(fresh=30, known=9)
    desk.close("g-00", CONFIRMED, severity=Severity.VERY_SERIOUS)
    desk.mark()
    plain: dict[str, list[tuple[Decision, bool, bool | None]]] = {"wang": [], "li": []}
    for name in ("wang", "li"):
        for _ in range(16):
            claim = desk.next(name)
            decision = chance.choice([CONFIRMED, DISMISSED, Decision.UNDECIDED])
            severity = Severity.SLIGHT if decision is CONFIRMED and chance.random() < 0.3 else None
            desk.decide(name, claim, decision, reasons=[] if decision is CONFIRMED else [Reason.MISHEARD],
                        severity=severity)  # fmt: skip
            if not claim.gold:
                continue
            if chance.random() < 0.2:
                desk.decisions.undo(desk.person(name), at=AT)
                desk.queue.release(desk.person(name), claim.flag_id, at=AT)
                continue
            known = desk.store.reviews.states([claim.flag_id])[claim.flag_id]
            same = decision is known.decision
            alike = severity is known.severity if same and decision is CONFIRMED else None
            plain[name].append((decision, same, alike))
    report = desk.gold.report(desk.person("sun"), None, at=AT)
    for one in report.reviewers:
        own = plain[one.reviewer]
        stances = [same for decision, same, _ in own if decision is not Decision.UNDECIDED]
        graded = [alike for _, _, alike in own if alike is not None]
        assert one.answered == len(own)
        assert (one.agreed.part, one.agreed.whole) == (sum(stances), len(stances))
        assert (one.severity.part, one.severity.whole) == (sum(graded), len(graded))
        assert one.shown == f"{one.reviewer}老师"
    stances_of_all = sum(one.agreed.whole for one in report.reviewers)
    assert stances_of_all == sum(line.agreed.whole for line in report.flags) > 5
    assert sum(line.agreed.part for line in report.flags) == sum(one.agreed.part for one in report.reviewers)
    assert len(report.misses) == stances_of_all - sum(one.agreed.part for one in report.reviewers)
    assert {line.marked_by for line in report.flags} == {"zhao老师"}
    for flag_id in desk.known:
        desk.gold.unmark(desk.person("zhao"), flag_id, at=AT)
    after = desk.gold.report(desk.person("sun"), None, at=AT)
    assert (after.flags, after.reviewers) == ((), report.reviewers)
    assert desk.acts(Act.GOLD_FLAG) == ["zhao"] * 18
