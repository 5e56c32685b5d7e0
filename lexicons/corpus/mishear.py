"""Writes a text as a recogniser might have heard it: same-sounding words, near sounds, lost marks.

    python lexicons/corpus/mishear.py "拍完直接点退款" --seed 7 --count 5

Used to augment lines for training. Only the sound is simulated: who mishears writes real words, so a stretch is first
replaced by another word of the same or a near sound, and by single characters where there is none. Near sounds are
half those that `../confusions.tsv` counted, half the usual confusions of speakers: synthetic voices have no accent.
"""

from __future__ import annotations

import argparse
import random
import sys
from bisect import bisect
from collections import defaultdict
from functools import cache
from itertools import accumulate
from pathlib import Path

import jieba
import opencc
from pypinyin import Style, lazy_pinyin

from monitor.text.confusions import NOTHING, Confusions, load_confusions
from monitor.text.syllables import Syllable, character_readings, sound_class, split

TABLE = Path(__file__).parent.parent / "confusions.tsv"
DROPPED, INSERTED, NEAR = 0.05, 0.03, 0.45
"""Of the places that are misheard: share lost, share with a syllable too many; of the others, share whose sound is off
and not only its character. Whisper base lost 1.0 %, added 0.6 %, and got 20 to 25 % of the characters wrong, but only
8 to 13 % of the syllables (127 windows, clean and noisy)."""
WORD = 0.4
"""Share heard as another word of two syllables, where one fits: it stands for two places."""
BY_TABLE = 0.5
"""Share of near sounds drawn from the table."""
LEAST_CHANCE = 0.004
"""Of a confusion in the table, so that it is drawn at all."""
NO_MARKS, MARK_LOST = 0.3, 0.12
"""Texts that lose every mark; else the chance of each mark to be lost."""
MARKS = frozenset('，。？！、；：,.?!;:…~～“”"')
_LEAST_FREQUENCY = 30
"""Of a word in jieba's dictionary (counts of its corpus) from which a recogniser would write it."""

Weighted = tuple[tuple[str, ...], tuple[float, ...]]
"""Choices and their running sums."""


def mishear(text: str, rng: random.Random, rate: float = 0.15) -> str:
    """The text as it might be heard; about `rate` of its hanzi (0 to 1) are other ones, lost or extra.

    Letters and digits stay as they are. The same generator state gives the same text.
    """
    silent = rng.random() < NO_MARKS
    heard: list[str] = []
    at = 0
    while at < len(text):
        character = text[at]
        if character in MARKS:
            if not silent and rng.random() >= MARK_LOST:
                heard.append(character)
            at += 1
        elif not _is_hanzi(character) or rng.random() >= rate:
            heard.append(character)
            at += 1
        else:
            piece, used = _misheard(text, at, rng)
            heard.append(piece)
            at += used
    return "".join(heard) or text


def _misheard(text: str, at: int, rng: random.Random) -> tuple[str, int]:
    """What is written for the place, and how many characters it stands for."""
    kind = rng.random()
    if kind < DROPPED:
        return "", 1
    if kind < DROPPED + INSERTED:
        return text[at] + (_drawn(_added(), rng, "") or "啊"), 1
    near = rng.random() < NEAR
    pair = text[at : at + 2]
    if len(pair) == 2 and all(map(_is_hanzi, pair)) and rng.random() < WORD:
        word = _word_like(pair, rng, near=near)
        if word:
            return word, 2
    readings = character_readings(text[at])
    if not readings:
        return text[at], 1
    sound = _near_sound(readings[0], rng) if near else readings[0]
    return _drawn(_characters().get(sound), rng, text[at]) or text[at], 1


def _word_like(pair: str, rng: random.Random, *, near: bool) -> str:
    """Another word of two syllables; empty when none sounds so."""
    said = lazy_pinyin(pair, style=Style.NORMAL, errors="ignore")
    if len(said) != 2:
        return ""
    place = rng.randrange(2)
    meant = [_near_sound(s, rng) if near and i == place else s for i, s in enumerate(said)]
    return _drawn(_words().get(" ".join(meant).replace("ü", "v")), rng, pair)


