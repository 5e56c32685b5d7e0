"""`monitor dashboard`: the reviewers' pages over a workspace, until somebody stops it."""

from __future__ import annotations

import errno
import os
import secrets
import signal
import socket
import sys
from datetime import UTC, datetime

from monitor.cli.show import operator
from monitor.config import Settings
from monitor.errors import MissingComponentError, UsageError
from monitor.plain import plain
from monitor.review.desk import Desk
from monitor.roles import Role

FIRST = "lead"
"""Login of the account that `--first-account` makes."""
_PASSWORD_BYTES = 9
"""72 bits in twelve characters: nobody guesses it over a login page."""


def serve(settings: Settings, *, first_account: bool) -> None:
    """Serve the workspace's dashboard; with `first_account` make an account, where there is none, and tell it.

    Raises UsageError for a workspace that is not there and an address that cannot be listened on, WorkspaceError as
    `Store.of`, MissingComponentError when the dashboard is not installed.
    """
    if not settings.database_url and not settings.workspace.is_dir():
        raise UsageError(
            "no such workspace", where=settings.workspace, todo="scan something first: `monitor scan … --workspace …`"
        )
    _must_be_free(settings.dashboard_address, settings.dashboard_port)
    try:
        from dashboard.app import serve as serve_pages
    except ImportError as error:
        raise MissingComponentError(
            f"the dashboard cannot be loaded ({error.name} is missing)", todo="install the package with all it needs"
        ) from error
    desk = Desk.of(settings)
    accounts = desk.accounts.all()
    if not accounts and first_account:
        password = secrets.token_urlsafe(_PASSWORD_BYTES)
        desk.accounts.add(FIRST, Role.LEAD, shown="组长", password=password, by=operator(), at=datetime.now(UTC))
        _say(f"account {FIRST}, password {password}: shown this once, kept nowhere")
    elif not accounts:
        _warn("nobody has an account yet: `monitor users add NAME --role lead`, then log in")
    _say(f"dashboard of {plain(str(settings.workspace))}: http://{_shown_address(settings)}  (stop with Ctrl+C)")
    # The server stops in order by itself, then raises the signal again.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    try:
        serve_pages(desk)
    except KeyboardInterrupt:
        _say("stopped; everything that was decided is kept")


def _must_be_free(address: str, port: int) -> None:
    where = f"{address}:{port}"
    try:
        family, kind, *_, found = socket.getaddrinfo(address, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind) as tried:
            if os.name != "nt":
                tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            tried.bind(found)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise UsageError("the port is taken", where=where, todo="give another with --port") from error
        if error.errno == errno.EACCES:
            raise UsageError("the port may not be used", where=where, todo="give one above 1023 with --port") from error
        raise UsageError(
            "cannot be listened on", where=where, todo="set `dashboard_address` to one of this machine's"
        ) from error


def _shown_address(settings: Settings) -> str:
    address = settings.dashboard_address
    if address in {"0.0.0.0", "::"}:
        address = "localhost"
    return f"[{address}]:{settings.dashboard_port}" if ":" in address else f"{address}:{settings.dashboard_port}"


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def _warn(text: str) -> None:
    sys.stderr.write(f"monitor: {text}\n")
