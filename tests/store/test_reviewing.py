"""What the reviews of a store promise, whatever database lies beneath it."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Barrier

import pytest
from broadcasts import AT, SHOWN, SPOKEN, TYPED, begin, end, flag, kept
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from plain_rounds import told
from sqlalchemy import select, text

from monitor.audit import Act, Entry, check
from monitor.errors import UsageError, WorkspaceError
from monitor.records import Channel, Discard, Gap, Sense
from monitor.rules import Severity
from monitor.scan.reconciling import reconcile
from monitor.store import Store, Unit
from monitor.store.audit_tables import AuditEntryRow
from monitor.store.forgetting import StalePlanError
from monitor.store.reviewing import Reviews
from monitor.store.steps import Step
from monitor.store.unit import Answer
from monitor.store.verdicts import (
    VERDICTS,
    Decision,
    JudgedOn,
    Reason,
    Round,
    Stage,
    StaleVerdictError,
    UnknownFlagError,
    Verdict,
)
from monitor.timeline import Span

OpenStore = Callable[[], Store]


@pytest.fixture
def reviews(store: Store) -> Reviews:
    return store.reviews


def scanned(store: Store, *flag_ids: str, key: str = "甲", evidence: bool = False) -> int:
    """A stream that was scanned to its end, with these flags."""
    stream_id = begin(store, key)
    flags = [
        flag(name, 1000 * n, **({"evidence": kept(store.workspace, name)} if evidence else {}))
        for n, name in enumerate(flag_ids)
    ]
    step = Step((SPOKEN,), 5000)
    store.add(
        stream_id,
        Unit(
            cues=[SHOWN, TYPED],
            steps=[step],
            flags=flags,
            gaps=[Gap(Sense.HEARD, Span(0, 9), "undecodable")],
            discards=[Discard(Channel.SPEECH, Span(0, 10), "请不吝点赞", "silence boilerplate")],
            answers=[Answer("k", ["说"])],
            told="digest",
        ),
    )
    end(store, stream_id)
    return stream_id


def verdict(flag_id: str, decision: Decision, seen: int, **more: object) -> Verdict:
    reasons = (Reason.MISHEARD,) if decision is Decision.DISMISSED else ()
    whole = Verdict(flag_id, decision, "王", AT + timedelta(hours=seen), seen, reasons=reasons)
    return replace(whole, **more)  # type: ignore[arg-type]


def logged(store: Store) -> list[Entry]:
    """The entries about reviews, in order; scans have theirs between them."""
    acts = [act.value for act in (Act.VERDICT, Act.APPEAL, Act.HOLD, Act.RELEASE, Act.DELETION)]
    asked = select(AuditEntryRow.leaf).where(AuditEntryRow.act.in_(acts)).order_by(AuditEntryRow.seq)
    with store._database.reading() as session:
        return [Entry.from_leaf(leaf) for leaf in session.scalars(asked)]


# Verdicts


def test_verdicts_come_back_as_they_were_given(store: Store, reopen: OpenStore) -> None:
    """Every field, in order, in another process too; the state follows from them."""
    scanned(store, "f-1", "f-2", evidence=True)
    reviews = store.reviews
    judged_on = reviews.judged_on("f-1")
    assert judged_on == JudgedOn(hashlib.sha256(b"{}").hexdigest(), "sha256:l", "sha256:p")
    assert reviews.verdicts("f-1") == ()
    given = [
        verdict("f-1", Decision.UNDECIDED, 0, note="听不清\n再听"),
        verdict("f-1", Decision.CONFIRMED, 1, severity=Severity.SLIGHT, judged_on=judged_on),
        verdict("f-1", Decision.APPEALED, 2),
        verdict("f-1", Decision.APPEAL_UPHELD, 3, reviewer="李"),
        verdict("f-1", Decision.DISMISSED, 4, reasons=(Reason.OTHER, Reason.DUPLICATE), note="x"),
    ]
    for one in given:
        state = reviews.decide(one)
    again = reopen().reviews
    assert again.verdicts("f-1") == tuple(given)
    assert again.states(["f-1", "f-2"])["f-1"] == state
    assert again.states(["f-2"])["f-2"].events == 0


def test_an_unknown_flag_is_an_error(reviews: Reviews) -> None:
    """Nobody decides about, holds or releases what no stream has."""
    for act in (
        lambda: reviews.decide(verdict("f-9", Decision.CONFIRMED, 0)),
        lambda: reviews.verdicts("f-9"),
        lambda: reviews.judged_on("f-9"),
        lambda: reviews.hold("f-9", why="x", by="王", at=AT),
        lambda: reviews.release("f-9", why="x", by="王", at=AT),
    ):
        with pytest.raises(UnknownFlagError, match="flag f-9: no such flag"):
            act()


def test_verdicts_outlive_another_scan(store: Store, reviews: Reviews) -> None:
    """A flag's id is made of the recording's content: the next scan of it finds the flag decided."""
    scanned(store, "f-1")
    reviews.decide(verdict("f-1", Decision.CONFIRMED, 0))
    stream_id = begin(store, fingerprint="f2")
    store.add(stream_id, Unit(flags=[flag("f-1")]))
    end(store, stream_id)
    assert reviews.states(["f-1"])["f-1"].confirmed


@pytest.mark.parametrize("change", ["UPDATE verdicts SET note = 'x'", "DELETE FROM verdicts"])
def test_the_database_refuses_to_edit_a_verdict(store: Store, reviews: Reviews, change: str) -> None:
    """Not even with SQL at hand can one be edited in passing."""
    scanned(store, "f-1")
    reviews.decide(verdict("f-1", Decision.CONFIRMED, 0))
    with pytest.raises(WorkspaceError, match="verdicts can only be added"), store._database.connection() as raw:
        raw.execute(text(change))
    assert [one.note for one in reviews.verdicts("f-1")] == [""]


@pytest.mark.parametrize("table", ["holds", "deletions"])
def test_the_database_keeps_holds_and_deletions(store: Store, reviews: Reviews, table: str) -> None:
    """What was held or deleted stays on record."""
    scanned(store, "f-1", evidence=True)
    if table == "holds":
        reviews.hold("f-1", why="x", by="王", at=AT)
    else:
        forget(store)
    with pytest.raises(WorkspaceError, match="stays on record"), store._database.connection() as raw:
        raw.execute(text(f"DELETE FROM {table}"))


def test_two_reviewers_at_once(store: Store, reopen: OpenStore) -> None:
    """Of several who saw the same history and decide at the same moment one is heard, the others are told."""
    scanned(store, "f-1")
    people = 6
    barrier = Barrier(people)

    def decide(number: int) -> str:
        own = reopen().reviews
        decision = Decision.CONFIRMED if number % 2 else Decision.DISMISSED
        barrier.wait()
        try:
            own.decide(verdict("f-1", decision, 0, reviewer=f"r{number}"))
        except StaleVerdictError as error:
            return str(error)
        return ""

    with ThreadPoolExecutor(people) as pool:
        said = list(pool.map(decide, range(people)))
    assert said.count("") == 1
    assert all("flag f-1" in one and "decide" in one for one in said if one)
    (heard,) = store.reviews.verdicts("f-1")
    assert heard.reviewer == f"r{said.index('')}"
    assert len(logged(store)) == 1


def test_many_reviewers_in_one_process(store: Store) -> None:
    """Through one store at the same moment: each is heard, reads go on meanwhile, and the log is one tree."""
    people = 20
    names = [f"f-{n}" for n in range(people)]
    scanned(store, *names)
    barrier = Barrier(people)

    def review(name: str) -> tuple[int, int]:
        barrier.wait()
        store.reviews.decide(verdict(name, Decision.CONFIRMED, 0, judged_on=store.reviews.judged_on(name)))
        store.reviews.decide(verdict(name, Decision.APPEALED, 1))
        return len(store.reviews.verdicts(name)), len(list(store.flags()))

    with ThreadPoolExecutor(people) as pool:
        assert list(pool.map(review, names)) == [(2, people)] * people
    assert len(logged(store)) == 2 * people
    assert check(store.audit.entries(), store.audit.tree(), b"").problems == ()


def test_each_act_stands_in_the_audit_log_without_its_words(store: Store, reviews: Reviews) -> None:
    """Kind, flag and who; what a person wrote goes by its digest. An act that is refused leaves no entry."""
    stream_id = scanned(store, "f-1", "f-2", evidence=True)
    reviews.decide(verdict("f-1", Decision.CONFIRMED, 0, note="他说了返现"))
    reviews.decide(verdict("f-1", Decision.APPEALED, 1))
    reviews.decide(verdict("f-1", Decision.APPEAL_REJECTED, 2))
    reviews.hold("f-2", why="法院来函", by="李", at=AT)
    reviews.release("f-2", why="已结案", by="李", at=AT)
    forget(store, "f-2")
    for refused in (
        lambda: reviews.decide(verdict("f-1", Decision.CONFIRMED, 0)),
        lambda: reviews.release("f-2", why="再来", by="李", at=AT),
        lambda: reviews.hold("f-2", why=" ", by="李", at=AT),
    ):
        with pytest.raises((StaleVerdictError, UsageError)):
            refused()
    entries = logged(store)
    assert [(one.act, one.subject, one.actor) for one in entries] == [
        (Act.VERDICT, "f-1", "王"),
        (Act.APPEAL, "f-1", "王"),
        (Act.APPEAL, "f-1", "王"),
        (Act.HOLD, "f-2", "李"),
        (Act.RELEASE, "f-2", "李"),
        (Act.DELETION, "f-2", "desk"),
    ]
    whole = b"".join(one.leaf_bytes() for one in entries).decode()
    for word in ("返现", "法院", "结案", "甲房间"):
        assert word not in whole
    assert entries[0].facts["note_sha256"] == hashlib.sha256("他说了返现".encode()).hexdigest()
    assert entries[-1].facts["stream_id"] == stream_id


# Holds


def test_confirmed_and_appealed_flags_are_on_hold_by_themselves(store: Store, reviews: Reviews) -> None:
    """From the confirmation to the release, through an appeal; while it is open nobody can release."""
    scanned(store, "f-1")

    def open_ones() -> list[str]:
        return [hold.why for hold in reviews.holds()]

    reviews.decide(verdict("f-1", Decision.CONFIRMED, 0))
    assert open_ones() == ["confirmed"]
    reviews.decide(verdict("f-1", Decision.CONFIRMED, 1, severity=Severity.SERIOUS))
    assert open_ones() == ["confirmed"]
    reviews.release("f-1", why="期满", by="王", at=AT + timedelta(days=1))
    assert open_ones() == []
    reviews.decide(verdict("f-1", Decision.APPEALED, 2))
    assert open_ones() == ["appealed"]
    with pytest.raises(UsageError, match="an appeal is open; answer it first"):
        reviews.release("f-1", why="x", by="王", at=AT)
    reviews.decide(verdict("f-1", Decision.APPEAL_REJECTED, 3))
    assert open_ones() == []
    assert [(hold.automatic, hold.released_why) for hold in reviews.holds("f-1")] == [
        (True, "期满"),
        (True, "appeal_rejected"),
    ]


def test_a_hold_by_a_person_outlasts_the_decision(store: Store, reviews: Reviews) -> None:
    """A dismissal ends the flag's own holds, and none that a person put on, whatever its words."""
    scanned(store, "f-1")
    reviews.hold("f-1", why="confirmed", by="李", at=AT)
    reviews.decide(verdict("f-1", Decision.CONFIRMED, 0))
    reviews.decide(verdict("f-1", Decision.DISMISSED, 1))
    assert [(hold.why, hold.by, hold.at) for hold in reviews.holds()] == [("confirmed", "李", AT)]
    reviews.release("f-1", why="已结案", by="李", at=AT)
    with pytest.raises(UsageError, match="is not on hold"):
        reviews.release("f-1", why="x", by="李", at=AT)


