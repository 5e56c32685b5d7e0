"""A line of text on a picture, what reads it, and when two lines are the same."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from rapidfuzz.distance import Levenshtein

from monitor.records import Box

# Below this the recogniser mostly sees folds, faces and shelves as letters.
LEAST_CONFIDENCE = 0.6
# Two readings that differ in their numbers, both at least so sure, are two contents (¥99, ¥89) and not a slip.
SURE_OF_NUMBERS = 0.8
# Two readings that differ in their letters, both at least so sure, are two contents.
SURE_OF_LETTERS = 0.97
# Of the letters, how many must agree for two unsure readings in one place to be one text.
SAME_TEXT = 0.7

_CRUMB = re.compile(r"[\d\s:：./,\-+×xX%]*(?:[kKwW万人+]|ID)?[\d\s:：./,\-+]*")
_PRICE_ALONE = re.compile(r"\d{1,5}\.\d{1,2}")
_SEPARATORS = re.compile(r"(?<!\d)[.,:：]|[.,:：](?!\d)|[\s·•|，。、!！?？;；~～_()（）\[\]【】\"'“”‘’]")
_NUMBER = re.compile(r"\d+(?:[.:]\d+)*")


@dataclass(frozen=True, slots=True)
class Line:
    """One line of text as it was read off one picture."""

    text: str
    box: Box
    """Upright rectangle round the line, in pixels of the picture that was read."""
    confidence: float
    """The recogniser's, 0 to 1."""
    struck: bool = False
    """A stroke runs through the middle of the line."""


class TextReader(Protocol):
    """Reads the lines of text off a picture."""

    name: str
    """Model and engine, for the record."""

    def read(self, image: NDArray[np.uint8]) -> list[Line]:
        """The lines on `image` (uint8, (height, width, 3), BGR), from top to bottom."""
        ...


def width_px(box: Box) -> int:
    return box.right_px - box.left_px


def height_px(box: Box) -> int:
    return box.bottom_px - box.top_px


def same_place(a: Box, b: Box) -> bool:
    """Whether two boxes are one line's place: half of the smaller covered each way, and alike in height."""
    low, high = sorted((height_px(a), height_px(b)))
    narrow = min(width_px(a), width_px(b))
    if low <= 0 or narrow <= 0 or high > 1.8 * low:
        return False
    down = min(a.bottom_px, b.bottom_px) - max(a.top_px, b.top_px)
    across = min(a.right_px, b.right_px) - max(a.left_px, b.left_px)
    return down >= 0.5 * low and across >= 0.5 * narrow


def folded(text: str) -> str:
    """The text for comparison: full width folded, no spaces, no punctuation outside numbers, lower case."""
    return _SEPARATORS.sub("", unicodedata.normalize("NFKC", text).lower())


def similarity(a: str, b: str) -> float:
    """1 for equal folded texts, 0 for nothing in common (1 - edit distance / longer length)."""
    return float(Levenshtein.normalized_similarity(folded(a), folded(b)))


def numbers(text: str) -> list[str]:
    return _NUMBER.findall(unicodedata.normalize("NFKC", text))


def same_text(a: str, sure_a: float, b: str, sure_b: float) -> bool:
    """Whether two readings of one place are one text: equal, or so alike that a slip of the recogniser explains it.

    `sure_a` and `sure_b` are the confidences of the two readings.
    """
    if folded(a) == folded(b):
        return True
    if numbers(a) != numbers(b) and min(sure_a, sure_b) >= SURE_OF_NUMBERS:
        return False
    if min(sure_a, sure_b) >= SURE_OF_LETTERS:
        return False
    return similarity(a, b) >= SAME_TEXT


def worth_keeping(line: Line) -> bool:
    """Whether the line says anything: no single characters, unsure readings, clocks, or bare counters.

    A bare number is kept when it is written as a price (`9.9`).
    """
    text = unicodedata.normalize("NFKC", line.text).strip()
    if line.confidence < LEAST_CONFIDENCE or len(folded(text)) < 2:
        return False
    return not _CRUMB.fullmatch(text) or _PRICE_ALONE.fullmatch(text) is not None
