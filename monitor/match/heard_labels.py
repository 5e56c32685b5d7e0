"""Price labels as a recogniser may mishear them: 专柜价 comes out as 转贵家, with the same toneless sounds."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cache

from monitor.text import sound_class, term_syllables
from monitor.text.normal import is_hanzi
from monitor.text.syllables import character_readings

_LONG = 3
"""Syllables of the labels that are always listened for: shorter ones sound like too much else."""


class HeardLabels:
    """Finds labels by sound: those of three syllables that end in 价 or 卖, and `short` ones, in one pass."""

    def __init__(self, labels: Iterable[str], short: Iterable[str] = ()) -> None:
        long = [label for label in labels if len(label) == _LONG and label.endswith(("价", "卖"))]
        self._by_sound = {tuple(map(sound_class, term_syllables(label))): label for label in (*reversed(long), *short)}
        self._lengths = sorted({len(sounds) for sounds in self._by_sound}, reverse=True)

    def find(self, text: str) -> Iterator[tuple[int, int, str]]:
        """`start, end, label` of each stretch that sounds like a label, longer ones first at each place."""
        sounds = [_sound(character) for character in text] if self._by_sound else []
        for start in range(len(sounds)):
            for length in self._lengths:
                label = self._by_sound.get(tuple(sounds[start : start + length]))
                if label:
                    yield start, start + length, label
                    break


@cache
def _sound(character: str) -> str:
    if not is_hanzi(character):
        return character
    readings = character_readings(character)
    return sound_class(readings[0]) if readings else ""
