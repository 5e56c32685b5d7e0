"""Price labels as a recogniser may mishear them: 专柜价 comes out as 转贵家, with the same toneless sounds."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cache

from monitor.text import sound_class, term_syllables
from monitor.text.normal import is_hanzi
from monitor.text.syllables import character_readings

_LENGTH = 3
"""Syllables of the labels that are listened for: shorter ones sound like too much else."""


class HeardLabels:
    """Finds three-syllable labels that end in 价 by sound; time does not grow with their number."""

    def __init__(self, labels: Iterable[str]) -> None:
        self._by_sound = {
            tuple(map(sound_class, term_syllables(label))): label
            for label in reversed(tuple(labels))
            if len(label) == _LENGTH and label.endswith("价")
        }

    def find(self, text: str) -> Iterator[tuple[int, int, str]]:
        """`start, end, label` of each stretch that sounds like a label."""
        if not self._by_sound:
            return
        sounds = [_sound(character) for character in text]
        for start in range(len(sounds) - _LENGTH + 1):
            label = self._by_sound.get(tuple(sounds[start : start + _LENGTH]))
            if label:
                yield start, start + _LENGTH, label


@cache
def _sound(character: str) -> str:
    if not is_hanzi(character):
        return character
    readings = character_readings(character)
    return sound_class(readings[0]) if readings else ""
