"""A rule as a flag cites it: what it says, where it stands, how grave, what it brings, and whom it binds.

Pure data like the records that flow: a rule is chosen and shown elsewhere.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """How grave, in the words of the one ladder that a platform published (快速过款)."""

    SLIGHT = "slight"
    ORDINARY = "ordinary"
    SERIOUS = "serious"
    VERY_SERIOUS = "very_serious"


SEVERITY_NAMES: Mapping[str, str] = {
    Severity.SLIGHT: "轻微",
    Severity.ORDINARY: "一般",
    Severity.SERIOUS: "严重",
    Severity.VERY_SERIOUS: "特别严重",
}
"""In that ladder's words; by the severity or its value."""


class Outcome(StrEnum):
    """Whether a rule that binds some hosts only binds this one."""

    APPLIES = "applies"
    DOES_NOT_APPLY = "does_not_apply"
    CANNOT_TELL = "cannot_tell"


@dataclass(frozen=True, slots=True)
class RuleConditions:
    """What must hold of the host besides the words, and what is known of it."""

    industries: tuple[str, ...]
    """Main industries of the hosts that the rule binds."""
    score: str
    """What the shop score is, in the notice's words."""
    score_threshold: float
    below_threshold: str
    """What is forbidden below it."""
    from_threshold: str
    """What is forbidden at it and above."""
    order_window_days: int
    outcome: Outcome = Outcome.CANNOT_TELL
    sentence: str = ""
    """The outcome in words, with what would have to be known; empty before it was looked at."""


@dataclass(frozen=True, slots=True)
class Strike:
    """What the `nth` violation brings."""

    nth: int
    grade: str
    measures: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Strikes:
    """How a second and a third violation weigh more."""

    industries: tuple[str, ...]
    """Kinds of goods to which it is limited; none when to all."""
    steps: tuple[Strike, ...]


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule of a platform or the state, as it stood on the stream's day."""

    rule_id: str
    title: str
    clause: str
    source: str
    effective: str
    """ISO date."""
    verified: str
    """ISO date on which someone last read the source; empty when nobody has."""
    verification: str
    """`notice` (the platform's or state's own text), `reprint`, `unverified`."""
    measures: tuple[str, ...] = ()
    until: str = ""
    """ISO date of its last day; empty while it holds."""
    seen: str = ""
    """ISO date of the first report, where the day it took effect is not known."""
    effective_basis: str = "stated"
    """`reported`: the source names no day, `effective` is the day on which the press brought it."""
    source_id: str = ""
    """Its text among the policies' sources."""
    weaker: tuple[tuple[str, str], ...] = ()
    """Parts (`clause`, `effective`, `measures`) that rest on less than `verification` says, and on what."""
    ladder: tuple[tuple[Severity, tuple[str, ...]], ...] = ()
    """Measures by severity, where the platform published them."""
    strikes: Strikes | None = None
    conditions: RuleConditions | None = None
    note: str = ""
    """What is uncertain, and what a reviewer must judge."""
    chosen_for: str = ""
    """ISO day in China for which this version was chosen; empty when nobody asked for one."""
    day_known: bool = True
    """False: the stream's day is not known, and `chosen_for` is the day of the judging."""
