"""Creators' histories: what was flagged and confirmed of one, and where that stands on the rules' ladders."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from functools import lru_cache
from pathlib import Path

from monitor.config import Settings
from monitor.errors import DataError
from monitor.lexicon.policy import Policies, load_policies
from monitor.review.accounts import Accounts
from monitor.review.shown_states import ShownState, asked_states, shown_state
from monitor.roles import Person, Right
from monitor.rules import Severity, Strike
from monitor.store.creator_figures import CreatorDay, CreatorLine, StoredCreators, Watched
from monitor.store.gold import GoldFlags
from monitor.store.questions import Questions
from monitor.store.verdicts import Decision


class CreatorOrder(StrEnum):
    """Which creators come first."""

    CONFIRMED = "confirmed"
    FLAGS = "flags"
    LATEST = "latest"


@dataclass(frozen=True, slots=True)
class CreatorList:
    """Some of the creators that were chosen, in order."""

    lines: tuple[CreatorLine, ...]
    creators: int
    """How many were chosen."""


@dataclass(frozen=True, slots=True)
class DayOfStates:
    """Flags on one day that stand alike, as far as the person may know it."""

    day: str
    """ISO date in China."""
    state: ShownState
    flags: int


@dataclass(frozen=True, slots=True)
class Ladder:
    """A rule by which a repeated violation weighs more, and how many confirmed ones of this creator fall under it.

    What follows from the number is the platform's to say: it counts those that it punished, which the desk does not
    know.
    """

    rule_id: str
    title: str
    source: str
    verification: str
    """Of the steps: `notice`, `reprint` or `unverified`. Only what the platform itself published is certain."""
    steps: tuple[Strike, ...]
    industries: tuple[str, ...]
    """Kinds of goods to which it is limited; none when to all. Whether this creator sells them is not known."""
    schemes: tuple[str, ...]
    confirmed: int
    """Confirmed flags on days on which the rule held."""
    days: int
    """Days in China on which these were on air: several flags of one evening are no repetition."""

    @property
    def reached(self) -> Strike | None:
        """The step at which the days would stand; None before the first."""
        return self.steps[min(self.days, len(self.steps)) - 1] if self.days else None


@dataclass(frozen=True, slots=True)
class CreatorView:
    """One creator on one platform, as far as the person may know it."""

    line: CreatorLine
    days: tuple[DayOfStates, ...]
    schemes: tuple[tuple[str, int, int], ...]
    """Scheme, flags, and how many of these are confirmed; the most confirmed first."""
    watched: Watched
    ladders: tuple[Ladder, ...]
    ladders_known: bool
    """False: the rules cannot be read."""


@dataclass(frozen=True, slots=True)
class FlagOfCreator:
    """One of a creator's flags."""

    flag_id: str
    scheme: str
    severity: Severity
    happened_at: datetime
    start_ms: int
    state: ShownState
    stream_id: int | None


