"""The dark rounded box that live rooms draw behind each comment."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from monitor.records import Box
from monitor.screen.lines import height_px

# Luma, 0 to 255: how dark a panel is at most, how much darker than the scene beside it, and how even.
MOST_LUMA = 110
DARKER_BY = 12
EVENNESS = 14
EVEN_SHARE = 0.7


def on_dark_panel(image: NDArray[np.uint8], box: Box) -> bool:
    """Whether the line at `box` lies on an even ground darker than the scene left of and above it."""
    width = image.shape[1]
    tall = height_px(box)
    inside = _luma(image[box.top_px : box.bottom_px, box.left_px : box.right_px])
    if inside.size == 0:
        return False
    # Letters rarely touch the box's rim: its rows are ground.
    rim = max(1, tall // 12)
    ground = np.concatenate((inside[:rim].ravel(), inside[-rim:].ravel()))
    luma = float(np.median(ground))
    if luma > MOST_LUMA or (np.abs(ground - luma) <= EVENNESS).mean() < EVEN_SHARE:
        return False
    above = _luma(image[max(0, box.top_px - tall) : max(0, box.top_px - tall // 2), box.left_px : box.right_px])
    beside = _luma(
        image[box.top_px : box.bottom_px, min(width, box.right_px + tall) : min(width, box.right_px + 2 * tall)]
    )
    around = np.concatenate((above.ravel(), beside.ravel()))
    return bool(around.size and float(np.median(around)) >= luma + DARKER_BY)


def _luma(part: NDArray[np.uint8]) -> NDArray[np.float32]:
    if part.size == 0:
        return np.zeros((0, 0), dtype=np.float32)
    return np.asarray(cv2.cvtColor(part, cv2.COLOR_BGR2GRAY), dtype=np.float32)
