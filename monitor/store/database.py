"""One database, in SQLite or PostgreSQL: connections, transactions, and errors that say what to do."""

from __future__ import annotations

import os
import shutil
import sqlite3
import weakref
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import URL, Connection, Engine, Pool, QueuePool, create_engine, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from monitor.errors import WorkspaceError
from monitor.store import complaints, postgres, sqlite
from monitor.store.columns import to_json

T = TypeVar("T")

FILE = "monitor.db"

LOCK_WAIT_S = 30.0
"""How long a writer waits for another before it gives up, unless told otherwise."""

PAGE = 500
"""Rows asked for or changed at a time: far below what SQLite and PostgreSQL accept in one IN list."""

_open: weakref.WeakSet[Database] = weakref.WeakSet()
_inherited: list[Pool] = []
"""Connections of the process that this one was forked from. They are its alone: never used here, and never closed."""


def pages(items: Sequence[T]) -> Iterator[Sequence[T]]:
    for first in range(0, len(items), PAGE):
        yield items[first : first + PAGE]


def writable_file(workspace: Path) -> Path:
    """The database file of a workspace, whose folder is made. Raises WorkspaceError when it may not be written."""
    try:
        workspace.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise WorkspaceError(
            f"no folder for the workspace: {error.strerror}", where=workspace, todo="choose another with --workspace"
        ) from error
    file = workspace / FILE
    # Asked beforehand: SQLite opens what it may not write for reading, and says so at the first write only.
    beside = [workspace / f"{FILE}{ending}" for ending in ("", "-wal", "-shm", "-journal")]
    for place, needed in ((workspace, os.W_OK | os.X_OK), *((one, os.R_OK | os.W_OK) for one in beside)):
        if place.exists() and not os.access(place, needed):
            raise WorkspaceError(
                "cannot be written", where=place, todo="check its owner and permissions, or choose another workspace"
            )
    return file


class Database:
    """One database by its address.

    Between calls one connection is held, idle and in no transaction; a process that is forked off makes its own.
    """

    def __init__(self, url: str | URL, where: Path | None = None, *, lock_wait_s: float = LOCK_WAIT_S) -> None:
        """`where` is the workspace's own file; without it `url` names a PostgreSQL database.

        Raises UsageError for an address that names no database this installation can speak to.
        """
        self.file = where
        self.lock_wait_s = lock_wait_s
        if where is None:
            place = postgres.address(url)
            self.engine, self.where = postgres.engine_for(place, lock_wait_s), postgres.shown(place)
        else:
            self.engine, self.where = _sqlite_engine(where), str(where)
            self.journal = sqlite.journal_for(where.parent, sqlite.sqlite_in_use().version)
            sqlite.prepare(self.engine, self.journal, lock_wait_s)
        # A connection left open would keep its write-ahead log beside the file.
        weakref.finalize(self, self.engine.dispose)
        _open.add(self)

    @property
    def is_sqlite(self) -> bool:
        return self.file is not None

    def close(self) -> None:
        """Lets go of the connection; the next call makes a new one."""
        self.engine.dispose()

    def version(self) -> str:
        """Of the server or of SQLite, as it names itself. Raises WorkspaceError when it does not answer."""
        with self.reading() as session:
            asked = "SELECT sqlite_version()" if self.is_sqlite else "SHOW server_version"
            return str(session.scalar(text(asked)))

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A short look: to be left soon, since a reader keeps a write-ahead log from being cut back."""
        with self.explained(), Session(self.engine) as session:
            yield session

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """One transaction: all of it or nothing, and on the disk when this returns. Raises WorkspaceError."""
        engine = self.engine.execution_options(monitor_writes=True)
        with self.explained():
            with Session(engine) as session, session.begin():
                yield session
            if self.file is not None:
                sqlite.cut_log(self.engine, self.file)

    @contextmanager
    def connection(self) -> Iterator[Connection]:
        """A writing transaction without the object layer, for migrations."""
        engine = self.engine.execution_options(monitor_writes=True)
        with self.explained(), engine.begin() as connection:
            yield connection

    @contextmanager
    def explained(self) -> Iterator[None]:
        """Turns the database's own errors into WorkspaceError."""
        try:
            yield
        except (DBAPIError, sqlite3.Error, sqlite.sqlite_in_use().module.Error) as error:
            # A connection that fails while it is prepared reports in the driver's own type.
            said = error.orig if isinstance(error, DBAPIError) else error
            meaning = self._meaning(said)
            if meaning is not None:
                raise WorkspaceError(meaning.what, where=self.where, todo=meaning.todo) from error
            first, _, _ = str(said).partition("\n")
            raise WorkspaceError(f"the database refused: {first}", where=self.where) from error

    def _meaning(self, said: Any) -> complaints.Meaning | None:
        if self.file is None:
            return complaints.of_postgres(str(said), getattr(said, "sqlstate", None))
        try:
            free_bytes = shutil.disk_usage(self.file.parent).free
        except OSError:
            free_bytes = None
        return complaints.of_sqlite(str(said), free_bytes=free_bytes)


def _sqlite_engine(file: Path) -> Engine:
    return create_engine(
        URL.create("sqlite", database=str(file)),
        module=sqlite.sqlite_in_use().module,
        json_serializer=to_json,
        poolclass=QueuePool,
        pool_size=1,
        max_overflow=-1,
    )


def _leave_to_parent() -> None:
    for database in list(_open):
        _inherited.append(database.engine.pool)
        database.engine.dispose(close=False)


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_leave_to_parent)
