"""The rules that a flag rests on, each as a card that says how far it was verified. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from monitor.evidence.case_json import Json, inner, lines_of, rows_of, text_of
from monitor.evidence.wording import SEVERITY_NAMES, VERIFICATION_MEANINGS, VERIFICATION_NAMES

_SURE_OF_RULES = ("notice", "reprint", "unverified")


@dataclass(frozen=True, slots=True)
class RuleCard:
    """One rule as a reader is shown it."""

    rule_id: str
    title: str
    clause: str
    source: str
    effective: str
    verified: str
    state: str
    """`notice`, `reprint` or `unverified`; whatever else a bundle says is not verified."""
    state_name: str
    state_meaning: str
    measures: tuple[str, ...]
    ladder: tuple[tuple[str, str, bool], ...]
    """Severity, measures, whether the flag is put there."""
    note: tuple[str, ...]
    conditions: tuple[str, ...]


def rule_cards(flag: Json, rules: Json) -> list[RuleCard]:
    """The rules that a flag rests on, those read at their source first."""
    listed = rows_of(rules.get("rules")) or rows_of(flag.get("rules"))
    rung = text_of(flag.get("severity")) if flag.get("severity_basis") == "notice" else ""
    cards = [_card(rule, rung) for rule in listed]
    return sorted(cards, key=lambda card: _SURE_OF_RULES.index(card.state))


def _card(rule: Json, rung: str) -> RuleCard:
    said = text_of(rule.get("verification"))
    state = said if said in _SURE_OF_RULES else "unverified"
    ladder = inner(rule, "ladder")
    return RuleCard(
        rule_id=text_of(rule.get("id")),
        title=text_of(rule.get("title")),
        clause=text_of(rule.get("clause")),
        source=text_of(rule.get("source")),
        effective=_effective(rule.get("effective")),
        verified=text_of(rule.get("verified")) or text_of(rule.get("verified_on")),
        state=state,
        state_name=VERIFICATION_NAMES[state],
        state_meaning=VERIFICATION_MEANINGS[state],
        measures=tuple(lines_of(rule.get("measures"))),
        ladder=tuple(
            (name, "；".join(lines_of(ladder[key])), key == rung)
            for key, name in SEVERITY_NAMES.items()
            if key in ladder
        ),
        note=tuple(lines_of(rule.get("note"))),
        conditions=tuple(lines_of(rule.get("conditions"))),
    )


def _effective(value: Any) -> str:
    if not isinstance(value, Mapping):
        return f"{text_of(value)} 起" if text_of(value) else "施行日未知"
    first, seen, until = (text_of(value.get(name)) for name in ("from", "seen", "until"))
    said = f"{first} 起" if first else f"施行日未知，最早见于 {seen}" if seen else "施行日未知"
    return f"{said}，至 {until}" if until else said
