"""Log-ins in the database: tries, tickets, and who is logged in. Only digests of tokens come here."""

from __future__ import annotations

import hashlib
import unicodedata
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import delete, select, text, update
from sqlalchemy.orm import Session

from monitor.audit import SYSTEM, Act, Entry
from monitor.audit.entry import Fact
from monitor.errors import WorkspaceError
from monitor.roles import Person, Role
from monitor.store import slowing
from monitor.store.account_tables import AccountRow, DeskSessionRow, TicketRow
from monitor.store.auditing import append_in
from monitor.store.database import Database
from monitor.store.slowing import Pace, Slots

_LOCK = 0x6163636F756E74
"""Key of the advisory lock in PostgreSQL under which one process at a time changes accounts or counts tries: `account`
in ASCII. SQLite has one writer anyway."""
_SEEN_EVERY = timedelta(minutes=5)
"""When somebody was last seen is written so often: every look at a page would else be a write."""

PER_NAME = Pace(10, timedelta(minutes=1))
"""Tries at one name: ten at once, then one a minute. A guesser has 1,450 a day against at least 12 characters."""
PER_BROWSER = Pace(10, timedelta(minutes=1))
"""Tries from a browser that has been logged in to the account before. It has a slot of its own, so that whoever keeps
guessing elsewhere does not keep the account's owner out."""
ALTOGETHER = Pace(60, timedelta(seconds=2))
"""Tries at all names together: a shift logs in at once, and hashing passwords is not what the machine ends up doing."""
_ALL = "all"


class LogIn(StrEnum):
    """How somebody proved who they are."""

    PASSWORD = "password"
    OIDC = "oidc"


@dataclass(frozen=True, slots=True)
class Try:
    """One try to log in, counted: what to compare with, and what it took."""

    wait_s: float
    """Not 0: too many tries, this one is refused and was not counted."""
    known: bool = False
    """Whether there is such an account."""
    active: bool = False
    password_hash: str | None = None
    login: str = ""
    slots: tuple[str, ...] = ()


def login_of(typed: str) -> str:
    """How a login is spelt, however it was typed: full width or not, large letters or small."""
    folded = unicodedata.normalize("NFKC", typed).strip().casefold()
    return unicodedata.normalize("NFKC", folded)


