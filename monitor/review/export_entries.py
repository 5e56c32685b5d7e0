"""What the audit log says of exports: kinds, counts, digests; a filter's digest too, since it may name creators."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime

from monitor.audit import Act, Entry, EntryError, StoredEntry
from monitor.audit.entry import Fact
from monitor.evidence.export.packing import Exported
from monitor.store.queue_filter import Filter

LISTS = "flags"
"""The subject of an export that is of no single flag."""
CASE = "case"


@dataclass(frozen=True, slots=True)
class PastExport:
    """One export, as the log has it."""

    at: datetime
    by: str
    """Login, or the operator of the command line."""
    kind: str
    """`csv`, `jsonl` or `case`."""
    flag_id: str
    """Of a case; empty for a list."""
    count: int
    """Flags in it."""
    sha256: str
    """Of the file."""
    size_bytes: int


def list_entry(at: datetime, by: str, kind: str, chosen: Filter, *, count: int, sha256: str, size_bytes: int) -> Entry:
    facts: dict[str, Fact] = {
        "kind": kind,
        "count": count,
        "filter_sha256": filter_digest(chosen),
        "file_sha256": sha256,
        "bytes": size_bytes,
    }
    return Entry(at, by, Act.EXPORT, LISTS, facts)


def case_entries(at: datetime, by: str, made: Exported, *, raw_stills: bool) -> list[Entry]:
    """Who took which evidence out as which zip; and that names went with it, where they were asked for."""
    facts: dict[str, Fact] = {
        "kind": CASE,
        "count": 1,
        "manifest_sha256": made.manifest_sha256,
        "zip_sha256": made.sha256,
        "bytes": made.size_bytes,
        "withheld": len(made.withheld),
        "key_id": made.key_id,
    }
    entries = [Entry(at, by, Act.EXPORT, made.flag_id, facts)]
    if raw_stills:
        entries.append(Entry(at, by, Act.UNMASKING, made.flag_id, {"zip_sha256": made.sha256}))
    return entries


def filter_digest(chosen: Filter) -> str:
    """SHA-256 in hex of the filter as an address has it: whoever knows the filter can tell that it was this one."""
    told = json.dumps(chosen.to_query(), ensure_ascii=True, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(told.encode()).hexdigest()


def past_export(stored: StoredEntry) -> PastExport | None:
    """None for an entry that cannot be read: `monitor audit verify` tells of those."""
    try:
        entry = Entry.from_leaf(stored.leaf)
    except EntryError:
        return None
    facts = entry.facts
    a_list = entry.subject == LISTS
    # The command line's older entries name no kind: they were all of cases.
    return PastExport(
        at=entry.at,
        by=entry.actor,
        kind=str(facts.get("kind", CASE)),
        flag_id="" if a_list else entry.subject,
        count=_number(facts.get("count", 1)),
        sha256=str(facts.get("file_sha256" if a_list else "zip_sha256", "")),
        size_bytes=_number(facts.get("bytes", 0)),
    )


def _number(fact: Fact) -> int:
    return fact if isinstance(fact, int) else 0
