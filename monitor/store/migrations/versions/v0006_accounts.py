"""Who may log in, who is logged in, and how often somebody tried in vain.

Revision ID: 0006
Revises: 0005
"""

import sqlalchemy as sa
from alembic import op

import monitor.store.account_tables  # noqa: F401 - declares the tables to whoever compares them with the database

revision = "0006"
down_revision = "0005"

INT = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "accounts",
        sa.Column("login", sa.Text(), nullable=False),
        sa.Column("shown", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=True),
        sa.Column("oidc_issuer", sa.Text(), nullable=True),
        sa.Column("oidc_subject", sa.Text(), nullable=True),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("preferences", sa.JSON(), nullable=False),
        sa.Column("made_at", TIME, nullable=False),
        sa.Column("made_by", sa.Text(), nullable=False),
        sa.Column("id", INT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_accounts")),
        sa.UniqueConstraint("login", name=op.f("uq_accounts_login")),
        sa.UniqueConstraint("oidc_issuer", "oidc_subject", name=op.f("uq_accounts_oidc_issuer_oidc_subject")),
    )
    op.create_table(
        "desk_sessions",
        sa.Column("token_sha256", sa.Text(), nullable=False),
        sa.Column("account_id", INT, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("begun_at", TIME, nullable=False),
        sa.Column("seen_at", TIME, nullable=False),
        sa.Column("ends_at", TIME, nullable=False),
        sa.Column("ended_at", TIME, nullable=True),
        sa.Column("id", INT, nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_desk_sessions_account_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_desk_sessions")),
        sa.UniqueConstraint("token_sha256", name=op.f("uq_desk_sessions_token_sha256")),
    )
    op.create_index(op.f("ix_desk_sessions_account_id"), "desk_sessions", ["account_id"], unique=False)
    op.create_table(
        "login_tickets",
        sa.Column("ticket_sha256", sa.Text(), nullable=False),
        sa.Column("account_id", INT, nullable=False),
        sa.Column("browser_sha256", sa.Text(), nullable=False),
        sa.Column("until", TIME, nullable=False),
        sa.Column("id", INT, nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_login_tickets_account_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_login_tickets")),
        sa.UniqueConstraint("ticket_sha256", name=op.f("uq_login_tickets_ticket_sha256")),
    )
    op.create_index(op.f("ix_login_tickets_account_id"), "login_tickets", ["account_id"], unique=False)
    op.create_table(
        "login_slots",
        sa.Column("slot", sa.Text(), nullable=False),
        sa.Column("busy_until", TIME, nullable=False),
        sa.Column("id", INT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_login_slots")),
        sa.UniqueConstraint("slot", name=op.f("uq_login_slots_slot")),
    )
