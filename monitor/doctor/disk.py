"""The places that a scan writes to: room, kind of file system, and whether what is written stays."""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from monitor.doctor.finding import Finding, beware, mend
from monitor.files import sync
from monitor.store.file_system import MOUNTS, NETWORK, kind_of

LOW_GB, TOO_LOW_GB = 5.0, 0.5
"""10^9 bytes. A flag's clip, stills and transcript took 1 to 2 MB on `samples/` (0.2 Mbit/s), ten times that at the
bit rates of platforms; the database 5 MB an hour of recording."""
SLOW_SYNC_MS = 250.0
"""A unit of work (20 s of a stream) is synced a few times; from here on it is felt."""
_TRIED_BYTES = 1 << 20
_MEMORY = frozenset({"tmpfs", "ramfs"})


def existing(folder: Path) -> Path:
    """The folder, or the nearest one above it that is there."""
    folder = folder.absolute()
    while not folder.is_dir() and folder != folder.parent:
        folder = folder.parent
    return folder


def room(what: str, free_gb: float) -> Finding:
    found = f"{free_gb:.1f} GB free"
    if free_gb < TOO_LOW_GB:
        return mend(what, found, f"make room: {TOO_LOW_GB:g} GB is the least")
    if free_gb < LOW_GB:
        return beware(what, found, "make room before a long scan: a flag's evidence takes up to 20 MB")
    return Finding(what, found)


def writing(what: str, folder: Path) -> Finding:
    """Writes a megabyte, syncs, locks and removes it; leaves nothing behind."""
    try:
        with tempfile.NamedTemporaryFile(prefix=".monitor-doctor-", dir=folder) as file:
            file.write(os.urandom(_TRIED_BYTES))
            file.flush()
            began_s = time.monotonic()
            os.fsync(file.fileno())
            sync(folder)
            took_ms = (time.monotonic() - began_s) * 1000
            _lock(file.fileno())
    except OSError as error:
        return mend(what, f"{folder}: {error.strerror or error}", "check owner, permissions and file system")
    return synced(what, took_ms)


def synced(what: str, took_ms: float) -> Finding:
    found = f"written, synced in {took_ms:.0f} ms, locked"
    if took_ms > SLOW_SYNC_MS:
        return beware(what, found, "slow to sync: put the workspace on a faster disk")
    return Finding(what, found)


def file_system(what: str, kind: str) -> Finding:
    """`kind` as the kernel names it; empty where it does not say."""
    if NETWORK.match(kind):
        todo = "SQLite's locks cannot be trusted there: one machine at a time, or keep the workspace on a local disk"
        return beware(what, f"{kind}, a network file system", todo)
    if kind in _MEMORY:
        return beware(what, f"{kind}, in memory", "what is found is gone when the machine restarts: choose a disk")
    return Finding(what, kind or "not told")


def examine(workspace: Path) -> Iterator[Finding]:
    """The workspace's place and the one for temporary files."""
    if workspace.exists() and not workspace.is_dir():
        yield mend("workspace", f"{workspace} is no folder", "choose another with --workspace")
    folder, temporary = existing(workspace), Path(tempfile.gettempdir())
    with suppress(OSError):
        mounts = MOUNTS.read_text("utf-8", "replace")
        yield file_system("workspace is on", kind_of(folder.resolve(), mounts))
    for what, place in (("workspace", folder), ("temporary files", temporary)):
        with suppress(OSError):
            yield room(f"disk for {what}", shutil.disk_usage(place).free / 1e9)
        yield writing(f"writing to {what}", place)


def _lock(number: int) -> None:
    with suppress(ImportError):
        import fcntl

        fcntl.lockf(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
