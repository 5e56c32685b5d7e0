"""One flag as one JSON object, schema `monitor.flag/1` (`docs/flag.schema.json`): what leaves the program.

Seconds with three decimals, paths as text, what is not known as null. Fields may be added, never renamed.
Viewers' hashes never leave the store; their words stand as context alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from monitor.records import Box, Cue, Evidence, Flag, Gap, Hit, Suppression
from monitor.rules import Outcome, Rule, RuleConditions, Severity, Strike, Strikes

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
        "severity_note": flag.severity_note,
        "score": _score(violation.score),
        "start_s": violation.span.start_s,
        "end_s": violation.span.end_s,
        "wall_start": _wall(stream.started_at, violation.span.start_ms),
        "channels": [channel.value for channel in violation.channels],
        "patterns": list(violation.patterns),
        "facts": list(violation.facts),
        "rules": [rule_line(rule) for rule in flag.rules],
        "rules_set_aside": [rule_line(rule) for rule in flag.rules_set_aside],
        "rules_note": flag.rules_note,
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


def rule_line(rule: Rule) -> dict[str, Any]:
    """One rule as plain JSON values."""
    return {
        "id": rule.rule_id,
        "title": rule.title,
        "clause": rule.clause,
        "source": rule.source,
        "source_id": rule.source_id or None,
        "effective": rule.effective or None,
        "effective_basis": rule.effective_basis,
        "seen": rule.seen or None,
        "until": rule.until or None,
        "verified": rule.verified or None,
        "verification": rule.verification,
        "weaker": dict(rule.weaker),
        "measures": list(rule.measures),
        "ladder": {severity.value: list(measures) for severity, measures in rule.ladder} or None,
        "strikes": _strikes(rule.strikes),
        "conditions": _conditions(rule.conditions),
        "note": rule.note,
        "chosen_for": rule.chosen_for or None,
        "day_known": rule.day_known,
    }


def _strikes(strikes: Strikes | None) -> dict[str, Any] | None:
    if strikes is None:
        return None
    steps = [{"nth": step.nth, "grade": step.grade, "measures": list(step.measures)} for step in strikes.steps]
    return {"industries": list(strikes.industries), "steps": steps}


def _conditions(conditions: RuleConditions | None) -> dict[str, Any] | None:
    if conditions is None:
        return None
    return {
        "industries": list(conditions.industries),
        "score": conditions.score,
        "score_threshold": conditions.score_threshold,
        "below_threshold": conditions.below_threshold,
        "from_threshold": conditions.from_threshold,
        "order_window_days": conditions.order_window_days,
        "outcome": conditions.outcome.value,
        "sentence": conditions.sentence,
    }


def rule_from_line(line: Mapping[str, Any]) -> Rule:
    """The rule that `rule_line` wrote; lines of older programs lack what came later, which stays empty."""
    strikes, conditions = line.get("strikes"), line.get("conditions")
    return Rule(
        rule_id=line["id"],
        title=line["title"],
        clause=line["clause"],
        source=line["source"],
        effective=line["effective"] or "",
        verified=line["verified"] or "",
        verification=line.get("verification", "unverified"),
        measures=tuple(line["measures"]),
        until=line.get("until") or "",
        seen=line.get("seen") or "",
        effective_basis=line.get("effective_basis", "stated"),
        source_id=line.get("source_id") or "",
        weaker=tuple(sorted((line.get("weaker") or {}).items())),
        ladder=tuple((Severity(name), tuple(measures)) for name, measures in (line.get("ladder") or {}).items()),
        strikes=strikes
        and Strikes(
            tuple(strikes["industries"]),
            tuple(Strike(step["nth"], step["grade"], tuple(step["measures"])) for step in strikes["steps"]),
        ),
        conditions=conditions
        and RuleConditions(
            **{**conditions, "industries": tuple(conditions["industries"]), "outcome": Outcome(conditions["outcome"])}
        ),
        note=line.get("note", ""),
        chosen_for=line.get("chosen_for") or "",
        day_known=line.get("day_known", True),
    )


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
