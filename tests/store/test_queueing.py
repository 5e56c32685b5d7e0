"""The queue says what flags and verdicts say, whatever scans and people did, in the same transaction."""

from __future__ import annotations

import random
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from broadcasts import AT, STREAM, begin, end, flag
from sqlalchemy import event, insert, select, text, update

from monitor.records import Channel
from monitor.rules import Severity
from monitor.store import Store, StreamDoneError, Unit
from monitor.store.queue_tables import QueueRow
from monitor.store.queueing import cause_of, differences, refresh
from monitor.store.review_rows import alone, verdict_row
from monitor.store.verdicts import Decision, Reason, Round, Stage, Verdict

OpenStore = Callable[[], Store]
LATER = AT + timedelta(hours=3)


def queue(store: Store) -> dict[str, QueueRow]:
    """The rows, which are right."""
    with store._database.reading() as session:
        assert differences(session) == []
        found = {row.flag_id: row for row in session.scalars(select(QueueRow))}
        session.expunge_all()
    return found


def decided(store: Store, flag_id: str, decision: Decision, by: str = "王", *, round_: Round = Round.FIRST) -> None:
    """An event, whatever the rules of review say to it."""
    with store._database.writing() as session:
        alone(session)
        seen = len(store.reviews.verdicts(flag_id))
        reasons = (Reason.HARMLESS,) if decision is Decision.DISMISSED else ()
        session.add(verdict_row(Verdict(flag_id, decision, by, AT, seen, reasons=reasons, round=round_)))
        refresh(session, [flag_id])


def scanned(store: Store, *flag_ids: str, key: str = "甲", fingerprint: str = "f1") -> int:
    stream_id = begin(store, key, fingerprint)
    store.add(stream_id, Unit(flags=[flag(name, 1000 * n) for n, name in enumerate(flag_ids)]))
    end(store, stream_id)
    return stream_id


def test_a_flag_is_queued_in_the_unit_that_found_it_with_all_that_is_asked_for(store: Store) -> None:
    stream_id = begin(store)
    before = datetime.now(UTC)
    second = flag("f-2", severity=Severity.VERY_SERIOUS, score=0.5)
    hit = second.violation.hits[0]
    read = replace(hit, channel=Channel.SCREEN, raw="全额退")
    second = replace(second, violation=replace(second.violation, hits=(hit, read, hit)))
    store.add(stream_id, Unit(flags=[flag("f-1", 61_000), second, flag("f-3", candidate=True)]))
    rows = queue(store)
    assert sorted(rows) == ["f-1", "f-2"]
    one, two = rows["f-1"], rows["f-2"]
    assert (one.stage, one.open, one.present, one.severity_rank, two.severity_rank) == ("first", True, True, 1, 0)
    assert before <= one.flagged_at <= datetime.now(UTC)
    assert one.happened_at == STREAM.started_at + timedelta(seconds=61)
    assert (one.scheme, one.platform, one.creator, one.room) == ("cashback_refund", "douyin", "某小店", "甲房间")
    assert (one.channels, two.channels) == ("speech", "screen,speech")
    assert one.cause == cause_of("cashback_refund", ["退给你"])
    assert two.cause == cause_of("cashback_refund", ["全额退", "退给你", "退给你"]) != one.cause
    assert (one.decision, one.first_by, one.second_by, one.events, one.claimed_by) == (None, "", "", 0, None)
    assert one.stream_id == two.stream_id == stream_id
    assert (one.score, two.score, one.start_ms) == (0.9, 0.5, 61_000)


def test_without_a_start_a_flag_happened_when_it_was_found(store: Store) -> None:
    stream_id = begin(store, stream=replace(STREAM, started_at=None))
    store.add(stream_id, Unit(flags=[flag("f-1")]))
    row = queue(store)["f-1"]
    assert row.happened_at == row.flagged_at


