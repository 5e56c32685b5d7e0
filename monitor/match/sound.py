"""Terms by their sound: an automaton over classes of syllables, then the exact cost, then one slip for long terms.

What the recogniser is known to confuse beyond the classes (`monitor.text.confusions`) is tried for one syllable at a
time: a short stretch with the other class in its place runs through the automaton, so that the work does not grow with
the number of terms.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from ahocorasick_rs import AhoCorasick
from rapidfuzz.distance import Levenshtein

from monitor.match.finding import Finding
from monitor.match.literal import NUMBER
from monitor.records import Method
from monitor.text.confusions import LARGEST, Confusions
from monitor.text.money import NUMERAL
from monitor.text.normal import NormalText
from monitor.text.syllables import (
    Syllable,
    SyllableText,
    sound_class,
    sound_cost,
    term_syllables,
)

SAME_SOUND = 0.93
"""Score of a term whose every syllable sounds right but is written otherwise."""
SPELT = 0.95
"""Score of a term that the writer spelt in letters."""
_ONE_CONFUSION = 0.07
_BOTH_CONFUSED = 0.25
"""Taken from a term of two syllables when more than one sound in it is off: 还想 is hardly 返现."""
FUZZY_FROM = 4
"""Syllables from which one may be wrong, missing or extra: shorter terms would turn into others."""
_REACH = 10
"""Longest term in syllables that another reading of one character is tried for."""
_ONE_SLIP = {4: 0.47, 5: 0.68}
_ONE_SLIP_LONG = 0.78
"""Scores by the term's syllables of a slip that was never seen. Most four-syllable terms found so were other words of
good Chinese: 708 in 3,677 lines as they were written, against 13 right ones in 3,600 misheard syllables."""
LIKELY = 0.15
"""Cost up to which a confusion beyond the classes is tried: 1 in 90 syllables said is heard so."""
LIKELY_FROM = 4
"""Syllables from which one may be confused beyond its class: of three, 老朋友 would be heard in 我朋友."""
_LIKELY_SLIP = {4: 0.2, 5: 0.1}
_LIKELY_SLIP_LONG = 0.05
"""Taken, by the term's syllables, from a term with such a confusion, besides the confusion's own cost."""
_SLIP_SPAN = 0.12
"""What the likeliest slip is above one that was never seen."""
_NEGATING = frozenset("不没别未无非")


@dataclass(frozen=True, slots=True)
class _Sounded:
    term: str
    syllables: tuple[Syllable, ...]
    code: str

    @property
    def spoken(self) -> int:
        """Syllables that are words: a number may be any number and says nothing about the term."""
        return sum(syllable != NUMBER for syllable in self.syllables)


class _Alphabet:
    """One private character for each class of syllables, so that a string automaton can search sounds."""

    def __init__(self) -> None:
        self._code: dict[str, str] = {NUMBER: NUMBER}

    def learn(self, syllable: Syllable) -> str:
        name = syllable if syllable == NUMBER else sound_class(syllable)
        return self._code.setdefault(name, chr(0xE001 + len(self._code)))

    def __getitem__(self, syllable: Syllable) -> str:
        """The class's character, or one that no term holds."""
        name = syllable if syllable == NUMBER else sound_class(syllable)
        return self._code.get(name, "\uf8ff")


