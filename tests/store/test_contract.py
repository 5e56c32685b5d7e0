"""What a store promises, whatever database lies beneath it."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import textwrap
import uuid
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from broadcasts import AT, SHOWN, SPOKEN, STREAM, TYPED, begin, end, flag, kept
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select, text, update

from monitor.errors import WorkspaceError
from monitor.flag_line import flag_line
from monitor.records import Box, Channel, Cue, Discard, Gap, Role, Sense, State, Stream, Word
from monitor.rules import Severity
from monitor.store import Answer, Failure, Kept, Step, Store, StreamDoneError, Unit, tables
from monitor.timeline import Span

OpenStore = Callable[[], Store]
HERE = Path(__file__).parent


def rows_in(store: Store, table: type[tables.Table]) -> int:
    with store._database.reading() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


# Round trips


def test_a_stream_comes_back_as_it_was(reopen: OpenStore) -> None:
    """Parts, danmaku of each part, messages, clock and its zone: all that replay needs, in another process too."""
    end(reopen(), begin(reopen()))
    (stored,) = reopen().streams()
    assert stored.stream == STREAM
    assert stored.stream.started_at is not None
    assert stored.stream.started_at.utcoffset() == timedelta(hours=8)
    bare = Stream("乙", (Path("乙.mp4"),))
    end(reopen(), begin(reopen(), "乙", stream=bare))
    assert [s.stream for s in reopen().streams(stream_keys=["乙"])] == [bare]


def test_coverage_and_counts_stand_beside_a_stream(store: Store) -> None:
    """A stream says how much of it was heard and seen, how fast, and what was found, candidates apart."""
    stream_id = begin(store)
    store.add(
        stream_id,
        Unit(
            cues=[SPOKEN, SHOWN, TYPED],
            gaps=[Gap(Sense.HEARD, Span(0, 6000), "undecodable")],
            discards=[Discard(Channel.SPEECH, Span(0, 10), "请不吝点赞", "silence boilerplate")],
            flags=[flag(), flag("f-2", candidate=True), flag("f-3", scheme="pay_first_draw")],
        ),
    )
    end(store, stream_id)
    (stored,) = store.streams()
    assert (stored.heard_share, stored.seen_share, stored.speed) == (0.9, 1.0, 10.0)
    assert stored.cues == {"chat": 1, "screen": 1, "speech": 1}
    assert stored.flags == {"cashback_refund": 1, "pay_first_draw": 1}
    assert (stored.candidates, stored.gaps, stored.discards) == (1, 1, 1)


def test_gaps_and_discards_come_back_in_order(store: Store) -> None:
    """What was missed and what was not believed is kept whole, sorted by time."""
    stream_id = begin(store)
    gaps = [Gap(Sense.SEEN, Span(5, 9), "no looks"), Gap(Sense.HEARD, Span(0, 5), "no audio track")]
    discards = [
        Discard(Channel.SPEECH, Span(7, 8), "好好好", "repetition"),
        Discard(Channel.SCREEN, Span(1, 2), "x", "y"),
    ]
    store.add(stream_id, Unit(gaps=gaps, discards=discards))
    assert list(store.gaps(stream_id)) == gaps[::-1]
    assert list(store.discards(stream_id)) == discards[::-1]


def test_cues_come_back_unaltered_and_in_order_of_time(store: Store) -> None:
    """Words, box, role, sender and note survive; order is that of time, not of saving."""
    stream_id = begin(store)
    store.add(stream_id, Unit(cues=[TYPED, SPOKEN, SHOWN]))
    assert list(store.cues(stream_id)) == [SHOWN, SPOKEN, TYPED]


spans = st.tuples(st.integers(0, 10**9), st.integers(0, 10**7)).map(lambda pair: Span(pair[0], sum(pair)))
shares = st.floats(0, 1, allow_nan=False)
texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=40)
cues = st.builds(
    Cue,
    cue_id=st.uuids().map(str),
    channel=st.sampled_from(Channel),
    span=spans,
    text=texts,
    confidence=shares,
    role=st.sampled_from(Role),
    words=st.lists(st.builds(Word, text=texts, span=spans, confidence=shares), max_size=3).map(tuple),
    box=st.none() | st.builds(Box, *[st.integers(-10, 10_000)] * 4),
    struck=st.booleans(),
    ongoing=st.booleans(),
    sender=texts,
    note=texts,
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(cues, max_size=5, unique_by=lambda cue: cue.cue_id))
def test_any_cue_survives(store: Store, many: list[Cue]) -> None:
    """Whatever a reader or recogniser may produce comes back equal, to the last bit of its confidence."""
    stream_id = begin(store, fingerprint=str(uuid.uuid4()))
    store.add(stream_id, Unit(cues=many))
    assert sorted(store.cues(stream_id), key=lambda cue: cue.cue_id) == sorted(many, key=lambda cue: cue.cue_id)


def test_characters_that_no_database_keeps_do_not_stop_a_scan(store: Store) -> None:
    """NUL and lone surrogates, as exported messages may hold, become U+FFFD one for one: positions stay right."""
    stream_id = begin(store)
    store.add(stream_id, Unit(cues=[replace(TYPED, text="a\x00b\ud83dc")]))
    assert [cue.text for cue in store.cues(stream_id)] == ["a\ufffdb\ufffdc"]


def test_names_that_are_no_utf8_stay_exact(store: Store) -> None:
    """Two GBK file names that differ are two streams, and their files can still be found."""
    names = [bytes.fromhex(code).decode("utf-8", "surrogateescape") for code in ("b8b4", "b8b5")]
    for name in names:
        end(store, begin(store, name, stream=Stream(name, (Path(name),))))
    assert sorted(str(stored.stream.source) for stored in store.streams()) == names
    assert store.done() == dict.fromkeys(names, "f1")


def test_more_than_a_page_comes_back_whole(store: Store) -> None:
    """Reading in pages loses nothing and keeps the order."""
    stream_id = begin(store)
    many = [replace(SPOKEN, cue_id=f"s-{n}", span=Span(n, n + 1)) for n in range(1203)]
    store.add(stream_id, Unit(cues=many[::-1]))
    assert list(store.cues(stream_id)) == many


# Flags


def test_a_flag_comes_back_as_its_line(store: Store) -> None:
    """What was saved is what other programs read, field for field."""
    stream_id = begin(store)
    store.add(stream_id, Unit(flags=[flag()]))
    assert list(store.flags()) == [json.loads(json.dumps(flag_line(flag())))]
    assert store.flag("f-1") == flag_line(flag())
    assert store.flag("f-none") is None


def test_a_flag_saved_again_replaces_the_earlier_one(store: Store) -> None:
    """A flag that is opened, updated and closed is one flag; nothing of its earlier states is left behind."""
    stream_id = begin(store)
    store.add(stream_id, Unit(flags=[flag()]))
    closed = flag(state=State.CLOSED, severity=Severity.ORDINARY)
    store.add(stream_id, Unit(flags=[flag(state=State.UPDATED), closed]))
    assert [line["state"] for line in store.flags()] == ["closed"]
    for table in (tables.FlagRow, tables.ViolationRow, tables.HitRow, tables.SuppressionRow):
        assert rows_in(store, table) == 1


def test_a_cue_saved_again_replaces_the_earlier_one(store: Store) -> None:
    """A board that stays grows; it does not multiply."""
    stream_id = begin(store)
    store.add(stream_id, Unit(cues=[SHOWN]))
    grown = replace(SHOWN, span=Span(0, 99_000), ongoing=False)
    store.add(stream_id, Unit(cues=[replace(SHOWN, span=Span(0, 20_000)), grown]))
    assert list(store.cues(stream_id)) == [grown]


def test_flags_come_by_source_and_then_by_time(store: Store) -> None:
    """The order is that of a reader going through the files, and the same on every database."""
    for name in ("b", "乙", "B", "a"):
        stream = Stream(name, (Path(name + ".mp4"),))
        stream_id = begin(store, name, stream=stream)
        store.add(stream_id, Unit(flags=[flag(name + "2", 9000, stream=stream), flag(name + "1", 1000, stream=stream)]))
    assert [line["flag_id"] for line in store.flags()] == ["B1", "B2", "a1", "a2", "b1", "b2", "乙1", "乙2"]


def test_flags_can_be_chosen(store: Store) -> None:
    """By stream, by scheme, and without candidates; an empty choice is empty, not everything."""
    for key in ("k1", "k2"):
        store.add(
            begin(store, key),
            Unit(
                flags=[
                    flag(key + "a"),
                    flag(key + "b", 2000, scheme="pay_first_draw"),
                    flag(key + "c", 3000, candidate=True),
                ]
            ),
        )

    def ids(**chosen: object) -> list[str]:
        return sorted(line["flag_id"] for line in store.flags(**chosen))  # type: ignore[arg-type]

    assert ids(stream_keys=["k1"]) == ["k1a", "k1b", "k1c"]
    assert ids(schemes=["pay_first_draw"]) == ["k1b", "k2b"]
    assert ids(include_candidates=False) == ["k1a", "k1b", "k2a", "k2b"]
    assert ids(stream_keys=[]) == ids(schemes=[]) == []


def test_reading_flags_holds_up_no_writer(store: Store, reopen: OpenStore) -> None:
    """A reader that stops in the middle keeps nobody from writing."""
    stream_id = begin(store)
    store.add(stream_id, Unit(flags=[flag("f-1"), flag("f-2", 2000)]))
    reading = store.flags()
    next(reading)
    reopen().add(stream_id, Unit(flags=[flag("f-3", 3000)]))
    assert [line["flag_id"] for line in reading] == ["f-2"]


def test_evidence_moves_with_its_workspace(store: Store, workspace: Path, url: str | None) -> None:
    """The folder is kept relative to the workspace, with the manifest's hash; a line names it where it is now."""
    evidence = kept(workspace)
    store.add(begin(store), Unit(flags=[flag(evidence=evidence)]))
    with store._database.reading() as session:
        row = session.scalars(select(tables.EvidenceRow)).one()
        assert row.folder == "evidence/f-1"
        assert row.manifest_sha256 == hashlib.sha256(b"{}").hexdigest()
    moved = workspace.rename(workspace.with_name("elsewhere"))
    (line,) = Store.open(moved, url=url).flags()
    assert line["evidence"]["folder"] == str(moved / "evidence/f-1")
    assert (Path(line["evidence"]["folder"]) / line["evidence"]["manifest"]).is_file()


