"""Recordings that change under way, and damaged ones: times stay right, and what is missing is told."""

from __future__ import annotations

import time
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from media_samples import HEIGHT_PX, WIDTH_PX, join, join_flv, shorten, write
from test_decode import run

from monitor.records import Sense
from monitor.timeline import Span, total_ms

WRONG_MS = 100


def test_flv_that_changes_its_size_is_followed(tmp_path: Path) -> None:
    """A sender that turns the phone sends a new header midway: each look has its own size and the right time."""
    first = write(tmp_path / "1.flv")
    second = write(tmp_path / "2.flv", size=(HEIGHT_PX * 4, WIDTH_PX), clock_s=6)
    got = run(join_flv(tmp_path / "a.flv", first, second, 6000))
    assert [frame.image.shape[1] for frame in got.frames] == [WIDTH_PX] * 3 + [HEIGHT_PX * 4] * 3
    assert all(abs(at_ms - clock_ms) <= WRONG_MS for at_ms, clock_ms in got.clocks)
    assert got.decoded.gaps == ()


@pytest.mark.parametrize("container", ["ts", "flv"])
@pytest.mark.parametrize(("rate_hz", "layout"), [(48_000, "mono"), (44_100, "stereo"), (22_050, "stereo")])
def test_sound_that_changes_its_rate_or_channels_goes_on(
    tmp_path: Path, container: str, rate_hz: int, layout: str
) -> None:
    """Each second sounds its own tone before and after the change."""
    options: dict[str, Any] = {"rate_hz": rate_hz, "layout": layout, "clock_s": 6}
    if container == "ts":
        first, second = write(tmp_path / "1.ts", start_s=10), write(tmp_path / "2.ts", start_s=16, **options)
        path = join(tmp_path / "a.ts", first, second)
    else:
        first, second = write(tmp_path / "1.flv"), write(tmp_path / "2.flv", **options)
        path = join_flv(tmp_path / "a.flv", first, second, 6000)
    got = run(path)
    assert got.seconds == {n: n for n in range(12)}
    assert total_ms(got.decoded.heard) > 12_000 - WRONG_MS
    assert got.gaps(Sense.SEEN) == []


@pytest.mark.parametrize("shift_ms", [-24_000, -40_000, 36_000_000])
def test_flv_whose_numbers_leap_goes_on_in_step(tmp_path: Path, shift_ms: int) -> None:
    """Half a minute back, to zero, hours ahead: both senses stay together, nothing is lost."""
    first, second = write(tmp_path / "1.flv", start_s=40), write(tmp_path / "2.flv", start_s=40, clock_s=6)
    got = run(join_flv(tmp_path / "a.flv", first, second, shift_ms))
    assert got.seconds == {n: n for n in range(12)}
    assert all(abs(at_ms - clock_ms) <= WRONG_MS for at_ms, clock_ms in got.clocks)
    assert total_ms(got.decoded.heard) > 12_000 - WRONG_MS
    assert all(after.start_ms >= before.end_ms for before, after in pairwise(got.decoded.heard))


def test_half_a_minute_leapt_over_in_flv_is_a_gap(tmp_path: Path) -> None:
    """Ahead by half a minute is a hole, in both senses, and what follows keeps its time."""
    first, second = write(tmp_path / "1.flv"), write(tmp_path / "2.flv", clock_s=36)
    got = run(join_flv(tmp_path / "a.flv", first, second, 36_000))
    assert got.seconds == {n: n for n in (*range(6), *range(36, 42))}
    assert all(abs(at_ms - clock_ms) <= WRONG_MS for at_ms, clock_ms in got.clocks)
    [(hole, _)] = got.gaps(Sense.HEARD)
    assert abs(hole.start_ms - 6000) < WRONG_MS
    assert abs(hole.end_ms - 36_000) < WRONG_MS
    assert [gap.sense for gap in got.early] == [Sense.HEARD, Sense.SEEN]


@pytest.mark.parametrize("file", ["a.mp4", "a.flv", "a.ts", "a.mkv"])
def test_one_byte_in_a_hundred_wrong_is_survived(tmp_path: Path, file: str) -> None:
    """What is still heard lies where it belongs; the rest is told as gaps."""
    path = write(tmp_path / file, seconds=12, options={"movflags": "faststart"} if file == "a.mp4" else None)
    data, rng = bytearray(path.read_bytes()), np.random.default_rng(3)
    spared = 8192 if file == "a.mp4" else 400  # an index with holes is no index: that is refused elsewhere
    for at in rng.integers(spared, len(data), len(data) // 100).tolist():
        data[at] = rng.integers(256)
    path.write_bytes(data)
    got = run(path)
    assert got.decoded.end_ms < 13_000
    right = [n for n, tone in got.seconds.items() if abs(n - tone) <= 1]
    assert len(right) >= 0.8 * len(got.seconds)
    assert total_ms(got.decoded.heard) > 1000 or got.gaps(Sense.HEARD)


@pytest.mark.parametrize("file", ["a.mp4", "a.flv", "a.mkv"])
def test_what_is_missing_of_a_declared_length_is_a_gap(tmp_path: Path, file: str) -> None:
    """Cut at two thirds, the end lies where the header put it, and the rest says why it is missing."""
    options = {"movflags": "faststart"} if file == "a.mp4" else None
    got = run(shorten(write(tmp_path / file, seconds=12, options=options)))
    for sense in (Sense.HEARD, Sense.SEEN):
        span, reason = got.gaps(sense)[-1]
        assert abs(span.end_ms - 12_000) <= WRONG_MS
        assert 6000 < span.start_ms < 9500
        assert "declares 12" in reason


def test_half_an_hour_of_silence_is_fast_and_covered(tmp_path: Path) -> None:
    """Silence is sound: heard from beginning to end, at hundreds of times real time."""
    path = write(tmp_path / "a.m4a", seconds=1800, video=None, rate_hz=16_000, volume=0)
    start = time.monotonic()
    got = run(path, video=True)
    assert time.monotonic() - start < 30
    assert got.decoded.heard == (Span(0, got.decoded.end_ms),)
    assert abs(got.decoded.end_ms - 1_800_000) < WRONG_MS
    assert max(float(np.abs(chunk.samples).max()) for chunk in got.chunks) < 0.01
