"""Who gets in, who does not, and what they may do then."""

from __future__ import annotations

import shutil
import unicodedata
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from argon2 import PasswordHasher

from monitor.audit import Act, Entry
from monitor.config import Settings
from monitor.errors import UsageError
from monitor.review.accounts import TICKET_S, Accounts, TooOftenError
from monitor.review.passwords import Passwords, made
from monitor.review.preferences import MOST_BYTES
from monitor.roles import RIGHT_NAMES, RIGHTS, ROLE_NAMES, Person, RefusedError, Right, Role
from monitor.store import Store
from monitor.store.accounts import AccountError

AT = datetime(2026, 11, 22, 9, tzinfo=UTC)

PASSWORD = "四个词一起就很好记住啦-2026"
ISSUER, SUBJECT = "https://id.example.com", "248289761001"


class CountedHasher(PasswordHasher):
    """A cheap argon2, and how often it compared."""

    def __init__(self, time_cost: int = 1) -> None:
        super().__init__(time_cost=time_cost, memory_cost=8, parallelism=1)
        self.compared = 0

    def verify(self, hash: str | bytes, password: str | bytes) -> bool:  # noqa: A002 - argon2's name
        self.compared += 1
        return super().verify(hash, password)


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace to copy: tables are made once."""
    workspace = tmp_path_factory.mktemp("empty") / "workspace"
    Store.open(workspace)._database.close()
    return workspace


@pytest.fixture
def store(empty: Path, tmp_path: Path) -> Store:
    return Store.open(shutil.copytree(empty, tmp_path / "workspace"))


@pytest.fixture
def hasher() -> CountedHasher:
    return CountedHasher()


@pytest.fixture
def accounts(store: Store, hasher: CountedHasher) -> Accounts:
    accounts = Accounts(store, Settings(login_hours=12), passwords=Passwords(hasher))
    accounts.add("小王", Role.REVIEWER, shown="王老师", password=PASSWORD, by="desk", at=AT)
    return accounts


def admin(accounts: Accounts) -> Person:
    accounts.add("admin", Role.ADMIN, password=PASSWORD, by="desk", at=AT)
    found = accounts.person(accounts.log_in("admin", PASSWORD, at=AT), at=AT)
    assert found
    return found


def logged(store: Store, *acts: Act) -> list[tuple[str, str, str, object]]:
    entries = [Entry.from_leaf(stored.leaf) for stored in store.audit.entries()]
    return [(entry.act.value, entry.actor, entry.subject, dict(entry.facts)) for entry in entries if entry.act in acts]


def after(**time: float) -> datetime:
    return AT + timedelta(**time)


def test_somebody_logs_in_works_and_logs_out(accounts: Accounts, store: Store) -> None:
    """The token stands for the person until they log out, and the log tells of both."""
    token = accounts.log_in("小王", PASSWORD, at=AT)
    assert len(token) >= 43  # 256 bits
    assert accounts.person(token, at=after(hours=1)) == Person("小王", "王老师", Role.REVIEWER)
    accounts.log_out(token, at=after(hours=2))
    accounts.log_out(token, at=after(hours=2))
    assert accounts.person(token, at=after(hours=2)) is None
    assert logged(store, Act.LOGIN, Act.LOGOUT) == [
        ("login", "小王", "account:小王", {"kind": "password", "session": 1}),
        ("logout", "小王", "account:小王", {"session": 1}),
    ]


def test_a_token_is_good_for_as_long_as_the_setting_says(accounts: Accounts) -> None:
    """To the moment, whatever is done meanwhile."""
    token = accounts.log_in("小王", PASSWORD, at=AT)
    for minutes in range(0, 720, 60):
        assert accounts.person(token, at=after(minutes=minutes))
    assert accounts.person(token, at=after(hours=12, microseconds=-1))
    assert accounts.person(token, at=after(hours=12)) is None


@pytest.mark.parametrize("token", [None, "", "x", "\udcff", "a" * 10_000])
def test_nobody_is_nobody(accounts: Accounts, token: str | None) -> None:
    """No token, a made-up one, a broken one."""
    assert accounts.person(token, at=AT) is None


@pytest.mark.parametrize(
    ("name", "password", "said"),
    [
        ("小王", PASSWORD + "x", "right"),
        ("小王", "", "empty"),
        ("小王", "x" * 1_000_000, "long"),
        ("小王", "\udcff", "broken"),
        ("nobody", PASSWORD, "unknown"),
        ("off", PASSWORD, "disabled"),
        ("outside", PASSWORD, "without a password"),
        ("", "", "nothing"),
        ("\udcff\0", PASSWORD, "broken name"),
    ],
)
def test_whatever_is_wrong_reads_and_costs_the_same(
    accounts: Accounts, hasher: CountedHasher, name: str, password: str, said: str
) -> None:
    """One sentence, one comparison: nobody learns which names exist."""
    accounts.add("off", Role.READER, password=PASSWORD, by="desk", at=AT)
    accounts.change("off", active=False, by="desk", at=AT)
    accounts.add("outside", Role.READER, oidc=(ISSUER, SUBJECT), by="desk", at=AT)
    hasher.compared = 0
    with pytest.raises(RefusedError) as caught:
        accounts.log_in(name, password, at=AT)
    assert str(caught.value) == "账号或密码不正确"
    assert hasher.compared == 1


def test_names_and_passwords_may_be_typed_full_width(accounts: Accounts) -> None:
    """Input methods do; large and small letters of a name are one, those of a password are not."""
    accounts.add("Anna", Role.LEAD, password="Long-Enough-2026", by="desk", at=AT)
    wide = "".join(chr(ord(c) + 0xFEE0) for c in "Long-Enough-2026")
    assert unicodedata.normalize("NFKC", wide) == "Long-Enough-2026"
    token = accounts.log_in(" ＡNNA ", wide, at=AT)
    assert accounts.person(token, at=AT) == Person("anna", "anna", Role.LEAD)
    with pytest.raises(RefusedError):
        accounts.log_in("anna", "long-enough-2026", at=AT)
    with pytest.raises(AccountError, match="such an account already"):
        accounts.add("ＡＮＮＡ", Role.LEAD, by="desk", at=AT)


def test_a_guesser_is_slowed_down_and_nobody_is_locked_out_for_good(accounts: Accounts) -> None:
    """Ten tries at once, then one a minute: right ones too wait, and refused tries do not lengthen the wait."""
    for _ in range(10):
        with pytest.raises(RefusedError, match="不正确"):
            accounts.log_in("小王", "guess-guess-guess", at=AT)
    for _ in range(50):
        with pytest.raises(TooOftenError, match="请 60 秒后再试") as caught:
            accounts.log_in("小王", PASSWORD, at=AT)
        assert caught.value.wait_s == 60
    assert accounts.log_in("小王", PASSWORD, at=after(minutes=1))
    for _ in range(10):  # who got in begins anew
        with pytest.raises(RefusedError, match="不正确"):
            accounts.log_in("小王", "guess-guess-guess", at=after(minutes=1))


def test_unknown_names_are_slowed_down_alike(accounts: Accounts) -> None:
    """Else the pace would tell which names exist."""
    said = []
    for name in ("小王", "nobody"):
        for _ in range(12):
            with pytest.raises(RefusedError) as caught:
                accounts.log_in(name, "guess-guess-guess", at=AT)
            said.append((name, str(caught.value)))
    assert [text for name, text in said if name == "小王"] == [text for name, text in said if name == "nobody"]


def test_who_was_here_before_gets_in_while_strangers_guess(accounts: Accounts) -> None:
    """A browser that had a log-in of this account is counted apart; one that had another's is not."""
    earlier = accounts.log_in("小王", PASSWORD, at=AT - timedelta(days=3))
    accounts.add("other", Role.READER, password=PASSWORD, by="desk", at=AT)
    others = accounts.log_in("other", PASSWORD, at=AT)
    for second in range(0, 600, 15):
        with pytest.raises(RefusedError):
            accounts.log_in("小王", "guess-guess-guess", at=after(seconds=second))
    now = after(seconds=586)
    for token in (None, "made up", others):
        with pytest.raises(TooOftenError):
            accounts.log_in("小王", PASSWORD, at=now, earlier=token)
    assert accounts.person(earlier, at=now) is None
    assert accounts.log_in("小王", PASSWORD, at=now, earlier=earlier)
    for _ in range(10):
        with pytest.raises(RefusedError, match="不正确"):
            accounts.log_in("小王", "guess-guess-guess", at=now, earlier=earlier)
    with pytest.raises(TooOftenError):
        accounts.log_in("小王", PASSWORD, at=now, earlier=earlier)


