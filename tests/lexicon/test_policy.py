"""Policies: what a flag may claim to rest on, and how a wrong file is refused."""

from __future__ import annotations

import json
import re
import shutil
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from flagged import flag_of

from monitor.errors import DataError
from monitor.lexicon.model import SCHEMES
from monitor.lexicon.policy import Policies, load_policies
from monitor.lexicon.yaml_source import load_yaml
from monitor.records import Stream
from monitor.rules import Severity

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "lexicons/policies"
SCHEMA = json.loads((ROOT / "lexicons/schema/policy.schema.json").read_text("utf-8"))
SOURCE_SCHEMA = json.loads((ROOT / "lexicons/schema/source.schema.json").read_text("utf-8"))
NOTICES = ROOT.parent / "shared/notices"
IDS = (FOLDER / "ids.txt").read_text("utf-8")
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
    assert all(re.match(r"(policies|sources)/[\w-]+\.(yaml|txt):\d+: .", told) for told in caught.value.problems)
    return caught.value.problems


# Laws


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.yaml")), ids=lambda path: path.stem)
def test_files_follow_the_published_schema(path: Path) -> None:
    """Each policy file validates against `policy.schema.json`, which editors use while typing."""
    jsonschema.Draft202012Validator(SCHEMA).validate(load_yaml(path).data)


@pytest.mark.parametrize("path", sorted((FOLDER / "sources").glob("*.yaml")), ids=lambda path: path.stem)
def test_sources_follow_their_schema(path: Path) -> None:
    """Each source file validates against `source.schema.json`, which can say no."""
    data: dict[str, Any] = load_yaml(path).data
    validator = jsonschema.Draft202012Validator(SOURCE_SCHEMA)
    validator.validate(data)
    assert list(validator.iter_errors({**data, "kind": "rumour"}))
    assert list(validator.iter_errors({**data, "passages": {}}))


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
        assert rule.clause in articles[article[1]].replace("\xa0", " ")


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
    spoil(folder, "kuaishou.yaml", "{from: 2023-09-21, ", "{from: 2023-09-21, until: 2025-01-31, ")
    notice = "sources/kuaishou-2023-09-21-freight-and-kicking.yaml"
    spoil(folder, notice, "于 2023-09-21 见报", "于 2023-09-21 见报，2025-01-31 后不再适用")
    policies = load_policies(folder)

    def cited(day: date) -> bool:
        return "kuaishou.freight.1" in [r.rule_id for r in policies.rules_for("freight_claim_abuse", "kuaishou", day)]

    assert cited(date(2025, 1, 31))
    assert not cited(date(2025, 2, 1))


def test_a_stream_without_a_day_gets_todays_rules(policies: Policies) -> None:
    """A recording whose day is unknown is judged by what holds now, and each rule says that the day was not known."""
    unknown = policies.rules_for("quick_flipping", "douyin")
    known = policies.rules_for("quick_flipping", "douyin", TODAY)
    assert [rule.rule_id for rule in unknown] == [rule.rule_id for rule in known]
    assert not any(rule.day_known for rule in unknown)
    assert all(rule.day_known and rule.chosen_for == "2026-11-22" for rule in known)


def test_a_day_that_is_not_known_is_not_given_as_one(policies: Policies) -> None:
    """A rule known only from reports of a day carries no day of effect."""
    (rule,) = [r for r in policies.rules_for("misery_selling", "douyin", TODAY) if r.rule_id == "douyin.misery-selling"]
    assert rule.effective == ""
    assert rule.seen == "2024-03-21"


def test_severity_is_the_platforms_else_the_desks(policies: Policies) -> None:
    """Severity comes with its basis; an unknown platform has the desk's estimate, an unknown scheme an error."""
    assert policies.severity("quick_flipping", "douyin") == (Severity.SLIGHT, "notice")
    assert policies.severity("quick_flipping", "kuaishou") == (Severity.SLIGHT, "desk")
    assert policies.severity("quick_flipping", "douyin", date(2023, 10, 26)) == (Severity.SLIGHT, "desk")
    assert all(policies.severity(scheme, "")[1] == "desk" for scheme in SCHEMES)
    with pytest.raises(ValueError, match="unknown scheme"):
        policies.severity("no_such", "douyin")


