"""What is asked and told of streams as people see them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from monitor.records import Gap
from monitor.store.figures import Period
from monitor.store.verdicts import ReviewState


class Condition(StrEnum):
    """What became of a stream, as somebody has to know who is to do something about it."""

    DONE = "done"
    RUNNING = "running"
    INTERRUPTED = "interrupted"
    """Its process is gone."""
    STOPPED = "stopped"
    FAILED = "failed"
    GIVEN_UP = "given_up"
    """Failed so often that only who names it has it tried again."""


class Order(StrEnum):
    """Which streams come first."""

    NEWEST = "newest"
    MOST_FLAGS = "flags"
    LEAST_COVERED = "coverage"


@dataclass(frozen=True, slots=True)
class StreamChoice:
    """Which streams are listed; empty is all."""

    platform: str = ""
    conditions: tuple[Condition, ...] = ()
    with_gaps: bool = False
    """Not wholly heard or not wholly seen."""
    words: str = ""
    """Stands in the creator's name, the room or the file's name."""
    creator: str | None = None
    """Exactly this one."""
    period: Period = field(default_factory=Period)
    """In which their scan ended."""


@dataclass(frozen=True, slots=True)
class StreamLine:
    """One stream of the list."""

    stream_id: int
    stream_key: str
    room: str
    source: str
    """Path of its first file."""
    platform: str
    creator: str
    began_at: datetime
    """When the broadcast began, else when its scan did."""
    began_known: bool
    """It is the broadcast's own time."""
    scanned_at: datetime
    condition: Condition
    problem: str
    failures: int
    end_ms: int
    """Its length; 0 until it was scanned to its end."""
    reached_ms: int
    heard_ms: int
    seen_ms: int
    flags: int = 0
    open_flags: int = 0
    """Of these, those that nobody has closed."""
    gaps: int = 0


@dataclass(frozen=True, slots=True)
class StreamList:
    """Some of the streams that were chosen, in order."""

    lines: tuple[StreamLine, ...]
    streams: int
    """How many were chosen."""


@dataclass(frozen=True, slots=True)
class StreamFlag:
    """One flag of a stream, with where its review stands."""

    flag_id: str
    scheme: str
    severity: str
    score: float
    start_ms: int
    end_ms: int
    candidate: bool
    state: ReviewState


@dataclass(frozen=True, slots=True)
class WholeStream:
    """All that is drawn of one stream."""

    line: StreamLine
    files: tuple[str, ...]
    """Paths of its media files, in order."""
    flags: tuple[StreamFlag, ...]
    """In order of start, candidates too."""
    gaps: tuple[Gap, ...]
    comments: tuple[tuple[int, int], ...]
    """Start of a stretch in ms, and how many comments were typed in it; stretches without are left out."""
    stretch_ms: int
    """Length of each."""
    newer: int | None
    """Another try at the recording that people see instead."""
