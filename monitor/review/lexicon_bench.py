"""The dashboard's end of the process that has the lexicon compiled: started when first asked, stopped when idle.

Its one thread asks one thing at a time, what somebody waits for before what runs in the background.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import queue
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from enum import IntEnum
from multiprocessing.connection import Pipe
from pathlib import Path
from typing import Any

from monitor.config import Settings
from monitor.errors import DataError, MonitorError
from monitor.review.lexicon_child import DONE, REFUSED, WRONG_FILES
from monitor.review.term_change import ChangeError

IDLE_S = 900.0
"""Without work for so long the process ends and frees its memory."""
_ROOT = Path(__file__).resolve().parents[2]
_LOOK_S = 0.2
"""How often it is seen whether the one who asked has given up."""


_PATIENCE_S = 10.0
"""What nobody wants any more may take so long to end by itself: starting the process anew takes longer."""


class BenchLostError(MonitorError):
    """The process died or failed; `what` is Chinese."""


class GivenUpError(Exception):
    """Nobody wants the answer any more."""


class Rank(IntEnum):
    """Who goes first."""

    SOON = 0
    """Somebody looks at the page and waits."""
    WHENEVER = 1


@dataclass(order=True, slots=True)
class _Asked:
    rank: Rank
    number: int
    name: str = field(compare=False)
    arguments: tuple[Any, ...] = field(compare=False)
    answer: Future[Any] = field(compare=False)
    given_up: Callable[[], bool] = field(compare=False)


class LexiconBench:
    """One process for all; may be asked by many threads at once. Making one starts nothing."""

    def __init__(self, settings: Settings, *, idle_s: float = IDLE_S) -> None:
        self._settings, self._idle_s = settings, idle_s
        self._asked: queue.PriorityQueue[_Asked] = queue.PriorityQueue()
        self._numbers = itertools.count()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._child: _Child | None = None
        self._closed = False

    def ask(
        self, name: str, *arguments: Any, rank: Rank = Rank.SOON, given_up: Callable[[], bool] = lambda: False
    ) -> Future[Any]:
        """Has `LexiconWork` do something. The future raises ChangeError and DataError as it does, BenchLostError when
        that failed, and GivenUpError some time after `given_up` said that nobody wants the answer any more."""
        answer: Future[Any] = Future()
        with self._lock:
            self._asked.put(_Asked(rank, next(self._numbers), name, arguments, answer, given_up))
            if self._thread is None or not self._thread.is_alive():
                # A thread of its own, and not the asker's: Linux ends the child with the thread that started it.
                self._thread = threading.Thread(target=self._work, name="lexicon-bench", daemon=True)
                self._thread.start()
        return answer

    @property
    def running(self) -> bool:
        """Whether the process is there."""
        return self._child is not None

    def close(self) -> None:
        """Ends the process; the next question starts another."""
        with self._lock:
            child, self._child = self._child, None
        if child:
            child.kill()

    def _work(self) -> None:
        while True:
            try:
                asked = self._asked.get(timeout=self._idle_s)
            except queue.Empty:
                with self._lock:
                    if not self._asked.empty():
                        continue
                    self._thread = None
                    child, self._child = self._child, None
                if child:
                    child.kill()
                return
            try:
                asked.answer.set_result(self._answered(asked))
            except BaseException as error:
                asked.answer.set_exception(error)

    def _answered(self, asked: _Asked) -> Any:
        if asked.given_up():
            raise GivenUpError
        try:
            child = self._child
            if child is None or not child.alive:
                child = self._child = _Child(self._settings)
            kind, value = child.ask(asked.name, asked.arguments, asked.given_up)
        except (OSError, EOFError) as error:
            self.close()
            raise BenchLostError("后台的词库进程意外停止了，请重试") from error
        if kind == DONE:
            return value
        if kind == REFUSED:
            raise ChangeError(value)
        if kind == WRONG_FILES:
            raise DataError(value)
        raise BenchLostError("后台处理出错，请把这一行告诉管理员", todo=str(value))


class _Child:
    """The process."""

    def __init__(self, settings: Settings) -> None:
        self._connection, theirs = Pipe()
        path = os.pathsep.join(filter(None, [str(_ROOT), os.environ.get("PYTHONPATH", "")]))
        with contextlib.closing(theirs):
            self._process = subprocess.Popen(
                [sys.executable, "-m", "monitor.review.lexicon_child", str(theirs.fileno()), str(os.getpid())],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                env=os.environ | {"PYTHONPATH": path, "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"},
            )
        self._connection.send(settings)

    @property
    def alive(self) -> bool:
        return self._process.poll() is None

    def ask(self, name: str, arguments: tuple[Any, ...], given_up: Callable[[], bool]) -> tuple[str, Any]:
        """Raises OSError or EOFError when the process is gone, GivenUpError once `given_up` says so; when it does not
        come to an end soon after that it is killed."""
        self._connection.send((name, arguments))
        ends = None
        while not self._connection.poll(_LOOK_S):
            if ends is None and given_up():
                ends = time.monotonic() + _PATIENCE_S
            if ends is not None and time.monotonic() > ends:
                self.kill()
                raise GivenUpError
        kind, value = self._connection.recv()
        if ends is not None:
            raise GivenUpError
        return kind, value

    def kill(self) -> None:
        self._process.kill()
        self._process.wait()
        self._connection.close()