def test_the_digest_follows_the_content_and_not_the_layout(policies: Policies, folder: Path) -> None:
    """A comment does not change what was cited; a word does."""
    spoil(folder, "douyin.yaml", "platform: douyin\nname: 抖音电商", "# a remark\nname: 抖音电商\nplatform: douyin")
    assert load_policies(folder).digest == policies.digest
    spoil(folder, "sources/state-order-56-reprint.yaml", "about: 第三方", "about: 一个第三方")
    assert load_policies(folder).digest == policies.digest
    spoil(folder, "douyin.yaml", "schemes: [quick_flipping]", "schemes: [quick_flipping, irregular_play]")
    assert load_policies(folder).digest != policies.digest
    assert re.fullmatch(r"sha256:[0-9a-f]{64}", policies.digest)


# Versions and ids


def add_version(folder: Path, first: str, until: str = "") -> None:
    """Ends 快速过款 on 2024-12-31 and adds another version of it."""
    path = folder / "douyin.yaml"
    text = path.read_text("utf-8")
    at = text.index("  - id: douyin.quick-flipping\n")
    rule = text[at : text.index("\n\n", at)]
    ended = rule.replace("{from: 2023-10-27}", f"{{from: 2023-10-27{until}}}")
    source = folder / "sources/douyin-quick-flipping-reprint.yaml"
    source.write_text(source.read_text("utf-8") + f"  later: {first} 起施行。\n", "utf-8")
    later = (
        rule.replace("{from: 2023-10-27}", f"{{from: {first}}}")
        .replace("douyin-quick-flipping-reprint/in-force", "douyin-quick-flipping-reprint/later")
        .replace("schemes: [quick_flipping]", "schemes: [quick_flipping, irregular_play]")
    )
    path.write_text(text.replace(rule, f"{later}\n\n{ended}"), "utf-8")


def test_versions_of_one_rule_follow_one_another(folder: Path) -> None:
    """Two entries with one id: each day has its own, its own schemes too, wherever they stand in the file."""
    add_version(folder, "2025-01-01", until=", until: 2024-12-31")
    policies = load_policies(folder)

    def cited(scheme: str, day: date) -> list[tuple[str, str]]:
        rules = policies.rules_for(scheme, "douyin", day)
        return [(rule.effective, rule.until) for rule in rules if rule.rule_id == "douyin.quick-flipping"]

    assert cited("quick_flipping", date(2024, 12, 31)) == [("2023-10-27", "2024-12-31")]
    assert cited("quick_flipping", date(2025, 1, 1)) == [("2025-01-01", "")]
    assert cited("irregular_play", date(2024, 12, 31)) == []
    assert cited("irregular_play", date(2025, 1, 1)) == [("2025-01-01", "")]
    assert len(policies.versions("douyin.quick-flipping")) == 2
    assert policies.version_on("douyin.quick-flipping", date(2023, 1, 1)) is None


@pytest.mark.parametrize("until", ["", ", until: 2025-01-01", ", until: 2026-06-30"])
def test_two_versions_on_one_day_are_refused(folder: Path, until: str) -> None:
    """An earlier version without end, or one that ends after the later began, is told at the later one's line."""
    add_version(folder, "2025-01-01", until=until)
    (told,) = [problem for problem in problems(folder) if "already" in problem]
    assert re.fullmatch(
        r"policies/douyin.yaml:\d+: `douyin.quick-flipping` holds on 2025-01-01 already, by line \d+: .*", told
    )


