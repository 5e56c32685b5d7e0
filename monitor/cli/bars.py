"""Progress on standard error: a bar for each stream at work and one over all, with time left and speed."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from types import TracebackType

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn

from monitor.cli.coverage import share
from monitor.cli.show import clock, err, fitted
from monitor.cli.tally import Tally, time_left
from monitor.pipeline import Outcome
from monitor.plain import plain
from monitor.records import Flag
from monitor.scan import Job

LINE_EVERY_S = 60.0
"""On a pipe the state of the whole scan is told so often."""
NAME_CELLS = 24


class Bars:
    """Draws how a scan goes on; on a pipe one line a finished stream and one a minute; nothing when quiet.

    `now_s` is a monotonic clock.
    """

    def __init__(
        self,
        jobs: Sequence[Job],
        *,
        quiet: bool,
        console: Console = err,
        now_s: Callable[[], float] = time.monotonic,
        line_every_s: float = LINE_EVERY_S,
    ) -> None:
        self._console, self._now_s, self._quiet = console, now_s, quiet
        self._line_every_s, self._left = line_every_s, threading.Event()
        self._lock = threading.RLock()  # the line a minute is told by a thread of its own
        self._tally = Tally({job.key: [_size(part) for part in job.stream.parts] for job in jobs})
        self._count, self._ended = len(jobs), set[str]()
        self._began_s: dict[str, float] = {}
        self._resumed_ms: dict[str, int] = {}
        self._earlier: set[str] = set()
        """Streams that an earlier run had begun: what it found is not told here."""
        self._flags: dict[str, set[str]] = {}
        self._waits: dict[str, str] = {}
        self._tasks: dict[str, TaskID] = {}
        drawn = not quiet and console.is_terminal
        self._progress = Progress(
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            TextColumn("{task.fields[share]:>6}", markup=False),
            TextColumn("{task.fields[said]}", markup=False),
            console=console,
            disable=not drawn,
            transient=True,
        )
        self._all = self._progress.add_task("loading models", total=None, share="", said="")
        self._teller = threading.Thread(target=self._tell, name="progress-lines", daemon=True)
        self._tells = not quiet and not drawn

    def __enter__(self) -> Bars:
        self._progress.start()
        if self._tells:
            self._teller.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._left.set()
        if self._tells:
            self._teller.join()
        self._progress.stop()

    def began(self, job: Job) -> None:
        with self._lock:
            self._tally.began(job.key, self._now_s())
            self._began_s[job.key] = self._now_s()
            self._ended.discard(job.key)
            self._resumed_ms.pop(job.key, None)
            self._waits.pop(job.key, None)
            self._task(job)
            self._draw_all()

    def resumed(self, job: Job, at_ms: int) -> None:
        """An earlier try had come to `at_ms`; what it did does not count as this one's pace."""
        with self._lock:
            if job.key not in self._flags:
                self._earlier.add(job.key)
            self._resumed_ms[job.key] = at_ms
            self._tally.resumed(job.key, at_ms)

    def waiting(self, job: Job, why: str) -> None:
        """The stream cannot go on now; drawn until it begins, goes on or ends."""
        with self._lock:
            self._ended.discard(job.key)
            self._tally.waiting(job.key)
            self._progress.update(self._task(job), said=f"waiting: {plain(why)}")
            if self._tells and self._waits.get(job.key) != why:
                self._say(f"{plain(job.stream.room)}: waiting: {plain(why)}")
            self._waits[job.key] = why
            self._draw_all()

    def progress(self, job: Job, at_ms: int, declared_ms: int | None) -> None:
        with self._lock:
            self._flags.setdefault(job.key, set())
            self._tally.reached(job.key, at_ms, declared_ms, self._now_s())
            part = self._tally.share_of(job.key)
            behind = at_ms < self._resumed_ms.get(job.key, 0)
            said = "catching up" if behind else f"{self._speed(job, at_ms)}, {self._found(job)}"
            self._progress.update(
                self._task(job),
                total=1.0 if part else None,
                completed=part,
                share=f"{100 * part:.0f} %" if part else clock(at_ms / 1000),
                said=said,
            )
            self._draw_all()

    def flagged(self, job: Job, flag: Flag) -> None:
        if not flag.violation.candidate:
            with self._lock:
                self._flags.setdefault(job.key, set()).add(flag.flag_id)

    def ended(self, job: Job, outcome: Outcome | None, reason: str) -> None:
        """`outcome` is None where it was not done; of those that failed, the reasons are told together at the end."""
        with self._lock:
            task = self._tasks.pop(job.key, None)
            if task is not None:
                self._progress.remove_task(task)
            self._ended.add(job.key)
            self._tally.ended(job.key, outcome.end_ms if outcome else None)
            self._draw_all()
            if self._quiet:
                return
            if outcome:
                heard, seen = (share(part_ms, outcome.end_ms) for part_ms in (outcome.heard_ms, outcome.seen_ms))
                covered = f"heard {heard}, seen {seen} of {clock(outcome.end_ms / 1000)}"
                said = f"{self._found(job)}, {covered}, {self._speed(job, outcome.end_ms)}"
            else:
                said = "failed" if str(job.stream.source) in reason else plain(reason)
            self._say(f"{plain(job.stream.room)}: {said}")

    def _task(self, job: Job) -> TaskID:
        if job.key not in self._tasks:
            name = fitted(job.stream.room, NAME_CELLS)
            self._tasks[job.key] = self._progress.add_task(name, total=None, share="", said="")
        return self._tasks[job.key]

    def _draw_all(self) -> None:
        done = self._tally.share
        self._progress.update(
            self._all,
            description=fitted(f"{len(self._ended)} of {self._count} streams", NAME_CELLS),
            total=1.0,
            completed=done,
            share=_percent(done),
            said=self._pace(),
        )

    def _tell(self) -> None:
        """On a pipe: the state of the whole, once a minute, whether or not anything is heard from the workers."""
        while not self._left.wait(self._line_every_s):
            with self._lock:
                state = f"{_percent(self._tally.share)} done, {len(self._ended)} of {self._count} streams"
                self._say(f"{state}, {self._pace()}")

    def _pace(self) -> str:
        now_s = self._now_s()
        speed = self._tally.media_ms / 1000 / max(self._tally.working_s(now_s), 1e-9)
        return f"{speed:.1f} × real time, {time_left(self._tally.left_s(now_s))}"

    def _found(self, job: Job) -> str:
        """What an earlier run had found is not known here, so a stream gone on with says that it counts its own."""
        number = len(self._flags.get(job.key, ()))
        return f"{number} {'new ' if job.key in self._earlier else ''}flag{'' if number == 1 else 's'}"

    def _speed(self, job: Job, at_ms: int) -> str:
        media_ms = max(0, at_ms - self._resumed_ms.get(job.key, 0))
        spent_s = self._now_s() - self._began_s.get(job.key, self._now_s())
        return f"{media_ms / 1000 / max(spent_s, 1e-9):.1f} × real time" if spent_s > 0 else "0.0 × real time"

    def _say(self, line: str) -> None:
        self._progress.console.print(line, markup=False, soft_wrap=True)


def _percent(part: float) -> str:
    """Never rounded up: 100 % stands only at the end."""
    return f"{int(part * 1000) / 10:g} %"


def _size(part: Path) -> int:
    try:
        return part.stat().st_size
    except OSError:
        return 0
