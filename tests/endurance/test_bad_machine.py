"""What the machine refuses: rights, links, settings, models, the workspace, the disk.

case → exit → what is said

- a file, a folder without rights; links in a circle, to nothing; a pipe → 3 → `failed: PATH: why; what to do`
- settings that are no TOML, not UTF-8, a folder; unknown or wrong values → 2 → the file or variable, and the value
- a model that is missing, half copied, not the published one → 5 → the folder, and what to delete or set
- a workspace that is a file, read-only, no database, another program's, a newer one's → 6 → where, why, what to do
- a workspace that another writer keeps locked → 6 → after `lock_wait_s`
- `--jsonl` where nothing can be written → 6 → before anything is scanned
- a full disk → 6 → what is stored stays; with space again the same command completes
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import bad_files as bad
import pytest

from monitor.evidence import verify
from monitor.records import Sense
from monitor.speech.base_model import FOLDER, MODEL_BYTES


@pytest.fixture(scope="module")
def recording(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return bad.healthy(tmp_path_factory.mktemp("recordings"))


# Rights and links


@pytest.fixture(scope="module")
def shut_out(tmp_path_factory: pytest.TempPathFactory, recording: Path, scan: Callable, powerless: list[str]):
    """A folder in which little may be read, scanned without root's powers."""
    place = tmp_path_factory.mktemp("shut")
    for name in ("healthy", "locked", "mute"):
        (place / f"{name}.mp4").write_bytes(recording.read_bytes() + name.encode())
        shutil.copy(recording.with_suffix(".xml"), place / f"{name}.xml")
    (place / "closed").mkdir()
    shutil.copy(recording, place / "closed" / "inside.mp4")
    (place / "round.mp4").symlink_to("about.mp4")
    (place / "about.mp4").symlink_to("round.mp4")
    (place / "again").symlink_to(".")
    (place / "gone.mp4").symlink_to("nowhere.mp4")
    os.mkfifo(place / "pipe.mp4")
    shut = [place / "locked.mp4", place / "mute.xml", place / "closed"]
    for path in shut:
        path.chmod(0)
    yield place, scan(tmp_path_factory.mktemp("w"), place, "--no-clips", prefix=powerless)
    for path in shut:
        path.chmod(0o700)


@pytest.mark.model
@pytest.mark.slow
def test_beside_what_may_not_be_read_the_rest_is_scanned(shut_out):
    """Once, however many links lead to it."""
    _, scanned = shut_out

    assert scanned.code == 3, scanned.err
    assert scanned.flags_of("healthy") == ["refund_brushing"]
    assert scanned.is_full("healthy")


@pytest.mark.model
@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("locked.mp4", "cannot be read (Permission denied); check its owner and permissions"),
        ("closed", "the folder cannot be read (Permission denied); check its owner and permissions"),
        ("round.mp4", "leads round in a circle of links; remove one of them"),
        ("about.mp4", "leads round in a circle of links; remove one of them"),
        ("gone.mp4", "leads to nothing: its target does not exist; restore the target"),
        ("pipe.mp4", "not a regular file; give recordings"),
    ],
)
def test_what_may_not_be_read_is_named_with_its_reason(shut_out, name: str, said: str):
    """One line each."""
    place, scanned = shut_out
    (line,) = scanned.lines(f"{place / name}: ")

    assert line.startswith(f"failed: {place / name}: {said}")


@pytest.mark.model
@pytest.mark.slow
def test_comments_that_may_not_be_read_are_a_gap(shut_out):
    """The recording beside them is scanned."""
    place, scanned = shut_out
    (gap,) = scanned.gaps("mute", Sense.CHAT)

    assert scanned.is_full("mute")
    assert "Permission denied" in gap.reason
    assert len(scanned.lines(f"incomplete: {place / 'mute.mp4'}: ", "mute.xml")) == 1


# Settings


