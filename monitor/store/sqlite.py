"""SQLite: which one is used, how its file is written, and how connections to it are made ready.

With a sound SQLite the file is written with a write-ahead log (WAL): readers never wait for a writer, and a commit is
one sync. Versions with the WAL-reset fault may lose commits there when several processes write, and on a network file
system processes do not share the memory that the log needs: then the rollback journal is used, which only makes
people wait. One process writes at a time either way (`BEGIN IMMEDIATE`), and every commit is on the disk when it
returns (`synchronous = FULL`).
"""

from __future__ import annotations

import importlib
import shutil
import sqlite3
from collections.abc import Iterable, Mapping
from contextlib import suppress
from functools import cache, partial
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

from sqlalchemy import Connection, Engine, event

from monitor.errors import WorkspaceError
from monitor.store.complaints import STARVED_BYTES
from monitor.store.file_system import is_on_network

WAL_FAULT = ((3, 7, 0), (3, 51, 2))
"""First and last SQLite with the fault that loses commits where several connections write in WAL mode
(https://www.sqlite.org/wal.html, "the WAL-reset bug")."""
WAL_MENDED: Mapping[tuple[int, ...], int] = {(3, 44): 6, (3, 50): 7}
"""Branches into which the mending was taken back, from this patch on."""

LOG_BYTES = 16 << 20
"""A write-ahead log is cut back once it is larger. SQLite starts it anew by itself (at 4 MB), but only at a moment
without readers, which need not come."""
_CUT_WAIT_S = 0.1
"""How long cutting it waits for readers; the next commit tries again."""
_SWITCH_WAIT_S = 1.0
"""How long a change of journal waits for others to leave the file."""

_ALONE = "alone"

WAL, ROLLBACK = "wal", "delete"
"""Journal modes, by SQLite's own names."""


class InUse(NamedTuple):
    """An SQLite: the Python module that speaks to it, and its own version."""

    module: ModuleType
    version: tuple[int, ...]

    @property
    def is_sound(self) -> bool:
        return is_sound(self.version)

    @property
    def name(self) -> str:
        return "Python" if self.module is sqlite3 else "the package pysqlite3"

    @property
    def version_name(self) -> str:
        return ".".join(map(str, self.version))


def is_sound(version: tuple[int, ...]) -> bool:
    """Whether an SQLite may write a write-ahead log beside other processes."""
    mended = WAL_MENDED.get(version[:2])
    return not WAL_FAULT[0] <= version <= WAL_FAULT[1] or (mended is not None and version[2] >= mended)


def best(found: Iterable[InUse]) -> InUse:
    """The newest sound one; where none is sound the newest."""
    return max(found, key=lambda one: (one.is_sound, one.version))


@cache
def sqlite_in_use() -> InUse:
    """Of Python's own SQLite and the package `pysqlite3` (where there is one for this machine) the better.

    One for the whole process: two copies of SQLite at one file would undo each other's locks
    (https://www.sqlite.org/howtocorrupt.html, 2.2.1).
    """
    modules: list[ModuleType] = [sqlite3]
    with suppress(ImportError):
        modules.insert(0, importlib.import_module("pysqlite3.dbapi2"))
    return best(InUse(module, tuple(module.sqlite_version_info)) for module in modules)


def journal_for(folder: Path, version: tuple[int, ...], mounts: str | None = None) -> str:
    """How a database in the folder is to be written: `WAL` or `ROLLBACK`. `mounts` is as for `is_on_network`."""
    return WAL if is_sound(version) and not is_on_network(folder, mounts) else ROLLBACK


def prepare(engine: Engine, journal: str, lock_wait_s: float) -> None:
    """Every connection of the engine is made ready, and every transaction begun, as this file says."""
    event.listen(engine, "connect", partial(_connected, engine, lock_wait_s))
    event.listen(engine, "checkin", _returned)
    event.listen(engine, "begin", partial(_begun, journal))


def _connected(engine: Engine, lock_wait_s: float, connection: Any, record: Any) -> None:
    # The driver would begin transactions by itself, too late and never for reads; `_begun` does it instead.
    connection.isolation_level = None
    connection.execute(f"PRAGMA busy_timeout = {int(lock_wait_s * 1000)}")
    record.info[_ALONE] = _opened_alone(engine, connection)
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute(f"PRAGMA journal_size_limit = {LOG_BYTES}")


