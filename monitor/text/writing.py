"""How writers disguise words, as plain data, and the names under which reviewers hear of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

CLAUSE, SENTENCE, QUESTION = "，", "。", "？"
MARKS = frozenset((CLAUSE, SENTENCE, QUESTION))
"""What is left of punctuation: the ends of clauses, sentences and questions."""

EMOJI = "emoji"
SPLIT = "split character"
INITIAL = "initial letter"
STAND_IN = "stand-in word"
LOOK_ALIKE = "look-alike character"
FULL_WIDTH = "full width"
TRADITIONAL = "traditional character"
STYLED = "styled letter or digit"
ACCENTED = "accented letter"
CAPITAL = "capital numeral"
MONEY = "money word"
SECONDS = "short for seconds"
VERTICAL = "written vertically"
INSERTED = "inserted symbols"
INVISIBLE = "invisible characters"
STRUCK_OVER = "struck-over characters"

DISGUISES = (
    *(EMOJI, SPLIT, INITIAL, STAND_IN, LOOK_ALIKE, FULL_WIDTH, TRADITIONAL, STYLED, ACCENTED, CAPITAL, MONEY),
    *(SECONDS, VERTICAL, INSERTED, INVISIBLE, STRUCK_OVER),
)
"""Every name that a normal text gives."""


@dataclass(frozen=True, slots=True)
class StandIn:
    """Spellings that writers use for another word."""

    means: str
    """The plain word."""
    written: tuple[str, ...]
    """In normal form: simplified, lower case, half width."""
    how: str = STAND_IN
    after: tuple[str, ...] = ()
    """What stands right before it; empty with `before` empty: it needs nothing around it."""
    before: tuple[str, ...] = ()
    """What stands right behind it; either side is enough."""
    unless: tuple[str, ...] = ()
    """What right behind it undoes it."""


@dataclass(frozen=True, slots=True)
class Writing:
    """How writers disguise words, as data (`lexicons/writing.yaml`)."""

    emoji: Mapping[str, str] = field(default_factory=dict)
    """Symbol → the word it stands for."""
    parts: Mapping[str, str] = field(default_factory=dict)
    """Parts written side by side → the character they make."""
    words: Mapping[str, str] = field(default_factory=dict)
    """A short form with a letter in it → the word, character for character: `免d` → `免单`."""
    fillers: frozenset[str] = frozenset("x×丨")
    """Letters put between two characters to hide a word."""
    parted_words: frozenset[str] = frozenset()
    """Words that writers pull apart: common parts, letters and full stops are only undone where one comes out."""
    stand_ins: tuple[StandIn, ...] = ()
