"""The parent's side: hands out jobs, keeps what comes back, replaces the fallen, and stops when told to.

The parent alone writes to the store. A worker that dies or falls silent takes nothing with it: its stream is gone on
with from its last unit, by another worker, three times at most.
"""

from __future__ import annotations

import multiprocessing
import os
import time
from collections import Counter, deque
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing import resource_tracker
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess
from typing import Any, Protocol

from monitor.config import Settings
from monitor.errors import MissingComponentError
from monitor.pipeline import Outcome
from monitor.records import Flag
from monitor.scan.planning import MOST_FAILURES, Failed, Job
from monitor.scan.signals import heeding, held_back
from monitor.scan.worker import Order, work
from monitor.store import DONE, FAILED, STOPPED, Store, StreamBusyError, StreamDoneError, Unit

_POLL_S = 0.5
_ELSEWHERE_S = 2.0
"""How often a stream that another scan is at is asked for."""


class Watcher(Protocol):
    """Is told how a scan goes on; the command line draws it."""

    def began(self, job: Job) -> None: ...
    def resumed(self, job: Job, at_ms: int) -> None: ...
    def waiting(self, job: Job, why: str) -> None: ...
    def progress(self, job: Job, at_ms: int, declared_ms: int | None) -> None: ...
    def flagged(self, job: Job, flag: Flag) -> None: ...
    def ended(self, job: Job, outcome: Outcome | None, reason: str) -> None: ...


@dataclass(frozen=True, slots=True)
class Ran:
    """How a run ended."""

    failed: tuple[Failed, ...]
    stopped: bool = False
    """It was interrupted; what is not done can be gone on with."""


def run(
    jobs: Sequence[Job],
    settings: Settings,
    store: Store,
    run_id: int,
    watcher: Watcher,
    *,
    workers: int,
    clips: bool,
    again: bool = False,
) -> Ran:
    """Scan the jobs and keep what they bring forth. A stream that another scan has done is left, unless `again`.

    SIGINT or SIGTERM lets every stream come to its next unit and ends; a second one ends at once (KeyboardInterrupt).
    Raises MissingComponentError or UsageError when a worker cannot load its models, WorkspaceError when the workspace
    cannot be written.
    """
    crew = _Crew(jobs, settings, store, run_id, watcher, clips, again)
    try:
        with heeding(crew.stop):
            return crew.work(workers)
    finally:
        crew.dismiss()


@dataclass(slots=True)
class _Worker:
    process: SpawnProcess
    pipe: Connection
    ready: bool = False
    job: Job | None = None
    stream_id: int = 0
    began_s: float = 0.0
    heard_s: float = 0.0
    """When it last said something."""
    told_to_stop: bool = False


