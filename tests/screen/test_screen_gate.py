"""The gate spares reading where nothing changed, and opens for one small new line."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from screen_script import EVERY_MS, ScriptedReader, line, screen_of

from monitor.screen.gate import ChangeGate


def scene(seed: int = 1) -> NDArray[np.uint8]:
    """A shelf of blurred shapes."""
    noise = np.random.default_rng(seed).integers(0, 255, (64, 36, 3), dtype=np.uint8)
    return np.asarray(cv2.resize(noise, (720, 1280), interpolation=cv2.INTER_CUBIC), dtype=np.uint8)


def grainy(image: NDArray[np.uint8], seed: int) -> NDArray[np.uint8]:
    """What a codec does to a still scene: a few levels up and down in each pixel."""
    grain = np.random.default_rng(seed).normal(0, 3, image.shape)
    return np.clip(image + grain, 0, 255).astype(np.uint8)


def test_grain_does_not_open_the_gate() -> None:
    """A still scene is read once, though no two of its pictures are equal."""
    gate = ChangeGate()
    assert [gate.opens(index * 1000, grainy(scene(), index)) for index in range(8)] == [True] + [False] * 7


def test_the_gate_opens_now_and_then_anyway() -> None:
    """What the comparison cannot see is read ten seconds later at the latest."""
    gate = ChangeGate()
    assert [gate.opens(at_ms, scene()) for at_ms in (0, 5000, 10_000, 15_000, 20_000)] == [
        True,
        False,
        True,
        False,
        True,
    ]


@pytest.mark.parametrize("text", ["new", "-1"])
def test_one_small_new_line_opens_the_gate(text: str) -> None:
    """Letters of 16 px in the corner of a 720 px wide picture, a ten-thousandth of it."""
    gate = ChangeGate()
    gate.opens(0, scene())
    written = scene()
    cv2.putText(written, text, (20, 1200), cv2.FONT_HERSHEY_SIMPLEX, 0.6, (255, 255, 255), 2)
    assert gate.opens(1000, grainy(written, 1))


def test_one_new_digit_opens_the_gate() -> None:
    """¥99 becomes ¥98."""
    images = []
    for price in ("99", "98"):
        image = scene()
        cv2.putText(image, price, (300, 400), cv2.FONT_HERSHEY_SIMPLEX, 1.0, (255, 255, 255), 2)
        images.append(image)
    gate = ChangeGate()
    assert [gate.opens(0, images[0]), gate.opens(1000, images[1])] == [True, True]


def test_a_slow_fade_opens_the_gate_in_the_end() -> None:
    """The comparison is with the picture that was read, so small steps add up."""
    gate = ChangeGate(refresh_ms=1_000_000)
    base = scene().astype(np.float32)
    looks = []
    for step in range(12):
        image = base.copy()
        image[200:260, 100:500] += (255 - image[200:260, 100:500]) * step * 0.01
        looks.append(gate.opens(step * 1000, image.astype(np.uint8)))
    assert looks[0]
    assert not looks[1]
    assert any(looks[2:])


def test_while_the_gate_is_shut_boards_stay() -> None:
    """Nothing is read, and the board's cue covers the looks all the same."""
    reader = ScriptedReader([[line("Buy now get 20 back")]])
    screen = screen_of(reader)
    for index in range(5):
        screen.look(index * EVERY_MS, grainy(scene(), index))
    (cue,) = screen.finish(20_000)
    assert reader.asked == 1
    assert cue.span.end_ms == 9000


def test_a_person_who_moves_all_the_time_does_not_hide_a_new_line() -> None:
    """Movement keeps the gate open; it never closes it to the text beside."""
    gate = ChangeGate()
    for index in range(5):
        image = scene()
        cv2.circle(image, (300 + 30 * index, 700), 150, (80, 60, 200), -1)
        if index == 4:
            cv2.putText(image, "new", (20, 100), cv2.FONT_HERSHEY_SIMPLEX, 0.6, (255, 255, 255), 2)
        assert gate.opens(index * 1000, image)