def test_tries_at_many_names_are_slowed_down_together(accounts: Accounts) -> None:
    """One password tried at many names: sixty at once, then one in two seconds."""
    for number in range(60):
        with pytest.raises(RefusedError, match="不正确"):
            accounts.log_in(f"name-{number}", "guess-guess-guess", at=AT)
    for name, password in (("name-60", "guess-guess-guess"), ("小王", PASSWORD)):
        with pytest.raises(TooOftenError, match="请 2 秒后再试"):
            accounts.log_in(name, password, at=AT)
    assert accounts.log_in("小王", PASSWORD, at=after(seconds=2))


def test_a_shift_that_logs_in_waits_for_nobody(accounts: Accounts) -> None:
    """Who gets in has taken nothing from those who come next."""
    for _ in range(70):
        accounts.log_in("小王", PASSWORD, at=AT)


def test_a_new_password_lets_in_at_once(accounts: Accounts) -> None:
    """Whoever was guessed at asks for another password and need not wait."""
    for _ in range(11):
        with pytest.raises(RefusedError):
            accounts.log_in("小王", "guess-guess-guess", at=AT)
    accounts.change("小王", password="another-password", by="desk", at=AT)
    assert accounts.log_in("小王", "another-password", at=AT)


def test_a_clock_that_was_wrong_locks_nobody_out(accounts: Accounts) -> None:
    """Tries counted in the year 2099 are worth ten minutes today."""
    for _ in range(10):
        with pytest.raises(RefusedError):
            accounts.log_in("小王", "guess-guess-guess", at=datetime(2099, 1, 1, tzinfo=UTC))
    with pytest.raises(TooOftenError) as caught:
        accounts.log_in("小王", PASSWORD, at=AT)
    assert caught.value.wait_s == 60


