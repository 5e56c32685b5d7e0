"""`flags`: what a workspace holds."""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from monitor.cli.coverage import print_coverage
from monitor.cli.show import flags_table, open_workspace, out
from monitor.config import Settings
from monitor.csv_rows import BYTE_ORDER_MARK, cell
from monitor.plain import plain

_COLUMNS = (
    "flag_id", "room", "platform", "creator", "scheme", "candidate", "state", "severity", "severity_basis", "score",
    "start_s", "end_s", "wall_start", "channels", "words", "rules", "evidence",
)  # fmt: skip


def list_flags(
    settings: Settings, form: str, schemes: Sequence[str] | None, *, candidates: bool, gaps: bool = False
) -> None:
    """Print the stored flags; the table tells what was heard and seen too, with `gaps` every gap.

    Raises WorkspaceError when there is no workspace.
    """
    store = open_workspace(settings)
    lines = store.flags(schemes=schemes or None, include_candidates=candidates or form != "table")
    if form == "jsonl":
        for line in lines:
            sys.stdout.write(json.dumps(line, ensure_ascii=False) + "\n")
    elif form == "csv":
        _write_csv(lines)
    else:
        found = list(lines)
        if found:
            out.print(flags_table(found))
        kept = plain(str(settings.workspace / "evidence"))
        out.print(f"{len(found)} flags; evidence in {kept}", markup=False, soft_wrap=True)
        print_coverage(out, store.streams(), store.gaps, all_gaps=gaps)


def _write_csv(lines: Iterable[Mapping[str, Any]]) -> None:
    sys.stdout.write(BYTE_ORDER_MARK)
    writer = csv.writer(sys.stdout)
    writer.writerow(_COLUMNS)
    for line in lines:
        flat = {
            **line,
            "channels": " ".join(line["channels"]),
            "words": " · ".join(str(hit["raw"]) for hit in line["hits"]),
            "rules": " ".join(str(rule["id"]) for rule in line["rules"]),
            "evidence": (line["evidence"] or {}).get("folder", ""),
        }
        writer.writerow([cell(flat.get(name)) for name in _COLUMNS])
