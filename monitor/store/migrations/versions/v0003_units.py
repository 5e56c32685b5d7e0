"""What going on after a kill needs: how far a stream came, what the models answered, and how often it failed.

Revision ID: 0003
Revises: 0002
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

INT = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    for name in ("reached_ms", "told_steps", "told_discards", "failures"):
        op.add_column("streams", sa.Column(name, INT, nullable=False, server_default=sa.text("0")))
    op.add_column("streams", sa.Column("told", sa.Text(), nullable=False, server_default=sa.text("''")))
    op.create_table(
        "answers",
        sa.Column("stream_id", INT, nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("said", sa.JSON(), nullable=False),
        sa.Column("id", INT, nullable=False),
        sa.ForeignKeyConstraint(["stream_id"], ["streams.id"], name=op.f("fk_answers_stream_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_answers")),
        sa.UniqueConstraint("stream_id", "key", name=op.f("uq_answers_stream_id_key")),
    )
