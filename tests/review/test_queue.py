"""What waits, and who is at it: one flag is one person's at a time, whatever the database and however many come."""

from __future__ import annotations

import threading
from collections import defaultdict
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import event, update
from store.broadcasts import STREAM, begin, end, flag

from monitor.audit import Act, Entry
from monitor.config import Settings
from monitor.records import Channel
from monitor.review.accounts import Accounts
from monitor.review.queue import STATES, Claim, Filter, Order, Queue
from monitor.roles import Person, RefusedError, Role
from monitor.rules import Severity
from monitor.store import Store, Unit
from monitor.store.queue_tables import QueueRow
from monitor.store.queueing import refresh
from monitor.store.review_rows import alone, verdict_row
from monitor.store.verdicts import Decision, Reason, Round, Stage, Verdict
from monitor.timeline import Span

AT = datetime(2026, 11, 22, 9, tzinfo=UTC)
LEASE = timedelta(minutes=10)
EVERYTHING = Filter()


@pytest.fixture
def accounts(store: Store) -> Accounts:
    accounts = Accounts(store, Settings())
    for name, role, shown in (
        ("wang", Role.REVIEWER, "王老师"),
        ("li", Role.REVIEWER, "李老师"),
        ("zhao", Role.LEAD, "赵组长"),
        ("qian", Role.ADJUDICATOR, "钱终审"),
        ("reader", Role.READER, ""),
    ):
        accounts.add(name, role, shown=shown, by="desk", at=AT)
    return accounts


@pytest.fixture
def queue(store: Store, accounts: Accounts) -> Queue:
    return Queue(store, Settings(claim_lease_s=600, overdue_hours=24), accounts)


WANG = Person("wang", "王老师", Role.REVIEWER)
LI = Person("li", "李老师", Role.REVIEWER)
ZHAO = Person("zhao", "赵组长", Role.LEAD)
QIAN = Person("qian", "钱终审", Role.ADJUDICATOR)
READER = Person("reader", "reader", Role.READER)


def fill(store: Store, **severities: Severity) -> None:
    """Flags by id, in the order in which they were found, a second after each other."""
    stream_id = begin(store)
    for n, (name, severity) in enumerate(severities.items()):
        store.add(stream_id, Unit(flags=[flag(name, 1000 * n, severity=severity)]))
    end(store, stream_id)
    for n, name in enumerate(severities):
        changed(store, name, flagged_at=AT - timedelta(seconds=100 - n))


def changed(store: Store, flag_id: str, **values: object) -> None:
    with store._database.writing() as session:
        session.execute(update(QueueRow).where(QueueRow.flag_id == flag_id).values(values))


def decided(store: Store, flag_id: str, decision: Decision, by: str, round_: Round = Round.FIRST) -> None:
    with store._database.writing() as session:
        alone(session)
        seen = len(store.reviews.verdicts(flag_id))
        reasons = (Reason.HARMLESS,) if decision is Decision.DISMISSED else ()
        session.add(verdict_row(Verdict(flag_id, decision, by, AT, seen, reasons=reasons, round=round_)))
        refresh(session, [flag_id])


def ids(queue: Queue, chosen: Filter = EVERYTHING, order: Order = Order.SEVERE, person: Person = WANG) -> list[str]:
    found = queue.page(person, chosen, order=order, at=AT)
    assert found.total == len(found.rows)
    return [row.flag_id for row in found.rows]


def refused(error: pytest.ExceptionInfo[RefusedError]) -> str:
    return error.value.what


# Taking


def test_the_most_severe_comes_first_and_of_these_the_oldest(store: Store, queue: Queue) -> None:
    fill(store, a=Severity.ORDINARY, b=Severity.VERY_SERIOUS, c=Severity.SLIGHT, d=Severity.VERY_SERIOUS)
    taken = []
    while claim := queue.claim_next(WANG, EVERYTHING, skipped=taken, at=AT):
        assert claim == Claim(claim.flag_id, Round.FIRST, "wang", AT + LEASE, 0)
        taken.append(claim.flag_id)
    assert taken == ["b", "d", "a", "c"] == ids(queue)
    assert queue.page(WANG, EVERYTHING, at=AT).rows[0].claimed_by is None  # one at most, and it was the last


