"""Files that are none, and decoders that die: nothing may harm the parent."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest
from media_samples import alive, shorten, write
from test_media_coverage import assert_partition

from monitor.errors import InputError
from monitor.media import AudioChunk, Cutter, Decoded, MediaFacts, Piece, decode, probe
from monitor.records import Sense
from monitor.timeline import Span

PLAYLIST = b"#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:2,\nother.ts\n#EXT-X-ENDLIST\n"
SCRIPT = b"ffconcat version 1.0\nfile other.ts\n"


def children(pid: int) -> set[int]:
    found: set[int] = set()
    for task in Path(f"/proc/{pid}/task").iterdir():
        found |= {int(child) for child in (task / "children").read_text().split()}
    return found


def wait_until(holds, seconds: float = 10) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if holds():
            return True
        time.sleep(0.02)
    return False


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "empty"),
        (b"only words, many of them. " * 100, "not a media file"),
        (PLAYLIST, "playlist"),
        (b"\xef\xbb\xbf\n" + PLAYLIST, "playlist"),
        (SCRIPT, "concat script"),
        (b"# a comment first\n" + SCRIPT, "not a media file"),
        (os.urandom(4096), "not a media file"),
    ],
)
@pytest.mark.parametrize("name", ["a.mp4", "a.ts"])
def test_what_is_no_media_is_refused_whatever_its_name(tmp_path: Path, data: bytes, says: str, name: str) -> None:
    """One line says which file, what is wrong and what to do; a neighbour that a script names is never opened."""
    write(tmp_path / "other.ts", seconds=1)
    path = tmp_path / name
    path.write_bytes(data if data[:1] != b"\x47" else b"x" + data)
    with pytest.raises(InputError, match=says) as refusal:
        list(decode(path))
    assert str(refusal.value).startswith(f"{path}: ")
    assert "; " in str(refusal.value)
    assert "\n" not in str(refusal.value)


def test_an_mp4_without_its_index_is_refused(tmp_path: Path) -> None:
    """A recording that was never finished says so."""
    with pytest.raises(InputError, match="moov"):
        list(decode(shorten(write(tmp_path / "a.mp4", seconds=3))))


def test_missing_files_and_folders_are_refused(tmp_path: Path) -> None:
    """The reason is the system's own."""
    with pytest.raises(InputError, match="No such file"):
        list(decode(tmp_path / "none.mp4"))
    with pytest.raises(InputError, match="directory"):
        probe(tmp_path)


def test_a_file_that_never_opens_is_given_up(tmp_path: Path) -> None:
    """A hang before the first fact is an input error after `stall_s`, not a hang of the caller."""
    path, before = write(tmp_path / "a.mp4", seconds=2), children(os.getpid())

    def stop_it() -> None:
        def begun() -> set[int]:  # before its exec a stopped child would stop its parent, too
            new = children(os.getpid()) - before
            return {pid for pid in new if b"monitor.media.child" in Path(f"/proc/{pid}/cmdline").read_bytes()}

        assert wait_until(lambda: bool(begun()))
        for pid in begun():
            os.kill(pid, signal.SIGSTOP)

    thread = threading.Thread(target=stop_it)
    start = time.monotonic()
    thread.start()
    with pytest.raises(InputError, match=r"no progress for 0\.5 s"):
        list(decode(path, stall_s=1))
    thread.join()
    assert time.monotonic() - start < 10


def test_what_is_no_file_is_refused_at_once(tmp_path: Path) -> None:
    """A pipe nobody writes to, a socket, a device: told by what they are, without waiting for them."""
    os.mkfifo(tmp_path / "pipe.mp4")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(tmp_path / "socket.flv"))
        start = time.monotonic()
        for path in (tmp_path / "pipe.mp4", tmp_path / "socket.flv", Path("/dev/zero")):
            with pytest.raises(InputError, match="a pipe, socket or device"):
                list(decode(path))
        assert time.monotonic() - start < 10


@pytest.fixture
def long_file(tmp_path: Path) -> Path:
    """Far more than fits into the pipe, so that its decoder is still at work when it is disturbed."""
    return write(tmp_path / "a.mp4", seconds=40, fps=10, gop=5, size=(960, 544), audio="aac")


@pytest.mark.parametrize(
    ("strike", "says"),
    [(signal.SIGSTOP, "no progress for 6 s"), (signal.SIGKILL, "signal 9"), (signal.SIGSEGV, "signal 11")],
)
def test_a_decoder_that_stops_leaves_a_gap(long_file: Path, strike: signal.Signals, says: str) -> None:
    """What was decoded stays, the rest is a gap with the reason, and no process is left behind."""
    before = children(os.getpid())
    stream = decode(long_file, every_ms=200, stall_s=6)
    assert isinstance(next(stream), MediaFacts)
    [pid] = children(os.getpid()) - before
    first = next(item for item in stream if isinstance(item, AudioChunk))
    os.kill(pid, strike)
    *_rest, last = stream
    assert first.start_ms == 0
    assert isinstance(last, Decoded)
    assert_partition(last)
    assert last.heard[0].start_ms == 0
    assert last.end_ms >= 39_000
    assert {gap.sense for gap in last.gaps if says in gap.reason} == {Sense.HEARD, Sense.SEEN}
    assert not alive(pid)


