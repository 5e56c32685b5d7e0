"""Which SQLite is used, how it writes its file, and what that must never cost."""

from __future__ import annotations

import os
import shutil
import signal
import sqlite3 as pythons
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from broadcasts import SPOKEN, begin, end, flag
from test_sqlite_workspace import HERE, finish, run

from monitor.errors import WorkspaceError
from monitor.store import Store, Unit
from monitor.store.sqlite import LOG_BYTES, ROLLBACK, WAL, InUse, best, is_sound, journal_for, sqlite_in_use

MOUNTS = "1 0 0:1 / / rw - ext4 /dev/sda rw\n2 1 0:2 / /mnt/nas rw - nfs4 nas:/x rw\n3 1 0:3 / /host rw - virtiofs h rw"

needs_log = pytest.mark.skipif(not sqlite_in_use().is_sound, reason="no SQLite here that may write a log")
needs_both = pytest.mark.skipif(
    not sqlite_in_use().is_sound or is_sound(pythons.sqlite_version_info),
    reason="needs pysqlite3 beside a Python with a faulty SQLite",
)

WITHOUT = "import sys; sys.modules['pysqlite3'] = None\n"
"""Before anything else in a process: the package is not installed."""


def script(text: str) -> str:
    return WITHOUT + "\n".join(line.removeprefix("    ") for line in text.splitlines())


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    return tmp_path / "workspace"


def journal(workspace: Path) -> str:
    """From the file's header (sqlite.org/fileformat2.html): 2 is a write-ahead log."""
    return WAL if (workspace / "monitor.db").read_bytes()[18] == 2 else ROLLBACK


def log_bytes(workspace: Path) -> int:
    log = workspace / "monitor.db-wal"
    return log.stat().st_size if log.exists() else 0


# Which one


@pytest.mark.parametrize(
    ("version", "sound"),
    [
        ((3, 6, 23), True),
        ((3, 7, 0), False),
        ((3, 40, 1), False),
        ((3, 44, 5), False),
        ((3, 44, 6), True),
        ((3, 50, 6), False),
        ((3, 50, 7), True),
        ((3, 51, 2), False),
        ((3, 51, 3), True),
        ((3, 53, 4), True),
    ],
)
def test_versions_with_the_fault_are_known(version: tuple[int, ...], sound: bool) -> None:
    """3.7.0 to 3.51.2, but for the branches into which the mending was taken back."""
    assert is_sound(version) is sound


@pytest.mark.parametrize(
    ("versions", "chosen"),
    [
        (["3.40.1", "3.53.4"], "3.53.4"),
        (["3.53.4", "3.55.0"], "3.55.0"),
        (["3.44.6", "3.51.2"], "3.44.6"),
        (["3.40.1", "3.46.0"], "3.46.0"),
    ],
)
def test_the_newest_sound_one_is_used(versions: list[str], chosen: str) -> None:
    """An older sound one before a newer faulty one; the newest where none is sound."""
    found = [InUse(pythons, tuple(map(int, version.split(".")))) for version in versions]
    assert best(found).version_name == best(reversed(found)).version_name == chosen


@pytest.mark.parametrize(("folder", "network"), [("/srv/w", False), ("/mnt/nas/w", True), ("/host/w", True)])
def test_on_a_network_the_rollback_journal_is_used(folder: str, network: bool) -> None:
    """Machines share no memory, and a log needs it; a faulty SQLite never writes one."""
    assert journal_for(Path(folder), (3, 53, 4), MOUNTS) == (ROLLBACK if network else WAL)
    assert journal_for(Path(folder), (3, 40, 1), MOUNTS) == ROLLBACK


# From one to the other

PLAIN = script("""
    from pathlib import Path
    from broadcasts import SPOKEN, begin
    from monitor.errors import WorkspaceError
    from monitor.store import Store, Unit
    from monitor.store.sqlite import sqlite_in_use
    assert not sqlite_in_use().is_sound
    try:
        store = Store.open(Path(sys.argv[1]), lock_wait_s=1)
        stream_id = begin(store, "plain")
        print("ready", flush=True)
        if len(sys.argv) > 2:
            sys.stdin.readline()
        store.add(stream_id, Unit(cues=[SPOKEN]))
        print(sum(1 for _ in store.flags()), flush=True)
    except WorkspaceError as error:
        print(error.exit_code, error, flush=True)
""")


@needs_both
def test_a_faulty_sqlite_takes_the_file_back_and_a_sound_one_on(workspace: Path) -> None:
    """Nothing is lost on the way there and back."""
    store = Store.open(workspace)
    store.add(begin(store), Unit(cues=[SPOKEN], flags=[flag()]))
    store._database.close()
    assert journal(workspace) == WAL

    assert finish(run(PLAIN, workspace)) == "ready\n1\n"
    assert journal(workspace) == ROLLBACK

    found = Store.open(workspace)
    assert {stored.stream_key: stored.cues for stored in found.streams()} == {
        "甲": {"speech": 1},
        "plain": {"speech": 1},
    }
    found._database.close()
    assert journal(workspace) == WAL


