"""The tables. Times on a stream are integer milliseconds, wall-clock times are UTC; the schema itself is made by
`migrations/`, and a test keeps the two alike.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import JSON, BigInteger, Double, ForeignKey, Index, Integer, MetaData, UniqueConstraint, text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship

from monitor.store.columns import FileName, Prose, UtcTime

RUNNING = "running"
"""State of a stream that is being scanned, or was when its process died."""
DONE = "done"
"""State of a stream that was scanned to its end."""
FAILED = "failed"
"""State of a stream that could not be scanned."""
STOPPED = "stopped"
"""State of a stream whose scan was interrupted: it goes on from there."""


class Table(DeclarativeBase):
    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        str: Prose,
        float: Double,
        int: BigInteger().with_variant(Integer, "sqlite"),
        datetime: UtcTime,
        list[Any]: JSON,
        dict[str, Any]: JSON,
    }

    id: Mapped[int] = mapped_column(primary_key=True)


def _of(table: str) -> Any:
    """A column that points to a row of `table` and goes with it."""
    return mapped_column(ForeignKey(f"{table}.id", ondelete="CASCADE"), index=True)


class RunRow(Table):
    """One call of the program that writes."""

    __tablename__ = "runs"

    command: Mapped[str]
    settings: Mapped[dict[str, Any]]
    versions: Mapped[dict[str, Any]]
    started_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    exit_code: Mapped[int | None]


class StreamRow(Table):
    """One attempt to scan one stream."""

    __tablename__ = "streams"
    __table_args__ = (
        # Of all attempts at a stream one is shown, and one at most is under way.
        Index(
            "uq_streams_shown", "stream_key", unique=True,
            sqlite_where=text("shown"), postgresql_where=text("shown"),
        ),
        Index(
            "uq_streams_running", "stream_key", unique=True,
            sqlite_where=text("state = 'running'"), postgresql_where=text("state = 'running'"),
        ),
        # A number that was given once is not given again: a scan whose rows were taken over must not write into others.
        {"sqlite_autoincrement": True},
    )  # fmt: skip

    run_id: Mapped[int] = _of("runs")
    stream_key: Mapped[str] = mapped_column(FileName, index=True)
    fingerprint: Mapped[str]
    """Of the content and of every setting that changes the result."""
    shown: Mapped[bool]
    """The last attempt that was done, else the last one: what people see."""
    state: Mapped[str] = mapped_column(index=True)
    problem: Mapped[str] = mapped_column(default="")
    owner: Mapped[str]
    """Process that scans it: `claims.this_process`."""
    touched_at: Mapped[datetime]
    begun_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    room: Mapped[str]
    source: Mapped[str] = mapped_column(FileName)
    platform: Mapped[str] = mapped_column(index=True)
    creator: Mapped[str] = mapped_column(index=True)
    host_account: Mapped[str]
    started_at: Mapped[datetime | None]
    started_zone_s: Mapped[int | None]
    """Offset of the zone in which the start was given, so that views show the same clock."""
    danmaku_offset_ms: Mapped[int]
    media_key: Mapped[str] = mapped_column(default="", server_default="")
    """Names the recording by its content; flags' ids are made of it. Empty in streams of older programs."""
    end_ms: Mapped[int] = mapped_column(default=0)
    heard_ms: Mapped[int] = mapped_column(default=0)
    seen_ms: Mapped[int] = mapped_column(default=0)
    wall_s: Mapped[float] = mapped_column(default=0.0)
    reached_ms: Mapped[int] = mapped_column(default=0, server_default="0")
    """How far it was judged when its last unit was kept."""
    told_steps: Mapped[int] = mapped_column(default=0, server_default="0")
    told_discards: Mapped[int] = mapped_column(default=0, server_default="0")
    told: Mapped[str] = mapped_column(default="", server_default="")
    """Digest of the steps kept."""
    failures: Mapped[int] = mapped_column(default=0, server_default="0")
    """How often this recording failed in a row."""

    parts: Mapped[list[PartRow]] = relationship(order_by="PartRow.position", passive_deletes=True)


class PartRow(Table):
    """One file of a stream."""

    __tablename__ = "parts"

    stream_id: Mapped[int] = _of("streams")
    kind: Mapped[str]
    """`media`, `danmaku` or `messages`."""
    position: Mapped[int]
    path: Mapped[str] = mapped_column(FileName)
    danmaku: Mapped[str | None] = mapped_column(FileName)
    """A media part's own danmaku file."""


