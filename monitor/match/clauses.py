"""The clauses of a normal text, and the sentences that they make."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from monitor.text.normal import MARKS, QUESTION, SENTENCE

ENDS = (SENTENCE, QUESTION)
"""Marks behind which another sentence begins."""


@dataclass(frozen=True, slots=True)
class Clause:
    """What stands between two marks: `start:end` of the normal text, the closing mark left out."""

    start: int
    end: int
    mark: str
    """The mark behind it; empty at the end of the text."""
    sentence: int
    """Number of the sentence it belongs to, from 0."""


@lru_cache(maxsize=16)
def clauses_of(text: str) -> tuple[Clause, ...]:
    """The clauses of a text in order; remembered, since every finding of a cue asks for those of the same text."""
    return tuple(_split(text))


def clause_at(clauses: Sequence[Clause], at: int) -> int | None:
    """Index of the clause in which a character stands; its closing mark belongs to it."""
    return next((i for i, clause in enumerate(clauses) if clause.start <= at <= clause.end), None)


def _split(text: str) -> Iterator[Clause]:
    start = sentence = 0
    for at, character in enumerate(text):
        if character in MARKS:
            yield Clause(start, at, character, sentence)
            start = at + 1
            sentence += character in ENDS
    if start < len(text):
        yield Clause(start, len(text), "", sentence)
