"""`rules show` and `rules list`: what the flags rest on, and how far that was verified."""

from __future__ import annotations

import difflib
import json
import sys
from dataclasses import replace
from datetime import date

from monitor.cli.show import out
from monitor.config import Settings
from monitor.errors import UsageError
from monitor.flag_line import rule_line
from monitor.lexicon import SCHEMES
from monitor.lexicon.policy import NATIONAL, Policies, as_record, china_today, load_policies
from monitor.lexicon.policy_conditions import examined
from monitor.lexicon.policy_model import PolicyRule
from monitor.lexicon.rule_card import card, severity_note, state
from monitor.source.platforms import platform_id
from monitor.wording import SCHEME_NAMES


def show_rule(
    rule_id: str,
    settings: Settings,
    *,
    day: str | None = None,
    industry: str = "",
    shop_score: float | None = None,
    as_json: bool = False,
) -> None:
    """Print the card of a rule as it stood on a day (`YYYY-MM-DD`, in China; today without one).

    `ID@YYYY-MM-DD` names the same. Raises UsageError for an unknown id, a day that is none, or one on which the rule
    did not hold; DataError when the policies are wrong.
    """
    policies = load_policies(settings.lexicons / "policies")
    rule_id, _, at = rule_id.partition("@")
    if not policies.versions(rule_id):
        near = [name for name in policies.ids if rule_id and name.startswith(rule_id)]
        near = (near or difflib.get_close_matches(rule_id, policies.ids, 3, cutoff=0.4))[:3]
        todo = f"did you mean {', '.join(near)}?" if near else "`monitor rules list` names them all"
        raise UsageError(f"there is no rule `{rule_id}`", todo=todo)
    version = _on(policies, rule_id, _day(day or at or None))
    rule = as_record(version)
    if rule.conditions is not None:
        rule = replace(rule, conditions=examined(rule.conditions, industry, shop_score))
    if as_json:
        sys.stdout.write(json.dumps(rule_line(rule), ensure_ascii=False) + "\n")
        return
    first, *rest = card(rule).lines
    out.print(first, markup=False, soft_wrap=True, style="bold")
    for line in rest:
        out.print(line, markup=False, soft_wrap=True)
    for line in _used_for(policies, version):
        out.print(line, markup=False, soft_wrap=True)


def list_rules(
    settings: Settings, *, platform: str | None = None, scheme: str | None = None, day: str | None = None
) -> None:
    """Print one line a rule: id, state, since when, title; all that hold on the day (today in China without one).

    With `platform` what applies there: its own rules and the state's. Raises UsageError for an unknown scheme or a day
    that is none, DataError when the policies are wrong.
    """
    policies = load_policies(settings.lexicons / "policies")
    if scheme is not None and scheme not in SCHEMES:
        near = difflib.get_close_matches(scheme, SCHEMES, 1)
        todo = f"did you mean {near[0]}?" if near else f"one of {', '.join(SCHEMES)}"
        raise UsageError(f"there is no scheme `{scheme}`", todo=todo)
    on = _day(day) or china_today()
    name = None if platform is None else platform_id(platform)
    shown = policies.platforms.values() if name is None else policies.applying(name)
    if name is not None and name not in policies.platforms:
        out.print(f"没有收录平台“{name}”的规则，只有全国规定：", markup=False)
    lines = [
        f"{rule.id:<36} {rule.effective.first} 【{state(as_record(rule))}】{rule.title}"
        for policy in shown
        for rule in policy.rules
        if rule.effective.holds_on(on) and (scheme is None or scheme in rule.schemes)
    ]
    for line in lines:
        out.print(line, markup=False, soft_wrap=True)
    if not lines:
        about = f"针对“{SCHEME_NAMES[scheme]}”的" if scheme else ""
        out.print(f"{on} 没有{about}规则可引", markup=False)


def _on(policies: Policies, rule_id: str, day: date | None) -> PolicyRule:
    """The version of the day; without one today's, else the last."""
    on = day or china_today()
    version = policies.version_on(rule_id, on)
    if version is None and day is None:
        return policies.versions(rule_id)[-1]
    if version is None:
        periods = ((version.effective.first, version.effective.until) for version in policies.versions(rule_id))
        held = "; ".join(f"from {first}" + (f" until {until}" if until else "") for first, until in periods)
        raise UsageError(f"{rule_id} did not hold on {on}", todo=f"it holds {held}")
    return version


def _used_for(policies: Policies, version: PolicyRule) -> list[str]:
    """For which schemes the version is cited, and how grave they are taken to be while it holds."""
    if not version.schemes:
        return ["用于：不作为任何一类线索的依据"]
    platform = version.id.partition(".")[0]
    lines = ["用于："]
    for scheme in version.schemes:
        severity, basis = policies.severity(scheme, "" if platform == NATIONAL else platform, version.effective.first)
        lines.append(f"  - {SCHEME_NAMES[scheme]}（{scheme}），严重程度{severity_note(severity, basis)}")
    return lines


def _day(text: str | None) -> date | None:
    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise UsageError(f"`{text}` is no day", todo="write YYYY-MM-DD, such as 2026-02-01") from None
