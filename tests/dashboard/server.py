"""The real dashboard in a process of its own, over a workspace with an account for everybody, for browsers to visit."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from argon2 import PasswordHasher
from desk_outline import ADJUDICATORS, LEADS
from playwright.sync_api import Browser, BrowserContext

from monitor.config import Settings
from monitor.review.accounts import Accounts
from monitor.review.passwords import Passwords
from monitor.roles import Role
from monitor.store import Store

PASSWORD = "山重水复疑无路，柳暗花明又一村"
COOKIE = "desk"
CROWD = tuple(f"reviewer{number:02d}" for number in range(1, 21))
"""Twenty reviewers; the first twelve decided about flags of a made-up desk before."""
PEOPLE: Mapping[str, Role] = {
    **dict.fromkeys(CROWD, Role.REVIEWER),
    **dict.fromkeys(LEADS, Role.LEAD),
    **dict.fromkeys(ADJUDICATORS, Role.ADJUDICATOR),
    "editor01": Role.EDITOR,
    "admin01": Role.ADMIN,
    "reader01": Role.READER,
}
START_S = 90.0
"""On a machine busy with other things Streamlit takes half a minute to load."""
STOP_S = 20.0


@dataclass(slots=True)
class Served:
    """A dashboard that answers."""

    address: str
    """`http://127.0.0.1:…`, without a slash."""
    workspace: Path
    keys: Path
    process: subprocess.Popen[bytes]
    log: Path
    """What the process says."""
    accounts: Accounts
    _tokens: dict[str, str] = field(default_factory=dict)

    def token(self, login: str) -> str:
        """What a browser's cookie holds after `login` has logged in; one log-in for each person."""
        if login not in self._tokens:
            self._tokens[login] = self.accounts.log_in(login, PASSWORD, at=datetime.now(UTC))
        return self._tokens[login]

    def cookie(self, login: str) -> dict[str, Any]:
        """For `BrowserContext.add_cookies`."""
        return {"name": COOKIE, "value": self.token(login), "url": self.address, "httpOnly": True, "sameSite": "Lax"}

    def context(self, browser: Browser, login: str | None = "reviewer01", **more: Any) -> BrowserContext:
        """A browser of somebody who has logged in; of nobody when None. To be closed by the caller."""
        given = {"viewport": {"width": 1440, "height": 900}, "locale": "zh-CN", "timezone_id": "Asia/Shanghai", **more}
        context = browser.new_context(base_url=self.address, **given)
        if login is not None:
            context.add_cookies([self.cookie(login)])
        return context


def add_people(accounts: Accounts, people: Mapping[str, Role] = PEOPLE) -> None:
    """An account for each who has none, all with the same password."""
    there = {account.name for account in accounts.all()}
    names = {
        Role.REVIEWER: "审核",
        Role.LEAD: "组长",
        Role.ADJUDICATOR: "终审",
        Role.EDITOR: "词库",
        Role.ADMIN: "管理",
    }
    for login, role in people.items():
        if login not in there:
            shown = f"{names.get(role, '访客')}{login[-2:]}"
            accounts.add(login, role, shown=shown, password=PASSWORD, by="test", at=datetime.now(UTC))


def quick_accounts(store: Store, settings: Settings) -> Accounts:
    """Whose passwords are hashed in a millisecond: real ones take a tenth of a second and 64 MiB each."""
    return Accounts(store, settings, passwords=Passwords(PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)))


@contextmanager
def serving(
    workspace: Path,
    keys: Path,
    *,
    people: Mapping[str, Role] = PEOPLE,
    settings: Mapping[str, object] | None = None,
    command: Iterable[str] = (),
    port: int | None = None,
) -> Iterator[Served]:
    """Starts `monitor dashboard` on a free port, or the one given, waits until it answers, and stops it.

    `settings` are given by the environment, as `MONITOR_…`. Raises RuntimeError with what the process said when it does
    not come up, and when it does not go down by itself.
    """
    given = dict(settings or {})
    own = Settings(workspace=workspace, keys=keys, **given)
    accounts = quick_accounts(Store.of(own), own)
    add_people(accounts, people)
    home = keys.parent / f"{keys.name}-home"
    home.mkdir(exist_ok=True)
    log = home / "dashboard.log"
    port = port or free_port()
    environment = {
        **os.environ,
        "HOME": str(home),
        "MONITOR_KEYS": str(keys.resolve()),
        **{f"MONITOR_{name.upper()}": str(value) for name, value in given.items()},
    }
    asked = [*command, sys.executable, "-m", "monitor", "dashboard"]
    with log.open("wb") as said:
        process = subprocess.Popen(
            [*asked, "--workspace", str(workspace.resolve()), "--port", str(port)],
            stdin=subprocess.DEVNULL, stdout=said, stderr=said, cwd=home, env=environment,
        )  # fmt: skip
    served = Served(f"http://127.0.0.1:{port}", workspace, keys, process, log, accounts)
    try:
        _wait_for(served)
        yield served
    finally:
        _stop(served)


def free_port() -> int:
    with socket.socket() as tried:
        tried.bind(("127.0.0.1", 0))
        return int(tried.getsockname()[1])


def _wait_for(served: Served) -> None:
    ends = time.monotonic() + START_S
    while time.monotonic() < ends:
        if served.process.poll() is not None:
            break
        try:
            with urllib.request.urlopen(f"{served.address}/login", timeout=5) as answer:
                if answer.status == 200:
                    return
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            time.sleep(0.1)
    raise RuntimeError(f"the dashboard does not answer\n{_said(served)}")


def _stop(served: Served) -> None:
    process = served.process
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
    try:
        process.wait(STOP_S)
    except subprocess.TimeoutExpired as error:
        process.kill()
        process.wait()
        raise RuntimeError(f"the dashboard did not stop within {STOP_S:.0f} s\n{_said(served)}") from error


def _said(served: Served) -> str:
    return served.log.read_text("utf-8", "replace")[-4000:]
