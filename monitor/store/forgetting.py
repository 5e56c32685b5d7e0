"""What is kept of flags and streams, since when, and how it is forgotten. Each function is part of one transaction.

The flag's line, the stream's row, its gaps and its flags stay whatever is forgotten.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import LargeBinary, Text, cast, delete, exists, func, or_, select, text, update
from sqlalchemy.orm import Session

from monitor.errors import MonitorError
from monitor.store.holds import on_hold
from monitor.store.review_rows import REVIEWED, events_of, holds_of
from monitor.store.review_tables import DeletionRow
from monitor.store.rounds import state_of
from monitor.store.tables import (
    DONE,
    AnswerRow,
    CueRow,
    DiscardRow,
    EvidenceRow,
    FlagRow,
    GapRow,
    StepsRow,
    StreamRow,
)
from monitor.store.verdicts import Hold, ReviewState

_RAW = (CueRow, StepsRow, DiscardRow, AnswerRow)
_RAW_TEXTS = (CueRow.text, CueRow.words, CueRow.alternatives, StepsRow.steps, DiscardRow.text, AnswerRow.said)


class StalePlanError(MonitorError):
    """What was to be deleted is not what it was when that was decided."""


@dataclass(frozen=True, slots=True)
class KeptEvidence:
    """One folder of evidence and all that decides how long it stays. A flag has one for each scan of its recording."""

    row: int
    flag_id: str
    stream_id: int
    room: str
    folder: str
    """As the store has it: relative to the workspace unless it lies outside."""
    manifest_sha256: str
    since: datetime
    """When the scan that made it ended, or was last at work."""
    state: ReviewState
    holds: tuple[Hold, ...]

    @property
    def on_hold(self) -> bool:
        return on_hold(self.state, self.holds)


@dataclass(frozen=True, slots=True)
class KeptRaw:
    """What was heard and read of one stream, in one scan of it."""

    stream_id: int
    stream_key: str
    room: str
    since: datetime
    """When the scan ended, or was last at work."""
    held_by: tuple[str, ...]
    """Its flags that are on hold."""


@dataclass(frozen=True, slots=True)
class Deletion:
    """Something that was deleted because its time was over."""

    number: int
    kept_as: str
    """`raw`, `clip` or `confirmed`."""
    flag_id: str
    """Empty with `raw`."""
    stream_id: int
    folder: str
    """Relative to the workspace; empty with `raw`."""
    manifest_sha256: str
    """Of the evidence, in hex; empty where it had no manifest."""
    why: str
    at: datetime
    removed_at: datetime | None
    """When the folder was gone from the disk; None while it may still be there."""


_SCAN = (StreamRow.id.label("stream_id"), StreamRow.room, StreamRow.ended_at, StreamRow.touched_at)


def kept_evidence(session: Session, row_id: int | None = None) -> list[KeptEvidence]:
    """Every folder that a flag has, or the one of this row."""
    asked = select(EvidenceRow.id, FlagRow.flag_id, *_SCAN, EvidenceRow.folder, EvidenceRow.manifest_sha256)
    asked = asked.join(FlagRow, EvidenceRow.flag_row == FlagRow.id).join(StreamRow, FlagRow.stream_id == StreamRow.id)
    if row_id is not None:
        asked = asked.where(EvidenceRow.id == row_id)
    found = session.execute(asked.order_by(EvidenceRow.id)).all()
    flag_ids = None if row_id is None else [row.flag_id for row in found]
    events, holds = events_of(session, flag_ids), holds_of(session, flag_ids)
    return [
        KeptEvidence(
            row=row.id,
            flag_id=row.flag_id,
            stream_id=row.stream_id,
            room=row.room,
            folder=row.folder,
            manifest_sha256=row.manifest_sha256,
            since=row.ended_at or row.touched_at,
            state=state_of(events.get(row.flag_id, ())),
            holds=tuple(holds.get(row.flag_id, ())),
        )
        for row in found
    ]


def kept_raw(session: Session, stream_id: int | None = None) -> list[KeptRaw]:
    """Every scan of which something is left that was heard or read; or this one, if so."""
    asked = select(*_SCAN, StreamRow.stream_key).where(
        or_(*(exists().where(table.stream_id == StreamRow.id) for table in _RAW))
    )
    reviewed = select(FlagRow.stream_id, FlagRow.flag_id).where(REVIEWED)
    if stream_id is not None:
        asked, reviewed = asked.where(StreamRow.id == stream_id), reviewed.where(FlagRow.stream_id == stream_id)
    flags = session.execute(reviewed.order_by(FlagRow.flag_id)).all()
    flag_ids = None if stream_id is None else [flag_id for _, flag_id in flags]
    events, holds = events_of(session, flag_ids), holds_of(session, flag_ids)
    held_by: dict[int, list[str]] = {}
    for own, flag_id in flags:
        if on_hold(state_of(events.get(flag_id, ())), holds.get(flag_id, ())):
            held_by.setdefault(own, []).append(flag_id)
    return [
        KeptRaw(
            stream_id=row.stream_id,
            stream_key=row.stream_key,
            room=row.room,
            since=row.ended_at or row.touched_at,
            held_by=tuple(held_by.get(row.stream_id, ())),
        )
        for row in session.execute(asked.order_by(StreamRow.id))
    ]


def raw_bytes(session: Session, stream_id: int) -> int:
    """How much text is stored of a scan, in UTF-8 bytes, without the numbers beside it."""
    total = 0
    for column in _RAW_TEXTS:
        if session.get_bind().dialect.name == "sqlite":
            size = func.length(cast(column, LargeBinary))
        else:
            size = func.octet_length(cast(column, Text))
        total += session.scalar(select(func.sum(size)).where(column.class_.stream_id == stream_id)) or 0
    return int(total)


def drop_evidence(session: Session, kept: KeptEvidence, deletion: DeletionRow) -> None:
    """The folder is no longer the flag's; the flag's line says since when and why.

    Raises StalePlanError when anything that decided about it changed: a verdict, a hold, the evidence itself.
    """
    if kept_evidence(session, kept.row) != [kept]:
        raise StalePlanError(
            "something was decided about it meanwhile, or it was scanned again",
            where=f"flag {kept.flag_id}",
            todo="look at the plan again with `monitor retention apply`",
        )
    _overwrite_deleted(session)
    flag = session.scalars(select(FlagRow).join(EvidenceRow).where(EvidenceRow.id == kept.row)).one()
    told = {"at": deletion.at.isoformat(timespec="seconds"), "why": deletion.why}
    flag.line = {**flag.line, "evidence": {**(flag.line["evidence"] or {}), "deleted": told}}
    session.flush()
    session.execute(delete(EvidenceRow).where(EvidenceRow.id == kept.row))
    session.add(deletion)
    session.flush()


def drop_raw(session: Session, kept: KeptRaw, deletion: DeletionRow) -> None:
    """What was heard and read of a scan goes. One that never came to its end begins anew when it is gone on with.

    Raises StalePlanError when one of its flags is on hold meanwhile, or the scan is being gone on with.
    """
    if kept_raw(session, kept.stream_id) != [kept]:
        raise StalePlanError(
            "one of its flags was put on hold meanwhile, or it is being scanned",
            where=f"room {kept.room}",
            todo="look at the plan again with `monitor retention apply`",
        )
    _overwrite_deleted(session)
    own = kept.stream_id
    for table in _RAW:
        session.execute(delete(table).where(table.stream_id == own))
    state = session.scalar(select(StreamRow.state).where(StreamRow.id == own))
    if state != DONE:
        # Its gaps will be found again; its flags are known by their ids and stay.
        session.execute(delete(GapRow).where(GapRow.stream_id == own))
        anew = {"told_steps": 0, "told_discards": 0, "told": "", "reached_ms": 0}
        session.execute(update(StreamRow).where(StreamRow.id == own).values(anew))
    session.add(deletion)
    session.flush()


def _overwrite_deleted(session: Session) -> None:
    """SQLite leaves what is deleted readable in the file unless told otherwise (https://www.sqlite.org/pragma.html)."""
    if session.get_bind().dialect.name == "sqlite":
        session.execute(text("PRAGMA secure_delete = ON"))


def deletion_record(row: DeletionRow) -> Deletion:
    return Deletion(
        number=row.id,
        kept_as=row.kept_as,
        flag_id=row.flag_id,
        stream_id=row.stream_id,
        folder=row.folder,
        manifest_sha256=row.manifest_sha256,
        why=row.why,
        at=row.at,
        removed_at=row.removed_at,
    )