ACTS = (*Decision, "hold", "release")


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    acts=st.lists(
        st.tuples(st.integers(0, 1), st.sampled_from(ACTS), st.sampled_from(Round), st.sampled_from("王李张")),
        max_size=14,
    )
)
def test_holds_after_any_history(store: Store, reviews: Reviews, acts: list[tuple[int, str, Round, str]]) -> None:
    """Evidence and raw material are held exactly while a simple account of who held what says so."""
    names = [f"f-{uuid.uuid4()}" for _ in range(2)]
    stream_id = begin(store, str(uuid.uuid4()))
    rows = [flag(name, evidence=kept(store.workspace, name)) for name in names]
    store.add(stream_id, Unit(cues=[SPOKEN], flags=rows))
    end(store, stream_id)
    held: dict[str, set[str]] = {name: set() for name in names}
    for which, act, own, by in acts:
        name, now = names[which], datetime.now(UTC)
        events = list(reviews.verdicts(name))
        own = own if act in VERDICTS or act == Decision.WITHDRAWN else Round.FINAL
        note, asks = "x" if own is not Round.FINAL else "", own is Round.FIRST and act in VERDICTS and by != "王"
        try:
            if act == "hold":
                reviews.hold(name, why="x", by=by, at=now)
                held[name].add("person")
            elif act == "release":
                reviews.release(name, why="x", by=by, at=now)
                held[name].clear()
            else:
                more = {"round": own, "reviewer": by, "at": now, "note": note, "second_review": asks}
                one = verdict(name, Decision(act), len(events), **more)
                reviews.decide(one)
                had, wanted = told(events).held_for, told([*events, one]).held_for
                held[name] = (held[name] & {"person", *wanted}) | (wanted - had) | ({act} & wanted)
        except UsageError:
            continue
    found = {one.flag_id: one.on_hold for one in store.retention.kept_evidence() if one.flag_id in names}
    assert found == {name: bool(held[name]) for name in names}
    (raw,) = [one for one in store.retention.kept_raw() if one.stream_id == stream_id]
    assert set(raw.held_by) == {name for name in names if held[name]}


