"""Ctrl-C, stop, two scans at once, a worker that dies: nothing lost, nothing doubled."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from endurance.kills import stored, unpaired

ROOT = Path(__file__).parents[2]
BIN = Path(sys.executable).parent / "monitor"
SAMPLE = ROOT / "samples" / "s02-sneakers.flv"
pytestmark = [pytest.mark.model, pytest.mark.slow, pytest.mark.timeout(600)]


def start(folder: Path, *paths: object, **environment: str) -> subprocess.Popen[str]:
    """A scan in a group of its own, as a terminal or a service starts it."""
    command = [str(BIN), "scan", *map(str, paths), "--workspace", str(folder / "workspace")]
    return subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        env={**os.environ, **environment},
    )


def children(pid: int) -> set[int]:
    found: set[int] = set()
    with contextlib.suppress(OSError):
        for task in Path(f"/proc/{pid}/task").iterdir():
            found |= {int(child) for child in (task / "children").read_text().split()}
    return found


def workers(pid: int) -> list[int]:
    return [child for child in children(pid) if b"spawn_main" in Path(f"/proc/{child}/cmdline").read_bytes()]


def wait_for(holds, seconds: float = 120) -> None:
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "it never came to that"
        time.sleep(0.05)


def at_work(pid: int) -> bool:
    """Whether a worker decodes, so a stream is begun."""
    return any(children(worker) for worker in workers(pid))


@pytest.fixture(scope="module")
def measure(tmp_path_factory: pytest.TempPathFactory) -> list[dict]:
    """The flags of an undisturbed scan."""
    folder = tmp_path_factory.mktemp("calm")
    process = start(folder, SAMPLE)
    process.communicate()
    assert process.returncode == 0
    return stored(folder)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_and_stop_drain_and_exit_130(tmp_path: Path, measure: list[dict], number: signal.Signals) -> None:
    """The whole group gets the signal, as from a terminal or a service manager: the stream comes to its next unit, no
    decoder is taken for broken, and the same command goes on."""
    process = start(tmp_path, SAMPLE)
    wait_for(lambda: at_work(process.pid))
    time.sleep(1)
    os.killpg(process.pid, number)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 130, err
    assert "the same command goes on from there" in err
    assert "Traceback" not in err
    again = start(tmp_path, SAMPLE)
    _, err = again.communicate()
    assert again.returncode == 0, err
    assert stored(tmp_path) == measure
    assert unpaired(tmp_path / "workspace") == []


def test_a_second_ctrl_c_ends_at_once(tmp_path: Path, measure: list[dict]) -> None:
    """Who cannot wait need not; what was kept stays, no process is left, and the scan can go on."""
    process = start(tmp_path, SAMPLE)
    wait_for(lambda: at_work(process.pid))
    family = [process.pid, *workers(process.pid)]
    for worker in workers(process.pid):
        os.kill(worker, signal.SIGSTOP)  # so that it cannot drain
    process.send_signal(signal.SIGINT)
    time.sleep(0.5)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=20)
    assert process.returncode == 130, err
    assert "Traceback" not in err
    wait_for(lambda: not any(Path(f"/proc/{pid}").exists() for pid in family), 10)
    again = start(tmp_path, SAMPLE)
    again.communicate()
    assert again.returncode == 0
    assert stored(tmp_path) == measure


def test_a_signal_while_models_load_ends_soon(tmp_path: Path) -> None:
    """Nothing was begun, so there is nothing to wait for."""
    process = start(tmp_path, SAMPLE)
    wait_for(lambda: bool(workers(process.pid)))
    os.killpg(process.pid, signal.SIGINT)
    _, err = process.communicate(timeout=30)
    assert process.returncode == 130
    assert "Traceback" not in err


def test_two_scans_of_one_workspace_share_the_work(tmp_path: Path, measure: list[dict]) -> None:
    """Each stream is scanned once; both commands come to their end with all flags and exit 0."""
    for name in ("a.flv", "b.flv", "c.flv"):
        shutil.copy(SAMPLE, tmp_path / name)
        shutil.copy(SAMPLE.with_suffix(".xml"), (tmp_path / name).with_suffix(".xml"))
    names = [tmp_path / "a.flv", tmp_path / "b.flv", tmp_path / "c.flv"]
    pair = [
        start(tmp_path, *names, "--jobs", 1, "--jsonl", tmp_path / f"{n}.jsonl", MONITOR_SETTLE_S="0") for n in (1, 2)
    ]
    said = [process.communicate() for process in pair]
    assert [process.returncode for process in pair] == [0, 0], said
    files = [[json.loads(line) for line in (tmp_path / f"{n}.jsonl").read_text("utf-8").splitlines()] for n in (1, 2)]
    assert files[0] == files[1]
    assert len(files[0]) == 3 * len(measure)
    assert unpaired(tmp_path / "workspace") == []
    finished = sum(out.count(f"{name}: ") for _, out in said for name in "abc")
    assert finished >= 3


def test_a_worker_that_dies_again_and_again_costs_its_stream_and_no_other(tmp_path: Path, measure: list[dict]) -> None:
    """Three times another goes on with the stream, then it is quarantined with its reason; named, it is tried again."""
    (tmp_path / "in").mkdir()
    for name in ("bad.flv", "good.flv"):
        shutil.copy(SAMPLE, tmp_path / "in" / name)
        shutil.copy(SAMPLE.with_suffix(".xml"), (tmp_path / "in" / name).with_suffix(".xml"))

    def at_bad(worker: int) -> bool:
        """Its decoder has the bad file open."""
        for child in children(worker):
            with contextlib.suppress(OSError):
                for handle in Path(f"/proc/{child}/fd").iterdir():
                    with contextlib.suppress(OSError):
                        if handle.readlink().name == "bad.flv":
                            return True
        return False

    process = start(tmp_path, tmp_path / "in", "--jobs", 1, MONITOR_SETTLE_S="0")
    struck: set[int] = set()
    while process.poll() is None:
        for worker in workers(process.pid):
            if worker not in struck and at_bad(worker):
                struck.add(worker)
                with contextlib.suppress(ProcessLookupError):
                    os.kill(worker, signal.SIGKILL)
        time.sleep(0.01)
    _, err = process.communicate()
    assert len(struck) == 3, err
    assert process.returncode == 3, err
    assert "3 times; quarantined, scan it by name to try it again" in err
    rooms = {line["room"]: line for line in stored(tmp_path)}
    assert set(rooms) == {"good"}
    again = start(tmp_path, tmp_path / "in", MONITOR_SETTLE_S="0")
    _, err = again.communicate()
    assert again.returncode == 3
    assert "bad.flv: quarantined after 3 failures" in err
    named = start(tmp_path, tmp_path / "in" / "bad.flv", MONITOR_SETTLE_S="0")
    _, err = named.communicate()
    assert named.returncode == 0, err
    assert len(stored(tmp_path)) == 2 * len(measure)
    assert unpaired(tmp_path / "workspace") == []