def test_failures_are_logged_without_what_was_typed(accounts: Accounts, store: Store) -> None:
    """A known account is named, an unknown name is not: it may be a password in the wrong field."""
    for name in ("小王", "my-secret-password"):
        with pytest.raises(RefusedError):
            accounts.log_in(name, "guess-guess-guess", at=AT)
    assert logged(store, Act.LOGIN_FAILED) == [
        ("login_failed", "system", "account:小王", {"why": "password"}),
        ("login_failed", "system", "account", {"why": "unknown"}),
    ]


def test_no_secret_is_stored(accounts: Accounts, store: Store) -> None:
    """Neither password, token nor ticket stands anywhere in the database, nor in the log."""
    accounts.add("li", Role.READER, oidc=(ISSUER, SUBJECT), by="desk", at=AT)
    token = accounts.log_in("小王", PASSWORD, at=AT)
    ticket = accounts.log_in_oidc(ISSUER, SUBJECT, name="", at=AT)
    with pytest.raises(RefusedError):
        accounts.log_in("typed-as-a-name", PASSWORD, at=AT)
    files = b"".join(path.read_bytes() for path in store.workspace.rglob("*") if path.is_file())
    assert "小王".encode() in files
    for secret in (PASSWORD, token, ticket, "typed-as-a-name", accounts.session_of(token)):
        assert secret.encode() not in files


@pytest.mark.parametrize(
    "change", [{"password": "another-password"}, {"role": Role.LEAD}, {"active": False}, {"oidc": (ISSUER, "1")}]
)
def test_what_changes_who_somebody_is_ends_their_log_ins(accounts: Accounts, change: dict[str, object]) -> None:
    """All of them, on every browser; enabling the account again brings none back."""
    tokens = [accounts.log_in("小王", PASSWORD, at=AT) for _ in range(3)]
    accounts.change("小王", by="desk", at=AT, **change)  # type: ignore[arg-type]
    accounts.change("小王", active=True, by="desk", at=AT)
    assert [accounts.person(token, at=AT) for token in tokens] == [None] * 3


