"""What a clip shows of a violation."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

from coded_media import hit, violation
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.config import Settings
from monitor.evidence.pieces import (
    CAP_MS,
    JOIN_MS,
    TimedPart,
    as_cut,
    clip_time_ms,
    moment_ms,
    most_telling,
    place,
    plan_pieces,
)
from monitor.records import Channel
from monitor.timeline import Span, total_ms

HOUR_MS = 3_600_000
SETTINGS = Settings(lead_in_ms=5000, lead_out_ms=5000, long_flag_ms=60_000)


@st.composite
def events(draw):
    """A violation whose hits lie within it, and a stream that ends at its end or later."""
    start_ms = draw(st.integers(0, 2 * HOUR_MS))
    length_ms = draw(st.one_of(st.integers(0, 70_000), st.integers(0, HOUR_MS)))
    hits = []
    for _ in range(draw(st.integers(1, 30))):
        at_ms = draw(st.integers(0, length_ms))
        hits.append(
            hit(
                draw(st.sampled_from(Channel)),
                start_ms + at_ms,
                start_ms + draw(st.integers(at_ms, length_ms)),
                slot=draw(st.sampled_from(["pay", "refund", "reward"])),
                score=draw(st.floats(0, 1)),
            )
        )
    event = violation(start_ms, start_ms + length_ms, *hits)
    return event, start_ms + length_ms + draw(st.integers(1, 20_000))


@settings(deadline=None)
@given(events(), st.integers(0, 8000), st.integers(0, 8000), st.integers(1000, 120_000))
def test_pieces_stay_in_the_stream_in_order_and_apart(case, lead_in_ms, lead_out_ms, long_flag_ms):
    """Every piece lies in the stream, none is empty, none touches the next, and a watcher's patience is kept."""
    event, end_ms = case
    knobs = Settings(lead_in_ms=lead_in_ms, lead_out_ms=lead_out_ms, long_flag_ms=long_flag_ms)
    pieces = plan_pieces(event, settings=knobs, end_ms=end_ms)
    assert pieces
    assert pieces[0].start_ms >= 0
    assert pieces[-1].end_ms <= end_ms
    assert all(piece.duration_ms > 0 for piece in pieces)
    assert all(after.start_ms - before.end_ms > JOIN_MS for before, after in pairwise(pieces))
    if event.span.duration_ms > long_flag_ms:
        assert total_ms(pieces) <= CAP_MS
    else:
        assert len(pieces) == 1


@settings(deadline=None)
@given(events())
def test_every_hit_is_shown_unless_the_clip_is_full(case):
    """A hit's moment lies in a piece; only in a clip near its cap may one be missing, never the most telling one."""
    event, end_ms = case
    pieces = plan_pieces(event, settings=SETTINGS, end_ms=end_ms)
    missing = [h for h in event.hits if not any(min(moment_ms(h), end_ms - 1) in piece for piece in pieces)]
    assert not missing or total_ms(pieces) > CAP_MS - 10_000
    assert most_telling(event.hits)[0] not in missing


def test_an_ordinary_flag_is_shown_whole_with_its_surroundings():
    """Five seconds before to five seconds after, in one piece."""
    event = violation(61_240, 75_900, hit(Channel.SPEECH, 63_100, 63_600))
    assert plan_pieces(event, settings=SETTINGS, end_ms=HOUR_MS) == (Span(56_240, 80_900),)


def test_surroundings_end_where_the_stream_does():
    """A flag at either edge of the stream has no lead-in or lead-out beyond it."""
    assert plan_pieces(violation(2000, 9000), settings=SETTINGS, end_ms=10_000) == (Span(0, 10_000),)


def test_a_board_of_ten_minutes_is_shown_at_its_start_its_end_and_its_hits():
    """Start with lead-in, end with lead-out, and three seconds round what is said between."""
    event = violation(
        60_000, 660_000, hit(Channel.SCREEN, 60_000, 660_000), hit(Channel.SPEECH, 300_000, 301_000, slot="pay")
    )
    assert plan_pieces(event, settings=SETTINGS, end_ms=HOUR_MS) == (
        Span(55_000, 65_000),
        Span(297_500, 303_501),
        Span(655_000, 665_000),
    )


def test_a_full_clip_prefers_one_hit_of_each_slot():
    """Of hundreds of hits, the only one that shows the payment is in, though others score higher."""
    refunds = [hit(Channel.SPEECH, at, at + 500, slot="refund", score=0.99) for at in range(100_000, 3_000_000, 10_000)]
    payment = hit(Channel.SPEECH, 1_234_000, 1_234_500, slot="pay", score=0.5)
    pieces = plan_pieces(violation(60_000, HOUR_MS - 60_000, *refunds, payment), settings=SETTINGS, end_ms=HOUR_MS)
    assert any(moment_ms(payment) in piece for piece in pieces)
    assert CAP_MS - 10_000 < total_ms(pieces) <= CAP_MS


def test_a_stream_without_length_has_no_pieces():
    """Nothing decodable: nothing to cut."""
    assert plan_pieces(violation(0, 1000), settings=SETTINGS, end_ms=0) == ()


def test_a_moment_without_lead_is_still_watchable():
    """With lead-in and lead-out set to nothing, a typed line of no length gets a second round it."""
    event = violation(5000, 5000, hit(Channel.CHAT, 5000, 5000))
    (piece,) = plan_pieces(event, settings=Settings(lead_in_ms=0, lead_out_ms=0), end_ms=10_000)
    assert 5000 in piece
    assert piece.duration_ms == 1000


PARTS = (TimedPart(Path("a.flv"), Span(0, 30_000)), TimedPart(Path("b.flv"), Span(30_000, 60_000)))


def test_a_piece_across_two_files_becomes_two():
    """Each file's share in that file's own time, end to end in the clip."""
    first, second = place([Span(25_000, 36_000)], PARTS)
    assert (first.part, first.source, first.clip) == (0, Span(25_000, 30_000), Span(0, 5000))
    assert (second.part, second.source, second.clip) == (1, Span(0, 6000), Span(5000, 11_000))


def test_a_copied_stretch_is_placed_where_its_keyframe_is():
    """The clip's times follow what was cut, not what was asked for."""
    shown = as_cut(
        place([Span(35_000, 45_000), Span(50_000, 55_000)], PARTS), (Span(3200, 15_000), Span(19_000, 25_000)), PARTS
    )
    assert [each.stream for each in shown] == [Span(33_200, 45_000), Span(49_000, 55_000)]
    assert clip_time_ms(shown, 35_000) == 1800
    assert clip_time_ms(shown, 50_000) == 11_800 + 1000
    assert clip_time_ms(shown, 47_000) is None


def test_a_stretch_that_could_not_be_cut_is_not_taken_for_another():
    """When the cutter leaves out a file with nothing in it, the rest still belongs to its own file."""
    (only,) = as_cut(place([Span(25_000, 36_000)], PARTS), (Span(0, 6000),), PARTS)
    assert (only.part, only.stream, only.clip) == (1, Span(30_000, 36_000), Span(0, 6000))
