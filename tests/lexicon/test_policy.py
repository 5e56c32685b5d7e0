"""Policies: what a flag may claim to rest on, and how a wrong file is refused."""

from __future__ import annotations

import json
import re
import shutil
from datetime import date
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from monitor.errors import DataError
from monitor.lexicon.model import SCHEMES
from monitor.lexicon.policy import Policies, load_policies
from monitor.lexicon.yaml_source import load_yaml
from monitor.records import Severity

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "lexicons/policies"
SCHEMA = json.loads((ROOT / "lexicons/schema/policy.schema.json").read_text("utf-8"))
NOTICES = ROOT.parent / "shared/notices"
TODAY = date(2026, 11, 22)


@pytest.fixture(scope="module")
def policies() -> Policies:
    return load_policies(FOLDER)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the policies that a test may spoil."""
    return Path(shutil.copytree(FOLDER, tmp_path / "policies"))


def spoil(folder: Path, name: str, old: str, new: str) -> int:
    """Replace the first `old` by `new`; the line on which it stands."""
    path = folder / name
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), "utf-8")
    return text[: text.index(old)].count("\n") + 1


def problems(folder: Path) -> list[str]:
    with pytest.raises(DataError) as caught:
        load_policies(folder)
    assert all(re.match(r"policies/\w+\.yaml:\d+: .", problem) for problem in caught.value.problems)
    return caught.value.problems


# Laws


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.yaml")), ids=lambda path: path.stem)
def test_files_follow_the_published_schema(path: Path) -> None:
    """Each policy file validates against `policy.schema.json`, which editors use while typing."""
    jsonschema.Draft202012Validator(SCHEMA).validate(load_yaml(path).data)


def test_the_schema_and_the_program_know_the_same_schemes() -> None:
    """A scheme added to the program and not to the schema would be refused by editors."""
    assert SCHEMA["properties"]["severity"]["propertyNames"]["enum"] == list(SCHEMES)


@pytest.mark.parametrize("scheme", SCHEMES)
def test_every_scheme_rests_on_a_rule(policies: Policies, scheme: str) -> None:
    """No scheme without at least one rule, on the platform that named it or in the state's law."""
    rules = [rule for platform in policies.platforms for rule in policies.rules_for(scheme, platform, TODAY)]
    assert rules


def test_every_rule_says_where_it_comes_from(policies: Policies) -> None:
    """A rule without source, or one that nobody read and that does not say so, is not cited."""
    for policy in policies.platforms.values():
        for rule in policy.rules:
            assert rule.source
            assert rule.verification in {"notice", "reprint", "unverified"}
            if rule.verification == "unverified":
                assert rule.note
                assert "未核实" in rule.note


def test_the_one_published_ladder_is_that_of_quick_flipping(policies: Policies) -> None:
    """Severity rests on a notice for 快速过款 alone; everything else is shown as the desk's estimate."""
    laddered = [rule.id for policy in policies.platforms.values() for rule in policy.rules if rule.ladder]
    noticed = [
        (name, scheme)
        for name, policy in policies.platforms.items()
        for scheme, severity in policy.severity.items()
        if severity.basis == "notice"
    ]
    assert laddered == ["douyin.quick-flipping"]
    assert noticed == [("douyin", "quick_flipping")]


@pytest.mark.skipif(not NOTICES.is_dir(), reason="the notices are not beside this checkout")
def test_the_states_articles_are_quoted_word_for_word(policies: Policies) -> None:
    """Every clause of order 117 stands in its text, under the article that the rule's id names."""
    text = next(NOTICES.glob("national-*.txt")).read_text("utf-8")
    articles = dict(re.findall(r"^第(\S+?)条　?\s*(.*?)(?=^第\S+?[条章])", text, re.MULTILINE | re.DOTALL))
    quoted = [rule for rule in policies.platforms["national"].rules if rule.id.startswith("national.117.")]
    assert {rule.id.rsplit(".", 1)[1] for rule in quoted} == {"16", "31", "32", "34", "44", "60", "62"}
    for rule in quoted:
        article = re.search(r"第([一-龥]+)条$", rule.source)
        assert article
        assert rule.clause in articles[article[1]]


