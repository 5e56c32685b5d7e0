"""Where ordinary words begin and end: a hit that cuts one in two is an accident of spelling."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import dataclass

import jieba

_OURS = 60
"""Frequency under which the lexicon's own terms join the dictionary: rarer than any everyday word."""
_MEASURES = frozenset(
    "个件条支双套箱袋瓶斤克块元毛米秒分天号单份台部颗盒把只位名桶包组对床批波轮倍折人次遍点岁年月万千百"
)
"""What counts or measures: after a numeral it is no part of the number."""
_COMMON = 8
"""Frequency from which a dictionary word counts as one that people say."""


@dataclass(frozen=True, slots=True)
class Segmentation:
    """The words of one text as half-open ranges in order."""

    text: str
    ranges: tuple[tuple[int, int], ...]

    def cut_by(self, start: int, end: int, *, free: tuple[bool, bool] = (False, False)) -> tuple[int, int] | None:
        """The first word that `start:end` begins or ends inside of, or None.

        A `free` side, where a term has its number, may part a numeral from its measure word: 四个, but not 一半.
        """
        for first, last in self.ranges:
            begins, ends = first < start < last, first < end < last
            if begins and free[0] and self.text[start] in _MEASURES:
                begins = False
            if ends and free[1] and self.text[end] in _MEASURES:
                ends = False
            if last - first > 1 and (begins or ends):
                return first, last
        return None


class Words:
    """Segments texts with jieba's dictionary and the lexicon's terms; builds no word that it does not know."""

    def __init__(self, terms: Iterable[str]) -> None:
        jieba.setLogLevel(logging.WARNING)
        self._tokenizer = jieba.Tokenizer()
        self._tokenizer.initialize()
        self._everyday = frozenset(w for w, f in self._tokenizer.FREQ.items() if f >= _COMMON and len(w) > 1)
        for term in terms:
            if "{" not in term and len(term) <= 4 and not self._tokenizer.FREQ.get(term):
                self._tokenizer.add_word(term, freq=_OURS)

    def segment(self, text: str) -> Segmentation:
        """Words without guessing new ones: what the dictionary lacks falls apart into characters."""
        ranges: list[tuple[int, int]] = []
        at = 0
        for word in self._tokenizer.cut(text, HMM=False):
            ranges.append((at, at + len(word)))
            at += len(word)
        return Segmentation(text, tuple(ranges))

    def is_everyday(self, word: str) -> bool:
        """Whether people use this word apart from any scheme."""
        return word in self._everyday
