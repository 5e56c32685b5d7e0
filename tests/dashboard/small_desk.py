"""A small desk with real accounts, for tests of what is served."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from review.desk import fill
from server import quick_accounts

from dashboard import data
from monitor.config import Settings
from monitor.review.desk import Desk
from monitor.roles import Role

HOST = "http://127.0.0.1:8501"
PASSWORD = "柳暗花明又一村，山重水复疑无路"
FLAG = "f-1"


def quick(desk: Desk) -> Desk:
    """The same with passwords that take no time: what a real one takes is tried in `tests/review/test_accounts.py`."""
    return replace(desk, accounts=quick_accounts(desk.store, desk.settings))


def sit_down(folder: Path, **settings: object) -> Desk:
    """A desk over two flags with evidence; nobody has an account yet."""
    given = {"workspace": folder / "w", "keys": folder / "keys", **settings}
    desk = quick(Desk.of(Settings(**given)))
    fill(desk.store, [FLAG, "f-2"])
    return data.use(desk)


def hire(desk: Desk, role: Role) -> None:
    """An account that is called like its role, unless there is one; passwords take their time."""
    if role.value not in {account.name for account in desk.accounts.all()}:
        desk.accounts.add(role.value, role, password=PASSWORD, by="test", at=datetime.now(UTC))
