"""What a job is known by, and when a recording is left alone."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from monitor.config import Settings
from monitor.records import Stream
from monitor.scan import plan, set_aside
from monitor.store import Failure


@pytest.fixture
def stream(tmp_path: Path) -> Stream:
    media, danmaku = tmp_path / "a.flv", tmp_path / "a.xml"
    media.write_bytes(os.urandom(3 << 20))
    danmaku.write_text("<i></i>")
    return Stream("a", (media,), "douyin", danmaku=(danmaku,))


def fingerprint(stream: Stream, **settings: object) -> str:
    planned = plan([stream], Settings(**settings))
    (job,) = planned.jobs
    assert planned.failed == ()
    return job.fingerprint


def test_the_same_recording_is_known_again(stream: Stream) -> None:
    """Where nothing changed that changes the result, a job has the same name in every run."""
    assert fingerprint(stream) == fingerprint(stream, jobs=3, workspace=Path("elsewhere"), lead_in_ms=1)


def test_whatever_changes_the_result_makes_another_job(stream: Stream) -> None:
    """Content at either end, what lies beside it, whose it is and when it was, and the settings that shape cues."""
    seen = {fingerprint(stream), fingerprint(stream, screen_every_ms=500), fingerprint(stream, speech_beam=1)}
    stream.danmaku[0].write_text("<i><d p='1'>返现</d></i>")
    seen.add(fingerprint(stream))
    (stream.source.parent / "products.csv").write_text("name,price\n被子,99\n")
    seen.add(fingerprint(stream))
    seen.add(fingerprint(Stream("a", stream.parts, "kuaishou", danmaku=stream.danmaku)))
    with stream.source.open("r+b") as file:
        file.seek(-10, os.SEEK_END)
        file.write(b"different!")
    seen.add(fingerprint(stream))
    assert len(seen) == 7


def test_a_recording_that_is_gone_fails_alone(stream: Stream, tmp_path: Path) -> None:
    """The others are planned; what cannot be read is named with its reason."""
    planned = plan([stream, Stream("b", (tmp_path / "b.flv",))], Settings())
    assert [job.stream.room for job in planned.jobs] == ["a"]
    (failed,) = planned.failed
    assert str(tmp_path / "b.flv") in failed.reason
    assert "cannot be read" in failed.reason


def test_danmaku_that_is_gone_costs_no_recording(stream: Stream) -> None:
    """What lies beside a recording is a gap when it cannot be read, never a reason not to scan."""
    stream.danmaku[0].unlink()
    assert plan([stream], Settings()).failed == ()


def test_a_recording_that_failed_three_times_is_left_alone_until_it_is_named_or_changed(stream: Stream) -> None:
    """Quarantine says how often, why, and how to try again."""
    jobs = list(plan([stream], Settings()).jobs)
    (job,) = jobs
    twice = {job.key: Failure(job.media_key, 2, "no index")}
    thrice = {job.key: Failure(job.media_key, 3, f"{stream.source}: no index")}
    changed = {job.key: Failure("other content", 3, "no index")}
    assert set_aside(jobs, {}, []) == set_aside(jobs, twice, []) == set_aside(jobs, changed, []) == (jobs, [])
    left, (quarantined,) = set_aside(jobs, thrice, [])
    assert left == []
    assert quarantined.reason == (
        f"{stream.source}: quarantined after 3 failures (no index); scan it by name to try it again"
    )
    assert set_aside(jobs, thrice, [stream.source]) == (jobs, [])
