"""What people at the desk decide and take back, on both databases."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from threading import Barrier

import pytest
from sqlalchemy import select, update
from store.broadcasts import AT, SPOKEN, begin, end, flag

from monitor.audit import Act, Entry, check
from monitor.config import Settings
from monitor.records import Flag
from monitor.review.accounts import Accounts
from monitor.review.decision_acts import Alike
from monitor.review.decision_rules import MOST_NOTE_CHARS, OvertakenError, SecondReviews
from monitor.review.decisions import MOST_UNDONE, Decisions
from monitor.roles import Person, RefusedError, Role
from monitor.rules import Severity
from monitor.store import Store, Unit
from monitor.store.audit_tables import AuditEntryRow
from monitor.store.leases import hand_lease, hold_free
from monitor.store.queue_tables import QueueRow
from monitor.store.queueing import differences
from monitor.store.verdicts import APPEALS, Decision, Reason, ReviewState, Round, Stage, Verdict

LEASE = timedelta(minutes=10)
CONFIRMED, DISMISSED, ESCALATED = Decision.CONFIRMED, Decision.DISMISSED, Decision.ESCALATED
PEOPLE = {
    "wang": Role.REVIEWER, "li": Role.REVIEWER, "zhang": Role.LEAD, "zhao": Role.ADJUDICATOR, "qian": Role.ADJUDICATOR,
    "admin": Role.ADMIN, "reader": Role.READER, "editor": Role.EDITOR,
}  # fmt: skip


class SmallDesk:
    """A store with some flags, and people."""

    def __init__(self, store: Store, keys: Path, *flags: Flag, percent: int = 0) -> None:
        self.store = store
        self.settings = Settings(workspace=store.workspace, keys=keys, second_review_percent=percent)
        self.accounts = Accounts(store, self.settings)
        self.decisions = Decisions(store, self.settings, self.accounts)
        for name, role in PEOPLE.items():
            self.accounts.add(name, role, by="desk", at=AT)
        stream_id = begin(store)
        store.add(stream_id, Unit(cues=[SPOKEN], flags=flags))
        end(store, stream_id)

    def person(self, name: str) -> Person:
        return Person(name, name, PEOPLE[name])

    def claim(self, name: str, flag_id: str, at: datetime = AT) -> None:
        claim(self.store, name, flag_id, at)

    def free(self) -> None:
        """Nobody has claimed anything."""
        with self.store._database.writing() as session:
            session.execute(update(QueueRow).values(claimed_by=None, claimed_at=None, lease_until=None))

    def claimed(self) -> dict[str, str]:
        with self.store._database.reading() as session:
            asked = select(QueueRow.flag_id, QueueRow.claimed_by).where(QueueRow.claimed_by.is_not(None))
            return {row.flag_id: row.claimed_by for row in session.execute(asked)}

    def decide(self, name: str, flag_id: str, decision: Decision, at: datetime = AT, **more: object) -> ReviewState:
        """Claims the flag and decides about it, with a reason where one is due."""
        self.claim(name, flag_id, at)
        words = {} if decision is CONFIRMED else {"reasons": [Reason.MISHEARD]}
        seen = len(self.events(flag_id))
        given = {"seen": seen, "at": at, **words, **more}
        return self.decisions.decide(self.person(name), flag_id, decision, **given)  # type: ignore[arg-type]

    def events(self, flag_id: str) -> tuple[Verdict, ...]:
        return self.store.reviews.verdicts(flag_id)

    def state(self, flag_id: str) -> ReviewState:
        return self.store.reviews.states([flag_id])[flag_id]

    def sound(self) -> None:
        """The log is one tree that tells of each event, and the queue says what the events say."""
        assert check(self.store.audit.entries(), self.store.audit.tree(), b"").problems == ()
        with self.store._database.reading() as session:
            assert differences(session) == []
            leaves = session.scalars(select(AuditEntryRow.leaf).where(AuditEntryRow.act == Act.VERDICT.value))
            logged = Counter((one.subject, one.facts["position"]) for one in map(Entry.from_leaf, leaves))
            flag_ids = list(session.scalars(select(QueueRow.flag_id)))
        events = Counter(
            (one.flag_id, one.seen)
            for flag_id in flag_ids
            for one in self.events(flag_id)
            if one.decision not in APPEALS
        )
        assert logged == events


def claim(store: Store, name: str, flag_id: str, at: datetime) -> None:
    """As the queue hands a flag out."""
    with store._database.writing() as session:
        hold_free(session, flag_id, name, at)
        hand_lease(session, flag_id, name, at, at + LEASE)


def grave(flag_id: str, start_ms: int = 1000) -> Flag:
    return flag(flag_id, start_ms, severity=Severity.VERY_SERIOUS)


MakeDesk = Callable[..., SmallDesk]


@pytest.fixture
def desk_of(store: Store, tmp_path: Path) -> MakeDesk:
    return lambda *flags, **more: SmallDesk(store, tmp_path / "keys", *flags, **more)


# Deciding


def test_a_decision_closes_its_flag_and_ends_the_claim(desk_of: MakeDesk) -> None:
    """In the first round, with what the reviewer had before them; the next one is told that it is closed."""
    desk = desk_of(flag("f-1"))
    state = desk.decide("wang", "f-1", CONFIRMED, severity=Severity.SLIGHT, note=" 他说了返现 ")
    assert (state.stage, state.decision, state.first_by) == (Stage.CLOSED, CONFIRMED, "wang")
    (event,) = desk.events("f-1")
    assert (event.round, event.severity, event.note, event.judged_on.lexicon) == (
        Round.FIRST, Severity.SLIGHT, "他说了返现", "sha256:l",
    )  # fmt: skip
    assert desk.claimed() == {}
    with pytest.raises(RefusedError, match="已结案"):
        desk.decide("li", "f-1", CONFIRMED)
    desk.sound()


def test_only_who_has_claimed_a_flag_decides_about_it(desk_of: MakeDesk) -> None:
    """Without a claim, with somebody else's, and after one's own is over: nothing is kept."""
    desk = desk_of(flag("f-1"))

    def refused(name: str, said: str, at: datetime = AT) -> None:
        with pytest.raises(RefusedError, match=said):
            desk.decisions.decide(desk.person(name), "f-1", CONFIRMED, seen=0, at=at)
        assert desk.events("f-1") == ()

    refused("wang", "请先认领")
    desk.claim("li", "f-1")
    refused("wang", "现由他人处理")
    refused("li", "认领已过期", AT + LEASE)
    desk.decisions.decide(desk.person("li"), "f-1", CONFIRMED, seen=0, at=AT + LEASE - timedelta(seconds=1))
    assert len(desk.events("f-1")) == 1


def test_rights_are_asked_anew(desk_of: MakeDesk) -> None:
    """Whoever lost a right or the account decides nothing, whatever their page still thinks."""
    desk = desk_of(flag("f-1"))
    for name in ("admin", "reader", "editor"):
        with pytest.raises(RefusedError, match="没有“复核”权限"):
            desk.decide(name, "f-1", CONFIRMED)
        desk.free()
        for act in (
            lambda who: desk.decisions.undo(who, at=AT),
            lambda who: desk.decisions.undo_batch(who, "b", at=AT),
            lambda who: desk.decisions.dismiss_alike(who, "f-1", expected=1, reasons=[Reason.MISHEARD], at=AT),
        ):
            with pytest.raises(RefusedError, match="没有“复核”权限"):
                act(desk.person(name))
    desk.accounts.change("wang", active=False, by="desk", at=AT)
    with pytest.raises(RefusedError, match="已停用"):
        desk.decide("wang", "f-1", CONFIRMED)
    assert desk.events("f-1") == ()


@pytest.mark.parametrize(
    ("decision", "words", "said"),
    [
        (DISMISSED, {"reasons": []}, "请选择原因或填写说明"),
        (ESCALATED, {"reasons": [], "note": " "}, "请选择原因或填写说明"),
        (Decision.UNDECIDED, {"reasons": []}, "请选择原因或填写说明"),
        (DISMISSED, {"reasons": [Reason.OTHER]}, "请填写说明"),
        (DISMISSED, {"severity": Severity.SLIGHT}, "只有“违规成立”可以"),
        (CONFIRMED, {"reasons": [Reason.MISHEARD]}, "不需要选择原因"),
        (CONFIRMED, {"note": "长" * (MOST_NOTE_CHARS + 1)}, "说明过长"),
        (Decision.WITHDRAWN, {}, "不能这样判定"),
        (Decision.APPEAL_UPHELD, {}, "不能这样判定"),
        (CONFIRMED, {"seen": 1}, "刚刚已有新的判定"),
    ],
)
def test_what_a_page_may_not_leave_out(desk_of: MakeDesk, decision: Decision, words: dict, said: str) -> None:  # type: ignore[type-arg]
    """Reasons are asked for here, not in the page."""
    desk = desk_of(flag("f-1"))
    with pytest.raises(RefusedError, match=said):
        desk.decide("wang", "f-1", decision, **words)
    assert desk.events("f-1") == ()
    assert desk.claimed() == {"f-1": "wang"}


def test_a_note_alone_is_reason_enough(desk_of: MakeDesk) -> None:
    """It counts as `other`; the computed severity, said again, is no severity of the reviewer's own."""
    desk = desk_of(flag("f-1"), flag("f-2", 9000))
    desk.decide("wang", "f-1", DISMISSED, reasons=[], note="是主播在念规则")
    assert desk.events("f-1")[0].reasons == (Reason.OTHER,)
    desk.decide("wang", "f-2", CONFIRMED, severity=Severity.SERIOUS)
    assert desk.events("f-2")[0].severity is None


