"""What viewers typed is painted over on stills for people outside."""

from __future__ import annotations

import io

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from monitor.evidence.masking import AFTER_MS, FILL, masked, viewer_boxes
from monitor.records import Box, Channel, Cue, Role
from monitor.timeline import Span


def row(box, *, start_ms=10_000, end_ms=12_000, role=Role.VIEWER, channel=Channel.CHAT):
    return Cue("row", channel, Span(start_ms, end_ms), "", role=role, box=box)


def comment(number, *, left=16, wide=200, tall=38, **more):
    top = 900 + 46 * number
    return row(Box(left, top, left + wide, top + tall), **more)


def holds(area, box):
    return (
        area.left_px <= box.left_px
        and area.top_px <= box.top_px
        and area.right_px >= box.right_px
        and area.bottom_px >= box.bottom_px
    )


def overlap(a, b):
    return (
        max(a.left_px, b.left_px) < min(a.right_px, b.right_px)
        and max(a.top_px, b.top_px) < min(a.bottom_px, b.bottom_px)
    )  # fmt: skip


def test_a_column_of_comments_is_one_area_and_a_row_more_on_each_side():
    """Ragged on the right, with a hole where a row was not read."""
    rows = [comment(0, wide=180), comment(1, wide=420), comment(3, wide=90)]
    (area,) = viewer_boxes(rows, 11_000)
    assert area.top_px <= 900 - 38
    assert area.bottom_px >= 900 + 3 * 46 + 38 + 38
    assert area.left_px < 16
    assert area.right_px > 16 + 420


def test_rows_far_apart_are_areas_of_their_own():
    areas = viewer_boxes([comment(0), row(Box(300, 100, 600, 150))], 11_000)
    assert len(areas) == 2
    assert not overlap(*areas)


@pytest.mark.parametrize(
    ("at_ms", "there"), [(8000, False), (9500, True), (11_000, True), (16_000, True), (60_000, False)]
)
def test_a_row_counts_shortly_before_and_some_seconds_after(at_ms, there):
    assert bool(viewer_boxes([comment(0)], at_ms)) is there
    assert 12_000 + AFTER_MS < 60_000


def test_a_cue_that_lasts_no_time_counts():
    assert viewer_boxes([comment(0, start_ms=10_000, end_ms=10_000)], 10_000)


def test_hosts_lines_boards_and_cues_without_a_place_are_left_alone():
    cues = [
        comment(0, role=Role.HOST),
        comment(2, role=Role.STAFF),
        row(Box(0, 0, 100, 50), role=Role.HOST, channel=Channel.SCREEN),
        row(None),
        row(Box(5, 5, 5, 5)),
    ]
    assert viewer_boxes(cues, 11_000) == []


def test_what_a_flag_rests_on_stays_free_unless_a_viewers_row_lies_on_it():
    rows = [comment(0), comment(3)]
    between = Box(16, 960, 300, 1000)
    areas = viewer_boxes(rows, 11_000, spare=[between])
    assert not any(overlap(area, between) for area in areas)
    for cue in rows:
        assert any(holds(area, cue.box) for area in areas)
    on_a_row = Box(16, 905, 100, 935)
    assert any(overlap(area, on_a_row) for area in viewer_boxes(rows, 11_000, spare=[on_a_row]))


boxes = st.builds(
    lambda left, top, wide, tall: Box(left, top, left + wide, top + tall),
    st.integers(0, 700), st.integers(0, 1200), st.integers(1, 400), st.integers(1, 80),
)  # fmt: skip


@given(st.lists(boxes, max_size=12), st.lists(boxes, max_size=3))
@settings(max_examples=300, deadline=None)
def test_every_row_is_covered_whatever_is_spared(rows, spare):
    """Each pixel of each row lies in an area."""
    hidden = np.zeros((1400, 1200), bool)
    for area in viewer_boxes([row(box) for box in rows], 11_000, spare=spare):
        hidden[area.top_px : area.bottom_px, area.left_px : area.right_px] = True
    for box in rows:
        assert hidden[box.top_px : box.bottom_px, box.left_px : box.right_px].all()


def photograph(wide=720, high=1280):
    """Noise in colour: nothing of it can be guessed from what is beside."""
    return np.random.default_rng(7).integers(0, 256, (high // 8, wide // 8, 3), np.uint8).repeat(8, 0).repeat(8, 1)


def jpeg(picture, **more):
    out = io.BytesIO()
    Image.fromarray(picture[:, :, ::-1]).save(out, "JPEG", quality=90, **more)
    return out.getvalue()


def read(data):
    return cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)


def test_the_box_is_filled_the_rest_stays():
    picture = photograph()
    after = read(masked(jpeg(picture), [Box(100, 900, 400, 1000)]))
    assert after.shape == picture.shape
    inside = after[900:1000, 100:398].astype(int)  # a reader of JPEG mixes a pixel's colour with its neighbour's
    assert np.abs(inside[:20] - FILL).max() <= 4  # above the mark
    assert np.abs(after[:880].astype(int) - picture[:880]).mean() < 20
    assert (after[900:1000, 100:400] > 190).any()  # the mark


def test_nothing_of_what_was_there_can_be_told_from_what_is_left():
    """Two pictures that differ within the box alone, blocks of JPEG included, come out alike in every byte."""
    one, other = np.full((320, 320, 3), 90, np.uint8), np.full((320, 320, 3), 90, np.uint8)
    cv2.putText(one, "NAME", (60, 180), cv2.FONT_HERSHEY_DUPLEX, 2, (255, 255, 255), 3)
    cv2.putText(other, "ELSE", (60, 180), cv2.FONT_HERSHEY_DUPLEX, 2, (0, 0, 255), 3)
    box = Box(51, 121, 251, 197)
    assert (one[:121] == other[:121]).all()
    assert masked(jpeg(one), [box]) == masked(jpeg(other), [box])


@pytest.mark.parametrize(
    "sides",
    [(-50, -50, 10_000, 10_000), (-9, 5, 3, 8), (700, 1270, 2000, 2000), (2000, 2000, 2100, 2100), (9, 9, 9, 9)],
)
def test_a_box_may_reach_out_of_the_picture_or_be_tiny(sides):
    assert read(masked(jpeg(photograph()), [Box(*sides)])).shape == (1280, 720, 3)


def test_a_tiny_box_is_filled_without_the_mark():
    after = read(masked(jpeg(photograph()), [Box(96, 96, 112, 104)]))
    assert np.abs(after[98:104, 98:110].astype(int) - FILL).max() <= 4


def test_without_boxes_the_metadata_go_all_the_same():
    """Where and with what it was taken; and a picture that claims to be turned is not turned."""
    exif = Image.Exif()
    exif[0x0112], exif[0x010E] = 6, "taken by somebody"
    data = jpeg(photograph(), exif=exif, comment=b"secret remark")
    assert b"somebody" in data
    after = masked(data, [])
    assert b"somebody" not in after
    assert b"secret" not in after
    assert b"Exif" not in after
    assert read(after).shape == (1280, 720, 3)


@pytest.mark.parametrize("data", [b"", b"no picture", jpeg(photograph())[:40]])
def test_what_is_no_picture_is_refused(data):
    with pytest.raises(ValueError, match="not a picture"):
        masked(data, [Box(0, 0, 10, 10)])
