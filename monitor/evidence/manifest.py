"""What a bundle says about itself: `manifest.json`, schema `monitor.evidence/2`.

Sources go by file name and digest; no path of the machine is in it. Seconds with three decimals, as everywhere outside.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from monitor.config import Settings
from monitor.evidence.clock import Reading
from monitor.evidence.folder import Part
from monitor.evidence.pieces import Shown, TimedPart, clip_time_ms, moment_ms
from monitor.evidence.stills import Still
from monitor.media import Cut, MediaFacts
from monitor.records import Flag
from monitor.timeline import Span

SCHEMA = "monitor.evidence/2"
"""A bundle whose manifest is signed."""
UNSIGNED_SCHEMA = "monitor.evidence/1"
"""One that nobody signed; so were all before there were keys."""
SHAPING = (
    "lead_in_ms",
    "lead_out_ms",
    "long_flag_ms",
    "danmaku_offset_ms",
    "screen_every_ms",
    "screen_side_px",
    "speech_beam",
)
"""Settings that decide what a bundle shows; none of them names a path or a secret."""


@dataclass(frozen=True, slots=True)
class Omission:
    """Something that one might look for in the bundle and that is not there, and why."""

    what: str
    """`clip`, `still`, `stretch`, or the sense of a gap: `heard`, `seen`, `chat`."""
    reason: str
    span: Span | None = None
    """In stream time; None when it concerns the whole flag."""


def manifest(
    flag: Flag,
    *,
    bundle: Sequence[Part],
    parts: Sequence[TimedPart],
    asked: Sequence[Shown],
    shown: Sequence[Shown],
    cut: Cut | None,
    stills: Sequence[Still],
    omissions: Sequence[Omission],
    settings: Settings,
    source_digests: Mapping[Path, str],
    facts: Mapping[str, Any],
    clock: Reading,
    key_id: str | None,
) -> dict[str, Any]:
    """The manifest as plain JSON values. `key_id` is that of the key that will sign it, None when none will.

    `asked` are the stretches that were to be cut, `shown` those that were.
    """
    stream = flag.stream
    started_at = stream.started_at
    return {
        "schema": UNSIGNED_SCHEMA if key_id is None else SCHEMA,
        "flag_id": flag.flag_id,
        "key_id": key_id,
        "made_at": clock.utc.isoformat(timespec="milliseconds"),
        "clock": clock.as_json(),
        "stream": {
            "room": stream.room,
            "platform": stream.platform,
            "creator": stream.creator,
            "started_at": None if started_at is None else started_at.isoformat(timespec="milliseconds"),
            "end_s": max((part.span.end_ms for part in parts), default=0) / 1000,
        },
        "parts": [{"name": part.name, "sha256": part.sha256, "bytes": part.size_bytes} for part in bundle],
        "sources": _sources(parts, source_digests),
        "clip": None if cut is None else {**_cut(cut), "asked": [_asked(each) for each in asked]},
        "stills": [_still(each) for each in stills],
        "pieces": [_piece(each, parts) for each in shown],
        "moments": [
            {
                "term": hit.term,
                "raw": hit.raw,
                "channel": hit.channel.value,
                "stream_s": moment_ms(hit) / 1000,
                "clip_s": None if cut is None else _seconds(clip_time_ms(shown, moment_ms(hit))),
            }
            for hit in flag.violation.hits
        ],
        "omissions": [{"what": each.what, "reason": each.reason, **_when(each.span)} for each in omissions],
        "lexicon": flag.lexicon,
        "policy": flag.policy,
        "models": dict(sorted(flag.models.items())),
        "made_with": dict(facts),
        "settings": {name: getattr(settings, name) for name in SHAPING},
    }


def _sources(parts: Sequence[TimedPart], digests: Mapping[Path, str]) -> list[dict[str, Any]]:
    """Media in broadcast order, so that a piece can name its source by number; then whatever else was read."""
    media = [
        {
            "name": part.path.name,
            "sha256": digests.get(part.path),
            "bytes": _size(part.path),
            **_when(part.span),
            "media": None if part.facts is None else _media(part.facts),
        }
        for part in parts
    ]
    known = {part.path for part in parts}
    others = [
        {"name": path.name, "sha256": digest, "bytes": _size(path)}
        for path, digest in sorted(digests.items())
        if path not in known
    ]
    return media + others


def _size(path: Path) -> int | None:
    """None when the source is gone: recorders move and delete files, the evidence stands."""
    try:
        return path.stat().st_size
    except OSError:
        return None


def _media(facts: MediaFacts) -> dict[str, Any]:
    """What the source's container declares of itself."""
    return {
        "container": facts.container,
        "video_codec": facts.video_codec,
        "audio_codec": facts.audio_codec,
        "width_px": facts.width_px,
        "height_px": facts.height_px,
        "rotation_deg": facts.rotation_deg,
        "declared_s": _seconds(facts.declared_ms),
    }


def _still(still: Still) -> dict[str, Any]:
    """Where viewers' words stand on it, `[left, top, right, bottom]` in pixels each; null when nobody looked."""
    boxes = still.viewer_boxes
    return {
        "name": still.name,
        "stream_s": still.at_ms / 1000,
        "boxed": still.boxed,
        "viewer_boxes": None
        if boxes is None
        else [[box.left_px, box.top_px, box.right_px, box.bottom_px] for box in boxes],
    }


def _asked(shown: Shown) -> dict[str, Any]:
    """What to ask the cutter for to get the same clip again."""
    return {"source": shown.part, "start_s": shown.source.start_s, "end_s": shown.source.end_s}


def _cut(cut: Cut) -> dict[str, Any]:
    return {
        "mode": cut.mode,
        "why": cut.why,
        "container": cut.container,
        "video_codec": cut.video_codec,
        "audio_codec": cut.audio_codec,
        "duration_s": cut.duration_ms / 1000,
        "first_pts": cut.first_pts,
        "last_pts": cut.last_pts,
        "time_base": cut.time_base,
        "engine": cut.engine,
    }


def _piece(shown: Shown, parts: Sequence[TimedPart]) -> dict[str, Any]:
    return {
        "source": shown.part,
        "name": parts[shown.part].path.name,
        "stream_start_s": shown.stream.start_s,
        "stream_end_s": shown.stream.end_s,
        "source_start_s": shown.source.start_s,
        "source_end_s": shown.source.end_s,
        "clip_start_s": shown.clip.start_s,
        "clip_end_s": shown.clip.end_s,
    }


def _when(span: Span | None) -> dict[str, float]:
    return {} if span is None else {"start_s": span.start_s, "end_s": span.end_s}


def _seconds(at_ms: int | None) -> float | None:
    return None if at_ms is None else at_ms / 1000
