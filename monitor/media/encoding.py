"""A clip made anew: pieces decoded, joined and encoded as H.264 and AAC. Runs in the child only."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
from av.audio.frame import AudioFrame
from av.audio.stream import AudioStream
from av.container import OutputContainer
from av.packet import Packet
from av.stream import Stream
from av.video.frame import VideoFrame
from av.video.stream import VideoStream
from numpy.typing import NDArray

from monitor.errors import InputError
from monitor.media.hearing import Hearing
from monitor.media.opening import ENGINE
from monitor.media.picture import Painter, turn_deg
from monitor.media.reaching import Surveys, media_us, packets_from
from monitor.media.reading import FFMPEG_ERRORS, Source
from monitor.media.showing import decode_frames, shown_size

RATE_HZ = 48_000
_SAMPLES_A_MS = RATE_HZ // 1000
_TRAIL_MS = 5000
_VIDEO = {"preset": "veryfast", "crf": "26"}
"""Text of 20 px stays legible at a tenth of a usual stream's bits."""
_GOP_FRAMES = 60
_CLIP_TIME = Fraction(1, 1000)


def encode(
    pieces: list[tuple[Path, int, int]], out: Path, surveys: Surveys, beat: Callable[[Source], None]
) -> dict[str, Any]:
    """Writes the pieces (path, start and end in ms) one after the other, and says what they show."""
    size, has_sound = _plan(pieces)
    options = {"movflags": "+faststart", "max_interleave_delta": "0"}
    with av.open(str(out), "w", format="mp4", options=options) as target:
        writer = _Writer(target, size, has_sound)
        shown: list[list[int]] = []
        for path, start_ms, end_ms in pieces:
            with Source(path) as source:
                lasts_ms = _Piece(source, start_ms, end_ms, writer).run(surveys, beat)
            if lasts_ms:
                shown.append([start_ms, start_ms + lasts_ms])
        if not shown or writer.empty:
            raise InputError("nothing can be decoded there")
        writer.close()
    return {
        "mode": "encode",
        "pieces": shown,
        "video_codec": "h264" if size else "",
        "audio_codec": "aac" if has_sound else "",
        "duration_ms": writer.end_ms,
        "first_pts": None,
        "last_pts": None,
        "time_base": "",
        "engine": ENGINE,
    }