# Rounds


def test_the_gravest_are_looked_at_twice_and_agreement_closes_them(desk_of: MakeDesk) -> None:
    """As computed or in the reviewer's own view; never by the same person."""
    desk = desk_of(grave("f-1"), flag("f-2", 9000))
    assert desk.decide("wang", "f-1", CONFIRMED).stage is Stage.SECOND
    assert desk.decide("wang", "f-2", CONFIRMED, severity=Severity.VERY_SERIOUS).stage is Stage.SECOND
    assert [one.second_review for one in (*desk.events("f-1"), *desk.events("f-2"))] == [True, True]
    with pytest.raises(RefusedError, match="您已在前一轮判定过"):
        desk.decide("wang", "f-1", CONFIRMED)
    desk.free()
    state = desk.decide("li", "f-1", CONFIRMED)
    assert (state.stage, state.decision, state.second_by) == (Stage.CLOSED, CONFIRMED, "li")
    desk.sound()


def test_disagreement_goes_to_who_may_end_it(desk_of: MakeDesk) -> None:
    """An adjudicator who was in neither round; they confirm or dismiss."""
    desk = desk_of(grave("f-1"))
    desk.decide("wang", "f-1", CONFIRMED)
    assert desk.decide("qian", "f-1", DISMISSED).stage is Stage.FINAL
    for name, said in (("li", "没有“终审裁定”权限"), ("zhang", "没有“终审裁定”权限"), ("qian", "您已在前一轮判定过")):
        with pytest.raises(RefusedError, match=said):
            desk.decide(name, "f-1", CONFIRMED)
        desk.free()
    with pytest.raises(RefusedError, match="终审只能判定"):
        desk.decide("zhao", "f-1", ESCALATED)
    state = desk.decide("zhao", "f-1", CONFIRMED)
    assert (state.decision, state.reviewer) == (CONFIRMED, "zhao")
    assert [one.round for one in desk.events("f-1")] == [Round.FIRST, Round.SECOND, Round.FINAL]
    desk.sound()


