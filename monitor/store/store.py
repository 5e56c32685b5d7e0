"""The store as scans fill it: what was heard, seen and flagged, kept for whoever asks later."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import URL, ColumnElement, Row, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from monitor.audit import SYSTEM
from monitor.config import Settings
from monitor.errors import WorkspaceError
from monitor.records import Stream
from monitor.store import acts, scanning
from monitor.store.accounts import StoredAccounts
from monitor.store.auditing import AuditLog, append_in
from monitor.store.claims import StreamBusyError, StreamDoneError, is_alive, this_process
from monitor.store.database import LOCK_WAIT_S, Database, writable_file
from monitor.store.gold import GoldFlags
from monitor.store.questions import Questions
from monitor.store.queue import StoredQueue
from monitor.store.retaining import Retention
from monitor.store.review_rows import alone
from monitor.store.reviewing import Reviews
from monitor.store.schema import bring_up_to_date
from monitor.store.tables import (
    DONE,
    RUNNING,
    AnswerRow,
    EvidenceRow,
    FlagRow,
    RunRow,
    StreamRow,
)
from monitor.store.unit import Answer, Failure, Kept, Unit


class Store(Questions):
    """A workspace's database. Several processes, and threads of each, may write; every call is one transaction.

    Every method raises WorkspaceError when the database cannot be read or written, with what to do about it.
    """

    def __init__(self, database: Database, workspace: Path) -> None:
        super().__init__(database, workspace)
        self.audit = AuditLog(database, workspace)
        self.reviews = Reviews(database)
        self.retention = Retention(database, workspace)
        self.accounts = StoredAccounts(database)
        self.queue = StoredQueue(database)
        self.gold = GoldFlags(database)

    @classmethod
    def open(cls, workspace: Path, *, url: str | None = None, lock_wait_s: float = LOCK_WAIT_S) -> Store:
        """The store in `workspace`, made or brought up to date; in the database at `url` when given.

        A writer waits `lock_wait_s` for another.

        Raises WorkspaceError when the workspace is no folder, not writable, locked, of a newer program or no database.
        """
        workspace = Path(workspace)
        file = writable_file(workspace)
        own = URL.create("sqlite", database=str(file))
        database = Database(url or own, None if url else file, lock_wait_s=lock_wait_s)
        bring_up_to_date(database, workspace)
        return cls(database, workspace)

    @classmethod
    def of(cls, settings: Settings) -> Store:
        """The store that the settings name. Raises like `open`, and UsageError for an address that names none."""
        return cls.open(settings.workspace, url=settings.database_url or None, lock_wait_s=settings.lock_wait_s)

    # Runs

    def begin_run(
        self,
        *,
        command: str,
        settings: Mapping[str, Any],
        versions: Mapping[str, str],
        at: datetime,
        actor: str = SYSTEM,
        rules: Mapping[str, str] | None = None,
    ) -> int:
        """The run's number. `settings` are plain JSON values without secrets, `rules` the digests judged with.

        The audit log tells who began it, and which of the `rules` (`lexicon`, `policy`) were changed since the last.
        """
        with self._database.writing() as session:
            run = RunRow(command=command, settings=dict(settings), versions=dict(versions), started_at=at)
            session.add(run)
            session.flush()
            append_in(session, *acts.run_begun(session, run.id, actor, command, versions, rules or {}))
            return run.id

    def end_run(self, run_id: int, *, at: datetime, exit_code: int, actor: str = SYSTEM) -> None:
        with self._database.writing() as session:
            session.execute(update(RunRow).where(RunRow.id == run_id).values(ended_at=at, exit_code=exit_code))
            append_in(session, acts.run_ended(run_id, actor, exit_code))

    # Streams, while they are scanned

    def done(self) -> dict[str, str]:
        """Fingerprint (content and settings) of each stream that was scanned to its end, by key."""
        asked = select(StreamRow.stream_key, StreamRow.fingerprint).where(*scanning.IS_DONE)
        with self._database.reading() as session:
            return {row.stream_key: row.fingerprint for row in session.execute(asked)}

    def begin_stream(
        self,
        run_id: int,
        stream_key: str,
        fingerprint: str,
        stream: Stream,
        *,
        media_key: str = "",
        again: bool = False,
    ) -> int:
        """The stream's number for `add` and `end_stream`. `media_key` names the recording by its content.

        An earlier try at the same content with the same settings that did not come to its end is gone on with:
        `kept` says what it left. One of other content or settings is deleted with all it found, unless people decided
        about a flag of it or held it. One that was done stays, and stays what people see, until this one is done.

        Raises StreamBusyError when another living process is at the stream, StreamDoneError when it was done with
        this content and these settings, unless `again`.
        """
        try:
            with self._database.writing() as session:
                alone(session)
                now = datetime.now(UTC)
                return scanning.take_up(session, run_id, stream_key, fingerprint, stream, media_key, now, again=again)
        except scanning.DoneError as error:
            raise StreamDoneError(f"{stream_key} is done already", where=self._database.where) from error
        except scanning.AliveError as error:
            raise self._busy(stream_key) from error
        except WorkspaceError as error:
            # Two that begin at the same moment both find the stream free; the unique index lets one of them in.
            cause = error.__cause__
            if isinstance(cause, IntegrityError) and "unique" in str(cause.orig).lower():
                raise self._busy(stream_key) from error
            raise

    def kept(self, stream_id: int) -> Kept:
        """What is stored of the stream so far."""
        with self._database.reading() as session:
            return scanning.kept(session, stream_id)

    def forget(self, stream_id: int) -> None:
        """Drops what an earlier try at the stream found, because it is not what this one finds.

        Flags that people decided about or held stay as they were, with their evidence.
        """
        with self._database.writing() as session:
            alone(session)  # before the stream's row: whoever deletes what was heard and read takes them in this order
            self._touch(session, stream_id)
            scanning.forget(session, stream_id)

    def answer(self, stream_id: int, key: str) -> Answer | None:
        """What a model said to an input during an earlier try at the stream."""
        asked = select(AnswerRow.said).where(AnswerRow.stream_id == stream_id, AnswerRow.key == key)
        with self._database.reading() as session:
            found = session.execute(asked).first()
        return None if found is None else Answer(key, found.said)

    def add(self, stream_id: int, unit: Unit) -> None:
        """All of it or nothing. A cue or flag kept under the same id before is replaced.

        Raises WorkspaceError when the stream is not (or no longer) this process's to write.
        """
        with self._database.writing() as session:
            if unit.flags:
                alone(session)
            row = self._touch(session, stream_id)
            kept = scanning.put(session, stream_id, unit, self.workspace)
            append_in(session, *acts.flags_kept(row.stream_key, kept))

    def end_stream(
        self,
        stream_id: int,
        *,
        end_ms: int,
        heard_ms: int,
        seen_ms: int,
        state: str,
        problem: str,
        wall_s: float,
        last: Unit | None = None,
    ) -> None:
        """`state` `done` makes this try the one that people see; any other leaves it to be gone on with.

        `last` is the stream's last unit: it is kept together with the end. `failed` counts as a failure.
        """
        with self._database.writing() as session:
            alone(session)
            row = self._touch(session, stream_id)
            kept = [] if last is None else scanning.put(session, stream_id, last, self.workspace)
            scanning.end(session, stream_id, row.stream_key, state)
            session.execute(
                update(StreamRow)
                .where(StreamRow.id == stream_id)
                .values(
                    end_ms=end_ms,
                    heard_ms=heard_ms,
                    seen_ms=seen_ms,
                    state=state,
                    problem=problem,
                    wall_s=StreamRow.wall_s + wall_s,
                    ended_at=datetime.now(UTC),
                )
            )
            ended = acts.stream_ended(row.stream_key, row.media_key, state, end_ms, heard_ms, seen_ms)
            append_in(session, *acts.flags_kept(row.stream_key, kept), ended)

    def failures(self) -> dict[str, Failure]:
        """Streams that failed and were not done since, by key."""
        asked = select(StreamRow.stream_key, StreamRow.media_key, StreamRow.failures, StreamRow.problem)
        with self._database.reading() as session:
            found = session.execute(asked.where(StreamRow.state != DONE, StreamRow.failures > 0)).all()
        return {row.stream_key: Failure(row.media_key, row.failures, row.problem) for row in found}

    def evidence_folders(self) -> dict[str, str]:
        """Every folder of evidence that a flag has, as it stands in the store, and the flag's id."""
        asked = select(EvidenceRow.folder, FlagRow.flag_id).join(FlagRow, EvidenceRow.flag_row == FlagRow.id)
        with self._database.reading() as session:
            return {row.folder: row.flag_id for row in session.execute(asked)}

    def is_busy(self, stream_key: str) -> bool:
        """Whether a living process other than this one is scanning the stream."""
        return self._scanned_by_others(StreamRow.stream_key == stream_key)

    def others_scan(self) -> bool:
        """Whether a living process other than this one is scanning a stream of this workspace."""
        return self._scanned_by_others()

    # Inside

    def _scanned_by_others(self, *which: ColumnElement[bool]) -> bool:
        asked = select(StreamRow.owner, StreamRow.touched_at).where(StreamRow.state == RUNNING, *which)
        with self._database.reading() as session:
            owners = session.execute(asked).all()
        now = datetime.now(UTC)
        return any(is_alive(row.owner, row.touched_at, now) for row in owners)

    def _touch(self, session: Session, stream_id: int) -> Row[str, str]:
        """Marks the stream as being worked at; its keys. It must still be this process's."""
        mine = update(StreamRow).where(StreamRow.id == stream_id, StreamRow.owner == this_process())
        touched = mine.values(touched_at=datetime.now(UTC)).returning(StreamRow.stream_key, StreamRow.media_key)
        row = session.execute(touched).first()
        if row is None:
            raise WorkspaceError(
                f"stream {stream_id} is not this process's: another scan took it over",
                where=self._database.where,
                todo="scan it again when the other is done",
            )
        return row

    def _busy(self, stream_key: str) -> StreamBusyError:
        return StreamBusyError(
            f"another process is scanning {stream_key}", where=self._database.where, todo="wait for it, or end it"
        )
