"""What the lexicon finds in everyday talk: terms that fire where nobody cheats, or sound like an everyday word."""

from __future__ import annotations

import csv
import logging
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from pathlib import Path

import jieba

from monitor.judging import spoken_cue
from monitor.lexicon import Lexicon
from monitor.lexicon.lint import place_order, sound_of
from monitor.lexicon.remarks import Level, Remark
from monitor.match import Matcher
from monitor.records import Channel, Hit, Method
from monitor.text import sound_class, term_syllables

MOST_IN_TEN_THOUSAND = 20.0
"""Lines in which a term may be found before it is told. Desk estimate: once in about a quarter of an hour of talk."""
MOST_LINES = 1500
"""Lines that are read, evenly over all: enough to tell 2 in 1,000, and done in seconds."""
FREQUENT = 800
"""Occurrences in jieba's dictionary from which a word is said every day: 十八 has 1,304, 干净 1,860, 衣服 5,052."""
_SAMPLES = 3
_AROUND = 8
"""Characters shown on either side of what was found."""
_BY_SOUND = (Method.PHONETIC, Method.FUZZY)


def ordinary_lines(corpus: Path, most: int = MOST_LINES) -> list[str]:
    """Texts of a folder's `ordinary_*.tsv` that are labelled none/ordinary, at most `most`, evenly taken."""
    found: list[str] = []
    for path in sorted(corpus.glob("ordinary_*.tsv")):
        with path.open(encoding="utf-8", newline="") as file:
            rows = csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
            found += [row["text"] for row in rows if row["label"] == "none" and row["note"] == "ordinary"]
    if len(found) <= most:
        return found
    return [found[at * len(found) // most] for at in range(most)]


def lint_everyday(
    lexicon: Lexicon, matcher: Matcher, lines: Sequence[str], most: float = MOST_IN_TEN_THOUSAND
) -> list[Remark]:
    """Terms found in more than `most` of 10,000 lines of harmless speech, with the count and three samples.

    A slot that says why its words are `common`, or that no pattern needs (it only forbids), is told only of what is
    found by sound; a term that says so, of nothing.
    """
    heard: defaultdict[tuple[str, str, bool], dict[str, Hit]] = defaultdict(dict)
    for text in lines:
        for hit in matcher.read(spoken_cue(0, text, Channel.SPEECH)).hits:
            heard[hit.slot, hit.term, hit.method in _BY_SOUND].setdefault(text, hit)
    terms = {(term.slot, term.text): term for term in lexicon.terms}
    needed = frozenset().union(*lexicon.needed_slots.values())
    remarks: list[Remark] = []
    for (slot, text, by_sound), found in heard.items():
        term = terms[slot, text]
        rate = 10_000 * len(found) / len(lines)
        expected = lexicon.slots[slot].common or slot not in needed
        excused = term.common or (expected and not by_sound)
        if rate > most and not excused:
            kind = "found by sound" if by_sound else "found"
            times = f"{len(found)} of {len(lines)} harmless lines ({rate:.0f} in 10,000)"
            told = f"`{text}` in slot `{slot}` is {kind} in {times}: {'；'.join(_samples(found))}"
            remarks.append(Remark(Level.WARNING, term.where, "everyday-sound" if by_sound else "everyday", told))
    return sorted(remarks, key=lambda r: place_order(r.where))


def lint_sounds(lexicon: Lexicon) -> list[Remark]:
    """Terms of two syllables found by sound that sound like a word said every day."""
    words = _frequent_words()
    remarks: list[Remark] = []
    for term in lexicon.terms:
        sound = sound_of(term)
        if sound is None or len(sound) != 2 or term.common:
            continue
        alike = [word for word in words.get(sound, ()) if word != term.text]
        if alike:
            told = f"`{term.text}` in slot `{term.slot}` sounds like {'、'.join(alike[:_SAMPLES])}"
            exact = "`by: [exact, variant, glyph]` would stop that"
            remarks.append(Remark(Level.WARNING, term.where, "everyday-word", f"{told}; {exact}"))
    return sorted(remarks, key=lambda r: place_order(r.where))


def _samples(found: dict[str, Hit]) -> Iterator[str]:
    for text, hit in [*found.items()][:_SAMPLES]:
        start, end = hit.chars
        yield f"{text[max(0, start - _AROUND) : start]}[{hit.raw}]{text[end : end + _AROUND]}"


@cache
def _frequent_words() -> dict[tuple[str, ...], tuple[str, ...]]:
    """Words of two characters by their sound classes, the most frequent first."""
    jieba.setLogLevel(logging.WARNING)
    tokenizer = jieba.Tokenizer()
    tokenizer.initialize()
    frequent = {word: count for word, count in tokenizer.FREQ.items() if count >= FREQUENT and len(word) == 2}
    by_sound: defaultdict[tuple[str, ...], list[str]] = defaultdict(list)
    for word in _most_frequent(frequent):
        by_sound[tuple(map(sound_class, term_syllables(word)))].append(word)
    return {sound: tuple(words) for sound, words in by_sound.items()}


def _most_frequent(counts: dict[str, int]) -> Iterable[str]:
    return sorted(counts, key=lambda word: (-counts[word], word))
