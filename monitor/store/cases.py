"""What is asked of the store to show one flag: its own rows, the text round it, and what stands beside it."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session, selectinload

from monitor.audit import Act
from monitor.records import Box, Channel, Cue, Gap, Hit, Method, Suppression
from monitor.store import rows
from monitor.store.audit_tables import AuditEntryRow
from monitor.store.database import pages
from monitor.store.questions import Questions
from monitor.store.tables import (
    CueRow,
    EvidenceRow,
    FlagRow,
    GapRow,
    HitRow,
    StreamRow,
    SuppressionRow,
    ViolationRow,
)
from monitor.timeline import Span

LOOK_BACK_MS = 300_000
"""A board that went up earlier than this before a stretch is found only where a hit names it: the index is by start."""
MOST_STREAMS = 100
"""Of a creator that are looked through for flags: half a year of daily ones."""
_BEGAN = func.coalesce(StreamRow.started_at, StreamRow.begun_at)


@dataclass(frozen=True, slots=True)
class StoredCase:
    """A flag as the store has it, with the try at its stream from which it is."""

    flag_id: str
    line: dict[str, Any]
    """`monitor.flag/1`, with the evidence folder where the workspace is now."""
    span: Span
    hits: tuple[Hit, ...]
    suppressed: tuple[Suppression, ...]
    gaps: tuple[Gap, ...]
    """Of the whole stream, in order of start."""
    manifest_sha256: str
    """As it was when the evidence was kept; empty where there is none."""
    stream_id: int
    stream_key: str
    current: bool
    """It is of the try that people see; else a later one no longer has it."""
    stream_state: str
    end_ms: int
    """Length of the stream; 0 until it was scanned to its end."""
    heard_ms: int
    seen_ms: int
    began_at: datetime
    """When the broadcast began, else when it was scanned."""
    began_known: bool
    """It is the broadcast's own time."""


@dataclass(frozen=True, slots=True)
class NearFlag:
    """Another flag, in few words."""

    flag_id: str
    stream_id: int
    room: str
    scheme: str
    severity: str
    score: float
    start_ms: int
    end_ms: int
    candidate: bool
    began_at: datetime
    """As in `StoredCase`."""


