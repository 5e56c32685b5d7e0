"""A room script: what is said, shown and written, and when each of it falls once the voice has spoken.

    file: s01-kitchen.mp4            # the ending chooses the container: .mp4 .flv .mkv (H.265) .ts
    creator: 小棠厨房                  # also the name of the host's own account
    started_at: "2026-11-20T20:00:00+08:00"
    picture: {size: [w, h], studio: …, host: {hair, top, short}, product: …, card: [name, price]}
    voice: {name: …, speed: 1.0}
    backing: {kind: music|crowd|none, below_speech_db: 16}
    cut_before: id of a line         # only .ts: a second part begins there
    speech:   [{id, say, rest}]      # rest: seconds of silence afterwards
    boards:   [{text, from: line, until: line, at: [x, y], size, look: plain|yellow|red, struck}]
    comments: {recorder: bililive|biliup|none, lines: [{line, plus, by, text}]}
    messages: [{line, plus, sender: staff|host|viewer, text}]

A script says nothing about what is a violation: that is judged by hand, in expected.yaml.
"""

from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from .voice import RATE_HZ, Speaker

_LEAD_IN_S = 0.4


@dataclass(frozen=True)
class Line:
    """A sentence as spoken, seconds from the start of the room."""

    id: str
    text: str
    start_s: float
    end_s: float


@dataclass(frozen=True)
class Board:
    """Text put over the picture, on the 720-pixel-wide drawing board."""

    text: str
    start_s: float
    end_s: float
    at: tuple[int, int]
    size: int
    look: str
    struck: bool


@dataclass(frozen=True)
class Note:
    """A comment (by a viewer or the host) or a private message (by a sender's role)."""

    time_s: float
    by: str
    text: str


@dataclass(frozen=True)
class Room:
    """A script with its times known and its speech spoken."""

    file: str
    creator: str
    started_at: datetime
    picture: dict[str, Any]
    backing: dict[str, Any]
    recorder: str
    lines: tuple[Line, ...]
    boards: tuple[Board, ...]
    comments: tuple[Note, ...]
    messages: tuple[Note, ...]
    cut_s: float | None
    speech: np.ndarray = field(repr=False)

    @property
    def duration_s(self) -> float:
        return len(self.speech) / RATE_HZ


def perform(path: Path, speaker: Speaker) -> Room:
    """Read a script and speak it."""
    script = yaml.safe_load(path.read_text(encoding="utf-8"))
    speech, lines = _speak(script["speech"], script["voice"], speaker)
    at = {line.id: line for line in lines}
    end_s = len(speech) / RATE_HZ
    boards = tuple(
        Board(
            text=board["text"],
            start_s=at[board["from"]].start_s if "from" in board else 0.0,
            end_s=at[board["until"]].end_s if "until" in board else end_s,
            at=tuple(board["at"]),
            size=board["size"],
            look=board["look"],
            struck=board.get("struck", False),
        )
        for board in script["boards"]
    )
    comments = [Note(_when(note, at), note["by"], note["text"]) for note in script["comments"]["lines"]]
    messages = [Note(_when(note, at), note["sender"], note["text"]) for note in script.get("messages", [])]
    return Room(
        file=script["file"],
        creator=script["creator"],
        started_at=datetime.fromisoformat(script["started_at"]),
        picture=script["picture"],
        backing=script["backing"],
        recorder=script["comments"]["recorder"],
        lines=lines,
        boards=boards,
        comments=tuple(sorted(comments, key=lambda note: note.time_s)),
        messages=tuple(sorted(messages, key=lambda note: note.time_s)),
        cut_s=_tenth(at[script["cut_before"]].start_s - 0.2) if "cut_before" in script else None,
        speech=speech,
    )


def _speak(
    entries: list[dict[str, Any]], voice: dict[str, Any], speaker: Speaker
) -> tuple[np.ndarray, tuple[Line, ...]]:
    pieces = [np.zeros(int(_LEAD_IN_S * RATE_HZ), np.float32)]
    lines: list[Line] = []
    clock = len(pieces[0])
    for entry in entries:
        sound = speaker.say(entry["say"], voice["name"], voice["speed"])
        rest = np.zeros(int(entry["rest"] * RATE_HZ), np.float32)
        lines.append(Line(entry["id"], entry["say"], clock / RATE_HZ, (clock + len(sound)) / RATE_HZ))
        pieces += [sound, rest]
        clock += len(sound) + len(rest)
    return np.concatenate(pieces), tuple(lines)


def _when(note: dict[str, Any], at: dict[str, Line]) -> float:
    return _tenth(at[note["line"]].start_s + note["plus"])


def _tenth(seconds: float) -> float:
    """Rounded to a frame of the picture, which has ten a second."""
    return round(seconds, 1)
