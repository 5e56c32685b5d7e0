"""`python -m monitor.review.lexicon_child CONNECTION PARENT`: answers what the dashboard asks of a compiled lexicon.

Requests are `(method of LexiconWork, arguments)`; the answer is `(kind, value)` with a kind of those below.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
from multiprocessing.connection import Connection
from typing import Any

from monitor import heap, orphans
from monitor.errors import DataError, MonitorError
from monitor.review.term_change import ChangeError

DONE, REFUSED, WRONG_FILES, FAILED = "done", "refused", "wrong files", "failed"
NICENESS, NICENESS_OF_TRIALS = 5, 10
"""Reviewers' pages and scans go first, before trials by far. Who has become this nice stays so, but by then everything
is loaded and an explanation takes milliseconds."""
_OF_TRIALS = ("prepare", "try_stream")


def main() -> None:
    connection, parent_pid = Connection(int(sys.argv[1])), int(sys.argv[2])
    orphans.die_with(parent_pid)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the terminal's Ctrl-C goes to all; the parent ends this one
    _be_nice(NICENESS)
    heap.steady()
    with contextlib.suppress(EOFError, BrokenPipeError, ConnectionResetError):
        _serve(connection)


def _serve(connection: Connection) -> None:
    from monitor.review.lexicon_work import LexiconWork

    work = LexiconWork(connection.recv())
    while True:
        name, arguments = connection.recv()
        if name in _OF_TRIALS:
            _be_nice(NICENESS_OF_TRIALS)
        connection.send(_answer(work, name, arguments))
        heap.give_back()


def _be_nice(niceness: int) -> None:
    with contextlib.suppress(OSError):
        os.nice(max(0, niceness - os.nice(0)))


def _answer(work: Any, name: str, arguments: tuple[Any, ...]) -> tuple[str, Any]:
    try:
        return DONE, getattr(work, name)(*arguments)
    except ChangeError as error:
        return REFUSED, error.what
    except DataError as error:
        return WRONG_FILES, error.problems
    except MonitorError as error:
        return FAILED, str(error)
    except Exception as error:  # one hostile text must not take the process and what others wait for
        return FAILED, f"{type(error).__name__}: {error}"[:300]


if __name__ == "__main__":
    main()
