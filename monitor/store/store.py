"""The store: what was heard, seen and flagged, kept for whoever asks later."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import URL, delete, exists, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from monitor.errors import WorkspaceError
from monitor.records import Cue, Discard, Flag, Gap, Stream
from monitor.store import rows
from monitor.store.claims import StreamBusyError, is_alive, this_process
from monitor.store.database import Database, writable_file
from monitor.store.schema import bring_up_to_date
from monitor.store.steps import Step, names_of, packed, unpacked
from monitor.store.tables import DONE, RUNNING, CueRow, DiscardRow, FlagRow, GapRow, RunRow, StepsRow, StreamRow
from monitor.store.views import FlagPlace, StoredStream, flag_places, stored_streams

T = TypeVar("T")

PAGE = 500
"""Rows fetched at a time. A reader that dawdles over an open result would keep SQLite's writers from committing."""


class Store:
    """A workspace's database. Several processes may each open it and write; every call is one transaction.

    Every method raises WorkspaceError when the database cannot be read or written, with what to do about it.
    """

    def __init__(self, database: Database, workspace: Path) -> None:
        self._database = database
        self.workspace = workspace

    @classmethod
    def open(cls, workspace: Path, *, url: str | None = None) -> Store:
        """The store in `workspace`, made or brought up to date; in the database at `url` when given.

        Raises WorkspaceError when the workspace is no folder, not writable, locked, of a newer program or no database.
        """
        workspace = Path(workspace)
        file = writable_file(workspace)
        database = Database(url) if url is not None else Database(URL.create("sqlite", database=str(file)), file)
        bring_up_to_date(database)
        return cls(database, workspace)

    # Runs

    def begin_run(self, *, command: str, settings: Mapping[str, Any], versions: Mapping[str, str], at: datetime) -> int:
        """The run's number. `settings` are plain JSON values without secrets."""
        with self._database.writing() as session:
            run = RunRow(command=command, settings=dict(settings), versions=dict(versions), started_at=at)
            session.add(run)
            session.flush()
            return run.id

    def end_run(self, run_id: int, *, at: datetime, exit_code: int) -> None:
        with self._database.writing() as session:
            session.execute(update(RunRow).where(RunRow.id == run_id).values(ended_at=at, exit_code=exit_code))

    # Streams, while they are scanned

    def done(self, stream_key: str, fingerprint: str) -> StoredStream | None:
        """The stream if it was scanned to its end with this content and these settings, and nothing newer is shown."""
        chosen = select(StreamRow).where(
            StreamRow.stream_key == stream_key,
            StreamRow.fingerprint == fingerprint,
            StreamRow.state == DONE,
            StreamRow.shown,
        )
        with self._database.reading() as session:
            return next(iter(stored_streams(session, chosen)), None)

    def begin_stream(
        self, run_id: int, stream_key: str, fingerprint: str, stream: Stream, *, media_key: str = ""
    ) -> int:
        """The stream's number for `add` and `end_stream`. `media_key` names the recording by its content.

        An earlier attempt that did not come to its end is deleted with all it held. One that did stays, and stays
        what people see, until this one is done. Raises StreamBusyError when another living process is at the stream.
        """
        now = datetime.now(UTC)
        try:
            with self._database.writing() as session:
                self._clear_unfinished(session, stream_key, now)
                earlier = session.scalar(select(exists().where(StreamRow.stream_key == stream_key, StreamRow.shown)))
                row = StreamRow(
                    run_id=run_id,
                    stream_key=stream_key,
                    fingerprint=fingerprint,
                    shown=not earlier,
                    state=RUNNING,
                    owner=this_process(),
                    touched_at=now,
                    begun_at=now,
                    media_key=media_key,
                    parts=rows.part_rows(stream),
                    **rows.stream_columns(stream),
                )
                session.add(row)
                session.flush()
                return row.id
        except WorkspaceError as error:
            # Two that begin at the same moment both find the stream free; the unique index lets one of them in.
            cause = error.__cause__
            if isinstance(cause, IntegrityError) and "unique" in str(cause.orig).lower():
                raise self._busy(stream_key) from error
            raise

    def add(
        self,
        stream_id: int,
        *,
        cues: Iterable[Cue] = (),
        discards: Iterable[Discard] = (),
        gaps: Iterable[Gap] = (),
        flags: Sequence[Flag] = (),
        steps: Sequence[Step] = (),
    ) -> None:
        """All of it or nothing. A cue or flag saved again under the same id replaces the earlier one.

        `steps` go on where those saved before end; their cues are saved as if given in `cues`.

        Raises WorkspaceError when the stream is not (or no longer) this process's to write.
        """
        told = [*cues, *(cue for step in steps for cue in step.cues)]
        cue_values = {cue.cue_id: rows.cue_columns(stream_id, cue) for cue in told}
        flag_values = {flag.flag_id: rows.flag_row(stream_id, flag, self.workspace) for flag in flags}
        discard_values = [rows.discard_columns(stream_id, discard) for discard in discards]
        gap_values = [rows.gap_columns(stream_id, gap) for gap in gaps]
        with self._database.writing() as session:
            self._touch(session, stream_id)
            for some in _pages(list(cue_values)):
                session.execute(delete(CueRow).where(CueRow.stream_id == stream_id, CueRow.cue_id.in_(some)))
            for some in _pages(list(flag_values)):
                session.execute(delete(FlagRow).where(FlagRow.stream_id == stream_id, FlagRow.flag_id.in_(some)))
            for table, values in ((CueRow, [*cue_values.values()]), (DiscardRow, discard_values), (GapRow, gap_values)):
                if values:
                    session.execute(insert(table), values)
            session.add_all(flag_values.values())
            if steps:
                session.add(StepsRow(stream_id=stream_id, steps=packed(steps)))

    def end_stream(
        self, stream_id: int, *, end_ms: int, heard_ms: int, seen_ms: int, state: str, problem: str, wall_s: float
    ) -> None:
        """`state` `done` makes this attempt the one that people see; any other leaves it to be done again."""
        with self._database.writing() as session:
            key = self._touch(session, stream_id)
            if state == DONE:
                of_key = update(StreamRow).where(StreamRow.stream_key == key)
                session.execute(of_key.where(StreamRow.id != stream_id).values(shown=False))
                session.execute(of_key.where(StreamRow.id == stream_id).values(shown=True))
            session.execute(
                update(StreamRow)
                .where(StreamRow.id == stream_id)
                .values(
                    end_ms=end_ms,
                    heard_ms=heard_ms,
                    seen_ms=seen_ms,
                    state=state,
                    problem=problem,
                    wall_s=wall_s,
                    ended_at=datetime.now(UTC),
                )
            )

    # Questions

    def streams(self, *, stream_keys: Iterable[str] | None = None) -> list[StoredStream]:
        """The streams that people see, in order of their source; of all keys when None."""
        keys = None if stream_keys is None else list(stream_keys)
        found: list[StoredStream] = []
        with self._database.reading() as session:
            for some in [None] if keys is None else _pages(keys):
                chosen = select(StreamRow).where(StreamRow.shown)
                found += stored_streams(
                    session, chosen if some is None else chosen.where(StreamRow.stream_key.in_(some))
                )
        return sorted(found, key=lambda stored: (str(stored.stream.source), stored.stream_id))

    def flags(
        self,
        *,
        stream_keys: Iterable[str] | None = None,
        schemes: Iterable[str] | None = None,
        include_candidates: bool = True,
    ) -> Iterator[dict[str, Any]]:
        """Flag lines (`monitor.flag/1`) of the streams that people see, in order of source, then start."""
        keys = None if stream_keys is None else list(set(stream_keys))
        names = None if schemes is None else list(schemes)
        places: list[FlagPlace] = []
        with self._database.reading() as session:
            for some in [None] if keys is None else _pages(keys):
                places += flag_places(session, some, names, include_candidates=include_candidates)
        # Sorted here, since databases sort Chinese names each in their own way.
        for page in _pages([place.row_id for place in sorted(places)]):
            with self._database.reading() as session:
                asked_lines = select(FlagRow.id, FlagRow.line).where(FlagRow.id.in_(page))
                lines = {row.id: row.line for row in session.execute(asked_lines)}
            yield from (rows.shown_line(lines[row_id], self.workspace) for row_id in page if row_id in lines)

    def flag(self, flag_id: str) -> dict[str, Any] | None:
        """One flag's line; of several attempts at its stream that of the one that people see."""
        chosen = (
            select(FlagRow.line)
            .join(StreamRow, FlagRow.stream_id == StreamRow.id)
            .where(FlagRow.flag_id == flag_id)
            .order_by(StreamRow.shown.desc(), FlagRow.id.desc())
            .limit(1)
        )
        with self._database.reading() as session:
            line = session.scalar(chosen)
        return None if line is None else rows.shown_line(line, self.workspace)

    def cues(self, stream_id: int) -> Iterator[Cue]:
        """The stream's cues, in order of start, then end."""
        chosen = select(CueRow.id).where(CueRow.stream_id == stream_id)
        with self._database.reading() as session:
            ids = list(session.scalars(chosen.order_by(CueRow.start_ms, CueRow.end_ms, CueRow.id)))
        for page in _pages(ids):
            with self._database.reading() as session:
                found = {row.id: row for row in session.scalars(select(CueRow).where(CueRow.id.in_(page)))}
                cues = [rows.cue_record(found[row_id]) for row_id in page if row_id in found]
            yield from cues

    def steps(self, stream_id: int) -> Iterator[Step]:
        """The steps in which the stream was judged, in order; none where an older program scanned it."""
        with self._database.reading() as session:
            ids = list(
                session.scalars(select(StepsRow.id).where(StepsRow.stream_id == stream_id).order_by(StepsRow.id))
            )
        for row_id in ids:
            with self._database.reading() as session:
                some = session.scalar(select(StepsRow.steps).where(StepsRow.id == row_id)) or []
                known: dict[str, Cue] = {}
                for page in _pages(names_of(some)):
                    asked = select(CueRow).where(CueRow.stream_id == stream_id, CueRow.cue_id.in_(page))
                    known |= {row.cue_id: rows.cue_record(row) for row in session.scalars(asked)}
            yield from unpacked(some, known)

    def gaps(self, stream_id: int) -> Iterator[Gap]:
        """What was not heard or seen, in order of start."""
        chosen = select(GapRow).where(GapRow.stream_id == stream_id).order_by(GapRow.start_ms, GapRow.id)
        with self._database.reading() as session:
            found = [rows.gap_record(row) for row in session.scalars(chosen)]
        yield from found

    def discards(self, stream_id: int) -> Iterator[Discard]:
        """What was recognised and not believed, in order of start."""
        chosen = select(DiscardRow).where(DiscardRow.stream_id == stream_id)
        with self._database.reading() as session:
            asked = session.scalars(chosen.order_by(DiscardRow.start_ms, DiscardRow.id))
            found = [rows.discard_record(row) for row in asked]
        yield from found

    # Inside

    def _clear_unfinished(self, session: Session, stream_key: str, now: datetime) -> None:
        unfinished = select(StreamRow).where(StreamRow.stream_key == stream_key, StreamRow.state != DONE)
        for row in session.scalars(unfinished).all():
            if row.state == RUNNING and is_alive(row.owner, row.touched_at, now):
                raise self._busy(stream_key)
            session.execute(delete(StreamRow).where(StreamRow.id == row.id))

    def _touch(self, session: Session, stream_id: int) -> str:
        """Marks the stream as being worked at; its key."""
        touched = update(StreamRow).where(StreamRow.id == stream_id).values(touched_at=datetime.now(UTC))
        key: str | None = session.scalar(touched.returning(StreamRow.stream_key))
        if key is None:
            raise WorkspaceError(
                f"stream {stream_id} is gone: another scan took it over",
                where=self._database.where,
                todo="scan it again when the other is done",
            )
        return key

    def _busy(self, stream_key: str) -> StreamBusyError:
        return StreamBusyError(
            f"another process is scanning {stream_key}", where=self._database.where, todo="wait for it, or end it"
        )


def _pages(items: Sequence[T]) -> Iterator[Sequence[T]]:
    for first in range(0, len(items), PAGE):
        yield items[first : first + PAGE]
