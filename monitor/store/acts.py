"""What a scan does, as entries of the audit log: ids, digests and counts, nothing of what was said."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from monitor.audit import SYSTEM, Act, Entry
from monitor.audit.entry import Fact
from monitor.store.audit_tables import AuditEntryRow
from monitor.store.tables import DONE, FAILED, STOPPED, FlagRow

_ENDED = {DONE: Act.STREAM_DONE, FAILED: Act.STREAM_FAILED, STOPPED: Act.STREAM_STOPPED}


def stream_name(stream_key: str) -> str:
    """A stream in the log: its key is a path, which may name people."""
    return "stream:" + hashlib.sha256(stream_key.encode("utf-8", "surrogateescape")).hexdigest()[:32]


def run_begun(
    session: Session, run_id: int, actor: str, command: str, versions: Mapping[str, str], rules: Mapping[str, str]
) -> list[Entry]:
    """The run, and before it each of `rules` (`lexicon`, `policy` → digest) that is another than at the last run."""
    now = datetime.now(UTC)
    acts = {"lexicon": Act.LEXICON_CHANGE, "policy": Act.POLICY_CHANGE}
    changed = [
        Entry(now, actor, acts[what], digest, {"before": before})
        for what, digest in rules.items()
        if (before := _last_subject(session, acts[what])) != digest
    ]
    facts: dict[str, Fact] = {"command": command, "versions": dict(versions), "rules": dict(rules)}
    return [*changed, Entry(now, actor, Act.SCAN_BEGUN, f"run:{run_id}", facts)]


def run_ended(run_id: int, actor: str, exit_code: int) -> Entry:
    return Entry(datetime.now(UTC), actor, Act.SCAN_ENDED, f"run:{run_id}", {"exit_code": exit_code})


def flags_kept(stream_key: str, flags: Iterable[FlagRow]) -> list[Entry]:
    """One for each flag; candidates accuse nobody and have none."""
    return [
        Entry(
            datetime.now(UTC),
            SYSTEM,
            Act.FLAG,
            flag.flag_id,
            {
                "stream": stream_name(stream_key),
                "scheme": flag.scheme,
                "manifest_sha256": flag.evidence.manifest_sha256 if flag.evidence else "",
                "lexicon": flag.violation.lexicon,
                "policy": flag.violation.policy,
            },
        )
        for flag in flags
        if not flag.candidate
    ]


def stream_ended(stream_key: str, media_key: str, state: str, end_ms: int, heard_ms: int, seen_ms: int) -> Entry:
    """`state` is `done`, `failed` or `stopped`."""
    facts: dict[str, Fact] = {"media": media_key, "end_ms": end_ms, "heard_ms": heard_ms, "seen_ms": seen_ms}
    return Entry(datetime.now(UTC), SYSTEM, _ENDED[state], stream_name(stream_key), facts)


def _last_subject(session: Session, act: Act) -> str | None:
    asked = select(AuditEntryRow.subject).where(AuditEntryRow.act == act.value)
    return session.scalar(asked.order_by(AuditEntryRow.seq.desc()).limit(1))
