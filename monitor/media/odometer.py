"""How much media a request has read. Runs in the child only."""

from __future__ import annotations

import time
from collections.abc import Callable

from monitor.media.clock import MediaClock
from monitor.media.reading import MICRO, Source

_BEAT_S = 0.5
_LONGEST_STEP_US = MICRO
"""A hole takes no work: whatever is leapt over beyond this does not count."""


class Odometer:
    """Adds up the media time read through every `Source` of one request, and tells it each half second."""

    def __init__(self, tell: Callable[[], None]) -> None:
        self._tell = tell
        self._clock: MediaClock | None = None
        self._front_us = 0
        self._read_us = 0
        self._told = time.monotonic()

    @property
    def read_ms(self) -> int:
        return self._read_us // 1000

    def start(self) -> None:
        """Another request."""
        self._clock, self._read_us = None, 0

    def beat(self, source: Source) -> None:
        """To be called after each packet: takes in how far the source has come."""
        front_us = source.clock.front_us
        if source.clock is self._clock:
            self._read_us += min(max(0, front_us - self._front_us), _LONGEST_STEP_US)
        self._clock, self._front_us = source.clock, front_us
        if time.monotonic() - self._told > _BEAT_S:
            self._told = time.monotonic()
            self._tell()
