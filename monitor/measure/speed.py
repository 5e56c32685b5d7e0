"""How fast texts are searched and judged, with the plain way beside it in the same run.

The plain way of a keyword system is a loop over its words. An automaton's time must not grow with the number of words:
so the same text is searched with ten times as many.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from monitor.judging import Judging, judge_text
from monitor.lexicon import Lexicon, Term
from monitor.match.literal import LiteralFinder
from monitor.match.sound import SoundFinder
from monitor.records import Channel, Method
from monitor.text import Normaliser, SyllableText, read_syllables

TIMES_TERMS = 10
_LEAST_S = 1.0
"""Each speed is measured over at least so long, in whole passes over the texts."""
_LEAST_MADE = 3
_PROMISED = 200_000.0
"""Characters a second that a search does at least."""
_PLAIN_TEXTS = 40
"""Texts for the plain way, which takes far longer."""


@dataclass(frozen=True, slots=True)
class Speed:
    """One measured row."""

    name: str
    value: float
    unit: str
    """`characters/s` or `× real time`."""
    plain: float | None = None
    """The plain way in the same unit; None where there is none."""
    note: str = ""
    target: float | None = None
    """What the project promises on its reference machine."""

    @property
    def line(self) -> dict[str, Any]:
        """As plain JSON values."""
        return {
            "name": self.name,
            "value": round(self.value, 2),
            "unit": self.unit,
            "plain": None if self.plain is None else round(self.plain, 2),
            "target": self.target,
            "note": self.note,
        }


def text_speeds(judge: Judging) -> Iterator[Speed]:
    """Speeds on the lexicon's own examples, on one core and by the processor's clock."""
    texts = example_texts(judge.lexicon)
    normalise = Normaliser()
    normal = [normalise(text) for text in texts]
    said = [read_syllables(text) for text in normal]
    characters = sum(len(text.text) for text in normal)
    once, more = _Search(judge.lexicon.terms), _Search(ten_times(judge.lexicon.terms))
    words = sorted({term.text for term in judge.lexicon.terms})
    some = [text.text for text in normal[:_PLAIN_TEXTS]]
    loop = _rate(sum(map(len, some)), lambda: [[word in text for word in words] for text in some])
    rows, more_rows = ([search.sound.rows(text) for text in said] for search in (once, more))
    yield _search_speed(
        "characters in, findings out",
        _rate(characters, lambda: [len([*once.literal.find(text)]) for text in normal]),
        _rate(characters, lambda: [len([*more.literal.find(text)]) for text in normal]),
        f"{once.count} terms, every place that is written so",
        plain=loop,
    )
    for name, note, finding in (
        ("sounds in, whole terms out", "automaton alone, on prepared rows", _Sound.whole),
        ("sounds in, halves of long terms out", "automaton alone; a half is verified before it counts", _Sound.halves),
    ):
        yield _search_speed(
            name,
            _rate(characters, lambda find=finding: [find(once.sound, row) for row in rows]),  # type: ignore[misc]
            _rate(characters, lambda find=finding: [find(more.sound, row) for row in more_rows]),  # type: ignore[misc]
            note,
        )
    yield _search_speed(
        "sounds in, findings out",
        _rate(characters, lambda: [len([*once.sound.find(a, b)]) for a, b in zip(normal, said, strict=True)]),
        _rate(characters, lambda: [len([*more.sound.find(a, b)]) for a, b in zip(normal, said, strict=True)]),
        "with the exact cost of each",
        promised=False,
    )
    raw = sum(map(len, texts))
    whole = _rate(raw, lambda: [judge_text(judge, text, Channel.SPEECH) for text in texts])
    yield Speed("read and judged, one process", whole, "characters/s", None, f"{len(texts)} texts of {raw} characters")


def _search_speed(
    name: str, once: float, more: float, note: str, *, plain: float | None = None, promised: bool = True
) -> Speed:
    slower = f"{once / more:.2f} × slower with {TIMES_TERMS} × the terms ({more:,.0f})"
    return Speed(name, once, "characters/s", plain, f"{note}; {slower}", _PROMISED if promised else None)


def example_texts(lexicon: Lexicon) -> list[str]:
    """Every text among the examples of the lexicon."""
    texts: list[str] = []
    for scheme in lexicon.schemes.values():
        for kind in ("fires", "silent"):
            for example in getattr(scheme.examples, kind):
                texts += [example.text] if example.text else [row[2] for row in example.sequence]
    return texts


def ten_times(terms: Sequence[Term], times: int = TIMES_TERMS) -> list[Term]:
    """The terms and, for each, others of its length made of the characters of all; the same in every run.

    None has fewer than three characters: of two, ten times as many would be nearly every pair of sounds there is, and
    every text a row of candidates.
    """
    chance = random.Random(1)
    pool = [character for term in terms for character in term.text if "一" <= character <= "鿿"]
    made = [*terms]
    for term in terms:
        length = max(_LEAST_MADE, len(term.text))
        made += [
            Term("".join(chance.choices(pool, k=length)), term.slot, term.by, term.unless) for _ in range(times - 1)
        ]
    return made


class _Sound(SoundFinder):
    """The finder's automata by themselves, on rows prepared beforehand."""

    def rows(self, said: SyllableText) -> list[str]:
        """Every row of sound classes that a text is searched in: its usual readings, and stretches with others."""
        return [row for row, _ in self._spellings(said)]

    def whole(self, rows: Sequence[str]) -> int:
        """Whole terms in the rows."""
        automaton = self._automaton
        return sum(len(automaton.find_matches_as_indexes(row, overlapping=True)) for row in rows) if automaton else 0

    def halves(self, rows: Sequence[str]) -> int:
        """Halves of long terms in the first row."""
        return len(self._halves.find_matches_as_indexes(rows[0], overlapping=True)) if self._halves else 0


class _Search:
    """Both finders over some terms."""

    def __init__(self, terms: Sequence[Term]) -> None:
        self.count = len({term.text for term in terms})
        self.literal = LiteralFinder(term.text for term in terms)
        self.sound = _Sound(
            (term.text for term in terms if Method.PHONETIC in term.by),
            (term.text for term in terms if Method.FUZZY in term.by),
        )


def _rate(characters: int, work: Callable[[], object]) -> float:
    """Characters a second of processor time, after one pass to warm up."""
    work()
    passes, began_s = 0, time.process_time()
    while True:
        work()
        passes += 1
        taken_s = time.process_time() - began_s
        if taken_s >= _LEAST_S:
            return characters * passes / taken_s