def test_another_shown_name_ends_nothing(accounts: Accounts) -> None:
    """The next page greets them with it; a role that stays the same is no change either."""
    token = accounts.log_in("小王", PASSWORD, at=AT)
    changed = accounts.change("小王", shown="王组长", role=Role.REVIEWER, active=True, by="desk", at=AT)
    assert accounts.person(token, at=AT) == changed.person() == Person("小王", "王组长", Role.REVIEWER)


def test_changes_are_logged_with_who_made_them(accounts: Accounts, store: Store) -> None:
    """What it was before, and how many log-ins it ended; no password, no hash."""
    accounts.log_in("小王", PASSWORD, at=AT)
    boss = admin(accounts)
    accounts.change("小王", role=Role.LEAD, password="another-password", by=boss, at=AT)
    accounts.change("小王", active=False, by="desk", at=AT)
    assert logged(store, Act.ROLE_CHANGE, Act.KEY_CHANGE) == [
        ("role_change", "desk", "account:小王", {"made": True, "oidc": False, "role": "reviewer"}),
        ("role_change", "desk", "account:admin", {"made": True, "oidc": False, "role": "admin"}),
        ("role_change", "admin", "account:小王", {"before": "reviewer", "role": "lead", "logged_out": 1}),
        ("key_change", "admin", "account:小王", {"password": True, "logged_out": 1}),
        ("role_change", "desk", "account:小王", {"active": False, "logged_out": 0}),
    ]


def test_somebody_changes_their_own_password(accounts: Accounts, store: Store) -> None:
    """With the one they have; then nobody who knew it gets in, and every log-in ends."""
    person = Person("小王", "王老师", Role.REVIEWER)
    token = accounts.log_in("小王", PASSWORD, at=AT)
    with pytest.raises(RefusedError, match="当前密码不正确"):
        accounts.change_own_password(person, "guess-guess-guess", "another-password", at=AT)
    with pytest.raises(AccountError, match="take 12 to 128"):
        accounts.change_own_password(person, PASSWORD, "short", at=AT)
    assert accounts.person(token, at=AT)
    accounts.change_own_password(person, PASSWORD, "another-password", at=AT)
    assert accounts.person(token, at=AT) is None
    with pytest.raises(RefusedError):
        accounts.log_in("小王", PASSWORD, at=AT)
    assert accounts.log_in("小王", "another-password", at=AT)
    assert logged(store, Act.KEY_CHANGE) == [
        ("key_change", "小王", "account:小王", {"password": True, "logged_out": 1})
    ]


def test_a_log_in_that_was_left_open_guesses_no_password(accounts: Accounts) -> None:
    """Who sits down at somebody's browser is slowed down like at the door."""
    person = Person("小王", "王老师", Role.REVIEWER)
    for _ in range(10):
        with pytest.raises(RefusedError, match="当前密码不正确"):
            accounts.change_own_password(person, "guess-guess-guess", "another-password", at=AT)
    with pytest.raises(TooOftenError):
        accounts.change_own_password(person, PASSWORD, "another-password", at=AT)
    accounts.change("小王", active=False, by="desk", at=AT)
    with pytest.raises(RefusedError, match="已停用"):
        accounts.change_own_password(person, PASSWORD, "another-password", at=AT)


def test_a_hash_with_old_parameters_is_made_anew(store: Store, accounts: Accounts) -> None:
    """At the next log-in, since only then the password is known; it stays good."""

    def stored() -> str | None:
        return store.accounts.logins.attempt("小王", at=AT).password_hash

    before = stored()
    accounts.log_in("小王", PASSWORD, at=AT)
    assert stored() == before
    harder = Accounts(store, Settings(), passwords=Passwords(CountedHasher(time_cost=2)))
    harder.log_in("小王", PASSWORD, at=AT)
    now = stored()
    assert before
    assert now
    assert "t=1" in before
    assert "t=2" in now
    assert accounts.log_in("小王", PASSWORD, at=AT)