def test_between_two_rounds_nobody_releases(store: Store, reviews: Reviews) -> None:
    """The flag is on hold from the first decision to the last; taken back, it is as if nobody had looked."""
    scanned(store, "f-1")
    reviews.decide(verdict("f-1", Decision.CONFIRMED, 0, round=Round.FIRST, second_review=True))
    assert [hold.why for hold in reviews.holds()] == ["under review"]
    with pytest.raises(UsageError, match="its review goes on; decide about it first"):
        reviews.release("f-1", why="x", by="李", at=AT)
    state = reviews.decide(verdict("f-1", Decision.WITHDRAWN, 1, round=Round.FIRST))
    assert (state.stage, reviews.holds()) == (Stage.FIRST, [])
    reviews.decide(verdict("f-1", Decision.CONFIRMED, 2, round=Round.FIRST, second_review=True, reviewer="李"))
    state = reviews.decide(verdict("f-1", Decision.CONFIRMED, 3, round=Round.SECOND, batch=""))
    assert (state.decision, [hold.why for hold in reviews.holds()]) == (Decision.CONFIRMED, ["confirmed"])
    reviews.decide(verdict("f-1", Decision.WITHDRAWN, 4, round=Round.SECOND))
    assert [hold.why for hold in reviews.holds()] == ["under review"]
    assert [one.facts["round"] for one in logged(store)] == ["first", "first", "first", "second", "second"]
    assert [one.facts["decision"] for one in logged(store)][1] == "withdrawn"


