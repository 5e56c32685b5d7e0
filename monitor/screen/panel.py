"""The dark rounded box that live rooms draw behind each comment."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from monitor.records import Box
from monitor.screen.lines import height_px

# Luma, 0 to 255: how dark a panel is at most, how even, and how much darker than what lies round it.
MOST_LUMA = 110
EVENNESS = 8
DARKER_BY = 12
# Of the line's middle rows so much is ground and not letters; of what lies round it so much is lighter.
GROUND_SHARE = 0.3
LIGHTER_SHARE = 0.85


def on_dark_panel(image: NDArray[np.uint8], box: Box) -> bool:
    """Whether the line at `box` lies on an even ground darker than the scene above and right of it."""
    tall = height_px(box)
    middle = _luma(image, box.left_px, box.top_px + tall // 4, box.right_px, box.bottom_px - tall // 4)
    if middle.size == 0:
        return False
    ground = int(np.bincount(middle, minlength=256).argmax())
    even = np.abs(middle.astype(np.int16) - ground) <= EVENNESS
    if ground > MOST_LUMA or even.mean() < GROUND_SHARE:
        return False
    # Half a line away: detection often draws its box a little wider than the panel.
    above = _luma(image, box.left_px, box.top_px - tall, box.right_px, box.top_px - tall // 2)
    right = _luma(image, box.right_px + tall // 2, box.top_px, box.right_px + tall, box.bottom_px)
    around = np.concatenate((above, right))
    return bool(around.size) and bool((around >= ground + DARKER_BY).mean() >= LIGHTER_SHARE)


def _luma(image: NDArray[np.uint8], left_px: int, top_px: int, right_px: int, bottom_px: int) -> NDArray[np.uint8]:
    part = image[max(0, top_px) : max(0, bottom_px), max(0, left_px) : max(0, right_px)]
    if part.size == 0:
        return np.zeros(0, dtype=np.uint8)
    return np.asarray(cv2.cvtColor(part, cv2.COLOR_BGR2GRAY), dtype=np.uint8).ravel()
