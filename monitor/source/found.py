"""What a search returns: streams to scan, and what was left alone and why."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from monitor.records import Stream


@dataclass(frozen=True, slots=True)
class Passed:
    """A file or folder left alone."""

    path: Path
    reason: str
    """Part of a sentence for a person: `still being written`; where it failed, with what to do."""
    failed: bool
    """It should have been readable: counts as an input that failed. Otherwise leaving it alone is right."""


@dataclass(frozen=True, slots=True)
class Found:
    """Everything that a search came upon, in the order of the given paths and by name within each."""

    streams: tuple[Stream, ...]
    passed: tuple[Passed, ...]
