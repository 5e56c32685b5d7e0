"""Who is at the desk, and what they may do. Pages ask here and believe nothing that a browser says."""

from __future__ import annotations

import hashlib
import math
import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from monitor.config import Settings
from monitor.review.account_names import check_login, checked_oidc, checked_shown, fitting
from monitor.review.passwords import Passwords
from monitor.review.preferences import check_preferences
from monitor.roles import RIGHT_NAMES, ROLE_NAMES, Person, RefusedError, Right, Role
from monitor.store import Store
from monitor.store.accounts import Account
from monitor.store.logins import login_of
from monitor.store.verdicts import check_name

TICKET_S = 60
"""So long a ticket is good: the browser asks for the next page at once."""
TOKEN_BYTES = 32
"""256 bits."""

_WRONG = "账号或密码不正确"
_UNBOUND = "该身份未绑定本台账号，或账号已停用，请联系管理员"
_WRONG_NOW = "当前密码不正确"
_OLD_TICKET = "登录凭据已失效，请重新登录"
_GONE = "账号不存在或已停用，请重新登录"


class TooOftenError(RefusedError):
    """Too many tries to log in; nothing was compared."""

    def __init__(self, wait_s: float) -> None:
        self.wait_s = wait_s
        super().__init__(f"尝试过于频繁，请 {math.ceil(wait_s)} 秒后再试")


