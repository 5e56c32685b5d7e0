"""Text that stays on the picture is one cue."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from screen_script import EVERY_MS, ScriptedReader, last_told, line, picture, run, screen_of

from monitor.records import Channel, Cue, Role
from monitor.screen import Line

OFFER = "Buy now get 20 back"


def test_a_board_that_stays_is_one_cue_from_first_to_last_look() -> None:
    """Ten minutes on the screen: one cue, and it ends at most half a period after the last look at it."""
    looks = [[], *([[line(OFFER)]] * 300), [], []]
    (cue,) = last_told(run(looks))
    assert (cue.span.start_ms, cue.span.end_ms) == (2000, 601_000)
    assert (cue.text, cue.channel, cue.role, cue.ongoing) == (OFFER, Channel.SCREEN, Role.HOST, False)
    assert cue.box == line(OFFER).box


def test_a_board_is_told_at_once_now_and_then_and_when_it_goes() -> None:
    """First look, then about every ten seconds, then closed once: not at every look."""
    cues = run([*([[line(OFFER)]] * 11), [], []])
    assert [(cue.span.end_ms, cue.ongoing) for cue in cues] == [
        (1000, True),
        (11_000, True),
        (21_000, True),
        (21_000, False),
    ]
    assert len({cue.cue_id for cue in cues}) == 1


def test_one_missed_look_does_not_cut_a_board() -> None:
    """The recogniser overlooks it once: still one cue."""
    board = [line(OFFER)]
    assert len(last_told(run([board, board, [], board, board]))) == 1


def test_a_slip_of_the_recogniser_is_not_a_new_board() -> None:
    """A wrong letter in one unsure reading leaves the first text alone."""
    cues = run([[line(OFFER)], [line("Buy nov get 20 back", sure=0.9)], [line(OFFER)]])
    assert {cue.text for cue in cues} == {OFFER}
    assert len({cue.cue_id for cue in cues}) == 1


def test_a_clearly_better_reading_corrects_the_text_under_the_same_id() -> None:
    """The board was half faded in when it was first read."""
    cues = run([[line("Buy nov qet 20 back", sure=0.7)], [line(OFFER, sure=0.98)], [line(OFFER, sure=0.98)]])
    assert len({cue.cue_id for cue in cues}) == 1
    assert cues[-1].text == OFFER


@pytest.mark.parametrize("after", ["Now only ¥89", "Sold out today"])
def test_other_content_in_the_same_place_is_a_new_cue(after: str) -> None:
    """A new price is not a slip, though only a digit differs."""
    before = "Now only ¥99"
    first, second = last_told(run([[line(before)], [line(before)], [line(after)], [line(after)]]))
    assert (first.text, second.text) == (before, after)
    assert first.span.end_ms <= second.span.start_ms


def test_a_board_that_moves_keeps_its_cue() -> None:
    """The overlay is dragged elsewhere."""
    assert len(last_told(run([[line(OFFER, 200)], [line(OFFER, 400)], [line(OFFER, 600)]]))) == 1


def test_pieces_of_a_board_are_not_boards() -> None:
    """Detection cuts a line at its space for once."""
    whole, piece = line("free gift today only"), line("free gift")
    assert [cue.text for cue in last_told(run([[whole], [piece], [whole]]))] == [whole.text]


def test_a_stroke_through_the_text_is_told() -> None:
    """A struck base price is struck in its cue."""
    (cue,) = last_told(run([[line("was ¥699", struck=True)]] * 3))
    assert cue.struck


@pytest.mark.parametrize("crumb", ["x", "12345", "20:31", "1.2w", "1.2万", "99+", "·", "3人"])
def test_crumbs_of_the_interface_are_left_out(crumb: str) -> None:
    """Single characters, clocks and counters say nothing."""
    assert run([[line(crumb)]] * 3) == []


@pytest.mark.parametrize("price", ["¥99", "9.9", "99元", "$5", "3折"])
def test_prices_are_kept(price: str) -> None:
    """However short, a price is content."""
    assert [cue.text for cue in last_told(run([[line(price)]] * 3))] == [price]


def test_unsure_readings_are_left_out() -> None:
    """Folds of a shirt read as letters."""
    assert run([[line("Bvy mow", sure=0.5)]] * 3) == []


def test_a_long_blindness_ends_what_was_on_the_screen() -> None:
    """Nobody knows whether the board was there while no picture came."""
    screen = screen_of(ScriptedReader([[line(OFFER)], [line(OFFER)]]))
    cues = screen.look(0, picture(50)) + screen.look(60_000, picture(90)) + screen.finish(61_000)
    assert [cue.span.end_ms for cue in last_told(cues)] == [1000, 61_000]


def test_a_picture_from_the_past_is_passed_over() -> None:
    """Timestamps that jump back tell nothing new."""
    screen = screen_of(ScriptedReader([[line(OFFER)], []]))
    screen.look(4000, picture(50))
    assert screen.look(4000, picture(200)) == []
    assert screen.look(2000, picture(200)) == []


WORDS = ["Buy now get 20 back", "Only ¥99 today", "Only ¥89 today", "Seven days return", "直播间：9.9", "小明：多少钱"]
LOOK = st.lists(
    st.builds(
        line,
        st.sampled_from(WORDS),
        st.sampled_from([100, 200, 300, 920, 964, 1008]),
        st.just(16),
        high=st.just(40),
        sure=st.sampled_from([0.7, 0.9, 0.99]),
    ),
    max_size=4,
    unique_by=lambda line: line.box.top_px,
)


@given(st.lists(LOOK, max_size=15))
def test_every_cue_opens_once_closes_once_and_only_grows(looks: list[list[Line]]) -> None:
    """Whatever is read: ids are stable, ends never move back, all is closed exactly once, the watermark holds."""
    screen = screen_of(ScriptedReader(looks))
    told: dict[str, list[Cue]] = {}
    watermark_ms = screen.watermark_ms
    for index in range(len(looks) + 1):
        at_ms = index * EVERY_MS
        cues = screen.look(at_ms, picture(100 + 40 * (index % 2))) if index < len(looks) else screen.finish(at_ms)
        for cue in cues:
            assert cue.cue_id in told or cue.span.start_ms >= watermark_ms
            told.setdefault(cue.cue_id, []).append(cue)
        assert screen.watermark_ms >= watermark_ms
        watermark_ms = screen.watermark_ms
    assert watermark_ms == len(looks) * EVERY_MS
    for history in told.values():
        assert len({(cue.span.start_ms, cue.channel) for cue in history}) == 1
        ends = [cue.span.end_ms for cue in history]
        assert ends == sorted(ends)
        if history[0].channel is Channel.SCREEN:
            assert [cue.ongoing for cue in history] == [True] * (len(history) - 1) + [False]
        assert not history[-1].ongoing


FIXED = {word: 100 + 80 * index for index, word in enumerate(WORDS[:4])}


@given(st.lists(st.sets(st.sampled_from(WORDS[:4])), max_size=20))
def test_a_board_has_one_cue_at_a_time(looks: list[set[str]]) -> None:
    """However boards come and go in their places, two cues of one board never overlap, and each look is covered."""
    cues = last_told(run([[line(word, FIXED[word]) for word in sorted(words)] for words in looks]))
    for word in FIXED:
        spans = sorted(cue.span for cue in cues if cue.text == word)
        assert all(before.end_ms <= after.start_ms for before, after in pairwise(spans))
        for index, words in enumerate(looks):
            if word in words:
                assert any(index * EVERY_MS in span for span in spans)