def test_all_of_a_call_or_nothing(store: Store) -> None:
    """A call that fails leaves no part of it behind."""
    stream_id = begin(store)
    with pytest.raises(WorkspaceError):
        store.add(stream_id, Unit(cues=[SPOKEN], gaps=[Gap(Sense.HEARD, Span(0, 1), None)]))  # type: ignore[arg-type]
    assert list(store.cues(stream_id)) == []


# Resuming


def test_what_is_done_is_known_by_content_and_settings(store: Store) -> None:
    """Done is done for the same content under the same settings, and only once the scan came to its end."""
    stream_id = begin(store)
    assert store.done() == {}
    end(store, stream_id)
    assert store.done() == {"甲": "f1"}


@pytest.mark.parametrize("state", ["", "stopped", "failed"])
def test_an_unfinished_try_is_gone_on_with(store: Store, state: str) -> None:
    """What a killed, stopped or failed scan kept is there when the stream is begun again, and counted."""
    first = begin(store)
    steps = [Step((SPOKEN,), 4000), Step((), 5000)]
    doubt = Discard(Channel.SPEECH, Span(0, 9), "字幕", "boilerplate")
    store.add(
        first,
        Unit(steps=steps, discards=[doubt], flags=[flag()], answers=[Answer("k", [1])], reached_ms=9000, told="t2"),
    )
    if state:
        end(store, first, state, problem="decoder stopped")
        assert store.done() == {}
        assert store.streams()[0].problem == "decoder stopped"
    second = begin(store)
    assert second == first
    assert store.kept(second) == Kept(2, 1, frozenset({"f-1"}), 9000, "t2", True)
    assert store.answer(second, "k") == Answer("k", [1])
    assert store.answer(second, "unasked") is None
    assert [line["flag_id"] for line in store.flags()] == ["f-1"]
    store.add(second, Unit(steps=[Step((), 12_000)], reached_ms=12_000))
    assert list(store.steps(second)) == [*steps, Step((), 12_000)]
    store.forget(second)
    assert store.kept(second) == Kept(0, 0, frozenset(), 0, "", True)
    assert list(store.steps(second)) == list(store.flags()) == list(store.discards(second)) == []
    assert store.answer(second, "k") == Answer("k", [1])