def test_nobody_gets_what_another_is_at_until_the_lease_ends(store: Store, queue: Queue) -> None:
    fill(store, a=Severity.SERIOUS, b=Severity.SLIGHT)
    first, second = queue.claim_next(WANG, EVERYTHING, at=AT), queue.claim_next(LI, EVERYTHING, at=AT)
    assert first
    assert second
    assert (first.flag_id, second.flag_id) == ("a", "b")
    assert queue.claim_next(ZHAO, EVERYTHING, at=AT) is None
    with pytest.raises(RefusedError) as error:
        queue.claim(LI, "a", at=AT + LEASE - timedelta(seconds=1))
    assert refused(error) == "“王老师”正在处理这条线索"
    later = AT + LEASE / 2
    assert queue.beat(WANG, "a", at=later).until == later + LEASE
    now = AT + LEASE
    claim = queue.claim_next(ZHAO, EVERYTHING, at=now)
    assert claim is not None
    assert claim.flag_id == "b"  # Li gave no sign of life
    with pytest.raises(RefusedError) as error:
        queue.beat(LI, "b", at=now)
    assert refused(error) == "“赵组长”正在处理这条线索"


def test_a_lease_that_ended_goes_on_if_nobody_came(store: Store, queue: Queue) -> None:
    fill(store, a=Severity.SERIOUS)
    queue.claim(WANG, "a", at=AT)
    late = AT + 5 * LEASE
    assert queue.beat(WANG, "a", at=late) == Claim("a", Round.FIRST, "wang", late + LEASE, 0)
    queue.release(LI, "a", at=late)  # it is not Li's to let go
    assert queue.page(LI, EVERYTHING, at=late).rows[0].claimed_shown == "王老师"
    queue.release(WANG, "a", at=late)
    with pytest.raises(RefusedError) as error:
        queue.beat(WANG, "a", at=late)
    assert refused(error) == "认领已失效，请重新认领"


def test_a_person_is_at_one_flag_at_most(store: Store, queue: Queue) -> None:
    fill(store, a=Severity.SERIOUS, b=Severity.SLIGHT)
    queue.claim(WANG, "b", at=AT)
    again = queue.claim(WANG, "b", at=AT + timedelta(minutes=1))
    assert again.until == AT + timedelta(minutes=1) + LEASE
    queue.claim(WANG, "a", at=AT)
    assert [(row.flag_id, row.claimed_by) for row in queue.page(LI, EVERYTHING, at=AT).rows] == [
        ("a", "wang"), ("b", None),
    ]  # fmt: skip
    claim = queue.claim_next(WANG, EVERYTHING, at=AT)
    assert claim is not None
    assert claim.flag_id == "a"  # a page that is loaded anew finds what it had


def test_a_lead_takes_a_flag_over_and_the_log_says_from_whom(store: Store, queue: Queue) -> None:
    fill(store, a=Severity.SERIOUS, b=Severity.SLIGHT)
    queue.claim(WANG, "a", at=AT)
    with pytest.raises(RefusedError) as error:
        queue.take_over(LI, "a", at=AT)
    assert "没有“接手他人任务”权限" in refused(error)
    assert queue.take_over(ZHAO, "a", at=AT).by == "zhao"
    queue.take_over(ZHAO, "b", at=AT)  # free: nothing to tell
    told = [Entry.from_leaf(entry.leaf) for entry in store.audit.entries(act=Act.CLAIM)]
    assert told == [Entry(AT, "zhao", Act.CLAIM, "a", {"taken_from": "wang", "round": "first"})]
    with pytest.raises(RefusedError):
        queue.beat(WANG, "a", at=AT)


def test_nobody_decides_in_two_rounds_and_the_last_is_for_adjudicators(store: Store, queue: Queue) -> None:
    fill(store, a=Severity.SERIOUS)
    decided(store, "a", Decision.UNDECIDED, "wang")
    assert queue.claim_next(WANG, EVERYTHING, at=AT) is None
    assert queue.counts(WANG, EVERYTHING, at=AT).total == 0
    with pytest.raises(RefusedError) as error:
        queue.claim(WANG, "a", at=AT)
    assert refused(error) == "您已在前一轮对这条线索作出判断，本轮须由他人复核"
    claim = queue.claim_next(LI, EVERYTHING, at=AT)
    assert claim is not None
    assert (claim.round, claim.seen) == (Round.SECOND, 1)
    decided(store, "a", Decision.DISMISSED, "li", Round.SECOND)
    with pytest.raises(RefusedError) as error:  # what was decided ends the claim
        queue.beat(LI, "a", at=AT)
    for person in (WANG, LI, ZHAO):
        assert queue.claim_next(person, EVERYTHING, at=AT) is None
    with pytest.raises(RefusedError) as error:
        queue.take_over(ZHAO, "a", at=AT)
    assert refused(error) == "这条线索待终审，需要“终审裁定”权限"
    assert queue.counts(QIAN, EVERYTHING, at=AT).waiting[Stage.FINAL][Severity.SERIOUS] == 1
    last = queue.claim_next(QIAN, EVERYTHING, at=AT)
    assert last == Claim("a", Round.FINAL, "qian", AT + LEASE, 2)
    decided(store, "a", Decision.CONFIRMED, "qian", Round.FINAL)
    with pytest.raises(RefusedError) as error:
        queue.claim(QIAN, "a", at=AT)
    assert refused(error) == "这条线索已有结论，不能再认领"
    with pytest.raises(RefusedError) as error:
        queue.claim(QIAN, "nothing", at=AT)
    assert refused(error).startswith("没有这条线索")


