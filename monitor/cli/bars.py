"""Progress on standard error: a bar for each stream at work and one over all, with time left and speed."""

from __future__ import annotations

import time
from collections.abc import Sequence
from types import TracebackType

from rich.progress import BarColumn, Progress, TaskID, TaskProgressColumn, TextColumn, TimeRemainingColumn

from monitor.cli.show import err
from monitor.pipeline import Outcome
from monitor.records import Flag
from monitor.scan import Job


class Bars:
    """Draws how a scan goes on; on a pipe or when quiet, one line a finished stream."""

    def __init__(self, jobs: Sequence[Job], *, quiet: bool) -> None:
        self._progress = Progress(
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            TaskProgressColumn(),
            TextColumn("{task.fields[speed]}"),
            TextColumn("{task.fields[flags]}"),
            TimeRemainingColumn(),
            console=err,
            disable=quiet or not err.is_terminal,
            transient=True,
        )
        self._quiet = quiet
        self._tasks: dict[str, TaskID] = {}
        self._began_s: dict[str, float] = {}
        self._flags: dict[str, int] = {}
        self._count = len(jobs)
        self._done = 0
        self._share: dict[str, float] = {}
        self._all = self._progress.add_task("loading models", total=len(jobs), speed="", flags="")
        self._start_s = time.monotonic()
        self._media_ms: dict[str, int] = {}

    def __enter__(self) -> Bars:
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._progress.stop()

    def began(self, job: Job) -> None:
        self._began_s[job.key] = time.monotonic()
        self._flags[job.key] = 0
        self._progress.update(self._all, description=f"{self._count} streams")
        self._tasks[job.key] = self._progress.add_task(job.stream.room[:24], total=None, speed="", flags="")

    def progress(self, job: Job, at_ms: int, declared_ms: int | None) -> None:
        self._media_ms[job.key] = at_ms
        self._progress.update(
            self._tasks[job.key], completed=at_ms, total=declared_ms, speed=self._speed(at_ms, self._began_s[job.key])
        )
        self._share[job.key] = min(1.0, at_ms / declared_ms) if declared_ms else 0.0
        self._progress.update(
            self._all,
            completed=self._done + sum(self._share.values()),
            speed=self._speed(sum(self._media_ms.values()), self._start_s),
        )

    def flagged(self, job: Job, flag: Flag) -> None:
        self._flags[job.key] += not flag.violation.candidate
        self._progress.update(self._tasks[job.key], flags=f"{self._flags[job.key]} flags")

    def ended(self, job: Job, outcome: Outcome | None, reason: str) -> None:  # noqa: ARG002 - part of Watcher
        task = self._tasks.pop(job.key, None)
        if task is not None:
            self._progress.remove_task(task)
        self._done += 1
        self._share.pop(job.key, None)
        self._progress.update(self._all, completed=self._done + sum(self._share.values()))
        if outcome and not self._quiet:
            self._media_ms[job.key] = outcome.end_ms
            speed = self._speed(outcome.end_ms, self._began_s[job.key])
            self._progress.console.print(
                f"{job.stream.room}: {self._flags[job.key]} flags, {speed}", markup=False, soft_wrap=True
            )

    @staticmethod
    def _speed(media_ms: int, since_s: float) -> str:
        return f"{media_ms / 1000 / max(time.monotonic() - since_s, 1e-9):.1f} × real time"
