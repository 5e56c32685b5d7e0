"""What the recogniser itself thinks of a term that it was primed with. Pure.

The recogniser is told the trade's words before it listens, and now and then it hears them where something else was
said. Its word probabilities come from aligning the text with the sound *without* those words (`docs/speech.md`), so
they tell whether it would have believed the word by itself, at no cost of a second decoding.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from monitor.records import DOUBTED_SCORE, Cue, Hit

BELIEVED = 0.5
"""Probability of the least sure character from which a primed word stands by itself: likelier said than not."""


class PrimedWords:
    """Knows which terms the recogniser was primed with."""

    def __init__(self, words: Iterable[str]) -> None:
        self._words = tuple(words)

    def doubted(self, hit: Hit, cue: Cue) -> Hit:
        """The hit, its score lowered where it lies on a primed word that the sound alone does not bear out.

        A shorter term within the word is no better heard than the word: 退 in 退款.
        """
        if not cue.words or hit.score <= DOUBTED_SCORE:
            return hit
        least = min((least_confidence(cue, *place) for place in self._places(cue.text, *hit.chars)), default=1.0)
        if least >= BELIEVED:
            return hit
        how = f"{hit.how or hit.raw}，提示词，单凭声音只有 {least:.0%} 把握"
        return replace(hit, score=DOUBTED_SCORE, how=how)

    def _places(self, text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
        """Where primed words stand that share a character with `start:end`."""
        for word in self._words:
            at = text.find(word, max(0, start - len(word) + 1), end + len(word) - 1)
            while at >= 0:
                yield at, at + len(word)
                at = text.find(word, at + 1, end + len(word) - 1)


def least_confidence(cue: Cue, start: int, end: int) -> float:
    """Of the least sure word that reaches into the characters `start:end`; 1.0 where no word does."""
    at, least = 0, 1.0
    for word in cue.words:
        if at < end and start < at + len(word.text):
            least = min(least, word.confidence)
        at += len(word.text)
    return least