def test_rights_are_those_that_the_account_has_now(queue: Queue, accounts: Accounts, store: Store) -> None:
    fill(store, a=Severity.SERIOUS)
    accounts.change("wang", role=Role.READER, by="desk", at=AT)
    for act in (
        lambda person: queue.claim_next(person, EVERYTHING, at=AT),
        lambda person: queue.claim(person, "a", at=AT),
        lambda person: queue.beat(person, "a", at=AT),
        lambda person: queue.release(person, "a", at=AT),
        lambda person: queue.take_over(person, "a", at=AT),
    ):
        for person in (WANG, READER, Person("nobody", "", Role.LEAD)):
            with pytest.raises(RefusedError):
                act(person)
    assert queue.counts(READER, EVERYTHING, at=AT).waiting == {}
    assert ids(queue, person=READER) == ["a"]


def test_twenty_at_once_never_have_the_same_flag(store: Store, queue: Queue, accounts: Accounts) -> None:
    """Each takes what comes next, again and again, with a look at whether anybody else has it."""
    stream_id = begin(store)
    store.add(stream_id, Unit(flags=[flag(f"f-{n:03}", n) for n in range(200)]))
    end(store, stream_id)
    people = [Person(f"r{n:02}", "", Role.REVIEWER) for n in range(20)]
    for person in people:
        accounts.add(person.name, person.role, by="desk", at=AT)
    guard, held, taken, wrong = threading.Lock(), {}, defaultdict(list), []
    begun = threading.Barrier(len(people))

    def work(person: Person) -> None:
        done: list[str] = []
        begun.wait()
        try:
            while len(done) < 10 and (claim := queue.claim_next(person, EVERYTHING, skipped=done, at=AT)):
                with guard:
                    other = next((name for name, flag_id in held.items() if flag_id == claim.flag_id), None)
                    if other not in (None, person.name):
                        wrong.append((claim.flag_id, other, person.name))
                    held[person.name] = claim.flag_id
                    taken[claim.flag_id].append(person.name)
                done.append(claim.flag_id)
                with guard:  # let go in our books before the queue gives it to somebody else
                    del held[person.name]
                decided(store, claim.flag_id, Decision.DISMISSED, person.name)
        except Exception as error:
            wrong.append(error)

    threads = [threading.Thread(target=work, args=(person,)) for person in people]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
    assert {flag_id: len(names) for flag_id, names in taken.items()} == {f"f-{n:03}": 1 for n in range(200)}
    assert store.queue.wrong() == []


def test_who_takes_what_another_just_takes_gets_it_or_is_refused(store: Store, queue: Queue) -> None:
    """Two who cross their claims: each has one flag in the end, and neither waits for the other for good."""
    fill(store, a=Severity.SERIOUS, b=Severity.SERIOUS)
    for step in range(10):
        at = AT + step * 2 * LEASE  # what they had is free for the other
        begun, got = threading.Barrier(2), {}

        def take(person: Person, flag_id: str, at: datetime = at, begun: object = begun, got: object = got) -> None:
            begun.wait()
            try:
                got[person.name] = queue.claim(person, flag_id, at=at).flag_id
            except RefusedError as error:
                got[person.name] = error.what

        pairs = ((WANG, "ab"[step % 2]), (LI, "ba"[step % 2]))
        threads = [threading.Thread(target=take, args=pair) for pair in pairs]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert got == {person.name: flag_id for person, flag_id in pairs}


# Looking


