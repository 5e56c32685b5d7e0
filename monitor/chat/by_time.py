"""Cues that come in any order and leave by time, however many: sorted runs on disk, merged as they are asked for."""

from __future__ import annotations

import contextlib
import heapq
import marshal
import os
import tempfile
from collections import deque
from collections.abc import Iterator
from typing import IO, Self

from monitor.records import Channel, Cue, Role
from monitor.timeline import Span

RUN_CUES = 32_768
_RUN_CHARACTERS = 4_000_000
"""What is held in memory before it goes to disk as one run: some 15 MB of cues of ordinary length."""
_BLOCK_CUES = 64
"""What is read back of a run at a time: a thousand runs in one another's way hold 64,000 cues, some 30 MB."""

_Row = tuple[int, int, str, str, str, str, str]
"""Start, end, id, channel, role, text, sender. Ids are unique, so that nothing after them is ever compared."""


class ByTime:
    """Give it cues, take them by start, end and id. Memory does not grow with their number.

    The file that holds the rest has no name and goes away with the process, however that ends. It lies where the
    system keeps temporary files (`TMPDIR`), and takes about the bytes of the texts plus 60 a cue.
    """

    def __init__(self, *, run_cues: int = RUN_CUES) -> None:
        """`run_cues`: how many are held in memory before they go to the disk."""
        self._run_cues = run_cues
        self._new: list[_Row] = []
        self._new_characters = 0
        self._held = 0
        self._heads: list[tuple[_Row, int, Iterator[_Row]]] = []
        self._runs = 0
        self._file: IO[bytes] | None = None
        self._file_bytes = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def add(self, cue: Cue) -> None:
        """Take in a typed cue (no words, no box). Raises OSError when the disk takes no more; nothing is lost then."""
        span = cue.span
        row = (span.start_ms, span.end_ms, cue.cue_id, cue.channel.value, cue.role.value, cue.text, cue.sender)
        self._new.append(row)
        self._new_characters += len(cue.text)
        if len(self._new) >= self._run_cues or self._new_characters >= _RUN_CHARACTERS:
            self._spill()

    def before(self, before_ms: int | None) -> Iterator[Cue]:
        """The cues that start before a time, each once; all for None."""
        self._settle()
        heads = self._heads
        while heads and (before_ms is None or heads[0][0][0] < before_ms):
            row, number, rest = heads[0]
            following = next(rest, None)
            if following is None:
                heapq.heappop(heads)
            else:
                heapq.heapreplace(heads, (following, number, rest))
            yield _cue(row)

    def close(self) -> None:
        """Forget everything and give the disk space back."""
        self._new, self._heads, self._held = [], [], 0
        if self._file:
            self._file.close()
            self._file = None

    def _settle(self) -> None:
        """Make what came last a run, in memory while those there are few."""
        if not self._new:
            return
        if self._held + len(self._new) > self._run_cues:
            with contextlib.suppress(OSError):
                self._spill()
                return
        rows = deque(sorted(self._new))
        self._held += len(rows)
        self._enter(rows[0], self._from_memory(rows))

    def _spill(self) -> None:
        if self._file is None:
            self._file = tempfile.TemporaryFile(buffering=0)  # noqa: SIM115 (lives as long as this object)
        self._new.sort()
        blocks = (
            marshal.dumps(self._new[first : first + _BLOCK_CUES]) for first in range(0, len(self._new), _BLOCK_CUES)
        )
        run = memoryview(b"".join(part for block in blocks for part in (len(block).to_bytes(8), block)))
        at = self._file_bytes
        while run:
            written = os.pwrite(self._file.fileno(), run, at)
            run, at = run[written:], at + written
        self._enter(self._new[0], self._from_disk(self._file.fileno(), self._file_bytes, at))
        self._file_bytes = at

    def _enter(self, first: _Row, rows: Iterator[_Row]) -> None:
        """A run is opened when its first cue is due, so that runs which follow one another are read one by one."""
        self._runs += 1
        heapq.heappush(self._heads, (first, self._runs, _after_first(rows)))
        self._new, self._new_characters = [], 0

    def _from_memory(self, rows: deque[_Row]) -> Iterator[_Row]:
        while rows:
            self._held -= 1
            yield rows.popleft()

    def _from_disk(self, file: int, at: int, end: int) -> Iterator[_Row]:
        while at < end:
            size = int.from_bytes(os.pread(file, 8, at))
            yield from marshal.loads(os.pread(file, size, at + 8))  # written by this process into a file without a name
            at += 8 + size


def _after_first(rows: Iterator[_Row]) -> Iterator[_Row]:
    next(rows)
    yield from rows


def _cue(row: _Row) -> Cue:
    start_ms, end_ms, cue_id, channel, role, text, sender = row
    return Cue(cue_id, Channel(channel), Span(start_ms, end_ms), text, role=Role(role), sender=sender)
