"""What an explanation holds. Ids are English and stable, sentences are Chinese and for people."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

SCHEMA = "monitor.explanation/1"


@dataclass(frozen=True, slots=True)
class FoundWord:
    """Words of the text that stand for a term of the lexicon, or that weighed with the learned judge."""

    raw: str
    start: int
    """Half-open range in the unaltered text."""
    end: int
    term: str
    slot: str
    slot_about: str
    """What the slot is about; the slot's name where the lexicon has no such slot."""
    method: str
    """One of `monitor.records.Method`."""
    method_name: str
    """The method in Chinese."""
    score: float
    """0 to 1."""
    how: str
    """`反现 → 返现，同音`; empty where it is written plainly."""


@dataclass(frozen=True, slots=True)
class PatternTold:
    """A pattern that fired."""

    pattern: str
    about: str


@dataclass(frozen=True, slots=True)
class Fired:
    """A scheme that was found in the text."""

    scheme: str
    name: str
    candidate: bool
    score: float
    patterns: tuple[PatternTold, ...]
    words: tuple[FoundWord, ...]
    """What filled the patterns' slots."""
    weighed: tuple[FoundWord, ...]
    """What weighed most with the learned judge."""
    facts: tuple[str, ...]
    why_candidate: str
    """Why it is no flag; empty where it is one."""


@dataclass(frozen=True, slots=True)
class SetAside:
    """Words that were found and do not count."""

    word: FoundWord
    reason: str
    """As the matcher names it: `denial`, `inside 第二件半价`."""
    sentence: str


@dataclass(frozen=True, slots=True)
class Price:
    """A sum that the price ledger took."""

    raw: str
    yuan: float
    base: bool
    label: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Filled:
    """One need of a pattern and the word that meets it."""

    need: str
    """`pay|pay_plain`, as the pattern has it."""
    word: FoundWord
    set_aside: str
    """Why the word does not count, as a sentence; empty where it counts."""


@dataclass(frozen=True, slots=True)
class Lacking:
    """One need of a pattern that nothing in the text meets."""

    need: str
    about: str
    samples: tuple[str, ...]
    """Two or three terms that would have met it."""


@dataclass(frozen=True, slots=True)
class Nearest:
    """The pattern of a scheme that came nearest to firing, and what would have been needed."""

    scheme: str
    name: str
    pattern: str
    about: str
    filled: tuple[Filled, ...]
    lacking: tuple[Lacking, ...]
    hindrances: tuple[str, ...]
    """Order, distance, channel, score, or a word nearby that forbids it: sentences."""
    common: bool
    """Only words that many schemes share are there (付款): no reason to think of this scheme."""


@dataclass(frozen=True, slots=True)
class Opinion:
    """How sure the learned judge is of a scheme by the words alone, 0 to 1."""

    scheme: str
    name: str
    certainty: float
    words: tuple[str, ...]
    """What weighed most; empty where it is hardly thought of."""


@dataclass(frozen=True, slots=True)
class Explanation:
    """All that a word editor needs to know about one text."""

    text: str
    channel: str
    fired: tuple[Fired, ...]
    """Flags first, then candidates, surest first."""
    set_aside: tuple[SetAside, ...]
    unused: tuple[FoundWord, ...]
    """Found, counting, and part of nothing that fired."""
    prices: tuple[Price, ...]
    nearest: tuple[Nearest, ...]
    """One for each scheme that did not become a flag and of which at least one slot was filled, nearest first; where
    there is none, and nothing fired, the shortest way to each likely scheme with nothing filled."""
    opinions: tuple[Opinion, ...]
    """Surest first; empty where no judge was trained."""

    @property
    def nothing_found(self) -> bool:
        """Whether no word of the lexicon and no price is in the text."""
        return not (self.set_aside or self.unused or self.prices or any(fired.words for fired in self.fired))

    def as_data(self) -> dict[str, Any]:
        """Plain values for JSON, with `schema` first."""
        return {"schema": SCHEMA, **asdict(self)}
