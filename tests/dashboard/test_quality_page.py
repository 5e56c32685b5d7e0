"""质检: what is counted is shown, too few say so, and nobody without the right sees any of it."""

from __future__ import annotations

import pytest
from pages_desk import empty_desk, english, made_desk, page, said

from dashboard import data
from monitor.roles import Role


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
