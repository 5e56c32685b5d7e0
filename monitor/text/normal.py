"""The normal form: one spelling for what people write in many, with a map back to the raw characters.

Full width, traditional, circled and other compatibility forms become plain; emoji become the words they stand for;
characters written as their parts are joined; spaces and symbols put between characters vanish; initials, stand-in
words and money words are written out. Each of these is a disguise with a name (`monitor.text.writing`). Punctuation
that ends a clause stays, as one of three marks, because a term never reaches across it and because denials and
questions need it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache

from monitor.text.characters import folded, is_combining, is_hanzi, is_invisible
from monitor.text.counts import Unit, is_apart, is_list_number
from monitor.text.disguises import RADICALS, Disguises, Draft, is_phrase, second_marks, vertical_runs
from monitor.text.writing import (
    CLAUSE,
    EMOJI,
    INSERTED,
    INVISIBLE,
    MARKS,
    QUESTION,
    SECONDS,
    SENTENCE,
    SPLIT,
    STRUCK_OVER,
    STYLED,
    VERTICAL,
    StandIn,
    Writing,
)

__all__ = ["CLAUSE", "MARKS", "QUESTION", "SENTENCE", "NormalText", "Normaliser", "StandIn", "Writing", "is_hanzi"]


_MARK_OF = {
    **dict.fromkeys(",，、;；:：—…\n\r", CLAUSE),
    **dict.fromkeys(".。!！．", SENTENCE),
    **dict.fromkeys("?？", QUESTION),
}
_RANK = {CLAUSE: 0, SENTENCE: 1, QUESTION: 2}
_CURRENCY = frozenset("¥$€%")
_KEYCAP = "\u20e3"


@dataclass(frozen=True, slots=True)
class NormalText:
    """A raw text and its normal form, character by character."""

    raw: str
    text: str
    """Normal characters and the marks `，` `。` `？`; never two marks in a row, never one at the start."""
    origins: tuple[tuple[int, int], ...]
    """For each normal character the half-open range of raw characters that it came from; starts never go back."""
    disguises: tuple[str, ...]
    """For each normal character how it was disguised: `emoji`, `full width, stand-in word`, `` when it was not."""

    def raw_range(self, start: int, end: int) -> tuple[int, int]:
        """The half-open raw range that the normal range `start:end` came from; not empty unless the range is."""
        if start >= end:
            at = self.origins[start][0] if start < len(self.origins) else len(self.raw)
            return at, at
        return self.origins[start][0], max(last for _, last in self.origins[start:end])

    def disguise(self, start: int, end: int) -> str:
        """How the range was disguised: the names found, joined by commas; empty when it is written plainly."""
        kinds = {kind for joined in self.disguises[start:end] if joined for kind in joined.split(", ")}
        at = self.origins[start][1] if start < end else 0
        for first, last in self.origins[start:end]:
            if first > at:
                kinds |= _between(self.raw[at:first])
            at = max(at, last)
        if VERTICAL in kinds and kinds >= {INSERTED}:
            kinds.discard(INSERTED)
        return ", ".join(sorted(kinds))


def _between(gap: str) -> set[str]:
    """The names of what stands between two characters of a term."""
    return {
        INVISIBLE if is_invisible(character) else STRUCK_OVER if is_combining(character) else INSERTED
        for character in gap
    }


@cache
def plain(character: str) -> str:
    """One raw character in compatibility form, lower case, simplified; may be several characters or none."""
    return folded(character)[0]


class Normaliser:
    """Brings texts into normal form under one table of disguises."""

    def __init__(self, writing: Writing | None = None, *, is_everyday: Callable[[str], bool] = is_phrase) -> None:
        """`is_everyday` knows common words of two characters: a word of the trade is never made by cutting one."""
        self._writing = writing or Writing()
        self._disguises = Disguises(self._writing, is_everyday)
        self._emoji: dict[str, list[str]] = defaultdict(list)
        for symbol in sorted(self._writing.emoji, key=len, reverse=True):
            self._emoji[symbol[0]].append(symbol)
        radical = {run: made for run, made in self._writing.parts.items() if RADICALS.intersection(run)}
        self._parts: dict[str, list[str]] = defaultdict(list)
        for run in sorted(radical, key=len, reverse=True):
            self._parts[run[0]].append(run)
        trade = self._writing.parted_words
        self._pairs = frozenset(word[i : i + 2] for word in trade for i in range(len(word) - 1))

    def __call__(self, raw: str, *, breaks: Iterable[int] = ()) -> NormalText:
        """`raw` in normal form. `breaks` are raw offsets where a speaker paused: each becomes a clause mark."""
        draft = self._assemble(self._units(raw, frozenset(breaks)))
        for first, last in vertical_runs(raw) if "\n" in raw else ():
            for index, (start, end) in enumerate(draft.origins):
                if first <= start and end <= last and draft.characters[index] not in MARKS:
                    draft.kinds[index] = f"{draft.kinds[index]}, {VERTICAL}" if draft.kinds[index] else VERTICAL
        self._disguises.undo(draft, raw)
        return NormalText(raw, draft.text, tuple(draft.origins), tuple(draft.kinds))

    def _units(self, raw: str, paused: frozenset[int]) -> list[Unit]:
        units: list[Unit] = []
        seconds = second_marks(raw) if "″" in raw or '"' in raw or "''" in raw else {}
        vertical = [*vertical_runs(raw)] if "\n" in raw else []
        at = 0
        while at < len(raw):
            character = raw[at]
            if at in paused and at:
                units.append((CLAUSE, at, at, ""))
            symbol = self._emoji_at(raw, at) if character in self._emoji else ""
            if symbol:
                word, end = self._writing.emoji[symbol], at + len(symbol)
                units += [(c, at, end, EMOJI) for c in word]
                at = end
                continue
            mark = _MARK_OF.get(character)
            if mark and (self._thousands_comma(raw, at) or (character in "\n\r" and is_within(at, vertical))):
                pass
            elif character == "." and self._between_letters(raw, at):
                units.append(("", at, at + 1, ""))
            elif mark and not self._decimal_point(raw, at):
                units.append((mark, at, at + 1, ""))
            elif at in seconds:
                units.append(("秒", at, at + seconds[at], SECONDS))
                at += seconds[at]
                continue
            elif not character.isascii() and (is_invisible(character) or is_combining(character)):
                if character == _KEYCAP and units and units[-1][0].isdigit():
                    units[-1] = (units[-1][0], units[-1][1], at + 1, STYLED)
            else:
                made, how = folded(character)
                kept = [(c, at, at + 1, how) for c in made if self._kept(c)]
                units += kept or [("", at, at + 1, "")]
            at += 1
        return units

    def _emoji_at(self, raw: str, at: int) -> str:
        return next((symbol for symbol in self._emoji[raw[at]] if raw.startswith(symbol, at)), "")

    @staticmethod
    def _decimal_point(raw: str, at: int) -> bool:
        return raw[at] in ".．" and raw[at - 1 : at].isdigit() and raw[at + 1 : at + 2].isdigit()

    @staticmethod
    def _between_letters(raw: str, at: int) -> bool:
        """`t.u.i`: a dot between single letters."""
        around = raw[max(0, at - 2) : at], raw[at + 1 : at + 3]
        beside = around[0][-1:], around[1][:1]
        beyond = around[0][:-1], around[1][1:]
        return all(c.isascii() and c.isalpha() for c in beside) and not all(c.isascii() and c.isalpha() for c in beyond)

    @staticmethod
    def _thousands_comma(raw: str, at: int) -> bool:
        after = raw[at + 1 : at + 4]
        grouped = len(after) == 3 and after.isdigit() and not raw[at + 4 : at + 5].isdigit()
        return raw[at] in ",，" and raw[at - 1 : at].isdigit() and grouped

    @staticmethod
    def _kept(character: str) -> bool:
        return character.isalnum() or character in _CURRENCY or character in MARKS or character == "."

    def _joined(self, units: list[Unit], index: int) -> tuple[str, int, str] | None:
        """The character that parts from `index` on make, the index behind them, and how they were disguised."""
        for run in self._parts.get(units[index][0], ()):
            end, matched = index, 0
            while end < len(units) and matched < len(run):
                character = units[end][0]
                if character and character != run[matched]:
                    break
                matched += bool(character)
                end += 1
            if matched == len(run):
                return self._writing.parts[run], end, SPLIT
        return None

    def _assemble(self, units: list[Unit]) -> Draft:
        draft = Draft([], [], [])
        text = draft.characters
        separated = False
        index = -1
        skip_to = 0
        for index, (character, start, end, disguise) in enumerate(units):
            if index < skip_to:
                continue
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
            elif character in self._parts and (joined := self._joined(units, index)):
                character, skip_to, disguise = joined
                end = units[skip_to - 1][2]
            elif disguise == EMOJI and (behind := self._ornament(units, index, text)):
                skip_to = behind
                continue
            elif self._is_filler(units, index, text):
                continue
            elif text and (separated or is_list_number(draft, disguise)) and is_apart(draft, units, index):
                # "66W 1米": a number that stands apart is a number of its own
                text.append(CLAUSE)
                draft.origins.append((start, start))
                draft.kinds.append("")
            separated = False
            text.append(character)
            draft.origins.append((start, end))
            draft.kinds.append(disguise)
        if text and text[-1] == CLAUSE:
            draft.drop(-1)
        return draft

    def _ornament(self, units: list[Unit], index: int, before: list[str]) -> int:
        """The index behind emoji that part a word of the trade (`返🎁现`); 0 where they stand for words."""
        end = index
        while end < len(units) and (units[end][3] == EMOJI or not units[end][0]):
            end += 1
        parted = before[-1] + units[end][0] if before and end < len(units) else ""
        return end if parted in self._pairs else 0

    def _is_filler(self, units: list[Unit], index: int, before: list[str]) -> bool:
        character = units[index][0]
        if character not in self._writing.fillers or not before or not is_hanzi(before[-1]):
            return False
        after = next((unit[0] for unit in units[index + 1 :] if unit[0]), "")
        if not after or not is_hanzi(after):
            return False
        words = self._writing.words
        initial = before[-1] + character in words or character + after in words
        return not initial or before[-1] + after in self._pairs


def is_within(at: int, ranges: Iterable[tuple[int, int]]) -> bool:
    """Whether an offset lies in one of the half-open ranges."""
    return any(first <= at < last for first, last in ranges)
