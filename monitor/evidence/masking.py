"""Stills for people outside: what viewers typed, and what platforms say of them, painted over.

It errs towards more: rows are grown, rows of one column are one area, and rows of a few seconds before and after count.
Filled, never blurred: a blur of text can be undone.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

import cv2
import numpy as np
from numpy.typing import NDArray

from monitor.evidence.stills import as_jpeg
from monitor.records import Box, Cue, Role
from monitor.timeline import Span

BEFORE_MS, AFTER_MS = 1000, 5000
"""A row counts so long before it was first read and after it was last: comments fade in, and stay for some seconds."""
GROWN = 0.35
"""Of a row's height, added on each side: letters reach out of the box that was detected."""
NEXT_ROW = 1.0
"""Of a row's height, added above and below a column: what slid in between two looks."""
COLUMN_GAP, COLUMN_LEFT = 2.5, 1.5
"""Rows are of one column when no more than so many heights lie between them, and between their left edges."""
BLOCK_PX = 16
"""JPEG keeps colour in blocks of this size: part of a letter would shine through the rest of its block."""
FILL, INK = 58, 225
"""Grey levels."""
MARK_HIGH_PX, MARK_LEAST_PX = 34, 12
"""Height of the mark's letters, at most and at least."""


_MARK_WIDE_PX, _MARK_TALL_PX = 96, 32
_MARK_BITS = (
    "0000000000001c00070000000000000010001c0007801e001fffffe078001c0007801e001fffffe07c3ffffe07871e3c"
    "1fffffe03e3ffffe078f1e3c1fffffe01f3ffffe07879e3c000001e00f3c000007879e3c000001e00e3c70e07ff39e78"
    "000001e0043c70e07ff3de780f0001e0003c70e07ff3de700f0001e0003ffffc7ff39ef00f0001e0003ffffc07801e20"
    "0f0001e0003ffffc07801e000fffffe07f3c70e0078ffffc0fffffe07f3c70e0078ffffc0fffffe07f3c70e007fffffc"
    "0fffffe07f3c7fe00ff7fffc0f0001e00f387fe07ff0003c0f0001e00f387fe07ff0003c0f0000000f7800187f80007c"
    "0f0000000f7bbbb87f87fffc0f0000100ff3bbbc0787fffc0f00001e0ff3bb9c0787fffc0f00001e0ff7b9de0780003c"
    "0f00003e0f2f39ce0780003c0f00003e1f8f19080780003c0f80007c3fe20000078ffffc0ffffffc7ffffffe3f8ffffc"
    "07fffff87dfffffe3f8ffffc03fffff8387ffffe3f0ffffc00ffffe0301ffffc3e00003c000000000000000000000000"
)
"""「已遮挡」 drawn from Noto Sans CJK Bold, one bit a pixel, row by row: OpenCV writes no Chinese by itself."""
MARK = np.unpackbits(np.frombuffer(bytes.fromhex(_MARK_BITS), np.uint8)).reshape(_MARK_TALL_PX, _MARK_WIDE_PX)


def viewer_boxes(cues: Iterable[Cue], at_ms: int, *, spare: Sequence[Box] = ()) -> list[Box]:
    """The areas of the picture at `at_ms` of the stream that hold, or may hold, viewers' names and words.

    Of `cues` those with a box count that a viewer sent: `ViewerRows.around` gives every row of a moment, other cues of
    comments tell where one was first read. `spare` are boxes of what a flag rests on: areas leave them free, unless a
    viewer's row itself lies on them.
    """
    rows = list(
        dict.fromkeys(cue.box for cue in cues if cue.box is not None and _is_viewers(cue) and _near(cue, at_ms))
    )
    areas = _areas([row for row in rows if row.left_px < row.right_px and row.top_px < row.bottom_px])
    for free in (box for box in spare if not any(_shared(box, row) for row in rows)):
        areas = [rest for area in areas for rest in _without(area, free)]
    return sorted(areas, key=lambda box: (box.top_px, box.left_px, box.bottom_px, box.right_px))


