"""Strokes through prices: level, slanting, double, in any colour, through a part; and what only looks like one."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
import pytest
from drawn import CHINESE, compressed, scene, write
from numpy.typing import NDArray
from PIL import ImageFont

from monitor.config import Settings
from monitor.records import Box
from monitor.screen import RapidTextReader, load
from monitor.screen.stroke import crossed_out, struck, struck_stretch

pytestmark = pytest.mark.skipif(CHINESE is None, reason="no Chinese font")

Colour = tuple[int, int, int]
Draw = Callable[[NDArray[np.uint8], Box], None]
COLOURS = [(255, 255, 255), (0, 0, 255), (128, 128, 128), (0, 230, 255)]
HEIGHTS = [24, 44, 80]
INNOCENT = [
    *("一二三", "一元一件", "9.9元", "¥99——¥199", "王王王王", "三三两两", "EEEE", "TTTT", "////"),
    *("日日田田", "丰丰丰", "十十十十", "====", "60%OFF", "买1送1"),
]


def stroke(colour: Colour = (255, 255, 255), *, at: float = 0.5, end: float | None = None, thick: int = 4) -> Draw:
    """From one end of the line to the other, at this share of its height; ending at another when it slants."""

    def draw(image: NDArray[np.uint8], box: Box) -> None:
        high = box.bottom_px - box.top_px
        first, last = (round(box.top_px + share * high) for share in (at, at if end is None else end))
        cv2.line(image, (box.left_px, first), (box.right_px, last), colour, thick, cv2.LINE_AA)

    return draw


def crop(text: str, high: int, *draws: Draw) -> NDArray[np.uint8]:
    image = scene()
    box = write(image, text, (40, 200), high=high)
    for draw in draws:
        draw(image, box)
    rim = high // 10
    return compressed(image)[box.top_px - rim : box.bottom_px + rim, box.left_px - rim : box.right_px + rim]


@pytest.mark.parametrize("high", HEIGHTS)
@pytest.mark.parametrize("colour", COLOURS)
def test_a_level_stroke_is_seen_in_any_colour(high: int, colour: Colour) -> None:
    """White, red, grey, and the colour of the letters."""
    assert struck(crop("吊牌价¥1288", high, stroke(colour, thick=max(2, high // 12))))


@pytest.mark.parametrize("high", HEIGHTS[1:])
def test_thick_and_double_strokes_are_strokes(high: int) -> None:
    """One of a sixth of the height, or two thin ones."""
    assert struck(crop("¥499", high, stroke((0, 0, 255), thick=high // 6)))
    thin = max(2, high // 24)
    assert struck(crop("¥499", high, stroke(at=0.4, thick=thin), stroke(at=0.6, thick=thin)))


@pytest.mark.parametrize("high", HEIGHTS)
@pytest.mark.parametrize(("at", "end"), [(0.8, 0.2), (0.2, 0.8), (0.95, 0.05), (0.65, 0.35)])
def test_a_slanting_stroke_is_seen(high: int, at: float, end: float) -> None:
    """Rising or falling, steep or flat."""
    image = crop("原价399元", high, stroke((0, 0, 255), at=at, end=end, thick=max(2, high // 12)))
    assert struck(image) or crossed_out(image)


@pytest.mark.parametrize("high", HEIGHTS)
@pytest.mark.parametrize("text", INNOCENT)
def test_bars_and_dashes_of_the_text_itself_are_no_strokes(high: int, text: str) -> None:
    """一, 元 and 三 have bars, a dash is one, and a slash slants."""
    image = crop(text, high)
    digits = any(character.isdigit() for character in text)
    assert not struck(image)
    assert not digits or not crossed_out(image)
    assert not digits or struck_stretch(image) is None


@pytest.mark.parametrize("high", HEIGHTS)
@pytest.mark.parametrize("at", [0.9, 0.97, 1.04, -0.05])
def test_underlines_and_lines_of_a_table_are_no_strokes(high: int, at: float) -> None:
    """They run below or above the letters."""
    image = crop("吊牌价¥1288", high, stroke(at=at, thick=max(2, high // 12)))
    assert not struck(image)
    assert not crossed_out(image)
    assert struck_stretch(image) is None


@pytest.fixture(scope="module")
def reader() -> RapidTextReader:
    return load(Settings(screen_side_px=736))


@pytest.mark.model
@pytest.mark.parametrize(
    ("before", "price", "after"),
    [
        ("原价", "¥499", " 今天¥99"),
        ("", "¥1699", " 直播间¥69"),
        ("专柜价", "¥3980", ""),
        ("原价", "1288元", " 今天99元"),
    ],
)
def test_a_stroke_through_the_price_alone_parts_the_line(
    reader: RapidTextReader, before: str, price: str, after: str
) -> None:
    """The struck price is a line of its own, give or take the character before it; what stands behind is not struck."""
    image, high = scene(), 36
    box = write(image, before + price + after, (40, 200), high=high)
    font = ImageFont.truetype(str(CHINESE), high)
    start, end = (round(40 + font.getlength(text)) for text in (before, before + price))
    middle = (box.top_px + box.bottom_px) // 2
    cv2.line(image, (start, middle), (end, middle), (0, 0, 255), 3)
    lines = reader.read(compressed(image))
    (hit,) = [line for line in lines if line.struck]
    assert price.strip("¥元") in hit.text
    assert not after or after.strip() not in hit.text
    assert abs(hit.box.left_px - start) <= high
    assert "".join(line.text for line in lines).replace(" ", "") == (before + price + after).replace(" ", "")


@pytest.mark.model
def test_a_price_crossed_out_is_struck(reader: RapidTextReader) -> None:
    """From corner to corner, on the picture as a whole."""
    image = scene()
    box = write(image, "¥399", (40, 200), high=60)
    stroke((0, 0, 255), at=0.8, end=0.2)(image, box)
    (line,) = reader.read(compressed(image))
    assert (line.text, line.struck) == ("¥399", True)
