"""One clock for a file: packet timestamps, as they come, become media time that only moves forwards.

Recorders and networks break timestamps: they are missing, start anywhere, wrap after 26.5 hours (33 bits at 90 kHz),
fall back to zero when the sender reconnects, or leap. The decoder and the cutter both read through this class, so that
a media time means the same moment in both. Sound and pictures share each offset: they stay in step.
"""

from __future__ import annotations

from dataclasses import dataclass

LONGEST_HOLE_US = 600_000_000
"""A leap forwards up to here is taken for a hole, and stays one; beyond it the numbers start anew.

A hole taken for a fresh start would hide a loss and move every later time, a fresh start taken for a hole only shows a
gap that is none: hence minutes, not the 10 s of FFmpeg's `dts_delta_threshold`.
"""
JITTER_US = 500_000
"""Falling back by less is jitter (the bound at which BililiveRecorder, too, starts a new offset)."""
INTERLEAVE_US = 5_000_000
"""Sound and pictures of one moment lie at most so far apart in a file."""


@dataclass(slots=True)
class _Lane:
    """Where one stream of the file stands."""

    epoch: int
    last_us: int
    end_us: int


class MediaClock:
    """Places packets on media time, in microseconds; feed it every packet in the order read.

    `start_us` is the timestamp that becomes media time 0 (None: the first one seen). `front_us` is where reading
    starts after a seek, 0 for the beginning. A `steady` clock never starts anew: for files known not to.
    """

    def __init__(self, start_us: int | None, front_us: int = 0, *, steady: bool = False) -> None:
        self._steady = steady
        self._offsets = [] if start_us is None else [-start_us]
        self._front_us = front_us
        self._lanes: dict[str, _Lane] = {}

    @property
    def front_us(self) -> int:
        """The latest end of any packet so far."""
        return self._front_us

    @property
    def restarts(self) -> int:
        """How often the numbers started anew."""
        return max(0, len(self._offsets) - 1)

    def smooth(self, lane: str, stamp_us: int) -> bool:
        """Whether a packet follows what was read so far without a leap; ask before placing it.

        One wrong number among right ones is best told by the next packet: if that is smooth, this one was wrong.
        """
        known = self._lanes.get(lane)
        if self._steady or known is None or known.epoch < 0:
            return True
        latest_us = self._front_us + INTERLEAVE_US
        if known.last_us - JITTER_US <= stamp_us + self._offsets[known.epoch] <= latest_us:
            return True
        renewed = known.epoch < len(self._offsets) - 1
        return renewed and known.last_us - INTERLEAVE_US <= stamp_us + self._offsets[-1] <= latest_us

    def place(self, lane: str, stamp_us: int | None, lasts_us: int) -> tuple[int, int]:
        """Media time of a packet, and the offset that leads from its own timestamps to it.

        `lane` names the stream, `stamp_us` is the packet's decoding timestamp (None when it has none: it follows the
        one before), `lasts_us` how long it lasts.
        """
        known = self._lanes.get(lane)
        if stamp_us is None:
            at_us = known.end_us if known else self._front_us
            epoch = known.epoch if known else len(self._offsets) - 1
            offset_us = 0
        else:
            epoch = self._epoch(known, stamp_us)
            offset_us = self._offsets[epoch]
            at_us = stamp_us + offset_us
        end_us = at_us + max(0, lasts_us)
        if known and known.epoch == epoch:
            known.last_us, known.end_us = max(known.last_us, at_us), max(known.end_us, end_us)
        else:
            self._lanes[lane] = _Lane(epoch, at_us, end_us)
        self._front_us = max(self._front_us, end_us)
        return at_us, offset_us

    def _epoch(self, known: _Lane | None, stamp_us: int) -> int:
        """Which offset a timestamp belongs to: the lane's own, the newest, or one made for it."""
        newest = len(self._offsets) - 1
        if self._steady and newest >= 0:
            return newest
        own = known.epoch if known else -1  # -1: this lane has shown no number yet
        earliest_us = self._front_us - 2 * INTERLEAVE_US
        if known and own >= 0:
            if self._plausible(stamp_us, own, known.last_us - JITTER_US):
                return own
            earliest_us = known.last_us - INTERLEAVE_US
        if newest > own and self._plausible(stamp_us, newest, earliest_us):
            return newest
        self._offsets.append(self._front_us - stamp_us)
        return newest + 1

    def _plausible(self, stamp_us: int, epoch: int, earliest_us: int) -> bool:
        return earliest_us <= stamp_us + self._offsets[epoch] <= self._front_us + LONGEST_HOLE_US
