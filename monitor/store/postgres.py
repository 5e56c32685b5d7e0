"""PostgreSQL: its address, and how connections to it are made ready.

One database is one workspace: flags there name evidence in the workspace's folder, so each knows the other (see
`binding.py`). Several workspaces want several databases, which one server may hold.
"""

from __future__ import annotations

from functools import partial
from typing import Any

from sqlalchemy import URL, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError

from monitor.errors import UsageError
from monitor.store.columns import to_json

CONNECT_WAIT_S = 10
"""How long to wait for a server that does not answer, unless the address says otherwise (`?connect_timeout=`)."""

_SECRETS = ("password", "sslpassword", "passfile", "sslkey", "service")
"""Parameters of an address that are not for others to read."""
_TODO = "write `postgresql://user:password@host/database`"


def address(url: str | URL) -> URL:
    """The address with the driver that this program uses; `postgres://` and `postgresql://` are the same.

    Raises UsageError, without what was given, since that may hold a password.
    """
    try:
        made = make_url(url)
    except (ArgumentError, ValueError) as error:
        raise UsageError("no database address", where="database_url", todo=_TODO) from error
    if made.drivername not in {"postgres", "postgresql", "postgresql+psycopg"}:
        raise UsageError(f"{made.drivername}: only PostgreSQL can be used", where="database_url", todo=_TODO)
    return made.set(drivername="postgresql+psycopg")


def shown(url: URL) -> str:
    """The address as people may see it: where, not with what secret."""
    bare = url.difference_update_query(_SECRETS).set(drivername="postgresql")
    return bare.render_as_string(hide_password=True)


def engine_for(url: URL, lock_wait_s: float) -> Engine:
    """Holds one connection between calls. A writer that waits for another gives up after `lock_wait_s`.

    Raises UsageError when psycopg is not installed or the address has parameters that it does not know.
    """
    more = {} if "connect_timeout" in url.query else {"connect_timeout": CONNECT_WAIT_S}
    try:
        engine = create_engine(
            url, json_serializer=to_json, pool_size=1, max_overflow=-1, pool_pre_ping=True, connect_args=more
        )
    except ImportError as error:
        raise UsageError("PostgreSQL needs psycopg", where="database_url", todo="`make setup`") from error
    event.listen(engine, "connect", partial(_connected, lock_wait_s))
    return engine


def _connected(lock_wait_s: float, connection: Any, _record: Any) -> None:
    with connection.cursor() as cursor:
        # Whatever the server's defaults: writers who waited see what the others wrote, times in UTC, commits that last.
        cursor.execute("SET default_transaction_isolation = 'read committed'")
        cursor.execute(f"SET lock_timeout = {max(1, int(lock_wait_s * 1000))}")
        cursor.execute("SET TIME ZONE 'UTC'")
        cursor.execute("SET synchronous_commit = on")
    connection.commit()
