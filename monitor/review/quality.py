"""How people decide, how far they agree, and how often what they said was upheld: for those who look after them."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from monitor.config import Settings
from monitor.review.accounts import Accounts
from monitor.review.agreement import STANCES, Alpha, alpha_of
from monitor.review.figures import days_until
from monitor.review.shares import Share
from monitor.roles import Person, Right
from monitor.store import Store
from monitor.store.quality_figures import ReviewEvent, StoredQuality
from monitor.store.verdicts import VERDICTS, Decision, Round


@dataclass(frozen=True, slots=True)
class ReviewerQuality:
    """One person in the period. A decision that was taken back, whenever, is none of theirs."""

    reviewer: str
    """Login, or the operator of the command line."""
    shown: str
    """What colleagues read."""
    decisions: Mapping[Decision, int]
    """In all rounds; of `VERDICTS`, those with none left out."""
    undone: int
    """How often they took one back in the period."""
    median_s: float | None
    """Seconds from their act before to a decision, in the middle; None where they never decided in a row."""
    agreement: Share
    """Of flags on which they and another reviewer took a stance in the first two rounds: both took the same."""
    upheld: Share
    """Of flags on which they took a stance in the first two rounds and the last round decided: it said the same."""

    @property
    def decided(self) -> int:
        return sum(self.decisions.values())


@dataclass(frozen=True, slots=True)
class WeekOfQuality:
    """A week in China."""

    monday: date
    decisions: int
    agreement: Share
    """Of the pairs whose second decision was in that week."""


@dataclass(frozen=True, slots=True)
class QualityReport:
    """What the page shows."""

    first_day: date | None
    """None where nothing was ever decided."""
    last_day: date
    reviewers: tuple[ReviewerQuality, ...]
    """Who decided most comes first."""
    pairs: Mapping[tuple[Decision, Decision], int]
    """Flags by what the first reviewer said and what the second said."""
    alpha: Alpha
    agreement: Share
    """Of all pairs of stances."""
    upheld: Share
    """Of all stances that the last round decided about."""
    weeks: tuple[WeekOfQuality, ...]
    """From the first to the last with a decision; those between without one, too."""

    @property
    def decided(self) -> int:
        return sum(one.decided for one in self.reviewers)

    @property
    def undone(self) -> int:
        return sum(one.undone for one in self.reviewers)


@dataclass(slots=True)
class _Counts:
    """What is gone through, as it adds up."""

    decided: defaultdict[str, Counter[Decision]] = field(default_factory=lambda: defaultdict(Counter))
    undone: Counter[str] = field(default_factory=Counter)
    weeks: Counter[date] = field(default_factory=Counter)
    pairs: Counter[tuple[Decision, Decision]] = field(default_factory=Counter)
    paired: defaultdict[str, list[int]] = field(default_factory=lambda: defaultdict(lambda: [0, 0]))
    """Same and all, by person; so are the next two."""
    finals: defaultdict[str, list[int]] = field(default_factory=lambda: defaultdict(lambda: [0, 0]))
    paired_weeks: defaultdict[date, list[int]] = field(default_factory=lambda: defaultdict(lambda: [0, 0]))


class Quality:
    """Reads of 质检, for those who have `Right.QUALITY`; raises RefusedError for others."""

    def __init__(self, store: Store, settings: Settings, accounts: Accounts) -> None:
        self._stored, self._settings, self._accounts = StoredQuality(store), settings, accounts

    def report(self, person: Person, days: int | None, *, at: datetime) -> QualityReport:
        """Of the last so many days in China, today among them; None is all there is.

        Everything counts by when it was decided; a pair by when the second did.
        """
        self._accounts.require(person, Right.QUALITY)
        period = days_until(days, at)
        counts, seen = _Counts(), []
        for one in self._stored.by_day(period):
            seen.append(one.day)
            if one.decision in VERDICTS:
                counts.decided[one.reviewer][one.decision] += one.events
                counts.weeks[_monday(one.day)] += one.events
            elif one.decision is Decision.WITHDRAWN:
                counts.undone[one.reviewer] += one.events
        for events in self._stored.contested(period):
            _add(counts, events)
        paces = self._stored.paces(period, self._settings.claim_lease_s)
        shown = {account.name: account.shown for account in self._accounts.all()}
        reviewers = [
            ReviewerQuality(
                reviewer=name,
                shown=shown.get(name) or name,
                decisions=dict(+counts.decided[name]),
                undone=counts.undone[name],
                median_s=_median(paces.get(name, {})),
                agreement=Share(*counts.paired[name]),
                upheld=Share(*counts.finals[name]),
            )
            for name in sorted({*counts.decided, *counts.undone})
        ]
        return QualityReport(
            first_day=date.fromisoformat(min(seen)) if seen else None,
            last_day=date.fromisoformat(max(seen)) if seen else at.date(),
            reviewers=tuple(sorted(reviewers, key=lambda one: (-one.decided, one.reviewer))),
            pairs=dict(counts.pairs),
            alpha=alpha_of(counts.pairs),
            agreement=_together(counts.paired_weeks.values()),
            upheld=_together(counts.finals.values()),
            weeks=_weeks(counts),
        )


def _add(counts: _Counts, events: Sequence[ReviewEvent]) -> None:
    """One flag on which more than one person decided, or one changed their mind."""
    standing: list[ReviewEvent] = []
    for event in events:
        if event.decision is not Decision.WITHDRAWN:
            standing.append(event)
        elif standing:
            taken_back = standing.pop()
            if taken_back.within and taken_back.decision in VERDICTS:
                counts.decided[taken_back.reviewer][taken_back.decision] -= 1
                counts.weeks[_monday(taken_back.day)] -= 1
    by_round = {event.round: event for event in standing if event.decision in VERDICTS}
    first, second, final = (by_round.get(place) for place in Round)
    early = [event for event in (first, second) if event is not None and event.decision in STANCES]
    if first is not None and second is not None and second.within:
        counts.pairs[first.decision, second.decision] += 1
        if len(early) == 2:
            week = _monday(second.day)
            for adding in (counts.paired[first.reviewer], counts.paired[second.reviewer], counts.paired_weeks[week]):
                adding[0] += first.decision is second.decision
                adding[1] += 1
    if final is not None and final.within and final.decision in STANCES:
        for event in early:
            if event.reviewer != final.reviewer:
                counts.finals[event.reviewer][0] += event.decision is final.decision
                counts.finals[event.reviewer][1] += 1


def _weeks(counts: _Counts) -> tuple[WeekOfQuality, ...]:
    if not counts.weeks:
        return ()
    first, last = min(counts.weeks), max(counts.weeks)
    mondays = [first + timedelta(weeks=n) for n in range((last - first).days // 7 + 1)]
    return tuple(
        WeekOfQuality(monday, counts.weeks[monday], Share(*counts.paired_weeks.get(monday, (0, 0))))
        for monday in mondays
    )


def _together(some: Iterable[list[int]]) -> Share:
    parts = list(some)
    return Share(sum(part for part, _ in parts), sum(whole for _, whole in parts))


def _median(histogram: Mapping[int, int]) -> float | None:
    """Of values that occur so often: the middle one, or between the middle two."""
    many = sum(histogram.values())
    if not many:
        return None
    found: list[int] = []
    wanted, passed = ((many - 1) // 2, many // 2), 0
    for value in sorted(histogram):
        passed += histogram[value]
        while len(found) < 2 and wanted[len(found)] < passed:
            found.append(value)
    return sum(found) / 2


def _monday(day: str) -> date:
    when = date.fromisoformat(day)
    return when - timedelta(days=when.weekday())