class Logins:
    """Who tries to log in, and who is. Each write is one transaction together with its entry in the audit log.

    Every method raises WorkspaceError when the database cannot be read or written, with what to do about it.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def attempt(self, typed: str, *, at: datetime, earlier_sha256: str | None = None) -> Try:
        """Counts a try before anything is compared, so that a thousand at once are counted too.

        `earlier_sha256`: digest of a token that the browser had before, which may have ended long ago.
        """
        login = login_of(typed)
        with self._database.writing() as session:
            alone(session)
            row = session.scalar(select(AccountRow).where(AccountRow.login == login))
            slots: Slots = {name_slot(login): PER_NAME, _ALL: ALTOGETHER}
            if row is not None and earlier_sha256 is not None:
                asked = select(DeskSessionRow.id).where(
                    DeskSessionRow.token_sha256 == earlier_sha256, DeskSessionRow.account_id == row.id
                )
                before = session.scalar(asked)
                slots = slots if before is None else {f"browser:{before}": PER_BROWSER}
            wait_s = slowing.take(session, slots, at)
            if wait_s:
                return Try(wait_s)
            if row is None:
                return Try(0.0, login=login, slots=tuple(slots))
            return Try(0.0, True, row.active, row.password_hash, login, tuple(slots))

    def failed(self, tried: Try, why: str, *, at: datetime) -> None:
        """Logs a try that came to nothing. An unknown name is not kept: people type passwords there."""
        entry = Entry(at, SYSTEM, Act.LOGIN_FAILED, subject_of(tried.login) if tried.known else "account", {"why": why})
        with self._database.writing() as session:
            append_in(session, entry)

    def begin(
        self, tried: Try, token_sha256: str, *, at: datetime, ends_at: datetime, rehashed: str | None = None
    ) -> bool:
        """Logs somebody in whose password was right; what was tried before counts no longer.

        `rehashed` replaces the password's hash. False, and nothing is done, when the account was disabled or got
        another password meanwhile.
        """
        with self._database.writing() as session:
            alone(session)
            row = session.scalar(select(AccountRow).where(AccountRow.login == tried.login))
            if row is None or not row.active or row.password_hash != tried.password_hash:
                return False
            if rehashed is not None:
                row.password_hash = rehashed
            own = tried.slots[0]  # the name's or the browser's: whoever is logged in begins anew
            slowing.clear(session, own)
            slowing.give_back(session, dict.fromkeys(tried.slots[1:], ALTOGETHER))
            _begin(session, row, token_sha256, LogIn.PASSWORD, at, ends_at)
        return True

    def make_ticket(
        self,
        issuer: str,
        subject: str,
        ticket_sha256: str,
        *,
        shown: str,
        browser_sha256: str,
        at: datetime,
        until: datetime,
    ) -> bool:
        """Whether an active account is bound to the subject: then the ticket is its, once.

        `shown` becomes the account's shown name where it has none. One that is refused is logged, though not each time
        that a page asks again.
        """
        with self._database.writing() as session:
            alone(session)
            session.execute(delete(TicketRow).where(TicketRow.until <= at))
            asked = select(AccountRow).where(AccountRow.oidc_issuer == issuer, AccountRow.oidc_subject == subject)
            row = session.scalar(asked)
            if row is None or not row.active:
                slot = _bucket("subject", f"{issuer}\n{subject}")
                if not slowing.take(session, {slot: PER_NAME, _ALL: ALTOGETHER}, at):
                    known = "account" if row is None else subject_of(row.login)
                    facts: dict[str, Fact] = {"why": "unknown" if row is None else "inactive", "kind": LogIn.OIDC.value}
                    append_in(session, Entry(at, SYSTEM, Act.LOGIN_FAILED, known, facts))
                return False
            row.shown = row.shown or shown
            session.add(
                TicketRow(ticket_sha256=ticket_sha256, account_id=row.id, browser_sha256=browser_sha256, until=until)
            )
        return True

    def use_ticket(
        self, ticket_sha256: str, token_sha256: str, *, browser_sha256: str, at: datetime, ends_at: datetime
    ) -> bool:
        """Logs in whom the ticket is for. False: it is nobody's, used, too old, or another browser's."""
        with self._database.writing() as session:
            alone(session)
            ticket = session.scalar(select(TicketRow).where(TicketRow.ticket_sha256 == ticket_sha256))
            if ticket is None:
                return False
            row = session.get_one(AccountRow, ticket.account_id)
            good = ticket.until > at and row.active and ticket.browser_sha256 in ("", browser_sha256)
            session.delete(ticket)  # whoever shows it wrongly has spoilt it
            if good:
                session.flush()
                _begin(session, row, token_sha256, LogIn.OIDC, at, ends_at)
            return good

    # Logged in

    def person(self, token_sha256: str, *, at: datetime) -> Person | None:
        """Who is logged in with the token, as the account is now; None: nobody, or no longer."""
        asked = (
            select(AccountRow.login, AccountRow.shown, AccountRow.role, DeskSessionRow.id, DeskSessionRow.seen_at)
            .join(AccountRow, DeskSessionRow.account_id == AccountRow.id)
            .where(
                DeskSessionRow.token_sha256 == token_sha256,
                DeskSessionRow.ended_at.is_(None),
                DeskSessionRow.ends_at > at,
                AccountRow.active,
            )
        )
        with self._database.reading() as session:
            row = session.execute(asked).first()
        if row is None:
            return None
        if at - row.seen_at >= _SEEN_EVERY:
            # On a full disk pages can still be read.
            with suppress(WorkspaceError), self._database.writing() as session:
                own = update(DeskSessionRow).where(DeskSessionRow.id == row.id, DeskSessionRow.seen_at < at)
                session.execute(own.values(seen_at=at))
        return Person(row.login, row.shown or row.login, Role(row.role))

    def end(self, token_sha256: str, *, at: datetime) -> None:
        """Logs out; nothing happens where nobody is logged in."""
        with self._database.writing() as session:
            own = update(DeskSessionRow).where(
                DeskSessionRow.token_sha256 == token_sha256, DeskSessionRow.ended_at.is_(None)
            )
            ended = session.execute(
                own.values(ended_at=at).returning(DeskSessionRow.id, DeskSessionRow.account_id)
            ).first()
            if ended is not None:
                login = session.get_one(AccountRow, ended.account_id).login
                append_in(session, Entry(at, login, Act.LOGOUT, subject_of(login), {"session": ended.id}))


def alone(session: Session) -> None:
    """Until the transaction ends nobody else changes accounts, counts tries or logs in."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})


def _begin(session: Session, row: AccountRow, token_sha256: str, kind: LogIn, at: datetime, ends_at: datetime) -> None:
    began = DeskSessionRow(
        token_sha256=token_sha256, account_id=row.id, kind=kind.value, begun_at=at, seen_at=at, ends_at=ends_at
    )
    session.add(began)
    session.flush()
    facts: dict[str, Fact] = {"kind": kind.value, "session": began.id}
    append_in(session, Entry(at, row.login, Act.LOGIN, subject_of(row.login), facts))


def end_sessions(session: Session, row: AccountRow, at: datetime) -> int:
    """How many log-ins were cut off; tickets on their way are void too."""
    session.execute(delete(TicketRow).where(TicketRow.account_id == row.id))
    own = update(DeskSessionRow).where(
        DeskSessionRow.account_id == row.id, DeskSessionRow.ended_at.is_(None), DeskSessionRow.ends_at > at
    )
    return len(session.execute(own.values(ended_at=at).returning(DeskSessionRow.id)).all())


def subject_of(login: str) -> str:
    """An account in the log."""
    return f"account:{login}"


def name_slot(login: str) -> str:
    return _bucket("name", login)


def _bucket(kind: str, typed: str) -> str:
    """One of 65,536 slots: the table stays small whatever is typed, and does not tell what was; two names that meet
    there only slow each other down."""
    return f"{kind}:{hashlib.sha256(typed.encode('utf-8', 'replace')).hexdigest()[:4]}"