def test_a_flag_that_is_told_anew_changes_its_row_and_not_its_age(store: Store) -> None:
    stream_id = begin(store)
    store.add(stream_id, Unit(flags=[flag("f-1", score=0.5)]))
    since = queue(store)["f-1"].flagged_at
    store.add(stream_id, Unit(flags=[flag("f-1", score=0.75, severity=Severity.SLIGHT)]))
    end(store, stream_id, last=Unit(flags=[flag("f-2")]))
    rows = queue(store)
    assert (rows["f-1"].score, rows["f-1"].severity_rank, rows["f-1"].flagged_at) == (0.75, 3, since)
    assert rows["f-2"].present
    store.add(begin(store, "乙"), Unit(flags=[flag("f-1", candidate=True)]))
    assert queue(store)["f-1"].present  # one recording under two keys: whoever shows it as a flag counts


def test_another_scan_counts_when_it_is_done(store: Store) -> None:
    """Until then people work at what the one before found; what nobody finds any more goes, unless its review is on."""
    scanned(store, "lost", "kept", "closed", "second")
    since = queue(store)["kept"].flagged_at
    decided(store, "closed", Decision.CONFIRMED)
    decided(store, "second", Decision.UNDECIDED)
    again = begin(store, "甲", "f2")
    store.add(again, Unit(flags=[flag("kept", 7000, score=0.6), flag("new"), flag("second", candidate=True)]))
    rows = queue(store)
    assert sorted(rows) == ["closed", "kept", "lost", "second"]
    assert rows["kept"].score == 0.9
    end(store, again)
    rows = queue(store)
    assert sorted(rows) == ["closed", "kept", "new", "second"]
    assert (rows["kept"].score, rows["kept"].flagged_at) == (0.6, since)
    assert (rows["kept"].stream_id, rows["new"].stream_id) == (again, again)
    assert [name for name, row in rows.items() if not row.present] == ["closed", "second"]
    assert (rows["second"].stage, rows["second"].open, rows["closed"].open) == ("second", True, False)
    decided(store, "second", Decision.WITHDRAWN)  # nothing is left of its review, and the scan does not flag it
    assert "second" not in queue(store)


def test_what_is_forgotten_or_begun_anew_goes(store: Store) -> None:
    stream_id = begin(store)
    store.add(stream_id, Unit(flags=[flag("f-1"), flag("f-2")]))
    decided(store, "f-2", Decision.DISMISSED)
    store.forget(stream_id)
    assert sorted(queue(store)) == ["f-2"]
    end(store, stream_id, "stopped")
    store.add(begin(store, "乙"), Unit(flags=[flag("g-1")]))
    other = begin(store, "丙")
    store.add(other, Unit(flags=[flag("h-1")]))
    end(store, other, "failed")
    begin(store, "丙", "f2")
    assert sorted(queue(store)) == ["f-2", "g-1"]


def test_who_goes_on_under_another_creator_is_queued_so(store: Store) -> None:
    stream_id = begin(store)
    store.add(stream_id, Unit(flags=[flag("f-1")]))
    end(store, stream_id, "stopped")
    begin(store, stream=replace(STREAM, room="乙房间", started_at=LATER))
    row = queue(store)["f-1"]
    assert (row.room, row.happened_at) == ("乙房间", LATER + timedelta(seconds=1))


def test_a_claim_outlives_scans_and_ends_with_a_decision(store: Store) -> None:
    stream_id = scanned(store, "f-1", "f-2")
    with store._database.writing() as session:
        for name, by in (("f-1", "王"), ("f-2", "李")):
            held = {"claimed_by": by, "claimed_at": AT, "lease_until": LATER}
            session.execute(update(QueueRow).where(QueueRow.flag_id == name).values(held))
    again = begin(store, "甲", "f2")
    assert again != stream_id
    store.add(again, Unit(flags=[flag("f-1"), flag("f-2")]))
    end(store, again)
    decided(store, "f-2", Decision.UNDECIDED)
    rows = queue(store)
    assert (rows["f-1"].claimed_by, rows["f-1"].claimed_at, rows["f-1"].lease_until) == ("王", AT, LATER)
    assert (rows["f-2"].claimed_by, rows["f-2"].claimed_at, rows["f-2"].lease_until) == (None, None, None)
    assert (rows["f-2"].stage, rows["f-2"].first_by, rows["f-2"].events) == ("second", "王", 1)


