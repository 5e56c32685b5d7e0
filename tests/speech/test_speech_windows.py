"""Frames of voice become windows, whatever the speaker does."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from monitor.speech.voice import FRAME_MS
from monitor.speech.windows import HUSH_FRAMES, PAD_FRAMES, Window, WindowCutter

SECOND = 1000 // FRAME_MS


def cut(chances: list[float], longest_ms: int = 28_000) -> list[Window]:
    cutter = WindowCutter(longest_ms)
    windows = [window for chance in chances for window in cutter.push(chance)]
    return windows + cutter.flush()


def talk(*pieces: tuple[int, float]) -> list[float]:
    return [chance for frames, level in pieces for chance in [level] * frames]


def test_silence_gives_no_window() -> None:
    """Nothing is decoded where nobody speaks: over silence the model invents text."""
    assert cut(talk((40 * SECOND, 0.05))) == []


def test_a_click_is_no_speech() -> None:
    """Less than 200 ms of voice is not decoded."""
    assert cut(talk((50, 0.0), (3, 0.9), (200, 0.0))) == []


def test_a_full_window_is_cut_at_its_longest_pause() -> None:
    """Not at the limit: a word that is cut in two is lost in both windows."""
    chances = talk((21 * SECOND, 0.9), (20, 0.1), (3 * SECOND, 0.9), (8, 0.1), (15 * SECOND, 0.9))
    first, second = cut(chances)
    assert first.end <= 21 * SECOND + 20 <= second.start + PAD_FRAMES
    assert first.start == 0
    assert second.end == len(chances)


def test_a_long_silence_ends_a_window() -> None:
    """What follows three silent seconds is decoded by itself."""
    windows = cut(talk((60, 0.9), (HUSH_FRAMES + 20, 0.0), (60, 0.9)))
    assert [window.voiced for window in windows] == [((0, 60),), ((HUSH_FRAMES + 80, HUSH_FRAMES + 140),)]


def test_speech_without_a_breath_is_cut_where_it_is_faintest() -> None:
    """No window ever exceeds the limit, even when nobody pauses."""
    chances = talk((23 * SECOND, 0.95), (1, 0.6), (30 * SECOND, 0.95))
    first, second = cut(chances)[:2]
    assert first.end == 23 * SECOND == second.start


@given(
    st.lists(st.tuples(st.integers(1, 200), st.sampled_from([0.02, 0.4, 0.6, 0.95])), max_size=30),
    st.sampled_from([1000, 5000, 28_000]),
)
def test_windows_hold_all_speech_once(pieces: list[tuple[int, float]], longest_ms: int) -> None:
    """In order, without overlap, none too long; every voiced frame of note lies in one, and `keep_from` never lies."""
    cutter = WindowCutter(longest_ms)
    windows: list[Window] = []
    for chance in talk(*pieces):
        kept_from = cutter.keep_from
        new = cutter.push(chance)
        assert all(window.start >= kept_from for window in new)
        assert cutter.keep_from >= kept_from
        windows += new
    windows += cutter.flush()
    for before, after in pairwise(windows):
        assert before.end <= after.start
    for window in windows:
        assert 0 < window.end - window.start <= longest_ms // FRAME_MS
        assert all(window.start <= start < end <= window.end for start, end in window.voiced)
    inside = {frame for window in windows for frame in range(window.start, window.end)}
    loud = [frame for frame, chance in enumerate(talk(*pieces)) if chance >= 0.5]
    lost = [frame for frame in loud if frame not in inside]
    assert len(lost) <= 5 * (1 + len(loud) // 6)
