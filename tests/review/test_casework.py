"""Holds and appeals as people at the desk put, answer and see them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from store.broadcasts import begin, end, flag

from monitor.audit import Act
from monitor.config import Settings
from monitor.review.accounts import Accounts
from monitor.review.casework import CaseAct, Casework
from monitor.review.decision_rules import MOST_NOTE_CHARS, OvertakenError
from monitor.review.queue import Filter, Order, Queue
from monitor.roles import Person, RefusedError, Right, Role
from monitor.store import Store, Unit
from monitor.store.appeals import HinderedError, Hindrance
from monitor.store.queue_filter import APPEALED, HELD
from monitor.store.verdicts import Decision, Round, Verdict

AT = datetime(2026, 11, 22, 9, tzinfo=UTC)
LATER = AT + timedelta(hours=2)
EVERYBODY = {
    "wang": Role.REVIEWER, "li": Role.REVIEWER, "zhang": Role.LEAD, "zhao": Role.ADJUDICATOR, "qian": Role.ADJUDICATOR,
    "admin": Role.ADMIN,
}  # fmt: skip
SQLITE = pytest.mark.parametrize("url", [None], ids=["sqlite"])


@dataclass
class Floor:
    store: Store
    casework: Casework
    queue: Queue

    def person(self, name: str) -> Person:
        return Person(name, name, EVERYBODY[name])

    def event(self, flag_id: str, decision: Decision, by: str, round_: Round, note: str = "") -> None:
        seen = len(self.store.reviews.verdicts(flag_id))
        self.store.reviews.decide(Verdict(flag_id, decision, by, AT, seen, round=round_, note=note))

    def confirmed(self, flag_id: str, by: str = "wang") -> None:
        self.event(flag_id, Decision.CONFIRMED, by, Round.FIRST)

    def stands(self, name: str, flag_id: str):
        return self.casework.standing(self.person(name), flag_id)

    def acts(self, name: str, flag_id: str) -> dict[str, str]:
        return {str(act): why for act, why in self.stands(name, flag_id).acts.items()}

    def act(self, name: str, act: CaseAct, flag_id: str, words: str = "监管来函", at: datetime = LATER) -> None:
        person = self.person(name)
        if act in (CaseAct.HOLD, CaseAct.RELEASE):
            getattr(self.casework, act)(person, flag_id, why=words, at=at)
        else:
            seen = self.stands(name, flag_id).seen
            getattr(self.casework, act)(person, flag_id, note=words, seen=seen, at=at)

    def listed(self, *states: str) -> list[str]:
        found = self.queue.page(self.person("zhang"), Filter(state=states), order=Order.SEVERE, at=LATER)
        assert found.total == len(found.rows)
        return [row.flag_id for row in found.rows]


@pytest.fixture
def floor(store: Store) -> Floor:
    accounts = Accounts(store, Settings())
    for name, role in EVERYBODY.items():
        accounts.add(name, role, by="desk", at=AT)
    stream_id = begin(store)
    store.add(stream_id, Unit(flags=[flag(name, 1000 * n) for n, name in enumerate(("a", "b", "c", "d"))]))
    end(store, stream_id)
    return Floor(store, Casework(store, accounts), Queue(store, Settings(), accounts))


def said(error: pytest.ExceptionInfo[RefusedError]) -> str:
    return error.value.what


def test_a_hold_is_put_and_released_with_its_reason(floor: Floor) -> None:
    """As `monitor hold` does it; the queue lists what people keep, and the log names neither words nor reason."""
    floor.act("zhang", CaseAct.HOLD, "a")
    floor.confirmed("b")

    assert floor.stands("zhang", "a").held
    assert [(one.why, one.by, one.at) for one in floor.stands("zhao", "b").by_hand] == []
    assert floor.listed(HELD) == ["a"]
    assert floor.casework.waiting(floor.person("zhang")).held == 1
    assert floor.acts("zhang", "b") == {"hold": "", "release": "", "appeal": ""}

    floor.act("admin", CaseAct.RELEASE, "a", "来函已撤回")

    assert not floor.stands("zhang", "a").held
    assert floor.listed(HELD) == []
    assert [(one.why, one.released_why, one.released_by) for one in floor.store.reviews.holds("a")] == [
        ("监管来函", "来函已撤回", "admin")
    ]
    assert floor.acts("zhang", "a") == {"hold": ""}
    with pytest.raises(RefusedError, match="没有留存"):
        floor.act("zhang", CaseAct.RELEASE, "a")
    logged = [entry for act in (Act.HOLD, Act.RELEASE) for entry in floor.store.audit.entries(act=act)]
    assert [(entry.act, entry.actor, entry.subject) for entry in logged] == [
        (Act.HOLD, "zhang", "a"), (Act.RELEASE, "admin", "a"),
    ]  # fmt: skip


def test_an_appeal_is_noted_found_and_answered(floor: Floor) -> None:
    """Whom it falls to is an adjudicator; it stands in the queue's list with its age until then."""
    floor.confirmed("a")
    floor.confirmed("b")
    floor.act("zhang", CaseAct.APPEAL, "a", "商家称活动已下架", at=LATER - timedelta(hours=1))
    floor.act("zhang", CaseAct.APPEAL, "b", "商家称是口误")

    assert floor.listed(APPEALED) == ["a", "b"]
    assert floor.listed(APPEALED, "first") == ["a", "b", "c", "d"]
    waiting = floor.casework.waiting(floor.person("zhang"))
    assert (waiting.appeals, waiting.oldest_appeal_at, waiting.held) == (2, LATER - timedelta(hours=1), 0)
    rows = floor.queue.page(floor.person("zhang"), Filter(state=(APPEALED,)), at=LATER).rows
    assert [row.appealed_at for row in rows] == [LATER - timedelta(hours=1), LATER]
    assert floor.stands("zhang", "a").appealed_at == LATER - timedelta(hours=1)
    assert floor.acts("zhang", "a") == {"hold": "", "release": "有申诉待处理，答复之后才能解除留存或再次登记"}
    assert floor.acts("zhao", "a").keys() == {"hold", "release", "uphold", "reject"}

    floor.act("zhao", CaseAct.UPHOLD, "a", "证据中没有购买入口")
    floor.act("qian", CaseAct.REJECT, "b", "原话清楚")

    states = floor.store.reviews.states(["a", "b"])
    assert (states["a"].decision, states["b"].decision) == (Decision.DISMISSED, Decision.CONFIRMED)
    assert not floor.stands("zhang", "a").held
    assert floor.stands("zhang", "b").held
    assert floor.listed(APPEALED) == []
    assert floor.listed("closed:dismissed") == ["a"]
    assert [event.note for event in floor.store.reviews.verdicts("b")] == ["", "商家称是口误", "原话清楚"]


