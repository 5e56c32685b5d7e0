"""Toneless Mandarin syllables, their usual confusions, and the readings of a normal text.

The confusions are those of Mandarin speakers and recognisers that `docs/concepts.md` lists: flat and curled
sibilants, n/l, f/h, r/l, front and back nasals. Their costs are the project's own estimate; what one recogniser was
measured to confuse besides is in `monitor.text.confusions`.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter, defaultdict
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

from pypinyin import Style, lazy_pinyin, pinyin
from pypinyin.constants import PHRASES_DICT, PINYIN_DICT
from pypinyin.seg import mmseg

from monitor.text.normal import MARKS, NormalText, is_hanzi

_INITIALS = ("zh", "ch", "sh", *"bpmfdtnlgkhjqxrzcsyw")
_SAME_INITIAL = {"zh": "z", "ch": "c", "sh": "s", "n": "l", "r": "l", "h": "f"}
_SAME_FINAL = {"ing": "in", "eng": "en", "ang": "an", "iang": "ian", "uang": "uan"}
_INITIAL_COST = 0.06
_FINAL_COST = 0.05

# h and f are confused before u and a only (湖/福, 花/发): 好 is never 否
_H_AS_F = frozenset(("hu", "hua", "hui", "huan", "huang", "hun", "huo"))

Syllable = str


def split(syllable: Syllable) -> tuple[str, str]:
    """Initial (empty when there is none) and final."""
    for initial in _INITIALS:
        if syllable.startswith(initial):
            return initial, syllable[len(initial) :]
    return "", syllable


@cache
def sound_class(syllable: Syllable) -> str:
    """One name for all syllables that are usually confused with this one: `zhuang` and `zuan` share it."""
    initial, final = split(syllable)
    merged = initial if initial == "h" and syllable not in _H_AS_F else _SAME_INITIAL.get(initial, initial)
    if syllable in _H_AS_F:
        final = final.removeprefix("u") or "u"
    return merged + _SAME_FINAL.get(final, final)


@cache
def sound_cost(said: Syllable, meant: Syllable) -> float:
    """How far two syllables of one class are apart: 0 for the same syllable, else the sum over initial and final."""
    (initial_a, final_a), (initial_b, final_b) = split(said), split(meant)
    return _INITIAL_COST * (initial_a != initial_b) + _FINAL_COST * (final_a != final_b)


def _each(run: str) -> Any:
    """What has no reading stands as it is, character by character (pypinyin takes a list, its types say text)."""
    return list(run)


def _silent(run: str) -> Any:
    return [""] * len(run)


def term_syllables(term: str) -> tuple[Syllable, ...]:
    """The reading of a lexicon term, phrase readings included (银行 is `yin hang`); others stand as they are."""
    return tuple(part.replace("ü", "v") for part in lazy_pinyin(term, style=Style.NORMAL, errors=_each))


_LEAST_SHARE = 0.02
"""Share of the phrases with a character from which a reading of it is alive: 是 is no longer read `ti`."""


@cache
def character_readings(character: str) -> tuple[Syllable, ...]:
    """The living toneless readings of one character, the usual one first; empty when it has none."""
    if ord(character) not in PINYIN_DICT:
        return ()
    found = pinyin(character, style=Style.NORMAL, heteronym=True)[0]
    first, *others = dict.fromkeys(reading.replace("ü", "v") for reading in found)
    used = _phrase_readings().get(character, Counter())
    return first, *(reading for reading in others if used[reading] > _LEAST_SHARE * used.total())


@cache
def _phrase_readings() -> dict[str, Counter[Syllable]]:
    """How often each character is read each way in pypinyin's dictionary of phrases."""
    used: dict[str, Counter[Syllable]] = defaultdict(Counter)
    for phrase, spoken in PHRASES_DICT.items():
        for character, readings in zip(phrase, spoken, strict=False):
            used[character][_toneless(readings[0])] += 1
    return used


@cache
def _toneless(reading: str) -> Syllable:
    letters = unicodedata.normalize("NFD", reading.replace("ü", "v"))
    return "".join(c for c in letters if c.isascii())


@cache
def _spellable() -> frozenset[str]:
    """Every toneless syllable that some common character (CJK unified, first block) is read as."""
    return frozenset(r for code in range(0x4E00, 0x9FA6) for r in character_readings(chr(code)) if r.isascii())


def split_pinyin(letters: str) -> tuple[Syllable, ...]:
    """Letters as the fewest syllables they spell (`zhuangui` → `zhuan gui`), or () when they spell none."""
    best: list[tuple[Syllable, ...] | None] = [()] + [None] * len(letters)
    for end in range(1, len(letters) + 1):
        for start in range(max(0, end - 6), end):
            before = best[start]
            piece = letters[start:end]
            if before is not None and len(piece) > 1 and piece in _spellable():
                candidate = (*before, piece)
                if best[end] is None or len(candidate) < len(best[end] or ()):
                    best[end] = candidate
    return best[-1] or ()


@dataclass(frozen=True, slots=True)
class SyllableText:
    """A normal text as a row of sounds. Position i stands for the normal characters `ranges[i]`."""

    readings: tuple[tuple[Syllable, ...], ...]
    """Possible readings, the likeliest first; () for what has no sound: marks, digits, foreign words."""
    ranges: tuple[tuple[int, int], ...]
    spelt: tuple[bool, ...]
    """Whether the writer spelt this sound in letters (`fan现`)."""


_RUN = re.compile(r"[a-z]+|[^a-z]")


def read_syllables(normal: NormalText) -> SyllableText:
    """Read a normal text aloud: context gives each character's likeliest reading, the others follow it."""
    text = normal.text
    likely = _likely_readings(text)
    readings: list[tuple[Syllable, ...]] = []
    ranges: list[tuple[int, int]] = []
    spelt: list[bool] = []
    for run in _RUN.finditer(text):
        start, end = run.span()
        if run.group()[0].isascii() and run.group()[0].isalpha():
            pieces = split_pinyin(run.group())
            if pieces:
                at = start
                for piece in pieces:
                    readings.append((piece,))
                    ranges.append((at, at + len(piece)))
                    spelt.append(True)
                    at += len(piece)
            else:
                readings.append(())
                ranges.append((start, end))
                spelt.append(False)
            continue
        others = character_readings(text[start])
        first = likely.get(start)
        readings.append(tuple(dict.fromkeys((*((first,) if first else ()), *others))))
        ranges.append((start, end))
        spelt.append(False)
    return SyllableText(tuple(readings), tuple(ranges), tuple(spelt))


@lru_cache(maxsize=1 << 16)
def _spoken(word: str) -> tuple[Syllable, ...]:
    """A dictionary word's likeliest readings. The few thousand words that people use are looked up once."""
    return tuple(part.replace("ü", "v") for part in lazy_pinyin(word, style=Style.NORMAL, errors=_silent))


def _likely_readings(text: str) -> dict[int, Syllable]:
    """Context readings of the hanzi of a text, by position."""
    likely: dict[int, Syllable] = {}
    at = 0
    while at < len(text):
        if not is_hanzi(text[at]) or text[at] in MARKS:
            at += 1
            continue
        end = at
        while end < len(text) and is_hanzi(text[end]):
            end += 1
        for word in mmseg.seg.cut(text[at:end]):
            spoken = _spoken(word)
            if len(spoken) == len(word):
                likely.update((at + i, syllable) for i, syllable in enumerate(spoken) if syllable)
            at += len(word)
        at = end
    return likely
