"""Files still being written: told by growth, with one short pause for all."""

import os
import threading
import time
from contextlib import contextmanager

from monitor.source.settled import LOOK_S, QUIET_S, growing


@contextmanager
def writer(path, every_s):
    """Appends to the file so often until left."""
    stop = threading.Event()

    def append():
        while not stop.wait(every_s):
            with path.open("ab") as file:
                file.write(b"more")

    thread = threading.Thread(target=append)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def aged(path, age_s):
    path.write_bytes(b"media")
    os.utime(path, (time.time() - age_s,) * 2)
    return path


def test_old_files_cost_no_pause(tmp_path):
    """A folder of old recordings is searched without waiting."""
    files = [aged(tmp_path / f"{n}.ts", 3600) for n in range(50)]
    began = time.monotonic()
    assert growing(files, settle_s=10) == set()
    assert time.monotonic() - began < LOOK_S / 2


def test_a_file_that_grows_is_written(tmp_path):
    """Of two young files the one that grows is told from the one that does not."""
    still, grows = aged(tmp_path / "still.ts", 5), aged(tmp_path / "grows.ts", 5)
    with writer(grows, 0.05):
        assert growing([still, grows], settle_s=10) == {grows}


def test_a_slow_writer_is_not_mistaken_for_a_finished_file(tmp_path):
    """A recorder that flushes once a second does not grow between two quick looks, and is found out all the same."""
    slow = aged(tmp_path / "slow.ts", 0)
    with writer(slow, 1.0):
        assert growing([slow], settle_s=10) == {slow}


def test_fresh_files_that_do_not_grow_are_settled(tmp_path):
    """A folder copied a moment ago is scanned, after one pause for all of it."""
    files = [aged(tmp_path / f"{n}.ts", 0) for n in range(20)]
    began = time.monotonic()
    assert growing(files, settle_s=10) == set()
    assert time.monotonic() - began < QUIET_S + LOOK_S + 0.5


def test_a_listed_file_need_not_have_been_quiet(tmp_path):
    """What an operator has listed is only looked at twice."""
    fresh = aged(tmp_path / "a.ts", 0)
    began = time.monotonic()
    assert growing([fresh], settle_s=10, listed=frozenset({fresh})) == set()
    assert time.monotonic() - began < QUIET_S / 2
    with writer(fresh, 0.05):
        assert growing([fresh], settle_s=10, listed=frozenset({fresh})) == {fresh}


def test_a_clock_ahead_does_not_hold_us_up(tmp_path):
    """A time stamp from a machine whose clock is ahead waits no longer than any other."""
    ahead = aged(tmp_path / "a.ts", -86_400)
    began = time.monotonic()
    assert growing([ahead], settle_s=10) == set()
    assert time.monotonic() - began < QUIET_S + LOOK_S + 0.5


def test_a_file_that_vanishes_is_not_settled(tmp_path):
    """A file deleted while looked at, as recorders do after a remux, is left alone."""
    gone = aged(tmp_path / "gone.ts", 5)
    timer = threading.Timer(LOOK_S / 3, gone.unlink)
    timer.start()
    assert growing([gone], settle_s=10) == {gone}
    timer.join()


def test_settling_can_be_switched_off(tmp_path):
    """With a settling time of 0 nothing is waited for."""
    began = time.monotonic()
    assert growing([aged(tmp_path / "a.ts", 0)], settle_s=0) == set()
    assert time.monotonic() - began < LOOK_S / 2


def test_now_can_be_given(tmp_path):
    """Age counts from the given present."""
    file = aged(tmp_path / "a.ts", 0)
    began = time.monotonic()
    assert growing([file], settle_s=10, now_s=time.time() + 60) == set()
    assert time.monotonic() - began < LOOK_S / 2
