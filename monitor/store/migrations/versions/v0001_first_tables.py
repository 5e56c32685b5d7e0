"""The first tables.

Revision ID: 0001
Revises:
"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

INT = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "runs",
        sa.Column("command", sa.Text(), nullable=False),
        sa.Column("settings", sa.JSON(), nullable=False),
        sa.Column("versions", sa.JSON(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("exit_code", INT, nullable=True),
        sa.Column("id", INT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_runs")),
    )
    op.create_table(
        "streams",
        sa.Column("run_id", INT, nullable=False),
        sa.Column("stream_key", sa.Text(), nullable=False),
        sa.Column("fingerprint", sa.Text(), nullable=False),
        sa.Column("shown", sa.Boolean(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("problem", sa.Text(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("touched_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("begun_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("room", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("platform", sa.Text(), nullable=False),
        sa.Column("creator", sa.Text(), nullable=False),
        sa.Column("host_account", sa.Text(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("started_zone_s", INT, nullable=True),
        sa.Column("danmaku_offset_ms", INT, nullable=False),
        sa.Column("end_ms", INT, nullable=False),
        sa.Column("heard_ms", INT, nullable=False),
        sa.Column("seen_ms", INT, nullable=False),
        sa.Column("wall_s", sa.Double(), nullable=False),
        sa.Column("id", INT, nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name=op.f("fk_streams_run_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_streams")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_streams_creator"), "streams", ["creator"], unique=False)
    op.create_index(op.f("ix_streams_platform"), "streams", ["platform"], unique=False)
    op.create_index(op.f("ix_streams_run_id"), "streams", ["run_id"], unique=False)
    op.create_index(op.f("ix_streams_state"), "streams", ["state"], unique=False)
    op.create_index(op.f("ix_streams_stream_key"), "streams", ["stream_key"], unique=False)
    op.create_index(
        "uq_streams_running",
        "streams",
        ["stream_key"],
        unique=True,
        sqlite_where=sa.text("state = 'running'"),
        postgresql_where=sa.text("state = 'running'"),
    )
    op.create_index(
        "uq_streams_shown",
        "streams",
        ["stream_key"],
        unique=True,
        sqlite_where=sa.text("shown"),
        postgresql_where=sa.text("shown"),
    )
    op.create_table(
        "cues",
        sa.Column("stream_id", INT, nullable=False),
        sa.Column("cue_id", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("start_ms", INT, nullable=False),
        sa.Column("end_ms", INT, nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("confidence", sa.Double(), nullable=False),
        sa.Column("words", sa.JSON(), nullable=False),
        sa.Column("box", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("struck", sa.Boolean(), nullable=False),
        sa.Column("ongoing", sa.Boolean(), nullable=False),
        sa.Column("sender", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("id", INT, nullable=False),
        sa.ForeignKeyConstraint(["stream_id"], ["streams.id"], name=op.f("fk_cues_stream_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cues")),
        sa.UniqueConstraint("stream_id", "cue_id", name=op.f("uq_cues_stream_id_cue_id")),
    )
    op.create_index(op.f("ix_cues_stream_id_start_ms"), "cues", ["stream_id", "start_ms"], unique=False)
    op.create_table(
        "discards",
        sa.Column("stream_id", INT, nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("start_ms", INT, nullable=False),
        sa.Column("end_ms", INT, nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("id", INT, nullable=False),
        sa.ForeignKeyConstraint(["stream_id"], ["streams.id"], name=op.f("fk_discards_stream_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_discards")),
    )
    op.create_index(op.f("ix_discards_stream_id"), "discards", ["stream_id"], unique=False)
    op.create_table(
        "flags",
        sa.Column("stream_id", INT, nullable=False),
        sa.Column("flag_id", sa.Text(), nullable=False),
        sa.Column("scheme", sa.Text(), nullable=False),
        sa.Column("platform", sa.Text(), nullable=False),
        sa.Column("creator", sa.Text(), nullable=False),
        sa.Column("candidate", sa.Boolean(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("severity", sa.Text(), nullable=False),
        sa.Column("score", sa.Double(), nullable=False),
        sa.Column("start_ms", INT, nullable=False),
        sa.Column("end_ms", INT, nullable=False),
        sa.Column("patterns", sa.JSON(), nullable=False),
        sa.Column("line", sa.JSON(), nullable=False),
        sa.Column("id", INT, nullable=False),
        sa.ForeignKeyConstraint(["stream_id"], ["streams.id"], name=op.f("fk_flags_stream_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_flags")),
        sa.UniqueConstraint("stream_id", "flag_id", name=op.f("uq_flags_stream_id_flag_id")),
    )
    op.create_index(op.f("ix_flags_creator"), "flags", ["creator"], unique=False)
    op.create_index(op.f("ix_flags_flag_id"), "flags", ["flag_id"], unique=False)
    op.create_index(op.f("ix_flags_platform"), "flags", ["platform"], unique=False)
    op.create_index(op.f("ix_flags_scheme_candidate"), "flags", ["scheme", "candidate"], unique=False)
    op.create_index(op.f("ix_flags_severity"), "flags", ["severity"], unique=False)
    op.create_index(op.f("ix_flags_state"), "flags", ["state"], unique=False)
    op.create_table(
        "gaps",
        sa.Column("stream_id", INT, nullable=False),
        sa.Column("sense", sa.Text(), nullable=False),
        sa.Column("start_ms", INT, nullable=False),
        sa.Column("end_ms", INT, nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("id", INT, nullable=False),
        sa.ForeignKeyConstraint(["stream_id"], ["streams.id"], name=op.f("fk_gaps_stream_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_gaps")),
    )
    op.create_index(op.f("ix_gaps_stream_id"), "gaps", ["stream_id"], unique=False)
    op.create_table(
        "parts",
        sa.Column("stream_id", INT, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("position", INT, nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("danmaku", sa.Text(), nullable=True),
        sa.Column("id", INT, nullable=False),
        sa.ForeignKeyConstraint(["stream_id"], ["streams.id"], name=op.f("fk_parts_stream_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_parts")),
    )
    op.create_index(op.f("ix_parts_stream_id"), "parts", ["stream_id"], unique=False)
    op.create_table(
        "evidence",
        sa.Column("flag_row", INT, nullable=False),
        sa.Column("folder", sa.Text(), nullable=False),
        sa.Column("clip", sa.Text(), nullable=True),
        sa.Column("stills", sa.JSON(), nullable=False),
        sa.Column("transcript", sa.Text(), nullable=True),
        sa.Column("manifest", sa.Text(), nullable=True),
        sa.Column("manifest_sha256", sa.Text(), nullable=False),
        sa.Column("problem", sa.Text(), nullable=False),
        sa.Column("id", INT, nullable=False),
        sa.ForeignKeyConstraint(["flag_row"], ["flags.id"], name=op.f("fk_evidence_flag_row"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_evidence")),
    )
    op.create_index(op.f("ix_evidence_flag_row"), "evidence", ["flag_row"], unique=False)
    op.create_table(
        "violations",
        sa.Column("flag_row", INT, nullable=False),
        sa.Column("violation_id", sa.Text(), nullable=False),
        sa.Column("severity_basis", sa.Text(), nullable=False),
        sa.Column("lexicon", sa.Text(), nullable=False),
        sa.Column("policy", sa.Text(), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("id", INT, nullable=False),
        sa.ForeignKeyConstraint(["flag_row"], ["flags.id"], name=op.f("fk_violations_flag_row"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_violations")),
    )
    op.create_index(op.f("ix_violations_flag_row"), "violations", ["flag_row"], unique=False)
    op.create_table(
        "hits",
        sa.Column("violation_row", INT, nullable=False),
        sa.Column("position", INT, nullable=False),
        sa.Column("term", sa.Text(), nullable=False),
        sa.Column("slot", sa.Text(), nullable=False),
        sa.Column("cue_id", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("start_ms", INT, nullable=False),
        sa.Column("end_ms", INT, nullable=False),
        sa.Column("char_start", INT, nullable=False),
        sa.Column("char_end", INT, nullable=False),
        sa.Column("raw", sa.Text(), nullable=False),
        sa.Column("method", sa.Text(), nullable=False),
        sa.Column("score", sa.Double(), nullable=False),
        sa.Column("how", sa.Text(), nullable=False),
        sa.Column("box", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("id", INT, nullable=False),
        sa.ForeignKeyConstraint(
            ["violation_row"], ["violations.id"], name=op.f("fk_hits_violation_row"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hits")),
    )
    op.create_index(op.f("ix_hits_term"), "hits", ["term"], unique=False)
    op.create_index(op.f("ix_hits_violation_row"), "hits", ["violation_row"], unique=False)
    op.create_table(
        "suppressions",
        sa.Column("violation_row", INT, nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("position", INT, nullable=False),
        sa.Column("term", sa.Text(), nullable=False),
        sa.Column("slot", sa.Text(), nullable=False),
        sa.Column("cue_id", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("start_ms", INT, nullable=False),
        sa.Column("end_ms", INT, nullable=False),
        sa.Column("char_start", INT, nullable=False),
        sa.Column("char_end", INT, nullable=False),
        sa.Column("raw", sa.Text(), nullable=False),
        sa.Column("method", sa.Text(), nullable=False),
        sa.Column("score", sa.Double(), nullable=False),
        sa.Column("how", sa.Text(), nullable=False),
        sa.Column("box", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("id", INT, nullable=False),
        sa.ForeignKeyConstraint(
            ["violation_row"], ["violations.id"], name=op.f("fk_suppressions_violation_row"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_suppressions")),
    )
    op.create_index(op.f("ix_suppressions_term"), "suppressions", ["term"], unique=False)
    op.create_index(op.f("ix_suppressions_violation_row"), "suppressions", ["violation_row"], unique=False)
