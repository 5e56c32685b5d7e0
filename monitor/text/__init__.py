"""Pure text: a normal form with a map back to the raw text, syllables and their confusions, numbers and money."""

from monitor.text.money import Amount, find_amounts
from monitor.text.normal import Normaliser, NormalText, Writing
from monitor.text.syllables import Syllable, SyllableText, read_syllables, sound_class, sound_cost, term_syllables

__all__ = [
    "Amount",
    "NormalText",
    "Normaliser",
    "Syllable",
    "SyllableText",
    "Writing",
    "find_amounts",
    "read_syllables",
    "sound_class",
    "sound_cost",
    "term_syllables",
]
