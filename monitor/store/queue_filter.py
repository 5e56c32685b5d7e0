"""Which part of the queue somebody looks at, and in which order. Pure, and the same in a page's address."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, fields
from datetime import date
from enum import StrEnum
from typing import Any, TypeVar

from monitor.records import Channel
from monitor.rules import Severity
from monitor.store.columns import storable
from monitor.store.verdicts import Decision, Stage

T = TypeVar("T")

APPEALED = "appealed"
"""An appeal waits for its answer."""
HELD = "held"
"""Somebody put it on hold; what is on hold by itself, because of what was decided, is not meant."""
STATES = (
    *(stage.value for stage in Stage),
    *(f"{Stage.CLOSED}:{decision}" for decision in (Decision.CONFIRMED, Decision.DISMISSED, Decision.UNDECIDED)),
    APPEALED,
    HELD,
)
"""What a filter's `state` may name: a stage, `closed:` and the decision, `APPEALED` or `HELD`."""
MOST_VALUES = 100
"""Of one kind in one filter; an address may be typed by anybody."""


class Order(StrEnum):
    """How a list is sorted; what is equal by it stands as it was found."""

    SEVERE = "severe"
    """The most severe first and of these the oldest: as flags are handed out."""
    OLDEST = "oldest"
    NEWEST = "newest"
    SCORE = "score"
    """The surest first."""


@dataclass(frozen=True, slots=True)
class Filter:
    """What flags must be to belong: each of several kinds, any of the values of a kind. None: whatever it is.

    Values stand sorted, each once, so that filters that mean the same are equal.
    """

    platform: tuple[str, ...] | None = None
    creator: tuple[str, ...] | None = None
    """Something that stands in the creator's name; an empty one is a creator who is not known."""
    scheme: tuple[str, ...] | None = None
    severity: tuple[Severity, ...] | None = None
    channel: tuple[Channel, ...] | None = None
    """Flags with a hit in any of these."""
    state: tuple[str, ...] | None = None
    """Of `STATES`. None: all that is open."""
    min_score: float | None = None
    max_score: float | None = None
    since: date | None = None
    """First day in China on which it was on air."""
    until: date | None = None
    """Last such day."""
    text: str | None = None
    """How the flag's id begins, or something that stands in the room's name."""

    def __post_init__(self) -> None:
        for name in _SEVERAL:
            given: Iterable[str] = getattr(self, name) or ()
            # Of an enumeration as of text: in order of the words themselves.
            object.__setattr__(self, name, tuple(sorted({*map(_stored, given)}, key=str)[:MOST_VALUES]) or None)
        object.__setattr__(self, "text", _stored((self.text or "").strip()) or None)

    def to_query(self) -> dict[str, list[str]]:
        """For an address or to be saved: texts by name, each at least one, nothing for what is None."""
        query = {}
        for field in fields(self):
            value = getattr(self, field.name)
            if value is not None:
                query[field.name] = [str(one) for one in value] if isinstance(value, tuple) else [str(value)]
        return query

    @classmethod
    def from_query(cls, query: Mapping[str, str | Iterable[str]]) -> Filter:
        """Back again. What no filter has, or what says nothing, is left out: an address may come from anywhere."""
        told: dict[str, Any] = {}
        for name, read in _READ.items():
            given = query.get(name, ())
            some = _all_read([given] if isinstance(given, str) else list(given)[:MOST_VALUES], read)
            if some:
                told[name] = tuple(some) if name in _SEVERAL else some[0]
        return cls(**told)


def _stored(text: str) -> str:
    return text if isinstance(text, StrEnum) else storable(text)


def _all_read(given: Iterable[Any], read: Callable[[str], T]) -> list[T]:
    some: list[T] = []
    for text in given:
        try:
            some.append(read(str(text)))
        except ValueError:
            continue
    return some


def _state(text: str) -> str:
    if text not in STATES:
        raise ValueError(text)
    return text


def _score(text: str) -> float:
    score = float(text)
    if not math.isfinite(score):
        raise ValueError(text)
    return score


_READ: Mapping[str, Callable[[str], Any]] = {
    "platform": str,
    "creator": str,
    "scheme": str,
    "severity": Severity,
    "channel": Channel,
    "state": _state,
    "min_score": _score,
    "max_score": _score,
    "since": date.fromisoformat,
    "until": date.fromisoformat,
    "text": str,
}
_SEVERAL = ("platform", "creator", "scheme", "severity", "channel", "state")
