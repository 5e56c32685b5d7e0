"""Standing at a moment of a file: packets from the last keyframe before it. Runs in the child only."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from av.packet import Packet
from av.stream import Stream

from monitor.media.clock import LONGEST_HOLE_US
from monitor.media.reading import FFMPEG_ERRORS, MICRO, Source

_BACK_US = (5 * MICRO, 20 * MICRO, 90 * MICRO)
"""How far before the moment to look for a keyframe, before reading from the file's start: sound may lie some seconds
before its picture in the file, and a transport stream can only be entered near a moment."""


_ROUNDING_US = 500
"""A moment in whole milliseconds may have been rounded down from the keyframe's own."""


@dataclass(frozen=True, slots=True)
class Survey:
    """What must be known of a file before it may be entered in the middle."""

    start_us: int
    """The timestamp that is media time 0."""
    steady: bool
    """Its numbers never start anew: one offset holds from beginning to end."""


class Surveys:
    """Surveys of files, made once while a file stays as it is."""

    def __init__(self, beat: Callable[[Source], None]) -> None:
        self._beat = beat
        self._known: dict[tuple[str, int, int], Survey] = {}

    def of(self, path: Path) -> Survey:
        stat = path.stat()
        key = (str(path), stat.st_size, stat.st_mtime_ns)
        if key not in self._known:
            self._known[key] = self._make(path)
        return self._known[key]

    def _make(self, path: Path) -> Survey:
        with Source(path) as source:
            waiting = {stream.index for stream in source.streams}
            indexed = all(map(_indexed_without_leap, source.streams))
            try:
                for packet in source.packets():
                    self._beat(source)
                    waiting.discard(packet.stream_index)
                    if indexed and not waiting:
                        break
            except FFMPEG_ERRORS:
                pass  # a broken tail does not make the rest unreachable
            return Survey(source.start_us, source.clock.restarts == 0 and source.wrong_stamps == 0)


def _indexed_without_leap(stream: Stream) -> bool:
    """Whether an mp4's index lists every packet, with no leap that the clock could take for a new start."""
    if "mp4" not in stream.container.format.name or not stream.frames or len(stream.index_entries) < stream.frames:
        return False
    if stream.time_base is None:
        return False
    longest = int(LONGEST_HOLE_US // 2 / MICRO / stream.time_base)
    times = (entry.timestamp for entry in stream.index_entries)  # half a million in two hours
    return all(after - before < longest for before, after in pairwise(times))


def packets_from(source: Source, survey: Survey, at_us: int) -> Iterator[Packet[Stream]]:
    """Packets from the last keyframe at or before a moment (the first one if there is none), sound of that time
    included; from the start where the file cannot be entered in the middle."""
    for back_us in _BACK_US if survey.steady and at_us > _BACK_US[0] else ():
        try:
            source.enter(survey.start_us, at_us - back_us)
            found = _from_keyframe(source, at_us, strict=True)
            first = next(found, None)
        except FFMPEG_ERRORS:
            continue
        if first is not None:
            yield first
            yield from found
            return
    source.rewind()
    yield from _from_keyframe(source, at_us, strict=False)


def _from_keyframe(source: Source, at_us: int, *, strict: bool) -> Iterator[Packet[Stream]]:
    """Drops what comes before the last keyframe at or before `at_us`; `strict`: nothing when no keyframe comes so
    early."""
    leads = "video" if source.video in source.streams else "audio"
    held: list[Packet[Stream]] = []
    found = False
    packets = source.packets()
    for packet in packets:
        shown_us = media_us(packet)
        if packet.stream.type == leads and packet.is_keyframe:
            if shown_us > at_us + _ROUNDING_US:
                if not found and strict:
                    return
                if not found:
                    held = [p for p in held if p.stream.type != leads]
                held.append(packet)
                break
            found = True
            held = [p for p in held if p.stream.type != leads and media_us(p) >= shown_us]
        held.append(packet)
        if packet.stream.type == leads and shown_us > at_us + MICRO and found:
            break
    if found or not strict:
        yield from held
        yield from packets


def media_us(packet: Packet[Stream]) -> int:
    """When a packet that was read through `Source` is shown or heard."""
    stamp = packet.pts if packet.pts is not None else packet.dts
    base = packet.stream.time_base
    return 0 if stamp is None or base is None else int(stamp * base * MICRO)
