"""The child's work: one request in, messages out. Runs in the child only."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import Any

from av.stream import Stream

from monitor.errors import InputError, WorkspaceError
from monitor.media import wire
from monitor.media.copying import NotCopyableError, copy
from monitor.media.coverage import NEAR_MS
from monitor.media.encoding import encode
from monitor.media.hearing import Hearing
from monitor.media.odometer import Odometer
from monitor.media.opening import ENGINE, decoders
from monitor.media.reaching import Surveys
from monitor.media.reading import FFMPEG_ERRORS, Source, said
from monitor.media.seeing import Seeing
from monitor.media.showing import shown_size, still

_UNWRITABLE = (errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES, errno.EFBIG)
_ENDS_EARLY_MS = 1500
"""A file that ends so much before its declared length was cut short."""


class Server:
    """Answers requests one after the other; keeps what it learnt of files in between."""

    def __init__(self, sender: wire.Sender) -> None:
        self._sender = sender
        self._odometer = Odometer(self._tell)
        self._beat = self._odometer.beat
        self._surveys = Surveys(self._beat)

    def answer(self, request: dict[str, Any]) -> None:
        """Serves one request; raises InputError when it cannot be served."""
        self._odometer.start()
        try:
            self._answer(request)
        except FFMPEG_ERRORS as error:
            raise InputError(f"undecodable: {said(error)}") from error

    def _answer(self, request: dict[str, Any]) -> None:
        do, path = request["do"], Path(request.get("path", ""))
        if do == "probe":
            self._sender.tell(wire.FACTS, facts(path))
            self._sender.tell(wire.DONE, {})
        elif do == "engine":
            self._sender.tell(wire.FACTS, {"engine": ENGINE, "decoders": decoders()})
            self._sender.tell(wire.DONE, {})
        elif do == "decode":
            _Pass(request, self._sender).run()
        elif do == "still":
            at_ms = int(request["at_ms"])
            self._sender.look(at_ms, still(path, at_ms, self._surveys, self._beat))
            self._sender.tell(wire.DONE, {})
        elif do == "clip":
            self._sender.tell(wire.RESULT, self._clip(request))
        else:
            raise InputError(f"unknown request {do!r}")

    def _clip(self, request: dict[str, Any]) -> dict[str, Any]:
        pieces = [(Path(path), int(start), int(end)) for path, start, end in request["pieces"]]
        out, why = Path(request["out"]), "several pieces"
        if len(pieces) == 1:
            try:
                return copy(*pieces[0], out, self._surveys, self._beat)
            except NotCopyableError as error:
                why = str(error)
            except FFMPEG_ERRORS as error:
                why = f"packets do not fit: {said(error)}"
        try:
            return encode(pieces, out, self._surveys, self._beat) | {"why": why}
        except FFMPEG_ERRORS as error:
            number = getattr(error, "errno", None)
            if number in _UNWRITABLE:
                raise WorkspaceError(f"clip cannot be written: {os.strerror(number)}", todo="make room") from error
            raise InputError(f"cannot be cut: {said(error)}") from error

    def _tell(self) -> None:
        self._sender.beat(-1, -1, 0, self._odometer.read_ms)


def facts(path: Path) -> dict[str, Any]:
    """What the file declares; one picture is decoded for its true size and turn."""
    with Source(path) as source:
        width_px, height_px, turn = shown_size(source)
        return {
            "container": source.demuxer,
            "video_codec": source.video.codec_context.codec.canonical_name if source.video else "",
            "audio_codec": source.audio.codec_context.codec.canonical_name if source.audio else "",
            "width_px": width_px,
            "height_px": height_px,
            "rotation_deg": turn,
            "declared_ms": source.declared_ms,
            "engine": ENGINE,
        }


class _Pass:
    """One demux pass that feeds both senses."""

    def __init__(self, request: dict[str, Any], sender: wire.Sender) -> None:
        self._path, self._sender = Path(request["path"]), sender
        self._every_ms = int(request["every_ms"])
        self._audio, self._video = bool(request["audio"]), bool(request["video"])
        self._odometer = Odometer(self._tell)
        self._troubles: dict[str, int] = {}
        """When each sense was last in trouble: a burst is told once."""

    def run(self) -> None:
        self._sender.tell(wire.FACTS, facts(self._path))  # closed again first: an index may be all that memory holds
        with Source(self._path, audio=self._audio, video=self._video) as source:
            self._source = source
            self._hearing = Hearing()
            self._seeing = Seeing(source.video, self._every_ms) if source.video and self._video else None
            stopped = ""
            try:
                for packet in source.packets():
                    self._feed(packet.stream, packet)
                    self._odometer.beat(source)
            except FFMPEG_ERRORS as error:
                stopped = f"undecodable from here: {said(error)}"
            for stream in source.streams:
                self._feed(stream, None)
            self._tell()
            self._sender.tell(wire.DONE, {"stopped": stopped or self._cut_short(), "absent": source.absent()})

    def _feed(self, stream: Stream, packet: Any) -> None:
        if stream.type == "audio":
            try:
                for start_ms, samples in self._hearing.hear(packet, stream):
                    self._sender.sound(start_ms, samples)
            except FFMPEG_ERRORS as error:
                if packet is not None:
                    self._trouble("heard", self._source.end_ms("audio"), said(error))
        elif self._seeing:
            for at_ms, image in self._seeing.see(packet):
                self._sender.look(at_ms, image)
            while self._seeing.failures:
                self._trouble("seen", *self._seeing.failures.pop(0))

    def _trouble(self, sense: str, at_ms: int, what: str) -> None:
        last_ms = self._troubles.get(sense)
        if last_ms is not None and last_ms <= at_ms < last_ms + NEAR_MS:
            return
        self._troubles[sense] = at_ms
        self._sender.tell(wire.TROUBLE, {"sense": sense, "at_ms": at_ms, "reason": f"undecodable: {what}"})

    def _tell(self) -> None:
        source = self._source
        declared_ms = source.declared_ms if self._length_holds else None
        heard_to_ms, seen_to_ms = source.end_ms("audio"), source.end_ms("video")
        self._sender.beat(heard_to_ms, seen_to_ms, declared_ms or 0, self._odometer.read_ms)

    @property
    def _length_holds(self) -> bool:
        """Whether the declared length is one of media time: not where the numbers start anew, unless that is damage."""
        return not self._source.clock.restarts or self._source.wrong_stamps > 0

    def _cut_short(self) -> str:
        """Why a file that ended without an error is believed to have been longer; empty when it is whole."""
        declared_ms, source = self._source.declared_ms, self._source
        if declared_ms is None or not source.length_is_written or not self._length_holds:
            return ""
        read_ms = max(source.end_ms("audio"), source.end_ms("video"))
        if declared_ms <= read_ms + _ENDS_EARLY_MS:
            return ""
        return f"the file ends here, its header declares {declared_ms / 1000:.1f} s"
