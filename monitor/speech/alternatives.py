"""Other texts for the same sound, cut where the text that is believed is cut into cues. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise

from rapidfuzz.distance import Levenshtein, Opcodes

from monitor.text.syllables import character_readings

MOST = 3
"""Readings kept for a cue: the beam ends with five, and those far down differ in little but marks."""

LONGEST = 2
"""Times the sounds of the best text that a reading may have: a longer one ran on after the speech was over."""


def cut_like(best: str, other: str, cuts: Sequence[int]) -> list[str]:
    """`other` in as many pieces as `cuts` (ascending offsets) make of `best`, laid beside each other by sound.

    The pieces joined are `other`. Marks stay with what they follow; words that only `other` has at a cut stand behind
    it.
    """
    sounds, marked = _sounds(best), _sounds(other)
    spoken = [at for at, sound in enumerate(marked) if sound]
    steps = Levenshtein.opcodes(_spoken(best), _spoken(other))
    places = [0]
    for cut in cuts:
        beside = _beside(sum(map(bool, sounds[:cut])), steps)
        at = 0 if not beside else spoken[beside] if beside < len(spoken) else len(other)
        places.append(max(at, places[-1]))
    return [other[start:end] for start, end in pairwise((*places, len(other)))]


def distinct(best: str, others: Iterable[str], most: int = MOST) -> tuple[str, ...]:
    """Those of `others` that sound unlike `best` and unlike each other, in their order, `most` at most.

    What sounds alike the matcher finds anyway.
    """
    known = {_spoken(best), ()}
    kept: list[str] = []
    for other in (text.strip() for text in others):
        spoken = _spoken(other)
        if spoken not in known and len(kept) < most and len(spoken) <= LONGEST * len(_spoken(best)):
            known.add(spoken)
            kept.append(other)
    return tuple(kept)


def _beside(place: int, steps: Opcodes) -> int:
    """The place in one row of sounds that lies beside `place` in the other."""
    for step in steps:
        if step.tag == "insert" and step.src_start == place:
            return step.dest_start
        if step.src_start <= place < step.src_end:
            return min(step.dest_end, step.dest_start + place - step.src_start)
    return steps.dest_len


def _spoken(text: str) -> tuple[str, ...]:
    return tuple(sound for sound in _sounds(text) if sound)


def _sounds(text: str) -> tuple[str, ...]:
    return tuple(_sound(sign) for sign in text)


def _sound(sign: str) -> str:
    """Without tone; a mark or a blank has none."""
    if not sign.isalnum():
        return ""
    readings = character_readings(sign)
    return readings[0] if readings else sign.lower()
