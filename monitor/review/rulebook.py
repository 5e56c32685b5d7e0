"""What people look up: the platforms' rules as of a day, the lexicon's terms, and why one text is judged as it is."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import date

from monitor.config import Settings
from monitor.explaining import Explanation
from monitor.judging import CHANNELS
from monitor.lexicon.policy import NATIONAL, Policies, as_record, china_today, load_policies
from monitor.lexicon.policy_model import PolicyRule
from monitor.lexicon.rule_card import RuleCard, card, severity_note
from monitor.review.accounts import Accounts
from monitor.review.lexicon_bench import LexiconBench
from monitor.review.lexicon_records import LexiconShown
from monitor.review.lexicon_work import stamp_of
from monitor.roles import Person, RefusedError, Right
from monitor.rules import Severity

MOST_CHARACTERS = 2000
"""Of a text to explain: what a host says in seven minutes."""
_PATIENCE_S = 120.0
"""For an explanation, the lexicon's loading included."""


@dataclass(frozen=True, slots=True)
class UsedFor:
    """A scheme for which a rule is cited, and how grave it is taken to be while the rule holds."""

    scheme: str
    severity: Severity
    note: str


@dataclass(frozen=True, slots=True)
class RuleShown:
    """One version of a rule."""

    card: RuleCard
    platform: str
    """File name of its policy; `national` for the state's."""
    verification: str
    """`notice`, `reprint`, `unverified`."""
    holds: bool
    """On the day asked for."""
    since: date | None
    until: date | None
    used_for: tuple[UsedFor, ...]
    """Empty: it is no ground for any flag."""


@dataclass(frozen=True, slots=True)
class PlatformRules:
    """One policy file, rule by rule in its order."""

    platform: str
    name: str
    rules: tuple[RuleShown, ...]


class Rulebook:
    """Lookups of one dashboard. Every method asks for the right to look anew."""

    def __init__(self, settings: Settings, accounts: Accounts, bench: LexiconBench) -> None:
        self._settings, self._accounts, self._bench = settings, accounts, bench
        self._lock = threading.Lock()
        self._policies: tuple[object, Policies] | None = None
        self._terms: tuple[object, Future[LexiconShown]] | None = None

    def rules(self, person: Person, day: date | None = None) -> tuple[PlatformRules, ...]:
        """Every version of every rule, and whether it holds on the day (today in China when None).

        Raises RefusedError; DataError when the policies are wrong.
        """
        self._accounts.require(person, Right.LOOK)
        on = day or china_today()
        policies = self._loaded()
        return tuple(
            PlatformRules(name, policy.name, tuple(_shown(policies, name, rule, on) for rule in policy.rules))
            for name, policy in policies.platforms.items()
        )

    def terms(self, person: Person) -> Future[LexiconShown]:
        """Everything in the lexicon; seconds when nobody asked before. Raises RefusedError.

        The future raises DataError when the lexicon is wrong, BenchLostError when its process failed.
        """
        self._accounts.require(person, Right.LOOK)
        stamp = stamp_of(self._settings.lexicons)
        with self._lock:
            failed = self._terms is not None and self._terms[1].done() and self._terms[1].exception() is not None
            if self._terms is None or failed or self._terms[0] != stamp:
                self._terms = stamp, self._bench.ask("look_up")
            return self._terms[1]

    def explain(self, person: Person, text: str, channel: str) -> Future[Explanation]:
        """Why a text is judged as it is. Raises RefusedError, also for a text that is too long; futures as `terms`."""
        self._accounts.require(person, Right.LOOK)
        if len(text) > MOST_CHARACTERS:
            raise RefusedError(f"一次最多 {MOST_CHARACTERS:,} 个字")
        if channel not in CHANNELS:
            raise RefusedError("没有这种来源")
        ends = time.monotonic() + _PATIENCE_S
        return self._bench.ask("explain", text, channel, given_up=lambda: time.monotonic() > ends)

    def _loaded(self) -> Policies:
        """Anew when a file was changed since."""
        folder = self._settings.lexicons / "policies"
        stamp = stamp_of(folder)
        with self._lock:
            if self._policies is None or self._policies[0] != stamp:
                self._policies = stamp, load_policies(folder)
            return self._policies[1]


def _shown(policies: Policies, platform: str, rule: PolicyRule, on: date) -> RuleShown:
    effective = rule.effective
    return RuleShown(
        card=card(as_record(rule)),
        platform=platform,
        verification=rule.verification,
        holds=effective.holds_on(on),
        since=effective.first,
        until=effective.until,
        used_for=tuple(_used_for(policies, platform, rule)),
    )


def _used_for(policies: Policies, platform: str, rule: PolicyRule) -> Iterator[UsedFor]:
    for scheme in rule.schemes:
        severity, basis = policies.severity(scheme, "" if platform == NATIONAL else platform, rule.effective.first)
        yield UsedFor(scheme, severity, severity_note(severity, basis))