def masked(jpeg: bytes, boxes: Sequence[Box]) -> bytes:
    """The picture anew as a JPEG of the same size, the boxes filled and marked 「已遮挡」, and no metadata in it.

    A box may reach out of the picture. Raises ValueError for what is no picture.
    """
    picture = _decoded(jpeg)
    high, wide = picture.shape[:2]
    for box in boxes:
        left, top = (max(0, side // BLOCK_PX * BLOCK_PX) for side in (box.left_px, box.top_px))
        right, bottom = (-(-side // BLOCK_PX) * BLOCK_PX for side in (box.right_px, box.bottom_px))
        right, bottom = min(wide, right), min(high, bottom)
        if left < right and top < bottom:
            picture[top:bottom, left:right] = FILL
    for box in boxes:
        _mark(picture[max(0, box.top_px) : max(0, box.bottom_px), max(0, box.left_px) : max(0, box.right_px)])
    return as_jpeg(picture)


def _is_viewers(cue: Cue) -> bool:
    return cue.role is Role.VIEWER


def _near(cue: Cue, at_ms: int) -> bool:
    return at_ms in Span(cue.span.start_ms, max(cue.span.end_ms, cue.span.start_ms + 1)).grow(BEFORE_MS, AFTER_MS)


def _areas(rows: Sequence[Box]) -> list[Box]:
    """Rows of one column together, grown; areas that meet are one."""
    columns: list[tuple[Box, int, int]] = []
    """Area, height of a row, number of rows."""
    for row in sorted(rows, key=lambda box: (box.top_px, box.left_px)):
        tall, number, area = row.bottom_px - row.top_px, 1, row
        apart: list[tuple[Box, int, int]] = []
        for known in columns:
            if _one_column(known[0], area, max(known[1], tall)):
                area, tall, number = _cover(known[0], area), max(known[1], tall), known[2] + number
            else:
                apart.append(known)
        columns = [*apart, (area, tall, number)]
    grown = [_grown(area, tall, NEXT_ROW if number > 1 else GROWN) for area, tall, number in columns]
    return _merged(grown)


def _one_column(above: Box, below: Box, tall: int) -> bool:
    apart = max(above.top_px, below.top_px) - min(above.bottom_px, below.bottom_px)
    beside = abs(above.left_px - below.left_px) <= COLUMN_LEFT * tall
    across = min(above.right_px, below.right_px) > max(above.left_px, below.left_px)
    return apart <= COLUMN_GAP * tall and beside and across


def _grown(box: Box, tall: int, share: float) -> Box:
    side, up = round(GROWN * tall), round(share * tall)
    return Box(
        max(0, box.left_px - side), max(0, box.top_px - up), max(0, box.right_px + side), max(0, box.bottom_px + up)
    )


def _merged(boxes: Sequence[Box]) -> list[Box]:
    merged: list[Box] = []
    for box in boxes:
        whole = box
        while touching := [other for other in merged if _shared(other, whole)]:
            for other in touching:
                merged.remove(other)
                whole = _cover(other, whole)
        merged.append(whole)
    return merged


def _cover(a: Box, b: Box) -> Box:
    return Box(
        min(a.left_px, b.left_px), min(a.top_px, b.top_px), max(a.right_px, b.right_px), max(a.bottom_px, b.bottom_px)
    )


def _shared(a: Box, b: Box) -> bool:
    return max(a.left_px, b.left_px) < min(a.right_px, b.right_px) and max(a.top_px, b.top_px) < min(
        a.bottom_px, b.bottom_px
    )


def _without(area: Box, free: Box) -> list[Box]:
    """What is left of an area round a box: whole strips above and below, and beside it."""
    if not _shared(area, free):
        return [area]
    top, bottom = max(area.top_px, free.top_px), min(area.bottom_px, free.bottom_px)
    rest = [
        replace(area, bottom_px=top),
        replace(area, top_px=bottom),
        Box(area.left_px, top, free.left_px, bottom),
        Box(free.right_px, top, area.right_px, bottom),
    ]
    return [box for box in rest if box.left_px < box.right_px and box.top_px < box.bottom_px]


def _decoded(jpeg: bytes) -> NDArray[np.uint8]:
    try:
        picture = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR | cv2.IMREAD_IGNORE_ORIENTATION)
    except cv2.error as error:
        raise ValueError(f"not a picture: {len(jpeg)} bytes") from error
    if picture is None:
        raise ValueError(f"not a picture: {len(jpeg)} bytes")
    return np.ascontiguousarray(picture, dtype=np.uint8)


def _mark(area: NDArray[np.uint8]) -> None:
    """Writes 「已遮挡」 into the middle of a filled area if it fits."""
    high, wide = area.shape[:2]
    tall = min(MARK_HIGH_PX, round(0.6 * high), round(0.9 * wide * MARK.shape[0] / MARK.shape[1]))
    if tall < MARK_LEAST_PX:
        return
    across = round(tall * MARK.shape[1] / MARK.shape[0])
    ink = cv2.resize(MARK, (across, tall), interpolation=cv2.INTER_AREA).astype(np.float32)[:, :, None]
    top, left = (high - tall) // 2, (wide - across) // 2
    place = area[top : top + tall, left : left + across]
    place[:] = (place * (1 - ink) + INK * ink).astype(np.uint8)