# Choice


def test_a_platforms_own_rules_come_before_the_states(policies: Policies) -> None:
    """The reviewer reads the platform's rule first, then the law."""
    ids = [rule.rule_id for rule in policies.rules_for("cashback_refund", "douyin", TODAY)]
    assert ids[0] == "douyin.refund-hype.2"
    assert [identifier.split(".")[0] for identifier in ids] == sorted(identifier.split(".")[0] for identifier in ids)
    assert "national.117.34" in ids


@pytest.mark.parametrize("platform", ["", "elsewhere", "national"])
def test_an_unknown_platform_gets_the_national_rules_alone(policies: Policies, platform: str) -> None:
    """No rule of a platform is cited against a room that may not be on it."""
    rules = policies.rules_for("refund_brushing", platform, TODAY)
    assert rules
    assert all(rule.rule_id.startswith("national.") for rule in rules)


@pytest.mark.parametrize(
    ("day", "cited"),
    [(date(2024, 3, 20), False), (date(2024, 3, 21), True), (date(2026, 11, 22), True)],
)
def test_rules_are_those_of_the_streams_day(policies: Policies, day: date, *, cited: bool) -> None:
    """A rule is not applied to a broadcast before it was in force."""
    ids = [rule.rule_id for rule in policies.rules_for("refund_brushing", "douyin", day)]
    assert ("douyin.refund-hype.1" in ids) is cited


def test_a_rule_that_ended_is_not_cited_the_day_after(folder: Path) -> None:
    """`until` is the last day on which a rule holds."""
    spoil(folder, "kuaishou.yaml", "effective: {from: 2023-09-21}", "effective: {from: 2023-09-21, until: 2025-01-31}")
    policies = load_policies(folder)

    def cited(day: date) -> bool:
        return "kuaishou.freight.1" in [r.rule_id for r in policies.rules_for("freight_claim_abuse", "kuaishou", day)]

    assert cited(date(2025, 1, 31))
    assert not cited(date(2025, 2, 1))


def test_a_stream_without_a_day_gets_todays_rules(policies: Policies) -> None:
    """A recording whose day is unknown is judged by what holds now."""
    assert policies.rules_for("quick_flipping", "douyin") == policies.rules_for("quick_flipping", "douyin", TODAY)


def test_a_day_that_is_not_known_is_not_given_as_one(policies: Policies) -> None:
    """A rule known only from reports of a day carries no day of effect."""
    (rule,) = [r for r in policies.rules_for("misery_selling", "douyin", TODAY) if r.rule_id == "douyin.misery-selling"]
    assert rule.effective == ""


def test_severity_is_the_platforms_else_the_desks(policies: Policies) -> None:
    """Severity comes with its basis; an unknown platform has the desk's estimate, an unknown scheme an error."""
    assert policies.severity("quick_flipping", "douyin") == (Severity.SLIGHT, "notice")
    assert policies.severity("quick_flipping", "kuaishou") == (Severity.SLIGHT, "desk")
    assert all(policies.severity(scheme, "")[1] == "desk" for scheme in SCHEMES)
    with pytest.raises(ValueError, match="unknown scheme"):
        policies.severity("no_such", "douyin")


def test_the_digest_follows_the_content_and_not_the_layout(policies: Policies, folder: Path) -> None:
    """A comment does not change what was cited; a word does."""
    spoil(folder, "douyin.yaml", "platform: douyin\nname: 抖音电商", "# a remark\nname: 抖音电商\nplatform: douyin")
    assert load_policies(folder).digest == policies.digest
    spoil(folder, "douyin.yaml", "- 警告\n", "- 警示\n")
    assert load_policies(folder).digest != policies.digest
    assert re.fullmatch(r"sha256:[0-9a-f]{64}", policies.digest)