class SoundFinder:
    """Finds terms in what was misheard, or written as it sounds."""

    def __init__(
        self,
        phonetic: Iterable[str],
        fuzzy: Iterable[str] = (),
        confusions: Confusions | None = None,
    ) -> None:
        self._alphabet = _Alphabet()
        self._confusions = confusions or Confusions()
        self._costs: dict[tuple[Syllable, Syllable], float] = {}
        self._terms = [s for term in sorted(set(phonetic)) if (s := self._sounded(term))]
        self._automaton = AhoCorasick([s.code for s in self._terms]) if self._terms else None
        self._slipping = [s for s in self._terms if s.spoken >= LIKELY_FROM] if self._confusions else []
        self._slips = AhoCorasick([s.code for s in self._slipping]) if self._slipping else None
        self._meant = sorted({y for s in self._slipping for y in s.syllables if y != NUMBER})
        self._likely: dict[Syllable, tuple[str, ...]] = {}
        self._long = [s for term in sorted(set(fuzzy)) if (s := self._sounded(term)) and s.spoken >= FUZZY_FROM]
        halves: list[str] = []
        self._half_of: list[tuple[int, int]] = []  # term, offset of the half in it
        for index, sounded in enumerate(self._long):
            middle = len(sounded.code) // 2
            halves += [sounded.code[:middle], sounded.code[middle:]]
            self._half_of += [(index, 0), (index, middle)]
        self._halves = AhoCorasick(halves) if halves else None

    def _sounded(self, term: str) -> _Sounded | None:
        if "{w}" in term:
            return None
        syllables = tuple(NUMBER if s == NUMBER else s for s in term_syllables(term.replace("{n}", NUMBER)))
        known = [s for s in syllables if s == NUMBER or (s.isascii() and s.isalpha() and len(s) > 1)]
        spoken = sum(s != NUMBER for s in syllables)
        if len(known) != len(syllables) or spoken < 2:
            return None  # one syllable alone sounds like too much
        return _Sounded(term, syllables, "".join(self._alphabet.learn(s) for s in syllables))

    def find(self, normal: NormalText, said: SyllableText) -> Iterator[Finding]:
        """Findings by sound in a text and its reading; what is written literally is found too and costs nothing."""
        for view in (said, _with_numbers(said, normal.text)):
            if view is None:
                continue
            yield from self._same_sound(view)
            yield from self._likely_slip(view, normal)
            yield from self._one_slip(view, normal)

    def _same_sound(self, said: SyllableText) -> Iterator[Finding]:
        if not self._automaton:
            return
        seen: set[tuple[int, int]] = set()
        for code, offset in self._spellings(said):
            for index, start, _ in self._automaton.find_matches_as_indexes(code, overlapping=True):
                sounded, at = self._terms[index], start + offset
                if (index, at) in seen:
                    continue
                seen.add((index, at))
                cost = self._distance(sounded, said, at)
                spelt = any(said.spelt[at : at + len(sounded.code)])
                score = (SPELT if spelt else SAME_SOUND) - cost
                if len(sounded.code) == 2 and cost > _ONE_CONFUSION:
                    score -= _BOTH_CONFUSED
                first, last = (
                    said.ranges[at][0],
                    said.ranges[at + len(sounded.code) - 1][1],
                )
                how = "spelt in letters" if spelt else "same sound" if cost == 0 else "near sound"
                method = Method.VARIANT if spelt else Method.PHONETIC
                yield Finding(sounded.term, first, last, method, round(score, 3), how)

    def _distance(self, sounded: _Sounded, said: SyllableText, at: int) -> float:
        """Cost of hearing the text from `at` on where the term was meant."""
        return sum(
            min(
                (self._cost(reading, meant) for reading in said.readings[at + i]),
                default=1.0,
            )
            for i, meant in enumerate(sounded.syllables)
            if meant != NUMBER
        )

    def _cost(self, heard: Syllable, meant: Syllable) -> float:
        """By hand within a class, for synthetic voices have no accent and hosts do; beyond it as the table says."""
        if (heard, meant) not in self._costs:
            same = sound_class(heard) == sound_class(meant)
            cost = sound_cost(heard, meant) if same else self._confusions.cost(meant, heard)
            self._costs[heard, meant] = cost
        return self._costs[heard, meant]

    def _likely_slip(self, said: SyllableText, normal: NormalText) -> Iterator[Finding]:
        """Longer terms with one syllable heard as the recogniser is known to hear it, outside its class."""
        if not self._slips:
            return
        base = [self._alphabet[r[0]] if r else "\uf8ff" for r in said.readings]
        for slip, readings in enumerate(said.readings):
            if not readings or said.spelt[slip]:
                continue
            offset = max(0, slip - _REACH + 1)
            before, after = (
                "".join(base[offset:slip]),
                "".join(base[slip + 1 : slip + _REACH]),
            )
            for code in self._likely_classes(readings[0]):
                found = self._slips.find_matches_as_indexes(before + code + after, overlapping=True)
                for index, start, _ in found:
                    sounded, at = self._slipping[index], start + offset
                    end = at + len(sounded.code)
                    if not at <= slip < end:
                        continue
                    first, last = said.ranges[at][0], said.ranges[end - 1][1]
                    if not _denies(normal.text[first:last], sounded.term):
                        taken = _LIKELY_SLIP.get(sounded.spoken, _LIKELY_SLIP_LONG)
                        score = round(SAME_SOUND - taken - self._distance(sounded, said, at), 3)
                        yield Finding(
                            sounded.term,
                            first,
                            last,
                            Method.PHONETIC,
                            score,
                            "often misheard so",
                        )

    def _likely_classes(self, heard: Syllable) -> tuple[str, ...]:
        """Classes of what was probably meant by this syllable, besides its own class."""
        if heard == NUMBER:
            return ()
        if heard not in self._likely:
            meant = (self._alphabet[y] for y in self._meant if self._confusions.cost(y, heard) <= LIKELY)
            self._likely[heard] = tuple(sorted(set(meant) - {self._alphabet[heard]}))
        return self._likely[heard]

    def _spellings(self, said: SyllableText) -> Iterator[tuple[str, int]]:
        """The row of sound classes, and around each character with other readings a stretch with each of them."""
        base = [self._alphabet[r[0]] if r else "\uf8ff" for r in said.readings]
        yield "".join(base), 0
        for at, readings in enumerate(said.readings):
            classes = {self._alphabet[r] for r in readings[1:]} - {base[at], "\uf8ff"}
            start = max(0, at - _REACH + 1)
            for code in classes:
                yield (
                    "".join((*base[start:at], code, *base[at + 1 : at + _REACH])),
                    start,
                )

    def _one_slip(self, said: SyllableText, normal: NormalText) -> Iterator[Finding]:
        if not self._halves:
            return
        code = "".join(self._alphabet[r[0]] if r else "\uf8ff" for r in said.readings)
        seen: set[tuple[int, int]] = set()
        for half, start, _ in self._halves.find_matches_as_indexes(code, overlapping=True):
            index, offset = self._half_of[half]
            if (index, start - offset) in seen:
                continue
            seen.add((index, start - offset))
            finding = self._verified(self._long[index], code, start - offset, offset == 0, said, normal)
            if finding:
                yield finding

    def _slip_cost(self, sounded: _Sounded, code: str, said: SyllableText, at: int) -> float:
        """Cost of the one slip between a term and the sounds from `at` on, 0 to `LARGEST`."""
        [edit] = Levenshtein.editops(sounded.code, code)
        if edit.tag == "delete":
            return self._confusions.lost(sounded.syllables[edit.src_pos])
        heard = said.readings[at + edit.dest_pos]
        if edit.tag == "insert":
            return min(map(self._confusions.added, heard), default=LARGEST)
        return min(
            (self._cost(reading, sounded.syllables[edit.src_pos]) for reading in heard),
            default=LARGEST,
        )

    def _verified(
        self,
        sounded: _Sounded,
        code: str,
        at: int,
        fixed_start: bool,
        said: SyllableText,
        normal: NormalText,
    ) -> Finding | None:
        """The best alignment with one slip, the half that matched staying where it is."""
        length = len(sounded.code)
        best: tuple[int, int] | None = None
        for change in (0, -1, 1):
            start, end = (at, at + length + change) if fixed_start else (at - change, at + length)
            if start < 0 or end > len(code) or end <= start:
                continue
            if Levenshtein.distance(sounded.code, code[start:end], score_cutoff=1) == 1:
                best = (start, end)
                break
        if best is None:
            return None
        first, last = said.ranges[best[0]][0], said.ranges[best[1] - 1][1]
        heard = normal.text[first:last]
        if any(c in "，。？" for c in heard) or _denies(heard, sounded.term):
            return None
        score = _ONE_SLIP.get(sounded.spoken, _ONE_SLIP_LONG)
        if self._confusions:
            likelihood = 1 - self._slip_cost(sounded, code[best[0] : best[1]], said, best[0]) / LARGEST
            score = round(score + _SLIP_SPAN * likelihood, 3)
        return Finding(sounded.term, first, last, Method.FUZZY, score, "one syllable off")


def _denies(heard: str, term: str) -> bool:
    """Whether a negation that the term does not have stands in what was heard."""
    return bool((_NEGATING & set(heard)) - set(term))


def _with_numbers(said: SyllableText, text: str) -> SyllableText | None:
    """The same row with each run of numerals as one sound; None when there is no numeral."""
    runs = [run.span() for run in NUMERAL.finditer(text)]
    if not runs:
        return None
    readings: list[tuple[Syllable, ...]] = []
    ranges: list[tuple[int, int]] = []
    spelt: list[bool] = []
    pending: Sequence[tuple[int, int]] = runs
    for reading, (start, end), letters in zip(said.readings, said.ranges, said.spelt, strict=True):
        while pending and pending[0][1] <= start:
            pending = pending[1:]
        if pending and pending[0][0] <= start < pending[0][1]:
            if start == pending[0][0]:
                readings.append((NUMBER,))
                ranges.append(pending[0])
                spelt.append(False)
            continue
        readings.append(reading)
        ranges.append((start, end))
        spelt.append(letters)
    return SyllableText(tuple(readings), tuple(ranges), tuple(spelt))
