"""What the audit log says of reviews: ids, digests and kinds; the words that people wrote stand in their own tables."""

from __future__ import annotations

import hashlib

from monitor.audit import Act, Entry
from monitor.store.columns import storable
from monitor.store.review_tables import DeletionRow
from monitor.store.verdicts import APPEALS, Verdict


def verdict_entry(verdict: Verdict) -> Entry:
    act = Act.APPEAL if verdict.decision in APPEALS else Act.VERDICT
    return Entry(
        verdict.at,
        verdict.reviewer,
        act,
        verdict.flag_id,
        {
            "decision": verdict.decision.value,
            "round": verdict.round.value,
            "second_review": verdict.second_review,
            "batch": verdict.batch or None,
            "position": verdict.seen,
            "reasons": [reason.value for reason in verdict.reasons],
            "severity": None if verdict.severity is None else verdict.severity.value,
            "note_sha256": digest(verdict.note) if verdict.note else None,
            "manifest_sha256": verdict.judged_on.manifest_sha256,
            "lexicon": verdict.judged_on.lexicon,
            "policy": verdict.judged_on.policy,
        },
    )


def deletion_entry(row: DeletionRow, subject: str, plan: str) -> Entry:
    """`subject` is the flag's id, or the stream's name in the log."""
    return Entry(
        row.at,
        row.by,
        Act.DELETION,
        subject,
        {
            "kept_as": row.kept_as,
            "stream_id": row.stream_id,
            "manifest_sha256": row.manifest_sha256,
            "bytes": row.size_bytes,
            "why": row.why,
            "plan": plan,
        },
    )


def digest(text: str) -> str:
    """SHA-256 in hex of the text as it is stored: the audit log keeps no text that a person wrote."""
    return hashlib.sha256(storable(text).encode()).hexdigest()