class StoredCases:
    """Questions of one flag's page. Every method raises WorkspaceError when the database cannot be read."""

    def __init__(self, store: Questions) -> None:
        self._database, self._workspace = store._database, store.workspace

    def find(self, flag_id: str) -> StoredCase | None:
        """The flag; of several tries at its stream that of the one that people see."""
        asked = rows.of_flag(select(FlagRow, StreamRow, EvidenceRow.manifest_sha256), flag_id)
        with self._database.reading() as session:
            found = session.execute(asked).first()
            if found is None:
                return None
            flag, stream, manifest_sha256 = found
            violation = session.scalars(
                select(ViolationRow)
                .where(ViolationRow.flag_row == flag.id)
                .options(selectinload(ViolationRow.hits), selectinload(ViolationRow.suppressions))
                .limit(1)
            ).first()
            gaps = session.scalars(
                select(GapRow).where(GapRow.stream_id == stream.id).order_by(GapRow.start_ms, GapRow.id)
            )
            return StoredCase(
                flag_id=flag_id,
                line=rows.shown_line(flag.line, self._workspace),
                span=Span(flag.start_ms, flag.end_ms),
                hits=tuple(map(_hit, violation.hits)) if violation else (),
                suppressed=tuple(Suppression(_hit(row), row.reason) for row in violation.suppressions)
                if violation
                else (),
                gaps=tuple(map(rows.gap_record, gaps)),
                manifest_sha256=manifest_sha256 or "",
                stream_id=stream.id,
                stream_key=stream.stream_key,
                current=stream.shown,
                stream_state=stream.state,
                end_ms=stream.end_ms,
                heard_ms=stream.heard_ms,
                seen_ms=stream.seen_ms,
                began_at=stream.started_at or stream.begun_at,
                began_known=stream.started_at is not None,
            )

    def cues(self, stream_id: int, stretches: Sequence[Span], cue_ids: Collection[str], most: int) -> list[Cue]:
        """What was said, shown and typed in these stretches, and the cues named, in order of start.

        At most `most` of a stretch's comments, the first ones; boards that stay since long before only when named.
        """
        found: dict[int, CueRow] = {}
        with self._database.reading() as session:
            for row in self._cue_rows(session, stream_id, stretches, cue_ids, most):
                found[row.id] = row
            return [
                rows.cue_record(row)
                for row in sorted(found.values(), key=lambda row: (row.start_ms, row.end_ms, row.id))
            ]

    def _cue_rows(
        self, session: Session, stream_id: int, stretches: Sequence[Span], cue_ids: Collection[str], most: int
    ) -> Iterator[CueRow]:
        of_stream = select(CueRow).where(CueRow.stream_id == stream_id)
        typed = CueRow.channel == Channel.CHAT.value
        for span in stretches:
            inside = CueRow.start_ms.between(span.start_ms, span.end_ms)
            asked = of_stream.where(inside, typed).order_by(CueRow.start_ms, CueRow.id).limit(most)
            yield from session.scalars(asked)
            early = CueRow.start_ms.between(span.start_ms - LOOK_BACK_MS, span.end_ms)
            # A line that was just said has the length of what was said; a typed one has none.
            yield from session.scalars(of_stream.where(early, ~typed, CueRow.end_ms >= span.start_ms))
        for some in pages(list(cue_ids)):
            yield from session.scalars(of_stream.where(CueRow.cue_id.in_(some)))

    def of_stream(self, stream_key: str, *, besides: str, most: int) -> list[NearFlag]:
        """The other flags and candidates of the stream's try that people see, in order of start."""
        chosen = StreamRow.stream_key == stream_key, FlagRow.flag_id != besides
        return self._near(*chosen, order=(FlagRow.start_ms, FlagRow.id), most=most)

    def of_creator(self, platform: str, creator: str, *, before: datetime, most: int) -> list[NearFlag]:
        """The newest flags of the creator's streams that began before then, candidates left out; the newest stream
        first, in each the last flag first."""
        of_creator = StreamRow.creator == creator, StreamRow.platform == platform, StreamRow.shown, before > _BEGAN
        streams = select(StreamRow.id).where(*of_creator).order_by(_BEGAN.desc(), StreamRow.id.desc())
        with self._database.reading() as session:
            ids = list(session.scalars(streams.limit(MOST_STREAMS)))
        found: list[NearFlag] = []
        # Stream by stream: a creator may have thousands of flags, and their rows lie far apart.
        for stream_id in ids:
            if len(found) >= most:
                break
            chosen = FlagRow.stream_id == stream_id, ~FlagRow.candidate
            order = (FlagRow.start_ms.desc(), FlagRow.id.desc())
            found += self._near(*chosen, order=order, most=most - len(found))
        return found

    def exports(self, flag_id: str) -> list[tuple[datetime, str]]:
        """When the flag's evidence was handed out, and by whom, in order."""
        asked = select(AuditEntryRow.at, AuditEntryRow.actor).where(
            AuditEntryRow.subject == flag_id, AuditEntryRow.act == Act.EXPORT.value
        )
        with self._database.reading() as session:
            return [(row.at, row.actor) for row in session.execute(asked.order_by(AuditEntryRow.seq))]

    def _near(self, *chosen: Any, order: tuple[Any, ...], most: int) -> list[NearFlag]:
        asked = (
            select(
                FlagRow.flag_id, FlagRow.stream_id, StreamRow.room, FlagRow.scheme, FlagRow.severity, FlagRow.score,
                FlagRow.start_ms, FlagRow.end_ms, FlagRow.candidate, StreamRow.started_at, StreamRow.begun_at,
            )
            .join(StreamRow, FlagRow.stream_id == StreamRow.id)
            .where(StreamRow.shown, *chosen)
            .order_by(*order)
            .limit(most)
        )  # fmt: skip
        with self._database.reading() as session:
            return [
                NearFlag(
                    flag_id=row.flag_id,
                    stream_id=row.stream_id,
                    room=row.room,
                    scheme=row.scheme,
                    severity=row.severity,
                    score=row.score,
                    start_ms=row.start_ms,
                    end_ms=row.end_ms,
                    candidate=row.candidate,
                    began_at=row.started_at or row.begun_at,
                )
                for row in session.execute(asked)
            ]


def _hit(row: HitRow | SuppressionRow) -> Hit:
    return Hit(
        term=row.term,
        slot=row.slot,
        cue_id=row.cue_id,
        channel=Channel(row.channel),
        span=Span(row.start_ms, row.end_ms),
        chars=(row.char_start, row.char_end),
        raw=row.raw,
        method=Method(row.method),
        score=row.score,
        how=row.how,
        box=Box(*row.box) if row.box else None,
    )
