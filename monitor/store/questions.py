"""What the store tells about streams and flags. Nothing here writes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from sqlalchemy import select

from monitor.records import Cue, Discard, Gap
from monitor.store import rows
from monitor.store.database import Database, pages
from monitor.store.steps import Step, names_of, unpacked
from monitor.store.tables import CueRow, DiscardRow, FlagRow, GapRow, StepsRow, StreamRow
from monitor.store.views import FlagPlace, StoredStream, flag_places, stored_streams


class Questions:
    """What may be asked of a workspace's database, from any thread.

    Every method raises WorkspaceError when the database cannot be read, with what to do about it.
    """

    def __init__(self, database: Database, workspace: Path) -> None:
        self._database = database
        self.workspace = workspace

    def streams(self, *, stream_keys: Iterable[str] | None = None) -> list[StoredStream]:
        """The streams that people see, in order of their source; of all keys when None."""
        keys = None if stream_keys is None else list(stream_keys)
        found: list[StoredStream] = []
        with self._database.reading() as session:
            for some in [None] if keys is None else pages(keys):
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
            for some in [None] if keys is None else pages(keys):
                places += flag_places(session, some, names, include_candidates=include_candidates)
        # Sorted here, since databases sort Chinese names each in their own way.
        for page in pages([place.row_id for place in sorted(places)]):
            with self._database.reading() as session:
                asked_lines = select(FlagRow.id, FlagRow.line).where(FlagRow.id.in_(page))
                lines = {row.id: row.line for row in session.execute(asked_lines)}
            yield from (rows.shown_line(lines[row_id], self.workspace) for row_id in page if row_id in lines)

    def flag(self, flag_id: str) -> dict[str, Any] | None:
        """One flag's line; of several attempts at its stream that of the one that people see."""
        with self._database.reading() as session:
            line = session.scalar(rows.of_flag(select(FlagRow.line), flag_id))
        return None if line is None else rows.shown_line(line, self.workspace)

    def cues(self, stream_id: int) -> Iterator[Cue]:
        """The stream's cues, in order of start, then end."""
        chosen = select(CueRow.id).where(CueRow.stream_id == stream_id)
        with self._database.reading() as session:
            ids = list(session.scalars(chosen.order_by(CueRow.start_ms, CueRow.end_ms, CueRow.id)))
        for page in pages(ids):
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
                for page in pages(names_of(some)):
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
