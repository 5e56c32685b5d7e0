from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.timeline import Span, complement, from_seconds, total_ms, union

spans = st.builds(lambda a, n: Span(a, a + n), st.integers(0, 500), st.integers(0, 80))


def test_a_span_is_half_open():
    """A span holds its start and not its end."""
    span = Span(10, 20)

    assert 10 in span
    assert 19 in span
    assert 20 not in span


def test_a_span_that_ends_before_it_starts_is_refused():
    """No span has a negative length."""
    with pytest.raises(ValueError, match=r"5\.\.4"):
        Span(5, 4)


def test_seconds_become_whole_milliseconds():
    """Float seconds of other libraries round to the nearest millisecond."""
    assert from_seconds(1.2344, 1.2346) == Span(1234, 1235)


@given(st.lists(spans, max_size=12), spans)
def test_what_is_covered_and_its_complement_partition_the_whole(covered: list[Span], whole: Span):
    """Covered parts and holes have no overlap and leave no hole."""
    holes = complement(covered, whole)

    inside = [part for span in covered if (part := span.intersection(whole))]
    assert total_ms(inside) + sum(hole.duration_ms for hole in holes) == whole.duration_ms
    assert not any(hole.overlaps(part) for hole in holes for part in inside)


@given(st.lists(spans, max_size=12))
def test_a_union_is_sorted_and_apart(given_spans: list[Span]):
    """Merged spans are in order and do not touch."""
    merged = union(given_spans)

    assert all(left.end_ms < right.start_ms for left, right in pairwise(merged))


@given(spans, spans)
def test_distance_is_zero_exactly_when_two_spans_meet(left: Span, right: Span):
    """Distance counts the milliseconds between two spans, in either order."""
    assert left.distance_ms(right) == right.distance_ms(left)
    assert (left.distance_ms(right) == 0) == (left.start_ms <= right.end_ms and right.start_ms <= left.end_ms)
