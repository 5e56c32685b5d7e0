"""A worker: a process that loads the models once and scans the streams it is given, one after the other.

It answers with messages of a kind and a payload: `ready` and `unfit` (no models, or no workspace to write to) concern
the worker; `progress`, `unit` and one of `done`, `stopped`, `diverged`, `failed` its stream.
"""

from __future__ import annotations

import hashlib
import os
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection

from monitor import heap
from monitor.config import Settings
from monitor.errors import MonitorError, WorkspaceError
from monitor.orphans import die_with
from monitor.pipeline import Tools, scan_stream
from monitor.records import Cue, Discard, Flag, Gap
from monitor.remembering import Memory
from monitor.scan.planning import Job
from monitor.scan.signals import ignore
from monitor.store import Answer, Kept, Step, Store, Unit

UNIT_MS = 20_000
"""A unit is kept at least this often, in stream time: so much is done again after a kill, about two seconds of work."""
_PROGRESS_S = 0.3
_TRIM_S = 20.0
"""How often freed memory is given back: left alone, the C library kept 100 MB more of it after 20 minutes of stream and
200 MB after an hour; giving back takes 0.05 s."""


@dataclass(frozen=True, slots=True)
class Order:
    """What a worker is to do: a job, with what earlier tries kept of it."""

    job: Job
    stream_id: int
    kept: Kept


class StoppedError(Exception):
    """The parent wants the scan to end at the next unit."""


class DivergedError(Exception):
    """Going through a stream again told other cues than the earlier try."""


def work(pipe: Connection, settings: Settings, clips: bool, parent_pid: int) -> None:
    """The process's life: load the models, then scan stream after stream until there are none."""
    die_with(parent_pid)
    heap.steady()
    # A terminal's Ctrl-C and a service's stop reach the whole group: the parent decides what they mean.
    ignore()
    from monitor.tools import load_tools

    try:
        tools = load_tools(settings)
    except MonitorError as error:
        pipe.send(("unfit", error))
        return
    pipe.send(("ready", None))
    with suppress(EOFError, BrokenPipeError):
        for order in _orders(pipe):
            if not _scan(order, tools, pipe, clips):
                return


def _scan(order: Order, tools: Tools, pipe: Connection, clips: bool) -> bool:
    """Scan one stream and say how it ended; whether the worker can go on."""
    settings = tools.settings
    told = Told(pipe, order, Memory(_recall(order, settings)))
    try:
        outcome = scan_stream(
            order.job.stream,
            tools,
            told,
            evidence=settings.workspace / "evidence",
            clips=clips,
            media_key=order.job.media_key,
            known=order.kept.flag_ids,
            memory=told.memory,
        )
    except StoppedError:
        pipe.send(("stopped", told.unit()))
    except DivergedError:
        pipe.send(("diverged", None))
    except WorkspaceError as error:
        pipe.send(("unfit", error))
        return False
    except MonitorError as error:
        pipe.send(("failed", str(error)))
    except (EOFError, BrokenPipeError):
        raise
    except Exception as error:  # a fault of ours costs one stream, not the night's work
        pipe.send(("failed", f"{order.job.stream.source}: {_fault(error)}"))
    else:
        pipe.send(("done", (outcome, told.unit())))
    return True


class Told:
    """The pipeline's sink: gathers units and sends them; what an earlier try kept is not sent again."""

    def __init__(self, pipe: Connection, order: Order, memory: Memory) -> None:
        self.memory = memory
        self._pipe, self._kept = pipe, order.kept
        self._cues: list[Cue] = []
        self._steps: list[Step] = []
        self._n_steps = self._n_discards = 0
        self._digest = hashlib.sha256()
        self._judged_ms: int | None = -1
        self._unit_from_ms = 0
        self._discards: list[Discard] = []
        self._flags: list[Flag] = []
        self._gaps: list[Gap] = []
        self._told_s = 0.0
        self._trimmed_s = time.monotonic()

    def cues(self, cues: Sequence[Cue]) -> None:
        self._cues += cues

    def judged(self, watermark_ms: int | None) -> None:
        if not self._cues and watermark_ms == self._judged_ms:
            return  # nothing new was known: the judge says nothing new
        self._tell(Step(tuple(self._cues), watermark_ms))
        self._cues, self._judged_ms = [], watermark_ms
        if watermark_ms is None:
            if self._n_steps < self._kept.steps:
                raise DivergedError
            return  # the last unit is kept together with the end
        if self._pipe.poll():  # a word during a stream can only be to stop
            self._pipe.recv()
            raise StoppedError
        if watermark_ms - self._unit_from_ms >= UNIT_MS:
            self._send()

    def discards(self, discards: Sequence[Discard]) -> None:
        for discard in discards:
            self._n_discards += 1
            if self._n_discards > self._kept.discards:
                self._discards.append(discard)

    def gaps(self, gaps: Sequence[Gap]) -> None:
        self._gaps += gaps

    def flag(self, flag: Flag) -> None:
        self._flags.append(flag)
        if self._judged_ms is not None:
            self._send()

    def progress(self, at_ms: int, declared_ms: int | None) -> None:
        now_s = time.monotonic()
        if now_s - self._told_s >= _PROGRESS_S:
            self._told_s = now_s
            self._pipe.send(("progress", (at_ms, declared_ms)))

    def unit(self) -> Unit:
        """What was gathered since the last unit, which is then forgotten here."""
        unit = Unit(
            steps=tuple(self._steps),
            discards=tuple(self._discards),
            gaps=tuple(self._gaps),
            flags=tuple(self._flags),
            answers=tuple(self.memory.take()),
            reached_ms=max(0, self._judged_ms or 0),
            told=self._digest.hexdigest(),
        )
        self._steps, self._discards, self._gaps, self._flags = [], [], [], []
        return unit

    def _tell(self, step: Step) -> None:
        """Counts the step; one that an earlier try kept must be what it was then."""
        self._n_steps += 1
        said = [(cue.cue_id, cue.text, cue.span.start_ms, cue.span.end_ms) for cue in step.cues]
        self._digest.update(repr((step.watermark_ms, said)).encode("utf-8", "surrogatepass"))
        if self._n_steps > self._kept.steps:
            self._steps.append(step)
        elif self._n_steps == self._kept.steps and self._digest.hexdigest() != self._kept.told:
            raise DivergedError

    def _send(self) -> None:
        self._unit_from_ms = self._judged_ms or 0
        if time.monotonic() - self._trimmed_s >= _TRIM_S:
            heap.give_back()
            self._trimmed_s = time.monotonic()
        unit = self.unit()
        if unit.steps or unit.discards or unit.flags or unit.answers:
            self._pipe.send(("unit", unit))


def _recall(order: Order, settings: Settings) -> Callable[[str], Answer | None]:
    if not order.kept.answers:
        return _nothing
    store = Store.of(settings)
    return lambda key: store.answer(order.stream_id, key)


def _nothing(_key: str) -> Answer | None:
    return None


def _orders(pipe: Connection) -> Iterator[Order]:
    while (order := pipe.recv()) is not None:
        if isinstance(order, Order):  # a word to stop may come too late
            yield order


def _fault(error: Exception) -> str:
    """One line that names the place in this program."""
    frame = traceback.extract_tb(error.__traceback__)[-1]
    words = f"{type(error).__name__}: {error}".splitlines()[0]
    return f"a fault of this program ({words}, {os.path.basename(frame.filename)}:{frame.lineno})"  # noqa: PTH119
