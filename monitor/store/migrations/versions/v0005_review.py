"""What people do with flags: verdicts that can be added and nothing else, holds, and what was deleted in its time.

Revision ID: 0005
Revises: 0004
"""

import sqlalchemy as sa
from alembic import op

import monitor.store.review_tables  # noqa: F401 - declares the tables to whoever compares them with the database

revision = "0005"
down_revision = "0004"

INT = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
APPENDED = "verdicts can only be added"
KEPT = "what was held or deleted stays on record"


def upgrade() -> None:
    op.create_table(
        "verdicts",
        sa.Column("flag_id", sa.Text(), nullable=False),
        sa.Column("position", INT, nullable=False),
        sa.Column("decision", sa.Text(), nullable=False),
        sa.Column("reasons", sa.JSON(), nullable=False),
        sa.Column("severity", sa.Text(), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("reviewer", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("manifest_sha256", sa.Text(), nullable=False),
        sa.Column("lexicon", sa.Text(), nullable=False),
        sa.Column("policy", sa.Text(), nullable=False),
        sa.Column("id", INT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_verdicts")),
        sa.UniqueConstraint("flag_id", "position", name=op.f("uq_verdicts_flag_id_position")),
    )
    op.create_table(
        "holds",
        sa.Column("flag_id", sa.Text(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("put_by", sa.Text(), nullable=False),
        sa.Column("put_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("automatic", sa.Boolean(), nullable=False),
        sa.Column("released_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("released_by", sa.Text(), nullable=False),
        sa.Column("released_why", sa.Text(), nullable=False),
        sa.Column("id", INT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_holds")),
    )
    op.create_index(op.f("ix_holds_flag_id"), "holds", ["flag_id"], unique=False)
    op.create_table(
        "deletions",
        sa.Column("kept_as", sa.Text(), nullable=False),
        sa.Column("flag_id", sa.Text(), nullable=False),
        sa.Column("stream_id", INT, nullable=False),
        sa.Column("folder", sa.Text(), nullable=False),
        sa.Column("manifest_sha256", sa.Text(), nullable=False),
        sa.Column("size_bytes", INT, nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", INT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deletions")),
    )
    for name in ("flag_id", "removed_at", "stream_id"):
        op.create_index(op.f(f"ix_deletions_{name}"), "deletions", [name], unique=False)
    _refuse("verdicts", "UPDATE", APPENDED)
    _refuse("verdicts", "DELETE", APPENDED)
    _refuse("holds", "DELETE", KEPT)
    _refuse("deletions", "DELETE", KEPT)


def _refuse(table: str, act: str, said: str) -> None:
    """The database itself does not let this be done to the table's rows."""
    name = f"{table}_no_{act.lower()}"
    if op.get_bind().dialect.name == "sqlite":
        op.execute(f"CREATE TRIGGER {name} BEFORE {act} ON {table} BEGIN SELECT RAISE(ABORT, '{said}'); END")
        return
    op.execute(
        f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION '{said}'; END $$"
    )
    op.execute(f"CREATE TRIGGER {name} BEFORE {act} ON {table} FOR EACH ROW EXECUTE FUNCTION {name}()")
    if act == "DELETE":
        op.execute(
            f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} FOR EACH STATEMENT "
            f"EXECUTE FUNCTION {name}()"
        )
