"""Whether a line of text is struck through, or which stretch of it: level strokes, slanting ones, single and double."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

# A stroke is looked for in this middle part of the line's height, ...
MIDDLE = (0.3, 0.75)
# ... runs over this share of its width ...
LEAST_RUN = 0.7
# ... is at most this share of its height thick ...
MOST_THICKNESS = 0.2
# ... and stands out from what lies above and below it on this share of the columns: the gaps between characters.
LEAST_GAPS = 0.25
# Colours nearer than this (largest channel difference, 0 to 255) are one colour after a codec went over them.
SAME_COLOUR = 48
_HEIGHT_PX = 48
# A stretch of a line is struck when the stroke is so many heights long: two digits and a currency sign, ...
LEAST_STRETCH = 1.4
# ... goes on from pixel to pixel without a step of more than this (0 to 255), ...
MOST_STEP = 36
# ... and runs through glyphs: edges of at least so much lie above and below it on this share of its columns.
GLYPH_EDGE, LEAST_GLYPHS = 60, 0.6
# Its ends are moved by at most so many heights to where no character is cut; going so far is worth so many edges.
NEAR_GAP, MOVE_COST = 0.3, 8
# Slanting strokes rise or fall by these shares of the height from one end of the line to the other.
SLANTS = (-0.75, -0.6, -0.45, -0.3, -0.15, 0.15, 0.3, 0.45, 0.6, 0.75)


def struck(crop: NDArray[np.uint8]) -> bool:
    """Whether a thin level stroke of one colour runs through the middle of a line (uint8, (height, width, 3), BGR)."""
    height, width = crop.shape[:2]
    if height < 10 or width < height:
        return False
    line = _scaled(crop)
    return any(_is_stroke(line, row) for row in _middle())


def crossed_out(crop: NDArray[np.uint8]) -> bool:
    """Whether a thin slanting stroke of one colour runs from end to end of a line (uint8, (height, width, 3), BGR)."""
    height, width = crop.shape[:2]
    if height < 10 or width < 1.2 * height:
        return False
    line = _scaled(crop)
    columns = np.arange(line.shape[1])
    for slant in SLANTS:
        shift = np.rint(slant * _HEIGHT_PX * (columns / line.shape[1] - 0.5)).astype(int)
        rows = np.clip(np.arange(_HEIGHT_PX)[:, np.newaxis] + shift, 0, _HEIGHT_PX - 1)
        level = line[rows, columns]
        # A slanting stroke meets its own edge in steps, so it needs more of the width to itself than a level one.
        if any(_is_stroke(level, row) for row in _middle(0.42, 0.6)):
            return True
    return False


def struck_stretch(crop: NDArray[np.uint8]) -> tuple[int, int] | None:
    """The columns (half-open, pixels of `crop`) of a level stroke through a part of the line; None without one."""
    height, width = crop.shape[:2]
    if height < 10 or width < LEAST_STRETCH * height:
        return None
    line = _scaled(crop)
    best: tuple[int, int] | None = None
    for row in _middle():
        smooth = np.abs(np.diff(line[row], axis=0)).max(axis=1) <= MOST_STEP
        start, end = _longest_stretch(smooth)
        if end - start < max(LEAST_STRETCH * _HEIGHT_PX, 0 if best is None else best[1] - best[0] + 1):
            continue
        # What is smooth beside the stroke has another colour.
        first, last = _longest_stretch(_along(line[:, start:end], row)[1])
        start, end = start + first, start + last
        if end - start >= LEAST_STRETCH * _HEIGHT_PX and _is_stroke(line[:, start:end], row):
            best = start, end
    if best is None:
        return None
    scale = width / line.shape[1]
    start, end = (_nearest_gap(line, column) for column in best)
    return (round(start * scale), round(end * scale)) if start < end else None


def _nearest_gap(line: NDArray[np.int16], column: int) -> int:
    """The column near a stroke's end that cuts the fewest edges: strokes begin and end within characters."""
    edges = (np.abs(np.diff(line, axis=1)).max(axis=2) >= GLYPH_EDGE).sum(axis=0)
    reach = round(NEAR_GAP * _HEIGHT_PX)
    first, last = max(0, column - reach), min(len(edges), column + reach + 1)
    if column <= reach or column >= line.shape[1] - reach:
        return 0 if column <= reach else line.shape[1]
    cost = edges[first:last] + MOVE_COST * np.abs(np.arange(first, last) - column) / reach
    return first + int(cost.argmin())


def _scaled(crop: NDArray[np.uint8]) -> NDArray[np.int16]:
    height, width = crop.shape[:2]
    scale = _HEIGHT_PX / height
    size = (max(_HEIGHT_PX, round(width * scale)), _HEIGHT_PX)
    return cv2.resize(crop, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR).astype(np.int16)


def _middle(top: float = MIDDLE[0], bottom: float = MIDDLE[1]) -> range:
    return range(round(top * _HEIGHT_PX), round(bottom * _HEIGHT_PX))


def _thickest() -> int:
    return max(2, round(MOST_THICKNESS * _HEIGHT_PX))


def _along(line: NDArray[np.int16], row: int) -> tuple[NDArray[np.int16], NDArray[np.bool_]]:
    """The row's usual colour, and where the row has it."""
    colour = np.median(line[row], axis=0).astype(np.int16)
    return colour, np.abs(line[row] - colour).max(axis=1) <= SAME_COLOUR


def _glyphs(line: NDArray[np.int16], row: int) -> bool:
    """Whether letters lie above and below the row: a dash, a rule and 一 have none."""
    half = _thickest() // 2
    edges = np.abs(np.diff(line, axis=1)).max(axis=2) >= GLYPH_EDGE
    rim = round(0.12 * _HEIGHT_PX)
    above, below = edges[rim : max(rim + 1, row - half)], edges[row + half : _HEIGHT_PX - rim]
    reach = np.ones((1, 9), np.uint8)
    wide = [cv2.dilate(part.any(axis=0).astype(np.uint8)[np.newaxis], reach).mean() for part in (above, below)]
    return bool(min(wide) >= LEAST_GLYPHS)


def _is_stroke(line: NDArray[np.int16], row: int) -> bool:
    colour, along = _along(line, row)
    if _longest_run(along) < LEAST_RUN * line.shape[1]:
        return False
    most = _thickest()
    near = np.abs(line[max(0, row - most) : row + 1 + most] - colour).max(axis=2) <= SAME_COLOUR
    # A column where the colour leaves off within the thickness on both sides: the stroke crosses a gap there.
    at = min(row, most)
    gaps = along & ~near[:at].all(axis=0) & ~near[at + 1 :].all(axis=0)
    return bool(gaps.mean() >= LEAST_GAPS) and _glyphs(line, row)


def _longest_run(flags: NDArray[np.bool_]) -> int:
    start, end = _longest_stretch(flags)
    return end - start


def _longest_stretch(flags: NDArray[np.bool_]) -> tuple[int, int]:
    """The longest run of True (half-open), bridging holes of two."""
    closed = cv2.morphologyEx(flags.astype(np.uint8)[np.newaxis], cv2.MORPH_CLOSE, np.ones((1, 3), np.uint8))[0]
    edges = np.flatnonzero(np.diff(np.concatenate(([0], closed.astype(np.int8), [0]))))
    starts, ends = edges[::2], edges[1::2]
    if not len(starts):
        return 0, 0
    longest = int((ends - starts).argmax())
    return int(starts[longest]), int(ends[longest])
