"""What people do with flags, kept for good: verdicts, appeals, holds, and what was deleted when its time was over."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

from sqlalchemy import func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from monitor.audit import Act, Entry
from monitor.errors import UsageError, WorkspaceError
from monitor.store import forgetting
from monitor.store.acts import stream_name
from monitor.store.auditing import append_in
from monitor.store.database import Database
from monitor.store.forgetting import Deletion, KeptEvidence, KeptRaw
from monitor.store.review_entries import deletion_entry, digest, verdict_entry
from monitor.store.review_rows import (
    alone,
    events_of,
    hold_as_decided,
    hold_record,
    holds_of,
    release_holds,
    verdict_row,
)
from monitor.store.review_tables import DeletionRow, HoldRow
from monitor.store.tables import EvidenceRow, FlagRow, StreamRow
from monitor.store.verdicts import (
    Hold,
    JudgedOn,
    ReviewState,
    StaleVerdictError,
    UnknownFlagError,
    Verdict,
    after,
    check,
    check_name,
    state_of,
)


class Reviews:
    """The reviews of a workspace's flags. Each write is one transaction together with its entry in the audit log.

    Every method raises WorkspaceError when the database cannot be read or written, with what to do about it.
    """

    def __init__(self, database: Database, workspace: Path) -> None:
        self._database = database
        self.workspace = workspace

    # Verdicts

    def judged_on(self, flag_id: str) -> JudgedOn:
        """What a reviewer of the flag has before them now. Raises UnknownFlagError."""
        line = FlagRow.line
        asked = (
            select(line, EvidenceRow.manifest_sha256)
            .join(StreamRow, FlagRow.stream_id == StreamRow.id)
            .outerjoin(EvidenceRow, EvidenceRow.flag_row == FlagRow.id)
            .where(FlagRow.flag_id == flag_id)
            .order_by(StreamRow.shown.desc(), FlagRow.id.desc())
            .limit(1)
        )
        with self._database.reading() as session:
            found = session.execute(asked).first()
        if found is None:
            raise _unknown(flag_id)
        return JudgedOn(found.manifest_sha256 or "", str(found.line["lexicon"]), str(found.line["policy"]))

    def decide(self, verdict: Verdict) -> ReviewState:
        """Appends an event, and puts the flag on hold or takes it off as it says; where the flag stands then.

        Raises UnknownFlagError; StaleVerdictError when others decided after the reviewer had looked; UsageError for
        an event that makes no sense after those there are.
        """
        try:
            with self._database.writing() as session:
                alone(session)
                self._known(session, verdict.flag_id)
                state = state_of(events_of(session, [verdict.flag_id]).get(verdict.flag_id, ()))
                check(state, verdict)
                session.add(verdict_row(verdict))
                session.flush()
                hold_as_decided(session, verdict)
                append_in(session, verdict_entry(verdict))
        except WorkspaceError as error:
            # Belt and braces: where the lock did not keep two reviewers apart, the unique place in line does.
            cause = error.__cause__
            if isinstance(cause, IntegrityError) and "verdicts" in str(cause.orig).lower():
                raise StaleVerdictError(
                    "somebody else decided at the same moment",
                    where=f"flag {verdict.flag_id}",
                    todo="look at the decisions, then decide again",
                ) from error
            raise
        return after(state, verdict)

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

        Raises UsageError without a reason, where nothing is on hold, and while an appeal is open.
        """
        _must_be_told(flag_id, why, by)
        where = f"flag {flag_id}"
        with self._database.writing() as session:
            alone(session)
            self._known(session, flag_id)
            if state_of(events_of(session, [flag_id]).get(flag_id, ())).appealed:
                raise UsageError("an appeal is open", where=where, todo="answer it first with `monitor appeal`")
            if not release_holds(session, flag_id, by=by, at=at, why=why):
                raise UsageError("is not on hold", where=where, todo="see `monitor hold`")
            append_in(session, Entry(at, by, Act.RELEASE, flag_id, {"why_sha256": digest(why)}))

    def holds(self, flag_id: str | None = None) -> list[Hold]:
        """What is on hold, oldest first; of one flag the released ones too."""
        with self._database.reading() as session:
            if flag_id is not None:
                return holds_of(session, [flag_id]).get(flag_id, [])
            asked = select(HoldRow).where(HoldRow.released_at.is_(None)).order_by(HoldRow.id)
            return [hold_record(row) for row in session.scalars(asked)]

    # Retention

    def kept_evidence(self) -> list[KeptEvidence]:
        """Every folder of evidence that a flag has, with all that decides how long it stays."""
        with self._database.reading() as session:
            return forgetting.kept_evidence(session)

    def kept_raw(self) -> list[KeptRaw]:
        """Every scan of which something is left that was heard or read."""
        with self._database.reading() as session:
            return forgetting.kept_raw(session)

    def raw_bytes(self, stream_id: int) -> int:
        """How much text is stored of a scan, in bytes."""
        with self._database.reading() as session:
            return forgetting.raw_bytes(session, stream_id)

    def forget_evidence(
        self, kept: KeptEvidence, *, kept_as: str, why: str, plan: str, size_bytes: int, by: str, at: datetime
    ) -> Deletion:
        """The folder is the flag's no longer, and may be removed; the flag's line says so and stays.

        Raises StalePlanError, and nothing happens, when anything about `kept` is different by now.
        """
        row = DeletionRow(
            kept_as=kept_as,
            flag_id=kept.flag_id,
            stream_id=kept.stream_id,
            folder=kept.folder,
            manifest_sha256=kept.manifest_sha256,
            size_bytes=size_bytes,
            why=why,
            by=by,
            at=at,
        )
        with self._database.writing() as session:
            alone(session)
            forgetting.drop_evidence(session, kept, row)
            append_in(session, deletion_entry(row, kept.flag_id, plan))
            return forgetting.deletion_record(row)

    def forget_raw(self, kept: KeptRaw, *, why: str, plan: str, size_bytes: int, by: str, at: datetime) -> Deletion:
        """What was heard and read of a scan goes; its row, gaps and flags stay.

        Raises StalePlanError, and nothing happens, when one of its flags is on hold by now, or it is being scanned.
        """
        row = DeletionRow(
            kept_as="raw",
            flag_id="",
            stream_id=kept.stream_id,
            folder="",
            manifest_sha256="",
            size_bytes=size_bytes,
            why=why,
            by=by,
            at=at,
            removed_at=at,
        )
        with self._database.writing() as session:
            alone(session)
            forgetting.drop_raw(session, kept, row)
            append_in(session, deletion_entry(row, stream_name(kept.stream_key), plan))
            return forgetting.deletion_record(row)

    def unfinished_deletions(self) -> list[Deletion]:
        """Deletions whose folder may still be on the disk: their process died before it was gone."""
        asked = select(DeletionRow).where(DeletionRow.removed_at.is_(None)).order_by(DeletionRow.id)
        with self._database.reading() as session:
            return [forgetting.deletion_record(row) for row in session.scalars(asked)]

    def removed(self, deletion: Deletion, *, at: datetime) -> None:
        """The folder is gone."""
        own = update(DeletionRow).where(DeletionRow.id == deletion.number, DeletionRow.removed_at.is_(None))
        with self._database.writing() as session:
            session.execute(own.values(removed_at=at))

    def names_folder(self, folder: str) -> bool:
        """Whether some flag has this folder of evidence now; a name that became free may be given again."""
        asked = select(func.count()).select_from(EvidenceRow).where(EvidenceRow.folder == folder)
        with self._database.reading() as session:
            return bool(session.scalar(asked))

    def deletions(self, *, flag_id: str | None = None, stream_id: int | None = None) -> list[Deletion]:
        """What was deleted of a flag or a stream, in order; all there ever was when neither is given."""
        asked = select(DeletionRow).order_by(DeletionRow.id)
        if flag_id is not None:
            asked = asked.where(DeletionRow.flag_id == flag_id)
        if stream_id is not None:
            asked = asked.where(DeletionRow.stream_id == stream_id)
        with self._database.reading() as session:
            return [forgetting.deletion_record(row) for row in session.scalars(asked)]

    def _known(self, session: Session, flag_id: str) -> None:
        if session.scalar(select(FlagRow.id).where(FlagRow.flag_id == flag_id).limit(1)) is None:
            raise _unknown(flag_id)


def _unknown(flag_id: str) -> UnknownFlagError:
    return UnknownFlagError("no such flag", where=f"flag {flag_id}", todo="see `monitor flags --format jsonl` for ids")


def _must_be_told(flag_id: str, why: str, by: str) -> None:
    check_name(by, f"flag {flag_id}")
    if not why.strip():
        raise UsageError("needs a reason", where=f"flag {flag_id}", todo="give it with --why")
