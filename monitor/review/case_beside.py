"""What stands beside a flag on its page: how it was decided, what else the stream and the creator have, its evidence.

Who may still decide about a flag must not learn what others said of it: while it waits for its first or second round,
each sees their own acts alone. The last round sees all.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from monitor.evidence.check import examine
from monitor.evidence.page.case_json import inner, text_of
from monitor.evidence.page.visible import shortened, visible
from monitor.records import Gap
from monitor.review.accounts import Accounts
from monitor.review.case_records import CaseView, Held
from monitor.roles import Person, Right
from monitor.rules import SEVERITY_NAMES
from monitor.store import Store
from monitor.store.cases import NearFlag, StoredCases
from monitor.store.gold_given import LAST_ANSWERS
from monitor.store.verdicts import (
    DECISION_NAMES,
    REASON_NAMES,
    ROUND_NAMES,
    STAGE_NAMES,
    Decision,
    Hold,
    ReviewState,
    Stage,
    Verdict,
)
from monitor.wording import SCHEME_NAMES, SENSE_NAMES, reason_in_chinese

SOMEBODY = "一位同事"
"""Stands for who decided, where the person who looks need not know."""
YOU = "我"
LEAD_MS = 15_000
"""What was said just before a flag belongs to it."""
MOST_OTHERS = 60
MOST_EARLIER = 40
MOST_GAPS = 200


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that was done with the flag."""

    at: datetime
    by: str
    what: str
    """`初审 · 违规成立（严重）`"""
    why: str
    """Reasons and note; empty where none was given."""


@dataclass(frozen=True, slots=True)
class Other:
    """Another flag, and where it stands."""

    flag_id: str
    scheme_name: str
    severity_name: str
    score: float
    start_ms: int
    end_ms: int
    stands: str
    """`待复核`, `复核中`, `违规成立`, …; `弱线索` for a candidate."""
    candidate: bool
    room: str
    began_at: datetime


@dataclass(frozen=True, slots=True)
class History:
    """What the creator's earlier flags came to, the newest first."""

    flags: tuple[Other, ...]
    confirmed: int
    dismissed: int
    open: int
    more: bool
    """There are older ones, which are not counted."""


@dataclass(frozen=True, slots=True)
class Missing:
    """A stretch that was not heard or seen, and why."""

    sense_name: str
    start_ms: int
    end_ms: int
    why: str
    near: bool
    """It touches the flag or the seconds before it."""


@dataclass(frozen=True, slots=True)
class Beside:
    """What stands beside a flag. Every text is fit to be shown as plain text."""

    stands: str
    """Where the flag stands, in words."""
    closed: bool
    """Nobody has to decide about it any more."""
    hidden: bool
    """Something was decided, and is not shown before the second round is over."""
    events: tuple[Event, ...]
    holds: tuple[Event, ...]
    """What people put on hold and released; what a decision keeps and lets go by itself follows from the events."""
    exports: tuple[tuple[datetime, str], ...]
    others: tuple[Other, ...]
    history: History | None
    """None where the creator is not known."""
    heard_share: float | None
    """Of the stream; None while its length is not known."""
    seen_share: float | None
    missing: tuple[Missing, ...]
    more_missing: int


