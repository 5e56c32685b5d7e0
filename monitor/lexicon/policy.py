"""Policies: the rules of the platforms and the state as data, so that a flag can name what it rests on.

One file a platform in `lexicons/policies/`, and `national.yaml` for the state's. The format is described by
`lexicons/schema/policy.schema.json`; what a schema cannot say is checked here.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints
from pydantic_core import PydanticCustomError

from monitor.errors import DataError
from monitor.lexicon.model import SCHEMES
from monitor.lexicon.yaml_source import Located, load_yaml, validate
from monitor.records import Rule, Severity

NATIONAL = "national"
"""File and platform name of the state's rules, which hold everywhere."""

CHINA = timezone(timedelta(hours=8))
"""The rules' days are days in China, which has one zone and no summer time."""


def _known_scheme(scheme: str) -> str:
    if scheme not in SCHEMES:
        raise PydanticCustomError("scheme", "unknown scheme `{scheme}`", {"scheme": scheme})
    return scheme


Scheme = Annotated[str, AfterValidator(_known_scheme)]
Text = Annotated[str, StringConstraints(min_length=1, strip_whitespace=True)]
Basis = Literal["notice", "desk"]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class Effective(_Strict):
    """When a rule is in force. `from` where the source says the day, else `seen`: the rule is cited from then on."""

    from_: date | None = Field(None, alias="from")
    seen: date | None = None
    """Earliest day on which the rule is reported; the day it took effect is not known."""
    until: date | None = None
    """Last day on which it held; None while it holds."""

    def holds_on(self, day: date) -> bool:
        first = self.from_ or self.seen
        return first is not None and first <= day and (self.until is None or day <= self.until)


class Conditions(_Strict):
    """What must hold besides the words, as data; a recording cannot show it, so a person checks it."""

    industries: tuple[Text, ...] = Field(min_length=1)
    """Main industries of the hosts that the rule binds."""
    score: Text
    score_threshold: float
    below_threshold: Text
    from_threshold: Text
    order_window_days: int = Field(gt=0)


class PolicyRule(_Strict):
    """One rule as its file states it."""

    id: Annotated[str, StringConstraints(pattern=r"^[a-z]+(\.[a-z0-9-]+)+$")]
    title: Text
    clause: Text
    source: Text
    effective: Effective
    verified_on: date | None
    """Day on which someone last read the source."""
    verification: Literal["notice", "reprint", "unverified"]
    measures: tuple[Text, ...]
    ladder: dict[Severity, tuple[Text, ...]] | None = None
    schemes: tuple[Scheme, ...]
    conditions: Conditions | None = None
    note: Text | None = None

    def as_record(self) -> Rule:
        return Rule(
            rule_id=self.id,
            title=self.title,
            clause=self.clause,
            source=self.source,
            effective=self.effective.from_.isoformat() if self.effective.from_ else "",
            verified=self.verified_on.isoformat() if self.verified_on else "",
            verification=self.verification,
            measures=self.measures,
        )


class SchemeSeverity(_Strict):
    """How grave a scheme is taken to be before a person decides, and who says so."""

    default: Severity
    basis: Basis


class Policy(_Strict):
    """One platform's file."""

    platform: Annotated[str, StringConstraints(pattern=r"^[a-z]+$")]
    name: Text
    rules: tuple[PolicyRule, ...] = Field(min_length=1)
    severity: dict[Scheme, SchemeSeverity]


@dataclass(frozen=True, slots=True)
class Policies:
    """All policy files, checked."""

    platforms: Mapping[str, Policy]

    def rules_for(self, scheme: str, platform: str, day: date | None = None) -> tuple[Rule, ...]:
        """What forbids `scheme` on `platform` on `day` (today in China when None): its own rules, then the state's.

        A platform that has no file gets the state's rules alone; a day before the first rule gets none.
        """
        on = day if day is not None else datetime.now(UTC).astimezone(CHINA).date()
        return tuple(
            rule.as_record()
            for policy in self._applying(platform)
            for rule in policy.rules
            if scheme in rule.schemes and rule.effective.holds_on(on)
        )

    def severity(self, scheme: str, platform: str) -> tuple[Severity, Basis]:
        """Severity and its basis: the platform's, else the desk's own. Raises ValueError for an unknown scheme."""
        for policy in self._applying(platform):
            if scheme in policy.severity:
                return policy.severity[scheme].default, policy.severity[scheme].basis
        raise ValueError(f"unknown scheme: {scheme}")

    @property
    def digest(self) -> str:
        """`sha256:…` over what the files say; comments, order of keys and layout do not change it."""
        content = {name: policy.model_dump(mode="json", by_alias=True) for name, policy in self.platforms.items()}
        canonical = json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
        return "sha256:" + hashlib.sha256(canonical.encode()).hexdigest()

    def _applying(self, platform: str) -> tuple[Policy, ...]:
        national = self.platforms[NATIONAL]
        own = self.platforms.get(platform)
        return (national,) if own is None or own is national else (own, national)