def test_a_share_that_nobody_can_foresee_is_looked_at_twice() -> None:
    """About so many of a hundred, the same ones each time, others with another key; none or all where so set."""
    ids = [f"f-{n}" for n in range(4000)]

    def due(percent: int, key: bytes = b"k" * 32) -> set[str]:
        reviews = SecondReviews(percent, key)
        return {flag_id for flag_id in ids if reviews.due(flag_id, {Severity.SERIOUS, None})}

    assert 300 < len(due(10)) < 500
    assert due(10) == due(10)
    assert len(due(10) & due(10, b"l" * 32)) < 80
    assert due(10) < due(20)
    assert (due(0), due(100)) == (set(), set(ids))


def test_the_key_of_the_sample_is_kept(desk_of: MakeDesk, tmp_path: Path) -> None:
    """Another process draws the same flags."""
    desk = desk_of(flag("f-1"), percent=50)
    assert SecondReviews.of(desk.settings) == SecondReviews.of(desk.settings)
    assert SecondReviews.of(desk.settings).key != SecondReviews.of(replace_keys(desk.settings, tmp_path / "other")).key


def replace_keys(settings: Settings, keys: Path) -> Settings:
    return settings.model_copy(update={"keys": keys})


# Taking back


def test_the_last_decision_is_taken_back_and_the_flag_is_there_again(desk_of: MakeDesk) -> None:
    """State and hold are as before; the flag is the person's again, what they had meanwhile is free."""
    desk = desk_of(flag("f-1"), flag("f-2", 9000))
    desk.decide("wang", "f-1", CONFIRMED)
    desk.claim("wang", "f-2")
    (done,) = desk.decisions.mine(desk.person("wang"))
    assert (done.flag_id, done.decision, done.round, done.refusal) == ("f-1", CONFIRMED, Round.FIRST, "")
    assert [hold.why for hold in desk.store.reviews.holds()] == ["confirmed"]
    assert desk.decisions.undo(desk.person("wang"), at=AT) == "f-1"
    assert desk.claimed() == {"f-1": "wang"}
    assert desk.store.reviews.holds() == []
    state = desk.state("f-1")
    assert (state.stage, state.events, state.standing) == (Stage.FIRST, 2, ())
    assert desk.decisions.mine(desk.person("wang")) == []
    assert desk.decisions.undo(desk.person("wang"), at=AT) is None
    assert desk.decide("wang", "f-1", DISMISSED).decision is DISMISSED
    desk.sound()


