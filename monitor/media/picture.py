"""A decoded frame → the picture as shown. Runs in the child only."""

from __future__ import annotations

from typing import cast

import numpy as np
from av.video.frame import VideoFrame
from av.video.reformatter import VideoReformatter
from numpy.typing import NDArray

from monitor.errors import InputError
from monitor.media.wire import LARGEST_PICTURE_PX


def turn_deg(frame: VideoFrame) -> int:
    """Counter-clockwise turn that the file asks for: 0, 90, 180 or 270."""
    return round(frame.rotation / 90) * 90 % 360


class Painter:
    """Converts and turns frames; starts afresh whenever size or format change midway."""

    def __init__(self) -> None:
        self._reformatter = VideoReformatter()
        self._shape: tuple[int, int, str] | None = None

    def paint(self, frame: VideoFrame) -> NDArray[np.uint8]:
        """uint8, (height, width, 3), BGR, as shown."""
        if frame.width * frame.height > LARGEST_PICTURE_PX:
            raise InputError("picture larger than 8192x4320 pixels")
        shape = (frame.width, frame.height, frame.format.name)
        if shape != self._shape:
            self._reformatter, self._shape = VideoReformatter(), shape
        image = cast("NDArray[np.uint8]", self._reformatter.reformat(frame, format="bgr24").to_ndarray())
        turn = turn_deg(frame)
        return np.ascontiguousarray(np.rot90(image, turn // 90)) if turn else image
