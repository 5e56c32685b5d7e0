"""Connections, transactions, and what a database's complaints mean to the person at the keyboard."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, NullPool, create_engine, event
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError
from sqlalchemy.orm import Session

from monitor.errors import UsageError, WorkspaceError
from monitor.store.columns import to_json

FILE = "monitor.db"

LOCK_WAIT_S = 30.0
"""How long a writer waits for another before it gives up, unless told otherwise."""

_MEANINGS = (
    ("is full", "the disk is full", "free some space and run the same command again; what is stored stays"),
    ("is locked", "locked by another process", "wait for it, or end it, and run the same command again"),
    ("readonly", "cannot be written", "check its owner and permissions"),
    ("unable to open", "cannot be opened", "check that the folder exists and may be written"),
    ("not a database", "not a database", "move the file away, or choose another workspace"),
    ("malformed", "damaged", "move it away and scan again, or restore a backup"),
    ("disk i/o error", "the disk refused to write or read", "check free space and quota, then the disk"),
)


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
    for place, needed in ((workspace, os.W_OK | os.X_OK), (file, os.R_OK | os.W_OK)):
        if place.exists() and not os.access(place, needed):
            raise WorkspaceError(
                "cannot be written", where=place, todo="check its owner and permissions, or choose another workspace"
            )
    return file


class Database:
    """One database by its address. Holds no connection between calls, so it survives a fork."""

    def __init__(self, url: str | URL, where: Path | None = None, *, lock_wait_s: float = LOCK_WAIT_S) -> None:
        """Raises UsageError for an address that names no database this installation can speak to."""
        try:
            self.engine = _engine(url, lock_wait_s)
        except (ArgumentError, NoSuchModuleError, ModuleNotFoundError) as error:
            raise UsageError(f"no usable database address: {error}", where="database") from error
        self.where = str(where) if where else self.engine.url.render_as_string(hide_password=True)

    @property
    def is_sqlite(self) -> bool:
        return self.engine.dialect.name == "sqlite"

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A short look: to be left soon, since in SQLite a reader holds up whoever wants to commit."""
        with self.explained(), Session(self.engine) as session:
            yield session

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """One transaction: all of it or nothing. Raises WorkspaceError, with what to do."""
        engine = self.engine.execution_options(monitor_writes=True)
        with self.explained(), Session(engine) as session, session.begin():
            yield session

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
        except (DBAPIError, sqlite3.Error) as error:
            # A connection that fails while it is prepared reports in the driver's own type.
            said = error.orig if isinstance(error, DBAPIError) else error
            complaint = str(said).lower()
            for sign, what, todo in _MEANINGS:
                if sign in complaint:
                    raise WorkspaceError(what, where=self.where, todo=todo) from error
            raise WorkspaceError(f"the database refused: {said}", where=self.where) from error


def _engine(url: str | URL, lock_wait_s: float) -> Engine:
    engine = create_engine(url, poolclass=NullPool, json_serializer=to_json)
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", partial(_prepare_sqlite, lock_wait_s))
        event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(lock_wait_s: float, connection: sqlite3.Connection, _record: Any) -> None:
    # The driver would begin transactions by itself, too late and never for reads; `_begin_sqlite` does it instead.
    connection.isolation_level = None
    connection.execute(f"PRAGMA busy_timeout = {int(lock_wait_s * 1000)}")
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("PRAGMA synchronous = FULL")


def _begin_sqlite(connection: Connection) -> None:
    # A writer asks for its lock at the start: two that read first and write later would block each other for good.
    writes = connection.get_execution_options().get("monitor_writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
