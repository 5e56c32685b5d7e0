"""Rules that bind some hosts only: when one is cited, when it is set aside, and what would have to be known."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from flagged import STREAM, desk, flag_of

from monitor.flag_line import flag_line
from monitor.lexicon.policy import as_record
from monitor.lexicon.policy_conditions import examined, near_industries
from monitor.records import Stream
from monitor.rules import Outcome, RuleConditions

(KICKING,) = desk().policies.versions("kuaishou.kicking")
KUAISHOU = Stream("a", (Path("a.mp4"),), "kuaishou")


def conditions() -> RuleConditions:
    found = as_record(KICKING).conditions
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("industry", "score", "outcome", "says"),
    [
        ("茗茶", 4.39, Outcome.APPLIES, "分数 4.39 低于 4.4，挂车直播间不得踢出任何观众"),
        ("茗茶", 0.0, Outcome.APPLIES, "低于 4.4"),
        ("3c 数码", 4.2, Outcome.APPLIES, "主营行业“3C数码”"),
        (" ３Ｃ数码 ", 4.2, Outcome.APPLIES, "主营行业“3C数码”"),
        ("茗茶", 4.4, Outcome.CANNOT_TELL, "近 90 天内是否下过单（从直播内容永远看不出，须查订单）"),
        ("茗茶", 5.0, Outcome.CANNOT_TELL, "不得踢出近 90 天内在其直播间下过单的观众"),
        ("茗茶", None, Outcome.CANNOT_TELL, "还需要知道：对消费者展示的店铺体验分或带货口碑分是否低于 4.4"),
        ("", 4.2, Outcome.CANNOT_TELL, "需要知道：主播的主营行业是否在公告所列 23 个行业之内"),
        (
            "",
            None,
            Outcome.CANNOT_TELL,
            "需要知道：主播的主营行业是否在公告所列 23 个行业之内；还需要知道：对消费者展示的",
        ),
        ("女装", 4.2, Outcome.DOES_NOT_APPLY, "主营行业“女装”不在公告所列 23 个行业之内"),
        ("美妆护肤", None, Outcome.DOES_NOT_APPLY, "不据此条认定违规"),
        ("汽车配件", 4.2, Outcome.CANNOT_TELL, "与其中的手机配件、汽车、汽车用品相近"),
        ("酒", 4.2, Outcome.CANNOT_TELL, "与其中的餐饮酒旅、酒水相近"),
    ],
)
def test_the_outcome_for_a_host(industry: str, score: float | None, outcome: Outcome, says: str) -> None:
    """The threshold itself is on the lenient side; what is lacking is named; a name that is not quite one is asked."""
    found = examined(conditions(), industry, score)
    assert found.outcome == outcome
    assert says in found.sentence


@pytest.mark.parametrize("industry", conditions().industries)
def test_each_of_the_23_industries_is_bound(industry: str) -> None:
    """All of them, by the name that the notice gives."""
    assert examined(conditions(), industry, 4.0).outcome == Outcome.APPLIES


@pytest.mark.parametrize("score", [None, 0.0, 4.3999, 4.4, 4.9])
@pytest.mark.parametrize("industry", ["", "女装", "茗茶", "汽车配件"])
def test_orders_of_90_days_are_never_told_from_a_stream(industry: str, score: float | None) -> None:
    """Nothing applies because of an order, and wherever an order would decide, the sentence says what must be known."""
    found = examined(conditions(), industry, score)
    decides = industry in {"", "茗茶"} and (score is None or score >= 4.4)
    assert ("须查订单" in found.sentence) == decides
    if decides:
        assert found.outcome == Outcome.CANNOT_TELL


def test_a_far_name_is_not_near() -> None:
    """One shared character makes no likeness."""
    assert near_industries("食品", conditions().industries) == ()


def test_a_host_outside_the_list_is_not_said_to_break_the_rule() -> None:
    """The rule leaves the cited ones and stands aside with its reason; the flag says why nothing is cited."""
    flag = flag_of("viewer_kicking", replace(KUAISHOU, industry="女装", shop_score=4.0))
    line = flag_line(flag)
    assert line["rules"] == []
    (aside,) = line["rules_set_aside"]
    assert aside["id"] == "kuaishou.kicking"
    assert aside["conditions"]["outcome"] == "does_not_apply"
    assert "女装" in aside["conditions"]["sentence"]
    assert "kuaishou.kicking" in line["rules_note"]
    assert "不符" in line["rules_note"]


@pytest.mark.parametrize(
    ("industry", "score", "outcome"),
    [("茗茶", 4.2, "applies"), ("茗茶", 4.6, "cannot_tell"), ("", None, "cannot_tell")],
)
def test_a_host_who_may_be_bound_has_the_rule_with_its_outcome(
    industry: str, score: float | None, outcome: str
) -> None:
    """Cited, with the data of its conditions and the sentence."""
    line = flag_line(flag_of("viewer_kicking", replace(KUAISHOU, industry=industry, shop_score=score)))
    (rule,) = line["rules"]
    assert rule["conditions"]["outcome"] == outcome
    assert rule["conditions"]["sentence"]
    assert len(rule["conditions"]["industries"]) == 23
    assert rule["conditions"]["score_threshold"] == 4.4
    assert rule["conditions"]["order_window_days"] == 90
    assert line["rules_set_aside"] == []
    assert line["rules_note"] == ""
    json.dumps(line, allow_nan=False)


def test_who_the_host_is_changes_no_other_rule() -> None:
    """Rules without conditions are the same for everybody."""
    line = flag_line(flag_of("freight_claim_abuse", KUAISHOU))
    other = flag_line(flag_of("freight_claim_abuse", replace(KUAISHOU, industry="女装", shop_score=1.0)))
    assert line["rules"] == other["rules"]
    assert line["rules"]
    assert STREAM.industry == ""
