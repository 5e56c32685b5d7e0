"""All that was typed round one stream, in time order, as the stream is gone through."""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass
from pathlib import Path
from typing import Self, TypeVar

from monitor.chat.by_time import ByTime
from monitor.chat.crowd import CrowdLimit
from monitor.chat.danmaku import DanmakuEnd, iter_danmaku
from monitor.chat.messages import iter_messages
from monitor.chat.names import host_identity
from monitor.errors import InputError
from monitor.records import Channel, Cue, Gap, Role, Sense, Stream
from monitor.timeline import Span

AFTER_END_MS = 60_000
"""Comments so long after the recording's end still belong to it: recorders' clocks drift by 5 to 10 s, and the chat's
recorder stops a little later than the picture's."""
_End = TypeVar("_End", DanmakuEnd, str)


@dataclass(slots=True)
class _Loss:
    """What of a file could not be read; where it ends is often known later."""

    reason: str
    start_ms: int
    end_ms: int | None
    of_part: bool
    """It ends where the next part begins; else with the stream."""


class TypedFeed:
    """Danmaku and messages of a stream; what of them cannot be read or kept is a gap of the chat, never an error.

    Each file is read once, from its beginning, and its cues are numbered in its order, so that a second run gives the
    same ids. Memory does not grow with the files: what waits lies in a nameless temporary file, given back by `close`,
    at the end of a `with`, or with the process. Of a crowd that nobody could read only so many viewers' comments are
    kept (`crowd.MOST_PER_S`).
    """

    def __init__(self, stream: Stream, hash_name: Callable[[str], str]) -> None:
        """Reads what belongs to the whole recording; files of single parts come with `begin_part`."""
        self._stream, self._hash_name = stream, hash_name
        self.host = host_identity(stream)
        self._waiting = ByTime()
        self._crowd = CrowdLimit()
        self._losses: list[_Loss] = []
        self._count = 0
        self._end_ms: int | None = None
        self._after_end = 0
        for path in stream.danmaku:
            if path not in stream.part_danmaku:
                self._read_danmaku(path, 0, of_part=False)
        for path in stream.messages:
            self._read_messages(path)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Give the disk space back; what was not given yet is forgotten. Gaps stay."""
        self._waiting.close()

    @property
    def gaps(self) -> list[Gap]:
        """What of the chat is missing, as far as is known by now; extents are final after `finish`."""
        losses = []
        for loss in self._losses:
            end_ms = self._end_ms if loss.end_ms is None else loss.end_ms
            end_ms = loss.start_ms if end_ms is None else end_ms
            losses.append(Gap(Sense.CHAT, Span(min(loss.start_ms, end_ms), end_ms), loss.reason))
        if self._after_end and self._end_ms is not None:
            reason = f"{self._after_end:,} comments lie after the recording's end"
            losses.append(Gap(Sense.CHAT, Span(self._end_ms, self._end_ms), reason))
        return losses + self._crowd.gaps(self._end_ms)

    def begin_part(self, danmaku: Path | None, start_ms: int) -> None:
        """The next part begins at `start_ms` of the stream, which is the zero of its danmaku file if it has one."""
        for loss in self._losses:
            if loss.of_part and loss.end_ms is None:
                loss.end_ms = start_ms
        if danmaku:
            self._read_danmaku(danmaku, start_ms, of_part=True)

    def due(self, before_ms: int | None) -> list[Cue]:
        """The cues that start before a time and were not given yet, in time order; all that is left for None."""
        return [cue for cue in self._waiting.before(before_ms) if self._crowd.keeps(cue)]

    def finish(self, end_ms: int) -> list[Cue]:
        """The stream ended here: what is left, save viewers' comments that lie well after it, which are counted.

        The host's words and all messages are given, whenever they were written.
        """
        self._end_ms = end_ms
        given = []
        for cue in self._waiting.before(None):
            late = cue.span.start_ms >= end_ms + AFTER_END_MS
            if late and cue.role == Role.VIEWER and cue.channel == Channel.CHAT:
                self._after_end += 1
            elif self._crowd.keeps(cue):
                given.append(cue)
        return given

    def _read_danmaku(self, path: Path, start_ms: int, *, of_part: bool) -> None:
        stream = self._stream
        reader = iter_danmaku(
            path,
            host=self.host,
            hash_name=self._hash_name,
            offset_ms=start_ms + stream.danmaku_offset_ms,
            started_at=stream.started_at,
            first_id=self._count,
        )
        end = self._take(reader, path, start_ms, of_part=of_part)
        if end and end.lost:
            from_ms = start_ms if end.lost_from_ms is None else max(start_ms, end.lost_from_ms)
            self._losses.append(_Loss(f"{path.name}: {end.lost}", from_ms, None, of_part))
        if end and end.skipped:
            self._losses.append(_Loss(f"{path.name}: {end.skipped}", start_ms, start_ms, of_part))

    def _read_messages(self, path: Path) -> None:
        reader = iter_messages(
            path, hash_name=self._hash_name, started_at=self._stream.started_at, first_id=self._count
        )
        if problem := self._take(reader, path, 0, of_part=False):
            self._losses.append(_Loss(problem, 0, 0, of_part=False))

    def _take(self, reader: Generator[Cue, None, _End], path: Path, start_ms: int, *, of_part: bool) -> _End | None:
        """Read a file to its end, and give what its reader says of it; None where it could not be gone through."""
        from_ms = start_ms
        while True:
            try:
                cue = next(reader)
            except StopIteration as stopped:
                end: _End = stopped.value
                return end
            except InputError as error:
                self._losses.append(_Loss(f"{path.name}: {error.what}", from_ms, None, of_part))
                return None
            self._count += 1
            from_ms = max(start_ms, cue.span.start_ms)
            try:
                self._waiting.add(cue)
            except OSError as error:
                reason = f"{path.name}: only {self._count:,} comments fit into the temporary folder ({error.strerror})"
                self._losses.append(_Loss(reason, from_ms, None, of_part))
                return None
