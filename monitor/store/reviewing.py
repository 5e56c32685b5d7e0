"""What people decide about flags, kept for good: verdicts, appeals and holds."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from monitor.audit import Act, Entry
from monitor.errors import UsageError, WorkspaceError
from monitor.roles import RefusedError
from monitor.store.alike import AlikeFlag, alike
from monitor.store.appeals import HinderedError, against_release
from monitor.store.auditing import append_in
from monitor.store.database import Database
from monitor.store.leases import hand_lease, hold_free, hold_lease, one_at_a_time
from monitor.store.queueing import refresh
from monitor.store.review_entries import digest, verdict_entry
from monitor.store.review_rows import (
    alone,
    events_of,
    hold_as_decided,
    hold_record,
    holds_of,
    release_holds,
    verdict_row,
)
from monitor.store.review_tables import HoldRow
from monitor.store.rounds import after, check, state_of
from monitor.store.rows import of_flag
from monitor.store.tables import EvidenceRow, FlagRow
from monitor.store.verdicts import (
    Hold,
    JudgedOn,
    ReviewState,
    StaleVerdictError,
    UnknownFlagError,
    Verdict,
    check_name,
)


class Reviews:
    """The reviews of a workspace's flags. Each write is one transaction together with its entry in the audit log.

    Every method raises WorkspaceError when the database cannot be read or written, with what to do about it.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    # Verdicts

    def judged_on(self, flag_id: str) -> JudgedOn:
        """What a reviewer of the flag has before them now. Raises UnknownFlagError."""
        asked = of_flag(select(FlagRow.line, EvidenceRow.manifest_sha256), flag_id)
        with self._database.reading() as session:
            found = session.execute(asked).first()
        if found is None:
            raise _unknown(flag_id)
        return JudgedOn(found.manifest_sha256 or "", str(found.line["lexicon"]), str(found.line["policy"]))

    def decide(self, verdict: Verdict, *, claimed_by: str | None = None) -> ReviewState:
        """Appends an event, and puts the flag on hold or takes it off as it says; where the flag stands then.

        `claimed_by`: a person at the desk, who must have claimed the flag and holds it no longer afterwards; there the
        last round ends the matter.

        Raises UnknownFlagError; StaleVerdictError when others decided after the reviewer had looked; UsageError for
        an event that makes no sense after those there are; RefusedError when the flag is not the person's.
        """
        with self._not_overtaken(verdict.flag_id), self._deciding() as session:
            if claimed_by is not None:
                hold_lease(session, verdict.flag_id, claimed_by, verdict.at)
            return self._append(session, [verdict], at_desk=claimed_by is not None)[0]

    def appeal(self, verdict: Verdict) -> ReviewState:
        """Appends an appeal or its answer as the desk asks for it: nobody answers who decided about the flag.

        Raises like `decide`; HinderedError where it does not go with how the flag stands.
        """
        with self._not_overtaken(verdict.flag_id), self._deciding() as session:
            return self._append(session, [verdict], at_desk=True)[0]

    def decide_all(self, verdicts: Sequence[Verdict]) -> None:
        """Appends events of several flags by one person: all or none.

        Raises like `decide`; RefusedError when somebody else is at one of the flags.
        """
        with self._not_overtaken("of several"), self._deciding() as session:
            for verdict in verdicts:
                hold_free(session, verdict.flag_id, verdict.reviewer, verdict.at)
            self._append(session, verdicts, at_desk=True)

    def take_back(self, withdrawn: Sequence[Verdict], *, claim_until: datetime) -> list[str]:
        """Appends that a person takes their decisions back; the first flag is theirs again until then.

        The ids of the flags; those that somebody else is at are left as they are. Raises like `decide`; RefusedError
        when that is all of them.
        """
        with self._not_overtaken("of several"), self._deciding() as session:
            one_at_a_time(session, withdrawn[0].reviewer)
            free, refused = [], None
            for verdict in withdrawn:
                try:
                    hold_free(session, verdict.flag_id, verdict.reviewer, verdict.at)
                except RefusedError as error:
                    refused = error
                else:
                    free.append(verdict)
            if refused is not None and not free:
                raise refused
            self._append(session, free, at_desk=True)
            hand_lease(session, free[0].flag_id, free[0].reviewer, free[0].at, claim_until)
        return [verdict.flag_id for verdict in free]

    @contextmanager
    def _deciding(self) -> Iterator[Session]:
        with self._database.writing() as session:
            alone(session)
            yield session

    @contextmanager
    def _not_overtaken(self, flag_id: str) -> Iterator[None]:
        """Belt and braces: where the lock did not keep two reviewers apart, the unique place in line does."""
        try:
            yield
        except WorkspaceError as error:
            cause = error.__cause__
            if isinstance(cause, IntegrityError) and "verdicts" in str(cause.orig).lower():
                raise StaleVerdictError(
                    "somebody else decided at the same moment",
                    where=f"flag {flag_id}",
                    todo="look at the decisions, then decide again",
                ) from error
            raise

    def _append(self, session: Session, verdicts: Sequence[Verdict], *, at_desk: bool) -> list[ReviewState]:
        """Where each one's flag, of which there is one event here, stands then."""
        flag_ids = [verdict.flag_id for verdict in verdicts]
        events = events_of(session, flag_ids)
        stand: list[ReviewState] = []
        for verdict in verdicts:
            self._known(session, verdict.flag_id)
            state = state_of(events.get(verdict.flag_id, ()))
            check(state, verdict, at_desk=at_desk)
            stand.append(after(state, verdict))
            session.add(verdict_row(verdict))
            session.flush()
            hold_as_decided(session, state, stand[-1], verdict)
        append_in(session, *map(verdict_entry, verdicts))
        refresh(session, flag_ids)
        return stand

    def verdicts(self, flag_id: str) -> tuple[Verdict, ...]:
        """The flag's events in order. Raises UnknownFlagError for one that has neither row nor event."""
        with self._database.reading() as session:
            found = events_of(session, [flag_id]).get(flag_id, [])
            if not found:
                self._known(session, flag_id)
        return tuple(found)

    def states(self, flag_ids: Iterable[str]) -> dict[str, ReviewState]:
        """Where each of these flags stands; one without events is there too."""
        asked = list(flag_ids)
        with self._database.reading() as session:
            events = events_of(session, asked)
        return {flag_id: state_of(events.get(flag_id, ())) for flag_id in asked}

    def alike(self, flag_id: str, *, name: str, at: datetime, most: int) -> list[AlikeFlag]:
        """What waits for its first decision for the same words as this flag, itself included, and is free for `name`;
        what waits longest first."""
        with self._database.reading() as session:
            return alike(session, flag_id, name=name, at=at, most=most)

    # Holds

    def hold(self, flag_id: str, *, why: str, by: str, at: datetime) -> None:
        """Nothing of the flag is deleted until it is released. Raises UnknownFlagError, UsageError without a reason."""
        _must_be_told(flag_id, why, by)
        with self._database.writing() as session:
            alone(session)
            self._known(session, flag_id)
            session.add(HoldRow(flag_id=flag_id, why=why, put_by=by, put_at=at, automatic=False))
            session.flush()
            append_in(session, Entry(at, by, Act.HOLD, flag_id, {"why_sha256": digest(why)}))

    def release(self, flag_id: str, *, why: str, by: str, at: datetime) -> None:
        """Lifts every hold of the flag: its period counts from now.

        Raises UsageError without a reason, where nothing is on hold, while an appeal is open and between two rounds.
        """
        _must_be_told(flag_id, why, by)
        with self._database.writing() as session:
            alone(session)
            self._known(session, flag_id)
            state = state_of(events_of(session, [flag_id]).get(flag_id, ()))
            open_ones = [one for one in holds_of(session, [flag_id]).get(flag_id, ()) if one.released_at is None]
            hindrance = against_release(state, held=bool(open_ones))
            if hindrance is not None:
                raise HinderedError(hindrance, f"flag {flag_id}")
            release_holds(session, flag_id, by=by, at=at, why=why)
            append_in(session, Entry(at, by, Act.RELEASE, flag_id, {"why_sha256": digest(why)}))

    def holds(self, flag_id: str | None = None) -> list[Hold]:
        """What is on hold, oldest first; of one flag the released ones too."""
        with self._database.reading() as session:
            if flag_id is not None:
                return holds_of(session, [flag_id]).get(flag_id, [])
            asked = select(HoldRow).where(HoldRow.released_at.is_(None)).order_by(HoldRow.id)
            return [hold_record(row) for row in session.scalars(asked)]

    def _known(self, session: Session, flag_id: str) -> None:
        if session.scalar(select(FlagRow.id).where(FlagRow.flag_id == flag_id).limit(1)) is None:
            raise _unknown(flag_id)


def _unknown(flag_id: str) -> UnknownFlagError:
    return UnknownFlagError("no such flag", where=f"flag {flag_id}", todo="see `monitor flags --format jsonl` for ids")


def _must_be_told(flag_id: str, why: str, by: str) -> None:
    check_name(by, f"flag {flag_id}")
    if not why.strip():
        raise UsageError("needs a reason", where=f"flag {flag_id}", todo="give it with --why")
