"""Progress and time left: honest over streams of different size, runs that go on, and pipes."""

import io
import time
from pathlib import Path

import pytest
from coded_media import flag, violation
from rich.cells import cell_len
from rich.console import Console

from monitor.cli.bars import Bars
from monitor.cli.tally import SOON_S, Tally, time_left
from monitor.pipeline import Outcome
from monitor.records import Stream
from monitor.scan import Job

HOUR_MS = 3_600_000


class Clock:
    """A clock that stands until it is moved."""

    def __init__(self) -> None:
        self.at_s = 0.0

    def __call__(self) -> float:
        return self.at_s


def job(path: Path, size: int = 1000, room: str = "") -> Job:
    path.write_bytes(b"\0" * size)
    return Job(Stream(room or path.stem, (path,)), str(path), "m", "f")


def bars(jobs: list[Job], clock: Clock, *, terminal: bool = False, **more) -> tuple[Bars, io.StringIO]:
    file = io.StringIO()
    console = Console(file=file, width=110, force_terminal=terminal, color_system=None)
    return Bars(jobs, quiet=more.pop("quiet", False), console=console, now_s=clock, **more), file


def test_streams_weigh_by_their_bytes():
    """Half of a stream that is nine tenths of the bytes is 45 % of the work."""
    tally = Tally({"large": [9000], "small": [1000]})
    tally.began("large", 0)
    tally.reached("large", HOUR_MS // 2, HOUR_MS, 60)

    assert tally.share == pytest.approx(0.45)


def test_the_end_of_a_stream_is_not_its_declared_length():
    """A stream counts as done when it has ended, not when its position reaches what the header says or passes it."""
    tally = Tally({"a": [1000]})
    tally.began("a", 0)
    tally.reached("a", 2 * HOUR_MS, HOUR_MS, 60)

    assert tally.share < 1
    tally.ended("a", 2 * HOUR_MS)
    assert tally.share == 1


def test_parts_weigh_by_their_bytes_too():
    """The second of two parts begins where the first one's bytes end, whatever their times say."""
    tally = Tally({"a": [3000, 1000]})
    tally.began("a", 0)
    tally.reached("a", 50_000, 100_000, 1)
    assert tally.share == pytest.approx(0.375)
    tally.reached("a", 100_000, 100_000, 2)
    tally.reached("a", 101_000, 200_000, 3)
    assert tally.share == pytest.approx(0.75 + 0.25 * 0.01)
    tally.reached("a", 150_000, 200_000, 4)
    assert tally.share == pytest.approx(0.875)


def test_progress_never_goes_backwards():
    """A container that changes its mind about its length does not take back what was shown."""
    tally = Tally({"a": [1000]})
    tally.began("a", 0)
    tally.reached("a", 50_000, 100_000, 1)
    tally.reached("a", 51_000, 10_000_000, 2)

    assert tally.share == pytest.approx(0.5, abs=0.01)


def test_a_stream_that_declares_no_length_goes_by_the_bytes_of_the_others():
    """What finished streams took a millisecond is the measure; before any has finished nothing is claimed."""
    tally = Tally({"a": [1000], "b": [1000]})
    for key in "ab":
        tally.began(key, 0)
    tally.reached("b", 30_000, None, 10)
    assert tally.share_of("b") == 0
    tally.reached("a", 60_000, 60_000, 10)
    tally.ended("a", 60_000)
    tally.reached("b", 30_000, None, 10)
    assert tally.share_of("b") == pytest.approx(0.5)


def test_the_rest_takes_as_long_as_the_pace_so_far_says():
    """A quarter in 100 s leaves 300 s."""
    tally = Tally({key: [1000] for key in "abcd"})
    tally.began("a", 50)
    tally.reached("a", 1000, 1000, 150)
    tally.ended("a", 1000)

    assert tally.left_s(150) == pytest.approx(300)


def test_at_first_nothing_is_said_about_the_rest():
    """A guess from a few seconds or a few bytes would only jump."""
    tally = Tally({"a": [1000], "b": [10_000_000]})
    tally.began("a", 0)
    tally.reached("a", 900, 1000, SOON_S - 1)
    assert tally.left_s(SOON_S - 1) is None
    assert tally.left_s(SOON_S + 1) is None
    assert time_left(None) == "time left not yet known"


def test_a_failed_stream_is_out_of_the_way_and_no_sign_of_speed():
    """A broken gigabyte refused at once does not make the rest look quick."""
    tally = Tally({"broken": [1_000_000], "a": [1000], "b": [1000]})
    tally.began("broken", 0)
    tally.ended("broken", None)
    tally.began("a", 0)
    tally.reached("a", 1000, 1000, 100)
    tally.ended("a", 1000)
    tally.began("b", 100)
    tally.reached("b", 500, 1000, 150)

    assert tally.left_s(150) == pytest.approx(50)


def test_what_an_earlier_run_did_counts_as_done_and_not_as_pace():
    """Gone on at the half and 10 % further after 100 s: 400 s are left, not 67."""
    tally = Tally({"a": [1000]})
    tally.began("a", 0)
    tally.resumed("a", 500_000)
    tally.reached("a", 250_000, 1_000_000, 1)
    tally.reached("a", 500_000, 1_000_000, 2)
    tally.reached("a", 600_000, 1_000_000, 102)

    assert tally.share == pytest.approx(0.6)
    assert tally.left_s(102) == pytest.approx(400, rel=0.03)


def test_the_last_slow_stream_decides_when_all_is_done():
    """Two at a time were quick; the one that is left goes on at its own pace, alone."""
    tally = Tally({"quick": [9000], "slow": [1000]})
    for key in ("quick", "slow"):
        tally.began(key, 0)
    tally.reached("slow", 100, 1000, 100)
    tally.reached("quick", 1000, 1000, 100)
    tally.ended("quick", 1000)

    assert tally.left_s(100) == pytest.approx(900)


def test_at_a_steady_pace_the_announced_end_stands():
    """Ten streams of very different size, two at a time, the same bytes a second: the announced end moves little."""
    sizes = [100, 4000, 700, 2500, 50, 9000, 1200, 3300, 60, 5000]
    tally = Tally({str(n): [size] for n, size in enumerate(sizes)})
    waiting, at_work, now_s = list(range(len(sizes))), {}, 0.0
    ends = []
    while waiting or at_work:
        while waiting and len(at_work) < 2:
            number = waiting.pop(0)
            at_work[number] = 0.0
            tally.began(str(number), now_s)
        now_s += 1
        for number in list(at_work):
            at_work[number] += 10
            tally.reached(str(number), int(at_work[number]), sizes[number], now_s)
            if at_work[number] >= sizes[number]:
                tally.ended(str(number), sizes[number])
                del at_work[number]
        if (left_s := tally.left_s(now_s)) is not None and now_s > 100:
            ends.append(now_s + left_s)

    assert all(abs(end - now_s) < 0.15 * now_s for end in ends)


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (3, "about 10 s left"),
        (72, "about 70 s left"),
        (100, "about 2 min left"),
        (3599, "about 1 h 00 min left"),
        (7900, "about 2 h 10 min left"),
    ],
)
def test_time_left_is_no_finer_than_a_guess(seconds: float, said: str):
    """Steps grow with the time."""
    assert time_left(seconds) == said


