"""A workspace's own file: many writers at once, and everything that may be wrong with a folder or a disk."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from broadcasts import AT, SPOKEN, begin, end, flag

from monitor.errors import MonitorError, UsageError, WorkspaceError
from monitor.store import Store, StreamBusyError, Unit, claims
from monitor.store.sqlite import sqlite_in_use

HERE = Path(__file__).parent
sqlite3 = sqlite_in_use().module
"""Two copies of SQLite in one process would not see each other's locks."""


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    return tmp_path / "workspace"


def run(script: str, *arguments: object, ready: bool = False) -> subprocess.Popen[str]:
    """The script in a process of its own; `ready` waits until it has printed a line."""
    process = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(script), *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": f"{HERE}:{HERE.parents[1]}"},
    )
    if ready:
        assert process.stdout
        assert process.stdout.readline() == "ready\n"
    return process


def finish(process: subprocess.Popen[str]) -> str:
    out, err = process.communicate(timeout=120)
    assert process.returncode == 0, err
    return out


# Many writers


WRITER = """
    import sys
    from dataclasses import replace
    from pathlib import Path
    from broadcasts import SPOKEN, begin, end, flag
    from monitor.store import Store, Unit
    store, name = Store.open(Path(sys.argv[1])), sys.argv[2]
    stream_id = begin(store, name)
    for n in range(25):
        cues = [replace(SPOKEN, cue_id=f"{n}-{k}") for k in range(5)]
        store.add(stream_id, Unit(cues=cues, flags=[flag(f"{name}-{n}")]))
        assert sum(1 for _ in store.flags(stream_keys=[name])) == n + 1
    end(store, stream_id)
"""


def test_processes_write_at_once_and_nothing_is_lost(workspace: Path) -> None:
    """Three scans open one new workspace together and write: every cue and flag of each is there, the file is sound."""
    for process in [run(WRITER, workspace, name) for name in ("a", "b", "c")]:
        finish(process)
    store = Store.open(workspace)
    assert [(s.stream_key, s.state, s.cues) for s in sorted(store.streams(), key=lambda s: s.stream_key)] == [
        (name, "done", {"speech": 125}) for name in ("a", "b", "c")
    ]
    assert sum(1 for _ in store.flags()) == 75
    with closing(sqlite3.connect(workspace / "monitor.db")) as raw:
        assert raw.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert raw.execute("PRAGMA foreign_key_check").fetchall() == []


HOLDER = """
    import sys, time
    from pathlib import Path
    from broadcasts import SPOKEN, begin
    from monitor.store import Store, Unit
    store = Store.open(Path(sys.argv[1]))
    store.add(begin(store), Unit(cues=[SPOKEN]))
    print("ready", flush=True)
    time.sleep(60)
"""


def test_a_stream_is_scanned_by_one_process_at_a_time(workspace: Path) -> None:
    """A second scan is told that the stream is taken; when the first was killed, it may have it at once."""
    first = run(HOLDER, workspace, ready=True)
    store = Store.open(workspace)
    with pytest.raises(StreamBusyError, match="another process is scanning 甲"):
        begin(store)
    begin(store, "乙")
    first.send_signal(signal.SIGKILL)
    first.communicate()
    stream_id = begin(store)
    assert list(store.cues(stream_id)) == [SPOKEN]


def test_a_killed_scan_leaves_whole_calls(workspace: Path) -> None:
    """What was added before a kill is there and readable; the stream is not taken to be done."""
    first = run(HOLDER, workspace, ready=True)
    first.send_signal(signal.SIGKILL)
    first.communicate()
    store = Store.open(workspace)
    (stored,) = store.streams()
    assert (stored.state, list(store.cues(stored.stream_id))) == ("running", [SPOKEN])
    assert store.done() == {}


def test_a_process_elsewhere_is_dead_when_it_is_silent() -> None:
    """A scan on another machine keeps its stream while it writes, and for a quarter of an hour after."""
    elsewhere = "another-host/1/2"
    assert claims.is_alive(elsewhere, AT, AT + timedelta(minutes=14))
    assert not claims.is_alive(elsewhere, AT, AT + timedelta(minutes=15))


def test_a_later_process_with_the_same_number_is_another() -> None:
    """Process numbers come round again: only number and start together name a process."""
    host, pid, start = claims.this_process().split("/")
    assert not claims.is_alive(f"{host}/{os.getppid()}/{int(start) + 1}", AT, AT)
    assert not claims.is_alive(claims.this_process(), AT, AT)
    assert claims.is_alive(f"{host}/{os.getppid()}/{claims._start_of(os.getppid())}", AT, AT)
    assert pid == str(os.getpid())
    child = run("import time; print('ready', flush=True); time.sleep(60)", ready=True)
    assert int(claims._start_of(child.pid)) > int(start)
    child.kill()
    child.wait()
    assert claims._start_of(child.pid) == ""


