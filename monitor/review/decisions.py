"""What a person at the desk decides, takes back, and dismisses in one go.

Rights and claims are asked anew with each call. What is refused reads in Chinese, since pages show it.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta

from monitor.config import Settings
from monitor.review.accounts import Accounts
from monitor.review.decision_acts import BUILT_ON, Alike, Done, TakenBack, done, is_last
from monitor.review.decision_rules import OVERTAKEN, OvertakenError, SecondReviews, check_words, in_chinese
from monitor.roles import Person, RefusedError, Right
from monitor.rules import Severity
from monitor.store import Store
from monitor.store.alike import PastAct
from monitor.store.verdicts import Decision, JudgedOn, Reason, ReviewState, Round, Stage, Verdict

MOST_UNDONE = 20
"""So many of their own acts a person can take back, the newest first."""
MOST_ALIKE = 200
"""Dismissed in one go at most: as many as a person can look through in a list, and a transaction of a second."""
EXAMPLES = 5


class Decisions:
    """The decisions of one workspace's desk.

    Every method raises WorkspaceError when the database cannot be read or written, and RefusedError, in Chinese, for
    whatever a person may not do or did too late; OvertakenError is one.
    """

    def __init__(self, store: Store, settings: Settings, accounts: Accounts) -> None:
        """Raises MissingComponentError when the key by which second reviews are sampled cannot be read or made."""
        self._store, self._reviews, self._gold, self._accounts = store, store.reviews, store.gold, accounts
        self._second, self._lease = SecondReviews.of(settings), timedelta(seconds=settings.claim_lease_s)

    def decide(
        self,
        person: Person,
        flag_id: str,
        decision: Decision,
        *,
        seen: int,
        reasons: Iterable[Reason] = (),
        note: str = "",
        severity: Severity | None = None,
        at: datetime,
    ) -> ReviewState:
        """Decides in the round that the flag waits for; where it stands then. The person's claim ends with it.

        What is said of a gold flag changes nothing of its review. It is kept beside the known answer, and returned is
        where a flag would stand for which this were the first decision.

        `seen`: how many events of the flag the person knew of (`Claim.seen`). `severity`: of a confirmation; None, or
        the computed one, leaves it as computed.
        """
        reasons, note = tuple(dict.fromkeys(reasons)), note.strip()
        if decision is Decision.DISMISSED and not reasons and note:
            reasons = (Reason.OTHER,)
        check_words(decision, reasons, note, severity)
        person = self._accounts.require(person, Right.LOOK)
        state = self._state(flag_id)
        believed = self._stands(person.name, flag_id) if state.stage is Stage.CLOSED else None
        gold = believed is Stage.FIRST
        if state.stage is Stage.CLOSED and state.events == seen and believed is None:
            raise RefusedError("此线索已结案")
        person = self._accounts.require(person, Right.ADJUDICATE if state.stage is Stage.FINAL else Right.DECIDE)
        if state.events != seen or (state.stage is Stage.CLOSED and not gold):
            raise OvertakenError(OVERTAKEN)
        own = Round.FIRST if gold else Round(state.stage.value)
        earlier = {Round.SECOND: {state.first_by}, Round.FINAL: {state.first_by, state.second_by}}.get(own, set())
        if person.name in earlier:
            raise RefusedError("您已在前一轮判定过此线索，须由他人复核")
        if own is Round.FINAL and decision not in (Decision.CONFIRMED, Decision.DISMISSED):
            raise RefusedError("终审只能判定“违规成立”或“误报”")
        computed = self._computed(flag_id)
        verdict = Verdict(
            flag_id=flag_id,
            decision=decision,
            reviewer=person.name,
            at=at,
            seen=seen,
            judged_on=self._reviews.judged_on(flag_id),
            reasons=reasons,
            severity=None if severity is computed else severity,
            note=note,
            round=own,
            second_review=own is Round.FIRST and self._second.due(flag_id, {computed, severity}),
        )
        with in_chinese():
            if gold:
                return self._gold.answer(verdict, computed)
            return self._reviews.decide(verdict, claimed_by=person.name)

    # Taking back

    def mine(self, person: Person, limit: int = MOST_UNDONE) -> list[Done]:
        """The person's last decisions that stand, newest first."""
        name = self._accounts.require(person, Right.LOOK).name
        return [done(act.verdicts, states, answer=act.answer is not None) for act, states in self._acts(name, limit)]

    def undo(self, person: Person, *, flag_id: str | None = None, at: datetime) -> str | None:
        """Takes back the person's last act that stands, or the one about `flag_id`, if it is one of their last
        `MOST_UNDONE`; several flags that were dismissed in one go together.

        The flag's id (of several the first one's), which the person has claimed anew; None when there is nothing to
        take back. Raises RefusedError when others went on from there, or are at the flag.
        """
        name = self._accounts.require(person, Right.DECIDE).name
        for act, states in self._acts(name, MOST_UNDONE):
            if flag_id is None or flag_id in [one.flag_id for one in act.verdicts]:
                return self._take_back(act, states, at).flag_ids[0]
        return None

    def undo_batch(self, person: Person, batch: str, *, at: datetime) -> TakenBack:
        """Takes back what the person dismissed in one go, but for flags with which others went on or which they are
        at. Raises RefusedError when nothing of it is left to take back."""
        name = self._accounts.require(person, Right.DECIDE).name
        for act, states in self._acts(name, MOST_UNDONE):
            if batch and act.verdicts[0].batch == batch:
                return self._take_back(act, states, at)
        raise RefusedError("没有可撤销的批量判定")

    def _acts(self, name: str, most: int) -> Iterator[tuple[PastAct, dict[str, ReviewState]]]:
        """Those of which something stands, what was taken back left out."""
        acts = self._gold.last_acts(name, most)
        states = self._reviews.states({one.flag_id for act in acts for one in act.verdicts})
        for act in acts:
            if act.answer is not None:
                standing = [] if act.withdrawn else act.verdicts
            else:
                standing = [one for one in act.verdicts if one in states[one.flag_id].standing]
            if standing:
                yield replace(act, verdicts=standing), states

    def _take_back(self, past: PastAct, states: dict[str, ReviewState], at: datetime) -> TakenBack:
        act = past.verdicts
        if past.answer is not None:
            with in_chinese():
                return TakenBack((self._gold.take_back(past.answer, at=at, claim_until=at + self._lease),), ())
        withdrawn = [
            Verdict(
                flag_id=one.flag_id,
                decision=Decision.WITHDRAWN,
                reviewer=one.reviewer,
                at=at,
                seen=states[one.flag_id].events,
                round=one.round,
                batch=one.batch,
            )
            for one in act
            if is_last(one, states)
        ]
        if not withdrawn:
            raise RefusedError(BUILT_ON)
        with in_chinese():
            back = self._reviews.take_back(withdrawn, claim_until=at + self._lease)
        return TakenBack(tuple(back), tuple(one.flag_id for one in act if one.flag_id not in back))

    # Several of one cause

    def alike(self, person: Person, flag_id: str, *, at: datetime) -> Alike:
        """Open flags of the same scheme that rest on the same words as this one, and that nobody else is at."""
        name = self._accounts.require(person, Right.LOOK).name
        if self._stands(name, flag_id) is Stage.FIRST:  # nothing is done in one go with a gold flag
            return Alike(flag_ids=(flag_id,), others=0, more=False, examples=())
        return self._alike(name, flag_id, at)

    def dismiss_alike(
        self,
        person: Person,
        flag_id: str,
        *,
        expected: int,
        reasons: Iterable[Reason],
        note: str = "",
        at: datetime,
    ) -> str:
        """Dismisses all that `alike` told of, in the first round; the batch's id, for `undo_batch`.

        `expected`: the `count` that the person was shown. Raises OvertakenError when it is another by now.
        """
        reasons, note = tuple(dict.fromkeys(reasons)), note.strip()
        check_words(Decision.DISMISSED, reasons, note, None)
        name = self._accounts.require(person, Right.DECIDE).name
        found = self._alike(name, flag_id, at)
        if self._stands(name, flag_id) is not None:
            found = Alike(flag_ids=(), others=0, more=False, examples=())
        if not found.count or found.count != expected:
            raise OvertakenError(f"同因线索的数量已由 {expected} 变为 {found.count}，请核对后再操作")
        states, batch = self._reviews.states(found.flag_ids), secrets.token_hex(8)
        verdicts = [
            Verdict(
                flag_id=one,
                decision=Decision.DISMISSED,
                reviewer=name,
                at=at,
                seen=states[one].events,
                judged_on=self._judged_on(one),
                reasons=reasons,
                note=note,
                round=Round.FIRST,
                second_review=self._second.due(one, {self._computed(one)}),
                batch=batch,
            )
            for one in found.flag_ids
        ]
        with in_chinese():
            self._reviews.decide_all(verdicts)
        return batch

    def _alike(self, name: str, flag_id: str, at: datetime) -> Alike:
        found = self._reviews.alike(flag_id, name=name, at=at, most=MOST_ALIKE + 1)
        some = found[:MOST_ALIKE]
        others = [one for one in some if one.flag_id != flag_id]
        return Alike(
            flag_ids=tuple(one.flag_id for one in some),
            others=len(others),
            more=len(found) > len(some),
            examples=tuple(others[:EXAMPLES]),
        )

    # Inside

    def _state(self, flag_id: str) -> ReviewState:
        return self._reviews.states([flag_id])[flag_id]

    def _stands(self, name: str, flag_id: str) -> Stage | None:
        """Where the flag stands as this person is to believe, if that is not where it does."""
        return self._gold.hidden_from(name).get(flag_id)

    def _judged_on(self, flag_id: str) -> JudgedOn:
        with in_chinese():
            return self._reviews.judged_on(flag_id)

    def _computed(self, flag_id: str) -> Severity:
        line = self._store.flag(flag_id)
        if line is None:
            raise RefusedError("没有这条线索")
        return Severity(line["severity"])
