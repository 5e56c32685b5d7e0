"""Terms as they are written: one automaton over all of them, and expressions for the few with a wildcard."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from ahocorasick_rs import AhoCorasick

from monitor.match.finding import Finding
from monitor.records import Method
from monitor.text.money import NUMERAL
from monitor.text.normal import NormalText

NUMBER = "\ue000"
"""Stands for a run of numerals, in terms (`{n}`) and in texts alike."""


def collapse_numbers(text: str) -> tuple[str, list[int]]:
    """The text with each run of numerals as one `NUMBER`, and for each of its characters the offset in `text`."""
    pieces: list[str] = []
    offsets: list[int] = []
    at = 0
    for run in NUMERAL.finditer(text):
        pieces.append(text[at : run.start()] + NUMBER)
        offsets += [*range(at, run.start()), run.start()]
        at = run.end()
    pieces.append(text[at:])
    offsets += [*range(at, len(text)), len(text)]
    return "".join(pieces), offsets


def collapsed(term: str) -> str:
    return term.replace("{n}", NUMBER)


class LiteralFinder:
    """Finds terms letter for letter. Time does not grow with the number of terms."""

    def __init__(self, terms: Iterable[str]) -> None:
        distinct = sorted(set(terms))
        self._plain = [term for term in distinct if "{" not in term]
        self._numbered = [term for term in distinct if "{n}" in term and "{w}" not in term]
        self._wild: dict[str, list[tuple[str, re.Pattern[str]]]] = {}
        for term in distinct:
            if "{w}" in term:
                self._wild.setdefault(_anchor(term), []).append((term, _expression(term)))
        self._anchors = [anchor for anchor in self._wild if anchor]
        self._plain_automaton = AhoCorasick(self._plain) if self._plain else None
        self._anchorless = [anchor for anchor in self._wild if not anchor]
        self._anchor_automaton = AhoCorasick(self._anchors) if self._anchors else None
        self._numbered_automaton = AhoCorasick([collapsed(t) for t in self._numbered]) if self._numbered else None

    def find(self, normal: NormalText) -> Iterator[Finding]:
        """Every occurrence, overlapping ones too; a disguised one says how it was disguised."""
        for term, start, end in self._occurrences(normal.text):
            disguise = normal.disguise(start, end)
            if not disguise:
                yield Finding(term, start, end, Method.EXACT, 1.0)
            else:
                method = Method.GLYPH if "split character" in disguise else Method.VARIANT
                yield Finding(term, start, end, method, 0.95, disguise)

    def _occurrences(self, text: str) -> Iterator[tuple[str, int, int]]:
        if self._plain_automaton:
            for index, start, end in self._plain_automaton.find_matches_as_indexes(text, overlapping=True):
                yield self._plain[index], start, end
        if self._numbered_automaton:
            numbered, offsets = collapse_numbers(text)
            for index, start, end in self._numbered_automaton.find_matches_as_indexes(numbered, overlapping=True):
                yield self._numbered[index], offsets[start], offsets[end]
        for anchor in self._anchors_in(text):
            for term, expression in self._wild[anchor]:
                for match in expression.finditer(text):
                    yield term, match.start(), match.end()

    def _anchors_in(self, text: str) -> list[str]:
        """The anchors that the text holds, and the empty one of terms that have none."""
        if not self._anchor_automaton:
            return list(self._wild)
        found = self._anchor_automaton.find_matches_as_indexes(text, overlapping=True)
        return [*(self._anchors[index] for index in sorted({index for index, _, _ in found})), *self._anchorless]


def _anchor(term: str) -> str:
    """The longest piece of a term that every text with the term holds: where it is missing nothing is tried."""
    return max(re.split(r"\{w\}|\{n\}", term), key=len)


def _expression(term: str) -> re.Pattern[str]:
    pieces = (re.escape(piece) for piece in re.split(r"(\{w\}|\{n\})", term))
    expression = "".join({r"\{w\}": "[^，。？]{1,5}?", r"\{n\}": f"(?:{NUMERAL.pattern})"}.get(p, p) for p in pieces)
    return re.compile(expression)
