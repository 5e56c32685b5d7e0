"""What pages ask of the store, timed one by one on a made-up desk, with the way the database takes to each answer.

The statements stand for what a page needs at the least; a page may ask better ones. Where the way is a walk through a
whole table it is told, since that is what an index is for.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from speed_figures import Figure
from sqlalchemy import text
from sqlalchemy.orm import Session

from monitor.store import Store

READ_MS = 300.0
"""Leaves Streamlit and the browser the greater part of 1.5 s; a page may ask several."""
VERDICT_READ_MS = 60.0
"""What stands between a verdict and the next flag is asked within 0.7 s, all of it together."""


@dataclass(frozen=True, slots=True)
class Read:
    """One question."""

    page: str
    what: str
    sql: str
    bound_ms: float = READ_MS


READS = (
    Read("overview", "open by stage and severity",
         "SELECT stage, severity_rank, count(*), min(flagged_at) FROM queue WHERE open = 1"
         " GROUP BY stage, severity_rank"),
    Read("overview", "found and closed a day, 30 days",
         "SELECT substr(flagged_at, 1, 10) AS day, scheme, open, count(*) FROM queue WHERE flagged_at >= :month"
         " GROUP BY day, scheme, open"),
    Read("overview", "precision by scheme",
         "SELECT scheme, decision, count(*) FROM queue WHERE open = 0 GROUP BY scheme, decision"),
    Read("overview", "precision by term",
         "SELECT hits.term, queue.scheme, queue.decision, count(DISTINCT queue.id) FROM hits"
         " JOIN violations ON violations.id = hits.violation_row JOIN flags ON flags.id = violations.flag_row"
         " JOIN queue ON queue.flag_id = flags.flag_id WHERE queue.open = 0"
         " GROUP BY hits.term, queue.scheme, queue.decision"),
    Read("overview", "coverage by day",
         "SELECT substr(started_at, 1, 10) AS day, sum(end_ms), sum(heard_ms), sum(seen_ms) FROM streams"
         " WHERE shown GROUP BY day"),
    Read("queue", "next flag of a first round",
         "SELECT flag_id FROM queue WHERE open = 1 AND stage = 'first' AND (claimed_by IS NULL OR lease_until < :now)"
         " ORDER BY severity_rank, flagged_at, start_ms, flag_id LIMIT 1", VERDICT_READ_MS),
    Read("queue", "next flag for somebody, any round of theirs",
         "SELECT flag_id FROM queue WHERE open = 1 AND stage IN ('first', 'second') AND first_by <> :me"
         " AND (claimed_by IS NULL OR lease_until < :now)"
         " ORDER BY severity_rank, flagged_at, start_ms, flag_id LIMIT 1", VERDICT_READ_MS),
    Read("queue", "next flag of one scheme and platform",
         "SELECT flag_id FROM queue WHERE open = 1 AND stage = 'first' AND scheme = :scheme AND platform = 'taobao'"
         " AND (claimed_by IS NULL OR lease_until < :now)"
         " ORDER BY severity_rank, flagged_at, start_ms, flag_id LIMIT 1", VERDICT_READ_MS),
    Read("queue", "open flags, first page",
         "SELECT * FROM queue WHERE open = 1 ORDER BY severity_rank, flagged_at, start_ms, flag_id LIMIT 50"),
    Read("queue", "all flags, newest first, filtered",
         "SELECT * FROM queue WHERE scheme = :scheme AND platform = 'douyin' AND score >= 0.8"
         " ORDER BY flagged_at DESC LIMIT 50"),
    Read("queue", "how many the filter leaves, closed too",
         "SELECT count(*) FROM queue WHERE scheme = :scheme AND platform = 'douyin' AND score >= 0.8"),
    Read("queue", "one channel among closed ones, deep page",
         "SELECT * FROM queue WHERE open = 0 AND channels LIKE '%screen%' ORDER BY flagged_at DESC"
         " LIMIT 50 OFFSET 5000"),
    Read("flag", "one flag's line", "SELECT line FROM flags WHERE flag_id = :flag", VERDICT_READ_MS),
    Read("flag", "its events", "SELECT * FROM verdicts WHERE flag_id = :flag ORDER BY position", VERDICT_READ_MS),
    Read("flag", "others of the same stream",
         "SELECT flag_id, scheme, start_ms FROM flags WHERE stream_id = :stream ORDER BY start_ms", VERDICT_READ_MS),
    Read("flag", "the creator's earlier flags",
         "SELECT flag_id, scheme, decision, happened_at FROM queue WHERE creator = :creator AND platform = :platform"
         " ORDER BY happened_at DESC LIMIT 20", VERDICT_READ_MS),
    Read("flag", "open ones of the same cause",
         "SELECT count(*) FROM queue WHERE open = 1 AND cause = :cause", VERDICT_READ_MS),
    Read("flag", "what was said around it",
         "SELECT channel, start_ms, end_ms, text FROM cues WHERE stream_id = :stream AND start_ms BETWEEN :from_ms"
         " AND :to_ms", VERDICT_READ_MS),
    Read("streams", "newest 50 with their counts",
         "SELECT s.id, s.room, s.creator, (SELECT count(*) FROM flags f WHERE f.stream_id = s.id AND NOT f.candidate)"
         " FROM streams s WHERE s.shown ORDER BY s.started_at DESC LIMIT 50"),
    Read("stream", "timeline of the largest one",
         "SELECT f.flag_id, f.scheme, f.severity, f.start_ms, f.end_ms, q.stage, q.decision FROM flags f"
         " LEFT JOIN queue q ON q.flag_id = f.flag_id WHERE f.stream_id = :largest AND NOT f.candidate"
         " ORDER BY f.start_ms"),
    Read("stream", "its gaps", "SELECT * FROM gaps WHERE stream_id = :largest"),
    Read("rules", "flags and decisions of one term",
         "SELECT queue.decision, count(DISTINCT queue.id) FROM hits"
         " JOIN violations ON violations.id = hits.violation_row JOIN flags ON flags.id = violations.flag_row"
         " JOIN queue ON queue.flag_id = flags.flag_id WHERE hits.term = :term GROUP BY queue.decision"),
    Read("creators", "all with their counts",
         "SELECT platform, creator, count(*), sum(decision = 'confirmed'), max(happened_at) FROM queue"
         " GROUP BY platform, creator ORDER BY 4 DESC LIMIT 100"),
    Read("creators", "one's history by month and scheme",
         "SELECT substr(happened_at, 1, 7) AS month, scheme, decision, count(*) FROM queue"
         " WHERE creator = :creator AND platform = :platform GROUP BY month, scheme, decision"),
    Read("quality", "pairs of first and second decisions",
         "SELECT a.flag_id, a.reviewer, a.decision, b.reviewer, b.decision FROM verdicts b JOIN verdicts a"
         " ON a.flag_id = b.flag_id AND a.round = 'first' WHERE b.round = 'second'"),
    Read("quality", "decisions by reviewer and kind",
         "SELECT reviewer, round, decision, count(*) FROM verdicts GROUP BY reviewer, round, decision"),
    Read("audit", "newest 100 entries", "SELECT * FROM audit_entries ORDER BY seq DESC LIMIT 100"),
    Read("audit", "newest 100 of one kind",
         "SELECT * FROM audit_entries WHERE act = 'verdict' ORDER BY seq DESC LIMIT 100"),
    Read("audit", "newest 100 of one person",
         "SELECT * FROM audit_entries WHERE actor = :me ORDER BY seq DESC LIMIT 100"),
    Read("audit", "the log's state, with the count of its rows", "SELECT size, (SELECT count(*) FROM audit_entries)"
         " FROM audit_tree"),
    Read("export", "confirmed flags of a month",
         "SELECT count(*) FROM queue WHERE decision = 'confirmed' AND happened_at >= :month"),
)  # fmt: skip


def measure_reads(store: Store, *, times: int = 20) -> Iterator[tuple[Figure, str]]:
    """Each read's times, and how the database goes about it: walks through whole tables alone are told."""
    with store._database.reading() as session:
        given = _parameters(session)
        for read in READS:
            asked = {name: value for name, value in given.items() if f":{name}" in read.sql}
            plan = [row[-1] for row in session.execute(text(f"EXPLAIN QUERY PLAN {read.sql}"), asked)]
            walks = [step for step in plan if step.startswith("SCAN") or "TEMP B-TREE" in step]
            ms = _timed(lambda read=read, asked=asked: session.execute(text(read.sql), asked).all(), times)
            yield Figure(f"{read.page}: {read.what}", ms, read.bound_ms), "; ".join(walks)
    for name, call in _services(store, given).items():
        yield Figure(name, _timed(call, max(3, times // 4)), READ_MS), ""


def _services(store: Store, given: Mapping[str, Any]) -> dict[str, Callable[[], object]]:
    """The store's own reads that a page may call as they are."""
    return {
        "Store.streams(): all of them": store.streams,
        "Store.flag(): one": lambda: store.flag(str(given["flag"])),
        "Reviews.states(): 50 flags": lambda: store.reviews.states(list(given["fifty"])),
        "AuditLog.last(100)": lambda: store.audit.last(100),
    }


def _timed(call: Callable[[], object], times: int) -> tuple[float, ...]:
    call()
    found = []
    for _ in range(times):
        begun = time.perf_counter()
        call()
        found.append(1000 * (time.perf_counter() - begun))
        if sum(found) > 20_000:
            break
    return tuple(found)


def _parameters(session: Session) -> dict[str, Any]:
    """A flag in the middle of things, its stream, its creator, and the largest stream there is."""
    one = session.execute(
        text("SELECT flag_id, creator, platform, cause, start_ms FROM queue ORDER BY id LIMIT 1"
             " OFFSET (SELECT count(*) / 2 FROM queue)")
    ).one()  # fmt: skip
    stream = session.execute(text("SELECT stream_id FROM flags WHERE flag_id = :flag"), {"flag": one.flag_id}).scalar()
    largest = session.execute(
        text("SELECT stream_id FROM flags GROUP BY stream_id ORDER BY count(*) DESC LIMIT 1")
    ).scalar()
    newest = str(session.execute(text("SELECT max(flagged_at) FROM queue")).scalar())
    term = session.execute(text("SELECT term FROM hits LIMIT 1 OFFSET 100")).scalar()
    fifty = session.execute(text("SELECT flag_id FROM queue LIMIT 50")).scalars().all()
    now = datetime.fromisoformat(newest)
    return {
        "flag": one.flag_id, "creator": one.creator, "platform": one.platform, "cause": one.cause, "stream": stream,
        "largest": largest, "from_ms": one.start_ms - 12_000, "to_ms": one.start_ms + 40_000,
        "scheme": "cashback_refund", "me": "reviewer01", "term": term, "fifty": fifty,
        "now": f"{now:%Y-%m-%d %H:%M:%S.%f}",
        "month": f"{now - timedelta(days=30):%Y-%m-%d %H:%M:%S.%f}",
    }  # fmt: skip
