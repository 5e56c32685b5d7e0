"""Whether an export still is what was handed out: every file in it, and the list of what was withheld."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from monitor.evidence.bundle_check import compare, parts_listed, twice
from monitor.evidence.export.opened import Files, listed
from monitor.evidence.folder import CASE, EXPORT, EXPORT_PURPOSE, EXPORT_SIGNATURE
from monitor.evidence.problems import Problem, check_signature

SCHEMA = "monitor.export/1"


@dataclass(slots=True)
class ExportReport:
    """What is wrong with an export, who signed it, and what it says was left out of the bundle."""

    problems: list[Problem] = field(default_factory=list)
    signed_by: str | None = None
    withheld: dict[str, str] | None = None
    """Digest by path within the bundle; None when the list that says so cannot be relied on."""


def check_export(files: Files, *, key: bytes | None) -> ExportReport:
    """Every mismatch between the files of an export and `export.json`; nothing is believed of a list that nobody
    signed."""
    report = ExportReport()
    report.problems += [Problem(name, "is there more than once") for name in twice(files.names)]
    try:
        export = _of_schema(listed(files.text(EXPORT)))
    except ValueError as error:
        report.problems.append(Problem(EXPORT, str(error)))
        return report
    wrong, report.signed_by = check_signature(
        files, EXPORT, EXPORT_SIGNATURE, purpose=EXPORT_PURPOSE, key=key, says=export.get("key_id")
    )
    report.problems += wrong
    if report.signed_by is None:
        return report
    report.withheld = _withheld(export)
    entries, wrong = parts_listed(export.get("files"), EXPORT)
    report.problems += wrong
    for name, (size, digest) in sorted(entries.items()):
        if problem := compare(files, name, size, digest, EXPORT):
            report.problems.append(problem)
    extra = sorted(set(files.names) - {*entries, EXPORT, EXPORT_SIGNATURE})
    report.problems += [Problem(name, f"is not in {EXPORT}") for name in extra]
    return report


def _of_schema(export: dict[str, Any]) -> dict[str, Any]:
    if export.get("schema") != SCHEMA:
        raise ValueError(f"is not of schema {SCHEMA}")
    return export


def _withheld(export: dict[str, Any]) -> dict[str, str]:
    entries, _ = parts_listed(export.get("withheld") or [], EXPORT)
    return {name[len(CASE) :]: digest for name, (_, digest) in entries.items() if name.startswith(CASE)}
