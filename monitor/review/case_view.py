"""One flag as a reviewer sees it: what the player shows, and why it was flagged under which rules.

What else belongs to its page (history, the stream's other flags, the state of its evidence) is in `case_beside`, so
that the player need not wait for it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from monitor.config import Settings
from monitor.evidence.page.case_hits import facts
from monitor.evidence.page.case_json import lines_of, text_of
from monitor.evidence.page.case_rules import cited_rules, rules_set_aside
from monitor.evidence.page.visible import shortened, visible
from monitor.records import Gap, Hit, Suppression
from monitor.review.accounts import Accounts
from monitor.review.case_media import Media, media_of, read_text
from monitor.review.case_records import CaseView, GoneBy, Held
from monitor.review.case_text import (
    apart,
    cue_lines,
    kept_lines,
    method_word,
    raw_text,
    set_aside_once,
    shown_hits,
    shown_suppressed,
    term_text,
)
from monitor.review.media_tokens import MediaTokens
from monitor.roles import Person, Right
from monitor.rules import SEVERITY_NAMES
from monitor.store import Store
from monitor.store.cases import StoredCase, StoredCases
from monitor.store.verdicts import DECISION_NAMES, REASON_NAMES, ROUND_NAMES, Decision, UnknownFlagError
from monitor.timeline import Span, union
from monitor.wording import PLATFORM_NAMES, SCHEME_NAMES, reason_in_chinese

MEDIA_LASTS = timedelta(minutes=15)
"""So long a clip's address is good; each run of the page gives new ones."""
LEAD_IN_MS = 5_000
"""The clip starts so long before the first hit."""
AROUND_MS = 15_000
"""Text shown before and after a flag of which no clip tells what is near."""
MOST_COMMENTS = 300
"""Comments shown of one stretch."""
MOST_NAME = 40
"""Characters of a creator's or room's name in the heading."""
BUTTONS = (
    ("1", Decision.CONFIRMED),
    ("2", Decision.DISMISSED),
    ("3", Decision.ESCALATED),
    ("4", Decision.UNDECIDED),
)
_LAST_ROUND = "final"
_LAST_BUTTONS = 2
"""The last round confirms or dismisses, nothing else."""
_OUTSIDE = "引向平台外结算或联系："
"""Raises by itself; of the others it takes two."""
_WEIGHS = re.compile(rf"{_OUTSIDE}.*|本场第 \d+ 次|涉及金额 .+ 元|.+各自成立", re.DOTALL)
"""Facts that weigh on the severity, as `judge.severity` words them."""
_CHINA = ZoneInfo("Asia/Shanghai")


class Cases:
    """Flags as the desk shows them. Every method raises RefusedError for whom may not look, WorkspaceError when the
    database cannot be read."""

    def __init__(self, store: Store, settings: Settings, accounts: Accounts, tokens: MediaTokens) -> None:
        self._stored, self._settings, self._accounts, self._tokens = StoredCases(store), settings, accounts, tokens

    def view(self, person: Person, session: str, flag_id: str, *, claim: Held | None, at: datetime) -> CaseView:
        """One flag, for whoever may look; with the person's own claim on it the player can decide.

        Raises UnknownFlagError.
        """
        person = self._accounts.require(person, Right.LOOK)
        case = self._stored.find(flag_id)
        if case is None:
            raise UnknownFlagError("没有这条线索", where=f"flag {flag_id}", todo="请检查网址")
        flag = case.line
        media = media_of(flag)
        wishes = self._accounts.preferences(person)
        told = {"muted": bool(wishes.get("muted")), "blurred": bool(wishes.get("blurred"))}
        own = claim is not None and (claim.flag_id, claim.by) == (flag_id, person.name) and not flag.get("candidate")
        decide = _decide(claim, case) if claim is not None and own else None
        weighing = [fact for fact in facts(flag) if _WEIGHS.fullmatch(fact)]
        severity, basis = text_of(flag.get("severity")), text_of(flag.get("severity_basis"))
        scheme = text_of(flag.get("scheme"))
        return CaseView(
            flag_id=flag_id,
            stream_id=case.stream_id,
            stream_key=case.stream_key,
            scheme=scheme,
            scheme_name=SCHEME_NAMES.get(scheme, scheme),
            candidate=flag.get("candidate") is True,
            platform=text_of(flag.get("platform")),
            creator=text_of(flag.get("creator")),
            room=text_of(flag.get("room")),
            began_at=case.began_at,
            began_known=case.began_known,
            span=case.span,
            severity=severity,
            severity_name=SEVERITY_NAMES.get(severity, severity),
            basis="notice" if basis == "notice" else "desk",
            severity_note=visible(text_of(flag.get("severity_note"))),
            raised=basis != "notice" and (len(weighing) > 1 or any(fact.startswith(_OUTSIDE) for fact in weighing)),
            weighing=tuple(visible(shortened(fact)) for fact in weighing),
            facts=tuple(visible(shortened(fact)) for fact in facts(flag) if fact not in weighing),
            patterns=tuple(lines_of(flag.get("patterns"))),
            score=case.line.get("score") or 0.0,
            went_by=tuple(_went_by(case.hits)),
            rules=tuple(cited_rules(flag, {})),
            set_aside=tuple(rules_set_aside(flag)),
            rules_note=visible(text_of(flag.get("rules_note"))),
            notices=tuple(_notices(case)),
            has_evidence=bool(flag.get("evidence")) and media.deleted_at is None,
            evidence_deleted=media.deleted_at is not None,
            round_name=decide["round_name"] if decide else "",
            stored=case,
            player={**self._player(case, media, session, at), **told, "decide": decide},
        )

    def _player(self, case: StoredCase, media: Media, session: str, at: datetime) -> dict[str, Any]:
        until = at.replace(second=0, microsecond=0) + MEDIA_LASTS

        def url(part: str) -> str:
            signed = self._tokens.sign(session=session, flag_id=case.flag_id, part=part, until=until)
            return f"/evidence/{signed}"

        stretches = _stretches(case, media)
        hits, suppressed = apart(case.hits), set_aside_once(case.suppressed)
        first_ms = min([hit.span.start_ms for hit in case.hits], default=case.span.start_ms)
        return {
            "flag_id": case.flag_id,
            "heading": _heading(case),
            "clip": {"url": url(media.clip), "length_ms": media.length_ms} if media.clip else None,
            "no_clip": media.no_clip,
            "pieces": [
                {
                    "clip_start_ms": piece.clip_start_ms,
                    "clip_end_ms": piece.clip_end_ms,
                    "stream_start_ms": piece.stream_start_ms,
                }
                for piece in media.pieces
            ],
            "picture": {"width": media.picture[0], "height": media.picture[1]} if media.picture else None,
            "span": {"start_ms": case.span.start_ms, "end_ms": case.span.end_ms},
            "start_at_ms": max(0, first_ms - LEAD_IN_MS),
            "hits": shown_hits(hits),
            "suppressed": shown_suppressed(suppressed, first=len(hits)),
            "lines": self._lines(case, media, stretches, hits, suppressed),
            "gaps": [_gap(gap) for gap in case.gaps if any(gap.span.overlaps(each) for each in stretches)],
            "stills": [{"url": url(still.name), "at_ms": still.at_ms, "boxed": still.boxed} for still in media.stills],
        }

    def _lines(
        self,
        case: StoredCase,
        media: Media,
        stretches: Sequence[Span],
        hits: Sequence[Hit],
        suppressed: Sequence[Suppression],
    ) -> list[dict[str, Any]]:
        named = {hit.cue_id for hit in (*hits, *(aside.hit for aside in suppressed))}
        cues = self._stored.cues(case.stream_id, stretches, named, MOST_COMMENTS)
        if cues:
            return cue_lines(cues, hits, suppressed)
        # What was heard and read of the stream was deleted; the flag and its evidence keep their own.
        return kept_lines(case.line, media.manifest, read_text(media.transcript), hits, suppressed)