@SQLITE
@pytest.mark.parametrize(
    ("rounds", "may"),
    [
        ([("wang", Round.FIRST), ("qian", Round.FINAL)], True),
        ([("zhao", Round.FIRST)], False),
        ([("wang", Round.FIRST), ("zhao", Round.SECOND)], False),
        ([("wang", Round.FIRST), ("zhao", Round.FINAL)], False),
    ],
    ids=["neither", "first", "second", "final"],
)
def test_who_decided_does_not_judge_the_appeal(floor: Floor, rounds: list[tuple[str, Round]], may: bool) -> None:
    """In whatever round; noting it is no judgement."""
    by, last = rounds[-1]
    for name, _ in rounds[:-1]:
        decision = Decision.UNDECIDED if last is Round.SECOND else Decision.ESCALATED
        floor.event("a", decision, name, Round.FIRST, "拿不准")
    if last is Round.SECOND:
        # Two who disagree go to the last round: there both agree.
        floor.event("a", Decision.CONFIRMED, by, Round.SECOND)
        floor.event("a", Decision.CONFIRMED, "qian", Round.FINAL)
    else:
        floor.event("a", Decision.CONFIRMED, by, last)
    floor.act("zhao", CaseAct.APPEAL, "a")

    for act in (CaseAct.UPHOLD, CaseAct.REJECT):
        assert (floor.acts("zhao", "a")[act] == "") is may
    if may:
        floor.act("zhao", CaseAct.REJECT, "a")
        assert floor.store.reviews.states(["a"])["a"].confirmed
    else:
        with pytest.raises(RefusedError) as refused:
            floor.act("zhao", CaseAct.REJECT, "a")
        assert said(refused) == "您判定过这条线索，它的申诉须由他人答复"
        assert floor.store.reviews.states(["a"])["a"].appealed


