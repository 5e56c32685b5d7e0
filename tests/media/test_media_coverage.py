"""What was heard and seen, and the gaps between."""

from __future__ import annotations

from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.media.coverage import Coverage
from monitor.media.records import Decoded
from monitor.records import Gap, Sense
from monitor.timeline import Span, union


def assert_partition(decoded: Decoded) -> None:
    for sense, covered in ((Sense.HEARD, decoded.heard), (Sense.SEEN, decoded.seen)):
        spans = sorted([*covered, *(gap.span for gap in decoded.gaps if gap.sense is sense)])
        at_ms = 0
        for span in spans:
            assert span.start_ms == at_ms
            assert span.duration_ms > 0
            at_ms = span.end_ms
        assert at_ms == decoded.end_ms


def assert_held(early: Iterable[Gap | None], decoded: Decoded) -> None:
    """Each early gap lies within the final ones of its sense."""
    for gap in filter(None, early):
        final = union(known.span for known in decoded.gaps if known.sense is gap.sense)
        assert any(span.start_ms <= gap.span.start_ms and gap.span.end_ms <= span.end_ms for span in final)


@given(
    sounds=st.lists(st.tuples(st.integers(0, 5000), st.integers(1, 1500)), max_size=20),
    looks=st.lists(st.integers(0, 4000), max_size=20),
    read=st.tuples(st.integers(-1, 60_000), st.integers(-1, 60_000)),
    troubles=st.lists(st.tuples(st.sampled_from([Sense.HEARD, Sense.SEEN]), st.integers(0, 60_000)), max_size=5),
    declared_ms=st.one_of(st.none(), st.integers(0, 100_000)),
    stopped=st.sampled_from(["", "decoder stopped: killed"]),
    has=st.tuples(st.booleans(), st.booleans()),
    wanted=st.tuples(st.booleans(), st.booleans()),
)
def test_heard_and_gaps_partition_the_time(sounds, looks, read, troubles, declared_ms, stopped, has, wanted) -> None:
    """Whatever was decoded: each millisecond of each sense is covered or in a gap, and never both; a gap told early
    stays one."""
    coverage = Coverage(2000, *wanted, *has, declared_ms=declared_ms)
    early: list[Gap | None] = []
    at_ms = 0
    for pause_ms, lasts_ms in sounds if all((has[0], wanted[0])) else []:
        early.append(coverage.sound(Span(at_ms + pause_ms, at_ms + pause_ms + lasts_ms)))
        at_ms += pause_ms + lasts_ms
    at_ms = -1
    for pause_ms in looks if all((has[1], wanted[1])) else []:
        at_ms += 1 + pause_ms
        early.append(coverage.look(at_ms))
    coverage.read_to(*read)
    for sense, where_ms in troubles:
        coverage.trouble(sense, where_ms, "undecodable: bad data")
    decoded = coverage.finish(stopped)
    assert_partition(decoded)
    assert_held(early, decoded)
    if stopped:
        assert any(stopped in gap.reason for gap in decoded.gaps) or not any(map(all, zip(has, wanted, strict=True)))


@pytest.fixture
def coverage() -> Coverage:
    return Coverage(2000, audio=True, video=True, has_audio=True, has_video=True)


def test_a_look_lasts_to_the_next_one_within_bounds(coverage: Coverage) -> None:
    """A look stands for at most one and a half periods; what lies beyond was not seen."""
    for at_ms in (0, 2000, 9000):
        coverage.look(at_ms)
    coverage.read_to(-1, 10_000)
    decoded = coverage.finish()
    assert decoded.seen == (Span(0, 5000), Span(9000, 10_000))
    assert Gap(Sense.SEEN, Span(5000, 9000), "no looks") in decoded.gaps


def test_a_hole_says_what_went_wrong_there(coverage: Coverage) -> None:
    """Sound that could not be decoded is told from sound that was not sent."""
    coverage.sound(Span(0, 1000))
    coverage.trouble(Sense.HEARD, 1200, "undecodable: bad data")
    coverage.sound(Span(3000, 4000))
    coverage.sound(Span(9000, 9500))
    reasons = [(gap.span, gap.reason) for gap in coverage.finish().gaps if gap.sense is Sense.HEARD]
    assert reasons == [(Span(1000, 3000), "undecodable: bad data"), (Span(4000, 9000), "no sound")]


def test_a_stop_leaves_a_gap_even_when_no_length_is_known(coverage: Coverage) -> None:
    """Nobody can read full coverage into a file whose rest is unknown."""
    coverage.sound(Span(0, 1000))
    coverage.look(0)
    decoded = coverage.finish("decoder stopped: killed")
    assert decoded.end_ms == 1001
    assert {gap.sense for gap in decoded.gaps} == {Sense.HEARD, Sense.SEEN}


def test_a_gap_is_told_as_soon_as_it_has_ended(coverage: Coverage) -> None:
    """Sound or a look that comes again closes the hole before it; a blink is none."""
    assert coverage.sound(Span(300, 1000)) == Gap(Sense.HEARD, Span(0, 300), "no sound")
    assert coverage.sound(Span(1200, 2000)) is None
    coverage.trouble(Sense.HEARD, 2500, "undecodable: bad data")
    assert coverage.sound(Span(5000, 6000)) == Gap(Sense.HEARD, Span(2000, 5000), "undecodable: bad data")
    assert coverage.look(0) is None
    assert coverage.look(3200) is None
    assert coverage.look(9000) == Gap(Sense.SEEN, Span(6200, 9000), "no looks")
