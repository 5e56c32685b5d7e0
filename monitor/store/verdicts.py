"""What people decide about a flag, one event after the other, and what stands after them.

Pure: nothing here reads or writes. Events are appended and never edited; whoever was wrong decides again.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from monitor.audit import SYSTEM
from monitor.errors import MonitorError, UsageError
from monitor.rules import Severity


class Decision(StrEnum):
    """What one event says."""

    CONFIRMED = "confirmed"
    DISMISSED = "dismissed"
    UNDECIDED = "undecided"
    """Looked at, and left open."""
    APPEALED = "appealed"
    """Those whom a confirmed flag accuses object to it."""
    APPEAL_UPHELD = "appeal_upheld"
    """They are right: the flag falls."""
    APPEAL_REJECTED = "appeal_rejected"
    """The flag stands as it was confirmed."""


class Reason(StrEnum):
    """Why a flag is dismissed: a closed list, so that reasons can be counted."""

    MISHEARD = "misheard"
    HARMLESS = "harmless"
    TOO_LITTLE = "too_little"
    DUPLICATE = "duplicate"
    NO_RULE = "no_rule"
    OTHER = "other"
    """Told in the note."""


REASON_NAMES = {
    Reason.MISHEARD: "误听",
    Reason.HARMLESS: "语境无害",
    Reason.TOO_LITTLE: "证据不足",
    Reason.DUPLICATE: "重复",
    Reason.NO_RULE: "规则不适用",
    Reason.OTHER: "其他",
}
"""What reviewers read and pick."""

VERDICTS = (Decision.CONFIRMED, Decision.DISMISSED, Decision.UNDECIDED)
"""What a reviewer decides; the others are about an appeal against it."""
_ANSWERS = (Decision.APPEAL_UPHELD, Decision.APPEAL_REJECTED)
MOST_NAME_CHARS = 100


class StaleVerdictError(MonitorError):
    """Somebody decided about the flag after the reviewer had looked at it."""


class UnknownFlagError(UsageError):
    """No stream of the store has such a flag."""


@dataclass(frozen=True, slots=True)
class JudgedOn:
    """What a reviewer had before them."""

    manifest_sha256: str = ""
    """Of the evidence's manifest, in hex; empty when there was no evidence."""
    lexicon: str = ""
    """`sha256:…`"""
    policy: str = ""
    """`sha256:…`"""


@dataclass(frozen=True, slots=True)
class Verdict:
    """One event of a flag's review."""

    flag_id: str
    """Made of the recording's content, so that verdicts survive another scan of it."""
    decision: Decision
    reviewer: str
    at: datetime
    """With a time zone."""
    seen: int
    """How many events of this flag the reviewer knew of; with more there it is not accepted."""
    judged_on: JudgedOn = JudgedOn()
    reasons: tuple[Reason, ...] = ()
    """At least one with a dismissal, none with anything else."""
    severity: Severity | None = None
    """The reviewer's own, with a confirmation; None leaves the computed one."""
    note: str = ""


@dataclass(frozen=True, slots=True)
class ReviewState:
    """Where a flag stands."""

    events: int = 0
    decision: Decision | None = None
    """`confirmed`, `dismissed`, `undecided`, or None while nobody has decided."""
    appealed: bool = False
    """An appeal waits for its answer."""
    reasons: tuple[Reason, ...] = ()
    severity: Severity | None = None
    """The reviewer's, of a confirmed flag; None: as computed."""
    reviewer: str = ""
    """Who took the decision that holds."""
    decided_at: datetime | None = None
    last_at: datetime | None = None
    """The latest time that any event bears."""

    @property
    def confirmed(self) -> bool:
        return self.decision is Decision.CONFIRMED


@dataclass(frozen=True, slots=True)
class Hold:
    """Why nothing of a flag may be deleted, until it is released."""

    flag_id: str
    why: str
    by: str
    at: datetime
    automatic: bool = False
    """Put on by a confirmation or an appeal, not by a person of its own."""
    released_at: datetime | None = None
    released_by: str = ""
    released_why: str = ""


