"""Databases as older programs left them: the tables of a revision, filled with plain SQL as that program filled them.

Nothing here goes through today's tables: what a row held then is written down.
"""

from __future__ import annotations

import json
from typing import Any

from alembic import command
from alembic.config import Config
from broadcasts import AT
from sqlalchemy import text

from monitor.audit import Act, Entry, Frontier, leaf_hash
from monitor.store.database import Database
from monitor.store.schema import MIGRATIONS

Rows = dict[str, list[dict[str, Any]]]

NOW = "2026-11-20 12:00:00.250000"
"""A time in UTC, as SQLite keeps it and PostgreSQL reads it."""
HIT = {
    "position": 0, "term": "返现", "slot": "reward", "cue_id": "s-1", "channel": "speech", "start_ms": 1000,
    "end_ms": 1500, "char_start": 2, "char_end": 4, "raw": "反现", "method": "phonetic", "score": 0.93, "how": "同音",
    "box": None,
}  # fmt: skip
LINE = {
    "schema": "monitor.flag/1", "flag_id": "f-1", "room": "甲房间", "source": "录像/甲_000.flv",
    "scheme": "cashback_refund", "candidate": False, "start_s": 1.0, "end_s": 4.0,
    "evidence": {"folder": "evidence/f-1", "clip": "clip.mp4"},
}  # fmt: skip
ENTRY = Entry(AT, "小王", Act.VERDICT, "f-1", {"decision": "confirmed"})


def _stream(number: int, key: str, state: str, *, shown: bool) -> dict[str, Any]:
    return {
        "id": number, "run_id": 1, "stream_key": key, "fingerprint": "f1", "shown": shown, "state": state,
        "problem": "" if state == "done" else "电源", "owner": "host/1/2", "touched_at": NOW, "begun_at": NOW,
        "ended_at": NOW if state == "done" else None, "room": "甲房间", "source": "录像/甲_000.flv",
        "platform": "douyin", "creator": "某小店", "host_account": "小店主播", "started_at": NOW,
        "started_zone_s": 28800, "danmaku_offset_ms": -7000, "end_ms": 60000, "heard_ms": 54000, "seen_ms": 60000,
        "wall_s": 6.5,
    }  # fmt: skip


def _cue(number: int, stream_id: int, cue_id: str, **changes: Any) -> dict[str, Any]:
    return {
        "id": number, "stream_id": stream_id, "cue_id": cue_id, "channel": "speech", "role": "host", "start_ms": 1000,
        "end_ms": 4000, "text": "收到货再反现给你🧧", "confidence": 0.71, "words": [["反现", 1000, 1500, 0.6]],
        "box": None, "struck": False, "ongoing": False, "sender": "", "note": "", **changes,
    }  # fmt: skip


