"""One file, read packet by packet on media time. Runs in the child only."""

from __future__ import annotations

import errno
import re
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, cast

import av
import av.logging
from av.audio.stream import AudioStream
from av.packet import Packet
from av.stream import Stream

from monitor.errors import InputError
from monitor.media.clock import LONGEST_HOLE_US, MediaClock
from monitor.media.late_tracks import PICTURE, SOUND, Announced, first_header
from monitor.media.opening import open_container, pick_audio, pick_video
from monitor.media.records import LONGEST_MS
from monitor.media.wire import LARGEST_PICTURE_PX

MICRO = 1_000_000
_FAR_US = 10 * MICRO
"""A declared start further than this from the first packet is not believed."""
_LONGEST_US = (LONGEST_MS - 60_000) * 1000  # what is under way when it is reached still fits
_REORDER_US = 10 * MICRO
"""A picture shown further than this from its decoding time has a wrong time."""
_PACKET_COSTS_BYTES, _MOST_TIMES, _SPARE_BYTES = 8, 4, 1 << 18
"""Packets, and some bytes for the naming of each, come to little more than the file itself; an index that leads to the
same bytes over and over makes years of a kilobyte."""
_TRACK_LINE = re.compile(r"^ *Stream #0:(\d+).*?: (Audio|Video):(?!.*\(attached pic\))", re.MULTILINE)
"""A track in FFmpeg's own list; cover art is no track that anybody would miss."""
_WRITTEN_LENGTH = ("mov", "flv", "matroska", "wav")
"""Demuxers whose length was written by the recorder; elsewhere FFmpeg guesses it from bit rate or last bytes."""


