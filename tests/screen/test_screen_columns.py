"""Text written from top to bottom."""

from __future__ import annotations

import numpy as np
import pytest
from drawn import CHINESE, scene, write, write_column
from numpy.typing import NDArray

from monitor.config import Settings
from monitor.screen import RapidTextReader, load
from monitor.screen.columns import whole_columns


def box(left: int, top: int, wide: int, high: int) -> NDArray[np.float32]:
    right, bottom = left + wide, top + high
    return np.array([[left, top], [right, top], [right, bottom], [left, bottom]], dtype=np.float32)


def sizes(found: list[NDArray[np.float32]]) -> list[tuple[int, int]]:
    return [(int(np.ptp(c[:, 0])), int(np.ptp(c[:, 1]))) for c in found]


def test_characters_one_under_the_other_are_one_column() -> None:
    """Three lone characters, a gap of half a character between them."""
    assert sizes(whole_columns([box(100, top, 50, 50) for top in (100, 175, 250)])) == [(50, 200)]


def test_pieces_that_overlap_are_one_column() -> None:
    """Detection cuts a spread column and lets the pieces overlap."""
    assert sizes(whole_columns([box(100, 100, 70, 270), box(105, 350, 65, 160), box(98, 480, 72, 220)])) == [(72, 600)]


@pytest.mark.parametrize(
    "found",
    [
        [box(100, 100, 50, 50), box(100, 170, 50, 50)],
        [box(100, 100, 50, 50), box(100, 300, 50, 50), box(100, 500, 50, 50)],
        [box(100, 100, 200, 50), box(100, 160, 200, 50), box(100, 220, 200, 50)],
        [box(100, 100, 50, 50), box(160, 170, 50, 50), box(220, 240, 50, 50)],
        [box(100, 100, 50, 200), box(170, 100, 50, 200)],
    ],
    ids=["two labels", "far apart", "rows", "a slope", "two columns"],
)
def test_what_is_no_column_stays_apart(found: list[NDArray[np.float32]]) -> None:
    """Rows, neighbours, and two lone characters."""
    assert len(whole_columns(found)) == len(found)


@pytest.fixture(scope="module")
def reader() -> RapidTextReader:
    return load(Settings(screen_side_px=736))


@pytest.mark.model
@pytest.mark.skipif(CHINESE is None, reason="no Chinese font")
@pytest.mark.parametrize(
    ("text", "high", "gap"),
    [
        ("拍下返现二十元", 44, 4),
        ("付款退款加微信", 30, 2),
        ("拍下返现二十元", 44, 50),
        ("免单抽奖", 44, 80),
        ("全额返现", 60, 70),
    ],
)
def test_a_column_is_read_as_one_line(reader: RapidTextReader, text: str, high: int, gap: int) -> None:
    """Close together or spread out; a board beside it is a line of its own."""
    image = scene()
    write_column(image, text, (560, 150), high=high, gap=gap)
    write(image, "秋季新款外套", (40, 160))
    assert sorted(line.text for line in reader.read(image)) == sorted((text, "秋季新款外套"))