class _Crew:
    def __init__(
        self,
        jobs: Sequence[Job],
        settings: Settings,
        store: Store,
        run_id: int,
        watcher: Watcher,
        clips: bool,
        again: bool,
    ) -> None:
        self._waiting = deque(jobs)
        self._elsewhere: list[Job] = []
        """Streams that another scan is at."""
        self._asked_s = 0.0
        self._settings, self._store, self._run_id = settings, store, run_id
        self._watcher, self._clips, self._again = watcher, clips, again
        self._workers: list[_Worker] = []
        self._failed: list[Failed] = []
        self._lost: Counter[str] = Counter()
        self._stopping = False

    def stop(self) -> None:
        """No stream is begun any more, and those at work end at their next unit."""
        self._stopping = True

    def work(self, count: int) -> Ran:
        self._workers = [self._hire() for _ in range(count)]
        while self._workers:
            ready = wait([worker.pipe for worker in self._workers], _POLL_S)
            for worker in [w for w in self._workers if w.pipe in ready]:
                try:
                    kind, payload = worker.pipe.recv()
                except (EOFError, OSError):
                    self._bury(worker)
                    continue
                worker.heard_s = time.monotonic()
                self._heard(worker, kind, payload)
            self._look_after()
        return Ran(tuple(self._failed), self._stopping and bool(self._waiting or self._elsewhere))

    def dismiss(self) -> None:
        for worker in self._workers:
            worker.process.kill()
            worker.process.join()

    def _hire(self) -> _Worker:
        here, there = multiprocessing.Pipe()
        resource_tracker.ensure_running()  # on its own start it would let signals in again
        process = multiprocessing.get_context("spawn").Process(
            target=work, args=(there, self._settings, self._clips, os.getpid()), name="monitor-worker", daemon=True
        )
        with held_back():  # a Ctrl-C while it starts must not end it
            process.start()
        there.close()
        return _Worker(process, here, heard_s=time.monotonic())

    def _heard(self, worker: _Worker, kind: str, payload: Any) -> None:
        job = worker.job
        if kind == "ready":
            worker.ready = True
        elif kind == "unfit":
            raise payload
        elif job is None:
            raise AssertionError(f"a worker without a job sent {kind}")
        elif kind == "progress":
            self._watcher.progress(job, *payload)
        elif kind == "unit":
            self._store.add(worker.stream_id, payload)
            self._flagged(job, payload)
        elif kind == "done":
            outcome, last = payload
            self._flagged(job, last)
            self._end(worker, job, DONE, last=last, outcome=outcome)
        elif kind == "stopped":
            self._end(worker, job, STOPPED, last=payload, reason="interrupted")
            self._waiting.append(job)
        elif kind == "diverged":
            self._store.forget(worker.stream_id)
            self._end(worker, job, STOPPED, reason="what was kept is not what is found now; begun anew")
            self._waiting.appendleft(job)
        elif kind == "failed":
            self._end(worker, job, FAILED, reason=payload)
            self._fail(job, payload)

    def _look_after(self) -> None:
        """Gives the idle work, tells them all to stop, and ends those that say nothing any more."""
        now_s = time.monotonic()
        for worker in list(self._workers):
            if self._stopping and worker.job is not None and not worker.told_to_stop:
                worker.told_to_stop = True
                with suppress(OSError):
                    worker.pipe.send("stop")
            busy = worker.job is not None or not worker.ready
            if busy and now_s - worker.heard_s > self._settings.worker_stall_s:
                worker.process.kill()  # its pipe closes, and it is buried
                worker.heard_s = now_s
            if worker.job is None and (worker.ready or self._stopping):
                self._give(worker)

    def _give(self, worker: _Worker) -> None:
        while self._waiting and not self._stopping:
            if self._begin(worker, self._waiting.popleft()):
                return
        if self._elsewhere and not self._stopping:
            self._ask_elsewhere()
            return
        with suppress(OSError):
            worker.pipe.send(None)
        if not worker.ready:
            worker.process.kill()
        worker.process.join()
        self._workers.remove(worker)

    def _begin(self, worker: _Worker, job: Job) -> bool:
        """Whether the worker has the job now; else another scan is at it."""
        try:
            worker.stream_id = self._store.begin_stream(
                self._run_id, job.key, job.fingerprint, job.stream, media_key=job.media_key, again=self._again
            )
        except StreamDoneError:
            self._watcher.ended(job, None, "done by another scan")
            return False
        except StreamBusyError:
            self._elsewhere.append(job)
            self._watcher.waiting(job, "another scan is at it")
            return False
        kept = self._store.kept(worker.stream_id)
        worker.job, worker.began_s, worker.heard_s = job, time.monotonic(), time.monotonic()
        worker.told_to_stop = False
        self._watcher.began(job)
        if kept.reached_ms:
            self._watcher.resumed(job, kept.reached_ms)
        with suppress(OSError):  # a worker that died meanwhile is buried with its job
            worker.pipe.send(Order(job, worker.stream_id, kept))
        return True

    def _ask_elsewhere(self) -> None:
        """Streams that another scan was at are begun once it left them, unless it turns out that they are done."""
        if time.monotonic() - self._asked_s < _ELSEWHERE_S:
            return
        self._asked_s = time.monotonic()
        jobs, self._elsewhere = self._elsewhere, []
        for job in jobs:
            (self._elsewhere if self._store.is_busy(job.key) else self._waiting).append(job)

    def _flagged(self, job: Job, unit: Unit) -> None:
        for flag in unit.flags:
            self._watcher.flagged(job, flag)

    def _end(
        self,
        worker: _Worker,
        job: Job,
        state: str,
        *,
        last: Unit | None = None,
        outcome: Outcome | None = None,
        reason: str = "",
    ) -> None:
        self._store.end_stream(
            worker.stream_id,
            end_ms=outcome.end_ms if outcome else 0,
            heard_ms=outcome.heard_ms if outcome else 0,
            seen_ms=outcome.seen_ms if outcome else 0,
            state=state,
            problem=outcome.problem if outcome else reason,
            wall_s=time.monotonic() - worker.began_s,
            last=last,
        )
        worker.job = None
        self._watcher.ended(job, outcome, reason)

    def _fail(self, job: Job, reason: str) -> None:
        self._failed.append(Failed(job.stream, reason))

    def _bury(self, worker: _Worker) -> None:
        """A worker is gone without a word: another goes on with its stream, unless that cost too many."""
        worker.process.join()
        self._workers.remove(worker)
        code = worker.process.exitcode
        job = worker.job
        if job is None:
            if self._workers or self._stopping:
                return  # it ended while loading its models; the others do its share
            raise MissingComponentError(
                f"a worker ended while loading its models (exit code {code})", todo="run `monitor doctor`"
            )
        self._lost[job.key] += 1
        reason = f"{job.stream.source}: the worker at it ended (exit code {code})"
        self._end(worker, job, FAILED, reason=reason)
        if self._lost[job.key] < MOST_FAILURES:
            self._waiting.append(job)
            self._watcher.waiting(job, f"its worker ended (exit code {code}); gone on with later")
        else:
            self._fail(job, f"{reason} {MOST_FAILURES} times; quarantined, scan it by name to try it again")
        if not self._stopping and (self._waiting or self._elsewhere):
            self._workers.append(self._hire())