def test_counts_tell_stage_severity_age_and_what_is_overdue(store: Store, queue: Queue) -> None:
    fill(store, a=Severity.ORDINARY, b=Severity.VERY_SERIOUS, c=Severity.ORDINARY, d=Severity.VERY_SERIOUS)
    changed(store, "a", flagged_at=AT - timedelta(hours=25))
    changed(store, "b", flagged_at=AT - timedelta(hours=7))  # a quarter of the time for these
    changed(store, "c", flagged_at=AT - timedelta(hours=23))
    decided(store, "c", Decision.UNDECIDED, "li")
    decided(store, "d", Decision.DISMISSED, "li")
    found = queue.counts(WANG, EVERYTHING, at=AT)
    assert found.waiting == {
        Stage.FIRST: {Severity.VERY_SERIOUS: 1, Severity.SERIOUS: 0, Severity.ORDINARY: 1, Severity.SLIGHT: 0},
        Stage.SECOND: {Severity.VERY_SERIOUS: 0, Severity.SERIOUS: 0, Severity.ORDINARY: 1, Severity.SLIGHT: 0},
    }
    assert (found.overdue, found.oldest_at, found.total) == (
        {Stage.FIRST: 2, Stage.SECOND: 0}, AT - timedelta(hours=25), 3,
    )  # fmt: skip
    rows = {row.flag_id: row for row in queue.page(LI, Filter(state=("first", "second", "closed")), at=AT).rows}
    assert {name: row.overdue for name, row in rows.items()} == {"a": True, "b": True, "c": False, "d": False}
    assert {name for name, row in rows.items() if row.takeable} == {"a", "b"}
    assert (rows["d"].decision, rows["c"].decision) == (Decision.DISMISSED, None)
    assert queue.counts(WANG, Filter(severity=(Severity.SLIGHT,)), at=AT).oldest_at is None


def test_filters(store: Store, queue: Queue) -> None:
    one = begin(store, "甲")
    hit = flag().violation.hits[0]
    read = replace(hit, channel=Channel.SCREEN)
    store.add(one, Unit(flags=[flag("a", score=0.9), flag("b", score=0.5, hits=(hit, read))]))
    end(store, one)
    other = replace(
        STREAM, room="乙_100%房间", platform="kuaishou", creator="",
        started_at=datetime(2026, 11, 21, 15, 59, 0, tzinfo=UTC),
    )  # fmt: skip
    two = begin(store, "乙", stream=other)
    late = flag("d", 60_000, stream=other, hits=(read,), scheme="fake_price", severity=Severity.SLIGHT)
    early = flag("c", stream=other, span=Span(0, 59_999))
    store.add(two, Unit(flags=[early, late]))
    end(store, two)
    decided(store, "a", Decision.CONFIRMED, "li")
    decided(store, "c", Decision.UNDECIDED, "li")

    def found(**chosen: object) -> set[str]:
        return set(ids(queue, Filter(**chosen)))  # type: ignore[arg-type]

    assert found() == {"b", "c", "d"}
    assert found(state=("closed",)) == found(state=("closed:confirmed", "closed:dismissed")) == {"a"}
    assert found(state=("first", "closed:dismissed")) == {"b", "d"}
    assert found(state=("closed:undecided",)) == set()
    assert found(state=("closed", "first", "second", "final")) == {"a", "b", "c", "d"}
    assert found(platform=("kuaishou", "x")) == found(creator=("",)) == {"c", "d"}
    part = STREAM.creator[1:]
    assert found(creator=(part,)) == found(creator=(part, "无此人")) == found(creator=(STREAM.creator,))
    assert found(creator=(part,)) == {"b"}
    assert found(creator=("_",)) == found(creator=("%" * 60_000,)) == set()
    assert found(scheme=("fake_price",)) == found(severity=(Severity.SLIGHT,)) == {"d"}
    assert found(channel=(Channel.SCREEN,)) == {"b", "d"}
    assert found(channel=(Channel.SPEECH, Channel.MESSAGE)) == {"b", "c"}
    assert found(min_score=0.5, max_score=0.6) == {"b"}
    assert found(since=date(2026, 11, 22)) == {"d"}  # midnight in China is 16:00 UTC
    assert found(until=date(2026, 11, 21)) == {"b", "c"}
    assert found(since=date(2026, 11, 21), until=date(2026, 11, 21)) == {"c"}
    assert found(since=date.min, until=date.max) == {"b", "c", "d"}
    assert found(text="100%") == found(text="乙_") == {"c", "d"}
    assert found(text="乙0") == found(text="%") - {"c", "d"} == set()
    assert found(text="b") == {"b"}
    assert found(platform=("kuaishou",), channel=(Channel.SPEECH,), state=("second",), min_score=0.1) == {"c"}
    claim = queue.claim_next(WANG, Filter(scheme=("fake_price",)), at=AT)
    assert claim is not None
    assert claim.flag_id == "d"
    assert queue.claim_next(WANG, Filter(state=("closed",)), at=AT) is None


