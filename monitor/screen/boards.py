"""Boards over time: text that stays on the picture is one cue, however long it stays."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from monitor.records import Box, Channel, Cue
from monitor.screen.comments import Board
from monitor.screen.lines import Line, folded, same_place, same_text, similarity
from monitor.timeline import Span

# A board that stays is told again this often.
TELL_EVERY_MS = 10_000
# A reading replaces the first one when it is so much surer, or was read twice as often.
SURER_BY = 0.1
# One look without the board is the recogniser's or the encoder's slip, the second in a row is its end.
MOST_MISSED = 1
# Text that is not where it was is still the same if it is at least so long and alike.
MOVING_LETTERS = 4
MOVING_SIMILARITY = 0.9


@dataclass(slots=True)
class _Track:
    cue_id: str
    text: str
    confidence: float
    box: Box
    struck: bool
    first_ms: int
    last_ms: int
    missed: int = 0
    told_ms: int = 0
    changed: bool = True
    readings: Counter[str] = field(default_factory=Counter)
    strokes: int = 0
    """Looks with a stroke minus looks without."""


class BoardTracks:
    """Follows boards from look to look; half a period is added after the last look at each."""

    def __init__(self, *, every_ms: int) -> None:
        self._half_ms = every_ms // 2
        self._tracks: list[_Track] = []
        self._opened = 0

    def look(self, at_ms: int, boards: list[Board]) -> list[Cue]:
        """The cues that opened, changed, are due to be told again, or closed at this look."""
        seen: set[int] = set()
        rest = self._match(at_ms, boards, seen)
        for board in rest:
            if not self._is_part(board.line, at_ms, seen):
                self._open(board, at_ms, seen)
        cues = []
        for track in self._tracks:
            track.missed = 0 if id(track) in seen else track.missed + 1
            if track.missed > MOST_MISSED:
                cues.append(self._cue(track, at_ms, ongoing=False))
            elif track.changed or (track.missed == 0 and at_ms - track.told_ms >= TELL_EVERY_MS):
                track.told_ms, track.changed = at_ms, False
                cues.append(self._cue(track, at_ms + self._half_ms, ongoing=True))
        self._tracks = [track for track in self._tracks if track.missed <= MOST_MISSED]
        return cues

    def stay(self, at_ms: int) -> list[Cue]:
        """The picture has not changed: every board seen at the last look is seen at this one."""
        return self.look(at_ms, [Board(_line(track), at_ms) for track in self._tracks if track.missed == 0])

    def close(self, end_ms: int) -> list[Cue]:
        """Closes all; no cue ends after `end_ms`."""
        tracks, self._tracks = self._tracks, []
        return [self._cue(track, end_ms, ongoing=False) for track in tracks]

    def _match(self, at_ms: int, boards: list[Board], seen: set[int]) -> list[Board]:
        """Gives each line the track it continues, best pairs first; the lines that continue none."""
        pairs = [
            (alike, index, track)
            for index, board in enumerate(boards)
            for track in self._tracks
            if (alike := _continues(board.line, track)) > 0
        ]
        done: set[int] = set()
        for _, index, track in sorted(pairs, key=lambda pair: (-pair[0], pair[1])):
            if index not in done and id(track) not in seen:
                done.add(index)
                seen.add(id(track))
                _extend(track, boards[index].line, at_ms)
        return [board for index, board in enumerate(boards) if index not in done]

    def _is_part(self, line: Line, at_ms: int, seen: set[int]) -> bool:
        """Whether the line is a piece of a board that detection cut this time; the board is seen then."""
        piece = folded(line.text)
        for track in self._tracks:
            if len(piece) < len(folded(track.text)) and piece in folded(track.text) and same_place(line.box, track.box):
                track.last_ms = at_ms
                seen.add(id(track))
                return True
        return False

    def _open(self, board: Board, at_ms: int, seen: set[int]) -> None:
        line = board.line
        self._opened += 1
        track = _Track(
            cue_id=f"screen-{board.first_ms}-{self._opened}",
            text=line.text,
            confidence=line.confidence,
            box=line.box,
            struck=line.struck,
            first_ms=board.first_ms,
            last_ms=at_ms,
            readings=Counter([line.text]),
            strokes=1 if line.struck else -1,
        )
        self._tracks.append(track)
        seen.add(id(track))

    def _cue(self, track: _Track, until_ms: int, *, ongoing: bool) -> Cue:
        end_ms = max(track.first_ms, track.last_ms, min(track.last_ms + self._half_ms, until_ms))
        return Cue(
            cue_id=track.cue_id,
            channel=Channel.SCREEN,
            span=Span(track.first_ms, end_ms),
            text=track.text,
            confidence=track.confidence,
            box=track.box,
            struck=track.struck,
            ongoing=ongoing,
        )


def _line(track: _Track) -> Line:
    return Line(track.text, track.box, track.confidence, track.struck)


def _continues(line: Line, track: _Track) -> float:
    """How well the line continues the track, 0 for not at all; equal text in place is best."""
    if same_place(line.box, track.box):
        if same_text(line.text, line.confidence, track.text, track.confidence):
            return 1 + similarity(line.text, track.text)
        whole, part = folded(line.text), folded(track.text)
        # The board was cut when it was first seen, or is still being written.
        return 0.5 if len(part) < len(whole) and part in whole else 0.0
    if len(folded(line.text)) < MOVING_LETTERS:
        return 0.0
    alike = similarity(line.text, track.text)
    return alike if alike >= MOVING_SIMILARITY and same_text(line.text, 1.0, track.text, 1.0) else 0.0


def _extend(track: _Track, line: Line, at_ms: int) -> None:
    track.last_ms = at_ms
    track.readings[line.text] += 1
    surer = line.confidence >= track.confidence + SURER_BY
    oftener = track.readings[line.text] > 2 * track.readings[track.text]
    longer = len(folded(line.text)) > len(folded(track.text)) and folded(track.text) in folded(line.text)
    if line.text != track.text and (surer or oftener or longer):
        track.text, track.confidence, track.changed = line.text, line.confidence, True
    track.box = line.box
    track.strokes = max(-3, min(3, track.strokes + (1 if line.struck else -1)))
    if track.strokes and (track.strokes > 0) != track.struck:
        track.struck, track.changed = track.strokes > 0, True