@pytest.mark.parametrize(
    ("settings", "environment", "said"),
    [
        (b"jobs = many\n", {}, ["monitor.toml: not TOML", "line 1"]),
        (b"\xff\xfe", {}, ["monitor.toml: not UTF-8", "save it as UTF-8"]),
        (b"jbos = 1\nspeech_beam = 0\n", {}, ["monitor.toml: jbos", "monitor.toml: speech_beam"]),
        (None, {}, ["monitor.toml: cannot be read (Is a directory)"]),
        (b"jobs = 1\n", {"MONITOR_JOBS": "many"}, ["MONITOR_JOBS: ", "valid integer"]),
    ],
    ids=["no-toml", "not-utf-8", "wrong-and-unknown", "folder", "variable"],
)
def test_wrong_settings_are_named_where_they_stand(
    recording: Path, tmp_path: Path, monitor: Callable, settings: bytes | None, environment, said: list[str]
):
    """File or variable, and what is wrong, on one line; nothing is scanned."""
    if settings is None:
        (tmp_path / "monitor.toml").mkdir()
    else:
        (tmp_path / "monitor.toml").write_bytes(settings)
    done = monitor("scan", recording, "--workspace", tmp_path / "w", cwd=tmp_path, **environment)

    assert done.code == 2
    assert [words for words in said if words not in done.only_line()] == []
    assert not (tmp_path / "w").exists()


# Models


def sparse(path: Path, size_bytes: int) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        file.truncate(size_bytes)


@pytest.mark.parametrize(
    ("files", "said", "todo"),
    [
        ({"model.bin": MODEL_BYTES}, "not the published Whisper base", "delete the folder"),
        ({"model.bin": MODEL_BYTES // 3}, "half copied (model.bin has 48,405,844 of 145,217,532 bytes)", "delete this"),
    ],
    ids=["wrong-hash", "half-copied"],
)
def test_a_wrong_base_model_is_refused(recording: Path, tmp_path: Path, monitor: Callable, files, said, todo):
    """The line names the place and what to delete; nothing is fetched or overwritten."""
    folder = tmp_path / "cache" / FOLDER
    for name, size in files.items():
        sparse(folder / name, size)
    done = monitor("scan", recording, "--workspace", tmp_path / "w", "-q", MONITOR_CACHE=str(tmp_path / "cache"))

    assert done.code == 5, done.err
    line = done.only_line()
    assert line.startswith(f"monitor: {folder}")
    assert said in line
    assert todo in line
    assert {path.name for path in folder.iterdir()} == set(files)


@pytest.mark.parametrize(
    ("model", "code", "said"),
    [
        ("./none", 5, "none: no such folder; set `speech_model` to one that exists"),
        ("bese", 2, "no speech model is called 'bese'; name one of"),
    ],
    ids=["no-folder", "no-such-name"],
)
def test_a_missing_model_is_refused(recording: Path, tmp_path: Path, monitor: Callable, model, code, said):
    """One line, and what to set instead."""
    done = monitor(
        "scan", recording, "--workspace", tmp_path / "w", "-q", "--speech-model", model, cwd=tmp_path
    )  # fmt: skip

    assert done.code == code, done.err
    assert said in done.only_line()


# The workspace


def database(path: Path, *statements: str) -> None:
    path.parent.mkdir(parents=True)
    connection = sqlite3.connect(path)
    for statement in statements:
        connection.execute(statement)
    connection.commit()
    connection.close()


NEWER = (
    "CREATE TABLE alembic_version (version_num VARCHAR(32))",
    "INSERT INTO alembic_version VALUES ('v9999')",
)


def text_file(path: Path) -> None:
    path.parent.mkdir(parents=True)
    path.write_text("no database, only words, and a few more of them\n")


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda w: w.write_text("a file"), "no folder for the workspace: File exists; choose another"),
        (lambda w: text_file(w / "monitor.db"), "monitor.db: not a database; move the file away"),
        (lambda w: database(w / "monitor.db", *NEWER), "written by a newer version of this program"),
        (lambda w: database(w / "monitor.db", "CREATE TABLE x (y)"), "a database of another program"),
        (lambda w: (w / "monitor.db").mkdir(parents=True), "monitor.db: cannot be opened"),
    ],
    ids=["file", "no-database", "newer", "another-program", "folder"],
)
def test_a_workspace_that_is_none_is_left_alone(recording: Path, tmp_path: Path, monitor: Callable, spoil, said: str):
    """Exit 6, one line, and whatever stood there stands there still."""
    workspace = tmp_path / "w"
    spoil(workspace)
    file = workspace if workspace.is_file() else workspace / "monitor.db"
    before = file.read_bytes() if file.is_file() else None
    done = monitor("scan", recording, "--workspace", workspace)

    assert done.code == 6
    line = done.only_line()
    assert line.startswith(f"monitor: {workspace}")
    assert said in line
    assert (file.read_bytes() if file.is_file() else None) == before