def test_twenty_acts_can_be_taken_back_one_after_the_other(desk_of: MakeDesk) -> None:
    """The newest first; the one before them stays."""
    names = [f"f-{n}" for n in range(MOST_UNDONE + 1)]
    desk = desk_of(*(flag(name, 9000 * n) for n, name in enumerate(names)))
    for name in names:
        desk.decide("wang", name, CONFIRMED)
    assert [done.flag_id for done in desk.decisions.mine(desk.person("wang"))] == names[:0:-1]
    undone = [desk.decisions.undo(desk.person("wang"), at=AT) for _ in names]
    assert undone == [*names[:0:-1], None]
    assert desk.state(names[0]).decision is CONFIRMED
    desk.sound()


def test_what_others_went_on_with_is_not_taken_back(desk_of: MakeDesk) -> None:
    """A second review, an appeal, and somebody who is at it just now; a decision before that can be chosen."""
    desk = desk_of(grave("f-1"), flag("f-2", 9000), grave("f-3", 20_000), flag("f-4", 30_000))
    me = desk.person("wang")
    for name in ("f-4", "f-3", "f-2", "f-1"):
        desk.decide("wang", name, CONFIRMED)
    desk.decide("li", "f-1", CONFIRMED)
    desk.store.reviews.decide(Verdict("f-2", Decision.APPEALED, "王", AT, 1))
    desk.claim("li", "f-3")
    assert [(done.flag_id, bool(done.refusal)) for done in desk.decisions.mine(me)] == [
        ("f-1", True), ("f-2", True), ("f-3", False), ("f-4", False),
    ]  # fmt: skip
    for chosen, said in ((None, "已有他人的判定"), ("f-2", "已有他人的判定"), ("f-3", "正由他人处理")):
        with pytest.raises(RefusedError, match=said):
            desk.decisions.undo(me, flag_id=chosen, at=AT)
    assert desk.decisions.undo(me, flag_id="f-4", at=AT) == "f-4"
    assert desk.decisions.undo(desk.person("li"), at=AT) == "f-1"
    assert desk.decisions.undo(me, flag_id="f-1", at=AT + LEASE) == "f-1"
    assert desk.state("f-1").standing == ()
    desk.sound()


# Several of one cause


def test_flags_for_the_same_words_are_dismissed_and_brought_back_in_one_go(desk_of: MakeDesk) -> None:
    """Those that wait and are free; what is grave goes to a second reviewer all the same."""
    other = flag("f-other", 50_000)
    (hit,) = other.violation.hits
    other = replace(other, violation=replace(other.violation, hits=(replace(hit, raw="返现"),)))
    desk = desk_of(*(flag(f"f-{n}", 9000 * n) for n in range(5)), grave("f-5", 60_000), other)
    me = desk.person("wang")
    desk.decide("li", "f-0", CONFIRMED)
    desk.claim("li", "f-1")
    desk.claim("wang", "f-2")
    found = desk.decisions.alike(me, "f-2", at=AT)
    assert isinstance(found, Alike)
    assert (found.flag_ids, found.others, found.more) == (("f-2", "f-3", "f-4", "f-5"), 3, False)
    assert [(one.flag_id, one.room, one.creator) for one in found.examples] == [
        (name, "甲房间", "某小店") for name in ("f-3", "f-4", "f-5")
    ]
    words = {"reasons": [Reason.HARMLESS], "note": "", "at": AT}
    with pytest.raises(OvertakenError, match="由 3 变为 4"):
        desk.decisions.dismiss_alike(me, "f-2", expected=3, **words)
    with pytest.raises(RefusedError, match="请选择误报原因"):
        desk.decisions.dismiss_alike(me, "f-2", expected=4, reasons=[], note="x", at=AT)
    batch = desk.decisions.dismiss_alike(me, "f-2", expected=4, **words)
    states = desk.store.reviews.states(found.flag_ids)
    assert [states[name].stage for name in found.flag_ids] == [*[Stage.CLOSED] * 3, Stage.SECOND]
    assert {one.batch for name in found.flag_ids for one in desk.events(name)} == {batch}
    assert (desk.state("f-1").events, desk.state("f-other").events) == (0, 0)
    assert desk.claimed() == {"f-1": "li"}
    (done,) = desk.decisions.mine(me)
    assert (sorted(done.flag_ids), done.batch) == (sorted(found.flag_ids), batch)
    desk.decide("li", "f-5", CONFIRMED)
    with pytest.raises(RefusedError, match="没有可撤销"):
        desk.decisions.undo_batch(desk.person("li"), batch, at=AT)
    back = desk.decisions.undo_batch(me, batch, at=AT)
    assert (set(back.flag_ids), back.left) == ({"f-2", "f-3", "f-4"}, ("f-5",))
    assert [desk.state(name).stage for name in ("f-2", "f-5")] == [Stage.FIRST, Stage.FINAL]
    with pytest.raises(RefusedError, match="无法撤销"):
        desk.decisions.undo_batch(me, batch, at=AT)
    desk.sound()


