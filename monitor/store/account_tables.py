"""Tables of who may log in, who is logged in, and how often somebody tried in vain."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from monitor.store.tables import Table


class AccountRow(Table):
    """Somebody at the desk. Never deleted, since verdicts and the audit log name them: disabled instead."""

    __tablename__ = "accounts"
    __table_args__ = (UniqueConstraint("oidc_issuer", "oidc_subject"),)

    login: Mapped[str] = mapped_column(unique=True)
    """As `accounts.login_of` spells it."""
    shown: Mapped[str]
    """What colleagues read; empty: the login."""
    role: Mapped[str]
    password_hash: Mapped[str | None]
    """Argon2 in its own encoding, with salt and parameters."""
    oidc_issuer: Mapped[str | None]
    oidc_subject: Mapped[str | None]
    active: Mapped[bool]
    preferences: Mapped[dict[str, Any]]
    made_at: Mapped[datetime]
    made_by: Mapped[str]


class DeskSessionRow(Table):
    """One log-in, from its begin to its end. Who reads the table cannot take one over: it has digests, no tokens."""

    __tablename__ = "desk_sessions"

    token_sha256: Mapped[str] = mapped_column(unique=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"), index=True)
    kind: Mapped[str]
    """`password` or `oidc`."""
    begun_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    """To some minutes."""
    ends_at: Mapped[datetime]
    """At the latest."""
    ended_at: Mapped[datetime | None]
    """Logged out, or cut off by a change of the account."""


class TicketRow(Table):
    """A log-in by OIDC on its way from the page to the cookie; gone once it is used."""

    __tablename__ = "login_tickets"

    ticket_sha256: Mapped[str] = mapped_column(unique=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"), index=True)
    browser_sha256: Mapped[str]
    """Of what only the browser that asked for it sends; empty: any may use it."""
    until: Mapped[datetime]


class SlotRow(Table):
    """How much somebody has tried to log in lately: see `slowing`."""

    __tablename__ = "login_slots"

    slot: Mapped[str] = mapped_column(unique=True)
    busy_until: Mapped[datetime]
