"""Accounts and log-ins in the database, whichever it is, and with several at it at once."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Barrier
from typing import Any, TypeVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.audit import Act
from monitor.roles import Person, Role
from monitor.store import Store
from monitor.store.accounts import Account, AccountError, StoredAccounts
from monitor.store.logins import ALTOGETHER, PER_NAME, login_of
from monitor.store.slowing import Pace

OpenStore = Callable[[], Store]
Done = TypeVar("Done")
AT = datetime(2026, 11, 22, 9, tzinfo=UTC)
EVENING = AT + timedelta(hours=12)
ISSUER = "https://id.example.com"
PEOPLE = 8


def add(accounts: StoredAccounts, login: str = "小王", **more: Any) -> Account:
    given: dict[str, Any] = {"shown": "", "password_hash": "hash", "oidc": None, "by": "desk", "at": AT, **more}
    return accounts.add(login, Role.REVIEWER, **given)


def change(accounts: StoredAccounts, login: str = "小王", **more: Any) -> Account:
    return accounts.change(login, **{"by": "desk", "at": AT, **more})


def log_in(accounts: StoredAccounts, token: str) -> bool:
    tried = accounts.logins.attempt("小王", at=AT)
    return accounts.logins.begin(tried, token, at=AT, ends_at=EVENING)


def at_once(reopen: OpenStore, act: Callable[[StoredAccounts, int], Done], people: int = PEOPLE) -> list[Done]:
    """Each with a store of their own, all at the same moment."""
    barrier = Barrier(people)

    def one(number: int) -> Done:
        own = reopen().accounts
        barrier.wait()
        return act(own, number)

    with ThreadPoolExecutor(people) as pool:
        return list(pool.map(one, range(people)))


def test_an_account_comes_back_as_it_was(store: Store, reopen: OpenStore) -> None:
    """In another process too, whatever way its login is typed."""
    made = add(store.accounts, "Anna", shown="安娜", oidc=(ISSUER, "1"))
    again = reopen().accounts
    assert again.find("ＡＮＮＡ") == made == Account(
        "anna", "安娜", Role.REVIEWER, active=True, has_password=True, oidc=(ISSUER, "1"), made_at=AT, made_by="desk",
        seen_at=None,
    )  # fmt: skip
    assert again.find("nobody") is None
    assert log_in(again, "t-1") is False  # 小王 is nobody
    add(again)
    assert log_in(again, "t-1")
    assert store.accounts.logins.person("t-1", at=AT) == Person("小王", "小王", Role.REVIEWER)
    assert [(account.name, account.seen_at) for account in again.all()] == [("anna", None), ("小王", AT)]


def test_of_several_that_make_the_same_account_one_does(store: Store, reopen: OpenStore) -> None:
    """The others are told; nothing is made twice, nor logged twice."""

    def make(accounts: StoredAccounts, number: int) -> bool:
        try:
            add(accounts, by=f"p-{number}")
        except AccountError:
            return False
        return True

    assert at_once(reopen, make).count(True) == 1
    assert len(store.accounts.all()) == 1
    assert store.audit.size == 1


def test_a_subject_has_one_account(store: Store, reopen: OpenStore) -> None:
    """Even when several are bound to it at the same moment."""

    def bind(accounts: StoredAccounts, number: int) -> bool:
        try:
            add(accounts, f"p-{number}", oidc=(ISSUER, "1"))
        except AccountError:
            return False
        return True

    assert at_once(reopen, bind).count(True) == 1
    assert change(store.accounts, store.accounts.all()[0].name, oidc=(ISSUER, "1"))
    add(store.accounts, "other", oidc=(f"{ISSUER}/other", "1"))


def test_a_crowd_of_tries_is_counted_to_the_last(store: Store, reopen: OpenStore) -> None:
    """Each is counted before anything is compared: of 16 at once ten go on, in whatever process they come."""
    add(store.accounts)
    waits = at_once(reopen, lambda accounts, _: accounts.logins.attempt("小王", at=AT).wait_s, people=16)
    assert sorted(waits) == [0.0] * PER_NAME.at_once + [60.0] * 6
    assert reopen().accounts.logins.attempt("小王", at=AT).wait_s == 60.0


def test_a_password_that_was_changed_meanwhile_logs_nobody_in(store: Store) -> None:
    """Comparing takes its time: what was right at its beginning must be so at its end."""
    logins = store.accounts.logins
    add(store.accounts)
    for meanwhile in ({"password_hash": "another"}, {"active": False}):
        tried = logins.attempt("小王", at=AT)
        change(store.accounts, **meanwhile)
        assert logins.begin(tried, f"t-{meanwhile}", at=AT, ends_at=EVENING) is False
    assert list(store.audit.entries(act=Act.LOGIN)) == []


def test_who_gets_in_gives_back_what_the_try_took(store: Store) -> None:
    """Of the tries at all names, that one; of those at the own name, all."""
    logins = store.accounts.logins
    add(store.accounts)
    for number in range(5):
        assert log_in(store.accounts, f"t-{number}")
    for number in range(ALTOGETHER.at_once):
        assert logins.attempt(f"name-{number}", at=AT).wait_s == 0
    assert logins.attempt("小王", at=AT).wait_s == 2


def test_a_ticket_is_used_once(store: Store, reopen: OpenStore) -> None:
    """Of several that show it at the same moment one is logged in."""
    add(store.accounts, oidc=(ISSUER, "1"))
    soon = AT + timedelta(minutes=1)
    assert store.accounts.logins.make_ticket(ISSUER, "1", "d", shown="", browser_sha256="", at=AT, until=soon)

    def use(accounts: StoredAccounts, number: int) -> bool:
        return accounts.logins.use_ticket("d", f"t-{number}", browser_sha256="", at=AT, ends_at=EVENING)

    assert at_once(reopen, use).count(True) == 1
    assert [entry.subject for entry in store.audit.entries(act=Act.LOGIN)] == ["account:小王"]


def test_one_change_after_another_loses_none(store: Store, reopen: OpenStore) -> None:
    """Preferences that several pages of one person set at the same moment are all there."""
    add(store.accounts)
    at_once(reopen, lambda accounts, number: accounts.prefer("小王", {f"p-{number}": number}))
    assert store.accounts.preferences("小王") == {f"p-{number}": number for number in range(PEOPLE)}


def test_what_ends_log_ins_ends_those_of_that_account_alone(store: Store) -> None:
    """And tickets on their way."""
    logins = store.accounts.logins
    for name, subject in (("小王", "1"), ("li", "2")):
        add(store.accounts, name, oidc=(ISSUER, subject))
        for ticket in (f"{name}-a", f"{name}-b"):
            logins.make_ticket(ISSUER, subject, ticket, shown="", browser_sha256="", at=AT, until=EVENING)
        logins.use_ticket(f"{name}-a", f"{name}-t", browser_sha256="", at=AT, ends_at=EVENING)
    change(store.accounts, role=Role.LEAD)
    assert [logins.person(f"{name}-t", at=AT) is None for name in ("小王", "li")] == [True, False]
    used = [
        logins.use_ticket(f"{name}-b", f"{name}-u", browser_sha256="", at=AT, ends_at=EVENING)
        for name in ("小王", "li")
    ]
    assert used == [False, True]


@pytest.mark.parametrize(
    ("typed", "login"),
    [
        ("Anna", "anna"),
        (" ＡＮＮＡ ", "anna"),
        ("小王", "小王"),
        ("STRASSE", "strasse"),
        ("Straße", "strasse"),
        ("ﬁ", "fi"),
    ],
)
def test_one_spelling_for_each_login(typed: str, login: str) -> None:
    """Two that look alike are one."""
    assert login_of(typed) == login


@given(st.text(max_size=20))
def test_spelling_a_login_again_changes_nothing(typed: str) -> None:
    """What is stored is found."""
    assert login_of(login_of(typed)) == login_of(typed)


@given(
    st.lists(st.integers(0, 120), max_size=60),
    st.integers(1, 10),
    st.integers(1, 60),
)
def test_no_pace_is_beaten_and_none_is_endless(gaps_s: list[int], at_once: int, every_s: int) -> None:
    """In any stretch of time there are as many tries as its length allows, and those of one burst; who waits as long
    as was said may try."""
    pace, now, busy = Pace(at_once, timedelta(seconds=every_s)), AT, None
    done: list[datetime] = []
    for gap_s in gaps_s:
        now += timedelta(seconds=gap_s)
        then, wait_s = pace.after(busy, now)
        assert 0 <= wait_s <= every_s
        if wait_s:
            assert pace.after(busy, now + timedelta(seconds=wait_s))[1] == 0
        else:
            busy = then
            done.append(now)
    for first, start in enumerate(done):
        for count, end in enumerate(done[first:], start=1):
            assert count <= at_once + (end - start).total_seconds() / every_s