class Creators:
    """Reads of the creators' page. Each raises RefusedError for who may not look, WorkspaceError when nothing can be
    read."""

    def __init__(self, store: Questions, settings: Settings, accounts: Accounts) -> None:
        self._creators, self._gold = StoredCreators(store), GoldFlags(store._database)
        self._settings, self._accounts = settings, accounts

    def page(
        self, person: Person, *, platform: str = "", words: str = "", order: CreatorOrder, first: int, limit: int
    ) -> CreatorList:
        """`limit` of the creators on the platform whose name holds the words, from the `first` on."""
        self._accounts.require(person, Right.LOOK)
        found = sorted(
            self._creators.lines(platform=platform, words=words), key=lambda one: (one.platform, one.creator)
        )
        found.sort(key=lambda line: _weight(line, order), reverse=True)
        return CreatorList(tuple(found[first : first + limit]), len(found))

    def one(self, person: Person, platform: str, creator: str) -> CreatorView | None:
        """One creator; None for one of whom there is neither a stream nor a flag."""
        self._accounts.require(person, Right.LOOK)
        days, watched = self._creators.days(platform, creator), self._creators.watched(platform, creator)
        if not days and not watched.streams:
            return None
        states: dict[tuple[str, ShownState], int] = {}
        for one in days:
            key = one.day, shown_state(person, one.stage, one.decision)
            states[key] = states.get(key, 0) + one.flags
        policies = _policies(self._settings.lexicons / "policies")
        return CreatorView(
            line=CreatorLine(
                platform, creator, sum(one.flags for one in days), _count(days, None), _count(days, Decision.CONFIRMED),
                _count(days, Decision.DISMISSED), watched.streams, None,
            ),
            days=tuple(DayOfStates(day, state, flags) for (day, state), flags in sorted(states.items())),
            schemes=_by_scheme(days),
            watched=watched,
            ladders=() if policies is None else ladders(policies, platform, days),
            ladders_known=policies is not None,
        )  # fmt: skip

    def flags(
        self, person: Person, platform: str, creator: str, states: tuple[ShownState, ...], *, first: int, limit: int
    ) -> tuple[FlagOfCreator, ...]:
        """`limit` of one creator's flags in these states (all when none), from the `first` on, the newest first."""
        elsewhere = self._gold.hidden_from(self._accounts.require(person, Right.LOOK).name)
        found = self._creators.flags(platform, creator, asked_states(states), first=first, limit=limit)
        return tuple(
            FlagOfCreator(
                flag.flag_id, flag.scheme, flag.severity, flag.happened_at, flag.start_ms,
                shown_state(person, elsewhere[flag.flag_id], None) if flag.flag_id in elsewhere
                else shown_state(person, flag.stage, flag.decision),
                flag.stream_id,
            )
            for flag in found
        )  # fmt: skip


def ladders(policies: Policies, platform: str, days: Sequence[CreatorDay]) -> tuple[Ladder, ...]:
    """The rules of the platform and the state that have steps, those that confirmed flags fall under first."""
    found = []
    for policy in policies.applying(platform):
        for rule in policy.rules:
            if rule.strikes is None:
                continue
            under = [
                one
                for one in days
                if one.decision is Decision.CONFIRMED
                and one.scheme in rule.schemes
                and rule.effective.holds_on(date.fromisoformat(one.day))
            ]
            strikes = rule.strikes.as_record()
            found.append(
                Ladder(
                    rule_id=rule.id,
                    title=rule.title,
                    source=rule.source,
                    verification=rule.weaker.get("measures", rule.verification),
                    steps=strikes.steps,
                    industries=strikes.industries,
                    schemes=tuple(rule.schemes),
                    confirmed=sum(one.flags for one in under),
                    days=len({one.day for one in under}),
                )
            )
    return tuple(sorted(found, key=lambda ladder: -ladder.confirmed))


def _count(days: Sequence[CreatorDay], decision: Decision | None) -> int:
    return sum(one.flags for one in days if one.decision is decision)


def _weight(line: CreatorLine, order: CreatorOrder) -> tuple[float, ...]:
    latest = 0.0 if line.latest_at is None else line.latest_at.timestamp()
    if order is CreatorOrder.LATEST:
        return latest, line.confirmed
    return (line.confirmed, line.flags) if order is CreatorOrder.CONFIRMED else (line.flags, line.confirmed)


def _by_scheme(days: Sequence[CreatorDay]) -> tuple[tuple[str, int, int], ...]:
    counts: dict[str, list[int]] = {}
    for one in days:
        own = counts.setdefault(one.scheme, [0, 0])
        own[0] += one.flags
        own[1] += one.flags if one.decision is Decision.CONFIRMED else 0
    told = ((scheme, flags, confirmed) for scheme, (flags, confirmed) in counts.items())
    return tuple(sorted(told, key=lambda row: (-row[2], -row[1], row[0])))


def _policies(folder: Path) -> Policies | None:
    """As they stand now; None where they cannot be read. Read anew when a file has changed."""
    try:
        stamp = tuple(sorted((path.name, path.stat().st_mtime_ns) for path in folder.rglob("*.yaml")))
        return _loaded(folder, stamp)
    except (DataError, OSError):
        return None


@lru_cache(maxsize=2)
def _loaded(folder: Path, stamp: tuple[tuple[str, int], ...]) -> Policies:  # noqa: ARG001 - tells when to read anew
    return load_policies(folder)
