"""What is counted is what is there: each figure against a slow, plain computation over the same rows, on both
databases."""

from __future__ import annotations

import os
from collections import Counter, defaultdict
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from broadcasts import begin, end, flag
from sqlalchemy import NullPool, create_engine, text, update

from monitor.records import Channel, Cue, Gap, Role, Sense, Stream
from monitor.rules import Severity
from monitor.store import Store, Unit
from monitor.store.creator_figures import StoredCreators
from monitor.store.figures import Period, StoredFigures, Tally
from monitor.store.postgres import address
from monitor.store.queue_tables import QueueRow
from monitor.store.stream_figures import StoredStreams
from monitor.store.stream_records import Condition, Order, StreamChoice
from monitor.store.tables import StreamRow
from monitor.store.verdicts import Decision, Reason, Round, Stage, Verdict
from monitor.timeline import Span

CHINA = timezone(timedelta(hours=8))
NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
CREATORS = (("douyin", "甲店"), ("douyin", "乙_店"), ("kuaishou", "甲店"), ("", ""))
SCHEMES = ("cashback_refund", "pay_first_draw", "quick_flipping")
STREAMS, FLAGS_EACH = 7, 6
HOW = (None, "confirmed", "dismissed", "undecided", "second", "final", "taken back", "upheld")
"""What becomes of a flag, in turn."""


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def filled(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Store:
    """Streams of four creators over weeks; flags that stand in every way; gaps; a stream scanned twice; failures.

    Made once for all questions: nothing here writes after that.
    """
    url = None if request.param == "sqlite" else _empty_database(request)
    store = Store.open(tmp_path_factory.mktemp(request.param), url=url)
    for number in range(STREAMS):
        platform, creator = CREATORS[number % len(CREATORS)]
        # 15:30 and 16:30 in UTC lie on two days in China.
        started = datetime(2026, 11, 1 + 3 * number, 15 + number % 2, 30, tzinfo=UTC)
        stream = Stream(f"房间{number}", (Path(f"录像/{number}.mp4"),), platform, creator,
                        started_at=None if number == 3 else started)  # fmt: skip
        _scan(store, f"k{number}", stream, number)
    _scan(store, "k0", _stream("房间0", "录像/0.mp4"), 0, fingerprint="f2", leave_out=1)
    for key, state in (("failed", "failed"), ("stopped", "stopped")):
        stream_id = begin(store, key, stream=_stream(key, f"录像/{key}.mp4"))
        end(store, stream_id, state, end_ms=0, heard_ms=0, seen_ms=0, problem="empty file")
    begin(store, "running", stream=_stream("running", "录像/running.mp4"))
    with store._database.writing() as session:
        # Scans ended when they did: at the test's own times, so that days and ages are known.
        for number in range(STREAMS):
            at = _came_up(number)
            scans = update(StreamRow).where(StreamRow.stream_key == f"k{number}")
            session.execute(scans.values(ended_at=at))
            own = [_name(number, n) for n in range(FLAGS_EACH)]
            session.execute(update(QueueRow).where(QueueRow.flag_id.in_(own)).values(flagged_at=at))
    return store


def _empty_database(request: pytest.FixtureRequest) -> str:
    url = os.environ.get("MONITOR_TEST_POSTGRES") or request.getfixturevalue("server").url()
    engine = create_engine(address(url), poolclass=NullPool)
    with engine.begin() as connection:
        connection.execute(text("DROP SCHEMA public CASCADE"))
        connection.execute(text("CREATE SCHEMA public"))
    return str(url)


def _stream(room: str, path: str) -> Stream:
    return Stream(room, (Path(path),), *CREATORS[0], started_at=datetime(2026, 11, 1, 15, 30, tzinfo=UTC))


def _came_up(number: int) -> datetime:
    return NOW - timedelta(days=3 * number, hours=number)


def _name(number: int, n: int) -> str:
    return f"f-{number}-{n}"


def _scan(store: Store, key: str, stream: Stream, number: int, *, fingerprint: str = "f1", leave_out: int = 0) -> None:
    stream_id = begin(store, key, fingerprint, stream)
    severities = list(Severity)
    flags = [
        replace(
            flag(
                _name(number, n), 1000 * (n + 1), stream=stream, scheme=SCHEMES[(number + n) % len(SCHEMES)],
                severity=severities[(number + n) % len(severities)], candidate=n == FLAGS_EACH - 1,
            )
        )
        for n in range(FLAGS_EACH - leave_out)
    ]  # fmt: skip
    if leave_out:
        flags = flags[1:]  # the first, which is decided about, is found no more
    chat = [Cue(f"c-{n}", Channel.CHAT, Span(n * 7000, n * 7000), "来了", role=Role.VIEWER) for n in range(number + 1)]
    gaps = [
        Gap(Sense.HEARD, Span(0, 1000 * number), "no sound"),
        Gap(Sense.SEEN, Span(2000, 2500), "decoder stopped: x"),
    ][: number % 3]
    store.add(stream_id, Unit(cues=chat, flags=flags, gaps=gaps))
    end(store, stream_id, end_ms=60_000 + number, heard_ms=60_000 - 1000 * number, seen_ms=60_000)
    for n, one in enumerate(flags):
        if not one.violation.candidate and fingerprint == "f1":
            _review(store, one.flag_id, HOW[(number * FLAGS_EACH + n) % len(HOW)])


def _review(store: Store, flag_id: str, how: str | None) -> None:
    def say(decision: Decision, by: str, **more: object) -> None:
        seen = store.reviews.states([flag_id])[flag_id].events
        reasons = (Reason.HARMLESS,) if decision is Decision.DISMISSED else ()
        store.reviews.decide(Verdict(flag_id, decision, by, NOW, seen, reasons=reasons, **more))  # type: ignore[arg-type]

    if how == "confirmed":
        say(Decision.CONFIRMED, "王")
    elif how == "dismissed":
        say(Decision.DISMISSED, "王")
    elif how == "undecided":
        say(Decision.UNDECIDED, "王")
    elif how == "second":
        say(Decision.CONFIRMED, "王", round=Round.FIRST, second_review=True)
    elif how == "final":
        say(Decision.ESCALATED, "王", round=Round.FIRST, note="难")
    elif how == "taken back":
        say(Decision.CONFIRMED, "王", round=Round.FIRST)
        say(Decision.WITHDRAWN, "王", round=Round.FIRST)
    elif how == "upheld":
        say(Decision.CONFIRMED, "王")
        say(Decision.APPEALED, "李")
        say(Decision.APPEAL_UPHELD, "李")


def plain_flags(store: Store) -> dict[str, dict[str, object]]:
    """Every flag that is there or was decided about, with where it stands: by reading all of it."""
    seen = {line["flag_id"]: line for line in store.flags(include_candidates=False)}
    found = {}
    for number in range(STREAMS):
        for n in range(FLAGS_EACH):
            flag_id = _name(number, n)
            state = store.reviews.states([flag_id])[flag_id]
            if flag_id not in seen and state.stage is Stage.FIRST:
                continue
            platform, creator = CREATORS[number % len(CREATORS)]
            started = datetime(2026, 11, 1 + 3 * number, 15 + number % 2, 30, tzinfo=UTC)
            on_air = started + timedelta(milliseconds=1000 * (n + 1))
            found[flag_id] = {
                "number": number, "present": flag_id in seen, "stage": state.stage, "decision": state.decision,
                "scheme": SCHEMES[(number + n) % len(SCHEMES)], "platform": platform, "creator": creator,
                "severity": list(Severity)[(number + n) % len(Severity)], "came_up": _came_up(number),
                "day": None if number == 3 else f"{on_air.astimezone(CHINA):%Y-%m-%d}",
            }  # fmt: skip
    return found


PERIODS = (Period(), Period(NOW - timedelta(days=10)), Period(NOW - timedelta(days=12), NOW - timedelta(days=2)))


@pytest.mark.parametrize("period", PERIODS)
def test_flags_by_day(filled: Store, period: Period) -> None:
    """Days are days in China, candidates and flags that are gone are none."""
    wanted = Counter(
        (f"{one['came_up'].astimezone(CHINA):%Y-%m-%d}", one["scheme"])
        for one in plain_flags(filled).values()
        if one["present"] and _within(one["came_up"], period)
    )
    found = StoredFigures(filled).flagged(period)

    assert {(one.day, one.scheme): one.flags for one in found} == wanted
    assert found == sorted(found, key=lambda one: (one.day, one.scheme))


def test_what_waits(filled: Store) -> None:
    """By stage and severity, the overdue told apart: very serious ones have a time of their own."""
    before, very = NOW - timedelta(days=10), NOW - timedelta(days=4)
    wanted: defaultdict[tuple[Stage, Severity], list[datetime]] = defaultdict(list)
    for one in plain_flags(filled).values():
        if one["stage"] is not Stage.CLOSED:
            wanted[one["stage"], one["severity"]].append(one["came_up"])
    found = StoredFigures(filled).waiting(before, very)

    assert {(one.stage, one.severity): (one.flags, one.oldest_at) for one in found} == {
        key: (len(times), min(times)) for key, times in wanted.items()
    }
    assert {stage for stage, _ in wanted} == {Stage.FIRST, Stage.SECOND, Stage.FINAL}
    for one in found:
        late = very if one.severity is Severity.VERY_SERIOUS else before
        assert one.overdue == sum(at < late for at in wanted[one.stage, one.severity])


@pytest.mark.parametrize("period", PERIODS)
def test_how_flags_were_decided(filled: Store, period: Period) -> None:
    """By scheme: an upheld appeal is a dismissal, and what is between its rounds or taken back is not decided."""
    wanted: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for one in plain_flags(filled).values():
        if one["decision"] and _within(one["came_up"], period):
            wanted[one["scheme"]][one["decision"].value] += 1
    found = StoredFigures(filled).decided(period)

    assert found == {
        scheme: Tally(own["confirmed"], own["dismissed"], own["undecided"]) for scheme, own in wanted.items()
    }


def test_how_terms_were_decided(filled: Store) -> None:
    """A flag counts once for each of its terms, however often its recording was scanned."""
    found = StoredFigures(filled).terms(Period())
    by_scheme = StoredFigures(filled).decided(Period())

    assert {(one.scheme, one.term) for one in found} == {(scheme, "退给你") for scheme in by_scheme}
    assert {one.scheme: one.tally for one in found} == by_scheme


def test_coverage_and_what_was_lost(filled: Store) -> None:
    """Of the streams that people see, those that did not come to their end apart."""
    figures = StoredFigures(filled)
    streams = filled.streams()
    done = [one for one in streams if one.state == "done"]
    found = figures.coverage(Period())

    assert found.states == Counter(one.state for one in streams)
    assert (found.whole_ms, found.heard_ms, found.seen_ms) == (
        sum(one.end_ms for one in done), sum(one.heard_ms for one in done), sum(one.seen_ms for one in done),
    )  # fmt: skip
    wanted: defaultdict[tuple[str, str], list[tuple[int, int]]] = defaultdict(list)
    for one in streams:
        for gap in filled.gaps(one.stream_id):
            wanted[gap.sense.value, gap.reason].append((one.stream_id, gap.span.duration_ms))
    assert {(one.sense, one.reason): (one.gaps, one.streams, one.lost_ms) for one in figures.lost(Period())} == {
        key: (len(some), len({stream for stream, _ in some}), sum(ms for _, ms in some)) for key, some in wanted.items()
    }


@pytest.mark.parametrize("order", list(Order))
def test_streams_are_listed_with_their_counts(filled: Store, order: Order) -> None:
    """Every stream once, in order, page by page, with what `Store.streams` says of it."""
    streams = StoredStreams(filled)
    whole = streams.page(StreamChoice(), order, first=0, limit=100, now=NOW)
    paged = [
        line
        for first in range(0, whole.streams, 4)
        for line in streams.page(StreamChoice(), order, first=first, limit=4, now=NOW).lines
    ]

    assert tuple(paged) == whole.lines
    stored = {one.stream_id: one for one in filled.streams()}
    flags = plain_flags(filled)
    assert {line.stream_id for line in paged} == set(stored)
    for line in paged:
        own = stored[line.stream_id]
        assert (line.flags, line.gaps, line.source) == (sum(own.flags.values()), own.gaps, str(own.stream.source))
        if line.stream_key.startswith("k"):
            number = int(line.stream_key[1:])
            waits = [one for one in flags.values() if one["number"] == number and one["present"]]
            assert line.open_flags == sum(one["stage"] is not Stage.CLOSED for one in waits)
    keys = {
        Order.NEWEST: [line.began_at for line in paged][::-1],
        Order.MOST_FLAGS: [-line.flags for line in paged],
        Order.LEAST_COVERED: [min(line.heard_ms, line.seen_ms) / line.end_ms if line.end_ms else 0 for line in paged],
    }[order]
    assert keys == sorted(keys)


def test_streams_are_chosen(filled: Store) -> None:
    """By platform, condition, words (whose wildcards mean nothing) and gaps."""
    streams = StoredStreams(filled)

    def rooms(**asked: object) -> set[str]:
        found = streams.page(StreamChoice(**asked), Order.NEWEST, first=0, limit=100, now=NOW)  # type: ignore[arg-type]
        assert found.streams == len(found.lines)
        return {line.room for line in found.lines}

    assert rooms(platform="kuaishou") == {"房间2", "房间6"}
    assert rooms(conditions=(Condition.FAILED, Condition.STOPPED)) == {"failed", "stopped"}
    assert rooms(words="乙_店") == {"房间1", "房间5"}
    assert rooms(words="%") == rooms(words="'; --") == set()
    assert rooms(words="录像 5.MP4") == {"房间5"}
    assert rooms(with_gaps=True) == {f"房间{number}" for number in range(1, STREAMS)}
    assert rooms(period=Period(NOW - timedelta(days=4), NOW)) == {"房间1"}


def test_one_stream_whole(filled: Store) -> None:
    """Its flags with where they stand, its gaps, its comments counted by stretches."""
    streams = StoredStreams(filled)
    stored = next(one for one in filled.streams() if one.stream_key == "k5")
    found = streams.whole(stored.stream_id, stretches=10, now=NOW)

    assert found is not None
    assert [one.flag_id for one in found.flags] == [_name(5, n) for n in range(FLAGS_EACH)]
    assert {one.flag_id: one.state for one in found.flags} == filled.reviews.states(one.flag_id for one in found.flags)
    assert [one.candidate for one in found.flags] == [False] * (FLAGS_EACH - 1) + [True]
    assert list(found.gaps) == list(filled.gaps(stored.stream_id))
    assert found.stretch_ms == 6001
    assert found.comments == tuple(sorted(Counter(n * 7000 // 6001 * 6001 for n in range(6)).items()))
    assert found.newer is None
    assert streams.whole(10**9, stretches=10, now=NOW) is None


def test_an_older_try_names_the_newer(filled: Store) -> None:
    """Whoever has an old address is told where the stream is now."""
    streams = StoredStreams(filled)
    shown = next(one for one in filled.streams() if one.stream_key == "k0")
    old = streams.whole(1, stretches=10, now=NOW)

    assert old is not None
    assert old.newer == shown.stream_id


def test_creators(filled: Store) -> None:
    """Each once a platform, with what became of their flags."""
    flags = plain_flags(filled)
    wanted = {}
    for key in CREATORS:
        own = [one for one in flags.values() if (one["platform"], one["creator"]) == key]
        own = [one for one in own if one["present"] or one["stage"] is Stage.CLOSED]
        decisions = Counter(one["decision"] for one in own)
        streams = [one for one in filled.streams() if (one.stream.platform, one.stream.creator) == key]
        waits = sum(one["stage"] is not Stage.CLOSED for one in own)
        wanted[key] = (len(own), waits, decisions[Decision.CONFIRMED], decisions[Decision.DISMISSED], len(streams))
    creators = StoredCreators(filled)
    found = {
        (one.platform, one.creator): (one.flags, one.open, one.confirmed, one.dismissed, one.streams)
        for one in creators.lines()
    }

    assert found == wanted
    assert {one.creator for one in creators.lines(words="乙_")} == {"乙_店"}
    assert {one.platform for one in creators.lines(platform="douyin")} == {"douyin"}


@pytest.mark.parametrize("key", CREATORS[:3])
def test_a_creators_history(filled: Store, key: tuple[str, str]) -> None:
    """By the day in China on which each was on air; the flags themselves page by page, in each state."""
    creators = StoredCreators(filled)
    own = {
        flag_id: one
        for flag_id, one in plain_flags(filled).items()
        if (one["platform"], one["creator"]) == key and (one["present"] or one["stage"] is Stage.CLOSED)
    }
    wanted = Counter((one["day"], one["scheme"], one["stage"], one["decision"]) for one in own.values())
    found = creators.days(*key)

    assert {(one.day, one.scheme, one.stage, one.decision): one.flags for one in found} == wanted
    flags = [one for first in range(0, len(own), 4) for one in creators.flags(*key, first=first, limit=4)]
    assert sorted(one.flag_id for one in flags) == sorted(own)
    assert [one.happened_at for one in flags] == sorted((one.happened_at for one in flags), reverse=True)
    assert all((one.stream_id is not None) == own[one.flag_id]["present"] for one in flags)
    for state in (Stage.FIRST, Stage.SECOND, Decision.CONFIRMED, Decision.DISMISSED):
        some = {one.flag_id for one in creators.flags(*key, [state], first=0, limit=100)}
        assert some == {
            flag_id
            for flag_id, one in own.items()
            if one["decision"] is state or (one["stage"] is state and one["decision"] is None)
        }
    watched = creators.watched(*key)
    streams = [one for one in filled.streams() if (one.stream.platform, one.stream.creator) == key]
    assert (watched.streams, watched.whole_ms) == (len(streams), sum(one.end_ms for one in streams))


def test_an_empty_store_counts_nothing(tmp_path: Path) -> None:
    store = Store.open(tmp_path)
    figures, nobody = StoredFigures(store), StoredCreators(store)

    assert figures.flagged(Period()) == figures.waiting(NOW, NOW) == figures.terms(Period()) == []
    assert figures.first_day() is None
    assert (figures.coverage(Period()).states, figures.lost(Period()), figures.decided(Period())) == ({}, [], {})
    assert StoredStreams(store).page(StreamChoice(), Order.MOST_FLAGS, first=0, limit=9, now=NOW).streams == 0
    assert nobody.lines() == nobody.days("", "") == []
    assert nobody.watched("", "").streams == 0


def _within(at: datetime, period: Period) -> bool:
    return (period.since is None or at >= period.since) and (period.until is None or at < period.until)