@pytest.mark.parametrize("state", ["", "stopped", "failed"])
def test_an_unfinished_try_of_something_else_is_deleted(store: Store, state: str) -> None:
    """Other content or settings: nothing of what was kept would hold, so it goes, to the last row."""
    first = begin(store)
    answered = Unit(
        cues=[SPOKEN], gaps=[Gap(Sense.HEARD, Span(0, 1), "x")], flags=[flag()], answers=[Answer("k", None)]
    )
    store.add(first, answered)
    if state:
        end(store, first, state)
    second = begin(store, fingerprint="f2")
    assert second != first
    assert [stored.stream_id for stored in store.streams()] == [second]
    assert store.kept(second) == Kept(0, 0, frozenset(), 0, "", False)
    for table in (tables.CueRow, tables.GapRow, tables.FlagRow, tables.HitRow, tables.AnswerRow):
        assert rows_in(store, table) == 0


def test_answers_go_when_the_stream_is_done_and_its_last_unit_comes_with_the_end(store: Store) -> None:
    """The end and the last results are one transaction; nothing that only going on needs is left."""
    stream_id = begin(store)
    store.add(stream_id, Unit(answers=[Answer("k", {"a": 1})]))
    end(store, stream_id, last=Unit(flags=[flag()], gaps=[Gap(Sense.SEEN, Span(0, 1), "x")], answers=[Answer("l", 0)]))
    assert rows_in(store, tables.AnswerRow) == 0
    assert [line["flag_id"] for line in store.flags()] == ["f-1"]
    assert len(list(store.gaps(stream_id))) == 1


