"""Cuts a window's words into cues: at sentences, at pauses, and where a cue would grow too long. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from monitor.records import Word

LONGEST_CUE_MS = 8000
"""Longer ones are cut again: a reviewer reads a cue while it is said."""

PAUSE_MS = 600
"""Silence between words at which a long cue may be cut."""

LONG_PAUSE_MS = 1500
"""Silence at which every cue is cut."""

_ENDS = "。？！?!…"
_CLAUSE_ENDS = "，、；：,;:."


def sentences(words: Sequence[Word]) -> list[tuple[Word, ...]]:
    """The words in order, in groups that are cues; none is lost, none appears twice."""
    groups: list[tuple[Word, ...]] = []
    first = 0
    for at in range(1, len(words) + 1):
        ends = at == len(words) or _ends_sentence(words[at - 1]) or _pause_ms(words, at) >= LONG_PAUSE_MS
        if ends:
            groups += _shortened(tuple(words[first:at]))
            first = at
    return groups


def _shortened(words: tuple[Word, ...]) -> list[tuple[Word, ...]]:
    """Cut in two, again and again, where it pauses longest, until nothing is too long or nothing pauses."""
    start_ms, end_ms = words[0].span.start_ms, words[-1].span.end_ms
    if end_ms - start_ms <= LONGEST_CUE_MS:
        return [words]
    places = [at for at in range(1, len(words)) if _clause(words[at - 1]) or _pause_ms(words, at) >= PAUSE_MS]
    if not places:
        return [words]
    middle_ms = (start_ms + end_ms) / 2

    def worth(at: int) -> float:
        off = abs(words[at].span.start_ms - middle_ms) / (end_ms - start_ms)
        return min(_pause_ms(words, at), LONG_PAUSE_MS) / LONG_PAUSE_MS - 2 * off

    cut = max(places, key=worth)
    return _shortened(words[:cut]) + _shortened(words[cut:])


def _pause_ms(words: Sequence[Word], at: int) -> int:
    return words[at].span.start_ms - words[at - 1].span.end_ms


def _ends_sentence(word: Word) -> bool:
    return word.text.rstrip().endswith(tuple(_ENDS))


def _clause(word: Word) -> bool:
    return word.text.rstrip().endswith(tuple(_CLAUSE_ENDS))
