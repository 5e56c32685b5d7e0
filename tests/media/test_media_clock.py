"""The clock that puts packets on media time."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from monitor.media.clock import INTERLEAVE_US, LONGEST_HOLE_US, MediaClock

S = 1_000_000
WRAP_US = 2**33 * 1_000_000 // 90_000


def place_all(clock: MediaClock, *stamps_s: float, lane: str = "audio", lasts_s: float = 1) -> list[float]:
    return [clock.place(lane, round(at * S), round(lasts_s * S))[0] / S for at in stamps_s]


def test_the_first_timestamp_becomes_zero() -> None:
    """A file that starts at any number starts at media time 0."""
    assert place_all(MediaClock(1000 * S), 1000, 1001, 1002) == [0, 1, 2]
    assert place_all(MediaClock(None), 77, 78) == [0, 1]


def test_a_lane_that_starts_later_stays_later() -> None:
    """Sound that sets in half a second after the picture is not pulled to the start."""
    clock = MediaClock(10 * S)
    clock.place("video", 10 * S, S)
    assert clock.place("audio", round(10.5 * S), S)[0] == S // 2


def test_a_missing_timestamp_follows_the_packet_before() -> None:
    """Without a number a packet begins where its lane ended."""
    clock = MediaClock(0)
    clock.place("video", 0, 40_000)
    assert clock.place("video", None, 40_000)[0] == 40_000
    assert clock.place("video", None, 40_000)[0] == 80_000


def test_wrapped_numbers_go_on() -> None:
    """33 bits at 90 kHz run over after 26.5 hours: media time does not notice."""
    assert place_all(MediaClock(WRAP_US - 2 * S), WRAP_US / S - 2, WRAP_US / S - 1, 0, 1) == [0, 1, 2, 3]


def test_a_leap_of_minutes_stays_a_hole() -> None:
    """What was lost for half a minute is missing for half a minute."""
    assert place_all(MediaClock(0), 0, 1, 32, 33) == [0, 1, 32, 33]


def test_a_leap_beyond_all_holes_starts_the_numbers_anew() -> None:
    """Hours that cannot be lost are not invented."""
    assert place_all(MediaClock(0), 0, 1, 18_000, 18_001) == [0, 1, 2, 3]


def test_numbers_that_fall_back_go_on_where_they_were() -> None:
    """A sender that reconnects and counts from zero again does not overwrite what was there."""
    clock = MediaClock(100 * S)
    assert place_all(clock, 100, 101, 102, 0, 1) == [0, 1, 2, 3, 4]
    assert clock.restarts == 1


def test_jitter_is_kept_as_it_is() -> None:
    """A packet a little too early is no new beginning."""
    clock = MediaClock(0)
    assert place_all(clock, 0, 1, 0.8, 2) == [0, 1, 0.8, 2]
    assert clock.restarts == 0


def test_sound_and_picture_share_each_new_beginning() -> None:
    """After a leap both lanes take the same offset, so that they stay in step, whichever leaps first."""
    clock = MediaClock(50 * S)
    for n in range(5):
        clock.place("video", (50 + n) * S, S)
        clock.place("audio", (50 + n) * S + 20_000, S)
    video, offset = clock.place("video", 7 * S, S)
    straggler, old = clock.place("audio", 55 * S + 20_000, S)
    audio, same = clock.place("audio", 8 * S + 20_000, S)
    assert (old, straggler) == (-50 * S, 5 * S + 20_000)
    assert offset == same
    assert audio - video == S + 20_000
    assert clock.restarts == 1


def test_a_steady_clock_takes_any_place() -> None:
    """A file known not to restart can be entered anywhere."""
    clock = MediaClock(10 * S, 3600 * S, steady=True)
    assert clock.place("video", 3500 * S, S)[0] == 3490 * S


def test_a_leap_is_not_smooth() -> None:
    """A number that does not follow is told before it is placed; the one after it shows which of them was wrong."""
    clock = MediaClock(0)
    place_all(clock, 0, 1, 2)
    assert clock.smooth("audio", 3 * S)
    assert not clock.smooth("audio", 60 * S)
    assert not clock.smooth("audio", 0)
    assert clock.smooth("video", 60 * S)  # its lane has no history yet


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["audio", "video"]),
            st.one_of(st.none(), st.integers(-(10**13), 10**13)),
            st.integers(0, 2 * S),
        ),
        max_size=60,
    )
)
def test_whatever_comes_media_time_goes_forwards(packets: list[tuple[str, int | None, int]]) -> None:
    """No numbers, however wild, throw a lane back by more than seconds or the file ahead by more than a hole."""
    clock = MediaClock(None)
    last: dict[str, int] = {}
    for lane, stamp_us, lasts_us in packets:
        front_us = clock.front_us
        at_us, offset_us = clock.place(lane, stamp_us, lasts_us)
        assert at_us <= front_us + LONGEST_HOLE_US
        assert at_us >= last.get(lane, -2 * INTERLEAVE_US) - INTERLEAVE_US
        if stamp_us is not None:
            assert at_us == stamp_us + offset_us
        last[lane] = max(at_us, last.get(lane, at_us))
