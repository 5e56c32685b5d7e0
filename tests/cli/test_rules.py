"""`rules show` and `rules list`: the cards on the command line."""

from __future__ import annotations

import json

import pytest

from monitor.cli.rules import list_rules, show_rule
from monitor.config import Settings
from monitor.errors import UsageError

SETTINGS = Settings()


def test_a_card_is_shown_with_what_it_is_used_for(capsys: pytest.CaptureFixture[str]) -> None:
    """Clause, ladder, state, and for which schemes with whose severity."""
    show_rule("douyin.quick-flipping", SETTINGS)
    said = capsys.readouterr().out
    for part in ("违规玩法：快速过款（douyin.quick-flipping）", "已核对公告", "扣信用分 0.5 至 4 分", "quick_flipping"):
        assert part in said
    assert "平台公布的分级" in said


def test_a_host_may_be_given(capsys: pytest.CaptureFixture[str]) -> None:
    """What the conditions come to for a host that has no recording yet."""
    show_rule("kuaishou.kicking", SETTINGS, industry="茗茶", shop_score=4.2)
    assert "适用：主营行业“茗茶”" in capsys.readouterr().out
    show_rule("kuaishou.kicking", SETTINGS)
    assert "无法判断，需要知道：主播的主营行业" in capsys.readouterr().out


def test_the_same_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    """One object, as in a flag line."""
    show_rule("national.117.34", SETTINGS, as_json=True)
    rule = json.loads(capsys.readouterr().out)
    assert (rule["id"], rule["effective"], rule["verification"]) == ("national.117.34", "2026-02-01", "notice")


@pytest.mark.parametrize(
    ("rule_id", "day", "says"),
    [
        ("douyin.refund", None, "did you mean douyin.refund-hype.1, douyin.refund-hype.2"),
        ("kuaishou.kiking", None, "did you mean kuaishou.kicking"),
        ("xyz", None, "`monitor rules list` names them all"),
        ("", None, "there is no rule ``"),
        ("kuaishou.kicking", "2020-01-01", "did not hold on 2020-01-01; it holds from 2023-09-21"),
        ("kuaishou.kicking@2020-01-01", None, "did not hold on 2020-01-01"),
        ("kuaishou.kicking", "gestern", "`gestern` is no day; write YYYY-MM-DD"),
    ],
)
def test_what_cannot_be_shown_is_one_clear_line(rule_id: str, day: str | None, says: str) -> None:
    """An unknown id with the nearest ones, a day without the rule with its days."""
    with pytest.raises(UsageError) as caught:
        show_rule(rule_id, SETTINGS, day=day)
    assert says in str(caught.value)
    assert caught.value.exit_code == 2


def test_rules_are_listed_by_platform_scheme_and_day(capsys: pytest.CaptureFixture[str]) -> None:
    """What applies there and then: the platform's own by any of its names, and the state's."""

    def listed(**asked: str) -> list[str]:
        list_rules(SETTINGS, **asked)
        return [line.split()[0] for line in capsys.readouterr().out.splitlines()]

    assert len(listed(day="2026-11-22")) == 24
    assert listed(platform="快手", scheme="viewer_kicking", day="2026-11-22") == ["kuaishou.kicking"]
    assert "kuaishou.kicking" not in listed(platform="抖音", day="2026-11-22")
    assert listed(scheme="quick_flipping", day="2023-10-26") == ["2023-10-26"]
    assert listed(platform="taobao", scheme="fake_price_comparison", day="2022-07-01") == [
        "没有收录平台“taobao”的规则，只有全国规定：",
        "national.56.16",
        "national.56.17",
    ]


def test_a_scheme_that_does_not_exist_is_told_with_the_nearest() -> None:
    """A slip of the pen is no empty list."""
    with pytest.raises(UsageError, match="viewer_kick"):
        list_rules(SETTINGS, scheme="viewer_kick")
