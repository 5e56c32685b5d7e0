"""What a flag's evidence shows: its clip in pieces of the stream, its stills, and in words what is not there."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from monitor.evidence.page.case_hits import problems
from monitor.evidence.page.case_json import Json, inner, number_of, rows_of, text_of
from monitor.evidence.page.visible import shortened, visible

MOST_BYTES = 8 << 20
"""Of a manifest or transcript that is read: a hundred times what a scan writes."""
MOST_STILLS = 60
_CHINA = ZoneInfo("Asia/Shanghai")


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of the clip, and where in the stream it is from."""

    clip_start_ms: int
    clip_end_ms: int
    stream_start_ms: int

    @property
    def stream_end_ms(self) -> int:
        return self.stream_start_ms + self.clip_end_ms - self.clip_start_ms


@dataclass(frozen=True, slots=True)
class Still:
    name: str
    """Path within the evidence."""
    at_ms: int
    boxed: bool


@dataclass(frozen=True, slots=True)
class Media:
    """What there is to look at."""

    clip: str | None
    """Name within the evidence; None where none can be played."""
    no_clip: str
    """Why not, a sentence in Chinese; empty where there is one."""
    length_ms: int
    pieces: tuple[Piece, ...]
    picture: tuple[int, int] | None
    """Width and height in pixels as shown, to which boxes belong; None when not known."""
    stills: tuple[Still, ...]
    deleted_at: datetime | None = None
    """Since when the evidence is gone because its time was over."""
    manifest: Json = field(default_factory=dict)
    transcript: Path | None = None


def media_of(flag: Json) -> Media:
    """What the evidence of a stored line shows now. Nothing missing, damaged or foreign in the folder is an error."""
    evidence = inner(flag, "evidence")
    deleted = inner(evidence, "deleted")
    if not evidence:
        return _nothing("这条线索没有保存证据。")
    if deleted:
        at = _moment(deleted.get("at"))
        when = f"于 {at.astimezone(_CHINA):%Y-%m-%d} " if at else ""
        return _nothing(f"证据的留存期已满，{when}删除；线索和复核记录仍在。", at or datetime.fromtimestamp(0, UTC))
    folder = Path(text_of(evidence.get("folder")))
    manifest = _manifest(folder / text_of(evidence.get("manifest")) if evidence.get("manifest") else None)
    clip, why = _clip(folder, flag, evidence)
    named = {text_of(name) for name in evidence.get("stills") or ()}
    transcript = text_of(evidence.get("transcript"))
    return Media(
        clip=clip,
        no_clip=why,
        length_ms=_ms(inner(manifest, "clip").get("duration_s")) or 0,
        pieces=tuple(_pieces(manifest)),
        picture=_picture(manifest),
        stills=tuple(_stills(manifest, named))[:MOST_STILLS] or tuple(Still(name, 0, False) for name in sorted(named)),
        manifest=manifest,
        transcript=folder / transcript if transcript else None,
    )


def read_text(path: Path | None) -> str:
    """A file of the evidence; empty when there is none, or it is larger than any that a scan writes."""
    if path is None:
        return ""
    try:
        if path.stat().st_size > MOST_BYTES:
            return ""
        return path.read_text("utf-8", "replace")
    except OSError:
        return ""


def _nothing(why: str, deleted_at: datetime | None = None) -> Media:
    return Media(None, why, 0, (), None, (), deleted_at)


def _clip(folder: Path, flag: Json, evidence: Json) -> tuple[str | None, str]:
    clip = text_of(evidence.get("clip"))
    if not clip:
        told = "；".join(visible(shortened(problem)) for problem in problems(flag))
        return None, f"没有录像片段：{told}。" if told else "这条线索没有录像片段。"
    if not (folder / clip).is_file():
        return None, "录像片段的文件不在了，请告诉管理员。"
    return clip, ""


def _manifest(path: Path | None) -> Mapping[str, Any]:
    try:
        found = json.loads(read_text(path) or "{}")
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _pieces(manifest: Json) -> list[Piece]:
    found = []
    for row in rows_of(manifest.get("pieces")):
        start, end, at = (_ms(row.get(name)) for name in ("clip_start_s", "clip_end_s", "stream_start_s"))
        if start is not None and end is not None and at is not None and end > start:
            found.append(Piece(start, end, at))
    return sorted(found, key=lambda piece: piece.clip_start_ms)


def _picture(manifest: Json) -> tuple[int, int] | None:
    """Of the recording from which the first piece is."""
    sources, pieces = rows_of(manifest.get("sources")), rows_of(manifest.get("pieces"))
    first = number_of(pieces[0].get("source")) if pieces else 0
    at = int(first or 0)
    about = inner(sources[at], "media") if 0 <= at < len(sources) else {}
    width, height = number_of(about.get("width_px")), number_of(about.get("height_px"))
    if not width or not height or width < 0 or height < 0:
        return None
    return int(width), int(height)


def _stills(manifest: Json, named: set[str]) -> list[Still]:
    found = [
        Still(text_of(row.get("name")), _ms(row.get("stream_s")) or 0, row.get("boxed") is True)
        for row in rows_of(manifest.get("stills"))
    ]
    return [still for still in found if still.name in named]


def _ms(seconds: Any) -> int | None:
    number = number_of(seconds)
    return None if number is None or number < 0 else round(number * 1000)


def _moment(value: Any) -> datetime | None:
    try:
        found = datetime.fromisoformat(text_of(value))
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)