def test_on_a_pipe_each_finished_stream_is_a_line_with_its_coverage(tmp_path: Path):
    """0 flags never stands alone; a flag told twice while it grows counts once, a candidate does not."""
    one, two, clock = job(tmp_path / "one.mp4"), job(tmp_path / "two.mp4"), Clock()
    drawn, file = bars([one, two], clock)
    with drawn:
        drawn.began(one)
        drawn.began(two)
        clock.at_s = 10
        drawn.progress(one, 30_000, 60_000)
        for _ in range(2):
            drawn.flagged(one, flag(violation(0, 1000), Path("one.mp4")))
        drawn.ended(one, Outcome(60_000, 60_000, 45_000), "")
        drawn.ended(two, None, f"{two.stream.source}: no index")

    assert file.getvalue().splitlines() == [
        "one: 1 flag, heard 100 %, seen 75.0 % of 1:00, 6.0 × real time",
        "two: failed",
    ]


def test_on_a_pipe_the_state_of_all_comes_regularly(tmp_path: Path):
    """Also when no worker says anything: share, streams, pace and time left."""
    one, clock = job(tmp_path / "one.mp4"), Clock()
    drawn, file = bars([one], clock, line_every_s=0.02)
    with drawn:
        drawn.began(one)
        clock.at_s = 100
        drawn.progress(one, 600_000, 2_400_000)
        deadline = time.monotonic() + 5
        while "time" not in file.getvalue() and time.monotonic() < deadline:
            time.sleep(0.01)

    assert "25 % done, 0 of 1 streams, 6.0 × real time, about 5 min left" in file.getvalue()


def test_a_stream_that_goes_on_counts_its_own_flags_as_new(tmp_path: Path):
    """Flags of the earlier run are not told again, so the number does not claim to be all."""
    one, clock = job(tmp_path / "one.mp4"), Clock()
    drawn, file = bars([one], clock)
    with drawn:
        drawn.began(one)
        drawn.resumed(one, 30_000)
        clock.at_s = 10
        drawn.ended(one, Outcome(60_000, 60_000, 60_000), "")

    assert "one: 0 new flags" in file.getvalue()
    assert "3.0 × real time" in file.getvalue()