def _near_sound(syllable: Syllable, rng: random.Random) -> Syllable:
    if rng.random() < BY_TABLE:
        heard = _drawn(_measured(syllable), rng, syllable)
        if heard:
            return heard
    others = [s for s in _classes().get(sound_class(syllable), ()) if s != syllable]
    return rng.choice(others) if others else _drawn(_measured(syllable), rng, syllable) or syllable


def _drawn(choices: Weighted | None, rng: random.Random, but: str) -> str:
    if not choices:
        return ""
    texts, sums = choices
    for _ in range(4):
        text = texts[min(len(texts) - 1, bisect(sums, rng.random() * sums[-1]))]
        if text != but:
            return text
    return next((text for text in texts if text != but), "")


def _is_hanzi(character: str) -> bool:
    return "一" <= character <= "鿿"


@cache
def _frequencies() -> dict[str, int]:
    """Of simplified words: the dictionary holds both."""
    lines = (Path(jieba.__file__).parent / "dict.txt").read_text(encoding="utf-8").splitlines()
    found = {word: int(count) for word, count, *_ in map(str.split, lines)}
    simplified = opencc.OpenCC("t2s").convert("\n".join(found)).split("\n")
    return {word: found[word] for word, simple in zip(found, simplified, strict=True) if word == simple}


def _weighted(found: dict[str, int], most: int) -> Weighted:
    best = sorted(found.items(), key=lambda item: (-item[1], item[0]))[:most]
    return tuple(text for text, _ in best), tuple(accumulate(float(count) ** 0.75 for _, count in best))


@cache
def _characters() -> dict[Syllable, Weighted]:
    """The usual characters of each syllable, by how often they stand in words."""
    counts: dict[str, int] = defaultdict(int)
    for word, count in _frequencies().items():
        for character in word:
            if _is_hanzi(character):
                counts[character] += count
    sounds: dict[Syllable, dict[str, int]] = defaultdict(dict)
    for character, count in counts.items():
        for reading in character_readings(character)[:1]:
            sounds[reading][character] = count
    return {sound: _weighted(found, 12) for sound, found in sounds.items()}


@cache
def _words() -> dict[str, Weighted]:
    """The usual words of two characters by their two syllables."""
    sounds: dict[str, dict[str, int]] = defaultdict(dict)
    for word, count in _frequencies().items():
        if len(word) == 2 and count >= _LEAST_FREQUENCY and all(map(_is_hanzi, word)):
            sounds[" ".join(lazy_pinyin(word, style=Style.NORMAL)).replace("ü", "v")][word] = count
    return {sound: _weighted(found, 6) for sound, found in sounds.items()}


@cache
def _confusions() -> Confusions:
    return load_confusions(TABLE) if TABLE.is_file() else Confusions()


@cache
def _measured(syllable: Syllable) -> Weighted | None:
    """What this syllable was heard as, by how often."""
    chances = {s: _confusions().chance(syllable, s) for s in _characters() if s != syllable}
    found = sorted(((chance, s) for s, chance in chances.items() if chance >= LEAST_CHANCE), reverse=True)
    return (tuple(s for _, s in found), tuple(accumulate(chance for chance, _ in found))) if found else None


@cache
def _added() -> Weighted | None:
    """Little words for the syllables that were heard and not said, by how often."""
    found = {
        s: chance for (part, said, s), chance in _confusions().chances.items() if (part, said) == ("syllable", NOTHING)
    }
    spelt = {_characters()[s][0][0]: chance for s, chance in found.items() if s in _characters()}
    return (tuple(spelt), tuple(accumulate(spelt.values()))) if spelt else None


@cache
def _classes() -> dict[str, tuple[Syllable, ...]]:
    classes: dict[str, list[Syllable]] = defaultdict(list)
    for syllable in sorted(_characters()):
        if split(syllable)[1]:
            classes[sound_class(syllable)].append(syllable)
    return {name: tuple(members) for name, members in classes.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description="Write a text as a recogniser might have heard it.")
    parser.add_argument("text")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--rate", type=float, default=0.15)
    parser.add_argument("--count", type=int, default=3)
    asked = parser.parse_args()
    rng = random.Random(asked.seed)
    for _ in range(asked.count):
        sys.stdout.write(mishear(asked.text, rng, asked.rate) + "\n")


if __name__ == "__main__":
    main()
