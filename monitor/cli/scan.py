"""`scan`: find, plan, run, and tell how it went."""

from __future__ import annotations

import json
import os
import sys
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from monitor import __version__
from monitor.cli.bars import Bars
from monitor.cli.show import SCHEME_NAMES, clock, err, out, write_lines
from monitor.config import Settings
from monitor.errors import NothingReadableError, UsageError
from monitor.evidence import sweep
from monitor.lexicon import SCHEMES
from monitor.scan import plan, run
from monitor.source import Passed, find
from monitor.store import Store
from monitor.store.views import StoredStream

SOME_FAILED, CHECK_FAILED = 3, 1


def scan_paths(
    given: Sequence[str], settings: Settings, *, jsonl: str | None, clips: bool, fail_on: str | None, quiet: bool
) -> int:
    """Scan and report; the exit code. Raises MonitorError when nothing can be done at all."""
    wanted = _schemes(fail_on)
    paths = [Path(p) for p in _given(given)]
    began_s = time.monotonic()
    found = find(paths, settings)
    for passed in found.passed:
        err.print(
            f"{'failed' if passed.failed else 'passed over'}: {_plain(passed.path)}: {passed.reason}", markup=False
        )
    if not found.streams:
        raise NothingReadableError(
            "no recording that can be read", where=", ".join(map(str, paths)) or "no path given",
            todo="give media files or folders of recordings",
        )  # fmt: skip
    jobs, failed = plan(found.streams, settings)
    store = Store.open(settings.workspace)
    todo = [job for job in jobs if not store.done(job.key, job.fingerprint)]
    if len(todo) < len(jobs):
        err.print(f"{len(jobs) - len(todo)} of {len(jobs)} streams are in the workspace already")
    sweep(settings.workspace / "evidence")
    exit_code = 0
    run_id = store.begin_run(
        command="scan",
        settings=json.loads(settings.model_dump_json(exclude={"privacy_key"})),
        versions={"livestream-monitor": __version__},
        at=datetime.now(UTC),
    )
    if todo:
        workers = settings.jobs or os.cpu_count() or 1
        with Bars(todo, quiet=quiet) as bars:
            failed += run(todo, settings, store, run_id, bars, workers=workers, clips=clips)
    for failure in failed:
        err.print(f"failed: {failure.reason}", markup=False, soft_wrap=True)
    keys = [job.key for job in jobs]
    lines = list(store.flags(stream_keys=keys))
    if jsonl:
        write_lines(jsonl, lines)
    stored = store.streams(stream_keys=keys)
    _summary(
        err if jsonl == "-" else out, stored, lines, found.passed, len(failed), time.monotonic() - began_s, settings
    )
    if failed or any(passed.failed for passed in found.passed):
        exit_code = NothingReadableError.exit_code if len(failed) == len(found.streams) else SOME_FAILED
    standing = {line["scheme"] for line in lines if not line["candidate"]}
    if wanted & standing:
        exit_code = CHECK_FAILED
    store.end_run(run_id, at=datetime.now(UTC), exit_code=exit_code)
    return exit_code


def _given(given: Sequence[str]) -> list[str]:
    """The paths, with those on standard input, one a line, in the place of `-`."""
    paths: list[str] = []
    for path in given:
        paths += [line for line in sys.stdin.read().splitlines() if line] if path == "-" else [path]
    return paths


def _schemes(fail_on: str | None) -> frozenset[str]:
    if not fail_on:
        return frozenset()
    names = frozenset(SCHEMES) if fail_on == "any" else frozenset(name.strip() for name in fail_on.split(","))
    if unknown := names - frozenset(SCHEMES):
        raise UsageError(
            f"no scheme is called {', '.join(sorted(unknown))}",
            where="--fail-on",
            todo=f"any, or of {', '.join(SCHEMES)}",
        )
    return names


def _plain(path: Path) -> str:
    """A path on one line, whatever its name holds."""
    return str(path).encode("utf-8", "backslashreplace").decode().replace("\n", "\\n").replace("\r", "\\r")


def _summary(
    console: Console,
    stored: Sequence[StoredStream],
    lines: Sequence[Mapping[str, Any]],
    passed: Sequence[Passed],
    failed: int,
    wall_s: float,
    settings: Settings,
) -> None:
    """Rooms, hours, coverage, flags by scheme and gaps: 0 flags never stands without what was heard and seen."""
    media_ms = sum(s.end_ms for s in stored)
    heard, seen = (sum(getattr(s, name) for s in stored) for name in ("heard_ms", "seen_ms"))
    table = Table(show_header=False, title="summary", title_justify="left")
    table.add_row("streams", f"{len(stored)} scanned, {failed} failed, {len(passed)} passed over")
    table.add_row("recorded", f"{clock(media_ms / 1000)} ({media_ms / 1000 / max(wall_s, 1e-9):.1f} × real time)")
    table.add_row("heard", _share(heard, media_ms))
    table.add_row("seen", _share(seen, media_ms))
    flags = Counter(str(line["scheme"]) for line in lines if not line["candidate"])
    for scheme in SCHEMES:
        if flags[scheme]:
            table.add_row(f"{SCHEME_NAMES[scheme]} {scheme}", str(flags[scheme]))
    table.add_row("flags", f"{sum(flags.values())} (疑似, 待人工确认), {len(lines) - sum(flags.values())} candidates")
    for stream in stored:
        if stream.problem:
            table.add_row(f"gap in {stream.stream.room}", stream.problem)
    table.add_row("evidence", str(settings.workspace / "evidence"))
    console.print(table)


def _share(part_ms: int, whole_ms: int) -> str:
    return f"{clock(part_ms / 1000)} ({100 * part_ms / whole_ms:.1f} %)" if whole_ms else "nothing"
