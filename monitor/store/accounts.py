"""Accounts in the database. What a password may be is decided above; only its hash comes here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from monitor.audit import Act, Entry
from monitor.audit.entry import Fact
from monitor.errors import UsageError
from monitor.roles import Person, Role
from monitor.store import slowing
from monitor.store.account_tables import AccountRow, DeskSessionRow
from monitor.store.auditing import append_in
from monitor.store.database import Database
from monitor.store.logins import Logins, alone, end_sessions, login_of, name_slot, subject_of


class AccountError(UsageError):
    """An account that cannot be made or changed so; `shown` says it in Chinese, for a page."""

    def __init__(self, what: str, *, shown: str, where: object = None, todo: str | None = None) -> None:
        super().__init__(what, where=where, todo=todo)
        self.shown = shown


@dataclass(frozen=True, slots=True)
class Account:
    """Somebody who may log in, without what proves it."""

    name: str
    """Login."""
    shown: str
    role: Role
    active: bool
    has_password: bool
    oidc: tuple[str, str] | None
    """Issuer and subject by which the identity provider knows them."""
    made_at: datetime
    made_by: str
    seen_at: datetime | None
    """To some minutes; None: never logged in."""

    def person(self) -> Person:
        return Person(self.name, self.shown, self.role)


class StoredAccounts:
    """The accounts of a workspace. Each write is one transaction together with its entry in the audit log.

    Every method raises WorkspaceError when the database cannot be read or written, with what to do about it.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self.logins = Logins(database)

    def find(self, login: str) -> Account | None:
        found = self._accounts(AccountRow.login == login_of(login))
        return found[0] if found else None

    def all(self) -> list[Account]:
        """In order of login."""
        return sorted(self._accounts(), key=lambda account: account.name)

    def add(
        self,
        login: str,
        role: Role,
        *,
        shown: str,
        password_hash: str | None,
        oidc: tuple[str, str] | None,
        by: str,
        at: datetime,
    ) -> Account:
        """Raises AccountError when the login, or the issuer's subject, is somebody's already."""
        login = login_of(login)
        with self._database.writing() as session:
            alone(session)
            if session.scalar(select(AccountRow.id).where(AccountRow.login == login)) is not None:
                raise AccountError(
                    "there is such an account already",
                    where=f"account {login}",
                    todo="choose another name, or change that account",
                    shown="已有同名账号",
                )
            _subject_is_free(session, oidc, login)
            session.add(
                AccountRow(
                    login=login, shown=shown, role=role.value, password_hash=password_hash, active=True, preferences={},
                    oidc_issuer=oidc and oidc[0], oidc_subject=oidc and oidc[1], made_at=at, made_by=by,
                )
            )  # fmt: skip
            session.flush()
            facts: dict[str, Fact] = {"made": True, "role": role.value, "oidc": oidc is not None}
            append_in(session, Entry(at, by, Act.ROLE_CHANGE, subject_of(login), facts))
        return self._there(login)

    def change(
        self,
        login: str,
        *,
        role: Role | None = None,
        password_hash: str | None = None,
        active: bool | None = None,
        shown: str | None = None,
        oidc: tuple[str, str] | None = None,
        by: str,
        at: datetime,
    ) -> Account:
        """None leaves a thing as it is. Another role or proof of who it is, or disabling it, ends all its log-ins.

        An account that is enabled or given a password may be tried at once, however often it was tried before.
        Raises AccountError for an unknown login, and for an issuer's subject that is somebody's already.
        """
        login = login_of(login)
        with self._database.writing() as session:
            alone(session)
            row = _row(session, login)
            entries: list[dict[str, Fact]] = []
            if role is not None and role.value != row.role:
                entries.append({"role": role.value, "before": row.role})
                row.role = role.value
            if active is not None and active != row.active:
                entries.append({"active": active})
                row.active = active
            if oidc is not None and oidc != (row.oidc_issuer, row.oidc_subject):
                _subject_is_free(session, oidc, login)
                entries.append({"oidc": True})
                row.oidc_issuer, row.oidc_subject = oidc
            ended = end_sessions(session, row, at) if entries or password_hash is not None else 0
            if shown is not None and shown != row.shown:
                entries.append({"shown": True})
                row.shown = shown
            acts = [(Act.ROLE_CHANGE, facts) for facts in entries]
            if password_hash is not None:
                row.password_hash = password_hash
                acts.append((Act.KEY_CHANGE, {"password": True}))
            if password_hash is not None or active:
                slowing.clear(session, name_slot(login))
            session.flush()
            append_in(
                session,
                *(Entry(at, by, act, subject_of(login), {**facts, "logged_out": ended}) for act, facts in acts),
            )
        return self._there(login)

    def preferences(self, login: str) -> dict[str, Any]:
        """Empty for an unknown login."""
        with self._database.reading() as session:
            return session.scalar(select(AccountRow.preferences).where(AccountRow.login == login_of(login))) or {}

    def prefer(self, login: str, changes: Mapping[str, Any]) -> None:
        """Adds to what is preferred; None takes a preference away. Raises AccountError for an unknown login."""
        with self._database.writing() as session:
            alone(session)
            row = _row(session, login_of(login))
            whole = {**row.preferences, **changes}
            row.preferences = {name: value for name, value in whole.items() if value is not None}

    # Inside

    def _accounts(self, *which: ColumnElement[bool]) -> list[Account]:
        seen = (
            select(func.max(DeskSessionRow.seen_at))
            .where(DeskSessionRow.account_id == AccountRow.id)
            .correlate(AccountRow)
            .scalar_subquery()
        )
        with self._database.reading() as session:
            found = session.execute(select(AccountRow, seen).where(*which)).all()
            return [_record(row, seen_at) for row, seen_at in found]

    def _there(self, login: str) -> Account:
        found = self.find(login)
        if found is None:
            raise _unknown(login)
        return found


def _row(session: Session, login: str) -> AccountRow:
    row = session.scalar(select(AccountRow).where(AccountRow.login == login))
    if row is None:
        raise _unknown(login)
    return row


def _unknown(login: str) -> AccountError:
    return AccountError(
        "no such account", where=f"account {login}", todo="see `monitor users list`", shown="没有这个账号"
    )


def _subject_is_free(session: Session, oidc: tuple[str, str] | None, login: str) -> None:
    if oidc is None:
        return
    asked = select(AccountRow.login).where(AccountRow.oidc_issuer == oidc[0], AccountRow.oidc_subject == oidc[1])
    if session.scalar(asked.where(AccountRow.login != login)) is not None:
        raise AccountError(
            "another account is bound to this subject of the issuer",
            where=f"account {login}",
            todo="see `monitor users list`; one person has one account",
            shown="该身份已绑定其他账号",
        )


def _record(row: AccountRow, seen_at: datetime | None) -> Account:
    oidc = None if row.oidc_issuer is None or row.oidc_subject is None else (row.oidc_issuer, row.oidc_subject)
    return Account(
        name=row.login,
        shown=row.shown or row.login,
        role=Role(row.role),
        active=row.active,
        has_password=row.password_hash is not None,
        oidc=oidc,
        made_at=row.made_at,
        made_by=row.made_by,
        seen_at=seen_at,
    )