def test_the_day_is_that_of_china(policies: Policies) -> None:
    """A stream of the evening before in Europe is judged by the rules of its day in China."""
    start = datetime(2026, 1, 31, 16, 0, tzinfo=UTC)
    flagged = flag_of("false_promotion", Stream("a", (Path("a.mp4"),), started_at=start))
    before = flag_of("false_promotion", Stream("a", (Path("a.mp4"),), started_at=start - timedelta(seconds=2)))
    assert "national.117.34" in {rule.rule_id for rule in flagged.rules}
    assert "national.117.34" not in {rule.rule_id for rule in before.rules}
    assert {rule.chosen_for for rule in flagged.rules} == {"2026-02-01"}


@pytest.mark.parametrize("rule_id", ["douyin.refund-hype.1", "kuaishou.kicking", "national.117.31"])
def test_a_rule_is_never_renamed_or_removed(folder: Path, rule_id: str) -> None:
    """Stored flags cite ids for years: one that was published and is gone is refused with its line in `ids.txt`."""
    name = rule_id.partition(".")[0]
    spoil(folder, f"{name}.yaml", f"- id: {rule_id}\n", f"- id: {rule_id}-new\n")
    told = problems(folder)
    line = IDS[: IDS.index(rule_id + "\n")].count("\n") + 1
    assert f"policies/ids.txt:{line}: no rule `{rule_id}` any more; ids stay: end the rule with `until` instead" in told
    assert any(f"`{rule_id}-new` is not in ids.txt" in problem for problem in told)


def test_every_id_is_entered(policies: Policies) -> None:
    """The list of what was published is that of the rules, so that each of them is guarded."""
    assert [line for line in IDS.splitlines() if not line.startswith("#")] == list(policies.ids)


def test_a_platform_that_vanished_is_no_way_to_remove_rules(folder: Path) -> None:
    """A whole file gone is told once for each of its rules; a list of ids gone likewise."""
    (folder / "kuaishou.yaml").unlink()
    assert [told for told in problems(folder) if "any more" in told and "kuaishou." in told][3:]
    (folder / "ids.txt").unlink()
    assert "policies/ids.txt:1: cannot be read; it lists every rule id ever published, one a line" in problems(folder)


def test_a_rule_in_two_files_is_refused(folder: Path) -> None:
    """An id belongs to one file."""
    spoil(folder, "kuaishou.yaml", "id: kuaishou.freight.2", "id: douyin.misery-selling")
    assert any("id `douyin.misery-selling` is taken by douyin.yaml:" in told for told in problems(folder))


# Refusals


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("name: 快手电商", "name: 快手电商\nowner: me", "unknown field"),
        ("platform: kuaishou", "platform: elsewhere", "elsewhere"),
        ("schemes: [viewer_kicking]", "schemes: [viewer_poking]", "unknown scheme `viewer_poking`"),
        ("severity:\n  freight_claim_abuse:", "severity:\n  freight_claims:", "unknown scheme `freight_claims`"),
        ("id: kuaishou.freight.2", "id: kuaishou.freight.1", "two versions on one day"),
        ("id: kuaishou.freight.2", "id: douyin.freight.2", "must start with `kuaishou.`"),
        ("name: 快手电商", "name: 快手电商\nname: 快手", "duplicate key"),
        ("title: 异常", "title: \u202e异常", "invisible character"),
        ("title: 异常", "title: 异\u200b常", "invisible character"),
        ("verification: notice", "verification: hearsay", "verification"),
        ("verified_on: 2026-11-22", "verified_on: null", "a day exactly when"),
        ("effective: {from: 2023-09-21, basis: reported}", "effective: {}", "give `from`"),
        ("{from: 2023-09-21, ", "{from: 2023-09-21, until: 2022-01-01, ", "ends before"),
        ("{from: 2023-09-21, ", "{from: 2023-09-31, ", "effective.from"),
        ("{from: 2023-09-21, ", "{from: 2023-09-21, seen: 2023-09-21, ", "not both"),
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
        {"rules": [{key: value for key, value in data["rules"][0].items() if key != "support"}]},
    ):
        assert list(validator.iter_errors({**data, **change}))
