"""Judging one text by itself, as the host's words: for tables, word editors and the lexicon's own examples."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from monitor.engine import Engine
from monitor.lexicon import Lexicon, load_lexicon
from monitor.match import Matcher
from monitor.records import Channel, Cue, Reading, State, Suppression, Violation
from monitor.timeline import Span

CHARACTER_MS = 220
"""Time that one character takes to say, where nobody measured it: hosts speak about 4.5 a second."""
CHANNELS = {
    "speech": Channel.SPEECH,
    "short_video": Channel.SPEECH,
    "screen": Channel.SCREEN,
    "danmaku_host": Channel.CHAT,
    "chat": Channel.CHAT,
    "private_message": Channel.MESSAGE,
    "message": Channel.MESSAGE,
}
"""Names of channels in tables and on the command line."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """What came of a text."""

    violations: tuple[Violation, ...]
    suppressed: tuple[Suppression, ...]
    reading: Reading
    """Of the last cue: every hit found, whether it came to something or not."""

    @property
    def schemes(self) -> list[str]:
        return sorted({v.scheme for v in self.violations if not v.candidate})

    @property
    def candidates(self) -> list[str]:
        return sorted({v.scheme for v in self.violations if v.candidate} - set(self.schemes))


@dataclass(frozen=True, slots=True)
class Judging:
    """Lexicon and matcher of one folder: load once, judge many."""

    lexicon: Lexicon
    matcher: Matcher


def judging(lexicons: Path, *, learned: bool = True) -> Judging:
    """Load a lexicon folder; without `learned` the patterns judge alone. Raises DataError."""
    lexicon = load_lexicon(lexicons)
    if not learned:
        lexicon = replace(lexicon, learned=None)
    return Judging(lexicon, Matcher(lexicon))


def spoken_cue(number: int, text: str, channel: Channel, start_ms: int = 0) -> Cue:
    """A cue of nominal length for a text without times."""
    return Cue(f"{channel}:{number}", channel, Span(start_ms, start_ms + max(1, len(text) * CHARACTER_MS)), text)


def judge_text(judge: Judging, text: str, channel: Channel) -> Judgement:
    return judge_cues(judge, [spoken_cue(0, text, channel)])


def judge_cues(judge: Judging, cues: Sequence[Cue]) -> Judgement:
    """Judge cues as one whole short stream."""
    engine = Engine(judge.lexicon, judge.matcher, stream_key="text", explain=True)
    for cue in cues:
        engine.feed(cue)
    told = engine.finish(max((cue.span.end_ms for cue in cues), default=0))
    violations = tuple(violation for violation in told if violation.state == State.CLOSED)
    return Judgement(violations, tuple(engine.suppressed), engine.last_reading)
