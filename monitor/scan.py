"""Many recordings over several processes: each worker loads the models once and scans one stream at a time.

The parent alone writes to the store. A worker that dies takes one stream with it: the stream is named as failed, a new
worker takes its place, and the others go on.
"""

from __future__ import annotations

import hashlib
import json
import multiprocessing
import signal
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess
from typing import Any, Protocol

from monitor import __version__
from monitor.config import Settings
from monitor.errors import InputError, MissingComponentError, MonitorError, WorkspaceError
from monitor.lexicon import load_lexicon
from monitor.lexicon.policy import load_policies
from monitor.pipeline import Outcome, media_digest, scan_stream
from monitor.records import Cue, Discard, Flag, Gap, Stream
from monitor.store import Step, Store

BATCH = 64
"""Cues sent to the parent at a time: one commit for about a minute of a stream."""
_STEPS = 256
"""Steps of judging sent at a time at the latest, where little is said."""
_PROGRESS_S = 0.3
_SHAPING = ("speech_model", "speech_beam", "screen_every_ms", "screen_side_px", "danmaku_offset_ms")
"""Settings under which the same recording gives other cues."""


@dataclass(frozen=True, slots=True)
class Job:
    """One stream to scan; `key` names its place, `media_key` its content, `fingerprint` content and settings."""

    stream: Stream
    key: str
    media_key: str
    fingerprint: str


@dataclass(frozen=True, slots=True)
class Failed:
    """A stream that could not be scanned, and why."""

    stream: Stream
    reason: str


class Watcher(Protocol):
    """Is told how a scan goes on; the command line draws it."""

    def began(self, job: Job) -> None: ...
    def progress(self, job: Job, at_ms: int, declared_ms: int | None) -> None: ...
    def flagged(self, job: Job, flag: Flag) -> None: ...
    def ended(self, job: Job, outcome: Outcome | None, reason: str) -> None: ...


def plan(streams: Sequence[Stream], settings: Settings) -> tuple[list[Job], list[Failed]]:
    """A job for each stream that can be read. Raises DataError when the lexicon is wrong."""
    lexicon, policies = load_lexicon(settings.lexicons), load_policies(settings.lexicons / "policies")
    jobs: list[Job] = []
    failed: list[Failed] = []
    for stream in streams:
        try:
            media_key = media_digest(stream.parts)
            beside = {path.name: media_digest([path]) for path in (*stream.danmaku, *stream.messages)}
        except InputError as error:
            failed.append(Failed(stream, str(error)))
            continue
        shaping = {name: getattr(settings, name) for name in _SHAPING}
        shaping |= {"media": media_key, "beside": beside, "lexicon": lexicon.digest, "policy": policies.digest}
        shaping |= {"stream": [stream.platform, stream.creator, stream.host_account], "version": __version__}
        fingerprint = hashlib.sha256(json.dumps(shaping, sort_keys=True, default=str).encode()).hexdigest()
        jobs.append(Job(stream, str(stream.source.resolve()), media_key, fingerprint))
    return jobs, failed


def run(
    jobs: Sequence[Job], settings: Settings, store: Store, run_id: int, watcher: Watcher, *, workers: int, clips: bool
) -> list[Failed]:
    """Scan the jobs and keep what they bring forth; the streams that failed.

    Raises MissingComponentError when no worker can load its models, WorkspaceError when the store cannot be written.
    """
    crew = _Crew(jobs, settings, store, run_id, watcher, clips)
    try:
        return crew.work(max(1, min(workers, len(jobs))))
    finally:
        crew.dismiss()


@dataclass(slots=True)
class _Worker:
    process: SpawnProcess
    pipe: Connection
    job: Job | None = None
    stream_id: int = 0
    began_s: float = 0.0
    gaps: tuple[Gap, ...] = ()


