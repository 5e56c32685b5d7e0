"""The rule card and what a flag says of its rules: what is verified, what is not, and whose estimate the rest is."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from flagged import desk, flag_of

from monitor.flag_line import flag_line, rule_from_line, rule_line
from monitor.lexicon import SCHEMES
from monitor.lexicon.policy import as_record
from monitor.lexicon.rule_card import card
from monitor.records import Stream
from monitor.rules import Rule, Severity

POLICIES = desk().policies
ALL = [rule for policy in POLICIES.platforms.values() for rule in policy.rules]


def record(rule_id: str) -> Rule:
    return as_record(POLICIES.versions(rule_id)[0])


@pytest.mark.parametrize("rule", [as_record(rule) for rule in ALL], ids=lambda rule: rule.rule_id)
def test_every_card_says_what_a_reader_must_know(rule: Rule) -> None:
    """Title, clause, source, days and the state of verification stand on each; nothing on it is a Python value."""
    text = "\n".join(card(rule).lines)
    for part in (rule.rule_id, rule.title, rule.clause.splitlines()[0], rule.source, *rule.measures):
        assert part in text
    expected = {"notice": "【已核对公告", "reprint": "【转载，未核对原文】", "unverified": "【未核实，不得引用】"}
    assert expected[rule.verification] in text
    assert (rule.effective or rule.seen) in text
    assert not any(sign in text for sign in ("None", "Severity", "()", "[]"))


def test_the_ladder_stands_on_the_card_of_quick_flipping_alone() -> None:
    """Its rungs in the platform's words; every other card says that none was published."""
    assert card(record("douyin.quick-flipping")).ladder == (
        ("轻微", "警告；限流"),
        ("一般", "扣信用分 0.5 至 4 分"),
        ("严重", "扣信用分 4 至 12 分"),
        ("特别严重", "一次扣信用分 12 分"),
    )
    for rule in ALL:
        told = card(as_record(rule))
        assert bool(told.ladder) != any(line.startswith("分级：没有公布") for line in told.unknown)


def test_parts_that_were_verified_less_are_told() -> None:
    """The ladder is the notice's, the definition and the year are a reprint's."""
    told = card(record("douyin.quick-flipping"))
    assert told.state == "已核对公告，条文、生效日据转载"
    assert "条文据转载，未核对原文" in told.unknown


def test_three_strikes_are_shown_as_what_they_are() -> None:
    """A report of three strikes: each step is marked, also where one line is read alone, and in the flag's measures."""
    told = card(record("douyin.serious-marketing.refund-lure"))
    assert told.state == "未核实，不得引用"
    assert [line.partition("：")[0] for line in told.strikes[:3]] == ["第 1 次", "第 2 次", "第 3 次"]
    assert all("未核实，不得引用" in line for line in told.strikes[:4])
    assert "文玩" in told.strikes[3]
    assert all(measure.endswith("（未核实）") for measure in told.measures)
    assert told.verified == "没有人读过原文"


@pytest.mark.parametrize("rule", ALL, ids=lambda rule: rule.id)
def test_a_rule_goes_into_a_line_and_comes_back(rule: object) -> None:
    """What the flag line holds gives the same card again."""
    (version,) = [one for one in ALL if one is rule]
    there = replace(as_record(version), chosen_for="2026-11-22", day_known=False)
    back = rule_from_line(rule_line(there))
    assert back == there
    assert card(back) == card(there)


def test_an_older_line_gives_a_card_too() -> None:
    """Lines of the first program know eight fields; what they do not say stays unsaid."""
    line = {name: rule_line(record("douyin.refund-hype.2"))[name] for name in
            ("id", "title", "clause", "source", "effective", "verified", "verification", "measures")}  # fmt: skip
    assert card(rule_from_line(line)).title == "返现、礼品诱导下单支付后退款"


def test_the_fields_of_the_contract_stay() -> None:
    """What other programs read keeps its names and kinds."""
    (first, *_) = flag_line(flag_of("cashback_refund", Stream("a", (Path("a.mp4"),), "douyin")))["rules"]
    assert first["id"] == "douyin.refund-hype.2"
    assert first["effective"] == "2024-03-21"
    assert first["verified"] == "2026-11-22"
    assert first["measures"][0] == "减少曝光"
    assert all(isinstance(first[name], str) for name in ("title", "clause", "source", "verification", "note"))


def test_a_stream_without_a_day_says_so_on_the_card() -> None:
    """Today's rules, and a warning that the day's may have been others."""
    bare = Stream("a", (Path("a.mp4"),), "douyin")
    dated = replace(bare, started_at=datetime(2025, 5, 1, 12, tzinfo=UTC))
    assert "直播日期不详" in card(flag_of("cashback_refund", bare).rules[0]).chosen
    assert card(flag_of("cashback_refund", dated).rules[0]).chosen == "按直播当日 2025-05-01（中国时区）的版本"
    assert all(not rule["day_known"] for rule in flag_line(flag_of("cashback_refund", bare))["rules"])


