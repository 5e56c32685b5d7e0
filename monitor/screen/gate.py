"""Whether a picture differs enough from the one read last to be read again."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

# A thumbnail loses captions: at 96 px SubtitleEdit lost half of them, at 320 px none (its pull request 14138).
SHORT_SIDE_PX = 360
TILE_PX = 12
# Mean difference of luma within one tile, 0 to 255. Codec noise stays under 2 on still ground; one new digit of a
# 24 px comment in a 720 px wide picture gives 6 or more.
TILE_DIFFERENCE = 3.0
REFRESH_MS = 10_000


class ChangeGate:
    """Remembers the picture that was read last and tells when a tile of the present one looks different.

    Tiles, not one mean: a new line of small text is a thousandth of the picture. The comparison is always with the
    picture that was *read*, so slow fades add up until they count.
    """

    def __init__(self, *, refresh_ms: int = REFRESH_MS) -> None:
        self._refresh_ms = refresh_ms
        self._read_ms: int | None = None
        self._read: NDArray[np.uint8] | None = None

    def opens(self, at_ms: int, image: NDArray[np.uint8]) -> bool:
        """Whether to read `image` (uint8, (height, width, 3), BGR); if so it is remembered as read."""
        luma = _small_luma(image)
        due = self._read_ms is None or at_ms - self._read_ms >= self._refresh_ms
        if due or self._read is None or self._read.shape != luma.shape or _differs(self._read, luma):
            self._read_ms, self._read = at_ms, luma
            return True
        return False


def _small_luma(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    height, width = image.shape[:2]
    scale = min(1.0, SHORT_SIDE_PX / min(height, width))
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    luma = cv2.cvtColor(cv2.resize(image, size, interpolation=cv2.INTER_AREA), cv2.COLOR_BGR2GRAY)
    return np.asarray(luma, dtype=np.uint8)


def _differs(before: NDArray[np.uint8], after: NDArray[np.uint8]) -> bool:
    return bool(tile_differences(before, after).max() >= TILE_DIFFERENCE)


def tile_differences(before: NDArray[np.uint8], after: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Mean luma difference of each tile (float32, (rows, columns)) of two pictures of one size."""
    difference = cv2.absdiff(before, after)
    rows, columns = (-(-side // TILE_PX) for side in difference.shape)
    padded = np.zeros((rows * TILE_PX, columns * TILE_PX), dtype=np.float32)
    padded[: difference.shape[0], : difference.shape[1]] = difference
    tiles = padded.reshape(rows, TILE_PX, columns, TILE_PX).mean(axis=(1, 3))
    return np.asarray(tiles, dtype=np.float32)
