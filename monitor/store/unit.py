"""What is stored in one transaction while a stream is scanned, and what an earlier try at it left."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from monitor.records import Cue, Discard, Flag, Gap
from monitor.store.steps import Step


@dataclass(frozen=True, slots=True)
class Answer:
    """What a model said to one input: kept until the stream is done, so that a scan that died need not ask again."""

    key: str
    """Names model and input by their content."""
    said: Any
    """Plain JSON values."""


@dataclass(frozen=True, slots=True)
class Unit:
    """One window of a stream: its results and its completion are kept together or not at all."""

    cues: Sequence[Cue] = ()
    """Cues that no step tells."""
    steps: Sequence[Step] = ()
    """Go on where those kept before end; their cues are kept as if given in `cues`."""
    discards: Sequence[Discard] = ()
    gaps: Sequence[Gap] = ()
    flags: Sequence[Flag] = ()
    answers: Sequence[Answer] = ()
    reached_ms: int = 0
    """How far the stream is judged; what was kept before may have come further."""
    told: str = ""
    """Digest of all steps from the stream's start to the last of these; given with steps."""


@dataclass(frozen=True, slots=True)
class Kept:
    """What is stored of a stream whose scan is not done."""

    steps: int
    """How many steps of judging, counted from the stream's start."""
    discards: int
    flag_ids: frozenset[str]
    reached_ms: int
    told: str
    """Digest of these steps."""
    answers: bool
    """Whether models' answers are there."""


@dataclass(frozen=True, slots=True)
class Failure:
    """How often a recording failed, and how it did the last time."""

    media_key: str
    times: int
    problem: str
