"""Indices that hold all that a page counts, so that counting reads no rows: a flag's line alone is some kilobytes."""

from __future__ import annotations

from sqlalchemy import Index

from monitor.store.queue_tables import QueueRow
from monitor.store.tables import HitRow

FIGURE_INDICES = (
    # By day and scheme, and how it was decided.
    Index("ix_queue_figures", QueueRow.flagged_at, QueueRow.scheme, QueueRow.decision, QueueRow.present,
          QueueRow.flag_id),
    # By creator, who may be on several platforms.
    Index("ix_queue_creators", QueueRow.platform, QueueRow.creator, QueueRow.happened_at, QueueRow.scheme,
          QueueRow.stage, QueueRow.decision, QueueRow.present),
    Index("ix_queue_streams", QueueRow.stream_id, QueueRow.present, QueueRow.open),
    Index("ix_hits_terms", HitRow.violation_row, HitRow.term),
)  # fmt: skip
