"""How long things are kept, and what is due to go: a plan, which decides and deletes nothing.

Three kinds, each with its period in days:

`raw`        what was heard and read of a stream: cues, steps of judging, discards, models' answers
`clip`       evidence of flags that nobody confirmed, or that fell
`confirmed`  evidence of confirmed flags, counted from the end of their hold

The national rules on live commerce (令117号, article 16) ask platforms to keep trade information for three years at
least, replay and interaction records among it; the 1095 days of `confirmed` follow that. The rest is the desk's own
choice: the 90 and 365 days, that a period begins anew with every decision and every hold that ends, that raw material
is kept as long as one of its stream's flags is on hold, and that a confirmed flag is on hold until somebody releases
it. Days are whole ones in UTC, so that a plan looked at in the morning is still the plan in the afternoon.

Nothing here looks at how full the disk is: evidence never goes for want of space.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from pathlib import PurePosixPath

from monitor.store.forgetting import KeptEvidence, KeptRaw

EVIDENCE = "evidence"
"""Folder of the workspace in which all evidence lies; what a row names elsewhere is never planned."""
_ID_CHARS = 16
"""64 bits of the plan's SHA-256 in hex: people copy it, and two plans of a desk never share it by chance."""

Kept = KeptEvidence | KeptRaw


class Kind(StrEnum):
    """What is kept, by how long."""

    RAW = "raw"
    CLIP = "clip"
    CONFIRMED = "confirmed"


@dataclass(frozen=True, slots=True)
class Periods:
    """Days."""

    raw: int
    clip: int
    confirmed: int


@dataclass(frozen=True, slots=True)
class Item:
    """One thing whose time is over."""

    kind: Kind
    kept: Kept
    why: str
    """Since when it was kept, and which period was over when: the same every day."""
    size_bytes: int

    @property
    def name(self) -> str:
        """The folder of evidence, or the stream and its number."""
        return self.kept.folder if isinstance(self.kept, KeptEvidence) else f"stream {self.kept.stream_id}"


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything whose time is over, in the order in which it goes."""

    items: tuple[Item, ...]

    @property
    def plan_id(self) -> str:
        """Names what is to be deleted and why, but not the day on which one looks."""
        told = [
            [item.kind, item.name, item.why, item.kept.stream_id, item.kept.since.isoformat()]
            + ([item.kept.flag_id, item.kept.manifest_sha256] if isinstance(item.kept, KeptEvidence) else [])
            for item in self.items
        ]
        return hashlib.sha256(json.dumps(told).encode()).hexdigest()[:_ID_CHARS]

    @property
    def size_bytes(self) -> int:
        return sum(item.size_bytes for item in self.items)


def plan(
    evidence: Iterable[KeptEvidence],
    raw: Iterable[KeptRaw],
    periods: Periods,
    *,
    now: datetime,
    size_of: Callable[[Kept], int] = lambda _: 0,
) -> Plan:
    """What is due at `now`; `size_of` is asked in bytes for what is, and for nothing else."""
    kept: list[Kept] = [*sorted(raw, key=lambda one: one.stream_id)]
    kept += [*sorted(evidence, key=lambda one: (one.flag_id, one.row))]
    items = []
    for one in kept:
        kind, why = _due(one, periods, now)
        if why:
            items.append(Item(kind, one, why, size_of(one)))
    return Plan(tuple(items))


def _due(kept: Kept, periods: Periods, now: datetime) -> tuple[Kind, str]:
    """Of what kind it is, and why it is due: empty while it is not."""
    if isinstance(kept, KeptRaw):
        kind, since, free = Kind.RAW, kept.since, not kept.held_by
        said, days = "heard and read until", periods.raw
    else:
        since, free = _counted_from(kept), not kept.on_hold and _is_ours(kept.folder)
        if kept.state.confirmed:
            kind, said, days = Kind.CONFIRMED, "confirmed and off hold since", periods.confirmed
        else:
            kind, said, days = Kind.CLIP, "not confirmed, nothing new since", periods.clip
    if not free or (_day(now) - _day(since)).days <= days:
        return kind, ""
    return kind, f"{said} {_day(since)}; {days} days were over on {_day(since) + timedelta(days=days)}"


def _counted_from(kept: KeptEvidence) -> datetime:
    """The last time that anything happened to the flag: its scan, an event, a hold, the end of a hold."""
    times = [kept.since, kept.state.last_at, *(at for hold in kept.holds for at in (hold.at, hold.released_at))]
    return max(at for at in times if at is not None)


def _day(at: datetime) -> date:
    return at.astimezone(UTC).date()


def _is_ours(folder: str) -> bool:
    path = PurePosixPath(folder)
    return path.parts[:-1] == (EVIDENCE,) and path.name != ".."
