"""`users`: who may log in to the dashboard, and as what."""

from __future__ import annotations

import getpass
import sys
from datetime import UTC, datetime

from rich import box
from rich.markup import escape
from rich.table import Table

from monitor.cli.audit import seal_log
from monitor.cli.show import err, open_workspace, operator, out
from monitor.config import Settings
from monitor.errors import UsageError
from monitor.plain import plain
from monitor.review.accounts import Accounts
from monitor.review.passwords import made
from monitor.roles import ROLE_NAMES, Role
from monitor.signing import load_signer
from monitor.store import Store
from monitor.store.accounts import Account


def add(
    settings: Settings,
    name: str,
    role: str,
    *,
    shown: str,
    password_stdin: bool,
    oidc: tuple[str, str] | None,
    by: str | None,
) -> None:
    """Make an account. Without a password from standard input and without OIDC one is made, and printed this once.

    The workspace is made where there is none: a desk has people before it has flags. Raises UsageError for a role that
    is none, AccountError for a name, password or subject that cannot be or is taken.
    """
    wanted = _role(role)
    password = _given() if password_stdin else made() if oidc is None else None
    store = Store.of(settings)
    account = Accounts(store, settings).add(
        name, wanted, shown=shown, password=password, oidc=oidc, by=operator(by), at=datetime.now(UTC)
    )
    _say(f"account {account.name}: {_role_name(account.role)}{', logs in by OIDC' if oidc else ''}")
    if password is not None and not password_stdin:
        _tell_once(account, password)
    _seal(store, settings)


def show(settings: Settings) -> None:
    """Print all accounts, in order of name."""
    found = Accounts(open_workspace(settings), settings).all()
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0))
    for column in ("name", "shown", "role", "state"):
        table.add_column(column, overflow="fold")
    table.add_column("last seen", no_wrap=True)
    table.add_column("logs in by", overflow="fold")
    for account in found:
        seen = "never" if account.seen_at is None else account.seen_at.astimezone().isoformat(" ", "minutes")
        by = [*(["password"] if account.has_password else []), *(account.oidc or ())]
        table.add_row(
            escape(plain(account.name)),
            escape(plain(account.shown)),
            _role_name(account.role),
            "active" if account.active else "disabled",
            seen,
            escape(plain(" ".join(by) or "nothing")),
        )
    if found:
        out.print(table)
    active = sum(account.active for account in found)
    _say(f"{len(found)} accounts, {active} of them active")


def change_role(settings: Settings, name: str, role: str, *, by: str | None) -> None:
    """Give somebody another role; they have to log in again."""
    wanted, store = _role(role), open_workspace(settings)
    account = Accounts(store, settings).change(name, role=wanted, by=operator(by), at=datetime.now(UTC))
    _say(f"account {account.name}: {_role_name(account.role)}")
    _seal(store, settings)


def change_password(settings: Settings, name: str, *, password_stdin: bool, by: str | None) -> None:
    """Give somebody another password, made and printed this once unless it comes from standard input.

    They have to log in again, and need not wait however often somebody guessed before.
    """
    store = open_workspace(settings)
    password = _given() if password_stdin else made()
    account = Accounts(store, settings).change(name, password=password, by=operator(by), at=datetime.now(UTC))
    _say(f"account {account.name}: another password; logged out everywhere")
    if not password_stdin:
        _tell_once(account, password)
    _seal(store, settings)


def change_active(settings: Settings, name: str, *, active: bool, by: str | None) -> None:
    """Disable an account, which logs it out everywhere, or enable it."""
    store = open_workspace(settings)
    account = Accounts(store, settings).change(name, active=active, by=operator(by), at=datetime.now(UTC))
    _say(f"account {account.name}: {'enabled' if account.active else 'disabled; logged out everywhere'}")
    _seal(store, settings)


def _given() -> str:
    """The first line of standard input; not shown while somebody types it."""
    return getpass.getpass("password: ") if sys.stdin.isatty() else sys.stdin.readline().rstrip("\r\n")


def _role(word: str) -> Role:
    for role, name in ROLE_NAMES.items():
        if word in (role.value, name):
            return role
    names = ", ".join(f"{role} ({name})" for role, name in ROLE_NAMES.items())
    raise UsageError(f"no role: {word}", where="role", todo=f"one of {names}")


def _role_name(role: Role) -> str:
    return f"{role} ({ROLE_NAMES[role]})"


def _tell_once(account: Account, password: str) -> None:
    """The password alone on a line of standard output; what is to be known about it beside."""
    err.print(f"the password of {escape(plain(account.name))}, kept nowhere and not shown again:", soft_wrap=True)
    _say(password)


def _seal(store: Store, settings: Settings) -> None:
    # Last: a password that was told is good, whatever comes of the seal.
    seal_log(store.audit, load_signer(settings.keys), settings)


def _say(line: str) -> None:
    out.print(plain(line), markup=False, soft_wrap=True)