def _returned(_connection: Any, record: Any) -> None:
    if record.info.get(_ALONE):
        record.invalidate()


def _opened_alone(engine: Engine, connection: Any) -> bool:
    """On a full disk there is no room for the memory that users of a write-ahead log share, not even to read.

    A process that has the file for itself needs none: it gets the file so, until it closes, if nobody else has it.
    """
    try:
        if shutil.disk_usage(Path(engine.url.database or "").parent).free >= STARVED_BYTES:
            return False
    except OSError:
        return False
    trial = _connect(engine)  # one that failed once fails for good
    try:
        trial.execute("SELECT count(*) FROM sqlite_schema").fetchone()
    except sqlite_in_use().module.OperationalError:
        connection.execute("PRAGMA locking_mode = EXCLUSIVE")
        return True
    finally:
        trial.close()
    return False


def _begun(journal: str, connection: Connection) -> None:
    if not connection.get_execution_options().get("monitor_writes", False):
        connection.exec_driver_sql("BEGIN")
        return
    # A writer asks for its lock at the start: two that read first and write later would block each other for good.
    connection.exec_driver_sql("BEGIN IMMEDIATE")
    if journal == ROLLBACK and connection.exec_driver_sql("PRAGMA journal_mode").scalar() == WAL:
        connection.exec_driver_sql("ROLLBACK")
        raise _other_journal(connection.engine)


def settle_journal(engine: Engine, journal: str, lock_wait_s: float) -> None:
    """Brings the file to this journal.

    Raises WorkspaceError where it would have to leave the write-ahead log while another process has it open, and the
    driver's errors. To go over to the log is put off to the next opening while others are at the file.
    """
    (mode,) = _asked(engine, lock_wait_s, "PRAGMA journal_mode")
    busy = sqlite_in_use().module.OperationalError
    if mode == WAL and journal == ROLLBACK:
        engine.dispose()  # what this process has open is in the way too
        # Exclusive from the first access on: with the log, that is whether anybody else has the file open.
        try:
            (mode,) = _asked(engine, _SWITCH_WAIT_S, "PRAGMA locking_mode = EXCLUSIVE", "PRAGMA journal_mode = DELETE")
        except busy as error:
            if "locked" not in str(error):
                raise
            raise _other_journal(engine) from error
    elif mode != WAL and journal == WAL:
        try:
            _asked(engine, min(lock_wait_s, _SWITCH_WAIT_S), "PRAGMA journal_mode = WAL")
        except busy as error:
            if "locked" not in str(error):
                raise


def cut_log(engine: Engine, file: Path) -> None:
    """Empties a write-ahead log that has grown too large, unless a reader is in the way.

    What fails here has lost nothing: the commit before is in the log, and the next one tries again.
    """
    log = file.with_name(file.name + "-wal")
    with suppress(OSError, sqlite_in_use().module.Error):
        if log.stat().st_size > LOG_BYTES:
            _asked(engine, _CUT_WAIT_S, "PRAGMA wal_checkpoint(TRUNCATE)")


def _asked(engine: Engine, wait_s: float, *statements: str) -> tuple[Any, ...]:
    """The last statement's first row, on a connection of its own."""
    raw = _connect(engine)
    try:
        raw.isolation_level = None
        raw.execute(f"PRAGMA busy_timeout = {int(wait_s * 1000)}")
        _opened_alone(engine, raw)
        row: tuple[Any, ...] = ()
        for statement in statements:
            row = raw.execute(statement).fetchone() or ()
        return row
    finally:
        raw.close()


def _connect(engine: Engine) -> Any:
    where, how = engine.dialect.create_connect_args(engine.url)
    return engine.dialect.connect(*where, **how)


def _other_journal(engine: Engine) -> WorkspaceError:
    used = sqlite_in_use()
    reason = (
        "on a network file system" if used.is_sound else f"with this one's SQLite {used.version_name}, which is faulty"
    )
    return WorkspaceError(
        f"in use with a write-ahead log by another process, and not to be written so {reason}",
        where=engine.url.database,
        todo="end the other process first"
        + ("" if used.is_sound else ", or install the package `pysqlite3` (`monitor doctor` tells which is in use)"),
    )
