"""`scan`: find, plan, run, and tell how it went."""

from __future__ import annotations

import json
import sys
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from monitor import __version__
from monitor.cli.audit import seal_log
from monitor.cli.bars import Bars
from monitor.cli.coverage import gaps_in_words, print_coverage, share
from monitor.cli.exit_codes import CHECK_FAILED, INTERRUPTED, SOME_FAILED
from monitor.cli.show import check_writable, clock, err, operator, out, write_lines
from monitor.config import Settings
from monitor.errors import NothingReadableError, UsageError
from monitor.lexicon import SCHEMES
from monitor.machine import jobs_borne, look
from monitor.plain import plain
from monitor.scan import Job, Ran, Reconciled, plan, reconcile, run, set_aside
from monitor.signing import load_signer
from monitor.source import find
from monitor.store import DONE, Store
from monitor.store.views import StoredStream
from monitor.wording import SCHEME_NAMES


def scan_paths(
    given: Sequence[str],
    settings: Settings,
    *,
    jsonl: str | None,
    clips: bool,
    fail_on: str | None,
    quiet: bool,
    again: bool = False,
) -> int:
    """Scan and report; the exit code. Raises MonitorError when nothing can be done at all."""
    wanted = _schemes(fail_on)
    if jsonl:
        check_writable(jsonl, settings.workspace)  # told now, not after a night's work
    paths = [Path(p) for p in _given(given)]
    began_s = time.monotonic()
    found = find(paths, settings)
    for passed in found.passed:
        _say(f"{'failed' if passed.failed else 'passed over'}: {plain(str(passed.path))}: {plain(passed.reason)}")
    if not found.streams:
        raise NothingReadableError(
            "no recording that can be read", where=", ".join(plain(str(path)) for path in paths) or "no path given",
            todo="give media files or folders of recordings",
        )  # fmt: skip
    signer, actor = load_signer(settings.keys), operator()
    planned = plan(found.streams, settings)
    jobs, failed = planned.jobs, [*planned.failed]
    store = Store.of(settings)
    done = {} if again else store.done()
    todo = [job for job in jobs if done.get(job.key) != job.fingerprint]
    if len(todo) < len(jobs):
        _say(f"{len(jobs) - len(todo)} of {len(jobs)} streams are in the workspace already")
    todo, quarantined = set_aside(todo, store.failures(), [path for path in paths if path.is_file()])
    failed += quarantined
    before = reconcile(store)
    _tell_reconciled(before)
    run_id = store.begin_run(
        command="scan",
        settings=json.loads(settings.model_dump_json(exclude={"privacy_key", "database_url"})),
        versions={"livestream-monitor": __version__},
        at=datetime.now(UTC),
        actor=actor,
        rules=planned.rules,
    )
    stopped = False
    if todo:
        ran = _run(todo, settings, store, run_id, clips=clips, quiet=quiet, again=again)
        failed += ran.failed
        stopped = ran.stopped
        after = reconcile(store)
        _tell_reconciled(replace(after, missing=tuple(sorted({*after.missing} - {*before.missing}))))
    for failure in failed:
        _say(f"failed: {plain(failure.reason)}")
    keys = [job.key for job in jobs]
    lines = list(store.flags(stream_keys=keys))
    if jsonl:
        write_lines(jsonl, lines)
    streams = store.streams(stream_keys=keys)
    gaps = {stream.stream_id: list(store.gaps(stream.stream_id)) for stream in streams}
    for stream in streams:
        if missed := gaps_in_words(stream, gaps[stream.stream_id]):
            _say(f"incomplete: {plain(str(stream.stream.source))}: {missed}")
    console = err if jsonl == "-" else out
    n_failed = len(failed) + sum(passed.failed for passed in found.passed)
    n_passed = sum(not passed.failed for passed in found.passed)
    print_coverage(console, streams, gaps.__getitem__)
    _summary(console, store.workspace, streams, lines, n_failed, n_passed, time.monotonic() - began_s)
    exit_code = 0
    if n_failed:
        exit_code = NothingReadableError.exit_code if len(failed) == len(found.streams) else SOME_FAILED
    if wanted & {line["scheme"] for line in lines if not line["candidate"]}:
        exit_code = CHECK_FAILED
    if stopped:
        _say("interrupted; what was finished is kept, the same command goes on from there")
        exit_code = INTERRUPTED
    store.end_run(run_id, at=datetime.now(UTC), exit_code=exit_code, actor=actor)
    seal_log(store.audit, signer, settings)
    return exit_code


def _run(
    todo: Sequence[Job], settings: Settings, store: Store, run_id: int, *, clips: bool, quiet: bool, again: bool
) -> Ran:
    borne = jobs_borne(look())
    workers = min(settings.jobs or borne.jobs, len(todo))
    if not quiet and len(todo) > 1:
        _say(f"{len(todo)} streams, {workers} at a time" + ("" if settings.jobs else f" ({borne.reason})"))
    if borne.short_of_memory:
        _say(f"memory is short: {borne.reason}")
    with Bars(todo, quiet=quiet) as bars:
        return run(todo, settings, store, run_id, bars, workers=workers, clips=clips, again=again)


def _tell_reconciled(done: Reconciled) -> None:
    if done.removed:
        _say(f"removed {len(done.removed)} folders of evidence that a scan which died had not finished")
    if done.missing:
        some = ", ".join(done.missing[:3]) + (", …" if len(done.missing) > 3 else "")
        _say(f"evidence of {len(done.missing)} flags is gone ({some}); `--again` makes it anew from the recordings")


def _say(line: str) -> None:
    err.print(line, markup=False, soft_wrap=True)


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


def _summary(
    console: Console,
    workspace: Path,
    streams: Sequence[StoredStream],
    lines: Sequence[Mapping[str, Any]],
    n_failed: int,
    n_passed: int,
    wall_s: float,
) -> None:
    """Streams, hours, coverage and flags by scheme: 0 flags never stands without what was heard and seen."""
    media_ms = sum(s.end_ms for s in streams)
    heard, seen = (sum(getattr(s, name) for s in streams) for name in ("heard_ms", "seen_ms"))
    done = sum(s.state == DONE for s in streams)
    table = Table(show_header=False, title="summary", title_justify="left")
    table.add_row("streams", f"{done} scanned, {n_failed} failed, {n_passed} passed over")
    table.add_row("recorded", f"{clock(media_ms / 1000)} ({media_ms / 1000 / max(wall_s, 1e-9):.1f} × real time)")
    table.add_row("heard", f"{clock(heard / 1000)} ({share(heard, media_ms)})")
    table.add_row("seen", f"{clock(seen / 1000)} ({share(seen, media_ms)})")
    flags = Counter(str(line["scheme"]) for line in lines if not line["candidate"])
    for scheme in SCHEMES:
        if flags[scheme]:
            table.add_row(f"{SCHEME_NAMES[scheme]} {scheme}", str(flags[scheme]))
    table.add_row("flags", f"{sum(flags.values())} (疑似, 待人工确认), {len(lines) - sum(flags.values())} candidates")
    table.add_row("evidence", plain(str(workspace / "evidence")))
    console.print(table)
