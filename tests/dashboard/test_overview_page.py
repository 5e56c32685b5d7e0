"""总览: the figures that a desk goes by, and what it says where there is nothing to count."""

from __future__ import annotations

import pytest
from pages_desk import empty_desk, english, made_desk, page, said

from monitor.roles import Role
from monitor.store.verdicts import Stage


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    return made_desk(tmp_path_factory.mktemp("overview"))


def test_an_empty_desk_says_what_to_do(tmp_path):
    """Not a page of zeros."""
    app = page(empty_desk(tmp_path), "overview", days="全部")

    assert not app.exception
    assert [one.value for one in app.subheader] == ["还没有录像"]
    assert "monitor scan" in app.text[0].value
    assert not app.metric


def test_a_quiet_week_is_told_from_an_empty_desk(made):
    """What waits is shown whatever the time; only a period with nothing at all is told so."""
    app = page(made[0], "overview", days="7 天")

    assert not app.exception
    assert app.metric[0].label == "等待处理的线索"


@pytest.mark.parametrize("role", list(Role))
def test_everybody_sees_the_same_figures(made, role):
    """Each role may look, and counts tell nothing of a single flag."""
    app = page(made[0], "overview", role, days="全部")

    assert not app.exception
    assert app.metric[0].value == f"{_waiting(made[0]):,}"
    assert app.metric[1].value == "120"


def test_the_tables_hold_the_streams_and_terms(made):
    """Streams newest first, with a button each; terms with their counts."""
    app = page(made[0], "overview", days="全部")

    streams, terms = (table.value for table in app.dataframe)
    assert list(streams["开播"]) == sorted(streams["开播"], reverse=True)
    assert set(streams["打开"]) == {"打开"}
    assert list(terms["成立"] + terms["误报"]) == sorted(terms["成立"] + terms["误报"], reverse=True)
    few = terms[terms["成立"] + terms["误报"] < 20]
    assert set(few["95% 区间"]) == {"样本不足"}
    assert few["成立率"].isna().all()


def test_nothing_is_said_in_english_nor_as_markup(made):
    """Hostile names stand in cells alone."""
    app = page(made[0], "overview", days="全部")

    assert english(said(app)) == []
    assert not [text for text in said(app) if "<" in text]
    html = "".join(element.proto.body for element in app.get("html"))
    assert "script" not in html


def test_the_period_is_in_the_address(made):
    """Another choice leads to another address, and other figures."""
    app = page(made[0], "overview", days="全部")
    assert app.query_params["days"] in ("全部", ["全部"])
    assert app.metric[1].label == "出现的线索"

    app = page(made[0], "overview")
    assert app.metric[1].label == "近 30 天出现的线索"


def _waiting(desk) -> int:
    states = desk.store.reviews.states(line["flag_id"] for line in desk.store.flags(include_candidates=False))
    return sum(state.stage is not Stage.CLOSED for state in states.values())