def test_a_lock_that_nobody_gives_back_is_an_error_with_advice(workspace: Path) -> None:
    """After the wait the program gives up, naming the file and what to do; nothing was written."""
    store = Store.open(workspace, lock_wait_s=0.2)
    stream_id = begin(store)
    with closing(sqlite3.connect(workspace / "monitor.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(WorkspaceError, match="locked by another process") as caught:
            store.add(stream_id, Unit(cues=[SPOKEN]))
        assert caught.value.exit_code == 6
        assert "monitor.db" in str(caught.value)
        assert caught.value.todo
        assert list(store.cues(stream_id)) == []
        other.execute("ROLLBACK")
    store.add(stream_id, Unit(cues=[SPOKEN]))
    assert list(store.cues(stream_id)) == [SPOKEN]


# The file


@pytest.mark.parametrize("made", ["WAL", "DELETE"])
def test_every_connection_is_as_safe_as_the_last(workspace: Path, made: str) -> None:
    """The journal that this SQLite can be trusted with, full syncs, foreign keys, a wait of 30 s: whoever made it."""
    workspace.mkdir()
    with closing(sqlite3.connect(workspace / "monitor.db")) as raw:
        raw.execute(f"PRAGMA journal_mode = {made}")
    store = Store.open(workspace)
    with store._database.engine.connect() as connection:
        found = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        }
    journal = "wal" if sqlite_in_use().is_sound else "delete"
    assert found == {"journal_mode": journal, "synchronous": 2, "foreign_keys": 1, "busy_timeout": 30_000}


def test_a_file_that_is_no_database_is_left_alone(workspace: Path) -> None:
    """A foreign file under our name is refused and not overwritten."""
    workspace.mkdir()
    (workspace / "monitor.db").write_bytes(b"these are notes\n" * 100)
    with pytest.raises(WorkspaceError, match="not a database"):
        Store.open(workspace)
    assert (workspace / "monitor.db").read_bytes().startswith(b"these are notes")


def test_a_torn_file_is_an_error_with_advice(workspace: Path) -> None:
    """A database cut in half is named as damaged, never read as if it were whole."""
    store = Store.open(workspace)
    for name in "abcdef":
        store.add(begin(store, name), Unit(cues=[SPOKEN], flags=[flag(name)]))
    store._database.close()
    file = workspace / "monitor.db"
    with file.open("r+b") as half:
        half.truncate(file.stat().st_size // 2)
    with pytest.raises(WorkspaceError) as caught:
        list(Store.open(workspace).flags())
    assert "monitor.db" in str(caught.value)


# The folder and the disk


def test_a_file_in_the_folders_place_is_refused(tmp_path: Path) -> None:
    """A workspace that is a file, or lies below one, is refused by name."""
    (tmp_path / "taken").write_text("x")
    for workspace in (tmp_path / "taken", tmp_path / "taken" / "below"):
        with pytest.raises(WorkspaceError, match="no folder for the workspace") as caught:
            Store.open(workspace)
        assert str(workspace) in str(caught.value)


UNPRIVILEGED = """
    import os, sys
    from pathlib import Path
    from monitor.errors import WorkspaceError
    from monitor.store import Store, Unit
    os.setgroups([]); os.setgid(65534); os.setuid(65534)
    try:
        Store.open(Path(sys.argv[1]))
    except WorkspaceError as error:
        print(error.exit_code, error.what)
"""


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")
@pytest.mark.parametrize("made", ["before", "by another user", "never"])
def test_a_folder_that_may_not_be_written_is_refused(tmp_path: Path, made: str) -> None:
    """As an ordinary user: an unwritable folder, one with another user's database, one that cannot be made."""
    for folder in (tmp_path, *tmp_path.parents):
        if folder.stat().st_uid == os.geteuid() and str(folder).startswith("/tmp/pytest"):
            folder.chmod(0o755)
    workspace = tmp_path / "workspace"
    if made == "before":
        workspace.mkdir(mode=0o755)
    elif made == "by another user":
        Store.open(workspace)
        workspace.chmod(0o777)
        (workspace / "monitor.db").chmod(0o644)
    assert finish(run(UNPRIVILEGED, workspace)).startswith("6 ")


FULL_DISK = """
    import sys
    from dataclasses import replace
    from pathlib import Path
    from broadcasts import SPOKEN, begin
    from monitor.errors import WorkspaceError
    from monitor.store import Store, Unit
    store = Store.open(Path(sys.argv[1]))
    stream_id = begin(store)
    written = 0
    try:
        while True:
            store.add(stream_id, Unit(cues=[replace(SPOKEN, cue_id=str(written), text="满" * 20_000)]))
            written += 1
    except WorkspaceError as error:
        Path(sys.argv[1], "ballast").unlink()
        assert sum(1 for _ in Store.open(Path(sys.argv[1])).cues(stream_id)) == written
        print(error)
"""


def test_a_full_disk_is_an_error_with_advice_and_loses_nothing(tmp_path: Path) -> None:
    """On a disk of 2 MB the scan stops with advice; with room again all that was stored is there."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(disk)], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip("a small disk cannot be mounted here")
    try:
        (disk / "ballast").write_bytes(bytes(200_000))
        said = finish(run(FULL_DISK, disk))
    finally:
        subprocess.run(["umount", str(disk)], check=True)
    assert "the disk is full" in said
    assert "free some space" in said


@pytest.mark.parametrize("url", ["no address", "nosuch://host/db"])
def test_an_address_that_means_nothing_is_a_wrong_argument(workspace: Path, url: str) -> None:
    """A database address that cannot be used is refused as a setting, not as a stack trace."""
    with pytest.raises(UsageError):
        Store.open(workspace, url=url)


def test_every_refusal_is_one_of_ours(workspace: Path) -> None:
    """A number that belongs to no stream or run is refused with our own error."""
    store = Store.open(workspace)
    with pytest.raises(MonitorError):
        store.add(77, Unit(cues=[SPOKEN]))
    with pytest.raises(MonitorError):
        end(store, 77)
    with pytest.raises(MonitorError) as caught:
        store.begin_stream(77, "k", "f", flag().stream)
    assert not isinstance(caught.value, StreamBusyError)