@pytest.mark.parametrize(
    ("stream", "says"),
    [
        (Stream("a", (Path("a.mp4"),)), "平台未知"),
        (Stream("a", (Path("a.mp4"),), "taobao"), "没有收录平台“taobao”的规则"),
        (Stream("a", (Path("a.mp4"),), "douyin"), "所收录的抖音电商规则和全国规定中"),
    ],
)
def test_no_rule_is_a_sentence_and_not_an_empty_list_alone(stream: Stream, says: str) -> None:
    """Nobody wonders whether the list was lost: why there is nothing to cite, and what that means."""
    line = flag_line(flag_of("viewer_kicking", stream))
    assert line["rules"] == []
    assert says in line["rules_note"]
    assert "按今天的（直播日期不详）没有针对" in line["rules_note"]
    assert "不得据以引用任何条款" in line["rules_note"]


def test_a_day_before_all_rules_is_a_sentence_too() -> None:
    """A broadcast of 2019 broke none of the rules that we hold."""
    old = Stream("a", (Path("a.mp4"),), "douyin", started_at=datetime(2019, 1, 1, tzinfo=UTC))
    for scheme in SCHEMES:
        flag = flag_of(scheme, old)
        assert flag.rules == ()
        assert "直播当日没有" in flag.rules_note


def test_an_estimate_says_that_it_is_one() -> None:
    """`desk` is nobody's ladder; `notice` is the platform's, the rung is ours until a person confirms it."""
    desks = flag_line(flag_of("cashback_refund"))
    assert desks["severity_note"] == "“严重”是本项目的估计：没有公布的分级标准可据，不得当作处罚档位引用"
    noticed = flag_of("quick_flipping", severity=Severity.SLIGHT, basis="notice")
    assert "平台公布的分级" in noticed.severity_note
    assert "审核人确认" in noticed.severity_note


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("platform", ["", "douyin", "kuaishou", "taobao"])
def test_whose_the_severity_is_follows_the_ladder(scheme: str, platform: str) -> None:
    """The basis is `notice` exactly where a rule with a ladder is cited against the scheme on that day."""
    for day in (date(2023, 1, 1), date(2024, 1, 1), date(2026, 11, 22)):
        laddered = any(rule.ladder for rule in POLICIES.rules_for(scheme, platform, day))
        assert (POLICIES.severity(scheme, platform, day)[1] == "notice") == laddered


# What the policies say of examples, one by one


@pytest.mark.parametrize(
    ("scheme", "platform", "day", "cited", "not_cited"),
    [
        ("cashback_refund", "douyin", date(2025, 1, 1), "douyin.refund-hype.2", "douyin.refund-hype.1"),
        ("refund_brushing", "douyin", date(2025, 1, 1), "douyin.refund-hype.1", "national.117.34"),
        ("refund_brushing", "douyin", date(2026, 2, 1), "national.117.34", "national.117.32"),
        ("pay_first_draw", "douyin", date(2025, 1, 1), "douyin.refund-hype.3", "douyin.refund-hype.2"),
        ("fake_price_comparison", "", date(2026, 2, 1), "national.117.32", "national.117.34"),
        ("fake_price_comparison", "", date(2026, 1, 31), "national.56.16", "national.117.32"),
        ("fake_price_comparison", "", date(2022, 7, 1), "national.56.17", "national.117.60"),
        ("quick_flipping", "douyin", date(2023, 10, 27), "douyin.quick-flipping", "douyin.refund-hype.4"),
        ("freight_claim_abuse", "kuaishou", date(2024, 1, 1), "kuaishou.freight.3", "kuaishou.kicking"),
        ("viewer_kicking", "kuaishou", date(2024, 1, 1), "kuaishou.kicking", "kuaishou.freight.1"),
        ("misery_selling", "douyin", date(2024, 3, 21), "douyin.misery-selling", "douyin.refund-hype.4"),
        ("false_promotion", "douyin", date(2025, 10, 1), "douyin.price.fictitious-discount", "douyin.refund-hype.3"),
    ],
)
def test_examples_of_what_is_cited(scheme: str, platform: str, day: date, cited: str, not_cited: str) -> None:
    """Each scheme rests on the rule that names it, on the days on which it held, and not on its neighbour."""
    ids = {rule.rule_id for rule in POLICIES.rules_for(scheme, platform, day)}
    assert cited in ids
    assert not_cited not in ids


@pytest.mark.parametrize("rule_id", ["national.117.16", "national.117.31"])
def test_rules_of_background_are_cited_against_nobody(rule_id: str) -> None:
    """Duties of the platform and of the room's keeper can be looked up and accuse no host."""
    for scheme in SCHEMES:
        assert rule_id not in {rule.rule_id for rule in POLICIES.rules_for(scheme, "douyin")}