@needs_both
def test_a_faulty_sqlite_leaves_a_log_alone_that_another_process_writes(workspace: Path) -> None:
    """It says which SQLite is wrong and what to do, and the other goes on."""
    store = Store.open(workspace)
    stream_id = begin(store)
    said = finish(run(PLAIN, workspace))
    assert said.startswith(f"6 {workspace / 'monitor.db'}: in use with a write-ahead log by another process")
    assert pythons.sqlite_version in said
    assert "pysqlite3" in said
    store.add(stream_id, Unit(cues=[SPOKEN]))
    assert list(store.cues(stream_id)) == [SPOKEN]


@needs_both
def test_a_faulty_sqlite_never_writes_to_a_log_that_came_later(workspace: Path) -> None:
    """A scan that began with the rollback journal stops when another program has gone over to the log meanwhile."""
    plain = subprocess.Popen(
        [sys.executable, "-c", PLAIN, str(workspace), "wait"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": f"{HERE}:{HERE.parents[1]}"},
    )
    assert plain.stdout
    assert plain.stdout.readline() == "ready\n"
    store = Store.open(workspace)
    assert journal(workspace) == WAL
    said, _ = plain.communicate("\n", timeout=60)
    assert said.startswith("6 ")
    assert "write-ahead log" in said
    assert [stored.cues for stored in store.streams()] == [{}]


# What the log must not cost

HOLDS = """
    import sys, time
    from pathlib import Path
    from broadcasts import begin
    from monitor.store import Store
    store = Store.open(Path(sys.argv[1]))
    begin(store, "other")
    with store._database.{how}() as session:
        session.connection().exec_driver_sql("SELECT count(*) FROM streams").scalar()
        print("ready", flush=True)
        sys.stdin.readline() if len(sys.argv) > 2 else time.sleep(60)
"""


@needs_log
def test_readers_and_openers_wait_for_no_writer(workspace: Path) -> None:
    """While a transaction is being written, flags are read and the store is opened as if there were none."""
    Store.open(workspace)
    writer = run(HOLDS.format(how="writing"), workspace, ready=True)
    try:
        began_s = time.monotonic()
        store = Store.open(workspace)
        assert [stored.stream_key for stored in store.streams()] == ["other"]
        assert time.monotonic() - began_s < 5
        with pytest.raises(WorkspaceError, match="locked by another process"):
            begin(Store.open(workspace, lock_wait_s=0.2))
    finally:
        writer.kill()
        writer.communicate()


@needs_log
def test_a_log_that_a_reader_held_up_is_cut_back(workspace: Path) -> None:
    """It grows while somebody reads the old state; afterwards the next commit brings it back to its size."""
    store = Store.open(workspace)
    stream_id = begin(store)
    large = [replace(SPOKEN, cue_id=str(n), text="长" * 100_000) for n in range(10)]
    with reader(workspace):
        while log_bytes(workspace) < 2 * LOG_BYTES:
            store.add(stream_id, Unit(cues=large))
    store.add(stream_id, Unit(cues=[SPOKEN]))
    assert log_bytes(workspace) <= LOG_BYTES
    assert len(list(store.cues(stream_id))) == 11


LOOKS = """
    import sys, time
    from pathlib import Path
    from monitor.store import Store
    store = Store.open(Path(sys.argv[1]))
    print("ready", flush=True)
    while True:
        with store._database.reading() as session:
            session.connection().exec_driver_sql("SELECT count(*) FROM cues").scalar()
            time.sleep(0.03)
"""


@needs_log
def test_a_log_does_not_grow_without_end_beside_readers_that_never_rest(workspace: Path) -> None:
    """Four processes look all the time, so that no moment is without a reader, and 48 MB are written beside them."""
    store = Store.open(workspace)
    stream_id = begin(store)
    readers = [run(LOOKS, workspace, ready=True) for _ in range(4)]
    largest = 0
    try:
        for n in range(48):
            store.add(stream_id, Unit(cues=[replace(SPOKEN, cue_id=str(n % 5), text="长" * 330_000)]))
            largest = max(largest, log_bytes(workspace))
    finally:
        for process in readers:
            process.kill()
            process.communicate()
    assert largest < 2 * LOG_BYTES


def test_nothing_lies_beside_the_file_once_it_is_closed(workspace: Path) -> None:
    """Who copies `monitor.db` while no program runs has everything."""
    store = Store.open(workspace)
    store.add(begin(store), Unit(cues=[SPOKEN]))
    store._database.close()
    assert [path.name for path in workspace.iterdir()] == ["monitor.db"]
    finish(run("import sys; from pathlib import Path; from broadcasts import *; from monitor.store import Store\n"
               "begin(Store.open(Path(sys.argv[1])), 'x')", workspace))  # fmt: skip
    assert [path.name for path in workspace.iterdir()] == ["monitor.db"]


KILLED = """
    import sys, time
    from dataclasses import replace
    from pathlib import Path
    from broadcasts import SPOKEN, begin
    from monitor.store import Store, Unit
    store = Store.open(Path(sys.argv[1]))
    stream_id = begin(store)
    print("ready", flush=True)
    n = 0
    while True:
        store.add(stream_id, Unit(cues=[replace(SPOKEN, cue_id=f"{n}-{k}") for k in range(20)], reached_ms=n))
        print(n, flush=True)
        n += 1
"""


@pytest.mark.parametrize("after_s", [0.05, 0.3, 0.8])
def test_what_was_committed_outlives_a_kill(workspace: Path, after_s: float) -> None:
    """Killed in the middle of writing: whatever it said was stored is there, in whole units, and the file is sound."""
    writer = run(KILLED, workspace, ready=True)
    time.sleep(after_s)
    writer.send_signal(signal.SIGKILL)
    said, _ = writer.communicate()
    told = len([line for line in said.splitlines(keepends=True) if line.endswith("\n")])
    store = Store.open(workspace)
    (stored,) = store.streams()
    assert stored.cues.get("speech", 0) in {told * 20, (told + 1) * 20}
    with store._database.reading() as session:
        assert session.connection().exec_driver_sql("PRAGMA integrity_check").scalar() == "ok"


def test_a_process_that_is_forked_off_uses_its_own_connection(workspace: Path) -> None:
    """Both write on, and neither spoils or closes what is the other's."""
    store = Store.open(workspace)
    mine = begin(store, "parent")
    child = os.fork()
    if not child:
        code = 1
        try:
            for n in range(20):
                store.add(begin(store, f"child-{n}"), Unit(cues=[SPOKEN]))
            store._database.close()
            code = 0
        finally:
            os._exit(code)
    for n in range(20):
        store.add(mine, Unit(cues=[replace(SPOKEN, cue_id=str(n))]))
    assert os.waitpid(child, 0)[1] == 0
    end(store, mine)
    counted = {stored.stream_key: stored.cues["speech"] for stored in store.streams()}
    assert counted == {"parent": 20, **{f"child-{n}": 1 for n in range(20)}}


# Media that take nothing


@contextmanager
def mounted(place: Path, size: str = "8m") -> Iterator[Path]:
    place.mkdir()
    made = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(place)], capture_output=True, check=False
    )
    if made.returncode:
        pytest.skip("a small disk cannot be mounted here")
    try:
        yield place
    finally:
        subprocess.run(["umount", "-l", str(place)], check=True)


