"""An index that holds all that is counted of who decided how, in a period or ever.

Revision ID: 0010
Revises: 0009
"""

from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    op.create_index(
        "ix_verdicts_quality",
        "verdicts",
        ["reviewer", "at", "id", "round", "decision", "batch", "flag_id"],
        unique=False,
    )
