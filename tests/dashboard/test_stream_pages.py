"""直播间与录像: the list can be narrowed, one stream shows all of it, and names stay text."""

from __future__ import annotations

import json
import re

import pytest
from pages_desk import empty_desk, english, made_desk, page, said

from dashboard import data
from dashboard.stream_table import CONDITION_WORDS
from monitor.roles import Role
from monitor.scan.planning import MOST_FAILURES
from monitor.store.stream_figures import GIVEN_UP_AFTER
from monitor.store.stream_records import Condition
from monitor.store.verdicts import Stage


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    return made_desk(tmp_path_factory.mktemp("streams"))


@pytest.fixture(scope="module")
def busiest(made):
    """The stream with the most flags."""
    return max(made[0].store.streams(), key=lambda stored: sum(stored.flags.values()))


def test_a_recording_is_given_up_when_scans_give_it_up():
    """Both count the same failures."""
    assert GIVEN_UP_AFTER == MOST_FAILURES


def test_every_condition_has_words():
    assert set(CONDITION_WORDS) == {condition.value for condition in Condition}


def test_an_empty_desk_says_what_to_do(tmp_path):
    app = page(empty_desk(tmp_path), "streams")

    assert not app.exception
    assert app.subheader[0].value == "还没有录像"
    assert "monitor scan" in app.text[0].value


def test_all_streams_are_listed(made):
    """With their counts; hostile names as they are, without what cannot be seen."""
    app = page(made[0], "streams")

    assert not app.exception
    table = app.dataframe[0].value
    stored = made[0].store.streams()
    assert len(table) == len(stored)
    assert sum(table["线索"]) == sum(sum(one.flags.values()) for one in stored)
    assert sum(table["缺口"]) == sum(one.gaps for one in stored)
    assert english(said(app)) == []


def test_the_list_is_narrowed_by_the_address(made):
    """Platform, state and words; what fits nothing says so."""
    app = page(made[0], "streams", platform="快手")
    assert set(app.dataframe[0].value["平台"]) == {"快手"}

    app = page(made[0], "streams", state="有缺口")
    assert all(app.dataframe[0].value["缺口"] > 0)

    app = page(made[0], "streams", find="%_绝没有这个_%")
    assert app.subheader[0].value == "没有这样的录像"


def test_one_stream_shows_its_flags_and_gaps(made, busiest):
    """Each flag once, in order; each gap with its reason in Chinese."""
    app = page(made[0], "stream", stream=str(busiest.stream_id))

    assert not app.exception
    flags = app.dataframe[0].value
    assert len(flags) == sum(busiest.flags.values())
    assert int(app.metric[2].value) == len(flags)
    if busiest.gaps:
        gaps = app.dataframe[1].value
        assert len(gaps) == busiest.gaps
        assert not [why for why in gaps["原因"] if re.search("[A-Za-z]{2}", why)]
    assert english(text for text in said(app) if text not in _names(busiest)) == []


def test_the_picture_has_a_mark_for_every_flag(made, busiest):
    """That leads to it when it is clicked."""
    app = page(made[0], "stream", stream=str(busiest.stream_id))

    chart = app.get("vega_lite_chart")[0].proto
    spec = json.loads(chart.spec)
    assert "picked" in json.dumps(spec)
    assert list(chart.selection_mode) == ["picked"]


@pytest.mark.parametrize("asked", ["", "0", "x", "99999999", "9" * 400, "1; DROP TABLE", "-1"])
def test_a_number_that_is_none_is_told(made, asked):
    app = page(made[0], "stream", stream=asked)

    assert not app.exception
    assert app.subheader[0].value == "没有这场录像"


def test_what_went_wrong_says_what_to_do(made):
    """A scan that did not come to its end."""
    stored = [one for one in made[0].store.streams() if one.state == "failed"]
    app = page(made[0], "stream", stream=str(stored[0].stream_id))

    assert "monitor scan" in app.warning[0].value.replace("\\", "")
    assert "文件不是可用的录像" in app.warning[0].value
    assert app.metric[3].value == "—"


@pytest.mark.parametrize(
    ("role", "between"),
    [(Role.REVIEWER, {"复核中"}), (Role.READER, {"复核中"}), (Role.LEAD, {"待复审", "待终审"})],
)
def test_between_rounds_a_reviewer_learns_nothing(made, role, between):
    """Not even that two disagreed."""
    states = made[0].store.reviews.states(line["flag_id"] for line in made[0].store.flags(include_candidates=False))
    waiting = {flag_id for flag_id, state in states.items() if state.stage in (Stage.SECOND, Stage.FINAL)}
    assert waiting, "the desk has such flags"
    shown = set()
    for stored in made[0].store.streams():
        app = page(made[0], "stream", role, stream=str(stored.stream_id))
        tables = [table.value for table in app.dataframe if "状态" in table.value]
        for table in tables:
            shown |= {state.partition("，")[0] for state in table["状态"]}
    assert shown & {"复核中", "待复审", "待终审"} <= between
    assert shown & between


def _names(stored) -> set[str]:
    from dashboard.texts import plain_markdown, plain_text

    head = f"{plain_markdown(stored.stream.creator, longest=40)} · {plain_markdown(stored.stream.room, longest=40)}"
    return {head, *(plain_text(str(path), longest=300) for path in stored.stream.parts), *data.STATE_NAMES.values()}
