"""Picture packets → looks: at least one in so many milliseconds, decoding as little as that takes. In the child only.

Packets are held until the next keyframe, or until the group of pictures (GOP) has lasted too long. A short GOP costs
one decoded keyframe at most, a long one is decoded in full; so the choice follows a stream that changes midway.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from av.packet import Packet
from av.stream import Stream
from av.video.frame import VideoFrame
from numpy.typing import NDArray

from monitor.media.picture import Painter
from monitor.media.reading import FFMPEG_ERRORS, said

SLACK = 1.25
"""A GOP up to so many times the period is short: 2.4 s of 60 frames at 25 fps still does for a look every 2 s."""
_MOST_HELD = 2000
"""Packets held at most (a minute at 30 fps), whatever their timestamps say."""
_MOST_HELD_BYTES = 64 << 20
"""Far above what a short group has: 2.5 s at 200 Mbit/s."""


class Seeing:
    """Chooses what to decode, and turns it into looks."""

    def __init__(self, stream: Stream, every_ms: int) -> None:
        self._stream = stream
        self._context = stream.codec_context
        self._every_ms = every_ms
        self._held: list[Packet[Stream]] = []
        self._held_from_ms = 0
        self._n_held_bytes = 0
        self._in_full = False
        self._fed = False
        self._last_look_ms: int | None = None
        self._painter = Painter()
        self.failures: list[tuple[int, str]] = []
        """(time in ms, what) of packets that could not be decoded; the reader takes them away."""

    def see(self, packet: Packet[Stream] | None) -> Iterator[tuple[int, NDArray[np.uint8]]]:
        """Looks that a packet brings, as (at_ms, BGR image); None as packet ends the picture."""
        if packet is None:
            yield from self._close_group(None)
            yield from self._drain(self._every_ms)
            return
        at_ms = self._ms(packet)
        if packet.is_keyframe:
            yield from self._close_group(at_ms)
            self._held, self._held_from_ms, self._n_held_bytes = [packet], at_ms, packet.size
        elif self._in_full:
            yield from self._decode(packet, self._every_ms)
        else:
            if not self._held:
                self._held_from_ms, self._n_held_bytes = at_ms, 0
            self._held.append(packet)
            self._n_held_bytes += packet.size
            too_much = len(self._held) > _MOST_HELD or self._n_held_bytes > _MOST_HELD_BYTES
            if too_much or at_ms - self._held_from_ms > self._every_ms * SLACK:
                yield from self._go_full()

    def _close_group(self, next_ms: int | None) -> Iterator[tuple[int, NDArray[np.uint8]]]:
        """The group before a keyframe at `next_ms` (None: the end) is complete."""
        held, self._held = self._held, []
        if self._in_full:
            # the held keyframe, if any, was decoded already; go on in full until a group proves short
            self._in_full = False
            return
        if not held or not held[0].is_keyframe:
            return
        at_ms = self._held_from_ms
        last_ms = self._last_look_ms
        end_ms = next_ms if next_ms is not None else self._ms(held[-1])
        if last_ms is None or end_ms - last_ms > self._every_ms * SLACK or at_ms - last_ms >= self._every_ms:
            yield from self._drain(self._every_ms)
            self._context.skip_frame = "DEFAULT"
            yield from self._decode(held[0], 1)
            yield from self._drain(1)

    def _go_full(self) -> Iterator[tuple[int, NDArray[np.uint8]]]:
        self._in_full = True
        held, self._held = self._held, []
        self._context.skip_frame = "NONREF"
        for packet in held:
            yield from self._decode(packet, self._every_ms)

    def _decode(self, packet: Packet[Stream], due_ms: int) -> Iterator[tuple[int, NDArray[np.uint8]]]:
        at_ms = self._ms(packet)
        if self._last_look_ms is not None and at_ms - self._last_look_ms > 1.5 * self._every_ms:
            self._context.skip_frame = "DEFAULT"  # hardly any frame here is a reference: take them all
        self._fed = True
        try:
            frames = self._context.decode(packet)  # type: ignore[attr-defined]
        except FFMPEG_ERRORS as error:
            self.failures.append((at_ms, said(error)))
            return
        yield from self._looks(frames, due_ms)

    def _drain(self, due_ms: int) -> Iterator[tuple[int, NDArray[np.uint8]]]:
        """Takes what the decoder still holds and makes it ready for another keyframe."""
        if not self._fed:
            return
        self._fed = False
        try:
            frames = self._context.decode(None)  # type: ignore[attr-defined]
        except FFMPEG_ERRORS:
            frames = []
        self._context.flush_buffers()
        yield from self._looks(frames, due_ms)

    def _looks(self, frames: list[VideoFrame], due_ms: int) -> Iterator[tuple[int, NDArray[np.uint8]]]:
        """Looks among the frames: those at least `due_ms` after the one before."""
        for frame in frames:
            base = frame.time_base or self._stream.time_base  # a drained frame has none of its own
            if frame.pts is None or base is None:
                continue
            at_ms = max(0, round(frame.pts * base * 1000))
            last_ms = self._last_look_ms
            if last_ms is None or at_ms - last_ms >= due_ms:
                self._last_look_ms = at_ms
                yield at_ms, self._painter.paint(frame)

    def _ms(self, packet: Packet[Stream]) -> int:
        stamp = packet.pts if packet.pts is not None else packet.dts
        return 0 if stamp is None or packet.time_base is None else round(stamp * packet.time_base * 1000)