def test_what_is_done_is_not_begun_again_unless_asked(store: Store) -> None:
    """Of two scans the slower one learns that there is nothing left to do; who insists gets another try beside it."""
    first = begin(store)
    end(store, first)
    with pytest.raises(StreamDoneError):
        begin(store)
    run = store.begin_run(command="scan", settings={}, versions={}, at=AT)
    second = store.begin_stream(run, "甲", "f1", STREAM, again=True)
    assert second != first
    assert [stored.stream_id for stored in store.streams()] == [first]
    end(store, second)
    assert [stored.stream_id for stored in store.streams()] == [second]


def test_failures_are_counted_until_the_stream_is_done(store: Store) -> None:
    """A recording that fails again and again is known by its content, whatever the settings."""
    assert store.failures() == {}
    for fingerprint in ("f1", "f1", "f2"):
        end(store, begin(store, fingerprint=fingerprint, media_key="m"), "failed", problem="no index")
    assert store.failures() == {"甲": Failure("m", 3, "no index")}
    end(store, begin(store, media_key="other"), "failed", problem="empty")
    assert store.failures() == {"甲": Failure("other", 1, "empty")}
    end(store, begin(store, media_key="other"), "stopped")
    assert store.failures() == {"甲": Failure("other", 1, "")}
    end(store, begin(store, media_key="other"))
    assert store.failures() == {}


def test_a_scan_that_lost_its_stream_is_told(store: Store) -> None:
    """Whoever writes to a stream that another process took over hears of it and spoils nothing."""
    stream_id = begin(store)
    with store._database.writing() as session:
        session.execute(update(tables.StreamRow).values(owner="another-host/1/2"))
    with pytest.raises(WorkspaceError, match="took it over"):
        store.add(stream_id, Unit(cues=[SPOKEN]))
    with pytest.raises(WorkspaceError, match="took it over"):
        end(store, stream_id)
    assert list(store.cues(stream_id)) == []


BEGINNER = """
    import sys
    from pathlib import Path
    from broadcasts import begin
    from monitor.store import Store, StreamBusyError
    store = Store.open(Path(sys.argv[1]), url=sys.argv[2] or None)
    print("ready", flush=True)
    sys.stdin.readline()
    try:
        begin(store)
        print("mine", flush=True)
    except StreamBusyError:
        print("busy", flush=True)
    sys.stdin.readline()
"""


