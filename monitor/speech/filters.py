"""What recognised text is not believed, and why. Each filter is a small pure function: the reason, or None."""

from __future__ import annotations

import re
import zlib
from collections.abc import Sequence
from dataclasses import dataclass

from rapidfuzz import fuzz

from monitor.records import Word
from monitor.speech.boilerplate import ALWAYS, OVER_SILENCE
from monitor.timeline import Span, total_ms

FASTEST_CHARS_A_SECOND = 12.0
"""Shouting hosts reach eight; what is faster was squeezed into a time in which nobody said it."""

RATE_CHARS = 6
"""The rate of fewer characters says nothing: word times are rough."""

MOST_COMPRESSIBLE = 2.4
"""Text that zlib shrinks by more repeats itself: OpenAI Whisper's own threshold."""

ECHO_CHARS = 8
ECHO_RATIO = 90.0
"""An echo is at least so long and so close to a stretch of the prompt; shorter runs are how hosts speak."""

VOICE_SHARE = 0.1
"""Text with less voice than a tenth of its time was said by nobody."""

NO_SPEECH = 0.6
DOUBTFUL = 0.4
"""Whisper's own threshold for silence, believed only where its words are doubtful as well."""

LOOPS = ((1, 10), (2, 6), (4, 4))
"""A unit of at least so many characters repeated so often is a loop: 来来来 and 没了没了没了 are how hosts speak."""

LONGEST_LOOP_WORDS = 24

_SILENT = re.compile(r"[\W_]+")


@dataclass(frozen=True, slots=True)
class Heard:
    """A stretch of words under judgement, with what the filters want to know of it."""

    words: tuple[Word, ...]
    voiced: tuple[Span, ...]
    """Where the voice detector heard somebody, in the words' own time."""
    no_speech: float = 0.0
    prompt: str = ""
    """What was whispered to the model; empty when it was not primed."""

    @property
    def text(self) -> str:
        return "".join(word.text for word in self.words)

    @property
    def span(self) -> Span:
        return Span(self.words[0].span.start_ms, self.words[-1].span.end_ms)

    @property
    def confidence(self) -> float:
        return sum(word.confidence for word in self.words) / len(self.words)


def letters(text: str) -> str:
    """Letters and digits alone, lower case."""
    return _SILENT.sub("", text).lower()


def over_silence(heard: Heard) -> str | None:
    """`no voice`: hardly any of its time is voiced."""
    span = heard.span.grow(100, 100)
    voiced = total_ms(part for piece in heard.voiced if (part := piece.intersection(span)))
    return "no voice" if voiced < max(1, VOICE_SHARE * span.duration_ms) else None


def noise(heard: Heard) -> str | None:
    """`not speech`: the model thinks that nobody spoke and doubts its own words."""
    return "not speech" if heard.no_speech >= NO_SPEECH and heard.confidence < DOUBTFUL else None


def boilerplate(heard: Heard) -> str | None:
    """`silence boilerplate`: film credits and farewells that the model says when it hears nothing."""
    text = letters(heard.text)
    if any(line in text for line in ALWAYS):
        return "silence boilerplate"
    doubtful = heard.no_speech >= NO_SPEECH or heard.confidence < DOUBTFUL or over_silence(heard)
    return "silence boilerplate" if doubtful and text in OVER_SILENCE else None


def prompt_echo(heard: Heard) -> str | None:
    """`prompt echo`: a stretch of the prompt itself, nearly word for word."""
    text, prompt = letters(heard.text), letters(heard.prompt)
    if len(text) < ECHO_CHARS or not prompt:
        return None
    if len(text) > len(prompt):
        echo = fuzz.ratio(text, prompt) >= ECHO_RATIO or fuzz.partial_ratio(prompt, text) >= ECHO_RATIO
    else:
        echo = fuzz.partial_ratio(text, prompt) >= ECHO_RATIO
    return "prompt echo" if echo else None


def too_fast(heard: Heard) -> str | None:
    """`implausible rate`: more characters a second than anyone can say."""
    count = len(letters(heard.text))
    fast = count >= RATE_CHARS and count * 1000 > FASTEST_CHARS_A_SECOND * max(1, heard.span.duration_ms)
    return "implausible rate" if fast else None


def repetitive(heard: Heard) -> str | None:
    """`repetition`: it compresses as no speech does."""
    raw = letters(heard.text).encode()
    return "repetition" if len(raw) / max(1, len(zlib.compress(raw))) > MOST_COMPRESSIBLE else None


FILTERS = (boilerplate, prompt_echo, over_silence, noise, repetitive, too_fast)
"""In the order in which the reason is most telling."""


def disbelief(heard: Heard) -> str | None:
    """The first filter's reason not to believe it, or None."""
    return next((reason for judge in FILTERS if (reason := judge(heard))), None)


def loops(words: Sequence[Word]) -> list[tuple[int, int]]:
    """Half-open ranges of words that repeat what stands just before them; the first instance is never in one."""
    keys = [letters(word.text) for word in words]
    found: list[tuple[int, int]] = []
    at = 0
    while at < len(keys):
        end = _loop_end(keys, at)
        if end is None:
            at += 1
            continue
        unit, stop = end
        found.append((at + unit, stop))
        at = stop
    return found


def _loop_end(keys: list[str], at: int) -> tuple[int, int] | None:
    """Unit and end of the loop that begins at word `at`, if one does; the shortest unit wins."""
    for unit in range(1, min(LONGEST_LOOP_WORDS, (len(keys) - at) // 2) + 1):
        first = keys[at : at + unit]
        chars = sum(map(len, first))
        if not chars or keys[at + unit : at + 2 * unit] != first:
            continue
        stop = at + unit
        while keys[stop : stop + unit] == first:
            stop += unit
        needed = next(times for least, times in reversed(LOOPS) if chars >= least)
        if (stop - at) // unit >= needed:
            while stop < len(keys) and keys[stop] == first[(stop - at) % unit]:
                stop += 1
            return unit, stop
    return None
