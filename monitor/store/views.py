"""What the store tells about streams: each with its coverage and its counts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session, selectinload

from monitor.records import Stream
from monitor.store.database import pages
from monitor.store.rows import stream_record
from monitor.store.tables import CueRow, DiscardRow, FlagRow, GapRow, StreamRow


@dataclass(frozen=True, slots=True)
class StoredStream:
    """One attempt at a stream, as the store has it."""

    stream_id: int
    run_id: int
    stream_key: str
    fingerprint: str
    stream: Stream
    media_key: str
    """Names the recording by its content; empty in streams of older programs."""
    state: str
    """`running`, `done`, or what `end_stream` was told."""
    problem: str
    end_ms: int
    """Length of the stream; 0 until it is done."""
    reached_ms: int
    """How far it was decoded when its last unit was kept."""
    failures: int
    """How often it failed in a row."""
    heard_ms: int
    seen_ms: int
    wall_s: float
    """Seconds that the scan took."""
    begun_at: datetime
    ended_at: datetime | None
    cues: Mapping[str, int]
    """How many by channel."""
    flags: Mapping[str, int]
    """How many by scheme, candidates left out."""
    candidates: int
    gaps: int
    discards: int

    @property
    def heard_share(self) -> float:
        """Part of the stream that was listened to, 0 to 1; 0 when its length is not known."""
        return self.heard_ms / self.end_ms if self.end_ms else 0.0

    @property
    def seen_share(self) -> float:
        """Part of the stream that was looked at, 0 to 1; 0 when its length is not known."""
        return self.seen_ms / self.end_ms if self.end_ms else 0.0

    @property
    def speed(self) -> float:
        """Stream seconds a second of work: 5.0 is five times real time."""
        return self.end_ms / 1000 / self.wall_s if self.wall_s else 0.0


def stored_streams(session: Session, chosen: Select[StreamRow]) -> list[StoredStream]:
    """The streams that `chosen` selects, in its order, with their counts."""
    found = session.scalars(chosen.options(selectinload(StreamRow.parts))).all()
    ids = [row.id for row in found]
    cues = _counts(session, ids, CueRow.stream_id, CueRow.channel)
    flags = _counts(session, ids, FlagRow.stream_id, FlagRow.scheme, where=~FlagRow.candidate)
    candidates = _counts(session, ids, FlagRow.stream_id, FlagRow.scheme, where=FlagRow.candidate)
    gaps = _counts(session, ids, GapRow.stream_id, GapRow.sense)
    discards = _counts(session, ids, DiscardRow.stream_id, DiscardRow.channel)
    return [
        StoredStream(
            stream_id=row.id,
            run_id=row.run_id,
            stream_key=row.stream_key,
            fingerprint=row.fingerprint,
            stream=stream_record(row),
            media_key=row.media_key,
            state=row.state,
            problem=row.problem,
            end_ms=row.end_ms,
            reached_ms=row.reached_ms,
            failures=row.failures,
            heard_ms=row.heard_ms,
            seen_ms=row.seen_ms,
            wall_s=row.wall_s,
            begun_at=row.begun_at,
            ended_at=row.ended_at,
            cues=cues[row.id],
            flags=flags[row.id],
            candidates=sum(candidates[row.id].values()),
            gaps=sum(gaps[row.id].values()),
            discards=sum(discards[row.id].values()),
        )
        for row in found
    ]


class FlagPlace(NamedTuple):
    """Where a flag stands among the others, in the order in which people read them."""

    source: str
    start_ms: int
    flag_id: str
    row_id: int


def flag_places(
    session: Session, stream_keys: Sequence[str] | None, schemes: Sequence[str] | None, *, include_candidates: bool
) -> list[FlagPlace]:
    """The flags of shown streams, unsorted; None stands for all keys or schemes."""
    chosen = select(StreamRow.source, FlagRow.start_ms, FlagRow.flag_id, FlagRow.id)
    chosen = chosen.join(StreamRow, FlagRow.stream_id == StreamRow.id).where(StreamRow.shown)
    if stream_keys is not None:
        chosen = chosen.where(StreamRow.stream_key.in_(stream_keys))
    if schemes is not None:
        chosen = chosen.where(FlagRow.scheme.in_(schemes))
    if not include_candidates:
        chosen = chosen.where(~FlagRow.candidate)
    return [
        FlagPlace(source, start_ms, flag_id, row_id) for source, start_ms, flag_id, row_id in session.execute(chosen)
    ]


def _counts(
    session: Session, ids: Sequence[int], stream: Any, kind: Any, *, where: Any = None
) -> defaultdict[int, dict[str, int]]:
    """Rows by stream and kind."""
    counts: defaultdict[int, dict[str, int]] = defaultdict(dict)
    for some in pages(ids):
        asked = select(stream, kind, func.count()).where(stream.in_(some))
        if where is not None:
            asked = asked.where(where)
        for stream_id, name, count in session.execute(asked.group_by(stream, kind).order_by(kind)):
            counts[stream_id][name] = count
    return counts