def test_of_many_that_begin_at_the_same_moment_one_gets_the_stream(
    store: Store, workspace: Path, url: str | None
) -> None:
    """Four processes find a stream free at once; one is let in, the others are told."""
    assert list(store.flags()) == []
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", textwrap.dedent(BEGINNER), str(workspace), url or ""],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": f"{HERE}:{HERE.parents[1]}"},
        )
        for _ in range(4)
    ]

    def lines() -> list[str]:
        return [process.stdout.readline().strip() for process in processes if process.stdout]

    def go() -> None:
        for process in processes:
            assert process.stdin
            process.stdin.write("\n")
            process.stdin.flush()

    assert set(lines()) == {"ready"}
    go()
    assert sorted(lines()) == ["busy", "busy", "busy", "mine"]
    assert store.others_scan()
    go()
    for process in processes:
        process.communicate(timeout=60)
    assert not store.others_scan()


def test_results_stay_until_better_ones_are_there(store: Store) -> None:
    """Scanning again with other settings hides nothing until it is done; then the new results stand alone."""
    first = begin(store, fingerprint="f1")
    store.add(first, Unit(flags=[flag("old")]))
    end(store, first)
    second = begin(store, fingerprint="f2")
    store.add(second, Unit(flags=[flag("new")]))
    assert [line["flag_id"] for line in store.flags()] == ["old"]
    assert store.done() == {"甲": "f1"}
    end(store, second)
    assert [line["flag_id"] for line in store.flags()] == ["new"]
    assert store.done() == {"甲": "f2"}
    assert [stored.fingerprint for stored in store.streams()] == ["f2"]


def test_the_same_flag_id_in_two_attempts_is_the_newer_one(store: Store) -> None:
    """Flag ids may repeat from attempt to attempt: the one that people see answers."""
    first = begin(store, fingerprint="f1")
    store.add(first, Unit(flags=[flag("same", score=0.5)]))
    end(store, first)
    second = begin(store, fingerprint="f2")
    store.add(second, Unit(flags=[flag("same", score=0.8)]))
    line = store.flag("same")
    assert line is not None
    assert line["score"] == 0.5
    end(store, second)
    line = store.flag("same")
    assert line is not None
    assert line["score"] == 0.8


def test_runs_keep_what_was_asked_and_how_it_ended(store: Store) -> None:
    """A run's command, settings, versions, times and exit code are kept, times as UTC."""
    run_id = store.begin_run(command="scan", settings={"词": [1, None]}, versions={"a": "1"}, at=AT)
    store.end_run(run_id, at=AT.astimezone(STREAM.started_at.tzinfo) if STREAM.started_at else AT, exit_code=3)
    with store._database.reading() as session:
        row = session.get_one(tables.RunRow, run_id)
        assert (row.command, row.settings, row.exit_code) == ("scan", {"词": [1, None]}, 3)
        assert row.started_at == row.ended_at == AT
        assert row.ended_at is not None
        assert row.ended_at.utcoffset() == timedelta(0)


def test_a_time_without_zone_is_refused(store: Store) -> None:
    """A naive time would mean another moment on another machine."""
    with pytest.raises(Exception, match="without a zone"):
        store.begin_run(command="scan", settings={}, versions={}, at=AT.replace(tzinfo=None))


# Schema


def test_the_migrations_make_the_tables_that_the_code_uses(store: Store) -> None:
    """From empty, the migrations arrive at exactly the declared tables."""
    with store._database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, tables.Table.metadata) == []


def test_opening_again_changes_nothing(reopen: OpenStore) -> None:
    """A store that is up to date is opened as it is."""
    stream_id = begin(reopen())
    reopen().add(stream_id, Unit(cues=[SPOKEN]))
    assert list(reopen().cues(stream_id)) == [SPOKEN]


def test_a_newer_schema_is_refused(store: Store, reopen: OpenStore) -> None:
    """A database that a newer program moved on is left alone, and the message says what to do."""
    with store._database.connection() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(WorkspaceError, match="newer version") as caught:
        reopen()
    assert "update the program" in str(caught.value)


def test_another_programs_database_is_refused(store: Store, reopen: OpenStore) -> None:
    """Tables that are not ours are never added to."""
    with store._database.connection() as connection:
        connection.execute(text("DROP TABLE alembic_version"))
    with pytest.raises(WorkspaceError, match="another program"):
        reopen()
