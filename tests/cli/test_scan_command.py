"""`monitor scan` as an operator calls it: real processes, real models, small rooms."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from rooms import room

BIN = Path(sys.executable).parent / "monitor"
ROOT = Path(__file__).parent.parent.parent
pytestmark = pytest.mark.model


def monitor(*arguments: object, given: str | None = None, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(BIN), *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
        input=given,
        timeout=240,
        env={**os.environ, **environment},
    )


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A healthy room with a scheme in the chat, beside what no player opens."""
    place = tmp_path_factory.mktemp("recordings")
    room(
        place, "show.mp4", seconds=12, danmaku=[(2.0, "主播", "老粉拍完等九点统一退，别提前退"), (5.0, "小王", "好的")]
    )
    (place / "notes.mp4").write_text("text renamed")
    (place / "empty.flv").write_bytes(b"")
    (place / "rooms.csv").write_text(
        "file,platform,creator,host_account,started_at\nshow.mp4,douyin,小店,主播,2026-11-20T20:00:00+08:00\n", "utf-8"
    )
    return place


@pytest.fixture(scope="module")
def first(folder: Path, tmp_path_factory: pytest.TempPathFactory):
    workspace = tmp_path_factory.mktemp("w") / "of" / "today"  # not there yet, and the flags go into it
    done = monitor("scan", folder, "--workspace", workspace, "--jsonl", workspace / "flags.jsonl")
    return workspace, done


def lines(path: Path) -> list[dict]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def test_a_bad_file_is_named_and_the_others_are_done(first):
    """Exit 3: one clear line for each input that failed, the healthy room scanned in full."""
    workspace, done = first

    assert done.returncode == 3, done.stderr
    assert "notes.mp4" in done.stderr
    assert "empty.flv" in done.stderr
    (flag,) = [f for f in lines(workspace / "flags.jsonl") if not f["candidate"]]
    assert flag["scheme"] == "refund_brushing"
    assert flag["room"] == "show"
    assert flag["platform"] == "douyin"
    assert flag["state"] == "closed"
    assert (Path(flag["evidence"]["folder"]) / flag["evidence"]["clip"]).exists()


def test_the_summary_says_what_was_heard_and_seen(first):
    """Flags never stand without coverage; results are on standard output."""
    _, done = first

    assert "heard" in done.stdout
    assert "heard 100 %, seen 100 %" in done.stdout
    assert "刷退款单" in done.stdout


def test_a_second_scan_does_nothing_again_and_says_the_same(first, folder: Path):
    """What the workspace holds is not done twice; `--jsonl -` prints the flags and nothing else."""
    workspace, _ = first
    again = monitor("scan", folder / "show.mp4", "--workspace", workspace, "--jsonl", "-")

    assert again.returncode == 0, again.stderr
    assert "in the workspace already" in again.stderr
    assert [json.loads(line) for line in again.stdout.splitlines()] == lines(workspace / "flags.jsonl")


def test_fail_on_makes_a_flag_an_exit_code(first, folder: Path):
    """`--fail-on` exits 1 when such a flag stands, 0 when none does."""
    workspace, _ = first
    show = folder / "show.mp4"

    assert monitor("scan", show, "--workspace", workspace, "--fail-on", "any").returncode == 1
    assert monitor("scan", show, "--workspace", workspace, "--fail-on", "misery_selling").returncode == 0


def test_paths_come_from_standard_input(first, folder: Path):
    """`-` stands for paths, one a line."""
    workspace, _ = first
    done = monitor("scan", "-", "--workspace", workspace, given=f"{folder / 'show.mp4'}\n")

    assert done.returncode == 0, done.stderr


def test_stored_flags_are_listed_in_three_forms(first):
    """Table for people, JSON Lines for programs, CSV for spreadsheets."""
    workspace, _ = first

    table = monitor("flags", "--workspace", workspace)
    assert "刷退款单" in table.stdout
    rows = monitor("flags", "--workspace", workspace, "--format", "jsonl").stdout.splitlines()
    assert [json.loads(row) for row in rows] == lines(workspace / "flags.jsonl")
    sheet = monitor("flags", "--workspace", workspace, "--format", "csv").stdout
    assert sheet.startswith("\ufeffflag_id,")
    assert sheet.count("\n") == len(rows) + 1


