"""A term found in a normal text, before it becomes a hit with time and raw words."""

from __future__ import annotations

from dataclasses import dataclass

from monitor.records import Method


@dataclass(frozen=True, slots=True)
class Finding:
    """Half-open range `start:end` of the normal text holds `term`, found by `method`."""

    term: str
    start: int
    end: int
    method: Method
    score: float
    how: str = ""