def test_a_read_only_medium_is_refused_by_name(tmp_path: Path) -> None:
    """Also when a log lies there that a process which died left behind."""
    with mounted(tmp_path / "disk") as disk:
        writer = run(HOLDS.format(how="reading"), disk, ready=True)
        writer.kill()
        writer.communicate()
        subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)
        with pytest.raises(WorkspaceError, match="cannot be written") as caught:
            Store.open(disk)
        assert str(disk) in str(caught.value)


def test_a_disk_with_nothing_left_can_still_be_read(tmp_path: Path) -> None:
    """Flags are listed with not a byte free, although a log shares memory through a file; writing says it is full."""
    with mounted(tmp_path / "disk") as disk:
        workspace = disk / "w"
        store = Store.open(workspace)
        store.add(begin(store), Unit(flags=[flag()]))
        store._database.close()
        (disk / "ballast").write_bytes(bytes(shutil.disk_usage(disk).free))
        found = Store.open(workspace)
        assert [line["flag_id"] for line in found.flags()] == ["f-1"]
        with pytest.raises(WorkspaceError, match="the disk is full"):
            begin(found, "another")
        (disk / "ballast").unlink()
        begin(found, "another")


@contextmanager
def reader(workspace: Path) -> Iterator[None]:
    """Another process in the middle of a look."""
    process = run(HOLDS.format(how="reading"), workspace, ready=True)
    try:
        yield
    finally:
        process.kill()
        process.communicate()


SERVANT = """
    import os, sys
    from pathlib import Path
    from monitor.errors import WorkspaceError
    from monitor.store import Store
    os.setgroups([]); os.setgid(65534); os.setuid(65534)
    try:
        Store.open(Path(sys.argv[1]))
    except WorkspaceError as error:
        print(error)
"""


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")
def test_a_log_that_may_not_be_written_is_named(tmp_path: Path) -> None:
    """Another user's, say, who was killed: said before anything is tried."""
    with mounted(tmp_path / "disk") as disk:
        for folder in (tmp_path, *tmp_path.parents):
            if not folder.stat().st_mode & 0o001:
                folder.chmod(0o755)
        writer = run(HOLDS.format(how="reading"), disk, ready=True)
        writer.kill()
        writer.communicate()
        disk.chmod(0o777)
        (disk / "monitor.db").chmod(0o666)
        (disk / "monitor.db-wal").chmod(0o600)
        said = finish(run(SERVANT, disk))
    assert said.startswith(f"{disk / 'monitor.db-wal'}: cannot be written")