def test_evidence_verifies_until_somebody_touches_it(first):
    """`evidence verify` exits 0 on what was kept and 1 once a byte differs."""
    workspace, _ = first
    kept = next((workspace / "evidence").iterdir())

    assert monitor("evidence", "verify", kept).returncode == 0
    transcript = kept / "transcript.vtt"
    transcript.write_bytes(transcript.read_bytes() + b" ")
    done = monitor("evidence", "verify", kept)
    assert done.returncode == 1
    assert "transcript.vtt" in done.stderr


def test_viewers_names_are_nowhere_in_the_workspace(first):
    """Personal data are hashed at the door: no file of the workspace holds a viewer's name."""
    workspace, _ = first

    assert not [p for p in workspace.rglob("*") if p.is_file() and "小王".encode() in p.read_bytes()]


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("scan", "/nowhere/at/all"), 4, "/nowhere/at/all"),
        (("scan",), 2, ""),
        (("scan", ".", "--fail-on", "nonsense"), 2, "nonsense"),
        (("flags", "--workspace", "/nowhere/at/all"), 6, "no workspace"),
        (("match", "/nowhere.tsv"), 3, "/nowhere.tsv"),
    ],
    ids=["nothing-readable", "no-path", "unknown-scheme", "no-workspace", "no-table"],
)
def test_wrong_calls_end_with_one_line_and_their_exit_code(tmp_path: Path, arguments, code: int, said: str):
    """Each kind of failure has its exit code and says what is wrong."""
    done = monitor(*arguments, MONITOR_WORKSPACE=str(tmp_path / "w"))

    assert done.returncode == code, done.stderr
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_a_missing_model_is_exit_5(folder: Path, tmp_path: Path):
    """A model that is not there ends the scan before it begins, in one line."""
    done = monitor("scan", folder / "show.mp4", "--workspace", tmp_path / "w", "--speech-model", tmp_path / "none")

    assert done.returncode == 5, done.stderr
    assert "Traceback" not in done.stderr


def worker_at_work(parent: int) -> int | None:
    """The worker of a scan that has a decoder under it, so is in the midst of a stream."""
    parents: dict[int, int] = {}
    decoders: list[int] = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            fields = (entry / "stat").read_text().rpartition(")")[2].split()
            if b"monitor.media.child" in (entry / "cmdline").read_bytes():
                decoders.append(int(entry.name))
        except OSError:
            continue
        parents[int(entry.name)] = int(fields[1])
    workers = [parents[decoder] for decoder in decoders if decoder in parents]
    return next((worker for worker in workers if parents.get(worker) == parent), None)


def test_a_killed_worker_costs_no_stream(tmp_path: Path):
    """The stream it was at is named and gone on with by another, the next one is scanned, no process stays behind."""
    place = tmp_path / "in"
    room(place, "a.mp4", seconds=90)
    room(place, "b.mp4", seconds=6)
    command = [str(BIN), "scan", str(place), "--workspace", str(tmp_path / "w"), "--jobs", "1", "--no-clips"]
    scan = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    deadline = time.monotonic() + 120
    while (worker := worker_at_work(scan.pid)) is None:
        assert time.monotonic() < deadline
        assert scan.poll() is None
        time.sleep(0.02)
    os.kill(worker, signal.SIGKILL)
    _, said = scan.communicate(timeout=120)

    assert scan.returncode == 0, said
    assert "a: waiting: its worker ended (exit code -9); gone on with later" in said
    assert "a: 0 flags" in said
    assert "b: 0 flags" in said
    again = monitor("scan", place, "--workspace", tmp_path / "w", "--no-clips")
    assert again.returncode == 0, again.stderr
    assert "2 of 2 streams are in the workspace already" in again.stderr
