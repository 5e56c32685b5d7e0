"""`users` as an operator calls it."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from monitor.cli.app import app
from monitor.config import Settings
from monitor.errors import MonitorError
from monitor.review.accounts import Accounts
from monitor.roles import Person, RefusedError, Role
from monitor.store import Store

ISSUER, SUBJECT = "https://id.example.com", "248289761001"


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    return tmp_path / "workspace"


@pytest.fixture(scope="module")
def manned(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace with one account, for whatever changes nothing."""
    workspace = tmp_path_factory.mktemp("manned") / "workspace"
    users(workspace, "add", "小王", "--role", "reader")
    return workspace


def users(workspace: Path, *words: str, typed: str | None = None) -> Result:
    """What `monitor users …` says; what it refuses is raised."""
    done = CliRunner().invoke(app, ["users", *words, "--workspace", str(workspace)], input=typed)
    if isinstance(done.exception, MonitorError):
        raise done.exception
    return done


def accounts_in(workspace: Path) -> Accounts:
    return Accounts(Store.open(workspace), Settings())


def log_in(workspace: Path, name: str, password: str) -> Person | None:
    accounts, now = accounts_in(workspace), datetime.now(UTC)
    return accounts.person(accounts.log_in(name, password, at=now), at=now)


def test_an_account_from_the_first_to_the_last(workspace: Path) -> None:
    """Made with a password that is told once, listed, given another role and password, disabled and enabled."""
    done = users(workspace, "add", "小王", "--role", "reviewer", "--shown", "王老师", "--by", "desk")
    said, password = done.stdout.splitlines()
    assert said == "account 小王: reviewer (审核员)"
    assert "not shown again" in done.stderr
    assert log_in(workspace, "小王", password) == Person("小王", "王老师", Role.REVIEWER)
    assert users(workspace, "role", "小王", "组长").stdout == "account 小王: lead (组长)\n"
    fresh = users(workspace, "password", "小王").stdout.splitlines()[-1]
    with pytest.raises(RefusedError):
        log_in(workspace, "小王", password)
    assert log_in(workspace, "小王", fresh) == Person("小王", "王老师", Role.LEAD)
    assert "disabled" in users(workspace, "disable", "小王").stdout
    with pytest.raises(RefusedError):
        log_in(workspace, "小王", fresh)
    listed = users(workspace, "list").stdout
    assert all(word in listed for word in ("小王", "王老师", "lead (组长)", "disabled", "1 accounts, 0 of them active"))
    assert password not in listed
    assert "enabled" in users(workspace, "enable", "小王").stdout
    assert log_in(workspace, "小王", fresh)
    log = Store.open(workspace).audit
    assert [entry.actor for entry in log.entries(end=1)] == ["desk"]
    assert len((workspace / "audit" / "heads.jsonl").read_text("utf-8").splitlines()) == 5


@pytest.mark.parametrize("typed", ["四个词一起就很好记住啦-2026\n", "四个词一起就很好记住啦-2026\r\n第二行\n"])
def test_a_password_from_standard_input(workspace: Path, typed: str) -> None:
    """Its first line without the end of it; it is not printed."""
    done = users(workspace, "add", "li", "--role", "admin", "--password-stdin", typed=typed)
    assert done.stdout == "account li: admin (管理员)\n"
    assert "四个词" not in done.output
    assert log_in(workspace, "li", "四个词一起就很好记住啦-2026")
    users(workspace, "password", "li", "--password-stdin", typed="又是另外四个词放在这里呀\n")
    with pytest.raises(RefusedError):
        log_in(workspace, "li", "四个词一起就很好记住啦-2026")


def test_an_account_that_logs_in_elsewhere(workspace: Path) -> None:
    """Bound to issuer and subject, and without a password that nobody would know of."""
    done = users(workspace, "add", "li", "--role", "lead", "--oidc", ISSUER, SUBJECT)
    assert done.stdout == "account li: lead (组长), logs in by OIDC\n"
    accounts, now = accounts_in(workspace), datetime.now(UTC)
    token = accounts.redeem(accounts.log_in_oidc(ISSUER, SUBJECT, name="", at=now), at=now)
    assert accounts.person(token, at=now) == Person("li", "li", Role.LEAD)
    (account,) = accounts.all()
    assert not account.has_password
    assert SUBJECT in users(workspace, "list").stdout.replace("\n", "")


@pytest.mark.parametrize(
    ("words", "typed", "said"),
    [
        (["add", "li", "--role", "chief"], None, r"no role: chief; one of reviewer \(审核员\), lead"),
        (["add", "a b", "--role", "lead"], None, "cannot be a login"),
        (["add", "小王", "--role", "lead"], None, "such an account already"),
        (["add", "li", "--role", "lead", "--password-stdin"], "short\n", "a password of 5 characters; take 12 to 128"),
        (["add", "li", "--role", "lead", "--password-stdin"], "", "a password of 0 characters"),
        (["add", "li", "--role", "lead", "--by", "system"], None, "a person's name is needed"),
        (["role", "li", "lead"], None, "account li: no such account; see `monitor users list`"),
        (["password", "li"], None, "no such account"),
        (["disable", "li"], None, "no such account"),
    ],
)
def test_what_cannot_be_is_told_in_a_line(manned: Path, words: list[str], typed: str | None, said: str) -> None:
    """With what to do about it and the exit code of a wrong use; nothing has changed."""
    with pytest.raises(MonitorError, match=said) as caught:
        users(manned, *words, typed=typed)
    assert caught.value.exit_code == 2
    assert [(account.name, account.role) for account in accounts_in(manned).all()] == [("小王", Role.READER)]


def test_lists_need_a_workspace(workspace: Path) -> None:
    """Asking makes none."""
    with pytest.raises(MonitorError, match="no workspace there"):
        users(workspace, "list")
    assert not workspace.exists()