class Source:
    """An open file with at most one picture and one sound; its packets come out on media time."""

    def __init__(self, path: Path, *, audio: bool = True, video: bool = True) -> None:
        self.path, self._wants = path, (video, audio)
        self._open()

    def _open(self) -> None:
        self.container = open_container(self.path)
        try:
            self._choose()
        except BaseException:
            self.container.close()
            raise

    def _choose(self) -> None:
        self.video = pick_video(self.container)
        self.audio = pick_audio(self.container)
        if self.demuxer == "flv" and (self.video is None) != (self.audio is None):
            self._announce(PICTURE if self.video is None else SOUND)
        if self.video is None and self.audio is None:
            raise InputError("neither sound nor picture that can be decoded", where=self.path, todo="give a recording")
        pair = [(self.video, self._wants[0]), (self.audio, self._wants[1])]
        self._all: list[Stream] = [stream for stream, _ in pair if stream is not None]
        self.streams: list[Stream] = [stream for stream, wanted in pair if wanted and stream is not None]
        """The streams whose packets come out; the clock reads both, so that it ticks alike for whoever reads."""
        for stream in self._all:
            stream.codec_context.thread_count = 1
            stream.codec_context.options = {"max_pixels": str(LARGEST_PICTURE_PX)}  # whenever the size changes, too
        starts = [
            int(stream.start_time * stream.time_base * MICRO)
            for stream in self._all
            if stream.start_time is not None and stream.time_base is not None
        ]
        self._start_us = min(starts, default=None)
        self._settled = False
        self.wrong_stamps = 0
        """Packets whose timestamps were not believed."""
        self.clock = MediaClock(self._start_us)
        self._n_bytes = self._most_bytes = 0
        self._end_us: dict[str, int] = {}
        self._offset_ticks: dict[int, int] = {}
        self._scales: dict[int, _Scale] = {}

    def _announce(self, kind: int) -> None:
        """Opens the file again with a track made known that begins late in it."""
        if header := first_header(self.path, kind):
            self.container.close()
            self.container = open_container(self.path, cast("BinaryIO", Announced(self.path, header)))
            self.video, self.audio = pick_video(self.container), pick_audio(self.container)

    def absent(self) -> dict[str, str]:
        """Kinds (`audio`, `video`) that the file has and that cannot be decoded, and why; known once it was read."""
        before = av.logging.get_level()
        av.logging.set_level(av.logging.INFO)
        try:
            told = self.container.dumps_format()  # type: ignore[attr-defined]  # FFmpeg's own list; PyAV's has only those that were found in time
        finally:
            av.logging.set_level(before)
        n_known = len(self.container.streams)
        found = [(int(number) < n_known, kind.lower()) for number, kind in _TRACK_LINE.findall(told)]
        chosen = {track.type for track in (self.audio, self.video) if track is not None}
        return {
            kind: "its track cannot be decoded" if known else "begins midway, not decoded"
            for known, kind in found
            if kind not in chosen
        }

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
        """The container's length of media time; None when it gives none, or none that can be."""
        duration_us = self.container.duration
        return duration_us // 1000 if duration_us and 0 < duration_us <= _LONGEST_US else None

    @property
    def length_is_written(self) -> bool:
        return self.demuxer in _WRITTEN_LENGTH

    def end_ms(self, kind: str) -> int:
        """How far packets of a kind (`audio`, `video`) were read; -1: none yet."""
        end_us = self._end_us.get(kind)
        return -1 if end_us is None else max(0, -(-end_us // 1000))

    def packets(self) -> Iterator[Packet[Stream]]:
        """Packets from where the file stands, their pts and dts moved to media time, in their stream's time base."""
        doubted: dict[int, Packet[Stream]] = {}
        for packet in self._demuxed():
            if not packet.size:  # PyAV's marker for the end; elsewhere decoders would take it for the end, too
                continue
            self._check_bounds(packet.size)
            before = doubted.pop(packet.stream_index, None)
            smooth = self._smooth(packet)
            if before is not None:
                # another stream may have shown meanwhile that the leap is real: then this number fits by now
                yield from self._placed(before, wrong=smooth and not self._smooth(before))
            elif not smooth:
                doubted[packet.stream_index] = packet
                continue
            yield from self._placed(packet)
        for packet in doubted.values():
            yield from self._placed(packet, wrong=True)

    @property
    def start_us(self) -> int:
        """The timestamp that is media time 0; settled once the first packet was read."""
        return self._start_us or 0

    def enter(self, start_us: int, at_us: int) -> None:
        """Stand near a media time; only for files whose timestamps never start anew (`reaching.Survey`)."""
        stream = self._all[0]
        self.container.seek(round((at_us + start_us) / MICRO / (stream.time_base or 1)), stream=stream, backward=True)
        self._start_us, self._settled = start_us, True
        self.clock = MediaClock(start_us, at_us, steady=True)
        self._end_us.clear()

    def rewind(self) -> None:
        """Stand at the file's start again, as if nothing had been read."""
        self.container.close()
        self._open()

    def own_pts(self, packet: Packet[Stream]) -> int | None:
        """A packet's timestamp as it stands in the file."""
        return None if packet.pts is None else packet.pts - self._offset_ticks.get(packet.stream_index, 0)

    def _demuxed(self) -> Iterator[Packet[Stream]]:
        """Every packet; those of a stream that only begins midway are left out, as PyAV does not know it."""
        while True:
            try:
                yield from self.container.demux(self._all)
            except IndexError:
                continue  # the next call goes on behind that packet
            return

    def _check_bounds(self, n_bytes: int) -> None:
        """Raises ValueError where the file claims more than a file of its size can hold."""
        if self.clock.front_us > _LONGEST_US:
            raise ValueError(f"longer than {LONGEST_MS // 3_600_000} hours")
        self._n_bytes += n_bytes + _PACKET_COSTS_BYTES
        if self._n_bytes > self._most_bytes:
            self._most_bytes = _SPARE_BYTES + _MOST_TIMES * self.path.stat().st_size  # it may have grown
            if self._n_bytes > self._most_bytes:
                raise ValueError("its index leads to the same bytes again and again")

    def _smooth(self, packet: Packet[Stream]) -> bool:
        stamp = packet.dts if packet.dts is not None else packet.pts
        scale = self._scales.get(packet.stream_index)
        return stamp is None or scale is None or self.clock.smooth(scale.kind, scale.us(stamp))

    def _placed(self, packet: Packet[Stream], *, wrong: bool = False) -> Iterator[Packet[Stream]]:
        """The packet on media time, if it is asked for; a `wrong` timestamp counts as none."""
        if wrong:
            self.wrong_stamps += 1
            packet.pts = packet.dts = None
        self._place(packet)
        if packet.stream in self.streams:
            yield packet

    def _place(self, packet: Packet[Stream]) -> None:
        index, stream = packet.stream_index, packet.stream
        if index not in self._scales:
            self._scales[index] = _Scale(stream)
        scale = self._scales[index]
        pts, dts = packet.pts, packet.dts
        stamp = dts if dts is not None else pts
        if pts is not None and dts is not None and abs(scale.us(pts - dts)) > _REORDER_US:
            pts = packet.pts = dts
        lasts_us = scale.us(packet.duration or 0)
        if not 0 < lasts_us <= LONGEST_HOLE_US:
            lasts_us = scale.usual_us
        stamp_us = None if stamp is None else scale.us(stamp)
        if not self._settled:
            self._settle(stamp_us)
        at_us, offset_us = self.clock.place(scale.kind, stamp_us, lasts_us)
        offset = scale.ticks(offset_us)
        self._offset_ticks[index] = offset
        if stamp is None:
            packet.pts = packet.dts = scale.ticks(at_us)
        if pts is not None:
            packet.pts, at_us = pts + offset, scale.us(pts + offset)
        if dts is not None:
            packet.dts = dts + offset
        end_us = at_us + lasts_us
        if end_us > self._end_us.get(scale.kind, 0):
            self._end_us[scale.kind] = end_us

    def _settle(self, stamp_us: int | None) -> None:
        """Believes the declared start only if the first packet lies near it."""
        if stamp_us is None:
            return
        self._settled = True
        if self._start_us is None or abs(stamp_us - self._start_us) > _FAR_US:
            self._start_us = stamp_us
            self.clock = MediaClock(stamp_us)


class _Scale:
    """A stream's unit of time, in integers: packets are many, and fractions are slow."""

    def __init__(self, stream: Stream) -> None:
        base = stream.time_base or Fraction(1, MICRO)
        self._up, self._down = base.numerator * MICRO, base.denominator
        self.kind = stream.type
        self.usual_us = self._usual_us(stream)
        """How long a packet lasts that does not say."""

    def us(self, ticks: int) -> int:
        return ticks * self._up // self._down

    def ticks(self, us: int) -> int:
        return (us * self._down + self._up // 2) // self._up

    @staticmethod
    def _usual_us(stream: Stream) -> int:
        if stream.type == "video" and stream.average_rate:
            return int(MICRO / stream.average_rate)
        if isinstance(stream, AudioStream) and stream.codec_context.sample_rate:
            return (stream.codec_context.frame_size or 1024) * MICRO // stream.codec_context.sample_rate
        return 40_000


FFMPEG_ERRORS = (av.FFmpegError, ValueError)
"""What PyAV raises on broken media."""


def said(error: BaseException) -> str:
    """What an error of PyAV says, without its number and file name."""
    if getattr(error, "errno", None) == errno.EPERM:  # FFmpeg's AAC decoder, on what is no frame
        return "damaged"
    return str(getattr(error, "strerror", None) or error).partition("\n")[0]
