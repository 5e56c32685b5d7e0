"""One thing that was looked at."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Grade(StrEnum):
    """How bad it is."""

    FINE = "fine"
    BEWARE = "beware"
    """Scans are right all the same; something is slower, riskier or missing beside them."""
    MEND = "mend"
    """No scan, or no right one, until it is mended."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What was looked at, what was found, and what to do about it."""

    what: str
    found: str
    todo: str = ""
    """Empty where nothing is to be done."""
    grade: Grade = Grade.FINE


def beware(what: str, found: str, todo: str) -> Finding:
    return Finding(what, found, todo, Grade.BEWARE)


def mend(what: str, found: str, todo: str) -> Finding:
    return Finding(what, found, todo, Grade.MEND)
