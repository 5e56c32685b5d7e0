"""Text written from top to bottom: pieces of one column, found apart, put together again.

The recogniser reads a whole column well (its crop is laid on its side, as the model was trained); single characters
and pieces that overlap it reads badly, and what is one character alone is not kept.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

# A piece is tall from this height in widths on; a lone character is about as high as wide.
TALL = 1.4
SQUARE = (0.75, 1.4)
# Pieces of one column: how far their middles may lie apart, how alike their widths are, and the gap between them, all
# in widths of the wider one.
MIDDLE_APART, LEAST_ALIKE, MOST_GAP = 0.3, 0.6, 1.2
# Lone characters one under the other are a column from so many on; two are as likely two labels.
LEAST_SQUARES = 3

Corners = NDArray[np.float32]


def whole_columns(found: list[Corners]) -> list[Corners]:
    """The quadrilaterals (float32, (4, 2), clockwise from the upper left) with the pieces of each column as one."""
    pieces = sorted((c for c in found if _height(c) >= SQUARE[0] * _width(c)), key=lambda c: float(c[:, 1].min()))
    columns: list[list[Corners]] = []
    for piece in pieces:
        for column in columns:
            if _goes_on(column[-1], piece):
                column.append(piece)
                break
        else:
            columns.append([piece])
    joined = [column for column in columns if len(column) > 1 and _is_column(column)]
    gone = {id(piece) for column in joined for piece in column}
    return [c for c in found if id(c) not in gone] + [_cover(column) for column in joined]


def _goes_on(above: Corners, below: Corners) -> bool:
    narrow, wide = sorted((_width(above), _width(below)))
    apart = abs(float(above[:, 0].min() + above[:, 0].max() - below[:, 0].min() - below[:, 0].max())) / 2
    gap = float(below[:, 1].min() - above[:, 1].max())
    return narrow >= LEAST_ALIKE * wide and apart <= MIDDLE_APART * wide and -wide <= gap <= MOST_GAP * wide


def _is_column(pieces: list[Corners]) -> bool:
    tall = any(_height(piece) >= TALL * _width(piece) for piece in pieces)
    squares = sum(SQUARE[0] <= _height(piece) / _width(piece) <= SQUARE[1] for piece in pieces)
    return tall or squares >= LEAST_SQUARES


def _cover(pieces: list[Corners]) -> Corners:
    both = np.concatenate(pieces)
    (left, top), (right, bottom) = both.min(axis=0), both.max(axis=0)
    return np.array([[left, top], [right, top], [right, bottom], [left, bottom]], dtype=np.float32)


def _width(corners: Corners) -> float:
    return max(1.0, float(np.ptp(corners[:, 0])))


def _height(corners: Corners) -> float:
    return float(np.ptp(corners[:, 1]))
