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
        self._wild = [(term, _expression(term)) for term in distinct if "{w}" in term]
        self._plain_automaton = AhoCorasick(self._plain) if self._plain else None
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
        for term, expression in self._wild:
            for match in expression.finditer(text):
                yield term, match.start(), match.end()


def _expression(term: str) -> re.Pattern[str]:
    pieces = (re.escape(piece) for piece in re.split(r"(\{w\}|\{n\})", term))
    expression = "".join({r"\{w\}": "[^，。？]{1,5}?", r"\{n\}": f"(?:{NUMERAL.pattern})"}.get(p, p) for p in pieces)
    return re.compile(expression)
