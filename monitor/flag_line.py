"""One flag as one JSON object, schema `monitor.flag/1` (`docs/flag.schema.json`): what leaves the program.

Seconds with three decimals, paths as text, what is not known as null. Fields may be added, never renamed.
Viewers' hashes never leave the store; their words stand as context alone.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from monitor.records import Box, Cue, Evidence, Flag, Gap, Hit, Rule, Suppression

SCHEMA = "monitor.flag/1"


def flag_line(flag: Flag) -> dict[str, Any]:
    """The flag as plain JSON values: dicts, lists, str, float, bool, None; never NaN."""
    stream, violation = flag.stream, flag.violation
    return {
        "schema": SCHEMA,
        "flag_id": flag.flag_id,
        "room": stream.room,
        "source": str(stream.source),
        "platform": stream.platform,
        "creator": stream.creator,
        "scheme": violation.scheme,
        "candidate": violation.candidate,
        "state": violation.state.value,
        "severity": violation.severity.value,
        "severity_basis": violation.severity_basis,
        "score": _score(violation.score),
        "start_s": violation.span.start_s,
        "end_s": violation.span.end_s,
        "wall_start": _wall(stream.started_at, violation.span.start_ms),
        "channels": [channel.value for channel in violation.channels],
        "patterns": list(violation.patterns),
        "facts": list(violation.facts),
        "rules": [_rule(rule) for rule in flag.rules],
        "hits": [_hit(hit) for hit in violation.hits],
        "suppressed": [_suppressed(suppression) for suppression in violation.suppressed],
        "context": [_cue(cue) for cue in violation.context],
        "evidence": _evidence(flag.evidence),
        "lexicon": flag.lexicon,
        "policy": flag.policy,
        "models": dict(sorted(flag.models.items())),
        "gaps": [_gap(gap) for gap in flag.gaps],
    }


def _wall(started_at: datetime | None, at_ms: int) -> str | None:
    if started_at is None:
        return None
    if started_at.tzinfo is None:
        raise ValueError(f"stream start without a time zone: {started_at.isoformat()}")
    return (started_at + timedelta(milliseconds=at_ms)).isoformat(timespec="milliseconds")


def _score(score: float) -> float:
    """Three decimals: more would claim a precision that no score has."""
    return round(float(score), 3)


def _box(box: Box | None) -> list[int] | None:
    return None if box is None else [box.left_px, box.top_px, box.right_px, box.bottom_px]


def _hit(hit: Hit) -> dict[str, Any]:
    return {
        "term": hit.term,
        "slot": hit.slot,
        "channel": hit.channel.value,
        "start_s": hit.span.start_s,
        "end_s": hit.span.end_s,
        "raw": hit.raw,
        "method": hit.method.value,
        "score": _score(hit.score),
        "how": hit.how,
        "box": _box(hit.box),
    }


def _suppressed(suppression: Suppression) -> dict[str, Any]:
    hit = suppression.hit
    return {
        "term": hit.term,
        "raw": hit.raw,
        "channel": hit.channel.value,
        "start_s": hit.span.start_s,
        "reason": suppression.reason,
    }


def _cue(cue: Cue) -> dict[str, Any]:
    return {
        "channel": cue.channel.value,
        "role": cue.role.value,
        "start_s": cue.span.start_s,
        "end_s": cue.span.end_s,
        "text": cue.text,
    }


def _rule(rule: Rule) -> dict[str, Any]:
    return {
        "id": rule.rule_id,
        "title": rule.title,
        "clause": rule.clause,
        "source": rule.source,
        "effective": rule.effective or None,
        "verified": rule.verified or None,
        "verification": rule.verification,
        "measures": list(rule.measures),
    }


def _evidence(evidence: Evidence | None) -> dict[str, Any] | None:
    if evidence is None:
        return None
    return {
        "folder": str(evidence.folder),
        "clip": evidence.clip,
        "stills": list(evidence.stills),
        "transcript": evidence.transcript,
        "manifest": evidence.manifest,
        "problem": evidence.problem,
    }


def _gap(gap: Gap) -> dict[str, Any]:
    return {"sense": gap.sense.value, "start_s": gap.span.start_s, "end_s": gap.span.end_s, "reason": gap.reason}
