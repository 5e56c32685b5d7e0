"""The audit log: entries that can be added and nothing else, and the state of their tree.

Revision ID: 0004
Revises: 0003
"""

import secrets

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

INT = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
REFUSAL = "the audit log can only be added to"


def upgrade() -> None:
    op.create_table(
        "audit_entries",
        sa.Column("seq", INT, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("act", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("leaf", sa.LargeBinary(), nullable=False),
        sa.Column("leaf_hash", sa.LargeBinary(), nullable=False),
        sa.Column("id", INT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_entries")),
        sa.UniqueConstraint("seq", name=op.f("uq_audit_entries_seq")),
    )
    for name in ("at", "act", "subject"):
        op.create_index(op.f(f"ix_audit_entries_{name}"), "audit_entries", [name], unique=False)
    tree = op.create_table(
        "audit_tree",
        sa.Column("log_id", sa.Text(), nullable=False),
        sa.Column("size", INT, nullable=False),
        sa.Column("frontier", sa.LargeBinary(), nullable=False),
        sa.Column("head", sa.Text(), nullable=False, server_default=sa.text("''")),
        sa.Column("id", INT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_tree")),
    )
    op.bulk_insert(tree, [{"id": 1, "log_id": secrets.token_hex(16), "size": 0, "frontier": b"", "head": ""}])
    if op.get_bind().dialect.name == "sqlite":
        for act in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER audit_entries_no_{act.lower()} BEFORE {act} ON audit_entries "
                f"BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END"
            )
        return
    op.execute(
        "CREATE FUNCTION audit_entries_refuse() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{REFUSAL}'; END $$"
    )
    for act, each in (("UPDATE OR DELETE", "ROW"), ("TRUNCATE", "STATEMENT")):
        op.execute(
            f"CREATE TRIGGER audit_entries_no_{act.split()[0].lower()} BEFORE {act} ON audit_entries "
            f"FOR EACH {each} EXECUTE FUNCTION audit_entries_refuse()"
        )
