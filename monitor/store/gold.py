"""Gold flags of a workspace: which they are, and what is answered about them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from monitor.audit import Act, Entry
from monitor.rules import Severity
from monitor.store.alike import PastAct, last_acts
from monitor.store.auditing import append_in
from monitor.store.database import Database
from monitor.store.gold_given import hidden_from, is_owed, known, set_answered
from monitor.store.gold_tables import GoldAnswerRow, GoldFlagRow
from monitor.store.leases import hand_lease, hold_free, hold_lease, one_at_a_time
from monitor.store.queue_claims import let_go
from monitor.store.queue_tables import QueueRow
from monitor.store.review_entries import digest
from monitor.store.review_rows import alone
from monitor.store.review_tables import VerdictRow
from monitor.store.rounds import check, state_of
from monitor.store.verdicts import Decision, Reason, ReviewState, Round, Stage, StaleVerdictError, Verdict


@dataclass(frozen=True, slots=True)
class GoldState:
    """What can be done with a flag."""

    marked: bool
    fit: bool
    """It is closed with a stance, and nobody objects: its answer is known."""


class GoldFlags:
    """Each write is one transaction together with its entry in the audit log; who may do what is asked above.

    Every method raises WorkspaceError when the database cannot be read or written.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    # Which they are

    def state(self, flag_id: str) -> GoldState:
        with self._database.reading() as session:
            return GoldState(_marked(session, flag_id) is not None, known(session, flag_id) is not None)

    def mark(self, flag_id: str, by: str, at: datetime) -> bool:
        """Whether it is one now: not, where its answer is not known. One that is one already stays as it is."""
        with self._database.writing() as session:
            alone(session)
            if _marked(session, flag_id) is not None:
                return True
            state = known(session, flag_id)
            if state is None or state.decision is None:
                return False
            session.add(GoldFlagRow(flag_id=flag_id, marked_by=by, marked_at=at))
            append_in(session, Entry(at, by, Act.GOLD_FLAG, flag_id, {"decision": state.decision.value}))
        return True

    def unmark(self, flag_id: str, by: str, at: datetime) -> bool:
        """Nobody gets it as a gold flag from now on; whoever has it may answer. False: it was none."""
        with self._database.writing() as session:
            alone(session)
            found = session.execute(delete(GoldFlagRow).where(GoldFlagRow.flag_id == flag_id).returning(GoldFlagRow.id))
            if found.first() is None:
                return False
            append_in(session, Entry(at, by, Act.GOLD_FLAG, flag_id, {"removed": True}))
        return True

    # Whoever has one

    def hidden_from(self, name: str) -> Mapping[str, Stage]:
        """As `gold_given.hidden_from`."""
        with self._database.reading() as session:
            return hidden_from(session, name)

    def answer(self, verdict: Verdict, computed: Severity) -> ReviewState:
        """Keeps what the person says of the gold flag that they have, and lets go of it; nothing of the flag changes.

        Returns where a flag would stand for which this were the first verdict. Raises RefusedError when it is not the
        person's, StaleVerdictError when others decided about it meanwhile, UsageError like `Reviews.decide`.
        """
        name, flag_id = verdict.reviewer, verdict.flag_id
        with self._database.writing() as session:
            alone(session)
            hold_lease(session, flag_id, name, verdict.at)
            state = known(session, flag_id)
            if state is None or state.decision is None or state.events != verdict.seen:
                raise _stale(flag_id)
            if not is_owed(session, flag_id, name):
                raise _stale(flag_id)
            believed = replace(verdict, seen=0, round=Round.FIRST)
            check(ReviewState(), believed, at_desk=True)
            row = GoldAnswerRow(
                flag_id=flag_id,
                reviewer=name,
                decision=verdict.decision.value,
                severity=_own(verdict.severity, computed),
                reasons=[reason.value for reason in verdict.reasons],
                note=verdict.note,
                at=verdict.at,
                expected=state.decision.value,
                expected_severity=_own(state.severity, computed),
                after_verdict=_last_verdict(session, name),
                withdrawn_at=None,
            )
            session.add(row)
            set_answered(session, flag_id, name, True)
            let_go(session, name)
            session.flush()
            append_in(session, _entry(row, verdict.at))
        return state_of([believed])

    def take_back(self, answer: int, *, at: datetime, claim_until: datetime) -> str:
        """The answer counts no longer, and the flag is the person's again until then; its id.

        Raises RefusedError when somebody else is at it, StaleVerdictError when it is none any more or is taken back.
        """
        with self._database.writing() as session:
            alone(session)
            row = session.get_one(GoldAnswerRow, answer)
            one_at_a_time(session, row.reviewer)
            hold_free(session, row.flag_id, row.reviewer, at, gold=True)
            asked = select(QueueRow.open).where(QueueRow.flag_id == row.flag_id)
            if row.withdrawn_at is not None or session.scalar(asked) is not False:
                raise _stale(row.flag_id)
            row.withdrawn_at = at
            set_answered(session, row.flag_id, row.reviewer, False)
            hand_lease(session, row.flag_id, row.reviewer, at, claim_until)
            append_in(session, _entry(row, at))
            return row.flag_id

    def last_acts(self, reviewer: str, most: int) -> list[PastAct]:
        """As `alike.last_acts`, with the answers among them, in the order in which they were given."""
        asked = select(GoldAnswerRow).where(GoldAnswerRow.reviewer == reviewer).order_by(GoldAnswerRow.id.desc())
        with self._database.reading() as session:
            acts = last_acts(session, reviewer, most)
            answers = [_act(row) for row in session.scalars(asked.limit(most))]
        return sorted([*acts, *answers], key=lambda act: act.place, reverse=True)[:most]


def _marked(session: Session, flag_id: str) -> int | None:
    return session.scalar(select(GoldFlagRow.id).where(GoldFlagRow.flag_id == flag_id))


def _last_verdict(session: Session, name: str) -> int:
    return session.scalar(select(func.max(VerdictRow.id)).where(VerdictRow.reviewer == name)) or 0


def _own(severity: Severity | None, computed: Severity) -> str | None:
    return None if severity in (None, computed) else severity.value


def _act(row: GoldAnswerRow) -> PastAct:
    verdict = Verdict(
        flag_id=row.flag_id,
        decision=Decision(row.decision),
        reviewer=row.reviewer,
        at=row.at,
        seen=0,
        reasons=tuple(map(Reason, row.reasons)),
        severity=None if row.severity is None else Severity(row.severity),
        note=row.note,
        round=Round.FIRST,
    )
    return PastAct((row.after_verdict, row.id), [verdict], answer=row.id, withdrawn=row.withdrawn_at is not None)


def _entry(row: GoldAnswerRow, at: datetime) -> Entry:
    taken_back = row.withdrawn_at is not None
    return Entry(
        at,
        row.reviewer,
        Act.GOLD_ANSWER,
        row.flag_id,
        {
            "decision": Decision.WITHDRAWN.value if taken_back else row.decision,
            "severity": None if taken_back else row.severity,
            "reasons": [] if taken_back else row.reasons,
            "expected": row.expected,
            "note_sha256": digest(row.note) if row.note and not taken_back else None,
        },
    )


def _stale(flag_id: str) -> StaleVerdictError:
    return StaleVerdictError("others decided meanwhile", where=f"flag {flag_id}", todo="look at it again")
