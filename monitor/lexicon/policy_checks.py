"""What is wrong with policy files as a whole: contradictions, overlapping versions, renamed ids, unsupported claims."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path

from monitor.lexicon.policy_model import Policy, PolicyRule, Source
from monitor.lexicon.policy_proof import rule_complaints, source_complaints
from monitor.lexicon.yaml_source import Located
from monitor.rules import Severity

IDS = "ids.txt"
"""Every id ever published, one a line; `#` begins a remark."""


def contradictions(policy: Policy, located: Located) -> Iterator[str]:
    """What each field allows and all of them together do not."""
    if policy.platform != located.path.stem:
        yield located.problem(("platform",), f"`{policy.platform}` in a file named {located.path.name}")
    for position, rule in enumerate(policy.rules):
        place = ("rules", position)
        if not rule.id.startswith(policy.platform + "."):
            yield located.problem((*place, "id"), f"`{rule.id}` must start with `{policy.platform}.`")
        yield from _dates(rule, place, located)
        if (rule.verification == "unverified") != (rule.verified_on is None):
            yield located.problem((*place, "verified_on"), f"{rule.id}: a day exactly when someone read the source")
        if rule.verification == "unverified" and rule.note is None:
            yield located.problem(place, f"{rule.id}: unverified, so its `note` must say what is uncertain")
        if rule.ladder is not None and rule.verification != "notice":
            yield located.problem(
                (*place, "ladder"), f"{rule.id}: a ladder only where the platform's own notice gives it"
            )
        if rule.ladder is not None and set(rule.ladder) != set(Severity):
            yield located.problem((*place, "ladder"), f"{rule.id}: a ladder has a rung for every severity")
        if len(set(rule.schemes)) != len(rule.schemes):
            yield located.problem((*place, "schemes"), f"{rule.id}: a scheme is listed twice")
    yield from _overlaps(policy, located)
    laddered = {scheme for rule in policy.rules if rule.ladder for scheme in rule.schemes}
    for scheme, severity in policy.severity.items():
        if severity.basis == "notice" and scheme not in laddered:
            yield located.problem(("severity", scheme), f"{scheme}: basis `notice` without a rule that has a ladder")


def _dates(rule: PolicyRule, place: tuple[str | int, ...], located: Located) -> Iterator[str]:
    effective, where = rule.effective, (*place, "effective")
    if effective.first is None:
        yield located.problem(where, f"{rule.id}: give `from`, or `seen` when that day is not known")
    elif effective.until and effective.until < effective.first:
        yield located.problem(where, f"{rule.id}: ends before it starts")
    if effective.from_ and effective.seen:
        yield located.problem(where, f"{rule.id}: `from` or `seen`, not both")
    if effective.seen and effective.basis == "reported":
        yield located.problem(where, f"{rule.id}: `seen` is a day of report already; take `basis` out")


def _overlaps(policy: Policy, located: Located) -> Iterator[str]:
    """Versions of one rule of which two would hold on one day."""
    versions: dict[str, list[tuple[date, int]]] = {}
    for position, rule in enumerate(policy.rules):
        if rule.effective.first:
            versions.setdefault(rule.id, []).append((rule.effective.first, position))
    for identifier, held in versions.items():
        for (_, before), (day, after) in pairwise(sorted(held)):
            if policy.rules[before].effective.holds_on(day):
                line = located.line(("rules", before, "id"))
                yield located.problem(
                    ("rules", after, "id"),
                    f"`{identifier}` holds on {day} already, by line {line}: two versions on one day; "
                    "give the earlier one an `until`",
                )


def taken_ids(platforms: Mapping[str, Policy], files: Mapping[str, Located]) -> Iterator[str]:
    """One id in two files."""
    first: dict[str, tuple[str, str]] = {}
    for name, policy in platforms.items():
        for position, rule in enumerate(policy.rules):
            located, place = files[name], ("rules", position, "id")
            owner, where = first.setdefault(rule.id, (name, f"{located.path.name}:{located.line(place)}"))
            if owner != name:
                yield located.problem(place, f"id `{rule.id}` is taken by {where}")


def renamed_ids(folder: Path, platforms: Mapping[str, Policy], files: Mapping[str, Located]) -> Iterator[str]:
    """Ids that were published and are gone, and such as are not entered; stored flags cite them for years.

    `platforms` must be all that the folder has: a file that could not be read would look like rules removed.
    """
    path = folder / IDS
    where = f"{folder.name}/{IDS}"
    try:
        lines = path.read_text("utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError):
        yield f"{where}:1: cannot be read; it lists every rule id ever published, one a line"
        return
    published: dict[str, int] = {}
    for number, line in enumerate(lines, start=1):
        identifier = line.partition("#")[0].strip()
        if identifier in published:
            yield f"{where}:{number}: `{identifier}` stands in line {published[identifier]} already"
        elif identifier:
            published[identifier] = number
    present = {rule.id for policy in platforms.values() for rule in policy.rules}
    for identifier, number in published.items():
        if identifier not in present:
            yield f"{where}:{number}: no rule `{identifier}` any more; ids stay: end the rule with `until` instead"
    for name, policy in platforms.items():
        told: set[str] = set()
        for position, rule in enumerate(policy.rules):
            if rule.id not in published and rule.id not in told:
                told.add(rule.id)
                yield files[name].problem(("rules", position, "id"), f"`{rule.id}` is not in {IDS}; enter it there")


def source_problems(sources: Mapping[str, Source], files: Mapping[str, Located]) -> Iterator[str]:
    """What is wrong with the sources by themselves."""
    for name, source in sources.items():
        if source.id != files[name].path.stem:
            yield files[name].problem(("id",), f"`{source.id}` in a file named {files[name].path.name}")
        for where, message in source_complaints(source):
            yield files[name].problem(where, message)


def unsupported(policy: Policy, located: Located, sources: Mapping[str, Source]) -> Iterator[str]:
    """What the rules of one file say without their sources saying it."""
    for position, rule in enumerate(policy.rules):
        after = rule.effective.until and rule.effective.until + timedelta(days=1)
        replaced = any(other.id == rule.id and other.effective.first == after for other in policy.rules)
        for where, message in rule_complaints(rule, sources, replaced=replaced):
            yield located.problem(("rules", position, *where), message)
