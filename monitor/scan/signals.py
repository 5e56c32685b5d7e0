"""Ctrl-C and a service manager's stop: the first asks, the second insists."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

TO_END = (signal.SIGINT, signal.SIGTERM)


@contextmanager
def heeding(stop: Callable[[], None]) -> Iterator[None]:
    """The first signal to end calls `stop`, the second interrupts whatever is done."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    told: list[int] = []

    def heed(number: int, _frame: FrameType | None) -> None:
        told.append(number)
        if len(told) > 1:
            raise KeyboardInterrupt
        stop()

    before = {number: signal.signal(number, heed) for number in TO_END}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def held_back() -> Iterator[None]:
    """Signals to end wait until this is left. A process started meanwhile holds them back too, until it
    ignores them."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, TO_END)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def ignore() -> None:
    """This process leaves such signals to its parent; those held back while it was started are dropped."""
    for number in TO_END:
        signal.signal(number, signal.SIG_IGN)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, TO_END)
