"""Indices by which the audit log is read from its end, of one act or of one person.

Revision ID: 0009
Revises: 0008
"""

from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    op.drop_index("ix_audit_entries_act", table_name="audit_entries")
    op.create_index("ix_audit_entries_act_seq", "audit_entries", ["act", "seq"], unique=False)
    op.create_index("ix_audit_entries_actor_seq", "audit_entries", ["actor", "seq"], unique=False)
