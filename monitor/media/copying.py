"""A clip by copying packets unchanged: the picture is the one that was sent. Runs in the child only."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import av
from av.packet import Packet
from av.stream import Stream

from monitor.media import nal
from monitor.media.opening import ENGINE
from monitor.media.reaching import Surveys, media_us, packets_from
from monitor.media.reading import MICRO, Source

LEAD_US = 3 * MICRO
"""How far before the asked start a copied clip may begin."""
_TRAIL_US = 5 * MICRO
"""How far behind its picture sound may lie in a file."""
_COPIED_FORMATS = ("yuv420p", "yuvj420p")
"""H.264 that every browser plays: 8 bits, 4:2:0."""


class NotCopyableError(Exception):
    """The packets cannot be copied; `str` says why."""


def copy(
    path: Path, start_ms: int, end_ms: int, out: Path, surveys: Surveys, beat: Callable[[Source], None]
) -> dict[str, Any]:
    """Writes the clip and says what it holds. Raises NotCopyableError when it must be encoded instead."""
    with Source(path) as source:
        _check_codecs(source)
        packets = packets_from(source, surveys.of(path), start_ms * 1000)
        return _Copy(source, packets, start_ms * 1000, end_ms * 1000, beat).write(out)


def _check_codecs(source: Source) -> None:
    video, audio = source.video, source.audio
    if video and (video.codec_context.name != "h264" or video.codec_context.pix_fmt not in _COPIED_FORMATS):
        raise NotCopyableError(f"picture is {video.codec_context.name} {video.codec_context.pix_fmt}")
    if audio and audio.codec_context.name != "aac":
        raise NotCopyableError(f"sound is {audio.codec_context.name}")


class _Copy:
    def __init__(
        self,
        source: Source,
        packets: Iterator[Packet[Stream]],
        start_us: int,
        end_us: int,
        beat: Callable[[Source], None],
    ) -> None:
        self._source, self._packets, self._end_us, self._beat = source, packets, end_us, beat
        self._from_us = self._first_us(start_us)
        self._spans: dict[str, int] = {}
        self._own: list[int] = []
        self._reorder_us = 0
        """How far pictures run ahead in decoding order: sound goes on for as long after the end."""

    @property
    def _leads(self) -> Stream:
        """Asked for each time: reading from the start again opens the file, and its streams, anew."""
        return self._source.video or self._source.streams[0]

    def _first_us(self, start_us: int) -> int:
        """Where the clip begins: the first packet of the leading stream."""
        waiting: list[Packet[Stream]] = []
        for packet in self._packets:
            waiting.append(packet)
            if packet.stream is self._leads:
                break
        else:
            raise NotCopyableError("nothing lies there")
        first_us = media_us(waiting[-1])
        latest_us = max(start_us + MICRO // 1000, LEAD_US)  # a file's very first picture may come after the start
        if not waiting[-1].is_keyframe or not start_us - LEAD_US <= first_us <= latest_us:
            raise NotCopyableError("no keyframe shortly before the start")
        rest = self._packets
        self._packets = (p for part in (waiting, rest) for p in part)
        return first_us

    def write(self, out: Path) -> dict[str, Any]:
        with av.open(str(out), "w", format="mp4", options={"movflags": "+faststart"}) as target:
            streams = {stream.index: target.add_stream_from_template(stream) for stream in self._source.streams}
            last_dts: dict[int, int] = {}
            for packet in self._chosen():
                self._beat(self._source)
                index = packet.stream_index
                own = self._source.own_pts(packet) if packet.stream is self._leads else None
                if own is not None:
                    self._own.append(own)
                self._shift(packet, last_dts)
                packet.stream = streams[index]
                target.mux(packet)
        if not self._own:
            raise NotCopyableError("nothing lies there")
        video, audio = self._source.video, self._source.audio
        duration_ms = max(self._spans.values()) // 1000
        from_ms = round(self._from_us / 1000)
        return {
            "mode": "copy",
            "pieces": [[from_ms, from_ms + duration_ms]],
            "video_codec": "h264" if video else "",
            "audio_codec": "aac" if audio else "",
            "duration_ms": duration_ms,
            "first_pts": self._own[0],
            "last_pts": self._own[-1],
            "time_base": str(self._leads.time_base),
            "engine": ENGINE,
        }

    def _chosen(self) -> Iterator[Packet[Stream]]:
        """Packets of the clip: from the keyframe to the end, without pictures that lean on earlier ones."""
        headers = nal.declared(self._leads.codec_context.extradata)
        open_streams = {stream.index for stream in self._source.streams}
        for packet in self._packets:
            at_us = media_us(packet)
            dts_us = at_us if packet.dts is None else int(packet.dts * (packet.stream.time_base or 0) * MICRO)
            if packet.stream.type == "video":
                self._reorder_us = max(self._reorder_us, at_us - dts_us)
            if dts_us >= self._end_us + (self._reorder_us if packet.stream.type == "audio" else 0):
                open_streams.discard(packet.stream_index)
                if not open_streams or dts_us >= self._end_us + _TRAIL_US:
                    return
                continue
            if at_us < self._from_us:
                continue
            if packet.stream.type == "video" and packet.is_keyframe:
                self._check_header(packet, headers)
            yield packet

    def _check_header(self, packet: Packet[Stream], headers: set[bytes]) -> None:
        extradata = packet.stream.codec_context.extradata
        found = list(nal.units(bytes(packet), extradata))
        if packet.has_sidedata("new_extradata") or {unit for unit in found if nal.kind(unit) == nal.SPS} - headers:
            raise NotCopyableError("size or format of the picture changes")
        if not any(nal.kind(unit) == nal.IDR for unit in found):
            raise NotCopyableError("its keyframes lean on earlier pictures")

    def _shift(self, packet: Packet[Stream], last_dts: dict[int, int]) -> None:
        """Moves the packet to the clip's own time, decoding times strictly rising as mp4 wants them."""
        base, index = packet.stream.time_base or 1, packet.stream_index
        shift = round(self._from_us / MICRO / base)
        pts = packet.pts if packet.pts is not None else packet.dts or 0
        dts = packet.dts if packet.dts is not None else pts
        dts = max(dts - shift, last_dts.get(index, dts - shift - 1) + 1)
        packet.pts, packet.dts, last_dts[index] = max(pts - shift, dts), dts, dts
        lasts_us = int((packet.duration or 0) * base * MICRO)
        end_us = int(packet.pts * base * MICRO) + lasts_us
        self._spans[packet.stream.type] = max(self._spans.get(packet.stream.type, 0), end_us)