class Accounts:
    """Accounts, log-ins and rights of one workspace's desk.

    What is refused reads in Chinese, since pages show it. Every method raises WorkspaceError when the database cannot
    be read or written.
    """

    def __init__(self, store: Store, settings: Settings, *, passwords: Passwords | None = None) -> None:
        self._stored, self._logins = store.accounts, store.accounts.logins
        self._lasts = timedelta(hours=settings.login_hours)
        self._passwords = passwords or Passwords()

    # Accounts

    def add(
        self,
        name: str,
        role: Role,
        *,
        shown: str = "",
        password: str | None = None,
        oidc: tuple[str, str] | None = None,
        by: Person | str,
        at: datetime,
    ) -> Account:
        """`oidc`: issuer and subject by which an identity provider knows them; without it and a password nobody can
        log in yet.

        Raises AccountError for a name, password or subject that cannot be or is taken, RefusedError when `by` may not.
        """
        login = login_of(name)
        check_login(login)
        actor = self._actor(by)
        return self._stored.add(
            login,
            role,
            shown=checked_shown(shown),
            password_hash=None if password is None else self._passwords.hash(password),
            oidc=checked_oidc(oidc),
            by=actor,
            at=at,
        )

    def change(
        self,
        name: str,
        *,
        role: Role | None = None,
        password: str | None = None,
        active: bool | None = None,
        shown: str | None = None,
        oidc: tuple[str, str] | None = None,
        by: Person | str,
        at: datetime,
    ) -> Account:
        """None leaves a thing as it is. All log-ins of the account end, unless only its shown name changed.

        Raises AccountError for an unknown account or what cannot be, RefusedError when `by` may not: nobody changes
        their own role or disables themselves.
        """
        actor = self._actor(by)
        if isinstance(by, Person) and login_of(name) == by.name and (role is not None or active is not None):
            raise RefusedError("不能更改自己的角色或停用自己的账号，请由另一位管理员操作")
        return self._stored.change(
            name,
            role=role,
            password_hash=None if password is None else self._passwords.hash(password),
            active=active,
            shown=None if shown is None else checked_shown(shown),
            oidc=checked_oidc(oidc),
            by=actor,
            at=at,
        )

    def change_own_password(self, person: Person, now: str, to: str, *, at: datetime) -> None:
        """Whoever made the account knows the password it began with; after this they do not. Ends all log-ins.

        Raises RefusedError when `now` is not the password, TooOftenError after too many tries, AccountError for a
        password that cannot be.
        """
        name = self.require(person, Right.LOOK).name
        password_hash = self._passwords.hash(to)
        tried = self._logins.attempt(name, at=at)
        if tried.wait_s:
            raise TooOftenError(tried.wait_s)
        if not self._passwords.is_right(tried.password_hash, now):
            self._logins.failed(tried, "password", at=at)
            raise RefusedError(_WRONG_NOW)
        self._stored.change(name, password_hash=password_hash, by=name, at=at)

    def all(self) -> list[Account]:
        """In order of name."""
        return self._stored.all()

    # Logging in and out

    def log_in(self, name: str, password: str, *, at: datetime, earlier: str | None = None) -> str:
        """The token for the browser's cookie: 256 random bits, of which only a digest is kept.

        `earlier`: the token that the browser still has from before, if any, ended or not. It opens nothing; tries from
        a browser that was logged in to the account are counted apart, so that strangers who guess do not keep its owner
        out.

        Raises RefusedError with one sentence whatever was wrong, after the same work; TooOftenError (also a
        RefusedError) when nothing was compared because of too many tries before.
        """
        tried = self._logins.attempt(name, at=at, earlier_sha256=_digest(earlier) if earlier else None)
        if tried.wait_s:
            raise TooOftenError(tried.wait_s)
        right = self._passwords.is_right(tried.password_hash, password)
        if right and tried.active and tried.password_hash is not None:
            rehashed = self._passwords.renewed(tried.password_hash, password)
            token = secrets.token_urlsafe(TOKEN_BYTES)
            if self._logins.begin(tried, _digest(token), at=at, ends_at=at + self._lasts, rehashed=rehashed):
                return token
        why = "unknown" if not tried.known else "password" if tried.active else "inactive"
        self._logins.failed(tried, why, at=at)
        raise RefusedError(_WRONG)

    def log_in_oidc(self, issuer: str, subject: str, *, name: str, at: datetime, browser: str = "") -> str:
        """A ticket for whom an identity provider vouches: good for `TICKET_S`, once, with `redeem`.

        `name` is shown where the account has no shown name. `browser` is something that only this browser sends (a
        cookie); the same must be given to `redeem`, so that a link with somebody else's ticket logs nobody in.

        Raises RefusedError for a subject that no active account is bound to.
        """
        ticket = secrets.token_urlsafe(TOKEN_BYTES)
        made = self._logins.make_ticket(
            issuer,
            subject,
            _digest(ticket),
            shown=fitting(name),
            browser_sha256=_digest(browser) if browser else "",
            at=at,
            until=at + timedelta(seconds=TICKET_S),
        )
        if not made:
            raise RefusedError(_UNBOUND)
        return ticket

    def redeem(self, ticket: str, *, at: datetime, browser: str = "") -> str:
        """The token for a ticket's browser. Raises RefusedError for one that is used, too old or another browser's."""
        token = secrets.token_urlsafe(TOKEN_BYTES)
        used = self._logins.use_ticket(
            _digest(ticket),
            _digest(token),
            browser_sha256=_digest(browser) if browser else "",
            at=at,
            ends_at=at + self._lasts,
        )
        if not used:
            raise RefusedError(_OLD_TICKET)
        return token

    def log_out(self, token: str, *, at: datetime) -> None:
        """Nobody has the token any longer; nothing happens where nobody had."""
        self._logins.end(_digest(token), at=at)

    # Logged in

    def person(self, token: str | None, *, at: datetime) -> Person | None:
        """None: nobody, logged out, too long ago, or of an account that was disabled or changed."""
        return self._logins.person(_digest(token), at=at) if token else None

    def session_of(self, token: str) -> str:
        """A name for what the token began, which tells nothing of the token or of what is stored about it."""
        return hashlib.sha256(b"livestream-monitor session\0" + token.encode("utf-8", "replace")).hexdigest()

    def require(self, person: Person, right: Right) -> Person:
        """The person as the account is now. Raises RefusedError when it is disabled, or its role has no such right."""
        account = self._stored.find(person.name)
        if account is None or not account.active:
            raise RefusedError(_GONE)
        now = account.person()
        if not now.may(right):
            raise RefusedError(f"角色“{ROLE_NAMES[now.role]}”没有“{RIGHT_NAMES[right]}”权限")
        return now

    # What somebody prefers

    def preferences(self, person: Person) -> Mapping[str, Any]:
        return self._stored.preferences(person.name)

    def prefer(self, person: Person, changes: Mapping[str, Any]) -> None:
        """Adds to them; None takes one away. Raises RefusedError like `require`, AccountError for what is too much or
        no JSON."""
        name = self.require(person, Right.LOOK).name
        check_preferences({**self._stored.preferences(name), **changes})
        self._stored.prefer(name, changes)

    # Inside

    def _actor(self, by: Person | str) -> str:
        if isinstance(by, Person):
            return self.require(by, Right.USERS).name
        check_name(by, "accounts")
        return by


def _digest(secret: str) -> str:
    """What is kept of a token or ticket: so random that a plain hash cannot be guessed back."""
    return hashlib.sha256(secret.encode("utf-8", "replace")).hexdigest()
