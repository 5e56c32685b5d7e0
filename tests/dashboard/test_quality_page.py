"""质检: what is counted is shown, too few say so, and nobody without the right sees any of it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from pages_desk import empty_desk, english, made_desk, page, said
from small_desk import PASSWORD

from dashboard import data
from monitor.review.queue import Queue
from monitor.roles import Role
from monitor.store.verdicts import Decision


@pytest.fixture(scope="module")
def desk(tmp_path_factory):
    return made_desk(tmp_path_factory.mktemp("quality"))[0]


def test_an_empty_desk_says_what_to_do(tmp_path):
    app = page(empty_desk(tmp_path), "quality")

    assert not app.exception
    assert app.subheader[0].value == "这段时间没有人作过判定"


def test_everybody_who_decided_is_shown(desk):
    """With the figures of the report; in Chinese."""
    app = page(desk, "quality", days="全部")

    assert not app.exception
    table = app.dataframe[0].value
    person = data.person_of(app.session_state[data.TOKEN])
    report = desk.quality.report(person, None, at=data.now())
    assert list(table["审核员"]) == [one.shown for one in report.reviewers]
    assert list(table["判定"]) == [one.decided for one in report.reviewers]
    assert app.metric[0].value == f"{report.decided:,}"
    assert english(said(app)) == []


def test_too_few_say_so(desk):
    """A share of a handful is none."""
    app = page(desk, "quality", days="全部")
    table = app.dataframe[0].value

    few = table[table["可比的"] < data.LEAST_DECIDED]
    assert len(few)
    assert set(few["与另一人一致"]) == {"样本不足"}


@pytest.mark.parametrize("role", [role for role in Role if role not in (Role.LEAD, Role.ADMIN)])
def test_who_may_not_see_it_gets_nothing(desk, role):
    """Not out of what was counted for somebody else a moment ago either."""
    page(desk, "quality")
    app = page(desk, "quality", role)

    assert app.exception
    assert not app.dataframe
    assert not app.metric


def closed(desk):
    """A flag whose answer is known."""
    person = data.person_of(desk.accounts.log_in("lead", PASSWORD, at=data.now()))
    page_ = desk.queue.page(person, data.Filter(state=("closed:confirmed",)), limit=1, at=data.now())
    return page_.rows[0].flag_id


def test_a_closed_flag_becomes_a_gold_flag_and_none_again(desk):
    """By a small action on its page, for those who look after reviewers; the list of 质检 has it meanwhile."""
    assert "还没有质检样题" in "".join(said(page(desk, "quality")))
    flag_id = closed(desk)
    assert "设为质检样题" in list(said(page(desk, "flag", Role.ADMIN, flag=flag_id)))
    app = page(desk, "flag", flag=flag_id)
    app.button(key="gold-on").click().run()
    assert "取消质检样题" in list(said(app))
    for role in (Role.REVIEWER, Role.ADJUDICATOR, Role.EDITOR, Role.READER):
        assert not [one for one in said(page(desk, "flag", role, flag=flag_id)) if "样题" in one]

    listed = page(desk, "quality")
    assert list(listed.dataframe[-1].value["答案"]) == ["违规成立"]
    assert english(said(listed)) == []

    app.button(key="gold-off").click().run()
    assert "设为质检样题" in list(said(app))
    assert desk.gold.report(data.person_of(app.session_state[data.TOKEN]), None, at=data.now()).flags == ()


def test_what_was_answered_is_shown_with_what_is_known(desk):
    """Who, how often and what last; the one who answers sees a flag like any other."""
    flag_id = closed(desk)
    page(desk, "flag", flag=flag_id).button(key="gold-on").click().run()
    app = page(desk, "flag", Role.REVIEWER)
    reviewer = data.person_of(app.session_state[data.TOKEN])
    half = replace(desk, queue=Queue(desk.store, desk.settings.model_copy(update={"gold_percent": 50}), desk.accounts))
    claim = half.queue.claim_next(reviewer, data.Filter(state=("first",)), at=data.now())
    assert (claim.flag_id, claim.gold) == (flag_id, True)
    before = list(said(page(desk, "flag", Role.REVIEWER, flag=flag_id)))
    assert "**待初审**" in before
    assert not [one for one in before if "样题" in one or "已结：" in one]

    desk.decisions.decide(reviewer, flag_id, Decision.DISMISSED, seen=claim.seen, note="没有听到", at=data.now())

    shown = page(desk, "quality", days="全部")
    by_reviewer, misses = shown.dataframe[-3].value, shown.dataframe[-2].value
    assert list(by_reviewer["下了判断"]) == [1]
    assert list(by_reviewer["与答案一致"]) == [0]
    assert list(by_reviewer["一致率"]) == ["样本不足"]
    assert (list(misses["判为"]), list(misses["答案"])) == (["误报"], ["违规成立"])
    assert english(said(shown)) == []
