"""A stream while it is scanned: taken up, filled unit by unit, ended. Each function is part of one transaction."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from sqlalchemy import case, delete, exists, insert, select, update
from sqlalchemy.orm import Session

from monitor.records import Stream
from monitor.store import rows
from monitor.store.claims import is_alive, this_process
from monitor.store.database import pages
from monitor.store.queueing import refresh
from monitor.store.review_rows import REVIEWED
from monitor.store.steps import packed
from monitor.store.tables import (
    DONE,
    FAILED,
    RUNNING,
    STOPPED,
    AnswerRow,
    CueRow,
    DiscardRow,
    FlagRow,
    GapRow,
    PartRow,
    StepsRow,
    StreamRow,
)
from monitor.store.unit import Kept, Unit

IS_DONE = (StreamRow.state == DONE, StreamRow.shown.is_(True))
"""What holds of a stream that was scanned to its end, while nothing newer is shown."""


class AliveError(Exception):
    """Another living process is at the stream."""


class DoneError(Exception):
    """The stream was scanned to its end with this content and these settings."""


def take_up(
    session: Session,
    run_id: int,
    stream_key: str,
    fingerprint: str,
    stream: Stream,
    media_key: str,
    now: datetime,
    *,
    again: bool,
) -> int:
    """The stream's number: of an earlier try that did not come to its end, with what that kept, or a new one.

    Tries of another content or under other settings are deleted, unless people decided about a flag of theirs, or held
    it. The caller sees to it that nobody does so meanwhile. Raises AliveError, and DoneError unless `again`.
    """
    same = StreamRow.stream_key == stream_key, StreamRow.fingerprint == fingerprint
    if not again and session.scalar(select(exists().where(*IS_DONE, *same))):
        raise DoneError
    going_on: StreamRow | None = None
    failures = 0
    touched: list[str] = []
    """Flags whose scan is gone, or may be of another room now."""
    unfinished = select(StreamRow).where(StreamRow.stream_key == stream_key, StreamRow.state != DONE)
    for row in session.scalars(unfinished).all():
        if row.state == RUNNING and is_alive(row.owner, row.touched_at, now):
            raise AliveError
        failures = max(failures, row.failures if row.media_key == media_key else 0)
        if row.fingerprint == fingerprint and going_on is None:
            going_on = row
        elif session.scalar(select(exists().where(FlagRow.stream_id == row.id, REVIEWED))):
            # What people decided stands, and so does the evidence of it. Its failures are counted on in the new try.
            row.state, row.failures = STOPPED, 0
        else:
            touched += _flags_of(session, row.id)
            session.execute(delete(StreamRow).where(StreamRow.id == row.id))
    if going_on is None:
        earlier = session.scalar(select(exists().where(StreamRow.stream_key == stream_key, StreamRow.shown)))
        going_on = StreamRow(
            stream_key=stream_key, fingerprint=fingerprint, media_key=media_key, begun_at=now, shown=not earlier,
            failures=failures,
        )  # fmt: skip
        session.add(going_on)
    else:
        touched += _flags_of(session, going_on.id)
        session.execute(delete(PartRow).where(PartRow.stream_id == going_on.id))
        session.expire(going_on, ["parts"])
    columns = rows.stream_columns(stream) | {
        "run_id": run_id, "state": RUNNING, "owner": this_process(), "touched_at": now, "ended_at": None, "problem": "",
    }  # fmt: skip
    for name, value in columns.items():
        setattr(going_on, name, value)
    session.flush()
    parts = rows.part_rows(stream)
    for part in parts:
        part.stream_id = going_on.id
    session.add_all(parts)
    session.flush()
    refresh(session, touched)
    return going_on.id


def put(session: Session, stream_id: int, unit: Unit, workspace: Path) -> list[FlagRow]:
    """The flags' rows. A cue or flag that was kept under the same id before is replaced.

    Where the unit has flags, the caller sees to it that nobody decides meanwhile.
    """
    told = [*unit.cues, *(cue for step in unit.steps for cue in step.cues)]
    cue_values = {cue.cue_id: rows.cue_columns(stream_id, cue) for cue in told}
    flag_rows = {flag.flag_id: rows.flag_row(stream_id, flag, workspace) for flag in unit.flags}
    answers = {answer.key: {"stream_id": stream_id, "key": answer.key, "said": answer.said} for answer in unit.answers}
    for some in pages(list(cue_values)):
        session.execute(delete(CueRow).where(CueRow.stream_id == stream_id, CueRow.cue_id.in_(some)))
    for some in pages(list(flag_rows)):
        session.execute(delete(FlagRow).where(FlagRow.stream_id == stream_id, FlagRow.flag_id.in_(some)))
    for some in pages(list(answers)):
        session.execute(delete(AnswerRow).where(AnswerRow.stream_id == stream_id, AnswerRow.key.in_(some)))
    for table, values in (
        (CueRow, list(cue_values.values())),
        (DiscardRow, [rows.discard_columns(stream_id, discard) for discard in unit.discards]),
        (GapRow, [rows.gap_columns(stream_id, gap) for gap in unit.gaps]),
        (AnswerRow, list(answers.values())),
    ):
        if values:
            session.execute(insert(table), values)
    session.add_all(flag_rows.values())
    if unit.steps:
        session.add(StepsRow(stream_id=stream_id, steps=packed(unit.steps)))
    session.execute(
        update(StreamRow)
        .where(StreamRow.id == stream_id)
        .values(
            told_steps=StreamRow.told_steps + len(unit.steps),
            told_discards=StreamRow.told_discards + len(unit.discards),
            reached_ms=case((StreamRow.reached_ms < unit.reached_ms, unit.reached_ms), else_=StreamRow.reached_ms),
            **({"told": unit.told} if unit.steps else {}),
        )
    )
    refresh(session, flag_rows)
    return list(flag_rows.values())


def kept(session: Session, stream_id: int) -> Kept:
    row = session.get_one(StreamRow, stream_id)
    flag_ids = session.scalars(select(FlagRow.flag_id).where(FlagRow.stream_id == stream_id)).all()
    answers = session.scalar(select(exists().where(AnswerRow.stream_id == stream_id)))
    return Kept(row.told_steps, row.told_discards, frozenset(flag_ids), row.reached_ms, row.told, bool(answers))


def forget(session: Session, stream_id: int) -> None:
    """Drops what was found, and keeps what the models answered, and flags that people decided about or held.

    The caller sees to it that nobody does so meanwhile.
    """
    for table in (CueRow, StepsRow, DiscardRow, GapRow):
        session.execute(delete(table).where(table.stream_id == stream_id))
    flag_ids = _flags_of(session, stream_id)
    session.execute(delete(FlagRow).where(FlagRow.stream_id == stream_id, ~REVIEWED))
    own = update(StreamRow).where(StreamRow.id == stream_id)
    session.execute(own.values(told_steps=0, told_discards=0, told="", reached_ms=0))
    refresh(session, flag_ids)


def end(session: Session, stream_id: int, stream_key: str, state: str) -> None:
    """A stream that is done becomes the one that people see, and what only going on needs is dropped.

    The caller sees to it that nobody decides about its flags meanwhile.
    """
    own = update(StreamRow).where(StreamRow.id == stream_id)
    if state == DONE:
        others = update(StreamRow).where(
            StreamRow.stream_key == stream_key, StreamRow.id != stream_id, StreamRow.shown.is_(True)
        )
        hidden = session.scalars(others.values(shown=False).returning(StreamRow.id)).all()
        session.execute(own.values(shown=True, failures=0))
        session.execute(delete(AnswerRow).where(AnswerRow.stream_id == stream_id))
        refresh(session, _flags_of(session, stream_id, *hidden))
    elif state == FAILED:
        session.execute(own.values(failures=StreamRow.failures + 1))


def _flags_of(session: Session, *stream_ids: int) -> Sequence[str]:
    return session.scalars(select(FlagRow.flag_id).where(FlagRow.stream_id.in_(stream_ids))).all()
