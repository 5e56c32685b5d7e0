"""What people decide about a flag: the events of its review, its rounds, and what its evidence is kept for.

Pure: nothing here reads or writes. Events are appended and never edited; whoever was wrong takes theirs back or decides
again. What follows from them is computed in `rounds` and `holds`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
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
    ESCALATED = "escalated"
    """Handed to the last round at once: too grave or too hard for the reviewer."""
    WITHDRAWN = "withdrawn"
    """The reviewer takes their last event back: the flag stands as before it."""
    APPEALED = "appealed"
    """Those whom a confirmed flag accuses object to it."""
    APPEAL_UPHELD = "appeal_upheld"
    """They are right: the flag falls."""
    APPEAL_REJECTED = "appeal_rejected"
    """The flag stands as it was confirmed."""


DECISION_NAMES: Mapping[str, str] = {
    Decision.CONFIRMED: "违规成立",
    Decision.DISMISSED: "误报",
    Decision.UNDECIDED: "存疑",
    Decision.ESCALATED: "升级",
    Decision.WITHDRAWN: "撤回",
    Decision.APPEALED: "申诉",
    Decision.APPEAL_UPHELD: "申诉成立",
    Decision.APPEAL_REJECTED: "申诉驳回",
}
"""As people read them; by the decision or its value, like the names below."""


class Round(StrEnum):
    """In whose place an event was decided."""

    FIRST = "first"
    SECOND = "second"
    """By another person, who does not see what the first one decided."""
    FINAL = "final"
    """By who decides where two reviewers disagree. What the command line says is of this round, and closes a flag."""


ROUND_NAMES: Mapping[str, str] = {Round.FIRST: "初审", Round.SECOND: "复审", Round.FINAL: "终审"}


class Stage(StrEnum):
    """Which round a flag waits for."""

    FIRST = "first"
    SECOND = "second"
    FINAL = "final"
    CLOSED = "closed"


STAGE_NAMES: Mapping[str, str] = {
    Stage.FIRST: "待初审",
    Stage.SECOND: "待复审",
    Stage.FINAL: "待终审",
    Stage.CLOSED: "已结",
}


class Reason(StrEnum):
    """Why a flag is dismissed or left open: a closed list, so that reasons can be counted."""

    MISHEARD = "misheard"
    HARMLESS = "harmless"
    TOO_LITTLE = "too_little"
    DUPLICATE = "duplicate"
    NO_RULE = "no_rule"
    OTHER = "other"
    """Told in the note."""


REASON_NAMES: Mapping[Reason, str] = {
    Reason.MISHEARD: "误听",
    Reason.HARMLESS: "语境无害",
    Reason.TOO_LITTLE: "证据不足",
    Reason.DUPLICATE: "重复",
    Reason.NO_RULE: "规则不适用",
    Reason.OTHER: "其他",
}
"""What reviewers read and pick."""

VERDICTS = (Decision.CONFIRMED, Decision.DISMISSED, Decision.UNDECIDED, Decision.ESCALATED)
"""What a reviewer decides."""
APPEALS = (Decision.APPEALED, Decision.APPEAL_UPHELD, Decision.APPEAL_REJECTED)
"""What is about an appeal against it."""
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
    """At least one with a dismissal. What leaves the flag open in the first two rounds has one or a note; nothing else
    takes any."""
    severity: Severity | None = None
    """The reviewer's own, with a confirmation; None leaves the computed one."""
    note: str = ""
    round: Round = Round.FINAL
    """Of what is taken back, with `withdrawn`."""
    second_review: bool = False
    """In the first round: a second reviewer must look, whatever the decision."""
    batch: str = ""
    """Common to several flags that were dismissed, or taken back, in one go."""


@dataclass(frozen=True, slots=True)
class ReviewState:
    """Where a flag stands."""

    events: int = 0
    """All there are, those that were taken back too."""
    decision: Decision | None = None
    """`confirmed`, `dismissed` or `undecided` once the flag is closed; None while its rounds go on."""
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
    stage: Stage = Stage.FIRST
    first_by: str = ""
    """Who decided in the first round; empty while nobody has, or when it was passed over."""
    second_by: str = ""
    standing: tuple[Verdict, ...] = ()
    """The events without those that were taken back. Not for who must not know what others decided."""

    @property
    def confirmed(self) -> bool:
        return self.decision is Decision.CONFIRMED

    @property
    def under_review(self) -> bool:
        """Somebody has decided, and another round is to come."""
        return self.stage in (Stage.SECOND, Stage.FINAL)


@dataclass(frozen=True, slots=True)
class Hold:
    """Why nothing of a flag may be deleted, until it is released."""

    flag_id: str
    why: str
    by: str
    at: datetime
    automatic: bool = False
    """Put on by what was decided (see `holds.own_holds`), not by a person of its own."""
    released_at: datetime | None = None
    released_by: str = ""
    released_why: str = ""


def check_name(name: str, where: str) -> None:
    """Raises UsageError for what cannot stand in the audit log as the person who did something."""
    if not name.strip() or name == SYSTEM or len(name) > MOST_NAME_CHARS or not name.isprintable():
        raise UsageError(
            "a person's name is needed", where=where, todo=f"give --by, at most {MOST_NAME_CHARS} characters that print"
        )
