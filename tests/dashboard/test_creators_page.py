"""主播档案: who was flagged how often, and how far that leads on a rule's ladder, as far as anybody knows."""

from __future__ import annotations

from collections import Counter

import pytest
from pages_desk import empty_desk, english, made_desk, page, said

from monitor.roles import Role


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    return made_desk(tmp_path_factory.mktemp("creators"))


@pytest.fixture(scope="module")
def busiest(made):
    """Platform and name of the creator with the most flags on a platform with a ladder."""
    lines = made[0].store.flags(include_candidates=False)
    return Counter((line["platform"], line["creator"]) for line in lines if line["platform"] == "douyin").most_common(
        1
    )[0]


def test_an_empty_desk_says_what_to_do(tmp_path):
    app = page(empty_desk(tmp_path), "creators")

    assert not app.exception
    assert app.subheader[0].value == "还没有主播"


def test_every_creator_is_listed_once_a_platform(made):
    app = page(made[0], "creators")

    assert not app.exception
    table = app.dataframe[0].value
    streams = {(one.stream.platform, one.stream.creator) for one in made[0].store.streams()}
    assert len(table) == len(streams)
    assert sum(table["线索"]) == 120
    assert list(table["成立"]) == sorted(table["成立"], reverse=True)
    assert english(said(app)) == []


def test_a_name_is_found_and_what_is_no_name_is_not(made):
    app = page(made[0], "creators", name="绝没有这个人")

    assert app.subheader[0].value == "没有这样的主播"


def test_one_creators_history(made, busiest):
    """All flags are counted, those of one page are listed, and the ladder says how sure it is."""
    (platform, creator), flags = busiest
    app = page(made[0], "creators", platform=platform, creator=creator)

    assert not app.exception
    assert app.metric[0].value == f"{flags:,}"
    listed = app.dataframe[0].value
    assert len(listed) == min(flags, 25)
    assert list(listed["播出"]) == sorted(listed["播出"], reverse=True)
    assert any("未核实" in text for text in said(app))
    assert any("不能据此认定" in text for text in said(app))


@pytest.mark.parametrize("creator", ["绝没有这个人", "", "<script>alert(1)</script>", "x" * 10_000])
def test_a_creator_of_whom_there_is_nothing(made, creator):
    app = page(made[0], "creators", platform="douyin", creator=creator)

    assert not app.exception
    assert any(head.value == "没有这位主播" for head in app.subheader)


@pytest.mark.parametrize("role", [Role.REVIEWER, Role.READER])
def test_between_rounds_a_reviewer_learns_nothing(made, role):
    for platform, creator in {(one.stream.platform, one.stream.creator) for one in made[0].store.streams()}:
        app = page(made[0], "creators", role, platform=platform, creator=creator)
        assert not app.exception
        for table in (table.value for table in app.dataframe if "状态" in table.value and "播出" in table.value):
            assert not {"待复审", "待终审"} & set(table["状态"])


def test_hostile_names_stay_text(made):
    """What parses Markdown gets nothing that means anything there."""
    for platform, creator in {(one.stream.platform, one.stream.creator) for one in made[0].store.streams()}:
        app = page(made[0], "creators", platform=platform, creator=creator)
        assert not app.exception
        html = "".join(element.proto.body for element in app.get("html"))
        assert "<script" not in html
        assert creator not in html or creator.isalnum()
        heads = [one.value for one in app.subheader]
        assert not [head for head in heads if "<" in head.replace("\\<", "")]
