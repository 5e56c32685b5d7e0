"""Stills of the moments that prove a violation, raw and with the read text boxed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from monitor.evidence.pieces import moment_ms, most_telling
from monitor.records import Box, Channel, Hit

MOST = 4
"""Moments shown: enough for every slot of a scheme, few enough to be taken in at a glance."""
APART_MS = 1000
"""Hits closer together share one still: the picture is the same."""
QUALITY = 92
"""JPEG quality at which small characters keep their strokes."""
RED_BGR = (0, 0, 255)
WHITE_BGR = (255, 255, 255)


@dataclass(frozen=True, slots=True)
class Still:
    """A picture that was kept."""

    name: str
    """Path within the bundle."""
    at_ms: int
    """In stream time."""
    boxed: bool
    """The read text is framed on it; else it is as it was shown."""
    viewer_boxes: tuple[Box, ...] | None
    """Where viewers' words stand on it, names included; None when nobody looked."""


def choose_moments(hits: Iterable[Hit]) -> list[int]:
    """At most `MOST` moments in stream time, in order: what was on the screen first, then what was said.

    Private messages have no picture.
    """
    chosen: list[int] = []
    pictured = [hit for hit in most_telling(hits) if hit.channel is not Channel.MESSAGE]
    for hit in sorted(pictured, key=_rank):
        at_ms = moment_ms(hit)
        if len(chosen) < MOST and all(abs(at_ms - other_ms) >= APART_MS for other_ms in chosen):
            chosen.append(at_ms)
    return sorted(chosen)


def boxes_at(hits: Iterable[Hit], at_ms: int) -> list[Box]:
    """The boxes of the hits that are on the picture at a moment, each once."""
    near = (hit for hit in hits if at_ms in hit.span or moment_ms(hit) == at_ms)
    return list(dict.fromkeys(hit.box for hit in near if hit.box is not None))


def with_boxes(picture: NDArray[np.uint8], boxes: Sequence[Box]) -> NDArray[np.uint8]:
    """A copy of the picture (uint8, (h, w, 3), BGR) with a red, white-edged frame just outside each box."""
    drawn = np.ascontiguousarray(picture).copy()
    thick_px = max(2, round(drawn.shape[0] / 360))
    for box in boxes:
        top_left = (box.left_px - thick_px, box.top_px - thick_px)
        bottom_right = (box.right_px - 1 + thick_px, box.bottom_px - 1 + thick_px)
        cv2.rectangle(drawn, top_left, bottom_right, WHITE_BGR, thick_px + 2)
        cv2.rectangle(drawn, top_left, bottom_right, RED_BGR, thick_px)
    return drawn


def as_jpeg(picture: NDArray[np.uint8]) -> bytes:
    """The picture as a JPEG file. Raises ValueError when it cannot be encoded, as with an empty picture."""
    try:
        good, data = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, QUALITY])
    except cv2.error as error:
        raise ValueError(f"not a picture: shape {picture.shape}") from error
    if not good:
        raise ValueError(f"not a picture: shape {picture.shape}")
    return bytes(data.tobytes())


def _rank(hit: Hit) -> int:
    if hit.channel is Channel.SCREEN:
        return 0
    if hit.channel is Channel.CHAT and hit.box is not None:
        return 1
    return 2 if hit.channel is Channel.SPEECH else 3
