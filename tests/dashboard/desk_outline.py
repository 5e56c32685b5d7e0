"""What is in a made-up workspace before a word of it is told: streams over a quarter, flags, and how people decided.

Pure and deterministic: the same size and seed give the same outline. It is kept in memory whole (some 300 bytes a
flag), the words are made stream by stream from it.
"""

from __future__ import annotations

import random
from bisect import bisect
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import accumulate, pairwise

from monitor.rules import Severity
from monitor.store.verdicts import Reason

DAYS = 92
"""A quarter."""
UNTIL = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
"""When the made-up desk is looked at, unless told otherwise: the same seed is then the same workspace."""
PLATFORMS = (("douyin", 5), ("kuaishou", 3), ("taobao", 2))
"""With how many of ten streams each has. The third has no rules of its own."""
REVIEWERS = tuple(f"reviewer{number:02d}" for number in range(1, 13))
"""Logins of those who decide first; further ones may exist that decided nothing."""
ADJUDICATORS = ("adjudicator01", "adjudicator02")
LEADS = ("lead01", "lead02")
SEVERITIES = (
    (Severity.SLIGHT, 20), (Severity.ORDINARY, 42), (Severity.SERIOUS, 34), (Severity.VERY_SERIOUS, 4),
)  # fmt: skip
RANK = {severity: rank for rank, severity in enumerate(Severity)}
CANDIDATES_EACH = 25
"""One candidate, which is no flag, on so many flags."""


@dataclass(frozen=True, slots=True)
class Size:
    """How much to make."""

    flags: int = 60
    streams: int = 8
    cues: int = 240
    """At least as many as the flags' own words need; the rest is what was said besides."""
    seed: int = 1
    until: datetime = UNTIL
    undecided_share: float = 0.3
    """Of the flags, about those that nobody decided about: the newest, and some that lie long."""
    hostile: bool = False
    """Texts, names and titles that try to be markup, formulas, and worse."""
    clips: int = 2
    """So many flags, the first of the queue, have a folder of evidence with a clip that plays."""


@dataclass(frozen=True, slots=True)
class Act:
    """One event of a flag's review, to be."""

    at: datetime
    by: str
    decision: str
    round: str = "first"
    second_review: bool = False
    reasons: tuple[Reason, ...] = ()
    severity: Severity | None = None
    note: str = ""


@dataclass(slots=True)
class FlagPlan:
    """A flag to be."""

    start_ms: int
    scheme: int
    """Number of the scheme in the scenes' order."""
    scene: int
    """Drawn; which of the scheme's scenes it is says `% count`."""
    severity: Severity
    candidate: bool
    acts: tuple[Act, ...] = ()
    clip: bool = False


@dataclass(slots=True)
class StreamPlan:
    """A stream to be."""

    number: int
    platform: str
    creator: int
    started_at: datetime
    ended_at: datetime
    """When its scan was done: its flags are as old as this."""
    end_ms: int
    state: str
    flags: list[FlagPlan] = field(default_factory=list)
    cues: int = 0
    """Of all kinds, the flags' own among them."""