def test_leaving_early_ends_the_decoder(long_file: Path) -> None:
    """A caller that loses interest leaves no process behind."""
    before = children(os.getpid())
    stream = decode(long_file, every_ms=200)
    next(stream)
    [pid] = children(os.getpid()) - before
    stream.close()
    assert not alive(pid)


def test_the_decoder_dies_with_its_parent(long_file: Path) -> None:
    """Even when the parent is killed outright."""
    script = (
        "import sys, time, pathlib\nfrom monitor.media import decode\n"
        f"stream = decode(pathlib.Path({str(long_file)!r}), every_ms=200)\nnext(stream)\nprint('begun', flush=True)\n"
        "time.sleep(60)\n"
    )
    parent = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE)
    try:
        assert parent.stdout is not None
        assert parent.stdout.readline() == b"begun\n"
        [pid] = children(parent.pid)
        assert alive(pid)
    finally:
        parent.kill()
        parent.wait()
        parent.stdout.close()
    assert wait_until(lambda: not alive(pid))


def test_the_decoder_outlives_the_thread_that_began_it(long_file: Path) -> None:
    """A pool may begin a stream in one thread and finish it in another."""
    stream = decode(long_file, every_ms=2000)
    begun: list[object] = []
    thread = threading.Thread(target=lambda: begun.append(next(stream)))
    thread.start()
    thread.join()
    time.sleep(0.3)
    *_rest, last = stream
    assert isinstance(last, Decoded)
    assert last.gaps == ()


def test_too_little_memory_costs_the_file_not_the_parent(tmp_path: Path) -> None:
    """A picture larger than the decoder's memory becomes a gap; the sound read until then stays."""
    path = write(tmp_path / "a.mp4", seconds=3, fps=2, size=(3840, 2160))
    last = list(decode(path, memory_mb=256))[-1]
    assert isinstance(last, Decoded)
    assert_partition(last)
    assert any(gap.sense is Sense.SEEN for gap in last.gaps)


def test_the_cutter_survives_its_child(tmp_path: Path) -> None:
    """A cutter whose child is killed between two requests serves the next one with a new child."""
    path = write(tmp_path / "a.mp4", seconds=3)
    with Cutter(stall_s=5) as cutter:
        before = children(os.getpid())
        cutter.still(path, 0)
        [pid] = children(os.getpid()) - before
        os.kill(pid, signal.SIGKILL)
        assert wait_until(lambda: not alive(pid))
        assert cutter.still(path, 0).ndim == 3
        assert children(os.getpid()) - before != {pid}


def test_the_cutter_does_not_tire_of_bad_files(tmp_path: Path) -> None:
    """However many clips fail, the next good one is cut, and few files stay open in between."""
    good = write(tmp_path / "a.ts", seconds=3)
    bad = tmp_path / "bad.ts"
    bad.write_bytes(bytes(good.read_bytes()[:376]) + os.urandom(20_000))
    with Cutter() as cutter:
        for _ in range(70):
            with pytest.raises(InputError):
                cutter.clip([Piece(bad, Span(0, 1000))], tmp_path / "clip.mp4")
        assert cutter.clip([Piece(good, Span(0, 1000))], tmp_path / "clip.mp4").duration_ms > 900
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.ts", "bad.ts", "clip.mp4"]


def test_the_cutter_is_bounded_as_the_decoder_is(tmp_path: Path) -> None:
    """What needs more memory than allowed costs that one request; the next is served by another child."""
    large = write(tmp_path / "large.mp4", seconds=1, fps=2, size=(7680, 4320), audio=None)
    small = write(tmp_path / "small.mp4", seconds=1, audio=None)
    with Cutter(memory_mb=300) as cutter:
        with pytest.raises(InputError):
            cutter.still(large, 0)
        assert cutter.still(small, 0).ndim == 3


@pytest.mark.parametrize("file", ["a.mp4", "a.flv", "a.ts", "a.mkv"])
def test_mutated_media_never_harm_the_parent(tmp_path: Path, file: str) -> None:
    """Flipped, overwritten and missing bytes end in coverage, in gaps or in a refusal; nothing else."""
    whole = write(tmp_path / file, seconds=4, options={"movflags": "faststart"} if file == "a.mp4" else None)
    rng = np.random.default_rng(7)
    for _ in range(6):
        data = bytearray(whole.read_bytes())
        for at in rng.integers(0, len(data) - 500, 20).tolist():
            match at % 3:
                case 0:
                    data[at] ^= 1 << at % 8
                case 1:
                    data[at : at + 100] = rng.bytes(100)
                case 2:
                    del data[at : at + 100]
        broken = tmp_path / f"broken-{file}"
        broken.write_bytes(data)
        try:
            *_items, last = decode(broken, stall_s=20)
        except InputError:
            continue
        assert isinstance(last, Decoded)
        assert_partition(last)
        assert last.end_ms < 48 * 3600 * 1000
        assert not any("decoder stopped" in gap.reason for gap in last.gaps)


def test_importing_the_room_does_not_load_the_decoder() -> None:
    """FFmpeg comes into no process but the child."""
    code = "import sys, monitor.media; sys.exit('av' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
