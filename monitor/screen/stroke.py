"""Whether a line of text is struck through."""

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


def struck(crop: NDArray[np.uint8]) -> bool:
    """Whether a thin level stroke of one colour runs through the middle of a line (uint8, (height, width, 3), BGR)."""
    height, width = crop.shape[:2]
    if height < 10 or width < height:
        return False
    scale = _HEIGHT_PX / height
    size = (max(_HEIGHT_PX, round(width * scale)), _HEIGHT_PX)
    line = cv2.resize(crop, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR).astype(np.int16)
    rows = range(round(MIDDLE[0] * _HEIGHT_PX), round(MIDDLE[1] * _HEIGHT_PX))
    return any(_is_stroke(line, row) for row in rows)


def _is_stroke(line: NDArray[np.int16], row: int) -> bool:
    colour = np.median(line[row], axis=0)
    near = np.abs(line - colour).max(axis=2) <= SAME_COLOUR
    if _longest_run(near[row]) < LEAST_RUN * line.shape[1]:
        return False
    most = max(2, round(MOST_THICKNESS * line.shape[0]))
    # A column where the colour leaves off within the thickness on both sides: the stroke crosses a gap there.
    above = near[max(0, row - most) : row]
    below = near[row + 1 : row + 1 + most]
    gaps = near[row] & ~above.all(axis=0) & ~below.all(axis=0)
    return bool(gaps.mean() >= LEAST_GAPS)


def _longest_run(flags: NDArray[np.bool_]) -> int:
    """Length of the longest run of True, bridging holes of two."""
    closed = cv2.morphologyEx(flags.astype(np.uint8)[np.newaxis], cv2.MORPH_CLOSE, np.ones((1, 3), np.uint8))[0]
    edges = np.flatnonzero(np.diff(np.concatenate(([0], closed.astype(np.int8), [0]))))
    return int((edges[1::2] - edges[::2]).max(initial=0))