def load_policies(folder: Path) -> Policies:
    """All `*.yaml` in `folder`. Raises DataError with every problem of every file, each `path:line: message`."""
    files = sorted(folder.glob("*.yaml"))
    problems: list[str] = []
    sources: dict[str, Located] = {}
    platforms: dict[str, Policy] = {}
    for path in files:
        source = load_yaml(path)
        problems += source.problems
        if source.data is None and source.problems:
            continue
        # Read anew without the problems found so far: a repeated key must not hide an unknown field.
        source = Located(path, source.data, source.lines)
        policy = validate(source, Policy)
        problems += source.problems
        if policy is not None:
            problems += _contradictions(policy, source)
            sources[path.stem], platforms[path.stem] = source, policy
    problems += _taken_ids(platforms, sources)
    if folder / f"{NATIONAL}.yaml" not in files:
        problems.append(f"{folder.name}/{NATIONAL}.yaml:1: missing; the state's rules hold on every platform")
    elif NATIONAL in platforms:
        lacking = [scheme for scheme in SCHEMES if scheme not in platforms[NATIONAL].severity]
        if lacking:
            problems.append(sources[NATIONAL].problem(("severity",), f"no severity for {', '.join(lacking)}"))
    if problems:
        raise DataError(problems)
    return Policies(platforms)


def _contradictions(policy: Policy, source: Located) -> Iterator[str]:
    """What each field allows and all of them together do not."""
    if policy.platform != source.path.stem:
        yield source.problem(("platform",), f"`{policy.platform}` in a file named {source.path.name}")
    for position, rule in enumerate(policy.rules):
        place = ("rules", position)
        if not rule.id.startswith(policy.platform + "."):
            yield source.problem((*place, "id"), f"`{rule.id}` must start with `{policy.platform}.`")
        first = rule.effective.from_ or rule.effective.seen
        if first is None:
            yield source.problem((*place, "effective"), f"{rule.id}: give `from`, or `seen` when that day is not known")
        elif rule.effective.until and rule.effective.until < first:
            yield source.problem((*place, "effective"), f"{rule.id}: ends before it starts")
        if (rule.verification == "unverified") != (rule.verified_on is None):
            yield source.problem((*place, "verified_on"), f"{rule.id}: a day exactly when someone read the source")
        if rule.verification == "unverified" and rule.note is None:
            yield source.problem(place, f"{rule.id}: unverified, so its `note` must say what is uncertain")
        if rule.ladder is not None and rule.verification != "notice":
            yield source.problem(
                (*place, "ladder"), f"{rule.id}: a ladder only where the platform's own notice gives it"
            )
        if rule.ladder is not None and set(rule.ladder) != set(Severity):
            yield source.problem((*place, "ladder"), f"{rule.id}: a ladder has a rung for every severity")
        if len(set(rule.schemes)) != len(rule.schemes):
            yield source.problem((*place, "schemes"), f"{rule.id}: a scheme is listed twice")
    laddered = {scheme for rule in policy.rules if rule.ladder for scheme in rule.schemes}
    for scheme, severity in policy.severity.items():
        if severity.basis == "notice" and scheme not in laddered:
            yield source.problem(("severity", scheme), f"{scheme}: basis `notice` without a rule that has a ladder")


def _taken_ids(platforms: Mapping[str, Policy], sources: Mapping[str, Located]) -> Iterator[str]:
    first: dict[str, str] = {}
    for name, policy in platforms.items():
        for position, rule in enumerate(policy.rules):
            source, place = sources[name], ("rules", position, "id")
            if rule.id in first:
                yield source.problem(place, f"id `{rule.id}` is taken by {first[rule.id]}")
            else:
                first[rule.id] = f"{source.path.name}:{source.line(place)}"
