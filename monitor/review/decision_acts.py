"""What a person did at the desk, as it is told to them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from monitor.rules import Severity
from monitor.store.alike import AlikeFlag
from monitor.store.verdicts import Decision, Reason, ReviewState, Round, Stage, Verdict

BUILT_ON = "此后已有他人的判定或申诉，无法撤销"


@dataclass(frozen=True, slots=True)
class Done:
    """One act of a person that still stands."""

    flag_ids: tuple[str, ...]
    """Several when they were dismissed in one go."""
    decision: Decision
    round: Round
    at: datetime
    reasons: tuple[Reason, ...]
    severity: Severity | None
    note: str
    batch: str
    """Empty for one flag alone."""
    refusal: str
    """Why it cannot be taken back; empty: it can. Of several flags: none of them can."""

    @property
    def flag_id(self) -> str:
        return self.flag_ids[0]


@dataclass(frozen=True, slots=True)
class Alike:
    """What waits for its first decision for the same words, and would be dismissed in one go."""

    flag_ids: tuple[str, ...]
    """`MOST_ALIKE` at most; the flag that was asked about is one of them while it is open."""
    others: int
    """Without that flag."""
    more: bool
    """There are more than that: they can be dismissed afterwards."""
    examples: tuple[AlikeFlag, ...]
    """Some of the others, oldest first."""

    @property
    def count(self) -> int:
        return len(self.flag_ids)


@dataclass(frozen=True, slots=True)
class TakenBack:
    """What became of a batch."""

    flag_ids: tuple[str, ...]
    left: tuple[str, ...]
    """Others went on with these, or are at them: they stay as they are."""


def is_last(verdict: Verdict, states: dict[str, ReviewState]) -> bool:
    """Nothing that stands came after it."""
    return states[verdict.flag_id].standing[-1:] == (verdict,)


def done(act: Sequence[Verdict], states: dict[str, ReviewState], *, answer: bool = False) -> Done:
    """`answer`: it is about a gold flag, and its own review goes another way."""
    first = act[0]
    free = states[first.flag_id].stage is Stage.CLOSED if answer else any(is_last(one, states) for one in act)
    return Done(
        flag_ids=tuple(one.flag_id for one in act),
        decision=first.decision,
        round=first.round,
        at=first.at,
        reasons=first.reasons,
        severity=first.severity,
        note=first.note,
        batch=first.batch,
        refusal="" if free else BUILT_ON,
    )
