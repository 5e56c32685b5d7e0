"""Where somebody spoke and no words came: stretches worth decoding again. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from monitor.records import Word
from monitor.speech.filters import letters
from monitor.timeline import Span, complement, total_ms, union

LEAST_MISSING_MS = 1200
"""Shorter stretches are filler sounds, or words whose times are a little off."""

LONGEST_SYLLABLE_MS = 600
"""A word covers at most so much for each character: alignment stretches words over what was not decoded."""

SLOWEST_CHARS_A_SECOND = 1.5
"""Fewer characters in each voiced second than the slowest host says: most of the window was not decoded."""

LEAST_VOICE_MS = 4000
"""Too little voice to speak of a rate."""

_NEAR_MS = 300
"""Voiced stretches this close to each other are one, and words reach this far."""


def unheard(voiced: Sequence[Span], words: Sequence[Word]) -> list[Span]:
    """Voiced stretches of at least 1.2 s without words, in order, each within the voiced time."""
    covered = [reach(word) for word in words if letters(word.text)]
    stretches: list[Span] = []
    for stretch in union(voiced, join_ms=_NEAR_MS):
        for hole in complement(covered, stretch):
            voice_ms = total_ms(part for piece in voiced if (part := piece.intersection(hole)))
            if voice_ms >= LEAST_MISSING_MS:
                stretches.append(hole)
    return stretches


def too_sparse(voiced: Sequence[Span], words: Sequence[Word]) -> bool:
    """Whether far too few characters came out of this much voice."""
    voice_ms = total_ms(voiced)
    count = sum(len(letters(word.text)) for word in words)
    return voice_ms >= LEAST_VOICE_MS and count * 1000 < SLOWEST_CHARS_A_SECOND * voice_ms


def reach(word: Word) -> Span:
    """The time that a word can be said to cover."""
    most_ms = LONGEST_SYLLABLE_MS * max(1, len(letters(word.text)))
    end_ms = min(word.span.end_ms, word.span.start_ms + most_ms)
    return Span(word.span.start_ms, end_ms).grow(_NEAR_MS, _NEAR_MS)