def test_a_read_only_workspace_is_refused(recording: Path, tmp_path: Path, monitor: Callable, powerless: list[str]):
    """Before anything is scanned."""
    shut = tmp_path / "shut"
    shut.mkdir(mode=0o555)
    done = monitor("scan", recording, "--workspace", shut, prefix=powerless)

    assert done.code == 6
    assert done.only_line().startswith(f"monitor: {shut}: cannot be written; check its owner and permissions")


def test_a_workspace_locked_by_another_writer_is_waited_for_and_named(recording: Path, tmp_path: Path, monitor):
    """As long as the setting says, then one line: which file, and to wait or end the other."""
    database(tmp_path / "w" / "monitor.db", "CREATE TABLE alembic_version (version_num VARCHAR(32))")
    other = sqlite3.connect(tmp_path / "w" / "monitor.db", isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    try:
        done = monitor("scan", recording, "--workspace", tmp_path / "w", MONITOR_LOCK_WAIT_S="1")
    finally:
        other.close()

    assert done.code == 6
    assert done.only_line().startswith(f"monitor: {tmp_path / 'w' / 'monitor.db'}: ")
    assert "locked by another process" in done.only_line()
    assert done.seconds < 30


@pytest.mark.parametrize(("target", "said"), [("none/x.jsonl", "No such file"), (".", "Is a directory")])
def test_an_unwritable_jsonl_is_told_before_anything_is_scanned(
    recording: Path, tmp_path: Path, monitor: Callable, target: str, said: str
):
    """Not after a night's work."""
    done = monitor("scan", recording, "--workspace", tmp_path / "w", "--jsonl", target, cwd=tmp_path)

    assert done.code == 6
    assert said in done.only_line()
    assert "--jsonl" in done.only_line()
    assert not (tmp_path / "w").exists()


# The disk


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of eight megabytes."""
    place = tmp_path / "disk"
    place.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", str(place)], check=False, capture_output=True
    )
    if mounted.returncode:
        pytest.skip("no right to mount a small file system: run as root to try a full disk")
    yield place
    subprocess.run(["umount", "-l", str(place)], check=True)


def fill(disk: Path, *, but_bytes: int) -> Path:
    """Leaves so many bytes free."""
    ballast = disk / "ballast"
    free = shutil.disk_usage(disk).free
    ballast.write_bytes(bytes(free - but_bytes))
    return ballast


@pytest.fixture(scope="module")
def begun(tmp_path_factory: pytest.TempPathFactory, scan: Callable) -> tuple[Path, Path]:
    """Two rooms, and a workspace that holds the first."""
    place, workspace = tmp_path_factory.mktemp("rooms"), tmp_path_factory.mktemp("begun") / "w"
    first, second = (bad.healthy(place, f"{room}.mp4") for room in ("first", "second"))
    second.write_bytes(second.read_bytes() + b"another")
    assert scan(workspace, first, "-q").code == 0
    return place, workspace


@pytest.mark.model
@pytest.mark.slow
@pytest.mark.parametrize("left_bytes", [0, 24_000], ids=["nothing-left", "no-room-for-a-clip"])
def test_a_full_disk_stops_the_scan_and_nothing_is_lost(small_disk: Path, begun, scan: Callable, left_bytes: int):
    """Exit 6 and one line; what was stored stays, and with space again the same command completes."""
    place, before = begun
    workspace = Path(shutil.copytree(before, small_disk / "w"))
    ballast = fill(small_disk, but_bytes=left_bytes)
    full = scan(workspace, place, "-q")

    assert full.code == 6, full.err
    (line,) = full.lines("full")
    assert line.startswith(f"monitor: {workspace}")
    assert "free some space" in line
    assert full.flags_of("first") == ["refund_brushing"]
    assert full.is_full("first")

    ballast.unlink()
    done = scan(workspace, place, "-q")
    assert done.code == 0, done.err
    for room in ("first", "second"):
        assert done.flags_of(room) == ["refund_brushing"]
        assert done.is_full(room)
    names = [path.name for path in (workspace / "evidence").iterdir()]
    assert len(names) == 2
    assert [verify(workspace / "evidence" / name) for name in names] == [[], []]