def test_the_librarys_parameters_are_in_force(store: Store) -> None:
    """argon2id with RFC 9106's second recommendation, and each hash has its own salt."""
    passwords = Passwords()
    first, second = passwords.hash(PASSWORD), passwords.hash(PASSWORD)
    assert first.startswith("$argon2id$v=19$m=65536,t=3,p=4$")
    assert first != second
    assert passwords.is_right(first, PASSWORD)
    assert not passwords.is_right(first, PASSWORD[:-1])
    assert passwords.renewed(first, PASSWORD) is None


@pytest.mark.parametrize("password", ["", "short", "x" * 11, "x" * 129, "ﷺ" * 8])
def test_a_password_has_12_to_128_characters(accounts: Accounts, password: str) -> None:
    """Counted as they are hashed; the last one grows to 144. The message does not repeat it."""
    with pytest.raises(AccountError, match="take 12 to 128") as caught:
        accounts.change("小王", password=password, by="desk", at=AT)
    assert not password or password not in str(caught.value)
    assert caught.value.shown == "密码应为 12 至 128 个字符"
    assert accounts.log_in("小王", PASSWORD, at=AT)


def test_made_passwords_are_long_and_never_the_same() -> None:
    """And may be set."""
    passwords = {made() for _ in range(100)}
    assert len(passwords) == 100
    assert all(Passwords(CountedHasher()).hash(one) for one in list(passwords)[:3])


@pytest.mark.parametrize("name", ["", " ", "a b", "system", "ＳＹＳＴＥＭ", "a\nb", "a\u202eb", "x" * 101, "a\0"])
def test_what_cannot_be_a_login(accounts: Accounts, name: str) -> None:
    """It stands in verdicts and in the audit log, beside the program's own name."""
    with pytest.raises(AccountError, match="cannot be a login"):
        accounts.add(name, Role.READER, by="desk", at=AT)


def test_what_cannot_be_shown_or_bound(accounts: Accounts) -> None:
    """Nothing that turns the line round, nothing without end; a subject has one account."""
    for shown in ("a\u202eb", "x" * 101, "a\nb"):
        with pytest.raises(AccountError, match="cannot be shown"):
            accounts.change("小王", shown=shown, by="desk", at=AT)
    for oidc in ((ISSUER, ""), ("", SUBJECT), (ISSUER, " 1"), (ISSUER, "x" * 1001)):
        with pytest.raises(AccountError, match="no issuer and subject"):
            accounts.add("li", Role.READER, oidc=oidc, by="desk", at=AT)
    accounts.add("li", Role.READER, oidc=(ISSUER, SUBJECT), by="desk", at=AT)
    with pytest.raises(AccountError, match="bound to this subject"):
        accounts.add("zhang", Role.READER, oidc=(ISSUER, SUBJECT), by="desk", at=AT)
    with pytest.raises(AccountError, match="bound to this subject"):
        accounts.change("小王", oidc=(ISSUER, SUBJECT), by="desk", at=AT)
    with pytest.raises(UsageError, match="a person's name is needed"):
        accounts.add("zhang", Role.READER, by="", at=AT)
    with pytest.raises(AccountError, match="no such account"):
        accounts.change("nobody", active=True, by="desk", at=AT)


@pytest.mark.parametrize("role", Role)
def test_each_role_may_what_the_table_says(accounts: Accounts, role: Role) -> None:
    """Asked anew of the store, whatever the person in hand claims to be."""
    accounts.add("li", role, by="desk", at=AT)
    claimed = Person("li", "li", Role.ADMIN)
    for right in Right:
        if right in RIGHTS[role]:
            assert accounts.require(claimed, right) == Person("li", "li", role)
        else:
            with pytest.raises(RefusedError, match=f"角色“{ROLE_NAMES[role]}”没有“{RIGHT_NAMES[right]}”权限"):
                accounts.require(claimed, right)


