"""Policies: the rules of the platforms and the state as data, so that a flag can name what it rests on.

One file a platform in `lexicons/policies/`, and `national.yaml` for the state's; `sources/` holds the texts that they
rest on, `ids.txt` every id ever published. The format is described by `lexicons/schema/policy.schema.json` and
`source.schema.json`; what a schema cannot say is checked here.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path

from monitor.errors import DataError
from monitor.lexicon.model import SCHEMES
from monitor.lexicon.policy_checks import contradictions, renamed_ids, source_problems, taken_ids, unsupported
from monitor.lexicon.policy_conditions import examined
from monitor.lexicon.policy_model import Basis, Policy, PolicyRule, Source
from monitor.lexicon.yaml_source import Located, M, load_yaml, validate
from monitor.rules import Outcome, Rule, Severity

NATIONAL = "national"
"""File and platform name of the state's rules, which hold everywhere."""

SOURCES = "sources"
"""Folder of the texts that the rules rest on."""

CHINA = timezone(timedelta(hours=8))
"""The rules' days are days in China, which has one zone and no summer time."""


@dataclass(frozen=True, slots=True)
class Cited:
    """What there is to cite against a scheme on one day for one host."""

    rules: tuple[Rule, ...]
    set_aside: tuple[Rule, ...]
    """Rules against the scheme that do not bind this host; their conditions say why."""


@dataclass(frozen=True, slots=True)
class Policies:
    """All policy files, checked."""

    platforms: Mapping[str, Policy]
    sources: Mapping[str, Source] = field(default_factory=dict)

    def rules_for(self, scheme: str, platform: str, day: date | None = None) -> tuple[Rule, ...]:
        """What forbids `scheme` on `platform` on `day` (today in China when None): its own rules, then the state's.

        A platform that has no file gets the state's rules alone; a day before the first rule gets none.
        """
        on = day if day is not None else china_today()
        return tuple(
            replace(as_record(rule), chosen_for=on.isoformat(), day_known=day is not None)
            for policy in self.applying(platform)
            for rule in policy.rules
            if scheme in rule.schemes and rule.effective.holds_on(on)
        )

    def cite(
        self, scheme: str, platform: str, day: date | None, *, industry: str = "", shop_score: float | None = None
    ) -> Cited:
        """The rules of `rules_for` with their conditions looked at for the host; those that do not bind it apart."""
        rules = [
            rule if rule.conditions is None
            else replace(rule, conditions=examined(rule.conditions, industry, shop_score))
            for rule in self.rules_for(scheme, platform, day)
        ]  # fmt: skip
        aside = tuple(r for r in rules if r.conditions and r.conditions.outcome == Outcome.DOES_NOT_APPLY)
        return Cited(tuple(rule for rule in rules if rule not in aside), aside)

    def versions(self, rule_id: str) -> tuple[PolicyRule, ...]:
        """All versions of a rule, the earliest first; none for an id that does not exist."""
        found = [rule for policy in self.platforms.values() for rule in policy.rules if rule.id == rule_id]
        return tuple(sorted(found, key=lambda rule: rule.effective.first or date.max))

    def version_on(self, rule_id: str, day: date) -> PolicyRule | None:
        """The version that holds on the day."""
        return next((rule for rule in self.versions(rule_id) if rule.effective.holds_on(day)), None)

    @property
    def ids(self) -> tuple[str, ...]:
        """Every rule's id once, in the order of the files."""
        return tuple(dict.fromkeys(rule.id for policy in self.platforms.values() for rule in policy.rules))

    def severity(self, scheme: str, platform: str, day: date | None = None) -> tuple[Severity, Basis]:
        """Severity and its basis on a day (today when None): the platform's, else the desk's own.

        The basis is `notice` only while a rule with a published ladder holds. Raises ValueError for an unknown scheme.
        """
        on = day if day is not None else china_today()
        for policy in self.applying(platform):
            if scheme in policy.severity:
                held = policy.severity[scheme]
                laddered = any(r.ladder and scheme in r.schemes and r.effective.holds_on(on) for r in policy.rules)
                return held.default, held.basis if laddered else "desk"
        raise ValueError(f"unknown scheme: {scheme}")

    @property
    def digest(self) -> str:
        """`sha256:…` over what may be cited; comments, order of keys, layout and proofs do not change it."""
        unseen = {"rules": {"__all__": {"support"}}}
        content = {
            name: policy.model_dump(mode="json", by_alias=True, exclude=unseen)
            for name, policy in self.platforms.items()
        }
        canonical = json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
        return "sha256:" + hashlib.sha256(canonical.encode()).hexdigest()

    def applying(self, platform: str) -> tuple[Policy, ...]:
        """The platform's file where there is one, then the state's."""
        national = self.platforms[NATIONAL]
        own = self.platforms.get(platform)
        return (national,) if own is None or own is national else (own, national)


