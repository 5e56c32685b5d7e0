"""Violation in, folder of evidence out: clip, stills, transcript, the flag itself, and a manifest over all."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from monitor.config import Settings
from monitor.errors import MonitorError, WorkspaceError
from monitor.evidence.folder import MANIFEST, Draft
from monitor.evidence.manifest import Omission, manifest
from monitor.evidence.pieces import Shown, TimedPart, as_cut, as_media, place, plan_pieces
from monitor.evidence.stills import as_jpeg, boxes_at, choose_moments, with_boxes
from monitor.evidence.transcript import webvtt
from monitor.media import Cut, Piece
from monitor.records import Cue, Evidence, Flag
from monitor.timeline import complement

CLIP, TRANSCRIPT, FLAG = "clip.mp4", "transcript.vtt", "flag.json"


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
) -> Evidence:
    """Makes `folder/<flag_id>/` and returns what is in it; where that name is taken, `<flag_id>-2` and so on.

    `line` is the flag as JSON, `parts` say where the media lie on the stream, `cues` are those of the stream (the ones
    that the clip does not show are left out), `source_digests` are SHA-256 in hex, `facts` names software, versions
    and models. Without `clips` none is cut. Media that cannot be cut or shown is a `problem` of the evidence, and the
    rest is kept. Raises UsageError for an unsafe flag id, WorkspaceError when the folder cannot be written.
    """
    violation = flag.violation
    end_ms = max((part.span.end_ms for part in parts), default=0)
    planned = plan_pieces(violation, settings=settings, end_ms=end_ms)
    shown = place(planned, parts)
    omissions: list[Omission] = []
    cut: Cut | None = None
    with Draft(folder, flag.flag_id) as draft:
        if clips:
            cut = _clip(draft, cutter, shown, parts, omissions)
        else:
            omissions.append(Omission("clip", "not asked for"))
        if cut is not None:
            shown = as_cut(shown, cut.pieces, parts)
        stills = _stills(draft, cutter, flag, parts, omissions)
        draft.write(TRANSCRIPT, webvtt(cues, shown).encode())
        problem = "; ".join(dict.fromkeys(f"no {o.what}: {o.reason}" for o in omissions if clips or o.what != "clip"))
        evidence = Evidence(folder, CLIP if cut else None, stills, TRANSCRIPT, MANIFEST, problem)
        draft.write(FLAG, _json(_portable(line, evidence)))
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
            shown=shown,
            cut=cut,
            omissions=omissions,
            settings=settings,
            source_digests=source_digests,
            facts=facts,
        )
        draft.write(MANIFEST, _json(about))
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
    draft: Draft, cutter: Cutter, flag: Flag, parts: Sequence[TimedPart], omissions: list[Omission]
) -> tuple[str, ...]:
    """Names of the stills kept, each raw one followed by the boxed one where something was read on it."""
    names: list[str] = []
    hits = flag.violation.hits
    for number, at_ms in enumerate(choose_moments(hits), start=1):
        try:
            picture = _picture(cutter, parts, at_ms)
            name = f"stills/still-{number:02d}"
            names.append(draft.write(f"{name}.jpg", as_jpeg(picture)).name)
            if boxes := boxes_at(hits, at_ms):
                names.append(draft.write(f"{name}-box.jpg", as_jpeg(with_boxes(picture, boxes))).name)
        except WorkspaceError:
            raise
        except (MonitorError, OSError, ValueError) as error:
            omissions.append(Omission("still", _reason(error, parts)))
    return tuple(names)


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
