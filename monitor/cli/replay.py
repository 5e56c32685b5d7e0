"""`replay`: stored cues judged again, and what that changes."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Sequence
from typing import Any

from rich import box
from rich.progress import track
from rich.table import Table

from monitor.cli.show import clock, err, flags_table, open_workspace, out, write_lines
from monitor.config import Settings
from monitor.replay import replay_all, replayable
from monitor.wording import SCHEME_NAMES

_SIGNS = {"appeared": "+ appeared", "vanished": "− vanished", "changed": "~ changed"}
_SHORT = {"start_s": "start", "end_s": "end"}


def replay_workspace(settings: Settings, *, jsonl: str | None, diff: bool, candidates: bool, quiet: bool) -> None:
    """Replay every stream of the workspace that was scanned to its end. Raises WorkspaceError without one."""
    streams = replayable(open_workspace(settings).streams())
    replayed = replay_all(streams, settings, diff=diff, jobs=settings.jobs or os.cpu_count() or 1)
    told = list(
        track(
            replayed,
            "replaying",
            total=len(streams),
            console=err,
            transient=True,
            disable=quiet or not err.is_terminal,
        )
    )
    lines = [line for one in told for line in one.lines]
    close = sum(not one.exact for one in told)
    if close:
        err.print(f"{close} of {len(told)} streams were stored without their steps: their replay only comes close")
    if jsonl:
        write_lines(jsonl, lines)
    if jsonl == "-":
        return
    if diff:
        shown = [line for line in lines if candidates or not line["flag"]["candidate"]]
        out.print(_changes_table(shown))
        counts = Counter(line["change"] for line in shown)
        out.print(
            f"{len(told)} streams: "
            + ", ".join(f"{counts[kind]} {kind}" for kind in _SIGNS)
            + ("" if len(shown) == len(lines) else f"; {len(lines) - len(shown)} more among candidates, --candidates"),
            soft_wrap=True,
        )
    else:
        flags = [line for line in lines if candidates or not line["candidate"]]
        out.print(flags_table(flags))
        out.print(f"{len(told)} streams, {len(flags)} flags")


def _changes_table(lines: Sequence[dict[str, Any]]) -> Table:
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), expand=True)
    for name in ("room", "time", "change", "scheme"):
        table.add_column(name, no_wrap=True)
    table.add_column("because", overflow="fold", ratio=1)
    for line in lines:
        flag = line["flag"]
        was = ", ".join(f"{_SHORT.get(name, name)} {old} → {flag[name]}" for name, old in line.get("was", {}).items())
        reasons = [was] if was else []
        reasons += [reason["said"] for reason in line["because"]]
        table.add_row(
            *(str(flag["room"])[:24], f"{clock(flag['start_s'])}–{clock(flag['end_s'])}", _SIGNS[line["change"]]),
            SCHEME_NAMES.get(flag["scheme"], flag["scheme"]) + (" ?" if flag["candidate"] else ""),
            "\n".join(reasons).replace("[", "\\["),
        )
    return table