def test_rights_go_with_the_account(accounts: Accounts) -> None:
    """From the moment that a role changes or an account is disabled; nobody who never was has any."""
    person = Person("小王", "王老师", Role.REVIEWER)
    accounts.require(person, Right.DECIDE)
    accounts.change("小王", role=Role.READER, by="desk", at=AT)
    with pytest.raises(RefusedError, match="只读"):
        accounts.require(person, Right.DECIDE)
    accounts.change("小王", active=False, by="desk", at=AT)
    for gone in (person, Person("nobody", "nobody", Role.ADMIN)):
        with pytest.raises(RefusedError, match="不存在或已停用"):
            accounts.require(gone, Right.LOOK)


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.ADMIN])
def test_only_admins_make_and_change_accounts(accounts: Accounts, role: Role) -> None:
    """And what others try leaves nothing behind."""
    accounts.add("li", role, by="desk", at=AT)
    claimed = Person("li", "li", Role.ADMIN)
    with pytest.raises(RefusedError):
        accounts.add("zhang", Role.ADMIN, by=claimed, at=AT)
    with pytest.raises(RefusedError):
        accounts.change("li", role=Role.ADMIN, by=claimed, at=AT)
    assert {account.name: account.role for account in accounts.all()} == {"li": role, "小王": Role.REVIEWER}


def test_admins_do_not_change_what_they_are(accounts: Accounts) -> None:
    """Who makes accounts decides nothing: not by making themselves a reviewer either."""
    boss = admin(accounts)
    for change in ({"role": Role.LEAD}, {"active": False}):
        with pytest.raises(RefusedError, match="不能更改自己的角色"):
            accounts.change("ＡＤＭＩＮ", by=boss, at=AT, **change)  # type: ignore[arg-type]
    assert accounts.change("admin", shown="管理员甲", by=boss, at=AT).shown == "管理员甲"
    assert accounts.add("li", Role.LEAD, by=boss, at=AT).made_by == "admin"


def test_accounts_are_listed_with_what_is_needed_to_look_after_them(accounts: Accounts) -> None:
    """In order of name; never the hash of a password."""
    accounts.add("li", Role.READER, oidc=(ISSUER, SUBJECT), by="desk", at=AT)
    accounts.log_in("小王", PASSWORD, at=after(days=1))
    first, second = accounts.all()
    assert (first.name, first.shown, first.has_password, first.oidc, first.seen_at) == (
        "li", "li", False, (ISSUER, SUBJECT), None,
    )  # fmt: skip
    assert (second.name, second.shown, second.role, second.active) == ("小王", "王老师", Role.REVIEWER, True)
    assert (second.has_password, second.made_at, second.made_by, second.seen_at) == (True, AT, "desk", after(days=1))
    assert "argon2" not in repr(second)


def test_who_is_seen_is_noted_now_and_then(accounts: Accounts) -> None:
    """Within five minutes nothing is written."""
    token = accounts.log_in("小王", PASSWORD, at=AT)
    for minutes, seen in ((4, 0), (6, 6), (10, 6), (11, 11)):
        accounts.person(token, at=after(minutes=minutes))
        assert accounts.all()[0].seen_at == after(minutes=seen)


def test_who_comes_from_an_identity_provider(accounts: Accounts, store: Store) -> None:
    """A ticket, then a token like any other; the name that comes along is shown where there is none."""
    accounts.add("li", Role.LEAD, oidc=(ISSUER, SUBJECT), by="desk", at=AT)
    ticket = accounts.log_in_oidc(ISSUER, SUBJECT, name="李老师", at=AT)
    token = accounts.redeem(ticket, at=after(seconds=TICKET_S - 1))
    assert accounts.person(token, at=AT) == Person("li", "李老师", Role.LEAD)
    accounts.log_in_oidc(ISSUER, SUBJECT, name="组长", at=AT)
    assert accounts.all()[0].shown == "李老师"
    assert logged(store, Act.LOGIN) == [("login", "li", "account:li", {"kind": "oidc", "session": 1})]


