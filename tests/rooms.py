"""Small recorded rooms for tests of the whole path, and real small stand-ins for the two models."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from coded_media import make_media

from monitor.chat import NameHasher
from monitor.config import Settings, lexicon_folder
from monitor.lexicon import load_lexicon
from monitor.lexicon.policy import load_policies
from monitor.match import Matcher
from monitor.pipeline import Tools
from monitor.records import Box, Cue, Discard, Flag, Gap
from monitor.screen import Line
from monitor.speech import Utterance
from monitor.store import Step

LEXICON = load_lexicon(lexicon_folder())
POLICIES = load_policies(lexicon_folder() / "policies")
MATCHER = Matcher(LEXICON)


class Mute:
    """A transcriber that understands nothing: for rooms whose scheme stands on the board or in the chat."""

    name = "mute"
    prompt = ""

    def transcribe(self, samples: np.ndarray, *, primed: bool) -> list[Utterance]:
        return []


@dataclass
class BoardReader:
    """Reads the same lines off every picture whose number (see `coded_media`) is in `shown`."""

    lines: Sequence[str]
    name: str = "boards"

    def read(self, image: np.ndarray) -> list[Line]:
        return [
            Line(text, Box(20, 130 + 30 * i, 200, 155 + 30 * i), 0.99, struck=False)
            for i, text in enumerate(self.lines)
        ]


@dataclass
class Kept:
    """A sink that keeps everything."""

    all_cues: list[Cue] = field(default_factory=list)
    all_discards: list[Discard] = field(default_factory=list)
    all_gaps: list[Gap] = field(default_factory=list)
    flags: list[Flag] = field(default_factory=list)
    reached: list[int] = field(default_factory=list)
    steps: list[Step] = field(default_factory=list)
    told: list[Cue] = field(default_factory=list)

    def cues(self, cues: Sequence[Cue]) -> None:
        self.all_cues += cues
        self.told += cues

    def judged(self, watermark_ms: int | None) -> None:
        self.steps.append(Step(tuple(self.told), watermark_ms))
        self.told = []

    def discards(self, discards: Sequence[Discard]) -> None:
        self.all_discards += discards

    def gaps(self, gaps: Sequence[Gap]) -> None:
        self.all_gaps += gaps

    def flag(self, flag: Flag) -> None:
        self.flags.append(flag)

    def progress(self, at_ms: int, declared_ms: int | None) -> None:
        self.reached.append(at_ms)


def tools(workspace: Path, *lines: str, **settings: object) -> Tools:
    """Tools with stand-in models: nothing is heard, `lines` stand on the board."""
    return Tools(
        LEXICON,
        POLICIES,
        MATCHER,
        Mute(),
        BoardReader(lines),
        NameHasher(b"k" * 32),
        Settings(workspace=workspace, **settings),
    )


def room(
    folder: Path, name: str = "room.mp4", *, seconds: float = 12, danmaku: Sequence[tuple[float, str, str]] = (), **more
) -> Path:
    """A recording with a danmaku file beside it; rows of second, user, text."""
    folder.mkdir(parents=True, exist_ok=True)
    path = make_media(folder / name, seconds=seconds, gop_s=1.0, **more)
    if danmaku:
        rows = "".join(
            f'<d p="{at:.3f},1,25,16777215,0,0,7,0" user="{user}">{text}</d>\n' for at, user, text in danmaku
        )
        path.with_suffix(".xml").write_text(
            f'<?xml version="1.0" encoding="utf-8"?>\n<i>\n{rows}</i>\n', encoding="utf-8"
        )
    return path