def after(state: ReviewState, verdict: Verdict) -> ReviewState:
    """Where the flag stands after one more event."""
    known = (at for at in (state.last_at, verdict.at) if at is not None)
    state = replace(state, events=state.events + 1, last_at=max(known))
    if verdict.decision is Decision.APPEALED:
        return replace(state, appealed=True)
    if verdict.decision is Decision.APPEAL_REJECTED:
        return replace(state, appealed=False)
    falls = verdict.decision is Decision.APPEAL_UPHELD
    return replace(
        state,
        decision=Decision.DISMISSED if falls else verdict.decision,
        appealed=False,
        reasons=verdict.reasons,
        severity=verdict.severity,
        reviewer=verdict.reviewer,
        decided_at=verdict.at,
    )


def state_of(events: Iterable[Verdict]) -> ReviewState:
    """Where a flag stands after all its events, given in order."""
    state = ReviewState()
    for verdict in events:
        state = after(state, verdict)
    return state


def check(state: ReviewState, verdict: Verdict) -> None:
    """Whether this event may follow. Raises StaleVerdictError, and UsageError for one that makes no sense."""
    flag, decision = f"flag {verdict.flag_id}", verdict.decision
    if verdict.seen != state.events:
        raise StaleVerdictError(
            f"{state.events} decisions stand, {verdict.seen} were known: somebody else decided meanwhile",
            where=flag,
            todo=f"look at them with `monitor verdict {verdict.flag_id}`, then decide again",
        )
    check_name(verdict.reviewer, flag)
    if (decision is Decision.DISMISSED) != bool(verdict.reasons):
        names = ", ".join(f"{reason} ({name})" for reason, name in REASON_NAMES.items())
        raise UsageError(
            "a dismissal needs a reason, and nothing else takes one", where=flag, todo=f"--reason is one of {names}"
        )
    if Reason.OTHER in verdict.reasons and not verdict.note.strip():
        raise UsageError("the reason `other` says nothing by itself", where=flag, todo="tell it with --note")
    if verdict.severity is not None and decision is not Decision.CONFIRMED:
        raise UsageError("only a confirmed flag has a severity", where=flag, todo="leave --severity out")
    if decision in _ANSWERS and not state.appealed:
        raise UsageError("no appeal is open", where=flag, todo="note the appeal first with `monitor appeal`")
    if decision not in _ANSWERS and state.appealed:
        raise UsageError("an appeal is open", where=flag, todo="answer it with `monitor appeal --upheld | --rejected`")
    if decision is Decision.APPEALED and not state.confirmed:
        raise UsageError("only a confirmed flag can be appealed against", where=flag, todo="decide about it first")


def check_name(name: str, where: str) -> None:
    """Raises UsageError for what cannot stand in the audit log as the person who did something."""
    if not name.strip() or name == SYSTEM or len(name) > MOST_NAME_CHARS or not name.isprintable():
        raise UsageError(
            "a person's name is needed", where=where, todo=f"give --by, at most {MOST_NAME_CHARS} characters that print"
        )


def on_hold(state: ReviewState, holds: Iterable[Hold]) -> bool:
    """Whether nothing of a flag may be deleted.

    A hold that was not released does it; so does an open appeal, and a confirmation after which nothing was released,
    even if no row says so.
    """
    holds = tuple(holds)
    if state.appealed or any(hold.released_at is None for hold in holds):
        return True
    decided_at = state.decided_at
    return state.confirmed and not any(
        hold.released_at is not None and decided_at is not None and hold.released_at >= decided_at for hold in holds
    )


def holds_by_itself(decision: Decision) -> bool:
    """Whether an event of this kind puts its flag on hold."""
    return decision in (Decision.CONFIRMED, Decision.APPEALED)


def ends_own_holds(decision: Decision) -> bool:
    """Whether an event of this kind takes away the grounds of every hold that earlier events put on.

    A rejected appeal ends only the appeal's own.
    """
    return decision in (Decision.DISMISSED, Decision.UNDECIDED, Decision.APPEAL_UPHELD)
