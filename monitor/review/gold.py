"""质检样题: closed flags that are handed out once more, to see who comes to the known answer."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from monitor.config import Settings
from monitor.review.accounts import Accounts
from monitor.review.agreement import STANCES
from monitor.review.figures import days_until
from monitor.review.shares import Share
from monitor.roles import Person, RefusedError, Right
from monitor.store import Store
from monitor.store.gold_figures import GoldAnswer, GoldFlag, StoredGold
from monitor.store.verdicts import Decision

MOST_MISSES = 20
_UNKNOWN = "只有已结为“违规成立”或“误报”、没有未处理申诉的线索可以设为质检样题"


@dataclass(frozen=True, slots=True)
class GoldMark:
    """What somebody may do about a flag."""

    marked: bool
    can_mark: bool


@dataclass(frozen=True, slots=True)
class GoldReviewer:
    """One person's answers in the period; what was taken back is none."""

    reviewer: str
    """Login."""
    shown: str
    answered: int
    agreed: Share
    """Of the answers that confirm or dismiss: those that say what is known."""
    severity: Share
    """Of flags that they rightly confirmed: those with the known severity."""


@dataclass(frozen=True, slots=True)
class GoldMiss:
    """An answer that confirms or dismisses, and says otherwise than what is known."""

    flag_id: str
    shown: str
    """Whose it is."""
    at: datetime
    decision: Decision
    expected: Decision


@dataclass(frozen=True, slots=True)
class GoldLine:
    """One gold flag; its answers are of all time."""

    flag: GoldFlag
    marked_by: str
    """As colleagues read it."""

    @property
    def agreed(self) -> Share:
        return Share(self.flag.agreed, self.flag.stances)


@dataclass(frozen=True, slots=True)
class GoldReport:
    """What the page shows."""

    percent: int
    """Of what reviewers take; 0: no gold flag is handed out."""
    reviewers: tuple[GoldReviewer, ...]
    """Who answered most comes first."""
    misses: tuple[GoldMiss, ...]
    """The last of the period."""
    flags: tuple[GoldLine, ...]
    """All there are, whenever they were marked; the newest first."""


class Gold:
    """For those who have `Right.QUALITY`; every method asks for it anew and raises RefusedError for others.

    Raises WorkspaceError when the database cannot be read or written.
    """

    def __init__(self, store: Store, settings: Settings, accounts: Accounts) -> None:
        self._flags, self._figures, self._accounts = store.gold, StoredGold(store), accounts
        self._percent = settings.gold_percent

    def about(self, person: Person, flag_id: str) -> GoldMark:
        """What can be done with this flag: nothing while the person is to answer it, or just did."""
        name = self._accounts.require(person, Right.QUALITY).name
        if flag_id in self._flags.hidden_from(name):
            return GoldMark(marked=False, can_mark=False)
        state = self._flags.state(flag_id)
        return GoldMark(marked=state.marked, can_mark=state.fit and not state.marked)

    def mark(self, person: Person, flag_id: str, *, at: datetime) -> None:
        """From now on others get it as a gold flag; who marked it does not. One that is one stays as it is.

        Raises RefusedError where it is not closed with a stance, and while an appeal is open.
        """
        name = self._accounts.require(person, Right.QUALITY).name
        if not self._flags.mark(flag_id, name, at):
            raise RefusedError(_UNKNOWN)

    def unmark(self, person: Person, flag_id: str, *, at: datetime) -> None:
        """Nobody gets it any more; what was answered stays. Nothing happens when it is none."""
        self._flags.unmark(flag_id, self._accounts.require(person, Right.QUALITY).name, at)

    def report(self, person: Person, days: int | None, *, at: datetime) -> GoldReport:
        """Answers of the last so many days in China, today among them; None is all there is."""
        self._accounts.require(person, Right.QUALITY)
        answers = self._figures.answers(days_until(days, at))
        names = {account.name: account.shown or account.name for account in self._accounts.all()}
        by_reviewer: defaultdict[str, list[GoldAnswer]] = defaultdict(list)
        for one in answers:
            by_reviewer[one.reviewer].append(one)
        reviewers = [_reviewer(name, names.get(name, name), some) for name, some in by_reviewer.items()]
        missed = [one for one in answers if one.decision in STANCES and one.decision is not one.expected]
        return GoldReport(
            percent=self._percent,
            reviewers=tuple(sorted(reviewers, key=lambda one: (-one.answered, one.reviewer))),
            misses=tuple(
                GoldMiss(one.flag_id, names.get(one.reviewer, one.reviewer), one.at, one.decision, one.expected)
                for one in missed[:MOST_MISSES]
            ),
            flags=tuple(GoldLine(flag, names.get(flag.marked_by, flag.marked_by)) for flag in self._figures.flags()),
        )


def _reviewer(name: str, shown: str, answers: Sequence[GoldAnswer]) -> GoldReviewer:
    stances = [one for one in answers if one.decision in STANCES]
    right = [one for one in stances if one.decision is one.expected]
    confirmed = [one for one in right if one.decision is Decision.CONFIRMED]
    return GoldReviewer(
        reviewer=name,
        shown=shown,
        answered=len(answers),
        agreed=Share(len(right), len(stances)),
        severity=Share(sum(one.severity is one.expected_severity for one in confirmed), len(confirmed)),
    )
