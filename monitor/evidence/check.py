"""Whether a case, in a folder or a zip, still is what was kept and signed. Needs neither store nor network."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from monitor.evidence.bundle_check import BundleReport, check_bundle
from monitor.evidence.export.export_check import check_export
from monitor.evidence.export.opened import UNREADABLE, Files, Under, opened
from monitor.evidence.folder import CASE, EXPORT
from monitor.evidence.problems import Problem
from monitor.evidence.recut import check_sources


@dataclass(slots=True)
class Verified:
    """What was found: with no problems the case is good, as far as the notes say."""

    problems: list[Problem] = field(default_factory=list)
    signed_by: str | None = None
    """Id of the key that signed the evidence; None when nobody did, or the signature does not hold."""
    exported_by: str | None = None
    """Id of the key that signed the export, likewise; None for what is no export, too."""
    notes: list[str] = field(default_factory=list)
    """What is no mismatch and still worth knowing, a line each."""


def verify(path: Path, *, key: bytes | None = None, sources: Sequence[Path] = ()) -> list[Problem]:
    """Every mismatch in a bundle's or an export's folder or zip, each file named. Empty when it is good."""
    return examine(path, key=key, sources=sources).problems


def examine(path: Path, *, key: bytes | None = None, sources: Sequence[Path] = ()) -> Verified:
    """The same with what is fine and what is worth knowing.

    `key` is the public key (32 bytes) that all must be signed by; without one any key's signature will do, and
    `signed_by` says whose it is. `sources` are recordings: each is hashed, and the clip cut again from them and
    compared. What cannot be read at all is one problem more, not an error.
    """
    found = Verified()
    try:
        with opened(path) as files:
            _examine(files, path, found, key, sources)
    except UNREADABLE as error:
        found.problems.append(Problem(path.name, f"cannot be read: {getattr(error, 'strerror', None) or error}"))
    return found


def _examine(files: Files, path: Path, found: Verified, key: bytes | None, sources: Sequence[Path]) -> None:
    case, report = _checked(files, found, key)
    found.problems += report.problems
    found.signed_by = report.signed_by
    found.notes += report.notes
    named = {problem.part for problem in found.problems}
    for each in files.outer:
        if each.in_content and each.name not in named:
            found.problems.append(Problem(each.name, "was changed since it was packed"))
        elif not each.in_content:
            name = each.name if each.name in files.names else path.name
            what = "its header in the zip was changed" if name == each.name else "the zip's directory was changed"
            found.problems.append(Problem(name, what))
    if files.strange_zip:
        found.notes.append("the zip was packed anew by another program: what is in it was checked, not the zip itself")
    if sources:
        _examine_sources(case, report.manifest, found, sources)


def _checked(files: Files, found: Verified, key: bytes | None) -> tuple[Files, BundleReport]:
    """The bundle among the files and what is to be said of it; of an export, what is round it too."""
    if EXPORT not in files.names:
        return files, check_bundle(files, key=key)
    case = Under(files, CASE)
    export = check_export(files, key=key)
    found.problems += export.problems
    found.exported_by = export.signed_by
    named = {problem.part for problem in export.problems}
    report = check_bundle(case, key=key, withheld=export.withheld, known=lambda name: CASE + name in named)
    report.problems = [Problem(CASE + each.part, each.what) for each in report.problems]
    return case, report


def _examine_sources(case: Files, manifest: dict[str, Any] | None, found: Verified, sources: Sequence[Path]) -> None:
    if manifest is None or found.problems:
        found.notes.append("not compared with the source: the case itself does not hold")
        return
    problems, notes = check_sources(case, manifest, sources)
    found.problems += problems
    found.notes += notes
