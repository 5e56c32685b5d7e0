"""Whether a recording is the source that a manifest names, and whether the clip is what is cut from it there."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from monitor.errors import MonitorError
from monitor.evidence import mp4
from monitor.evidence.bundle import CLIP
from monitor.evidence.export.opened import Files
from monitor.evidence.folder import MANIFEST
from monitor.evidence.problems import Problem
from monitor.files import sha256_of
from monitor.media import Cutter, Piece
from monitor.timeline import from_seconds


def check_sources(case: Files, manifest: Mapping[str, Any], sources: Sequence[Path]) -> tuple[list[Problem], list[str]]:
    """What does not match between the recordings given and the case, and what does.

    Packets that were copied come out the same from any version of the media engine; a clip that was made anew does so
    from the same version only, and another one's is not held against it.
    """
    try:
        known, problems, notes = _known(manifest, sources)
        if problems:
            return problems, notes
        problems, said = _cut_again(case, manifest, known)
    except (KeyError, TypeError, ValueError, IndexError, AttributeError, OverflowError):
        return [Problem(MANIFEST, "does not say how the clip was cut")], []
    return problems, [*notes, *said]


def _known(manifest: Mapping[str, Any], sources: Sequence[Path]) -> tuple[dict[int, Path], list[Problem], list[str]]:
    """The recordings by their number in the manifest."""
    named = list(manifest["sources"])
    known: dict[int, Path] = {}
    problems: list[Problem] = []
    notes: list[str] = []
    for path in sources:
        try:
            digest = sha256_of(path)
        except OSError as error:
            problems.append(Problem(str(path), f"cannot be read ({error.strerror})"))
            continue
        found = [number for number, each in enumerate(named) if each["sha256"] == digest]
        if found:
            known.update(dict.fromkeys(found, path))
            notes.append(f"the source {named[found[0]]['name']} is the one of the manifest")
        elif path.name in (each["name"] for each in named):
            told = next(each["sha256"] for each in named if each["name"] == path.name)
            problems.append(Problem(str(path), f"was changed: SHA-256 is {digest}, {told} in the manifest"))
        else:
            problems.append(Problem(str(path), f"is no source of this case: SHA-256 is {digest}"))
    return known, problems, notes


def _cut_again(case: Files, manifest: Mapping[str, Any], known: Mapping[int, Path]) -> tuple[list[Problem], list[str]]:
    clip = manifest["clip"]
    if clip is None or CLIP not in case.names:
        return [], ["no clip to cut again"]
    if "asked" not in clip:
        return [], ["the clip cannot be cut again: this older manifest does not say what was asked for"]
    lacking = {each["source"] for each in clip["asked"]} - set(known)
    if lacking:
        names = ", ".join(str(manifest["sources"][number]["name"]) for number in sorted(lacking))
        return [], [f"the clip was not cut again: that takes {names}, too"]
    pieces = [Piece(known[each["source"]], from_seconds(each["start_s"], each["end_s"])) for each in clip["asked"]]
    with tempfile.TemporaryDirectory(prefix="recut-") as folder, Cutter() as cutter:
        kept, again = Path(folder) / "kept.mp4", Path(folder) / "again.mp4"
        with kept.open("wb") as file:
            for chunk in case.chunks(CLIP):
                file.write(chunk)
        try:
            made = cutter.clip(pieces, again)
        except MonitorError as error:
            return [Problem(CLIP, f"cannot be cut again from its source: {error.what}")], []
        difference = _difference(kept, again)
    if not difference:
        return [], ["cut again from its source the clip is the same"]
    if clip["mode"] != "copy" and made.engine != clip["engine"]:
        return [], [f"the clip was made anew by {clip['engine']}; {made.engine} makes another, so it tells nothing"]
    return [Problem(CLIP, f"is not what is cut from its source: {difference}")], []


def _difference(kept: Path, again: Path) -> str:
    """What the two clips do not share; empty when they play the same packets at the same times."""
    if sha256_of(kept) == sha256_of(again):
        return ""
    try:
        ours, theirs = mp4.tracks(kept), mp4.tracks(again)
    except mp4.UnreadableError as error:
        return str(error)
    if [kind for kind, _ in ours] != [kind for kind, _ in theirs]:
        return "other tracks"
    names = {"vide": "pictures", "soun": "sound"}
    return " and ".join(
        names.get(kind, kind) for (kind, one), (_, other) in zip(ours, theirs, strict=True) if one != other
    )
