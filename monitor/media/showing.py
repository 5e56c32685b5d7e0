"""The frame on show at a moment. Runs in the child only."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path

import numpy as np
from av.video.frame import VideoFrame
from numpy.typing import NDArray

from monitor.errors import InputError
from monitor.media.picture import Painter, turn_deg
from monitor.media.reaching import Surveys, packets_from
from monitor.media.reading import FFMPEG_ERRORS, Source

_PROBED_PACKETS = 250
"""Packets tried for a first picture: some seconds."""


def shown_size(source: Source) -> tuple[int, int, int]:
    """Width and height as shown, and the counter-clockwise turn in degrees; zeros without a picture.

    Reads from where the file stands; decodes one picture, as headers lie about size and only frames carry their turn.
    """
    if source.video is None:
        return 0, 0, 0
    context = source.video.codec_context
    width_px, height_px, turn = context.width, context.height, 0
    frame = _first_frame(source)
    if frame is not None:
        width_px, height_px, turn = frame.width, frame.height, turn_deg(frame)
    return (height_px, width_px, turn) if turn in (90, 270) else (width_px, height_px, turn)


def _first_frame(source: Source) -> VideoFrame | None:
    with contextlib.suppress(*FFMPEG_ERRORS):
        for packet in islice(source.packets(), _PROBED_PACKETS):
            if packet.stream is source.video and packet.is_keyframe:
                for part in (packet, None):
                    for _at_ms, frame in decode_frames(source, part):
                        return frame
                return None
    return None


def still(path: Path, at_ms: int, surveys: Surveys, beat: Callable[[Source], None]) -> NDArray[np.uint8]:
    """uint8, (height, width, 3), BGR: the last frame that begins at or before a moment, the first one if none does."""
    with Source(path, audio=False) as source:
        if source.video is None:
            raise InputError("has no picture")
        shown: VideoFrame | None = None
        for frame_ms, frame in frames_from(source, surveys, at_ms, beat):
            if shown is not None and frame_ms > at_ms:
                break
            shown = frame
        if shown is None:
            raise InputError(f"no picture can be decoded at {at_ms / 1000:.3f} s")
        return Painter().paint(shown)


def frames_from(
    source: Source, surveys: Surveys, at_ms: int, beat: Callable[[Source], None]
) -> Iterator[tuple[int, VideoFrame]]:
    """Frames from the last keyframe before a moment on, with their media times in ms."""
    for packet in packets_from(source, surveys.of(source.path), at_ms * 1000):
        beat(source)
        if packet.stream is source.video:
            yield from decode_frames(source, packet)
    yield from decode_frames(source, None)


def decode_frames(source: Source, packet: object) -> Iterator[tuple[int, VideoFrame]]:
    """The frames a packet brings (None: those that are left); a broken packet brings none."""
    video = source.video
    if video is None:
        return
    try:
        frames = video.codec_context.decode(packet)  # type: ignore[arg-type]
    except FFMPEG_ERRORS:
        return
    for frame in frames:
        base = frame.time_base or video.time_base
        if frame.pts is not None and base is not None:
            yield max(0, round(frame.pts * base * 1000)), frame
