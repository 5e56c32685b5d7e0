"""The rules that a flag rests on, each as its card and a badge that says how far it was verified. Pure."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

from monitor.evidence.page.case_json import Json, lines_of, rows_of, text_of
from monitor.flag_line import rule_from_line
from monitor.lexicon.rule_card import RuleCard, card
from monitor.rules import Rule
from monitor.wording import SEVERITY_NAMES, VERIFICATION_NAMES

_STATES = ("notice", "reprint", "unverified")
_BROKEN = "案卷中这一条的记录不完整，只列出能读到的部分"


@dataclass(frozen=True, slots=True)
class CitedRule:
    """One rule as a page shows it."""

    state: str
    """`notice`, `reprint` or `unverified`: whatever else a bundle says is not verified."""
    badge: str
    card: RuleCard
    rung: str
    """Name of the rung of the card's ladder on which the flag is put; empty where the platform published none."""


def cited_rules(flag: Json, rules: Json) -> list[CitedRule]:
    """The rules that a flag cites, those read at their source first. Bundles without `rules.json` have the flag's."""
    rung = SEVERITY_NAMES.get(text_of(flag.get("severity")), "") if flag.get("severity_basis") == "notice" else ""
    return _in_order(rows_of(rules.get("rules")) or rows_of(flag.get("rules")), rung)


def rules_set_aside(flag: Json) -> list[CitedRule]:
    """The rules against the scheme that do not bind this host, each with its reason in its card."""
    return _in_order(rows_of(flag.get("rules_set_aside")), "")


def _in_order(lines: list[Json], rung: str) -> list[CitedRule]:
    cited = [_cited(line, rung) for line in lines]
    return sorted(cited, key=lambda rule: _STATES.index(rule.state))


def _cited(line: Json, rung: str) -> CitedRule:
    rule = _rule(line)
    return CitedRule(rule.verification, VERIFICATION_NAMES[rule.verification], card(rule), rung)


def _rule(line: Json) -> Rule:
    """The rule of a line; of a line that lacks fields or has others than rules have, what can be read."""
    try:
        rule = rule_from_line(line)
        if rule.verification in _STATES and all(isinstance(text, str) for text in _texts(card(rule))):
            return rule
    except (KeyError, TypeError, ValueError, AttributeError):
        pass
    state = text_of(line.get("verification"))
    told = [*lines_of(line.get("note")), *lines_of(line.get("conditions")), _BROKEN]
    return Rule(
        rule_id=text_of(line.get("id")),
        title=text_of(line.get("title")),
        clause=text_of(line.get("clause")),
        source=text_of(line.get("source")),
        effective=text_of(line.get("effective")),
        verified=text_of(line.get("verified")),
        verification=state if state in _STATES else "unverified",
        measures=tuple(lines_of(line.get("measures"))),
        note="；".join(told),
    )


def _texts(shown: RuleCard) -> list[Any]:
    """Every text of a card, of whatever kind it really is."""
    texts: list[Any] = []
    for field in fields(shown):
        value = getattr(shown, field.name)
        texts += (
            [text for each in value for text in (each if isinstance(each, tuple) else (each,))]
            if isinstance(value, tuple)
            else [value]
        )
    return texts