def _stretches(case: StoredCase, media: Media) -> list[Span]:
    """What of the stream is near: what the clip shows, else the flag itself and a little round it."""
    shown = [Span(piece.stream_start_ms, piece.stream_end_ms) for piece in media.pieces]
    return union(shown or [case.span.grow(AROUND_MS, AROUND_MS)])


def _decide(claim: Held, case: StoredCase) -> dict[str, Any]:
    buttons = BUTTONS[:_LAST_BUTTONS] if claim.round == _LAST_ROUND else BUTTONS
    return {
        "round_name": ROUND_NAMES.get(claim.round, ""),
        "buttons": [
            {"key": key, "decision": decision.value, "label": DECISION_NAMES[decision]} for key, decision in buttons
        ],
        "reasons": [[reason.value, name] for reason, name in REASON_NAMES.items()],
        "severities": [[str(severity), name] for severity, name in SEVERITY_NAMES.items()],
        "severity": text_of(case.line.get("severity")),
        "lease_until": claim.until.isoformat(timespec="seconds"),
    }


def _heading(case: StoredCase) -> str:
    flag = case.line
    scheme, severity = text_of(flag.get("scheme")), text_of(flag.get("severity"))
    platform = text_of(flag.get("platform"))
    parts = (
        f"{SCHEME_NAMES.get(scheme, scheme)}{'弱线索' if flag.get('candidate') else '线索'}",
        SEVERITY_NAMES.get(severity, severity),
        PLATFORM_NAMES.get(platform, platform),
        *(visible(shortened(text_of(flag.get(name)), MOST_NAME)) for name in ("creator", "room")),
        f"{case.began_at.astimezone(_CHINA):%Y-%m-%d %H:%M}" + ("" if case.began_known else " 扫描"),
    )
    return " · ".join(dict.fromkeys(part for part in parts if part))


def _went_by(hits: Sequence[Hit]) -> list[GoneBy]:
    """Each words once, at their first place, the surest first."""
    found: dict[tuple[str, str], GoneBy] = {}
    for hit in hits:
        key = raw_text(hit), term_text(hit.term)
        known = found.get(key)
        at_ms = hit.span.start_ms if known is None else min(known.at_ms, hit.span.start_ms)
        score = hit.score if known is None else max(known.score, hit.score)
        found[key] = GoneBy(*key, method_word(hit), score, at_ms)
    return sorted(found.values(), key=lambda one: (-one.score, one.at_ms))


def _notices(case: StoredCase) -> list[str]:
    told = []
    if case.line.get("candidate"):
        told.append("这是一条弱线索：依据不足，只供查看，不进入复核。")
    if not case.current:
        told.append("这场录像后来重新扫描过，新的结果里没有这条线索；这里是当时的记录。")
    if case.stream_state == "running":
        told.append("这场录像还在扫描，内容可能还会增加。")
    return told


def _gap(gap: Gap) -> dict[str, Any]:
    return {
        "sense": gap.sense.value,
        "start_ms": gap.span.start_ms,
        "end_ms": gap.span.end_ms,
        "why": visible(shortened(reason_in_chinese(gap.reason))),
    }
