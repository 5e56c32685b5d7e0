"""Records to rows and back."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any, TypeVarTuple

from sqlalchemy import Select

from monitor.flag_line import flag_line
from monitor.records import Box, Channel, Cue, Discard, Evidence, Flag, Gap, Hit, Role, Sense, Stream, Word
from monitor.store.tables import (
    CueRow,
    DiscardRow,
    EvidenceRow,
    FlagRow,
    GapRow,
    HitRow,
    PartRow,
    StreamRow,
    SuppressionRow,
    ViolationRow,
)
from monitor.timeline import Span

Asked = TypeVarTuple("Asked")


def stream_columns(stream: Stream) -> dict[str, Any]:
    offset = stream.started_at.utcoffset() if stream.started_at else None
    return {
        "room": stream.room,
        "source": str(stream.source),
        "platform": stream.platform,
        "creator": stream.creator,
        "host_account": stream.host_account,
        "started_at": stream.started_at,
        "started_zone_s": None if offset is None else int(offset.total_seconds()),
        "danmaku_offset_ms": stream.danmaku_offset_ms,
    }


def part_rows(stream: Stream) -> list[PartRow]:
    own: Iterable[Path | None] = stream.part_danmaku or (None,) * len(stream.parts)
    rows = [
        PartRow(kind="media", position=position, path=str(path), danmaku=None if danmaku is None else str(danmaku))
        for position, (path, danmaku) in enumerate(zip(stream.parts, own, strict=True))
    ]
    for kind, paths in (("danmaku", stream.danmaku), ("messages", stream.messages)):
        rows += [PartRow(kind=kind, position=position, path=str(path)) for position, path in enumerate(paths)]
    return rows


def stream_record(row: StreamRow) -> Stream:
    media = [part for part in row.parts if part.kind == "media"]
    own = tuple(None if part.danmaku is None else Path(part.danmaku) for part in media)
    return Stream(
        room=row.room,
        parts=tuple(Path(part.path) for part in media),
        platform=row.platform,
        creator=row.creator,
        host_account=row.host_account,
        started_at=_in_zone(row.started_at, row.started_zone_s),
        danmaku=tuple(Path(part.path) for part in row.parts if part.kind == "danmaku"),
        messages=tuple(Path(part.path) for part in row.parts if part.kind == "messages"),
        danmaku_offset_ms=row.danmaku_offset_ms,
        part_danmaku=own if any(own) else (),
    )


def _in_zone(at: datetime | None, zone_s: int | None) -> datetime | None:
    return None if at is None else at.astimezone(timezone(timedelta(seconds=zone_s or 0)))


def cue_columns(stream_id: int, cue: Cue) -> dict[str, Any]:
    return {
        "stream_id": stream_id,
        "cue_id": cue.cue_id,
        "channel": cue.channel.value,
        "role": cue.role.value,
        "start_ms": cue.span.start_ms,
        "end_ms": cue.span.end_ms,
        "text": cue.text,
        "confidence": float(cue.confidence),
        "words": [[w.text, w.span.start_ms, w.span.end_ms, float(w.confidence)] for w in cue.words],
        "box": box_list(cue.box),
        "struck": cue.struck,
        "ongoing": cue.ongoing,
        "sender": cue.sender,
        "note": cue.note,
        "alternatives": list(cue.alternatives),
    }


def cue_record(row: CueRow) -> Cue:
    return Cue(
        cue_id=row.cue_id,
        channel=Channel(row.channel),
        span=Span(row.start_ms, row.end_ms),
        text=row.text,
        confidence=row.confidence,
        role=Role(row.role),
        words=tuple(Word(text, Span(start, end), confidence) for text, start, end, confidence in row.words),
        box=Box(*row.box) if row.box else None,
        struck=row.struck,
        ongoing=row.ongoing,
        sender=row.sender,
        note=row.note,
        alternatives=tuple(row.alternatives),
    )


def gap_columns(stream_id: int, gap: Gap) -> dict[str, Any]:
    return {
        "stream_id": stream_id,
        "sense": gap.sense.value,
        "start_ms": gap.span.start_ms,
        "end_ms": gap.span.end_ms,
        "reason": gap.reason,
    }


def gap_record(row: GapRow) -> Gap:
    return Gap(Sense(row.sense), Span(row.start_ms, row.end_ms), row.reason)


def discard_columns(stream_id: int, discard: Discard) -> dict[str, Any]:
    return {
        "stream_id": stream_id,
        "channel": discard.channel.value,
        "start_ms": discard.span.start_ms,
        "end_ms": discard.span.end_ms,
        "text": discard.text,
        "reason": discard.reason,
    }


def discard_record(row: DiscardRow) -> Discard:
    return Discard(Channel(row.channel), Span(row.start_ms, row.end_ms), row.text, row.reason)


def flag_row(stream_id: int, flag: Flag, workspace: Path) -> FlagRow:
    """The flag with its violation, hits and evidence, as rows."""
    violation = flag.violation
    line = flag_line(flag)
    evidence = None
    if flag.evidence is not None:
        evidence = _evidence_row(flag.evidence, workspace)
        line["evidence"]["folder"] = evidence.folder
    return FlagRow(
        stream_id=stream_id,
        flag_id=flag.flag_id,
        scheme=violation.scheme,
        platform=flag.stream.platform,
        creator=flag.stream.creator,
        candidate=violation.candidate,
        state=violation.state.value,
        severity=violation.severity.value,
        score=float(violation.score),
        start_ms=violation.span.start_ms,
        end_ms=violation.span.end_ms,
        patterns=list(violation.patterns),
        line=line,
        evidence=evidence,
        violation=ViolationRow(
            violation_id=violation.violation_id,
            severity_basis=violation.severity_basis,
            lexicon=flag.lexicon,
            policy=flag.policy,
            facts=list(violation.facts),
            hits=[HitRow(position=n, **_hit_columns(hit)) for n, hit in enumerate(violation.hits)],
            suppressions=[
                SuppressionRow(position=n, reason=s.reason, **_hit_columns(s.hit))
                for n, s in enumerate(violation.suppressed)
            ],
        ),
    )


def of_flag(asked: Select[*Asked], flag_id: str) -> Select[*Asked]:
    """`asked` of one flag and its evidence, if it has any: of several tries at its stream the one that people see."""
    return (
        asked.select_from(FlagRow)
        .join(StreamRow, FlagRow.stream_id == StreamRow.id)
        .outerjoin(EvidenceRow, EvidenceRow.flag_row == FlagRow.id)
        .where(FlagRow.flag_id == flag_id)
        .order_by(StreamRow.shown.desc(), FlagRow.id.desc())
        .limit(1)
    )


def shown_line(line: dict[str, Any], workspace: Path) -> dict[str, Any]:
    """A stored line as people use it: the evidence folder where the workspace is now."""
    evidence = line["evidence"]
    if evidence is None:
        return line
    return {**line, "evidence": {**evidence, "folder": str(workspace / evidence["folder"])}}


def _evidence_row(evidence: Evidence, workspace: Path) -> EvidenceRow:
    # Made absolute without following links: a workspace reached through one stays one tree.
    folder, root = Path(os.path.abspath(evidence.folder)), Path(os.path.abspath(workspace))  # noqa: PTH100
    digest = ""
    if evidence.manifest:
        manifest = evidence.folder / evidence.manifest
        if manifest.is_file():
            digest = hashlib.sha256(manifest.read_bytes()).hexdigest()
    return EvidenceRow(
        folder=folder.relative_to(root).as_posix() if folder.is_relative_to(root) else str(folder),
        clip=evidence.clip,
        stills=list(evidence.stills),
        transcript=evidence.transcript,
        manifest=evidence.manifest,
        manifest_sha256=digest,
        problem=evidence.problem,
    )


def _hit_columns(hit: Hit) -> dict[str, Any]:
    return {
        "term": hit.term,
        "slot": hit.slot,
        "cue_id": hit.cue_id,
        "channel": hit.channel.value,
        "start_ms": hit.span.start_ms,
        "end_ms": hit.span.end_ms,
        "char_start": hit.chars[0],
        "char_end": hit.chars[1],
        "raw": hit.raw,
        "method": hit.method.value,
        "score": float(hit.score),
        "how": hit.how,
        "box": box_list(hit.box),
    }


def box_list(box: Box | None) -> list[int] | None:
    return None if box is None else [box.left_px, box.top_px, box.right_px, box.bottom_px]