def rows_at(revision: str) -> Rows:
    """One done stream with all that belongs to it, and one that was cut off; JSON as Python values."""
    rows: Rows = {
        "runs": [
            {"id": 1, "command": "scan", "settings": {"jobs": 2, "词": [1, None]}, "versions": {"monitor": "0.1.0"},
             "started_at": NOW, "ended_at": None, "exit_code": None},
        ],
        "streams": [_stream(1, "甲", "done", shown=True), _stream(7, "乙", "stopped", shown=True)],
        "parts": [
            {"id": 1, "stream_id": 1, "kind": "media", "position": 0, "path": "录像/甲_000.flv", "danmaku": None},
            {"id": 2, "stream_id": 1, "kind": "messages", "position": 0, "path": "录像/\U0010ff84.jsonl",
             "danmaku": None},
            {"id": 3, "stream_id": 7, "kind": "media", "position": 0, "path": "乙.mp4", "danmaku": "乙.xml"},
        ],
        "cues": [
            _cue(1, 1, "s-1"),
            _cue(2, 1, "v-1", channel="screen", box=[1, 2, 300, 40], struck=True, words=[]),
            _cue(3, 7, "c-1", channel="chat", role="viewer", sender="3f2a", words=[], text="真的吗"),
        ],
        "discards": [
            {"id": 1, "stream_id": 1, "channel": "speech", "start_ms": 7, "end_ms": 8, "text": "好好好",
             "reason": "repetition"},
        ],
        "gaps": [{"id": 1, "stream_id": 1, "sense": "heard", "start_ms": 0, "end_ms": 6000, "reason": "undecodable"}],
        "flags": [
            {"id": 1, "stream_id": 1, "flag_id": "f-1", "scheme": "cashback_refund", "platform": "douyin",
             "creator": "某小店", "candidate": False, "state": "closed", "severity": "serious", "score": 0.93,
             "start_ms": 1000, "end_ms": 4000, "patterns": ["p.1"], "line": LINE},
        ],
        "violations": [
            {"id": 1, "flag_row": 1, "violation_id": "v-f-1", "severity_basis": "desk", "lexicon": "sha256:l",
             "policy": "sha256:p", "facts": ["一句话"]},
        ],
        "hits": [{"id": 1, "violation_row": 1, **HIT, "box": [0, 0, 5, 5]}],
        "suppressions": [{"id": 1, "violation_row": 1, "reason": "denial", **HIT}],
        "evidence": [
            {"id": 1, "flag_row": 1, "folder": "evidence/f-1", "clip": "clip.mp4", "stills": ["1.jpg"],
             "transcript": None, "manifest": "manifest.json", "manifest_sha256": "ab" * 32, "problem": ""},
        ],
    }  # fmt: skip
    if revision >= "0002":
        for row in rows["streams"]:
            row["media_key"] = "m-" + row["stream_key"]
        rows["cues"][0]["alternatives"] = ["收到货再返现给你"]
        rows["cues"][1]["alternatives"] = rows["cues"][2]["alternatives"] = []
        rows["steps"] = [{"id": 1, "stream_id": 1, "steps": [[9000, [["s-1"]]], [None, []]]}]
    if revision >= "0003":
        for row in rows["streams"]:
            row |= {"reached_ms": 12000, "told_steps": 2, "told_discards": 1, "failures": 1, "told": "digest"}
        rows["answers"] = [{"id": 1, "stream_id": 7, "key": "k", "said": [{"text": "返现"}, None]}]
    if revision >= "0004":
        leaf = ENTRY.leaf_bytes()
        rows["audit_entries"] = [
            {"id": 1, "seq": 0, "at": "2026-11-20 12:00:00.000000", "actor": "小王", "act": "verdict", "subject": "f-1",
             "leaf": leaf, "leaf_hash": leaf_hash(leaf)},
        ]  # fmt: skip
    if revision >= "0005":
        rows["verdicts"] = [
            {"id": 1, "flag_id": "f-1", "position": 0, "decision": "dismissed", "reasons": ["misheard"],
             "severity": None, "note": "听得清楚", "reviewer": "小王", "at": NOW, "manifest_sha256": "ab" * 32,
             "lexicon": "sha256:l", "policy": "sha256:p"},
        ]  # fmt: skip
        rows["holds"] = [
            {"id": 1, "flag_id": "f-1", "why": "申诉", "put_by": "小李", "put_at": NOW, "automatic": False,
             "released_at": None, "released_by": "", "released_why": ""},
        ]  # fmt: skip
        rows["deletions"] = [
            {"id": 1, "kept_as": "clip", "flag_id": "f-9", "stream_id": 3, "folder": "evidence/f-9",
             "manifest_sha256": "cd" * 32, "size_bytes": 1234, "why": "period over", "by": "retention", "at": NOW,
             "removed_at": NOW},
        ]  # fmt: skip
    if revision >= "0006":
        rows["accounts"] = [
            {"id": 1, "login": "小王", "shown": "王老师", "role": "lead", "password_hash": "$argon2id$v=19$…",
             "oidc_issuer": None, "oidc_subject": None, "active": True, "preferences": {"静音": True}, "made_at": NOW,
             "made_by": "desk"},
            {"id": 2, "login": "li", "shown": "", "role": "reviewer", "password_hash": None,
             "oidc_issuer": "https://id.example.com", "oidc_subject": "7f3", "active": False, "preferences": {},
             "made_at": NOW, "made_by": "小王"},
        ]  # fmt: skip
        rows["desk_sessions"] = [
            {"id": 1, "token_sha256": "ab" * 32, "account_id": 1, "kind": "password", "begun_at": NOW, "seen_at": NOW,
             "ends_at": "2026-11-21 00:00:00.250000", "ended_at": None},
        ]  # fmt: skip
        rows["login_tickets"] = [
            {"id": 1, "ticket_sha256": "cd" * 32, "account_id": 1, "browser_sha256": "", "until": NOW},
        ]
        rows["login_slots"] = [{"id": 1, "slot": "name:3f2a", "busy_until": NOW}]
    if revision >= "0007":
        rows["verdicts"][0] |= {"round": "first", "second_review": False, "batch": "b-1"}
        rows["queue"] = [
            {"id": 1, "flag_id": "f-1", "present": True, "open": False, "stage": "closed", "severity_rank": 1,
             "stream_id": 1, "flagged_at": NOW, "start_ms": 1000, "happened_at": "2026-11-20 12:00:01.250000",
             "score": 0.93, "scheme": "cashback_refund", "platform": "douyin", "creator": "某小店", "room": "甲房间",
             "channels": "speech", "cause": "49d03bdea502819b8b56a5ce44a276c8", "decision": "dismissed",
             "first_by": "小王", "second_by": "", "events": 1, "claimed_by": None, "claimed_at": None,
             "lease_until": None},
        ]  # fmt: skip
    if revision >= "0011":
        rows["gold_flags"] = [{"id": 1, "flag_id": "f-1", "marked_by": "小王", "marked_at": NOW}]
        rows["gold_given"] = [
            {"id": 1, "flag_id": "f-1", "reviewer": "小李", "at": NOW, "before": "f-2", "answered": True},
        ]
        rows["gold_answers"] = [
            {"id": 1, "flag_id": "f-1", "reviewer": "小李", "decision": "confirmed", "severity": "slight",
             "reasons": [], "note": "", "at": NOW, "expected": "dismissed", "expected_severity": None,
             "after_verdict": 0, "withdrawn_at": None},
        ]  # fmt: skip
    return rows


def fill(database: Database, revision: str) -> Rows:
    """Makes the tables of the revision and puts its rows in; what was put in."""
    rows = rows_at(revision)
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    with database.connection() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, revision)
        for table, some in rows.items():
            for row in some:
                values = {name: _plain(value) for name, value in row.items()}
                places = ", ".join(f":{name}" for name in values)
                names = ", ".join(f'"{name}"' for name in values)
                connection.execute(text(f"INSERT INTO {table} ({names}) VALUES ({places})"), values)
            if not database.is_sqlite:  # where the program's own rows would have left it
                last = max(row["id"] for row in some)
                connection.execute(text(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), {last})"))
        if "audit_entries" in rows:
            hashed = Frontier().append(rows["audit_entries"][0]["leaf_hash"])
            connection.execute(
                text("UPDATE audit_tree SET size = 1, frontier = :frontier"), {"frontier": hashed.to_bytes()}
            )
    return rows


def _plain(value: Any) -> Any:
    return json.dumps(value, ensure_ascii=False) if isinstance(value, list | dict) else value
