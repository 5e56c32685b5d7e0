"""Whether a bundle still is what its manifest says, and the manifest what was signed."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from types import MappingProxyType
from typing import Any

from monitor.evidence.export.opened import UNREADABLE, Files, listed
from monitor.evidence.folder import MANIFEST, PURPOSE, SIGNATURE
from monitor.evidence.manifest import SCHEMA, UNSIGNED_SCHEMA
from monitor.evidence.problems import Problem, check_signature

_DIGEST = re.compile(r"[0-9a-f]{64}")


@dataclass(slots=True)
class BundleReport:
    """What is wrong with a bundle, who signed it, and its manifest if that can be read."""

    problems: list[Problem] = field(default_factory=list)
    signed_by: str | None = None
    notes: list[str] = field(default_factory=list)
    manifest: dict[str, Any] | None = None


def check_bundle(
    files: Files,
    *,
    key: bytes | None,
    withheld: Mapping[str, str] | None = MappingProxyType({}),
    known: Callable[[str], bool] = lambda _: False,
) -> BundleReport:
    """Every mismatch between the files and their manifest: parts missing, changed or too many.

    `withheld` are parts that an export left out, with their digests; None when nobody can say which. `known` tells
    files whose damage was found already: it is not told again, and a manifest of that kind is not gone by.
    """
    report = BundleReport()
    if known(MANIFEST):
        return report
    report.problems += [Problem(name, "is there more than once") for name in twice(files.names) if not known(name)]
    if MANIFEST not in files.names:
        report.problems.append(Problem(MANIFEST, "is missing"))
        return report
    try:
        manifest = listed(files.text(MANIFEST))
        _check_schema(manifest)
    except ValueError as error:
        report.problems.append(Problem(MANIFEST, str(error)))
        return report
    if not known(SIGNATURE):
        _check_signed(files, manifest, key, report)
    entries, wrong = parts_listed(manifest.get("parts"), MANIFEST)
    report.problems += wrong
    report.manifest = manifest
    if not entries:
        return report
    for name, (size, digest) in sorted(entries.items()):
        if known(name):
            continue
        if name not in files.names and (withheld is None or withheld.get(name) == digest):
            report.notes.append(f"withheld from the export: {name}")
        elif problem := compare(files, name, size, digest, MANIFEST):
            report.problems.append(problem)
    extra = sorted(set(files.names) - {*entries, MANIFEST, SIGNATURE})
    report.problems += [Problem(name, "is not in the manifest") for name in extra if not known(name)]
    return report


def compare(files: Files, name: str, size: int, digest: str, where: str) -> Problem | None:
    """What is wrong with one file that is to have so many bytes and this SHA-256, by what `where` says."""
    if name not in files.names:
        return Problem(name, "is missing")
    found = files.size(name)
    if found is None:
        return Problem(name, "is not an ordinary file")
    where = "the manifest" if where == MANIFEST else where
    if found != size:
        return Problem(name, f"has {found} bytes, {size} in {where}")
    try:
        told = files.digest(name)
    except UNREADABLE as error:
        return Problem(name, f"cannot be read: {getattr(error, 'strerror', None) or error}")
    return Problem(name, f"was changed: SHA-256 is {told}, {digest} in {where}") if told != digest else None


def parts_listed(entries: object, where: str) -> tuple[dict[str, tuple[int, str]], list[Problem]]:
    """Size and digest of each file by name, and what is wrong with the list itself."""
    if not isinstance(entries, list) or not entries:
        return {}, [Problem(where, "lists no parts")]
    found: dict[str, tuple[int, str]] = {}
    wrong: list[Problem] = []
    for number, entry in enumerate(entries):
        if not _sound(entry, where):
            wrong.append(Problem(where, f"part {number} lacks a plain name, a size or a digest"))
        elif entry["name"] in found:
            wrong.append(Problem(where, f"lists {entry['name']} twice"))
        else:
            found[entry["name"]] = (entry["bytes"], entry["sha256"])
    return found, wrong


def twice(names: list[str]) -> Iterator[str]:
    """Each name that is there more than once, in order."""
    seen: set[str] = set()
    again: set[str] = set()
    for name in names:
        (again if name in seen else seen).add(name)
    yield from sorted(again)


def _check_schema(manifest: Mapping[str, Any]) -> None:
    if manifest.get("schema") not in (SCHEMA, UNSIGNED_SCHEMA):
        raise ValueError(f"is not of schema {SCHEMA} or {UNSIGNED_SCHEMA}")


def _check_signed(files: Files, manifest: Mapping[str, Any], key: bytes | None, report: BundleReport) -> None:
    if manifest["schema"] == UNSIGNED_SCHEMA and SIGNATURE not in files.names:
        if key is not None:
            report.problems.append(Problem(SIGNATURE, "is missing: nobody signed this evidence"))
        else:
            report.notes.append("not signed: whoever changed it could have made a manifest to match")
        return
    wrong, report.signed_by = check_signature(
        files, MANIFEST, SIGNATURE, purpose=PURPOSE, key=key, says=manifest.get("key_id")
    )
    report.problems += wrong


def _sound(entry: Any, where: str) -> bool:
    if not isinstance(entry, dict):
        return False
    name, size, digest = entry.get("name"), entry.get("bytes"), entry.get("sha256")
    return (
        isinstance(name, str)
        and name == PurePosixPath(name).as_posix()
        and not name.startswith("/")
        and ".." not in PurePosixPath(name).parts
        and name not in ("", ".", where)
        and type(size) is int
        and isinstance(digest, str)
        and _DIGEST.fullmatch(digest) is not None
    )
