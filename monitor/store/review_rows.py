"""Events and holds, to rows and back. Each function is part of one transaction."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime

from sqlalchemy import exists, or_, select, text
from sqlalchemy.orm import Session

from monitor.rules import Severity
from monitor.store.database import pages
from monitor.store.holds import own_holds
from monitor.store.review_tables import HoldRow, VerdictRow
from monitor.store.tables import FlagRow
from monitor.store.verdicts import (
    Decision,
    Hold,
    JudgedOn,
    Reason,
    ReviewState,
    Round,
    Verdict,
)

REVIEWED = or_(*(exists().where(table.flag_id == FlagRow.flag_id) for table in (VerdictRow, HoldRow)))
"""What holds of a flag that people decided about or ever held: retention alone may take its evidence, no scan."""

_LOCK = 0x726576696577
"""Key of the advisory lock in PostgreSQL under which one process at a time changes what a review rests on: `review`
in ASCII. SQLite has one writer anyway."""


def alone(session: Session) -> None:
    """Until the transaction ends nobody else decides, holds, releases or deletes."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})


def events_of(session: Session, flag_ids: Iterable[str] | None = None) -> dict[str, list[Verdict]]:
    """The events of each flag that has any, in order; of all flags when None."""
    asked = select(VerdictRow).order_by(VerdictRow.flag_id, VerdictRow.position)
    found: dict[str, list[Verdict]] = {}
    for some in _some(flag_ids):
        chosen = asked if some is None else asked.where(VerdictRow.flag_id.in_(some))
        for row in session.scalars(chosen):
            found.setdefault(row.flag_id, []).append(verdict_record(row))
    return found


def holds_of(session: Session, flag_ids: Iterable[str] | None = None) -> dict[str, list[Hold]]:
    """The holds of each flag that has any, released ones too, in the order in which they were put on."""
    asked = select(HoldRow).order_by(HoldRow.id)
    found: dict[str, list[Hold]] = {}
    for some in _some(flag_ids):
        for row in session.scalars(asked if some is None else asked.where(HoldRow.flag_id.in_(some))):
            found.setdefault(row.flag_id, []).append(hold_record(row))
    return found


def _some(flag_ids: Iterable[str] | None) -> Iterable[Sequence[str] | None]:
    return [None] if flag_ids is None else pages(list(dict.fromkeys(flag_ids)))


def verdict_row(verdict: Verdict) -> VerdictRow:
    return VerdictRow(
        flag_id=verdict.flag_id,
        position=verdict.seen,
        decision=verdict.decision.value,
        reasons=[reason.value for reason in verdict.reasons],
        severity=None if verdict.severity is None else verdict.severity.value,
        note=verdict.note,
        reviewer=verdict.reviewer,
        at=verdict.at,
        manifest_sha256=verdict.judged_on.manifest_sha256,
        lexicon=verdict.judged_on.lexicon,
        policy=verdict.judged_on.policy,
        round=verdict.round.value,
        second_review=verdict.second_review,
        batch=verdict.batch,
    )


def verdict_record(row: VerdictRow) -> Verdict:
    return Verdict(
        flag_id=row.flag_id,
        decision=Decision(row.decision),
        reviewer=row.reviewer,
        at=row.at,
        seen=row.position,
        judged_on=JudgedOn(row.manifest_sha256, row.lexicon, row.policy),
        reasons=tuple(map(Reason, row.reasons)),
        severity=None if row.severity is None else Severity(row.severity),
        note=row.note,
        round=Round(row.round),
        second_review=row.second_review,
        batch=row.batch,
    )


def hold_record(row: HoldRow) -> Hold:
    return Hold(
        flag_id=row.flag_id,
        why=row.why,
        by=row.put_by,
        at=row.put_at,
        automatic=row.automatic,
        released_at=row.released_at,
        released_by=row.released_by,
        released_why=row.released_why,
    )


def hold_as_decided(session: Session, before: ReviewState, after: ReviewState, verdict: Verdict) -> None:
    """Puts the flag on hold and takes it off, so that what it is on hold for by itself is what its state after the
    event asks for. What a person released stays released until a reason comes anew."""
    flag_id, by, at = verdict.flag_id, verdict.reviewer, verdict.at
    wanted, had = own_holds(after), own_holds(before)
    there = [hold for hold in holds_of(session, [flag_id]).get(flag_id, ()) if hold.automatic and not hold.released_at]
    over = sorted({hold.why for hold in there} - wanted)
    if over:
        release_holds(session, flag_id, by=by, at=at, why=verdict.decision.value, only=over)
    anew = {verdict.decision.value} & wanted
    for why in sorted((wanted - had | anew) - {hold.why for hold in there}):
        session.add(HoldRow(flag_id=flag_id, why=why, put_by=by, put_at=at, automatic=True))


def release_holds(
    session: Session, flag_id: str, *, by: str, at: datetime, why: str, only: Collection[str] | None = None
) -> int:
    """How many holds were lifted: all that are open, or the automatic ones that stand for one of these."""
    chosen = select(HoldRow).where(HoldRow.flag_id == flag_id, HoldRow.released_at.is_(None))
    if only is not None:
        chosen = chosen.where(HoldRow.automatic, HoldRow.why.in_(list(only)))
    found = session.scalars(chosen).all()
    for row in found:
        row.released_at, row.released_by, row.released_why = at, by, why
    session.flush()
    return len(found)