class CueRow(Table):
    __tablename__ = "cues"
    __table_args__ = (UniqueConstraint("stream_id", "cue_id"), Index(None, "stream_id", "start_ms"))

    stream_id: Mapped[int] = mapped_column(ForeignKey("streams.id", ondelete="CASCADE"))
    cue_id: Mapped[str]
    channel: Mapped[str]
    role: Mapped[str]
    start_ms: Mapped[int]
    end_ms: Mapped[int]
    text: Mapped[str]
    confidence: Mapped[float]
    words: Mapped[list[Any]]
    """`[text, start_ms, end_ms, confidence]` each."""
    box: Mapped[list[Any] | None] = mapped_column(JSON(none_as_null=True))
    """`[left, top, right, bottom]` in pixels."""
    struck: Mapped[bool]
    ongoing: Mapped[bool]
    sender: Mapped[str]
    note: Mapped[str]
    alternatives: Mapped[list[Any]] = mapped_column(server_default="[]")
    """Other readings of the same sound, the likeliest first."""


class StepsRow(Table):
    """Some of the steps in which a stream was judged: what `steps.py` makes of them."""

    __tablename__ = "steps"
    __table_args__ = (Index(None, "stream_id", "id"),)

    stream_id: Mapped[int] = mapped_column(ForeignKey("streams.id", ondelete="CASCADE"))
    steps: Mapped[list[Any]]


class AnswerRow(Table):
    """What a model said; goes when the stream is done."""

    __tablename__ = "answers"
    __table_args__ = (UniqueConstraint("stream_id", "key"),)

    stream_id: Mapped[int] = mapped_column(ForeignKey("streams.id", ondelete="CASCADE"))
    key: Mapped[str]
    said: Mapped[Any] = mapped_column(JSON)


class GapRow(Table):
    __tablename__ = "gaps"

    stream_id: Mapped[int] = _of("streams")
    sense: Mapped[str]
    start_ms: Mapped[int]
    end_ms: Mapped[int]
    reason: Mapped[str]


class DiscardRow(Table):
    __tablename__ = "discards"

    stream_id: Mapped[int] = _of("streams")
    channel: Mapped[str]
    start_ms: Mapped[int]
    end_ms: Mapped[int]
    text: Mapped[str]
    reason: Mapped[str]


class FlagRow(Table):
    """A flag: columns for asking, `line` for showing."""

    __tablename__ = "flags"
    __table_args__ = (UniqueConstraint("stream_id", "flag_id"), Index(None, "scheme", "candidate"))

    stream_id: Mapped[int] = mapped_column(ForeignKey("streams.id", ondelete="CASCADE"))
    flag_id: Mapped[str] = mapped_column(index=True)
    scheme: Mapped[str]
    platform: Mapped[str] = mapped_column(index=True)
    creator: Mapped[str] = mapped_column(index=True)
    candidate: Mapped[bool]
    state: Mapped[str] = mapped_column(index=True)
    severity: Mapped[str] = mapped_column(index=True)
    score: Mapped[float]
    start_ms: Mapped[int]
    end_ms: Mapped[int]
    patterns: Mapped[list[Any]]
    line: Mapped[dict[str, Any]]
    """`monitor.flag/1`, with the evidence folder relative to the workspace."""

    violation: Mapped[ViolationRow] = relationship(passive_deletes=True)
    evidence: Mapped[EvidenceRow | None] = relationship(passive_deletes=True)


class ViolationRow(Table):
    """What was computed, as it was when the flag was last saved."""

    __tablename__ = "violations"

    flag_row: Mapped[int] = _of("flags")
    violation_id: Mapped[str]
    severity_basis: Mapped[str]
    lexicon: Mapped[str]
    policy: Mapped[str]
    facts: Mapped[list[Any]]

    hits: Mapped[list[HitRow]] = relationship(order_by="HitRow.position", passive_deletes=True)
    suppressions: Mapped[list[SuppressionRow]] = relationship(order_by="SuppressionRow.position", passive_deletes=True)


class _HitColumns:
    position: Mapped[int]
    term: Mapped[str] = mapped_column(index=True)
    slot: Mapped[str]
    cue_id: Mapped[str]
    channel: Mapped[str]
    start_ms: Mapped[int]
    end_ms: Mapped[int]
    char_start: Mapped[int]
    char_end: Mapped[int]
    raw: Mapped[str]
    method: Mapped[str]
    score: Mapped[float]
    how: Mapped[str]
    box: Mapped[list[Any] | None] = mapped_column(JSON(none_as_null=True))


class HitRow(_HitColumns, Table):
    __tablename__ = "hits"

    violation_row: Mapped[int] = _of("violations")


class SuppressionRow(_HitColumns, Table):
    __tablename__ = "suppressions"

    violation_row: Mapped[int] = _of("violations")
    reason: Mapped[str]


class EvidenceRow(Table):
    __tablename__ = "evidence"

    flag_row: Mapped[int] = _of("flags")
    folder: Mapped[str] = mapped_column(FileName)
    """Relative to the workspace, unless it lies outside."""
    clip: Mapped[str | None]
    stills: Mapped[list[Any]]
    transcript: Mapped[str | None]
    manifest: Mapped[str | None]
    manifest_sha256: Mapped[str]
    """Empty when there is no manifest."""
    problem: Mapped[str]
