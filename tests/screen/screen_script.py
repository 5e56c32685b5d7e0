"""A text reader that says what a script tells it to, and small pictures to go with it."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from monitor.records import Box, Cue
from monitor.screen import Line, ScreenReader

WIDTH_PX, HEIGHT_PX = 720, 1280
EVERY_MS = 2000


def line(
    text: str, top: int = 200, left: int = 30, *, high: int = 60, sure: float = 0.95, struck: bool = False
) -> Line:
    return Line(text, Box(left, top, left + max(1, len(text)) * high * 2 // 3, top + high), sure, struck)


def comment(text: str, row: int, *, sure: float = 0.95) -> Line:
    """A line of the column at the lower left; row 0 is its top."""
    return line(text, 920 + 44 * row, 16, high=38, sure=sure)


class ScriptedReader:
    """Gives the lines of one look after the other and counts how often it was asked."""

    name = "script"

    def __init__(self, looks: Iterable[list[Line]]) -> None:
        self._looks = list(looks)
        self.asked = 0

    def read(self, image: NDArray[np.uint8]) -> list[Line]:
        self.asked += 1
        return self._looks[self.asked - 1]


def picture(luma: int = 120) -> NDArray[np.uint8]:
    return np.full((HEIGHT_PX, WIDTH_PX, 3), luma, dtype=np.uint8)


def screen_of(reader: ScriptedReader, host: str = "主播") -> ScreenReader:
    return ScreenReader(reader, is_host=lambda name: name == host, hash_name=lambda name: f"#{name}", every_ms=EVERY_MS)


def run(looks: list[list[Line]], *, finish: bool = True) -> list[Cue]:
    """Every cue told, in order; each look gets a picture unlike the one before, so that the gate opens."""
    screen = screen_of(ScriptedReader(looks))
    cues: list[Cue] = []
    for index in range(len(looks)):
        cues += screen.look(index * EVERY_MS, picture(100 + 40 * (index % 2)))
    return cues + screen.finish(len(looks) * EVERY_MS) if finish else cues


def last_told(cues: list[Cue]) -> list[Cue]:
    """The last word on each cue."""
    return list({cue.cue_id: cue for cue in cues}.values())
