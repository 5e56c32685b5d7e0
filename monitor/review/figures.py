"""The figures of a desk: what came up, what waits, how often flags were right, and how much was watched."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from monitor.config import Settings
from monitor.review.accounts import Accounts
from monitor.review.lost_words import lost_kind
from monitor.review.shares import Share
from monitor.roles import Person, Right
from monitor.store.figures import Coverage, DayCount, LostTime, Period, StoredFigures, Tally, Waiting
from monitor.store.questions import Questions
from monitor.store.stream_figures import StoredStreams
from monitor.store.stream_records import Order, StreamChoice, StreamLine

_CHINA = ZoneInfo("Asia/Shanghai")
_VERY_SERIOUS_PART = 4
"""Very serious flags are overdue after so many times less: what the setting `overdue_hours` promises."""
LATEST_STREAMS = 12


@dataclass(frozen=True, slots=True)
class Precision:
    """How often flags of one kind were right, as far as they were decided."""

    scheme: str
    term: str
    """Empty for the whole scheme."""
    tally: Tally

    @property
    def share(self) -> Share:
        return Share(self.tally.confirmed, self.tally.decided)


@dataclass(frozen=True, slots=True)
class LostKind:
    """What was not heard, not seen or not read, for one kind of reason."""

    sense: str
    kind: str
    """In Chinese."""
    gaps: int
    streams: int
    """How many at most: one that has the kind for two different reasons counts twice."""
    lost_ms: int


@dataclass(frozen=True, slots=True)
class Overview:
    """Everything that the overview shows but the terms."""

    first_day: date
    last_day: date
    """Today in China."""
    trend: tuple[DayCount, ...]
    flags: int
    flags_before: int | None
    """In the days before that, as many; None where the period has no beginning or the desk was younger."""
    waiting: tuple[Waiting, ...]
    """At this moment, whatever the period."""
    precision: tuple[Precision, ...]
    """By scheme, the most decided first."""
    coverage: Coverage
    lost: tuple[LostKind, ...]
    latest: tuple[StreamLine, ...]
    """Streams scanned last within the period."""

    @property
    def altogether(self) -> Share:
        return Share(
            sum(one.tally.confirmed for one in self.precision), sum(one.tally.decided for one in self.precision)
        )

    @property
    def is_empty(self) -> bool:
        """Nothing was ever scanned, as far as the period tells."""
        return not (self.coverage.states or self.trend or self.waiting)


class Figures:
    """Reads of the overview. Each raises RefusedError for who may not look, WorkspaceError when nothing can be read."""

    def __init__(self, store: Questions, settings: Settings, accounts: Accounts) -> None:
        self._figures, self._streams = StoredFigures(store), StoredStreams(store)
        self._settings, self._accounts = settings, accounts

    def overview(self, person: Person, days: int | None, *, at: datetime) -> Overview:
        """Of the last so many days in China, today among them; None is all there is."""
        self._accounts.require(person, Right.LOOK)
        period = days_until(days, at)
        first_flag = self._figures.first_day()
        trend = tuple(self._figures.flagged(period))
        before = None
        if days is not None and period.since is not None and first_flag is not None:
            earlier = Period(period.since - timedelta(days=days), period.since)
            if earlier.since is not None and first_flag <= earlier.since + timedelta(days=1):
                before = sum(one.flags for one in self._figures.flagged(earlier))
        overdue = timedelta(hours=self._settings.overdue_hours)
        chosen = StreamChoice(period=period)
        last_day = at.astimezone(_CHINA).date()
        first_day = (period.since or first_flag or at).astimezone(_CHINA).date()
        return Overview(
            first_day=first_day,
            last_day=last_day,
            trend=trend,
            flags=sum(one.flags for one in trend),
            flags_before=before,
            waiting=tuple(self._figures.waiting(at - overdue, at - overdue / _VERY_SERIOUS_PART)),
            precision=_most_decided_first(
                Precision(scheme, "", tally) for scheme, tally in self._figures.decided(period).items()
            ),
            coverage=self._figures.coverage(period),
            lost=_by_kind(self._figures.lost(period)),
            latest=self._streams.page(chosen, Order.NEWEST, first=0, limit=LATEST_STREAMS, now=at).lines,
        )

    def terms(self, person: Person, days: int | None, *, at: datetime) -> tuple[Precision, ...]:
        """How often flags that rest on a term were right, the most decided first. The same for all; takes its time."""
        self._accounts.require(person, Right.LOOK)
        found = self._figures.terms(days_until(days, at))
        return _most_decided_first(Precision(one.scheme, one.term, one.tally) for one in found)


def days_until(days: int | None, at: datetime) -> Period:
    """From midnight in China, so many days back with the day of `at`."""
    if days is None:
        return Period()
    midnight = at.astimezone(_CHINA).replace(hour=0, minute=0, second=0, microsecond=0)
    return Period(midnight - timedelta(days=days - 1))


def _most_decided_first(found: Iterable[Precision]) -> tuple[Precision, ...]:
    return tuple(sorted(found, key=lambda one: (-one.tally.decided, one.scheme, one.term)))


def _by_kind(found: Iterable[LostTime]) -> tuple[LostKind, ...]:
    kinds: defaultdict[tuple[str, str], list[LostTime]] = defaultdict(list)
    for one in found:
        kinds[one.sense, lost_kind(one.reason)].append(one)
    told = (
        LostKind(
            sense, kind, sum(one.gaps for one in some), sum(one.streams for one in some),
            sum(one.lost_ms for one in some),
        )
        for (sense, kind), some in kinds.items()
    )  # fmt: skip
    return tuple(sorted(told, key=lambda one: (-one.lost_ms, one.sense, one.kind)))