def outline(size: Size, schemes: int) -> list[StreamPlan]:
    """The streams in the order in which their scans ended. `schemes` is how many there are."""
    chance = random.Random(f"{size.seed} outline")
    plans = sorted(
        (_stream(number, size, chance) for number in range(size.streams)), key=lambda plan: (plan.ended_at, plan.number)
    )
    told = [plan for plan in plans if plan.state == "done"] or plans
    weights = [chance.lognormvariate(0, 0.8) * plan.end_ms for plan in told]
    for plan, count in zip(told, _shares(size.flags, weights), strict=True):
        extra = sum(chance.random() < 1 / CANDIDATES_EACH for _ in range(count))
        seconds = range(20, plan.end_ms // 1000 - 60)
        starts = sorted(chance.sample(seconds, min(count + extra, len(seconds))))
        while len(starts) < count + extra:  # more than one in a second: the same words break several rules
            starts.append(starts[len(starts) % max(1, len(starts) // 2)])
        aside = set(chance.sample(range(len(starts)), extra))
        plan.flags = [
            _flag(1000 * at + chance.randrange(1000), number in aside, schemes, plan, size, chance)
            for number, at in enumerate(starts)
        ]
    spoken = [2.0 * len(plan.flags) + 4 * chance.random() for plan in plans]
    for plan, count in zip(plans, _shares(size.cues, spoken), strict=True):
        plan.cues = count
    waiting = [
        (-RANK[flag.severity], plan.ended_at, flag.start_ms, plan.number, flag)
        for plan in told for flag in plan.flags if not flag.acts and not flag.candidate
    ]  # fmt: skip
    for *_, flag in sorted(waiting, key=lambda each: each[:4])[: size.clips]:
        flag.clip = True
    return plans


def creators(size: Size) -> int:
    """How many there are: each streams some seven times a quarter, a few every day."""
    return max(3, size.streams // 7)


def _stream(number: int, size: Size, chance: random.Random) -> StreamPlan:
    creator = number if number < len(PLATFORMS) else min(int(chance.paretovariate(0.9)) - 1, 10**6) % creators(size)
    if number >= len(PLATFORMS) and chance.random() < 0.6:
        creator = chance.randrange(creators(size))
    bounds = list(accumulate(weight for _, weight in PLATFORMS))
    # A creator is at home on one platform; the rare one that is on two is told apart by the platform alone.
    at_home = random.Random(f"{size.seed} {creator}").random() * 10
    if creator < len(PLATFORMS):
        at_home = bounds[creator] - 0.5  # however few creators there are, each platform has one
    elif chance.random() < 0.04:
        at_home = chance.random() * 10
    platform = PLATFORMS[min(bisect(bounds, at_home), len(PLATFORMS) - 1)][0]
    day = chance.randrange(DAYS)
    # Evenings in China: 19:00 to 23:00 is 11:00 to 15:00 UTC.
    begins = timedelta(hours=chance.triangular(0, 15, 12), milliseconds=chance.randrange(1000))
    midnight = (size.until - timedelta(days=day + 1)).replace(hour=0, minute=0, second=0, microsecond=0)
    started_at = midnight + begins
    end_ms = int(chance.triangular(0.6, 6.5, 2.5) * 3_600_000)
    ended_at = started_at + timedelta(milliseconds=end_ms, minutes=chance.uniform(5, 240))
    state = chance.choices(("done", "failed", "stopped"), (96, 2.5, 1.5))[0] if number >= 3 else "done"
    return StreamPlan(number, platform, creator, started_at, min(ended_at, size.until), end_ms, state)


def _flag(
    start_ms: int, candidate: bool, schemes: int, plan: StreamPlan, size: Size, chance: random.Random
) -> FlagPlan:
    scheme = min(int(chance.betavariate(1.1, 1.6) * schemes), schemes - 1)
    severity = chance.choices([s for s, _ in SEVERITIES], [w for _, w in SEVERITIES])[0]
    flag = FlagPlan(start_ms, scheme, chance.randrange(1 << 16), severity, candidate)
    if not candidate and size.undecided_share < 1 and chance.random() >= size.undecided_share / 2:
        flag.acts = _course(flag, plan.ended_at, size, chance)
    return flag


def _course(flag: FlagPlan, since: datetime, size: Size, chance: random.Random) -> tuple[Act, ...]:
    """What people did with a flag until now: nothing yet, one round, two, three, an appeal."""
    slow_h = DAYS * 24 * size.undecided_share / 2
    # Precision differs by scheme and by the words, as it does in life.
    right = 0.45 + 0.05 * ((flag.scheme * 7 + flag.scene % 5) % 10)
    first, second = chance.sample(REVIEWERS, 2)
    at = since + timedelta(hours=chance.expovariate(1 / slow_h))
    looked_twice = flag.severity is Severity.VERY_SERIOUS or chance.random() < 0.1
    says = _says(right, chance)
    acts = [_act(at, first, says, "first", chance, second_review=looked_twice)]
    if chance.random() < 0.015:  # a slip of the key, taken back at once
        wrong = _act(at, first, "dismissed" if says == "confirmed" else "confirmed", "first", chance)
        taken_back = Act(at + timedelta(seconds=8), first, "withdrawn")
        acts = [wrong, taken_back, replace(acts[0], at=at + timedelta(seconds=30))]
    stage = "closed"
    if says == "escalated":
        stage = "final"
    elif says == "undecided" or looked_twice:
        stage = "second"
    if stage == "second":
        at += timedelta(hours=chance.expovariate(1 / 12))
        # Who looks a second time mostly sees the same.
        again = says if says != "undecided" and chance.random() < 0.85 else _says(right, chance)
        acts.append(_act(at, second, again, "second", chance))
        agreed = again == says and acts[-2].severity == acts[-1].severity and again != "undecided"
        stage = "closed" if agreed and again != "escalated" else "final"
    if stage == "final":
        at += timedelta(hours=chance.expovariate(1 / 20))
        last = "confirmed" if chance.random() < right else "dismissed"
        acts.append(_act(at, chance.choice(ADJUDICATORS), last, "final", chance))
        stage = "closed"
    if acts[-1].decision == "confirmed" and chance.random() < 0.03:
        at += timedelta(days=chance.expovariate(1 / 4))
        acts.append(Act(at, LEADS[0], "appealed", "", note="商家称奖品来自平台活动"))
        if chance.random() < 0.7:
            at += timedelta(days=chance.expovariate(1 / 5))
            answer = "appeal_upheld" if chance.random() < 0.3 else "appeal_rejected"
            acts.append(Act(at, LEADS[1], answer, "", note="已核对回放"))
    return tuple(act for act in acts if act.at <= size.until)


def _says(right: float, chance: random.Random) -> str:
    drawn = chance.random()
    if drawn < 0.05:
        return "undecided"
    if drawn < 0.08:
        return "escalated"
    return "confirmed" if chance.random() < right else "dismissed"


NOTES = ("", "", "", "", "原话很清楚", "需要看前后文", "与上一条是同一件事", "画面字幕看不清", "话术换了说法，意思一样")


def _act(
    at: datetime, by: str, decision: str, where: str, chance: random.Random, *, second_review: bool = False
) -> Act:
    reasons: tuple[Reason, ...] = ()
    severity = None
    note = chance.choice(NOTES)
    if decision == "dismissed":
        reasons = (chance.choice(list(Reason)),)
        note = note or ("不是带货内容" if reasons[0] is Reason.OTHER else "")
    elif decision == "confirmed" and chance.random() < 0.12:
        severity = chance.choice(list(Severity))
    elif decision in ("undecided", "escalated"):
        note = note or "拿不准"
    return Act(at, by, decision, where, second_review, reasons, severity, note)


def _shares(total: int, weights: Sequence[float]) -> list[int]:
    """`total` in whole parts that are in proportion to the weights."""
    bounds = [0.0, *accumulate(weights)]
    cut = [round(total * bound / bounds[-1]) for bound in bounds] if bounds[-1] else [0] * len(bounds)
    return [after - before for before, after in pairwise(cut)]
