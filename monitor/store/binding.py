"""A workspace's folder and its PostgreSQL database belong together, and each knows the other.

Flags in the database name evidence in the folder; a scan clears evidence away that no flag names, and tells of flags
whose evidence is gone. With the wrong pair it would clear away everything. So the folder holds a number in a file, the
database holds the same, and whoever comes with one but not the other is refused. In a database file that lies in the
folder itself there is nothing to mistake.
"""

from __future__ import annotations

import secrets
from pathlib import Path

from sqlalchemy import Connection, text

from monitor.errors import WorkspaceError
from monitor.files import make_once

FILE = "database.id"
_MARK = "workspace "
"""What the number stands after, in the comment on Alembic's table: it is in every dump, and needs no table."""


def refuse_own_file(workspace: Path) -> None:
    """Raises WorkspaceError when the folder's records lie in PostgreSQL: its own file would know of none of them."""
    if (workspace / FILE).exists():
        raise WorkspaceError(
            "its records are in PostgreSQL", where=workspace,
            todo="give that database's address (`database_url`, MONITOR_DATABASE_URL), or choose another workspace",
        )  # fmt: skip


def bind(connection: Connection, workspace: Path, where: str, *, own_file: str) -> None:
    """Checks that the database is this folder's, or makes it so when both are new. Within the opening transaction.

    Raises WorkspaceError when either belongs to another, or the folder's number cannot be read or written.
    """
    asked = "SELECT obj_description('alembic_version'::regclass, 'pg_class')"
    theirs = (connection.scalar(text(asked)) or "").removeprefix(_MARK)
    ours = _number(workspace)
    if theirs and theirs == ours:
        return
    if theirs:
        raise WorkspaceError(
            f"the database {where} belongs to another workspace", where=workspace,
            todo="one database holds one workspace: choose another folder, or make another database",
        )  # fmt: skip
    if not ours:
        if (workspace / own_file).exists() or any((workspace / "evidence").glob("*")):
            raise WorkspaceError(
                f"holds records already, of which the database {where} knows nothing", where=workspace,
                todo="choose an empty folder for the new database; the old one stays readable without `database_url`",
            )  # fmt: skip
        _write(workspace, secrets.token_hex(16))
        ours = _number(workspace)
    elif any((workspace / "evidence").glob("*")):
        raise WorkspaceError(
            f"its records are in another database than {where}", where=workspace,
            todo="give that database's address, or choose an empty folder",
        )  # fmt: skip
    connection.execute(text(f"COMMENT ON TABLE alembic_version IS '{_MARK}{ours}'"))


def _number(workspace: Path) -> str:
    try:
        found = (workspace / FILE).read_text("ascii").strip()
    except FileNotFoundError:
        return ""
    except (OSError, ValueError) as error:
        raise WorkspaceError(
            "cannot be read", where=workspace / FILE, todo="restore it; it names the workspace's database"
        ) from error
    if not found.isalnum():
        raise WorkspaceError("damaged", where=workspace / FILE, todo="restore it; it names the workspace's database")
    return found


def _write(workspace: Path, number: str) -> None:
    try:
        make_once(workspace / FILE, number.encode() + b"\n")
    except OSError as error:
        raise WorkspaceError(
            f"cannot be written: {error.strerror}", where=workspace / FILE, todo="check free space and permissions"
        ) from error
