"""The normal form: one spelling for what people write in many, with a map back to the raw characters.

Full width, traditional, circled and other compatibility forms become plain; emoji become the words they stand for;
characters written as their parts are joined; spaces and symbols put between characters vanish. Punctuation that ends
a clause stays, as one of three marks, because a term never reaches across it and because denials and questions need
it.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache

import opencc

CLAUSE, SENTENCE, QUESTION = "，", "。", "？"
MARKS = frozenset((CLAUSE, SENTENCE, QUESTION))

_MARK_OF = {
    **dict.fromkeys(",，、;；:：—…\n\r", CLAUSE),
    **dict.fromkeys(".。!！．", SENTENCE),
    **dict.fromkeys("?？", QUESTION),
}
_RANK = {CLAUSE: 0, SENTENCE: 1, QUESTION: 2}
_CURRENCY = frozenset("¥$€%")
_TO_SIMPLIFIED = opencc.OpenCC("t2s")


@dataclass(frozen=True, slots=True)
class Writing:
    """How writers disguise words, as data (`lexicons/writing.yaml`)."""

    emoji: Mapping[str, str] = field(default_factory=dict)
    """Symbol → the word it stands for."""
    parts: Mapping[str, str] = field(default_factory=dict)
    """Parts written side by side → the character they make."""
    words: Mapping[str, str] = field(default_factory=dict)
    """A short form with a letter in it → the word, character for character: `免d` → `免单`."""
    fillers: frozenset[str] = frozenset("x×丨")
    """Letters put between two characters to hide a word."""


@dataclass(frozen=True, slots=True)
class NormalText:
    """A raw text and its normal form, character by character."""

    raw: str
    text: str
    """Normal characters and the marks `，` `。` `？`; never two marks in a row, never one at an end."""
    origins: tuple[tuple[int, int], ...]
    """For each normal character the half-open range of raw characters that it came from."""
    disguises: tuple[str, ...]
    """For each normal character how it was disguised: `emoji`, `split character`, `` when it was not."""

    def raw_range(self, start: int, end: int) -> tuple[int, int]:
        """The half-open raw range that the normal range `start:end` came from; not empty unless the range is."""
        if start >= end:
            at = self.origins[start][0] if start < len(self.origins) else len(self.raw)
            return at, at
        return self.origins[start][0], self.origins[end - 1][1]

    def disguise(self, start: int, end: int) -> str:
        """How the range was disguised: the kinds found, joined by commas; `inserted symbols` where raw is longer."""
        kinds = sorted({kind for kind in self.disguises[start:end] if kind})
        first, last = self.raw_range(start, end)
        plain = sum(b - a for a, b in self.origins[start:end])
        if last - first > plain:
            kinds.append("inserted symbols")
        return ", ".join(kinds)


@cache
def plain(character: str) -> str:
    """One raw character in compatibility form, lower case, simplified; may be several characters or none."""
    folded = unicodedata.normalize("NFKC", character).lower()
    return "".join(_TO_SIMPLIFIED.convert(c) if "\u3400" <= c <= "\u9fff" or c >= "\U00020000" else c for c in folded)


def is_hanzi(character: str) -> bool:
    return "\u3400" <= character <= "\u9fff" or character >= "\U00020000" or character == "〇"


def _apart(left: str, right: str) -> bool:
    return left.isascii() and right.isascii() and left.isalnum() and (left.isdigit() or right.isdigit())


class Normaliser:
    """Brings texts into normal form under one table of disguises."""

    def __init__(self, writing: Writing | None = None) -> None:
        self._writing = writing or Writing()
        self._longest_part = max(map(len, self._writing.parts), default=0)
        self._longest_emoji = max(map(len, self._writing.emoji), default=0)

    def __call__(self, raw: str, *, breaks: Iterable[int] = ()) -> NormalText:
        """`raw` in normal form. `breaks` are raw offsets where a speaker paused: each becomes a clause mark."""
        paused = frozenset(breaks)
        units: list[tuple[str, int, int, str]] = []  # character, raw start, raw end, disguise; "" marks a separator
        at = 0
        while at < len(raw):
            if at in paused and at:
                units.append((CLAUSE, at, at, ""))
            taken = self._emoji_at(raw, at)
            if taken:
                word, length = taken
                units += [(character, at, at + length, "emoji") for character in word]
                at += length
                continue
            if self._thousands_comma(raw, at):
                at += 1
                continue
            mark = _MARK_OF.get(raw[at])
            if mark and not self._decimal_point(raw, at):
                units.append((mark, at, at + 1, ""))
            else:
                units += [(c, at, at + 1, "") for c in plain(raw[at]) if self._kept(c)] or [("", at, at + 1, "")]
            at += 1
        return self._assemble(raw, self._join_parts(units))

    def _emoji_at(self, raw: str, at: int) -> tuple[str, int] | None:
        for length in range(min(self._longest_emoji, len(raw) - at), 0, -1):
            word = self._writing.emoji.get(raw[at : at + length])
            if word:
                return word, length
        return None

    @staticmethod
    def _decimal_point(raw: str, at: int) -> bool:
        return raw[at] in ".．" and raw[at - 1 : at].isdigit() and raw[at + 1 : at + 2].isdigit()

    @staticmethod
    def _thousands_comma(raw: str, at: int) -> bool:
        after = raw[at + 1 : at + 4]
        grouped = len(after) == 3 and after.isdigit() and not raw[at + 4 : at + 5].isdigit()
        return raw[at] in ",，" and raw[at - 1 : at].isdigit() and grouped

    @staticmethod
    def _kept(character: str) -> bool:
        return character.isalnum() or character in _CURRENCY or character in MARKS or character == "."

    def _join_parts(self, units: list[tuple[str, int, int, str]]) -> list[tuple[str, int, int, str]]:
        """Replace runs of components by the character that they make; separators between them do not matter."""
        if not self._longest_part:
            return units
        joined: list[tuple[str, int, int, str]] = []
        at = 0
        while at < len(units):
            run, end = "", at
            best: tuple[str, int] | None = None
            while end < len(units) and len(run) < self._longest_part:
                run += units[end][0]
                end += 1
                made = self._writing.parts.get(run)
                if made:
                    best = (made, end)
            if best and units[at][0]:
                joined.append((best[0], units[at][1], units[best[1] - 1][2], "split character"))
                at = best[1]
            else:
                joined.append(units[at])
                at += 1
        return joined

    def _assemble(self, raw: str, units: list[tuple[str, int, int, str]]) -> NormalText:
        text: list[str] = []
        origins: list[tuple[int, int]] = []
        disguises: list[str] = []
        separated = False
        for index, (character, start, end, disguise) in enumerate(units):
            if not character:
                separated = True
                continue
            if character in MARKS:
                separated = False
                if text and text[-1] in MARKS:
                    if _RANK[character] > _RANK[text[-1]]:
                        text[-1] = character
                    continue
                if not text:
                    continue
            elif self._is_filler(units, index, text):
                continue
            elif separated and text and _apart(text[-1], character):
                # "66W 1米": a number that stands apart is a number of its own
                text.append(CLAUSE)
                origins.append((start, start))
                disguises.append("")
            separated = False
            text.append(character)
            origins.append((start, end))
            disguises.append(disguise)
        if text and text[-1] == CLAUSE:
            text.pop(), origins.pop(), disguises.pop()
        self._expand_initials(text, disguises)
        return NormalText(raw, "".join(text), tuple(origins), tuple(disguises))

    def _expand_initials(self, text: list[str], disguises: list[str]) -> None:
        """Replace letters that stand for a character, where no other letter or digit touches them."""
        joined = "".join(text)
        for short, word in self._writing.words.items():
            at = joined.find(short)
            while at >= 0:
                end = at + len(short)
                before, after = joined[at - 1 : at], joined[end : end + 1]
                alone = not (short[0].isascii() and before.isascii() and before.isalnum()) and not (
                    short[-1].isascii() and after.isascii() and after.isalnum()
                )
                if alone:
                    for offset, (old, new) in enumerate(zip(short, word, strict=True)):
                        if old != new:
                            text[at + offset] = new
                            disguises[at + offset] = "initial letter"
                at = joined.find(short, end)

    def _is_filler(self, units: list[tuple[str, int, int, str]], index: int, before: list[str]) -> bool:
        character = units[index][0]
        if character not in self._writing.fillers or not before or not is_hanzi(before[-1]):
            return False
        after = next((unit[0] for unit in units[index + 1 :] if unit[0]), "")
        return bool(after) and is_hanzi(after)