def test_undo_takes_a_batch_as_one_act(desk_of: MakeDesk) -> None:
    """All of it, and the person is at one of its flags again; what somebody else is at stays."""
    desk = desk_of(*(grave(f"f-{n}", 9000 * n) for n in range(3)))
    me = desk.person("wang")
    batch = desk.decisions.dismiss_alike(me, "f-0", expected=3, reasons=[Reason.DUPLICATE], at=AT)
    desk.claim("li", "f-1")
    undone = desk.decisions.undo(me, at=AT)
    assert undone in ("f-0", "f-2")
    assert desk.claimed() == {"f-1": "li", undone: "wang"}
    assert [desk.state(f"f-{n}").stage for n in range(3)] == [Stage.FIRST, Stage.SECOND, Stage.FIRST]
    assert [(done.flag_ids, done.batch) for done in desk.decisions.mine(me)] == [(("f-1",), batch)]
    desk.sound()


# Many at once


REVIEWERS, FLAGS = 20, 200


@pytest.mark.slow
def test_twenty_people_decide_about_two_hundred_flags(desk_of: MakeDesk) -> None:
    """Each flag exactly once in each of its rounds, whoever was faster; nothing is lost, and the log tells it all."""
    names = [f"f-{n}" for n in range(FLAGS)]
    desk = desk_of(*((grave if n % 4 == 0 else flag)(name, 9000 * n) for n, name in enumerate(names)), percent=10)
    people = [f"r{n}" for n in range(REVIEWERS)]
    for name in people:
        desk.accounts.add(name, Role.ADJUDICATOR, by="desk", at=AT)
    barrier = Barrier(REVIEWERS)

    def review(name: str) -> tuple[list[tuple[str, Round]], int]:
        chance, me = random.Random(name), Person(name, name, Role.ADJUDICATOR)
        own, refused = [], 0
        barrier.wait()
        while True:
            states = desk.store.reviews.states(names)
            mine = [
                flag_id
                for flag_id, state in states.items()
                if state.stage is not Stage.CLOSED and name not in (state.first_by, state.second_by)
            ]
            if not mine:
                return own, refused
            for flag_id in chance.sample(mine, min(25, len(mine))):
                decision = chance.choice([CONFIRMED, DISMISSED])
                reasons = [Reason.MISHEARD] if decision is DISMISSED else []
                try:
                    if chance.random() < 0.9:  # who has not claimed it is refused
                        claim(desk.store, name, flag_id, AT)
                    seen = states[flag_id].events
                    desk.decisions.decide(me, flag_id, decision, seen=seen, reasons=reasons, at=AT)
                except RefusedError:
                    refused += 1
                else:
                    own.append((flag_id, Round(states[flag_id].stage.value)))

    with ThreadPoolExecutor(REVIEWERS) as pool:
        done = list(pool.map(review, people))
    accepted = Counter(one for own, _ in done for one in own)
    assert set(accepted.values()) == {1}
    kept = Counter((one.flag_id, one.round) for name in names for one in desk.events(name))
    assert kept == accepted
    states = desk.store.reviews.states(names)
    assert {state.stage for state in states.values()} == {Stage.CLOSED}
    assert all(state.second_by for name, state in states.items() if int(name[2:]) % 4 == 0)
    for state in states.values():
        assert len({one.reviewer for one in state.standing}) == len(state.standing) == state.events
    assert sum(refused for _, refused in done) > 0
    assert desk.claimed().keys() <= set(names)
    desk.sound()