# Deletion


def forget(store: Store, flag_id: str = "f-1") -> None:
    (own,) = [one for one in store.retention.kept_evidence() if one.flag_id == flag_id]
    deletion = store.retention.forget_evidence(
        own, kept_as="clip", why="its time", plan="p", size_bytes=2, by="desk", at=AT + timedelta(days=400)
    )
    assert store.retention.unfinished_deletions() == [deletion]
    store.retention.removed(deletion, at=AT)
    assert store.retention.unfinished_deletions() == []


def test_deleted_evidence_leaves_the_flag_and_says_so(store: Store, reviews: Reviews, workspace: Path) -> None:
    """The line stays whole; the folder is no longer named, so that a start-up clears what is left of it."""
    scanned(store, "f-1", "f-2", evidence=True)
    before = store.flag("f-1")
    assert before is not None
    forget(store)
    line = store.flag("f-1")
    assert line is not None
    assert line["evidence"].pop("deleted") == {"at": "2027-12-25T12:00:00+00:00", "why": "its time"}
    assert line == before
    assert list(store.evidence_folders()) == ["evidence/f-2"]
    assert [one.flag_id for one in store.retention.kept_evidence()] == ["f-2"]
    assert [(one.flag_id, one.kept_as, one.folder) for one in store.retention.deletions()] == [
        ("f-1", "clip", "evidence/f-1")
    ]
    assert reviews.judged_on("f-1").manifest_sha256 == ""
    assert not store.retention.names_folder("evidence/f-1")
    assert store.retention.names_folder("evidence/f-2")


