"""Looks at the pictures of one stream in turn and tells what text they show."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from monitor.records import Box, Cue
from monitor.screen.boards import BoardTracks
from monitor.screen.chat_cues import CommentCues
from monitor.screen.comments import Board, Comment, CommentColumn, is_announcement, may_be_comment
from monitor.screen.gate import ChangeGate
from monitor.screen.lines import LEAST_CONFIDENCE, Line, TextReader, worth_keeping
from monitor.screen.qr import CodeWatch, within
from monitor.screen.viewers import ViewerRows

# Without a picture for so long, nobody knows whether the boards stayed.
BLIND_MS = 15_000


class ScreenReader:
    """One stream's pictures in, cues out; its memory does not grow with the stream.

    Boards are cues of channel `screen` and role `host`, told when first seen (`ongoing`), again under the same
    `cue_id` as they grow, and a last time when they have gone. Comments drawn into the picture are cues of channel
    `chat`, told once. A QR code is a board that says `[二维码]` and where it leads.
    """

    def __init__(
        self,
        reader: TextReader,
        *,
        is_host: Callable[[str], bool],
        hash_name: Callable[[str], str],
        every_ms: int,
        start_ms: int = 0,
    ) -> None:
        """`is_host` tells the host's names, `hash_name` hides the others; looks come about every `every_ms`."""
        self._reader = reader
        self._gate = ChangeGate()
        self._codes = CodeWatch()
        self._column = CommentColumn()
        self._boards = BoardTracks(every_ms=every_ms)
        self._comments = CommentCues(is_host=is_host, hash_name=hash_name, every_ms=every_ms)
        self.viewers = ViewerRows()
        """Where viewers' rows stood, for stills that must not show them."""
        self._blind_ms = max(BLIND_MS, 3 * every_ms)
        self._last_ms: int | None = None
        self.watermark_ms = start_ms
        """No cue that is still to open starts before it; never moves back."""

    def look(self, at_ms: int, image: NDArray[np.uint8]) -> list[Cue]:
        """The cues that opened, grew or closed with the picture of `at_ms` (uint8, (height, width, 3), BGR).

        A picture that is not later than the one before is passed over.
        """
        last_ms = self._last_ms
        if last_ms is not None and at_ms <= last_ms:
            return []
        self._last_ms = at_ms
        cues: list[Cue] = []
        if last_ms is not None and at_ms - last_ms > self._blind_ms:
            cues += self._boards.close(at_ms)
        if self._gate.opens(at_ms, image):
            read = self._reader.read(image)
            lines = [line for line in read if worth_keeping(line)]
            codes = self._codes.look(at_ms, image)
            lines = [line for line in lines if not any(within(line, code) for code in codes)]
            comments, boards = self._column.part(at_ms, lines, image)
            boards += [Board(code, at_ms) for code in codes]
            cues += self._comments.look(at_ms, comments) + self._boards.look(at_ms, boards)
            self.viewers.look(at_ms, self._viewers_rows(read, comments, boards, image))
        else:
            self.viewers.stay(at_ms)
            self._comments.stay(at_ms, last_ms if last_ms is not None else at_ms)
            cues += self._boards.stay(at_ms)
        held_ms = self._column.held_since_ms
        self.watermark_ms = max(self.watermark_ms, at_ms if held_ms is None else min(at_ms, held_ms))
        return cues

    def finish(self, end_ms: int) -> list[Cue]:
        """Closes everything at the stream's end."""
        at_ms = end_ms if self._last_ms is None else self._last_ms
        cues = self._comments.look(at_ms, self._column.finish()) + self._boards.close(end_ms)
        self.watermark_ms = max(self.watermark_ms, end_ms)
        return cues

    def _viewers_rows(
        self, read: list[Line], comments: list[Comment], boards: list[Board], image: NDArray[np.uint8]
    ) -> list[Box]:
        """Rows that hold, or may hold, a viewer's name or words; in doubt a row is one."""
        rows = [comment.box for comment in comments if not self._comments.is_hosts(comment)]
        rows += [line.box for line in self._column.open_lines]
        rows += [board.line.box for board in boards if is_announcement(board.line.text)]
        rows += [line.box for line in read if line.confidence < LEAST_CONFIDENCE and may_be_comment(line, image)]
        return rows
