"""Brings a database to the tables that this program knows: makes them, moves older ones on, refuses newer ones."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Connection, inspect, text

from monitor.errors import WorkspaceError
from monitor.store import binding, sqlite
from monitor.store.database import FILE, Database

MIGRATIONS = Path(__file__).parent / "migrations"
_LOCK = 0x6D6F6E69746F72
"""Key of the advisory lock in PostgreSQL under which one process at a time migrates: `monitor` in ASCII."""


def bring_up_to_date(database: Database, workspace: Path | None = None) -> None:
    """Opens a database for use; `workspace` is the folder that one in PostgreSQL is to belong to.

    Raises WorkspaceError when the database is of a newer program, of another one, of another workspace, damaged, or
    not writable.
    """
    if database.file is not None:
        binding.refuse_own_file(database.file.parent)
    # Nearly always there is nothing to do, and to find that out must not make anybody wait.
    with database.explained(), database.engine.connect() as connection:
        up_to_date = _is_current(connection, database.where)
    if database.file is not None:
        with database.explained():
            sqlite.settle_journal(database.engine, database.journal, database.lock_wait_s)
        if up_to_date:
            return
    # Asked again under the write lock: of two processes that open a new workspace at once, the second finds the tables.
    with database.connection() as connection:
        if not database.is_sqlite:
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
        if not _is_current(connection, database.where):
            _migrate(connection)
        if workspace is not None and not database.is_sqlite:
            binding.bind(connection, workspace, database.where, own_file=FILE)


def newest() -> str:
    """The revision that the files in `migrations/versions` lead up to: each is named after its own, in order."""
    return _revision(_files()[-1])


def _is_current(connection: Connection, where: str) -> bool:
    """Whether all tables are there. Raises WorkspaceError when they are others than this program's."""
    if not inspect(connection).has_table("alembic_version"):
        if inspect(connection).get_table_names():
            raise WorkspaceError(
                "a database of another program", where=where, todo="choose another workspace or address"
            )
        return False
    found = set(connection.scalars(text("SELECT version_num FROM alembic_version")))
    if found - {_revision(path) for path in _files()}:
        raise WorkspaceError(
            f"written by a newer version of this program (tables {', '.join(sorted(found))})",
            where=where,
            todo="update the program, or choose another workspace",
        )
    return found == {newest()}


def _migrate(connection: Connection) -> None:
    # Alembic takes a good part of a short command's time to load, and is seldom needed.
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def _files() -> list[Path]:
    return sorted((MIGRATIONS / "versions").glob("v[0-9][0-9][0-9][0-9]_*.py"))


def _revision(path: Path) -> str:
    return path.name[1:5]
