"""A trial of a changed term as people follow it: what was chosen, how far it is, which flags it moves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from monitor.lexicon.policy import CHINA
from monitor.review.term_change import TermChange, one_line
from monitor.store.verdicts import Decision

MOST_CHANGES = 1000
"""Kept of one trial; a term that moves more is none that anybody will hand in."""


class Progress(StrEnum):
    """How far a trial is."""

    WAITING = "waiting"
    """Somebody else's is before it."""
    COMPILING = "compiling"
    RUNNING = "running"
    DONE = "done"
    CANCELLED = "cancelled"
    FAILED = "failed"


OVER = (Progress.DONE, Progress.CANCELLED, Progress.FAILED)


@dataclass(frozen=True, slots=True)
class Chosen:
    """Which streams: the last ones that were scanned to their end, of one platform where it is named."""

    last: int = 50
    platform: str = ""


@dataclass(frozen=True, slots=True)
class FlagChange:
    """A flag that the changed term gives otherwise."""

    change: str
    """`appeared`, `vanished`, `changed`."""
    flag_id: str
    stored: bool
    """Whether the workspace has this flag; only then there is a page to look at."""
    decision: Decision | None
    """What the reviewers made of it, once its review was closed."""
    candidate: bool
    scheme: str
    score: float
    stream_id: int
    platform: str
    creator: str
    room: str
    start_ms: int
    end_ms: int
    words: tuple[str, ...]
    """What it rests on, as it was said or shown."""
    because: tuple[str, ...]
    """Chinese sentences."""


@dataclass(frozen=True, slots=True)
class Trial:
    """A trial as it stands at one moment."""

    change: TermChange
    chosen: Chosen
    begun_at: datetime
    progress: Progress = Progress.WAITING
    ended_at: datetime | None = None
    problem: str = ""
    """Why it failed, in Chinese."""
    there: int = 0
    """Streams that could have been tried."""
    streams: int = 0
    """Those chosen."""
    tried: int = 0
    tried_ms: int = 0
    """Their length."""
    inexact: int = 0
    """Of these, streams that were stored without their steps: their replay only comes close."""
    drifted: int = 0
    """Of these, streams whose stored flags today's lexicon gives otherwise even without the change."""
    changes: tuple[FlagChange, ...] = ()
    """At most MOST_CHANGES."""
    counts: Mapping[str, int] | None = None
    """Of all changes of flags by kind; None before there is one."""
    handed_in: str = ""
    """YAML for whoever keeps the lexicon."""

    @property
    def over(self) -> bool:
        return self.progress in OVER

    def count(self, change: str) -> int:
        return (self.counts or {}).get(change, 0)


def hand_in(trial: Trial) -> str:
    """The change as a file for whoever keeps the lexicon: YAML, and what the trial found as comments."""
    found = f"消失 {trial.count('vanished')} 条，新出现 {trial.count('appeared')} 条，改变 {trial.count('changed')} 条"
    over = "试到一半取消" if trial.progress is Progress.CANCELLED else "试完"
    when = trial.begun_at.astimezone(CHINA)
    notes = [
        "词库改动建议，还没有写进词库",
        f"试算：{when:%Y-%m-%d %H:%M}，{over}，最近 {trial.tried} 场录像"
        + (f"（平台 {one_line(trial.chosen.platform)}）" if trial.chosen.platform else ""),
        f"结果：{found}",
    ]
    return "".join(f"# {note}\n" for note in notes) + trial.handed_in