def test_pages_in_each_order(store: Store, queue: Queue) -> None:
    fill(store, a=Severity.ORDINARY, b=Severity.VERY_SERIOUS, c=Severity.SLIGHT)
    changed(store, "c", score=0.95)
    assert ids(queue, order=Order.SEVERE) == ["b", "a", "c"]
    assert ids(queue, order=Order.OLDEST) == ["a", "b", "c"]
    assert ids(queue, order=Order.NEWEST) == ["c", "b", "a"]
    assert ids(queue, order=Order.SCORE) == ["c", "b", "a"]
    page = queue.page(WANG, EVERYTHING, order=Order.OLDEST, first=1, limit=1, at=AT)
    assert ([row.flag_id for row in page.rows], page.total) == (["b"], 3)
    assert queue.page(WANG, EVERYTHING, first=-5, limit=0, at=AT).rows == []


@pytest.mark.parametrize("url", [None], ids=["sqlite"])
def test_every_look_and_claim_goes_by_an_index(store: Store, queue: Queue) -> None:
    """Of the queue nothing is read from end to end; what filters ask for stands in the index itself."""
    fill(store, a=Severity.SERIOUS)
    composite = Filter(
        platform=("douyin", "kuaishou"), scheme=("x",), severity=(Severity.SERIOUS,), channel=(Channel.SCREEN,),
        min_score=0.5, since=date(2026, 11, 1), text="f",
    )  # fmt: skip
    asked: list[tuple[str, object]] = []
    event.listen(
        store._database.engine, "before_cursor_execute", lambda *given: asked.append((given[2], given[3]))
    )  # fmt: skip
    for chosen in (EVERYTHING, composite, replace(composite, state=("closed:confirmed",)), Filter(creator=("某",))):
        queue.counts(WANG, chosen, at=AT)
        for order in Order:
            queue.page(WANG, chosen, order=order, at=AT)
        queue.claim_next(WANG, chosen, at=AT)
    statements = [(sql, given) for sql, given in asked if "queue" in sql and "PRAGMA" not in sql]
    assert len(statements) == 4 * (1 + 2 * len(Order) + 2)
    with store._database.engine.connect() as connection:
        for sql, given in statements:
            plan = [row[3] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {sql}", given)]  # type: ignore[arg-type]
            assert not [step for step in plan if step.startswith("SCAN queue")], (sql, plan)
            if "count(" in sql and "creator" not in sql:
                assert any("queue USING COVERING INDEX" in step for step in plan), (sql, plan)


words = st.text(max_size=12)
several = st.none() | st.lists(words, max_size=4).map(tuple)
scores = st.none() | st.floats(allow_nan=False, allow_infinity=False)
days = st.none() | st.dates()


@given(
    st.builds(
        Filter, platform=several, creator=several, scheme=several,
        severity=st.none() | st.lists(st.sampled_from(Severity)).map(tuple),
        channel=st.none() | st.lists(st.sampled_from(Channel)).map(tuple),
        state=st.none() | st.lists(st.sampled_from(STATES)).map(tuple),
        min_score=scores, max_score=scores, since=days, until=days, text=st.none() | words,
    )
)  # fmt: skip
def test_a_filter_comes_back_from_an_address_as_it_was(chosen: Filter) -> None:
    query = chosen.to_query()
    assert Filter.from_query(query) == chosen
    assert all(values and all(isinstance(value, str) for value in values) for values in query.values())
    assert query.keys() == {name for name in chosen.__slots__ if getattr(chosen, name) is not None}


@given(st.dictionaries(st.sampled_from([*Filter.__slots__, "x"]), words | st.lists(words, max_size=3)))
def test_any_address_is_a_filter(query: dict[str, str | list[str]]) -> None:
    chosen = Filter.from_query(query)
    assert Filter.from_query(chosen.to_query()) == chosen


def test_what_says_nothing_is_left_out_of_a_filter() -> None:
    assert Filter.from_query({
        "severity": ["grave", "slight"], "state": "open", "min_score": "nan", "max_score": ["x", "0.5"],
        "since": "yesterday", "text": "  ", "flag": "f-1", "channel": [],
    }) == Filter(severity=(Severity.SLIGHT,), max_score=0.5)  # fmt: skip
