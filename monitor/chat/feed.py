"""All that was typed round one stream, in time order, as the stream is gone through."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from pathlib import Path

from monitor.chat.danmaku import read_danmaku
from monitor.chat.messages import read_messages
from monitor.chat.names import host_identity
from monitor.errors import InputError
from monitor.records import Cue, Gap, Sense, Stream
from monitor.timeline import Span


class TypedFeed:
    """Danmaku and messages of a stream; what of them cannot be read is a gap of the chat, never an error."""

    def __init__(self, stream: Stream, hash_name: Callable[[str], str]) -> None:
        """Reads what belongs to the whole recording; files of single parts come with `begin_part`."""
        self._stream, self._hash_name = stream, hash_name
        self.host = host_identity(stream)
        self.gaps: list[Gap] = []
        self._waiting: deque[Cue] = deque()
        self._count = 0
        for path in stream.danmaku:
            if path not in stream.part_danmaku:
                self.begin_part(path, 0)
        for path in stream.messages:
            self._read_messages(path)

    def begin_part(self, danmaku: Path, start_ms: int) -> None:
        """A danmaku file whose zero is `start_ms` of the stream."""
        stream = self._stream
        try:
            read = read_danmaku(
                danmaku,
                host=self.host,
                hash_name=self._hash_name,
                offset_ms=start_ms + stream.danmaku_offset_ms,
                started_at=stream.started_at,
                first_id=self._count,
            )
        except InputError as error:
            self._unread(f"{danmaku.name}: {error.what}", start_ms)
        else:
            self._keep(read.cues, read.problem and f"{danmaku.name}: {read.problem}", start_ms)

    def due(self, before_ms: int | None) -> list[Cue]:
        """The cues that start before a time and were not given yet, in time order; all that is left for None."""
        given: list[Cue] = []
        while self._waiting and (before_ms is None or self._waiting[0].span.start_ms < before_ms):
            given.append(self._waiting.popleft())
        return given

    def _read_messages(self, path: Path) -> None:
        try:
            read = read_messages(
                path, hash_name=self._hash_name, started_at=self._stream.started_at, first_id=self._count
            )
        except InputError as error:
            self._unread(f"{path.name}: {error.what}", 0)
        else:
            self._keep(read.cues, read.problem, 0)

    def _keep(self, cues: Sequence[Cue], problem: str, start_ms: int) -> None:
        self._count += len(cues)
        self._waiting = deque(sorted((*self._waiting, *cues), key=lambda cue: (cue.span, cue.cue_id)))
        if problem:
            self._unread(problem, start_ms)

    def _unread(self, reason: str, start_ms: int) -> None:
        self.gaps.append(Gap(Sense.CHAT, Span(start_ms, start_ms), reason))
