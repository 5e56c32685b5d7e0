"""Many word lists searched at once: one automaton finds where any word of any list stands."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping

import ahocorasick_rs

from monitor.lexicon.alternatives import expand
from monitor.text.normal import MARKS

GAP = "…"
"""In a phrase: up to GAP_CHARACTERS characters of the same clause."""
GAP_CHARACTERS = 12
START = "^"
"""Before a phrase: a clause begins there."""

Range = tuple[int, int]


class PhraseLists:
    """Named lists of phrases. `(a|b)` in a phrase is either, `…` what may stand between, `^` a clause's beginning."""

    def __init__(self, lists: Mapping[str, Iterable[str]]) -> None:
        self._uses: dict[str, list[tuple[str, re.Pattern[str] | None, bool]]] = defaultdict(list)
        for name, phrases in lists.items():
            for phrase in phrases:
                head, *rest = phrase.removeprefix(START).split(GAP)
                pattern = _compiled(rest) if rest else None
                for text in expand(head):
                    self._uses[text].append((name, pattern, phrase.startswith(START)))
        self._heads = list(self._uses)
        self._automaton = ahocorasick_rs.AhoCorasick(self._heads)

    def find(self, text: str) -> dict[str, list[Range]]:
        """List → where its phrases stand, by start; overlapping ones all count."""
        found: dict[str, list[Range]] = defaultdict(list)
        for name, start, end in self._all(text):
            found[name].append((start, end))
        return found

    def _all(self, text: str) -> Iterator[tuple[str, int, int]]:
        for index, start, end in self._automaton.find_matches_as_indexes(text, overlapping=True):
            for name, rest, at_start in self._uses[self._heads[index]]:
                if at_start and start and text[start - 1] not in MARKS:
                    continue
                if rest is None:
                    yield name, start, end
                elif whole := rest.match(text, end):
                    yield name, start, whole.end()


def _compiled(pieces: Iterable[str]) -> re.Pattern[str]:
    """What follows a phrase's first words: each piece after a gap."""
    gap = f"[^{''.join(sorted(MARKS))}]{{0,{GAP_CHARACTERS}}}?"
    return re.compile("".join(gap + f"(?:{'|'.join(map(re.escape, expand(piece)))})" for piece in pieces))
