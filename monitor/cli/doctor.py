"""`doctor`: what this machine has, what it lacks, and what to do about it."""

from __future__ import annotations

import dataclasses
import io
import json
import sys

from monitor.cli.exit_codes import CHECK_FAILED
from monitor.cli.show import out
from monitor.config import Settings
from monitor.doctor import Finding, Grade
from monitor.doctor import examine as examined
from monitor.plain import plain

SCHEMA = "monitor.doctor/1"
_MARKS = {Grade.FINE: "✓", Grade.BEWARE: "!", Grade.MEND: "✗"}
_WHAT_CELLS = 26


def examine(settings: Settings, *, as_json: bool = False) -> int:
    """Print the findings; 1 when something must be mended for a scan to be right."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # a terminal that lacks a sign must not end the examination
    findings: list[Finding] = []
    for finding in examined(settings):
        findings.append(finding)
        if not as_json:
            _print(finding)
    wrong = sum(finding.grade is Grade.MEND for finding in findings)
    risky = sum(finding.grade is Grade.BEWARE for finding in findings)
    if as_json:
        said = {"schema": SCHEMA, "mend": wrong, "beware": risky, "findings": [dataclasses.asdict(f) for f in findings]}
        sys.stdout.write(json.dumps(said, ensure_ascii=False, indent=2) + "\n")
    elif wrong:
        out.print(f"{wrong} to be mended (✗) before a scan can be right, {risky} to know (!)")
    else:
        out.print(f"nothing to be mended, {risky} to know (!)")
    return CHECK_FAILED if wrong else 0


def _print(finding: Finding) -> None:
    line = f"{_MARKS[finding.grade]} {finding.what:{_WHAT_CELLS}} {plain(finding.found)}"
    out.print(line, markup=False, soft_wrap=True)
    if finding.todo:
        out.print(f"  {'':{_WHAT_CELLS}} → {plain(finding.todo)}", markup=False, soft_wrap=True)