def china_today() -> date:
    """Today in China."""
    return datetime.now(UTC).astimezone(CHINA).date()


_DOUBTS = {"notice": "", "reprint": "（据转载）", "unverified": "（未核实）"}


def as_record(rule: PolicyRule) -> Rule:
    """The rule as it flows with flags; each measure that no notice says carries its doubt with it."""
    effective = rule.effective
    doubt = _DOUBTS[rule.weaker.get("measures", rule.verification)]
    return Rule(
        rule_id=rule.id,
        title=rule.title,
        clause=rule.clause,
        source=rule.source,
        effective=effective.from_.isoformat() if effective.from_ else "",
        verified=rule.verified_on.isoformat() if rule.verified_on else "",
        verification=rule.verification,
        measures=tuple(measure + doubt for measure in rule.measures),
        until=effective.until.isoformat() if effective.until else "",
        seen=effective.seen.isoformat() if effective.seen else "",
        effective_basis=effective.basis,
        source_id=rule.source_id,
        weaker=tuple(sorted(rule.weaker.items())),
        ladder=tuple((severity, rule.ladder[severity]) for severity in Severity) if rule.ladder else (),
        strikes=rule.strikes.as_record() if rule.strikes else None,
        conditions=rule.conditions.as_record() if rule.conditions else None,
        note=rule.note or "",
    )


def load_policies(folder: Path) -> Policies:
    """All `*.yaml` in `folder` and its `sources/`. Raises DataError with every problem of every file, each
    `path:line: message`.
    """
    files = sorted(folder.glob("*.yaml"))
    problems: list[str] = []
    platforms: dict[str, Policy] = {}
    located: dict[str, Located] = {}
    for source, policy in _read(files, Policy, problems):
        problems += contradictions(policy, source)
        located[source.path.stem], platforms[source.path.stem] = source, policy
    problems += taken_ids(platforms, located)
    source_files = sorted((folder / SOURCES).glob("*.yaml"))
    sources: dict[str, Source] = {}
    texts: dict[str, Located] = {}
    for source, text in _read(source_files, Source, problems):
        texts[source.path.stem], sources[source.path.stem] = source, text
    problems += source_problems(sources, texts)
    if len(sources) == len(source_files):  # else every rule that rests on the broken one would be told too
        for name, policy in platforms.items():
            problems += unsupported(policy, located[name], sources)
    if folder / f"{NATIONAL}.yaml" not in files:
        problems.append(f"{folder.name}/{NATIONAL}.yaml:1: missing; the state's rules hold on every platform")
    elif NATIONAL in platforms:
        lacking = [scheme for scheme in SCHEMES if scheme not in platforms[NATIONAL].severity]
        if lacking:
            problems.append(located[NATIONAL].problem(("severity",), f"no severity for {', '.join(lacking)}"))
    if NATIONAL in platforms and len(platforms) == len(files):
        problems += renamed_ids(folder, platforms, located)
    if problems:
        raise DataError(problems)
    return Policies(platforms, sources)


def _read(files: list[Path], model: type[M], problems: list[str]) -> Iterator[tuple[Located, M]]:
    """Each file that is what it should be, with its lines; what is wrong with the others is added to `problems`."""
    for path in files:
        source = load_yaml(path)
        problems += source.problems
        if source.data is None and source.problems:
            continue
        # Read anew without the problems found so far: a repeated key must not hide an unknown field.
        source = Located(path, source.data, source.lines)
        parsed = validate(source, model)
        problems += source.problems
        if parsed is not None:
            yield source, parsed