class CasesBeside:
    """Raises like `Cases`."""

    def __init__(self, store: Store, accounts: Accounts) -> None:
        self._store, self._accounts, self._asked = store, accounts, StoredCases(store)

    def beside(self, person: Person, view: CaseView, *, claim: Held | None) -> Beside:
        """For the flag of the view, looked at under the person's claim or none."""
        person = self._accounts.require(person, Right.LOOK)
        case = view.stored
        verdicts = self._store.reviews.verdicts(view.flag_id)
        state = self._store.reviews.states([view.flag_id])[view.flag_id]
        elsewhere = dict(self._store.gold.hidden_from(person.name))
        if claim is not None and claim.gold:
            elsewhere[view.flag_id] = Stage.FIRST
        believed = elsewhere.get(view.flag_id)
        if believed is not None:
            verdicts = self._own_answer(person.name, view.flag_id) if believed is Stage.SECOND else ()
        hidden = believed is not None or state.stage in (Stage.FIRST, Stage.SECOND)
        holds = () if hidden else tuple(_told_holds(self._store.reviews.holds(view.flag_id)))
        names = self._names(person, [*(one.reviewer for one in verdicts), *(by for _, by, _, _ in holds)])
        shown = [verdict for verdict in verdicts if not hidden or verdict.reviewer == person.name]
        others = self._asked.of_stream(view.stream_key, besides=view.flag_id, most=MOST_OTHERS)
        gaps = _missing(case.gaps, view)
        return Beside(
            stands=_stands(state) if believed is None else STAGE_NAMES[believed],
            closed=believed is None and state.stage is Stage.CLOSED,
            hidden=hidden and len(shown) < len(verdicts),
            events=tuple(_event(verdict, names) for verdict in shown),
            holds=tuple(Event(at, names[by], what, why) for at, by, what, why in holds),
            exports=() if hidden else tuple(self._exports(view.flag_id, person)),
            others=tuple(self._told(others, elsewhere)),
            history=self._history(view, elsewhere),
            heard_share=case.heard_ms / case.end_ms if case.end_ms else None,
            seen_share=case.seen_ms / case.end_ms if case.end_ms else None,
            missing=tuple(gaps[:MOST_GAPS]),
            more_missing=max(0, len(gaps) - MOST_GAPS),
        )

    def verified(self, person: Person, flag_id: str) -> tuple[str, ...]:
        """What is wrong with the flag's evidence, a sentence each in the program's words; nothing is good.

        Everything is hashed, which takes a moment. Evidence that is not there is wrong, too.
        """
        self._accounts.require(person, Right.LOOK)
        evidence = inner(self._store.flag(flag_id) or {}, "evidence")
        if not evidence or evidence.get("deleted"):
            return ("没有证据可核验",)
        return tuple(
            visible(shortened(str(problem))) for problem in examine(Path(text_of(evidence["folder"]))).problems
        )

    def _own_answer(self, name: str, flag_id: str) -> tuple[Verdict, ...]:
        """What the person said of a gold flag, as if it had been the first decision about it."""
        acts = self._store.gold.last_acts(name, LAST_ANSWERS)
        told = [act.verdicts[0] for act in acts if act.answer is not None and not act.withdrawn]
        return tuple(one for one in told if one.flag_id == flag_id)

    def _history(self, view: CaseView, elsewhere: Mapping[str, Stage]) -> History | None:
        if not view.creator:
            return None
        found = self._asked.of_creator(view.platform, view.creator, before=view.began_at, most=MOST_EARLIER + 1)
        told = list(self._told(found[:MOST_EARLIER], elsewhere))
        closed = [one.stands for one in told]
        return History(
            flags=tuple(told),
            confirmed=closed.count(DECISION_NAMES[Decision.CONFIRMED]),
            dismissed=closed.count(DECISION_NAMES[Decision.DISMISSED]),
            open=sum(stands in _OPEN for stands in closed),
            more=len(found) > MOST_EARLIER,
        )

    def _told(self, flags: Sequence[NearFlag], elsewhere: Mapping[str, Stage]) -> Iterable[Other]:
        """`elsewhere`: flags that stand at another stage as far as who looks is to know."""
        states = self._store.reviews.states([flag.flag_id for flag in flags])
        for flag in flags:
            yield Other(
                flag_id=flag.flag_id,
                scheme_name=SCHEME_NAMES.get(flag.scheme, flag.scheme),
                severity_name=SEVERITY_NAMES.get(flag.severity, flag.severity),
                score=flag.score,
                start_ms=flag.start_ms,
                end_ms=flag.end_ms,
                stands="弱线索" if flag.candidate else _briefly(states[flag.flag_id], elsewhere.get(flag.flag_id)),
                candidate=flag.candidate,
                room=visible(shortened(flag.room, 60)),
                began_at=flag.began_at,
            )

    def _names(self, person: Person, names: Iterable[str]) -> dict[str, str]:
        """Who decided, as the person may know it."""
        told = dict.fromkeys(names, SOMEBODY)
        if person.may(Right.QUALITY):
            told = {name: name for name in told}
            told |= {
                account.name: account.shown or account.name for account in self._accounts.all() if account.name in told
            }
        return {**told, person.name: YOU}

    def _exports(self, flag_id: str, person: Person) -> Iterable[tuple[datetime, str]]:
        names = person.may(Right.EXPORT) or person.may(Right.AUDIT)
        for at, actor in self._asked.exports(flag_id):
            yield at, visible(shortened(actor, 60)) if names else SOMEBODY


_OPEN = ("待复核", "复核中")


def _briefly(state: ReviewState, believed: Stage | None) -> str:
    """Where another flag stands: nothing of rounds that go on."""
    if believed is not None:
        return _OPEN[believed is not Stage.FIRST]
    if state.appealed:
        return "申诉中"
    if state.stage is not Stage.CLOSED or state.decision is None:
        return _OPEN[1] if state.under_review else _OPEN[0]
    return DECISION_NAMES[state.decision]


def _stands(state: ReviewState) -> str:
    if state.appealed:
        return "申诉待处理"
    if state.stage is Stage.CLOSED and state.decision is not None:
        return f"已结：{DECISION_NAMES[state.decision]}"
    return STAGE_NAMES[state.stage]


def _event(verdict: Verdict, names: Mapping[str, str]) -> Event:
    what = DECISION_NAMES[verdict.decision]
    if verdict.severity is not None:
        what += f"（{SEVERITY_NAMES[verdict.severity]}）"
    if verdict.decision not in (Decision.APPEALED, Decision.APPEAL_UPHELD, Decision.APPEAL_REJECTED):
        what = f"{ROUND_NAMES[verdict.round]} · {what}"
    told = [*(REASON_NAMES[reason] for reason in verdict.reasons), visible(shortened(verdict.note))]
    return Event(verdict.at, names.get(verdict.reviewer, SOMEBODY), what, "；".join(part for part in told if part))


def _told_holds(holds: Sequence[Hold]) -> list[tuple[datetime, str, str, str]]:
    """When, by whom, what and why, in order; one release may have lifted several."""
    told = {(one.at, one.by, "留存", visible(shortened(one.why))): None for one in holds if not one.automatic}
    for one in holds:
        if one.released_at is not None and not (one.automatic and one.released_why in _BY_ITSELF):
            told[one.released_at, one.released_by, "解除留存", visible(shortened(one.released_why))] = None
    return sorted(told, key=lambda event: event[0])


_BY_ITSELF = frozenset(decision.value for decision in Decision)
"""Why what was on hold by itself is so no longer, where a decision did it."""


def _missing(gaps: Sequence[Gap], view: CaseView) -> list[Missing]:
    around = view.span.grow(LEAD_MS, 0)
    return [
        Missing(
            SENSE_NAMES.get(gap.sense.value, gap.sense.value),
            gap.span.start_ms,
            gap.span.end_ms,
            visible(shortened(reason_in_chinese(gap.reason))),
            near=gap.span.overlaps(around),
        )
        for gap in gaps
    ]
