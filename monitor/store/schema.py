"""Brings a database to the tables that this program knows: makes them, moves older ones on, refuses newer ones."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import inspect, text

from monitor.errors import WorkspaceError
from monitor.store.database import Database

MIGRATIONS = Path(__file__).parent / "migrations"
_LOCK = 0x6D6F6E69746F72
"""Key of the advisory lock in PostgreSQL under which one process at a time migrates: `monitor` in ASCII."""


def bring_up_to_date(database: Database) -> None:
    """Raises WorkspaceError when the database is of a newer program, of another one, damaged, or not writable."""
    if database.is_sqlite:
        _use_rollback_journal(database)
    scripts = ScriptDirectory(str(MIGRATIONS))
    # Asked under the write lock: of two processes that open a new workspace at once, the second finds the tables.
    with database.connection() as connection:
        if not database.is_sqlite:
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
        found = MigrationContext.configure(connection).get_current_heads()
        if found == tuple(scripts.get_heads()):
            return
        known = {script.revision for script in scripts.walk_revisions()}
        if set(found) - known:
            raise WorkspaceError(
                f"written by a newer version of this program (tables {', '.join(found)})",
                where=database.where,
                todo="update the program, or choose another workspace",
            )
        if not found and inspect(connection).get_table_names():
            raise WorkspaceError(
                "a database of another program", where=database.where, todo="choose another workspace or address"
            )
        config = Config()
        config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def _use_rollback_journal(database: Database) -> None:
    """Several processes write, and SQLite 3.7.0 to 3.51.2 can corrupt a write-ahead log then
    (https://www.sqlite.org/wal.html, "WAL-reset bug"): so the rollback journal, whoever made the file.
    """
    with database.explained():
        raw = database.engine.raw_connection()
        try:
            cursor = raw.cursor()
            (mode,) = cursor.execute("PRAGMA journal_mode").fetchone()
            if mode == "wal":
                cursor.execute("PRAGMA journal_mode = DELETE")
        finally:
            raw.close()
