"""Lines read before, known again by their pixels: recognition costs ten times what comparing does."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from monitor.records import Box
from monitor.screen.lines import height_px, width_px

# Detection places a still line within so many pixels of where it was.
JITTER_PX = 3
# Edges may differ by this share of the line's height: less than half the width of the narrowest digit.
EDGE_TOLERANCE = 0.2
# The rim of a box is margin, and often scene that moves behind a panel's round corners: this share of the height.
RIM = 0.15
# Mean luma difference (0 to 255) in any window of a sixth of the line's height: a changed digit gives 60 and more.
WINDOW_DIFFERENCE = 24.0
# Less sure readings are read anew each time: another look may read them better.
LEAST_CONFIDENCE = 0.8


@dataclass(frozen=True, slots=True)
class Reading:
    """What a patch of pixels says."""

    text: str
    confidence: float
    struck: bool
    pieces: tuple[tuple[float, float, Reading], ...] = ()
    """Where a stroke runs through a part of the line: from and to which share of its width, and what stands there."""


@dataclass(frozen=True, slots=True, eq=False)
class _Known:
    box: Box
    patch: NDArray[np.uint8]
    reading: Reading


class LineMemory:
    """The last `size` lines that were recognised. A line that scrolled is known again as well."""

    def __init__(self, *, size: int = 64, tries: int = 6) -> None:
        self._known: deque[_Known] = deque(maxlen=size)
        self._tries = tries

    def recall(self, luma: NDArray[np.uint8], box: Box) -> Reading | None:
        """What was read there before, if the pixels of `luma` (uint8, (height, width)) at `box` are still the same."""
        tolerance = max(2.0, EDGE_TOLERANCE * height_px(box))
        alike = [
            known
            for known in self._known
            if abs(width_px(known.box) - width_px(box)) <= tolerance
            and abs(height_px(known.box) - height_px(box)) <= tolerance
            and abs(known.box.left_px - box.left_px) <= tolerance
        ]
        alike.sort(key=lambda known: abs(known.box.top_px - box.top_px))
        for known in alike[: self._tries]:
            if _same_pixels(luma, box, known.patch):
                # To the fresh end, so that a line that stays is not pushed out by those that come and go.
                self._known.remove(known)
                self._known.append(known)
                return known.reading
        return None

    def keep(self, luma: NDArray[np.uint8], box: Box, reading: Reading) -> None:
        """Remember a reading that is sure enough."""
        if reading.confidence >= LEAST_CONFIDENCE and width_px(box) > 4 and height_px(box) > 4:
            patch = luma[box.top_px : box.bottom_px, box.left_px : box.right_px].copy()
            self._known.append(_Known(box, patch, reading))


def _same_pixels(luma: NDArray[np.uint8], box: Box, patch: NDArray[np.uint8]) -> bool:
    height, width = patch.shape
    middle_x, middle_y = (box.left_px + box.right_px) // 2, (box.top_px + box.bottom_px) // 2
    left, top = max(0, middle_x - width // 2 - JITTER_PX), max(0, middle_y - height // 2 - JITTER_PX)
    window = luma[top : top + height + 2 * JITTER_PX, left : left + width + 2 * JITTER_PX]
    if window.shape[0] < height or window.shape[1] < width or width <= height // 2:
        return False
    _, _, (x, y), _ = cv2.minMaxLoc(cv2.matchTemplate(window, patch, cv2.TM_SQDIFF))
    rim = round(RIM * height)
    difference = cv2.absdiff(window[y : y + height, x : x + width], patch)[rim : height - rim, rim : width - rim]
    side = max(4, height // 6)
    return bool(cv2.blur(difference.astype(np.float32), (side, side)).max() < WINDOW_DIFFERENCE)
