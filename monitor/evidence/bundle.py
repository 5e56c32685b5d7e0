"""Violation in, folder of evidence out: clip, stills, transcript, the flag itself, and a manifest over all."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from monitor.config import Settings
from monitor.errors import MonitorError, WorkspaceError
from monitor.evidence.clock import read_clock
from monitor.evidence.folder import MANIFEST, PURPOSE, SIGNATURE, Draft
from monitor.evidence.manifest import Omission, manifest
from monitor.evidence.masking import viewer_boxes
from monitor.evidence.pieces import Shown, TimedPart, as_cut, as_media, place, plan_pieces
from monitor.evidence.stills import Still, as_jpeg, boxes_at, choose_moments, with_boxes
from monitor.evidence.transcript import webvtt
from monitor.lexicon.policy import CHINA
from monitor.media import Cut, Piece
from monitor.records import Cue, Evidence, Flag
from monitor.signing import Signer
from monitor.timeline import complement

CLIP, TRANSCRIPT, FLAG, RULES = "clip.mp4", "transcript.vtt", "flag.json", "rules.json"
RULES_SCHEMA = "monitor.rules/1"


class Cutter(Protocol):
    """Whoever reads the media; raises MonitorError or OSError when it cannot."""

    def clip(self, pieces: Sequence[Piece], out: Path) -> Cut:
        """Writes the pieces one after the other into one file."""

    def still(self, path: Path, at_ms: int) -> NDArray[np.uint8]:
        """The frame shown at a media time: uint8, (h, w, 3), BGR."""


def keep(
    flag: Flag,
    *,
    line: Mapping[str, Any],
    parts: Sequence[TimedPart],
    cues: Sequence[Cue],
    cutter: Cutter,
    folder: Path,
    settings: Settings,
    source_digests: Mapping[Path, str],
    facts: Mapping[str, Any],
    clips: bool = True,
    signer: Signer | None = None,
    viewer_rows: Sequence[Cue] | None = None,
) -> Evidence:
    """Makes `folder/<flag_id>/` and returns what is in it; where that name is taken, `<flag_id>-2` and so on.

    `line` is the flag as JSON, `parts` say where the media lie on the stream, `cues` are those of the stream (the ones
    that the clip does not show are left out), `source_digests` are SHA-256 in hex, `facts` names software, versions
    and models. Without `clips` none is cut; without a `signer` the bundle is good against accidents alone.
    `viewer_rows` say where viewers' words stand on the picture round the flag (`ViewerRows.around`); without them no
    still of it will be shown to people outside.

    Media that cannot be cut or shown is a `problem` of the evidence, and the rest is kept. Raises UsageError for an
    unsafe flag id, WorkspaceError when the folder cannot be written.
    """
    violation = flag.violation
    end_ms = max((part.span.end_ms for part in parts), default=0)
    planned = plan_pieces(violation, settings=settings, end_ms=end_ms)
    asked = shown = place(planned, parts)
    omissions: list[Omission] = []
    cut: Cut | None = None
    with Draft(folder, flag.flag_id) as draft:
        if clips:
            cut = _clip(draft, cutter, shown, parts, omissions)
        else:
            omissions.append(Omission("clip", "not asked for"))
        if cut is not None:
            shown = as_cut(shown, cut.pieces, parts)
        typed = None if viewer_rows is None else [*cues, *viewer_rows]
        stills = _stills(draft, cutter, flag, parts, omissions, typed)
        told = webvtt(cues, shown, room=flag.stream.room, flag_id=flag.flag_id, flagged=violation.span)
        draft.write(TRANSCRIPT, told.encode("utf-8", "backslashreplace"))
        problem = "; ".join(dict.fromkeys(f"no {o.what}: {o.reason}" for o in omissions if clips or o.what != "clip"))
        names = tuple(still.name for still in stills)
        evidence = Evidence(folder, CLIP if cut else None, names, TRANSCRIPT, MANIFEST, problem)
        draft.write(FLAG, _json(_portable(line, evidence)))
        draft.write(RULES, _json(_rules(flag, line)))
        omissions += [
            Omission("stretch", "the flag is long: its start, its end and its hits are shown", hole)
            for hole in complement((each.stream for each in shown), violation.span)
            if cut is not None
        ]
        omissions += [Omission(gap.sense.value, gap.reason, gap.span) for gap in flag.gaps]
        about = manifest(
            flag,
            bundle=list(draft.parts),
            parts=parts,
            asked=asked,
            shown=shown,
            cut=cut,
            stills=stills,
            omissions=omissions,
            settings=settings,
            source_digests=source_digests,
            facts=facts,
            clock=read_clock(),
            key_id=signer.key_id if signer else None,
        )
        data = _json(about)
        draft.write(MANIFEST, data)
        if signer is not None:
            draft.write(SIGNATURE, signer.sign(PURPOSE, data).to_json())
        return replace(evidence, folder=draft.publish())


def _clip(
    draft: Draft, cutter: Cutter, shown: Sequence[Shown], parts: Sequence[TimedPart], omissions: list[Omission]
) -> Cut | None:
    if not shown:
        omissions.append(Omission("clip", "the stream has no media there"))
        return None
    try:
        return draft.make(CLIP, lambda out: cutter.clip(as_media(shown, parts), out))[0]
    except WorkspaceError:
        raise
    except (MonitorError, OSError, ValueError) as error:
        omissions.append(Omission("clip", _reason(error, parts)))
        return None


def _stills(
    draft: Draft,
    cutter: Cutter,
    flag: Flag,
    parts: Sequence[TimedPart],
    omissions: list[Omission],
    typed: Sequence[Cue] | None,
) -> list[Still]:
    """The stills kept, each raw one followed by the boxed one where something was read on it.

    `typed` tells what viewers wrote and where; None when nobody looked.
    """
    kept: list[Still] = []
    hits = flag.violation.hits
    for number, at_ms in enumerate(choose_moments(hits), start=1):
        try:
            picture = _picture(cutter, parts, at_ms)
            name = f"stills/still-{number:02d}"
            raw = draft.write(f"{name}.jpg", as_jpeg(picture))
            boxes = boxes_at(hits, at_ms)
            theirs = None if typed is None else tuple(viewer_boxes(typed, at_ms, spare=boxes))
            kept.append(Still(raw.name, at_ms, False, theirs))
            if boxes:
                boxed = draft.write(f"{name}-box.jpg", as_jpeg(with_boxes(picture, boxes)))
                kept.append(Still(boxed.name, at_ms, True, theirs))
        except WorkspaceError:
            raise
        except (MonitorError, OSError, ValueError) as error:
            omissions.append(Omission("still", _reason(error, parts)))
    return kept


def _picture(cutter: Cutter, parts: Sequence[TimedPart], at_ms: int) -> NDArray[np.uint8]:
    for part in parts:
        if at_ms in part.span:
            return cutter.still(part.path, at_ms - part.span.start_ms)
    raise ValueError("the stream has no media there")


def _portable(line: Mapping[str, Any], evidence: Evidence) -> dict[str, Any]:
    """The flag as it goes with the folder: the same on every machine, and it names its own parts."""
    return {
        **line,
        "source": Path(str(line.get("source", ""))).name,
        "evidence": {
            "folder": ".",
            "clip": evidence.clip,
            "stills": list(evidence.stills),
            "transcript": evidence.transcript,
            "manifest": evidence.manifest,
            "problem": evidence.problem,
        },
    }


def _rules(flag: Flag, line: Mapping[str, Any]) -> dict[str, Any]:
    """The rules that the flag cites, whole, as they stood on the day of the stream (in China); null: day unknown."""
    stream = flag.stream
    at = stream.started_at and stream.started_at + timedelta(milliseconds=flag.violation.span.start_ms)
    return {
        "schema": RULES_SCHEMA,
        "flag_id": flag.flag_id,
        "day": at.astimezone(CHINA).date().isoformat() if at else None,
        "platform": stream.platform,
        "rules": list(line.get("rules", [])),
        "rules_set_aside": list(line.get("rules_set_aside", [])),
    }


def _reason(error: Exception, parts: Sequence[TimedPart]) -> str:
    """What went wrong without the machine's paths: the evidence leaves the machine."""
    if isinstance(error, MonitorError):
        reason = error.what
    elif isinstance(error, OSError):
        reason = error.strerror or type(error).__name__
    else:
        reason = str(error)
    for part in parts:
        reason = reason.replace(str(part.path), part.path.name)
    return reason


def _json(value: object) -> bytes:
    text = json.dumps(value, ensure_ascii=False, indent=1, allow_nan=False) + "\n"
    # A file name may hold bytes that are no UTF-8; Python's escape of one is JSON's too.
    return text.encode("utf-8", "backslashreplace")