@SQLITE
def test_what_comes_too_late_or_too_early_is_refused(floor: Floor) -> None:
    """In Chinese, and nothing is kept."""
    floor.confirmed("a")
    floor.act("zhang", CaseAct.APPEAL, "a")
    floor.event("b", Decision.UNDECIDED, "wang", Round.FIRST, "拿不准")
    zhang, zhao = floor.person("zhang"), floor.person("zhao")
    for act, person, flag_id, why in (
        (floor.casework.appeal, zhang, "a", "有申诉待处理"),
        (floor.casework.appeal, zhang, "c", "违规成立"),
        (floor.casework.uphold, zhao, "c", "没有待答复的申诉"),
        (floor.casework.appeal, zhang, "nix", "没有这条线索"),
    ):
        events = len(floor.store.reviews.verdicts(flag_id)) if flag_id != "nix" else 0
        with pytest.raises(RefusedError, match=why):
            act(person, flag_id, note="x", seen=events, at=LATER)
        assert flag_id == "nix" or len(floor.store.reviews.verdicts(flag_id)) == events
    with pytest.raises(OvertakenError):
        floor.casework.reject(zhao, "a", note="x", seen=1, at=LATER)
    with pytest.raises(RefusedError, match="还在复核中"):
        floor.casework.release(zhang, "b", why="x", at=LATER)
    with pytest.raises(RefusedError, match="没有这条线索"):
        floor.casework.hold(zhang, "nix", why="x", at=LATER)


@SQLITE
def test_whoever_reviews_next_reads_no_reason_of_others(floor: Floor) -> None:
    """A reason may tell what somebody thinks of the flag; that it is kept, and one's own, are told."""
    floor.act("zhang", CaseAct.HOLD, "a", "证据确凿")
    floor.act("zhao", CaseAct.HOLD, "a", "平台来函")

    assert [(one.by, one.why) for one in floor.stands("zhang", "a").by_hand] == [("zhang", "证据确凿")]
    assert (floor.stands("zhang", "a").hidden, floor.stands("wang", "a").hidden) == (1, 2)
    floor.confirmed("a")
    assert len(floor.stands("wang", "a").by_hand) == 2


@SQLITE
@pytest.mark.parametrize(
    ("words", "why"),
    [
        (" \n ", "请填写理由"),
        ("长" * (MOST_NOTE_CHARS + 1), "过长"),
        ("商家来电13800138000称已改", "手机号"),
        ("商家来电 138-0013-8000", "手机号"),
        ("本人11010519491231002X提交", "身份证号"),
        ("来信 shop@example.com", "邮箱"),
    ],
    ids=["none", "long", "phone", "dashes", "identity", "mail"],
)
def test_the_reason_says_something_and_names_nobody(floor: Floor, words: str, why: str) -> None:
    with pytest.raises(RefusedError, match=why):
        floor.act("zhang", CaseAct.HOLD, "a", words)
    assert floor.store.reviews.holds("a") == []


@SQLITE
def test_numbers_of_orders_and_rules_are_no_personal_data(floor: Floor) -> None:
    floor.act("zhang", CaseAct.HOLD, "a", "订单 6920138000138000123，令第117号第十六条，函〔2026〕1382 号")
    assert len(floor.store.reviews.holds("a")) == 1


@SQLITE
def test_every_hindrance_has_its_words(floor: Floor) -> None:
    """On the command line, and at the desk for whatever the role allows."""
    from monitor.review.casework import _REFUSED, RIGHTS

    assert set(_REFUSED) == set(Hindrance)
    assert all("flag a: " in str(HinderedError(one, "flag a")) for one in Hindrance)
    assert set(RIGHTS) == set(CaseAct)
    assert floor.acts("wang", "a") == {}
    for act, right in RIGHTS.items():
        assert right in (Right.HOLD, Right.ADJUDICATE)
        with pytest.raises(RefusedError, match="没有“"):
            floor.act("wang", act, "a")