# Refusals


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("name: 快手电商", "name: 快手电商\nowner: me", "unknown field"),
        ("platform: kuaishou", "platform: elsewhere", "elsewhere"),
        ("schemes: [viewer_kicking]", "schemes: [viewer_poking]", "unknown scheme `viewer_poking`"),
        ("severity:\n  freight_claim_abuse:", "severity:\n  freight_claims:", "unknown scheme `freight_claims`"),
        ("id: kuaishou.freight.2", "id: kuaishou.freight.1", "is taken by kuaishou.yaml:"),
        ("id: kuaishou.freight.2", "id: douyin.freight.2", "must start with `kuaishou.`"),
        ("name: 快手电商", "name: 快手电商\nname: 快手", "duplicate key"),
        ("title: 异常", "title: \u202e异常", "invisible character"),
        ("title: 异常", "title: 异\u200b常", "invisible character"),
        ("verification: notice", "verification: hearsay", "verification"),
        ("verified_on: 2026-11-22", "verified_on: null", "a day exactly when"),
        ("effective: {from: 2023-09-21}", "effective: {}", "give `from`"),
        ("effective: {from: 2023-09-21}", "effective: {from: 2023-09-21, until: 2022-01-01}", "ends before"),
        ("effective: {from: 2023-09-21}", "effective: {from: 2023-09-31}", "effective.from"),
        ("default: ordinary, basis: desk", "default: ordinary, basis: notice", "without a rule that has a ladder"),
        ("    schemes: [viewer_kicking]", "    ladder: {slight: [警告]}\n    schemes: []", "every severity"),
        ("score_threshold: 4.4", "score_threshold: high", "score_threshold"),
    ],
)  # fmt: skip
def test_a_wrong_file_is_refused_with_its_line(folder: Path, old: str, new: str, says: str) -> None:
    """Whatever is wrong is named with the file and a line at, or just above or below, the mistake."""
    line = spoil(folder, "kuaishou.yaml", old, new)
    found = [problem for problem in problems(folder) if says in problem]
    assert found
    assert abs(int(found[0].split(":")[1]) - line) <= 1


def test_a_ladder_needs_the_platforms_own_notice(folder: Path) -> None:
    """Penalty points from a reprint or from hearsay are refused."""
    text = (folder / "douyin.yaml").read_text("utf-8")
    at = text.index("id: douyin.quick-flipping")
    text = text[:at] + text[at:].replace("verification: notice", "verification: reprint", 1)
    (folder / "douyin.yaml").write_text(text, "utf-8")
    assert any("a ladder only where" in problem for problem in problems(folder))


def test_all_problems_of_all_files_come_at_once(folder: Path) -> None:
    """An editor sees every mistake in one run, also behind a mistake in the same file."""
    spoil(folder, "douyin.yaml", "name: 抖音电商", "name: 抖音电商\nname: 抖音\nowner: me")
    spoil(folder, "kuaishou.yaml", "verification: notice", "verification: hearsay")
    spoil(folder, "national.yaml", "  misery_selling: {default: serious, basis: desk}\n", "")
    found = "\n".join(problems(folder))
    for says in ("duplicate key", "owner", "verification", "no severity for misery_selling"):
        assert says in found


@pytest.mark.parametrize("content", ["", "rules: [", "- a\n- b\n", "\xff"], ids=["empty", "torn", "a list", "latin"])
def test_a_file_that_is_no_policy_is_refused(folder: Path, content: str) -> None:
    """An empty, torn or foreign file is a problem with a line, never a stack trace."""
    (folder / "douyin.yaml").write_bytes(content.encode("latin-1"))
    assert any(problem.startswith("policies/douyin.yaml:") for problem in problems(folder))


def test_the_states_rules_must_be_there(folder: Path) -> None:
    """Without `national.yaml` nothing is cited, so nothing is loaded."""
    (folder / "national.yaml").unlink()
    assert any("national.yaml:1: missing" in problem for problem in problems(folder))


def test_the_schema_refuses_what_the_program_refuses() -> None:
    """The schema can say no: an unknown field, a scheme that does not exist, a rule without source."""
    data: dict[str, Any] = load_yaml(FOLDER / "kuaishou.yaml").data
    validator = jsonschema.Draft202012Validator(SCHEMA)
    for change in (
        {"owner": "me"},
        {"severity": {"no_such": {"default": "slight", "basis": "desk"}}},
        {"rules": [{key: value for key, value in data["rules"][0].items() if key != "source"}]},
    ):
        assert list(validator.iter_errors({**data, **change}))