def test_a_stream_that_waits_says_why(tmp_path: Path):
    """Before it began, too, and on one line whatever the reason holds."""
    one, clock = job(tmp_path / "one.mp4"), Clock()
    drawn, file = bars([one], clock)
    with drawn:
        drawn.waiting(one, "another process\nis scanning it")
        drawn.ended(one, None, "busy")

    assert file.getvalue().splitlines()[0] == r"one: waiting: another process\nis scanning it"


def test_a_stream_taken_up_again_counts_once(tmp_path: Path):
    """Its worker died, another goes on with it: one stream of one, and what this run did before still counts."""
    one, clock = job(tmp_path / "one.mp4"), Clock()
    drawn, file = bars([one], clock)
    with drawn:
        drawn.began(one)
        drawn.progress(one, 30_000, 60_000)
        drawn.flagged(one, flag(violation(0, 1000), Path("one.mp4"), flag_id="before"))
        drawn.ended(one, None, "interrupted")
        drawn.began(one)
        drawn.resumed(one, 20_000)
        clock.at_s = 20
        drawn.progress(one, 20_000, 60_000)
        drawn.flagged(one, flag(violation(0, 1000), Path("one.mp4"), flag_id="after"))
        drawn.ended(one, Outcome(60_000, 60_000, 60_000), "")

    assert file.getvalue().splitlines()[0] == "one: interrupted"
    assert file.getvalue().splitlines()[1].startswith("one: 2 flags")


def test_work_that_a_dead_worker_did_stays_done():
    """Progress does not fall back, and the pace counts what was done before and after, not what is done twice."""
    tally = Tally({"a": [1000]})
    tally.began("a", 0)
    tally.reached("a", 400_000, 1_000_000, 100)
    tally.began("a", 100)
    tally.resumed("a", 300_000)
    tally.reached("a", 100_000, 1_000_000, 101)
    assert tally.share == pytest.approx(0.4)
    tally.reached("a", 500_000, 1_000_000, 200)

    assert tally.share == pytest.approx(0.5)
    assert tally.left_s(200) == pytest.approx(500, rel=0.05)
    assert tally.media_ms == 500_000


def test_a_stream_that_waits_for_another_worker_is_still_to_be_done():
    """Between two tries it does not count as done."""
    tally = Tally({"a": [1000], "b": [1000]})
    tally.began("a", 0)
    tally.reached("a", 500, 1000, 100)
    tally.ended("a", None)
    tally.waiting("a")

    assert tally.share == pytest.approx(0.25)


def test_quiet_says_nothing(tmp_path: Path):
    """Neither bars nor lines."""
    one, clock = job(tmp_path / "one.mp4"), Clock()
    drawn, file = bars([one], clock, quiet=True, line_every_s=0.01)
    with drawn:
        drawn.began(one)
        drawn.progress(one, 10, 100)
        time.sleep(0.05)
        drawn.ended(one, Outcome(100, 100, 100), "")

    assert file.getvalue() == ""


def test_on_a_terminal_hostile_names_neither_act_nor_break_the_line(tmp_path: Path):
    """The name is spelt out and cut by the columns it takes."""
    rooms = ["直播间" * 30, "a\x1b]0;owned\x07\nb[red]"]
    jobs, clock = [job(tmp_path / f"{n}.mp4", room=room) for n, room in enumerate(rooms)], Clock()
    drawn, file = bars(jobs, clock, terminal=True)
    with drawn:
        for one in jobs:
            drawn.began(one)
        clock.at_s = 60
        for one in jobs:
            drawn.progress(one, 500, 1000)
        drawn._progress.refresh()
    said = file.getvalue()

    assert "\x1b]0" not in said
    assert "\x07" not in said
    assert r"a\x1b]0;owned\x07\nb[re…" in said
    lines = [line for line in said.splitlines() if "直播间" in line and "50 %" in line]
    assert lines
    assert all(cell_len(line) <= 110 for line in lines if "\x1b" not in line)


def test_a_file_that_vanished_still_has_a_bar(tmp_path: Path):
    """A size that cannot be asked for weighs nothing, and nothing fails."""
    gone = Job(Stream("gone", (tmp_path / "gone.mp4",)), "k", "m", "f")
    drawn, file = bars([gone], Clock())
    with drawn:
        drawn.began(gone)
        drawn.ended(gone, None, f"{gone.stream.source}: cannot be read")

    assert "gone: failed" in file.getvalue()