def test_evidence_about_which_something_was_decided_meanwhile_stays(store: Store, reviews: Reviews) -> None:
    """A verdict, a hold or another scan between the plan and the deed: nothing is deleted, nothing is logged."""
    scanned(store, "f-1", "f-2", evidence=True)
    told = {"kept_as": "clip", "why": "w", "plan": "p", "size_bytes": 2, "by": "desk", "at": AT}
    first, second = store.retention.kept_evidence()
    reviews.decide(verdict("f-1", Decision.UNDECIDED, 0))
    reviews.hold("f-2", why="x", by="王", at=AT)
    for stale in (first, second):
        with pytest.raises(StalePlanError, match=f"flag {stale.flag_id}: something was decided"):
            store.retention.forget_evidence(stale, **told)  # type: ignore[arg-type]
    assert len(store.evidence_folders()) == 2
    assert Act.DELETION not in [one.act for one in logged(store)]


def test_raw_material_goes_and_the_stream_stays(store: Store, reviews: Reviews) -> None:
    """Cues, steps, discards and answers go; the stream, its gaps and its flags are there as before."""
    stream_id = scanned(store, "f-1")
    (before,) = store.streams()
    (raw,) = store.retention.kept_raw()
    assert store.retention.raw_bytes(stream_id) > len((SPOKEN.text + SHOWN.text + TYPED.text).encode())
    store.retention.forget_raw(raw, why="its time", plan="p", size_bytes=9, by="desk", at=AT)
    (stored,) = store.streams()
    assert stored == replace(before, cues={}, discards=0)
    assert list(store.cues(stream_id)) == list(store.steps(stream_id)) == list(store.discards(stream_id)) == []
    assert [line["flag_id"] for line in store.flags()] == ["f-1"]
    assert len(list(store.gaps(stream_id))) == 1
    assert store.retention.kept_raw() == []
    assert store.retention.raw_bytes(stream_id) == 0
    (deletion,) = store.retention.deletions(stream_id=stream_id)
    assert (deletion.kept_as, deletion.removed_at) == ("raw", AT)
    assert [one.act for one in logged(store)] == [Act.DELETION]


def test_raw_material_of_a_flag_on_hold_stays(store: Store, reviews: Reviews) -> None:
    """Put on hold between the plan and the deed: nothing is deleted."""
    scanned(store, "f-1")
    (raw,) = store.retention.kept_raw()
    reviews.decide(verdict("f-1", Decision.CONFIRMED, 0))
    with pytest.raises(StalePlanError, match="put on hold meanwhile"):
        store.retention.forget_raw(raw, why="w", plan="p", size_bytes=9, by="desk", at=AT)
    (raw,) = store.retention.kept_raw()
    assert raw.held_by == ("f-1",)


