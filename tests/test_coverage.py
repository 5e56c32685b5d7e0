"""The account of a stream: coverage and gaps partition it, whatever its parts were like."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from monitor.coverage import NOT_DECODED, SENSES, StreamCoverage
from monitor.records import Gap, Sense
from monitor.timeline import Span, complement, total_ms, union

spans = st.tuples(st.integers(0, 5000), st.integers(0, 2000)).map(lambda pair: Span(pair[0], sum(pair)))
gaps = st.builds(Gap, st.sampled_from(SENSES), spans, st.sampled_from(["undecodable", "no sound", "decoder stopped"]))


@st.composite
def honest_parts(draw: st.DrawFn) -> tuple[int, list[Span], list[Span], list[Gap]]:
    """A decoder's account of one part: random cuts of its length, each stretch covered or a gap, for each sense."""
    end_ms = draw(st.integers(1, 8000))
    covered: dict[Sense, list[Span]] = {}
    missed: list[Gap] = []
    for sense in SENSES:
        cuts = sorted({0, end_ms, *draw(st.lists(st.integers(0, end_ms), max_size=6))})
        covered[sense] = []
        for start, end in pairwise(cuts):
            if draw(st.booleans()):
                covered[sense].append(Span(start, end))
            else:
                missed.append(Gap(sense, Span(start, end), draw(st.sampled_from(["undecodable", "no looks"]))))
    return end_ms, covered[Sense.HEARD], covered[Sense.SEEN], missed


# What decoders that die or lie may hand over: anything at all.
wild_parts = st.tuples(st.integers(0, 8000), st.lists(spans), st.lists(spans), st.lists(gaps))


def partition(account_gaps: tuple[Gap, ...], sense: Sense, end_ms: int, covered_ms: int) -> None:
    own = [gap.span for gap in account_gaps if gap.sense is sense and gap.span.duration_ms]
    assert all(0 <= span.start_ms < span.end_ms <= end_ms for span in own)
    assert sum(span.duration_ms for span in own) == total_ms(own), "gaps overlap"
    assert total_ms(own) + covered_ms == end_ms, "a hole, or a gap over what was covered"


@given(st.lists(st.one_of(honest_parts(), wild_parts, st.none()), max_size=5))
def test_coverage_and_gaps_partition_every_stream(parts: list[tuple[int, list[Span], list[Span], list[Gap]] | None]):
    """Over random streams, gaps and failures: no millisecond is missing, none is counted twice."""
    coverage, start_ms = StreamCoverage(), 0
    heard: list[Span] = []
    for number, part in enumerate(parts):
        if part is None:
            coverage.unopened(start_ms, f"part-{number}.flv", "empty file")
            continue
        end_ms, own_heard, own_seen, own_gaps = part
        for gap in own_gaps[:2]:
            coverage.early(gap, start_ms)
        coverage.part(start_ms, own_heard, own_seen, own_gaps)
        heard += [span.shift(start_ms) for span in own_heard]
        start_ms += end_ms
    account = coverage.finish(start_ms)
    partition(account.gaps, Sense.HEARD, start_ms, account.heard_ms)
    partition(account.gaps, Sense.SEEN, start_ms, account.seen_ms)
    whole = Span(0, start_ms)
    truly = union(shared for span in heard if (shared := span.intersection(whole)))
    own = [gap.span for gap in account.gaps if gap.sense is Sense.HEARD and gap.span.duration_ms]
    assert complement(own, whole) == truly


def test_a_decoders_reasons_are_kept_and_what_it_does_not_explain_says_so():
    """A reviewer reads why; a hole nobody explains is still a hole."""
    coverage = StreamCoverage()
    coverage.part(0, [Span(0, 400)], [Span(0, 1000)], [Gap(Sense.HEARD, Span(400, 700), "undecodable")])
    account = coverage.finish(1000)
    assert [(gap.sense, gap.span, gap.reason) for gap in account.gaps] == [
        (Sense.HEARD, Span(400, 700), "undecodable"),
        (Sense.HEARD, Span(700, 1000), NOT_DECODED),
    ]
    assert (account.heard_ms, account.seen_ms) == (400, 1000)


def test_gaps_are_known_before_the_stream_ends():
    """A flag raised midway carries the gaps round it; the part's own account then takes their place."""
    coverage = StreamCoverage()
    coverage.part(0, [], [], [Gap(Sense.SEEN, Span(0, 10), "no video track")])
    coverage.early(Gap(Sense.HEARD, Span(5, 9), "undecodable"), 10)
    assert [(gap.span, gap.reason) for gap in coverage.gaps] == [
        (Span(0, 10), "no video track"),
        (Span(15, 19), "undecodable"),
    ]
    coverage.part(10, [], [], [])
    assert [gap.reason for gap in coverage.gaps] == ["no video track"]


def test_a_part_that_never_opened_takes_no_time_and_is_told():
    """Nobody knows its length; later times count on without it, and the account says so."""
    coverage = StreamCoverage()
    coverage.part(0, [Span(0, 10)], [Span(0, 10)], [])
    coverage.unopened(10, "b.flv", "empty file")
    coverage.part(10, [Span(0, 10)], [Span(0, 10)], [])
    account = coverage.finish(20)
    assert [gap.span for gap in account.gaps] == [Span(10, 10), Span(10, 10)]
    assert all(gap.reason.startswith("b.flv: empty file; its length is not known") for gap in account.gaps)
    assert (account.heard_ms, account.seen_ms) == (20, 20)
