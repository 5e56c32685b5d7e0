"""What a replay needs: the steps of judging, other readings of cues, and the name of a recording's content.

Revision ID: 0002
Revises: 0001
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

INT = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.add_column("cues", sa.Column("alternatives", sa.JSON(), nullable=False, server_default=sa.text("'[]'")))
    op.add_column("streams", sa.Column("media_key", sa.Text(), nullable=False, server_default=sa.text("''")))
    op.create_table(
        "steps",
        sa.Column("stream_id", INT, nullable=False),
        sa.Column("steps", sa.JSON(), nullable=False),
        sa.Column("id", INT, nullable=False),
        sa.ForeignKeyConstraint(["stream_id"], ["streams.id"], name=op.f("fk_steps_stream_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_steps")),
    )
    op.create_index(op.f("ix_steps_stream_id_id"), "steps", ["stream_id", "id"], unique=False)
