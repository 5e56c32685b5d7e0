"""Cues sorted beyond memory: the same order as a plain sort, in little memory, and nothing left on the disk."""

import errno
import os
import random
import resource
import signal
import tempfile
import tracemalloc
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.chat.by_time import ByTime
from monitor.records import Channel, Cue, Role
from monitor.timeline import Span


def cue(number: int, at_ms: int, text: str = "好", **more) -> Cue:
    return Cue(f"chat:{number}", Channel.CHAT, Span(at_ms, at_ms + 1000), text, role=Role.VIEWER, sender="ab", **more)


def in_order(cues: list[Cue]) -> list[Cue]:
    return sorted(cues, key=lambda c: (c.span, c.cue_id))


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.lists(st.integers(0, 500), max_size=40) | st.integers(0, 600), max_size=12),
    st.integers(1, 30),
)
def test_the_order_of_a_plain_sort(steps, run_cues):
    """However cues come in and are asked for in between, each asking gives what a plain sort of the rest would."""
    sorted_on_disk, plain, number = ByTime(run_cues=run_cues), [], 0
    for step in [*steps, None]:
        if isinstance(step, list):
            for at_ms in step:
                sorted_on_disk.add(cue(number, at_ms))
                plain.append(cue(number, at_ms))
                number += 1
            continue
        due = [c for c in in_order(plain) if step is None or c.span.start_ms < step]
        plain = [c for c in plain if c not in due]
        assert list(sorted_on_disk.before(step)) == due
    assert plain == []
    sorted_on_disk.close()


def test_what_comes_back_is_what_went_in():
    """Roles, channels, senders and any text survive the disk, half an emoji included."""
    odd = [
        Cue("message:0", Channel.MESSAGE, Span(5, 1005), "a\ufffd\0\n😀" * 9, role=Role.STAFF, sender="0123"),
        Cue("chat:0", Channel.CHAT, Span(5, 1005), "\ud83d", role=Role.HOST),
    ]
    waiting = ByTime(run_cues=1)
    for each in odd:
        waiting.add(each)
    assert list(waiting.before(None)) == in_order(odd)


def test_memory_does_not_grow_with_the_cues():
    """A hundred thousand cues in random order take less than twenty megabytes, and lie in no named file."""
    times = random.Random(1)
    before = set(Path(tempfile.gettempdir()).iterdir())
    tracemalloc.start()
    with ByTime() as waiting:
        for number in range(100_000):
            waiting.add(cue(number, times.randrange(43_200_000), "主播晚上好"))
        assert not {p for p in set(Path(tempfile.gettempdir()).iterdir()) - before if p.name.startswith("tmp")}
        count, last = 0, -1
        for each in waiting.before(None):
            assert each.span.start_ms >= last
            last = each.span.start_ms
            count += 1
        peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert count == 100_000
    assert peak < 20_000_000


def test_a_full_disk_loses_nothing_that_was_taken():
    """The disk that takes no more is an OSError; every cue given so far still comes back, in order."""
    waiting, given_in = ByTime(run_cues=100), []
    pid = os.fork()
    if pid == 0:  # a limit on file sizes stays with its process
        code = 1
        try:
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, 10_000))
            try:
                for number in range(10_000):
                    given_in.append(cue(number, 10_000 - number))
                    waiting.add(given_in[-1])
            except OSError as error:
                code = 0 if error.errno == errno.EFBIG and list(waiting.before(None)) == in_order(given_in) else 2
        finally:
            os._exit(code)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0


def test_closing_gives_the_disk_back():
    """After `close` nothing is left to give and the file is gone; closing twice is nothing."""
    waiting = ByTime(run_cues=1)
    waiting.add(cue(0, 0))
    waiting.close()
    waiting.close()
    assert list(waiting.before(None)) == []


def test_long_texts_go_to_the_disk_early():
    """What is held is bounded by the characters too: forty million of them pass through in half that memory."""
    tracemalloc.start()
    with ByTime() as waiting:
        for number in range(2000):
            waiting.add(cue(number, number, str(number % 10) * 20_000))
        assert all(len(c.text) == 20_000 for c in waiting.before(None))
        peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 20_000_000
