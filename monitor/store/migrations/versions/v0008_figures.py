"""Indices from which the pages' figures are counted.

Revision ID: 0008
Revises: 0007
"""

from alembic import op

import monitor.store.figure_indices  # noqa: F401 - declares them to whoever compares them with the database

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    for name, table, columns in (
        ("ix_queue_figures", "queue", ["flagged_at", "scheme", "decision", "present", "flag_id"]),
        (
            "ix_queue_creators",
            "queue",
            ["platform", "creator", "happened_at", "scheme", "stage", "decision", "present"],
        ),
        ("ix_queue_streams", "queue", ["stream_id", "present", "open"]),
        ("ix_hits_terms", "hits", ["violation_row", "term"]),
    ):
        op.create_index(name, table, columns, unique=False)