def test_a_scan_that_never_ended_begins_anew_once_its_raw_material_is_gone(store: Store, reviews: Reviews) -> None:
    """Otherwise it would go on after steps that are no longer there."""
    stream_id = begin(store)
    unit = Unit(steps=[Step((SPOKEN,), 5000)], flags=[flag()], answers=[Answer("k", 1)], reached_ms=5000, told="d")
    store.add(stream_id, unit)
    end(store, stream_id, state="stopped")
    (raw,) = store.retention.kept_raw()
    store.retention.forget_raw(raw, why="w", plan="p", size_bytes=9, by="desk", at=AT)
    left = store.kept(stream_id)
    assert (left.steps, left.discards, left.reached_ms, left.told, left.answers) == (0, 0, 0, "", False)
    assert left.flag_ids == {"f-1"}


def review_by(act: str, reviews: Reviews, flag_id: str) -> None:
    """Somebody does something about the flag, after which it is on hold or not."""
    if act in ("held", "released"):
        reviews.hold(flag_id, why="appeal", by="甲", at=datetime.now(UTC))
        if act == "released":
            reviews.release(flag_id, why="over", by="甲", at=datetime.now(UTC))
        return
    reviews.decide(verdict(flag_id, Decision.DISMISSED if act == "dismissed" else Decision.CONFIRMED, 0))
    if act == "appealed":
        reviews.decide(verdict(flag_id, Decision.APPEALED, 1))


EVERY_ACT = pytest.mark.parametrize("act", ["held", "released", "confirmed", "dismissed", "appealed"])


@EVERY_ACT
def test_a_try_with_a_reviewed_flag_outlives_the_next_scan(store: Store, workspace: Path, act: str) -> None:
    """What an unfinished scan found and a person looked at stays with its evidence; what nobody did goes as ever."""
    first = begin(store, media_key="m")
    store.add(first, Unit(flags=[flag("f-held", evidence=kept(workspace, "f-held"))]))
    end(store, first, "failed")
    review_by(act, store.reviews, "f-held")
    second = begin(store, fingerprint="f2", media_key="m")
    store.add(second, Unit(flags=[flag("f-new")]))
    end(store, second, "failed")
    assert store.failures()["甲"].times == 2
    third = begin(store, fingerprint="f3", media_key="m")
    assert store.flag("f-held") is not None
    assert store.flag("f-new") is None
    end(store, third)
    assert store.flag("f-held") is not None
    assert store.evidence_folders() == {"evidence/f-held": "f-held"}
    assert [stored.fingerprint for stored in store.streams()] == ["f3"]
    assert store.failures() == {}


@EVERY_ACT
def test_a_scan_that_begins_anew_leaves_reviewed_flags_their_evidence(store: Store, workspace: Path, act: str) -> None:
    """Row, line, verdicts and folder stay as they were; the scan knows the flag and does not keep it a second time."""
    stream_id = begin(store)
    flags = [flag(name, evidence=kept(workspace, name)) for name in ("f-held", "f-other")]
    store.add(stream_id, Unit(cues=[SHOWN], flags=flags))
    review_by(act, store.reviews, "f-held")
    before, state = store.flag("f-held"), store.reviews.states(["f-held"])
    store.forget(stream_id)
    assert store.kept(stream_id).flag_ids == {"f-held"}
    assert store.flag("f-held") == before
    assert store.reviews.states(["f-held"]) == state
    assert store.evidence_folders() == {"evidence/f-held": "f-held"}
    assert list(store.cues(stream_id)) == []
    end(store, stream_id, "stopped")
    assert sorted(path.name for path in reconcile(store).removed) == ["f-other"]
    assert [path.name for path in (workspace / "evidence").iterdir()] == ["f-held"]