class _Crew:
    """The parent's side: hands out jobs, takes in results, replaces the fallen."""

    def __init__(
        self, jobs: Sequence[Job], settings: Settings, store: Store, run_id: int, watcher: Watcher, clips: bool
    ) -> None:
        self._waiting = list(reversed(jobs))
        self._settings, self._store, self._run_id = settings, store, run_id
        self._watcher, self._clips = watcher, clips
        self._workers: list[_Worker] = []
        self._failed: list[Failed] = []

    def work(self, count: int) -> list[Failed]:
        self._workers = [self._hire() for _ in range(count)]
        while self._workers:
            ready = wait([worker.pipe for worker in self._workers])
            for worker in [w for w in self._workers if w.pipe in ready]:
                try:
                    message = worker.pipe.recv()
                except (EOFError, OSError):
                    self._lost(worker)
                    continue
                self._heard(worker, *message)
        return self._failed

    def dismiss(self) -> None:
        for worker in self._workers:
            worker.process.kill()
            worker.process.join()

    def _hire(self) -> _Worker:
        here, there = multiprocessing.Pipe()
        process = multiprocessing.get_context("spawn").Process(
            target=_work, args=(there, self._settings, self._clips), name="monitor-worker", daemon=True
        )
        process.start()
        there.close()
        return _Worker(process, here)

    def _heard(self, worker: _Worker, kind: str, payload: Any) -> None:
        job = worker.job
        if kind == "ready":
            self._give(worker)
        elif kind == "unfit":
            raise MissingComponentError(payload)
        elif kind == "broken":
            raise WorkspaceError(payload)
        elif job is None:
            raise AssertionError(f"a worker without a job sent {kind}")
        elif kind == "steps":
            self._store.add(worker.stream_id, steps=payload)
        elif kind == "discards":
            self._store.add(worker.stream_id, discards=payload)
        elif kind == "gaps":
            worker.gaps = payload
            self._store.add(worker.stream_id, gaps=payload)
        elif kind == "flag":
            self._store.add(worker.stream_id, flags=[payload])
            self._watcher.flagged(job, payload)
        elif kind == "progress":
            self._watcher.progress(job, *payload)
        elif kind == "done":
            self._end(worker, job, payload, "")
            self._give(worker)
        elif kind == "failed":
            self._end(worker, job, None, payload)
            self._give(worker)

    def _give(self, worker: _Worker) -> None:
        while self._waiting:
            job = self._waiting.pop()
            try:
                worker.stream_id = self._store.begin_stream(
                    self._run_id, job.key, job.fingerprint, job.stream, media_key=job.media_key
                )
            except MonitorError as error:
                if type(error) is WorkspaceError:
                    raise
                self._failed.append(Failed(job.stream, str(error)))
                self._watcher.ended(job, None, str(error))
                continue
            worker.job, worker.began_s = job, time.monotonic()
            self._watcher.began(job)
            worker.pipe.send(job)
            return
        worker.job = None
        with suppress(OSError):
            worker.pipe.send(None)
        worker.process.join()
        self._workers.remove(worker)

    def _end(self, worker: _Worker, job: Job, outcome: Outcome | None, reason: str) -> None:
        self._store.end_stream(
            worker.stream_id,
            end_ms=outcome.end_ms if outcome else 0,
            heard_ms=outcome.heard_ms if outcome else 0,
            seen_ms=outcome.seen_ms if outcome else 0,
            state="done" if outcome else "failed",
            problem=outcome.problem if outcome else reason,
            wall_s=time.monotonic() - worker.began_s,
        )
        if outcome is None:
            self._failed.append(Failed(job.stream, reason))
        self._watcher.ended(job, outcome, reason)
        worker.job = None

    def _lost(self, worker: _Worker) -> None:
        """A worker is gone without a word: its stream has failed, and another takes its place while work is left."""
        worker.process.join()
        self._workers.remove(worker)
        if worker.job is None and self._workers:
            return  # it ended while loading its models; the others do its share
        if worker.job is None:
            raise MissingComponentError(
                f"a worker ended while loading its models (exit code {worker.process.exitcode})",
                todo="run `monitor doctor`",
            )
        ended = f"the worker at it ended (exit code {worker.process.exitcode}); scan it again"
        self._end(worker, worker.job, None, f"{worker.job.stream.source}: {ended}")
        if self._waiting:
            self._workers.append(self._hire())


class _Pipe:
    """The worker's sink: sends what a scan brings forth to the parent."""

    def __init__(self, pipe: Connection) -> None:
        self._pipe = pipe
        self._cues: list[Cue] = []
        self._steps: list[Step] = []
        self._judged_ms: int | None = -1
        self._told_s = 0.0

    def cues(self, cues: Sequence[Cue]) -> None:
        self._cues += cues

    def judged(self, watermark_ms: int | None) -> None:
        if not self._cues and watermark_ms == self._judged_ms:
            return  # nothing new was known: the judge says nothing new
        self._steps.append(Step(tuple(self._cues), watermark_ms))
        self._cues, self._judged_ms = [], watermark_ms
        if sum(len(step.cues) for step in self._steps) >= BATCH or len(self._steps) >= _STEPS:
            self.flush()

    def discards(self, discards: Sequence[Discard]) -> None:
        self._pipe.send(("discards", tuple(discards)))

    def gaps(self, gaps: Sequence[Gap]) -> None:
        self._pipe.send(("gaps", tuple(gaps)))

    def flag(self, flag: Flag) -> None:
        self.flush()
        self._pipe.send(("flag", flag))

    def progress(self, at_ms: int, declared_ms: int | None) -> None:
        now = time.monotonic()
        if now - self._told_s >= _PROGRESS_S:
            self._told_s = now
            self._pipe.send(("progress", (at_ms, declared_ms)))

    def flush(self) -> None:
        if self._steps:
            self._pipe.send(("steps", tuple(self._steps)))
            self._steps = []


def _work(pipe: Connection, settings: Settings, clips: bool) -> None:
    """A worker process: load the models, then scan stream after stream until there are none."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent decides what Ctrl-C means
    from monitor.tools import load_tools

    try:
        tools = load_tools(settings)
    except WorkspaceError as error:
        pipe.send(("broken", str(error)))
        return
    except MonitorError as error:
        pipe.send(("unfit", str(error)))
        return
    pipe.send(("ready", None))
    with suppress(EOFError):
        for job in _jobs(pipe):
            sink = _Pipe(pipe)
            try:
                outcome = scan_stream(
                    job.stream,
                    tools,
                    sink,
                    evidence=settings.workspace / "evidence",
                    clips=clips,
                    media_key=job.media_key,
                )
            except WorkspaceError as error:
                pipe.send(("broken", str(error)))
                return
            except MonitorError as error:
                pipe.send(("failed", str(error)))
            else:
                sink.flush()
                pipe.send(("done", outcome))


def _jobs(pipe: Connection) -> Iterator[Job]:
    while (job := pipe.recv()) is not None:
        yield job


def now() -> datetime:
    return datetime.now(UTC)