def test_a_ticket_opens_once_and_soon_and_for_its_browser(accounts: Accounts) -> None:
    """Who shows it wrongly has spoilt it."""
    accounts.add("li", Role.LEAD, oidc=(ISSUER, SUBJECT), by="desk", at=AT)
    used = accounts.log_in_oidc(ISSUER, SUBJECT, name="", at=AT)
    accounts.redeem(used, at=AT)
    late = accounts.log_in_oidc(ISSUER, SUBJECT, name="", at=AT)
    void = accounts.log_in_oidc(ISSUER, SUBJECT, name="", at=after(seconds=TICKET_S))
    accounts.change("li", active=False, by="desk", at=after(seconds=TICKET_S))
    accounts.change("li", active=True, by="desk", at=after(seconds=TICKET_S))
    for ticket in (used, late, void, "made up", ""):
        with pytest.raises(RefusedError, match="登录凭据已失效"):
            accounts.redeem(ticket, at=after(seconds=TICKET_S))
    others = accounts.log_in_oidc(ISSUER, SUBJECT, name="", at=AT, browser="cookie-of-one")
    for browser in ("cookie-of-another", "cookie-of-one"):
        with pytest.raises(RefusedError, match="登录凭据已失效"):
            accounts.redeem(others, at=AT, browser=browser)
    own = accounts.log_in_oidc(ISSUER, SUBJECT, name="", at=AT, browser="cookie-of-one")
    assert accounts.person(accounts.redeem(own, at=AT, browser="cookie-of-one"), at=AT)


def test_an_unknown_subject_is_refused(accounts: Accounts, store: Store) -> None:
    """So is a known one of another issuer, and a disabled account. A page that asks again fills no log."""
    accounts.add("li", Role.LEAD, oidc=(ISSUER, SUBJECT), by="desk", at=AT)
    accounts.change("li", active=False, by="desk", at=AT)
    asked = [(ISSUER, SUBJECT), (ISSUER, "other"), ("https://evil.example.com", SUBJECT)]
    for issuer, subject in asked * 30:
        with pytest.raises(RefusedError, match="未绑定本台账号"):
            accounts.log_in_oidc(issuer, subject, name="x", at=AT)
    found = logged(store, Act.LOGIN_FAILED)
    assert len(found) == 30
    assert found[:2] == [
        ("login_failed", "system", "account:li", {"why": "inactive", "kind": "oidc"}),
        ("login_failed", "system", "account", {"why": "unknown", "kind": "oidc"}),
    ]


def test_sessions_have_names_that_tell_nothing(accounts: Accounts) -> None:
    """Another for each log-in, the same each time it is asked."""
    tokens = [accounts.log_in("小王", PASSWORD, at=AT) for _ in range(2)]
    names = [accounts.session_of(token) for token in tokens]
    assert names == [accounts.session_of(token) for token in tokens]
    assert len(set(names)) == 2
    assert not any(token in name or name in token for token in tokens for name in names)


def test_preferences_are_kept_for_each(accounts: Accounts) -> None:
    """Added to and taken away one by one."""
    person = Person("小王", "王老师", Role.REVIEWER)
    assert accounts.preferences(person) == {}
    accounts.prefer(person, {"muted": True, "filters": {"我的": "severity=serious"}})
    accounts.prefer(person, {"blurred": False, "muted": None})
    assert accounts.preferences(person) == {"filters": {"我的": "severity=serious"}, "blurred": False}
    accounts.add("li", Role.READER, by="desk", at=AT)
    assert accounts.preferences(Person("li", "li", Role.READER)) == {}


def test_preferences_have_bounds(accounts: Accounts) -> None:
    """A page cannot fill the database, nor store what is no JSON, nor for whom is nobody."""
    person = Person("小王", "王老师", Role.REVIEWER)
    accounts.prefer(person, {"a": "x" * (MOST_BYTES // 2)})
    with pytest.raises(AccountError, match=r"preferences: \d+ bytes; keep"):
        accounts.prefer(person, {"b": "x" * (MOST_BYTES // 2)})
    for wrong in ({"a": object()}, {"a": float("nan")}):
        with pytest.raises(AccountError, match="no JSON"):
            accounts.prefer(person, wrong)
    with pytest.raises(RefusedError):
        accounts.prefer(Person("nobody", "", Role.ADMIN), {"a": 1})
    assert set(accounts.preferences(person)) == {"a"}