def test_a_unit_that_fails_leaves_no_row(store: Store) -> None:
    stream_id = begin(store)
    broken = flag("f-2")
    broken = replace(broken, models={"speech": object()})  # type: ignore[dict-item]
    with pytest.raises(Exception, match="not JSON serializable"):
        store.add(stream_id, Unit(flags=[flag("f-1"), broken]))
    assert queue(store) == {}


def test_many_flags_take_few_statements(store: Store) -> None:
    stream_id = begin(store)
    store.add(stream_id, Unit(flags=[flag(f"f-{n}", n) for n in range(400)]))
    statements: list[str] = []
    with store._database.writing() as session:
        event.listen(session.connection(), "before_cursor_execute", lambda *given: statements.append(given[2]))
        refresh(session, [f"f-{n}" for n in range(400)])
    assert 0 < len(statements) <= 8
    assert len(queue(store)) == 400


def test_what_went_wrong_is_found_and_made_right(store: Store) -> None:
    scanned(store, "f-1", "f-2", "f-3", "f-4")
    with store._database.writing() as session:
        session.execute(text("DELETE FROM queue WHERE flag_id = 'f-1'"))
        session.execute(update(QueueRow).where(QueueRow.flag_id == "f-2").values(stage="second"))
        row = dict(session.execute(select(QueueRow.__table__).where(QueueRow.flag_id == "f-3")).mappings().one())
        session.execute(insert(QueueRow), [row | {"id": 99, "flag_id": "f-9"}])
    with store._database.writing() as session:
        alone(session)
        wrong = differences(session)
        assert wrong == ["f-1", "f-2", "f-9"]
        refresh(session, wrong)
    assert sorted(queue(store)) == ["f-1", "f-2", "f-3", "f-4"]


@pytest.mark.parametrize("seed", range(6))
def test_whatever_happens_the_queue_is_what_people_see(store: Store, seed: int) -> None:
    """Scans, further scans, kills and decisions in any order; told from flag lines and states, not from rows."""
    chance = random.Random(seed)
    names = [f"{key}{n}" for key in "甲乙" for n in range(4)]
    at_work: dict[str, int] = {}
    for step in range(40):
        key = chance.choice("甲乙")
        act = chance.choice(["begin", "add", "add", "done", "stop", "forget", "decide", "decide"])
        if act == "begin" and key not in at_work:
            with suppress(StreamDoneError):
                at_work[key] = begin(store, key, chance.choice(["f1", "f2", "f3", f"g{step}"]))
        elif act == "add" and key in at_work:
            some = chance.sample([name for name in names if name[0] == key], 2)
            found = [flag(name, candidate=chance.random() < 0.3, score=chance.random()) for name in some]
            store.add(at_work[key], Unit(flags=found))
        elif act in ("done", "stop") and key in at_work:
            end(store, at_work.pop(key), "done" if act == "done" else "stopped")
        elif act == "forget" and key in at_work:
            store.forget(at_work[key])
        elif act == "decide":
            _decide_something(store, names, chance)
        rows = queue(store)
        shown = {line["flag_id"] for line in store.flags(include_candidates=False)}
        states = store.reviews.states(names)
        known = {name for name in names if store.flag(name) is not None}
        begun = {name for name in known if states[name].stage is not Stage.FIRST}
        assert rows.keys() == shown | begun
        assert {name for name, row in rows.items() if row.present} == shown
        assert {name: row.stage for name, row in rows.items()} == {name: states[name].stage.value for name in rows}
        for name, row in rows.items():
            if name in shown:
                line = store.flag(name)
                assert line is not None
                assert round(row.score, 3) == line["score"]


def _decide_something(store: Store, names: list[str], chance: random.Random) -> None:
    flag_id = chance.choice(names)
    state = store.reviews.states([flag_id])[flag_id]
    if store.flag(flag_id) is None:
        return
    if state.standing and chance.random() < 0.4:
        decided(store, flag_id, Decision.WITHDRAWN, state.standing[-1].reviewer, round_=state.standing[-1].round)
    elif state.stage is not Stage.CLOSED:
        round_ = Round(state.stage.value)
        options = [Decision.CONFIRMED, Decision.DISMISSED] + ([Decision.UNDECIDED] if round_ is Round.FIRST else [])
        decided(store, flag_id, chance.choice(options), f"{round_}甲", round_=round_)
