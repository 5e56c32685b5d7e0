"""Gold flags: which they are, who was given which, and what was answered.

Revision ID: 0011
Revises: 0010
"""

import sqlalchemy as sa
from alembic import op

import monitor.store.gold_tables  # noqa: F401 - declares the tables to whoever compares them with the database

revision = "0011"
down_revision = "0010"

INT = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "gold_flags",
        sa.Column("flag_id", sa.Text(), nullable=False),
        sa.Column("marked_by", sa.Text(), nullable=False),
        sa.Column("marked_at", TIME, nullable=False),
        sa.Column("id", INT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_gold_flags")),
        sa.UniqueConstraint("flag_id", name=op.f("uq_gold_flags_flag_id")),
    )
    op.create_table(
        "gold_given",
        sa.Column("flag_id", sa.Text(), nullable=False),
        sa.Column("reviewer", sa.Text(), nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.Column("before", sa.Text(), nullable=False),
        sa.Column("answered", sa.Boolean(), nullable=False),
        sa.Column("id", INT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_gold_given")),
        sa.UniqueConstraint("reviewer", "flag_id", name=op.f("uq_gold_given_reviewer_flag_id")),
    )
    op.create_index(
        op.f("ix_gold_given_reviewer_answered_id"), "gold_given", ["reviewer", "answered", "id"], unique=False
    )
    op.create_table(
        "gold_answers",
        sa.Column("flag_id", sa.Text(), nullable=False),
        sa.Column("reviewer", sa.Text(), nullable=False),
        sa.Column("decision", sa.Text(), nullable=False),
        sa.Column("severity", sa.Text(), nullable=True),
        sa.Column("reasons", sa.JSON(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.Column("expected", sa.Text(), nullable=False),
        sa.Column("expected_severity", sa.Text(), nullable=True),
        sa.Column("after_verdict", INT, nullable=False),
        sa.Column("withdrawn_at", TIME, nullable=True),
        sa.Column("id", INT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_gold_answers")),
    )
    for columns in (["flag_id"], ["at"], ["reviewer", "id"]):
        op.create_index(op.f(f"ix_gold_answers_{'_'.join(columns)}"), "gold_answers", columns, unique=False)