def _plan(pieces: list[tuple[Path, int, int]]) -> tuple[tuple[int, int] | None, bool]:
    """Size of the clip's picture (None: no picture), even as H.264 wants it, and whether it has sound."""
    size: tuple[int, int] | None = None
    has_sound = False
    for path in dict.fromkeys(piece[0] for piece in pieces):
        with Source(path) as source:
            has_sound = has_sound or source.audio is not None
            if source.video is not None and size is None:
                width, height, _turn = shown_size(source)
                size = (width // 2 * 2, height // 2 * 2)
    return size, has_sound


class _Piece:
    """One piece on its way from its source to the writer."""

    def __init__(self, source: Source, start_ms: int, end_ms: int, writer: _Writer) -> None:
        self._source, self._start_ms, self._end_ms, self._writer = source, start_ms, end_ms, writer
        self._hearing = Hearing(RATE_HZ, "stereo")
        self._sound = np.zeros(((end_ms - start_ms) * _SAMPLES_A_MS, 2), np.int16)
        self._open = {stream.type for stream in source.streams}
        self._before: VideoFrame | None = None
        """The frame on show when the piece begins."""

    def run(self, surveys: Surveys, beat: Callable[[Source], None]) -> int:
        """Feeds the piece to the writer; returns how long it really lasts, in ms."""
        for packet in packets_from(self._source, surveys.of(self._source.path), self._start_ms * 1000):
            beat(self._source)
            at_ms = media_us(packet) // 1000
            if not self._open or at_ms >= self._end_ms + _TRAIL_MS:
                break
            if packet.stream.type in self._open:
                self._feed(packet.stream, packet)
            if packet.stream.type == "audio" and at_ms >= self._end_ms:
                self._open.discard("audio")
        for stream in self._source.streams:
            if stream.type == "audio" or stream.type in self._open:  # sound always holds a rest back
                self._feed(stream, None)
        if self._before is not None:
            self._writer.picture(0, self._before)
        read_ms = max(self._source.end_ms("audio"), self._source.end_ms("video"))
        lasts_ms = max(0, min(self._end_ms, read_ms) - self._start_ms)
        self._writer.sound(self._sound[: lasts_ms * _SAMPLES_A_MS])
        self._writer.next_piece(lasts_ms)
        return lasts_ms

    def _feed(self, stream: Stream, packet: Packet[Stream] | None) -> None:
        if stream.type == "audio":
            with contextlib.suppress(*FFMPEG_ERRORS):  # a broken packet leaves silence
                for at_ms, samples in self._hearing.hear(packet, stream):
                    self._lay(at_ms, samples)
            return
        for at_ms, frame in decode_frames(self._source, packet):
            self._show(at_ms, frame)

    def _show(self, at_ms: int, frame: VideoFrame) -> None:
        if at_ms >= self._end_ms:
            self._open.discard("video")
        elif at_ms <= self._start_ms:
            self._before = frame
        else:
            if self._before is not None:
                self._writer.picture(0, self._before)
                self._before = None
            self._writer.picture(at_ms - self._start_ms, frame)

    def _lay(self, at_ms: int, samples: NDArray[np.int16]) -> None:
        """Puts sound where it belongs within the piece."""
        at = (at_ms - self._start_ms) * _SAMPLES_A_MS
        samples, at = samples[max(0, -at) :], max(0, at)
        room = self._sound[at : at + len(samples)]
        self._writer.empty = self._writer.empty and not len(room)
        room[:] = samples[: len(room)]


class _Writer:
    """Encodes pictures and sound that come with times of their piece."""

    def __init__(self, target: OutputContainer, size: tuple[int, int] | None, has_sound: bool) -> None:
        self._target, self._size = target, size
        self.end_ms = 0
        """How long the clip is so far; the next piece begins here."""
        self.empty = True
        """No picture and no sound was decoded."""
        self._last_ms = -1
        self._painter = Painter()
        self._video: VideoStream | None = None
        self._audio: AudioStream | None = None
        self._n_heard = 0
        if size:
            self._video = target.add_stream("libx264", rate=30, options=_VIDEO)
            self._video.width, self._video.height = size
            self._video.pix_fmt = "yuv420p"
            self._video.codec_context.gop_size = _GOP_FRAMES
            self._video.codec_context.time_base = _CLIP_TIME
            self._video.codec_context.thread_count = 1
        if has_sound:
            self._audio = target.add_stream("aac", rate=RATE_HZ, layout="stereo")

    def picture(self, at_ms: int, frame: VideoFrame) -> None:
        at_ms += self.end_ms
        if self._video is None or at_ms <= self._last_ms:
            return
        self._last_ms, self.empty = at_ms, False
        fitted = self._fit(frame)
        fitted.pts, fitted.time_base, fitted.pict_type = at_ms, _CLIP_TIME, 0
        self._target.mux(self._video.encode(fitted))

    def sound(self, samples: NDArray[np.int16]) -> None:
        """A whole piece's sound, (n_samples, 2), 48 kHz; silence where there was none."""
        if self._audio is None or not len(samples):
            return
        for at in range(0, len(samples), RATE_HZ):
            part = np.ascontiguousarray(samples[at : at + RATE_HZ])
            frame = AudioFrame.from_ndarray(part.reshape(1, -1), "s16", "stereo")
            frame.sample_rate, frame.pts, frame.time_base = RATE_HZ, self._n_heard, Fraction(1, RATE_HZ)
            self._n_heard += len(part)
            self._target.mux(self._audio.encode(frame))

    def next_piece(self, lasted_ms: int) -> None:
        self.end_ms += lasted_ms

    def close(self) -> None:
        for stream in (self._video, self._audio):
            if stream is not None:
                self._target.mux(stream.encode(None))

    def _fit(self, frame: VideoFrame) -> VideoFrame:
        """The frame as shown, at the clip's size, bars around it where its shape differs."""
        assert self._size is not None
        width, height = self._size
        if not turn_deg(frame) and (frame.width // 2 * 2, frame.height // 2 * 2) == self._size:
            return frame.reformat(width, height, "yuv420p")
        image = VideoFrame.from_ndarray(self._painter.paint(frame), "bgr24")
        scale = min(width / image.width, height / image.height)
        inner = max(2, round(image.width * scale)), max(2, round(image.height * scale))
        canvas = np.zeros((height, width, 3), np.uint8)
        top, left = (height - inner[1]) // 2, (width - inner[0]) // 2
        canvas[top : top + inner[1], left : left + inner[0]] = image.reformat(*inner, "bgr24").to_ndarray()
        return VideoFrame.from_ndarray(canvas, "bgr24").reformat(format="yuv420p")
