"""One file, read packet by packet on media time. Runs in the child only."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from types import TracebackType

import av
from av.audio.stream import AudioStream
from av.packet import Packet
from av.stream import Stream

from monitor.errors import InputError
from monitor.media.clock import MediaClock
from monitor.media.opening import open_container, pick_audio, pick_video

MICRO = 1_000_000
_FAR_US = 10 * MICRO
"""A declared start further than this from the first packet is not believed."""
_WRITTEN_LENGTH = ("mov", "flv", "matroska", "wav")
"""Demuxers whose length was written by the recorder; elsewhere FFmpeg guesses it from bit rate or last bytes."""


class Source:
    """An open file with at most one picture and one sound; its packets come out on media time."""

    def __init__(self, path: Path, *, audio: bool = True, video: bool = True) -> None:
        self.path = path
        self.container = open_container(path)
        self.video = pick_video(self.container)
        self.audio = pick_audio(self.container)
        if self.video is None and self.audio is None:
            raise InputError("neither sound nor picture that can be decoded", where=path, todo="give a recording")
        self.streams: list[Stream] = [
            stream for stream, wanted in ((self.video, video), (self.audio, audio)) if wanted and stream is not None
        ]
        for stream in self.streams:
            stream.codec_context.thread_count = 1
        starts = [
            int(stream.start_time * stream.time_base * MICRO)
            for stream in (self.video, self.audio)
            if stream is not None and stream.start_time is not None and stream.time_base is not None
        ]
        self._start_us = min(starts, default=None)
        self.clock = MediaClock(self._start_us)
        self._end_us: dict[str, int] = {}

    def __enter__(self) -> Source:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.container.close()

    @property
    def demuxer(self) -> str:
        return str(self.container.format.name).split(",")[0]

    @property
    def declared_ms(self) -> int | None:
        """The container's length of media time."""
        duration = self.container.duration
        return None if duration is None or duration <= 0 else duration // 1000

    @property
    def length_is_written(self) -> bool:
        return self.demuxer in _WRITTEN_LENGTH

    def end_ms(self, kind: str) -> int:
        """How far packets of a kind (`audio`, `video`) were read; -1: none yet."""
        end_us = self._end_us.get(kind)
        return -1 if end_us is None else max(0, -(-end_us // 1000))

    def packets(self) -> Iterator[Packet[Stream]]:
        """Packets from where the file stands, their pts and dts moved to media time, in their stream's time base."""
        for packet in self.container.demux(self.streams):
            if packet.dts is None and packet.pts is None and not packet.size:
                continue  # PyAV's marker for the end
            self._place(packet)
            yield packet

    def seek(self, packet_pts: int, stream: Stream, at_us: int, offset_us: int) -> None:
        """Stand at a keyframe whose own timestamp, media time and offset are known."""
        self.container.seek(packet_pts, stream=stream, backward=True)
        self.clock = MediaClock(-offset_us, front_us=at_us)

    def _place(self, packet: Packet[Stream]) -> None:
        stream, base = packet.stream, packet.stream.time_base or Fraction(1, MICRO)
        stamp = packet.dts if packet.dts is not None else packet.pts
        lasts_us = int((packet.duration or 0) * base * MICRO) or self._usual_us(stream)
        stamp_us = None if stamp is None else int(stamp * base * MICRO)
        if self._start_us is None or (stamp_us is not None and not self._end_us and self.clock.front_us == 0):
            self._check_start(stamp_us)
        at_us, offset_us = self.clock.place(stream.type, stamp_us, lasts_us)
        offset = round(offset_us / MICRO / base)
        if stamp is None:
            packet.pts = packet.dts = round(at_us / MICRO / base)
        else:
            packet.pts = None if packet.pts is None else packet.pts + offset
            packet.dts = None if packet.dts is None else packet.dts + offset
        shown_us = at_us if packet.pts is None else int(packet.pts * base * MICRO)
        self._end_us[stream.type] = max(self._end_us.get(stream.type, 0), shown_us + lasts_us)

    def _check_start(self, stamp_us: int | None) -> None:
        if stamp_us is not None and (self._start_us is None or abs(stamp_us - self._start_us) > _FAR_US):
            self._start_us = stamp_us
            self.clock = MediaClock(stamp_us)

    @staticmethod
    def _usual_us(stream: Stream) -> int:
        """How long a packet lasts that does not say."""
        if stream.type == "video" and stream.average_rate:
            return int(MICRO / stream.average_rate)
        if isinstance(stream, AudioStream) and stream.codec_context.sample_rate:
            return (stream.codec_context.frame_size or 1024) * MICRO // stream.codec_context.sample_rate
        return 40_000


FFMPEG_ERRORS = (av.FFmpegError, ValueError)
"""What PyAV raises on broken media."""
