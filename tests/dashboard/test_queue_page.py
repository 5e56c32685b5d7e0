"""复核队列 as different people find it."""

from __future__ import annotations

import pytest
from desk_outline import Size
from desk_pages import made_up, page_of, words

from dashboard import data

SIZE = Size(flags=80, streams=6, cues=320, clips=0, undecided_share=0.3, hostile=True)


@pytest.fixture(scope="module")
def floor(tmp_path_factory):
    return made_up(tmp_path_factory.mktemp("queue"), SIZE)


@pytest.fixture(autouse=True)
def desk(floor):
    yield data.use(floor[0])
    for login in ("reviewer20", "reader01"):
        person = next(account for account in floor[0].accounts.all() if account.name == login).person()
        floor[0].accounts.prefer(person, {"queue_filter": None})


def rows(visit):
    return visit.dataframe[0].value


def test_the_list_holds_what_waits_the_most_severe_first(floor):
    """With names for everything, and counts above that agree with it."""
    visit = page_of("queue", "reviewer20")

    assert not visit.exception
    table = rows(visit)
    assert list(table.columns[:4]) == ["严重程度", "类型", "平台", "主播"]
    order = ["特别严重", "严重", "一般", "轻微"]
    ranks = [order.index(name) for name in table["严重程度"]]
    assert ranks == sorted(ranks)
    assert set(table["状态"]) <= {"待初审", "待复审", "待终审"}
    counted = {one.label: one.value for one in visit.metric}
    assert int(counted["待初审"]) == sum(table["状态"] == "待初审")
    assert sum(int(counted[name]) for name in order) == int(counted["待初审"]) + int(counted["待复审"])


def test_a_filter_is_in_the_address_and_kept_for_the_next_time():
    visit = page_of("queue", "reviewer20")
    visit.multiselect(key="queue.severity").select("slight").run()

    assert visit.query_params["severity"] == "slight"
    assert set(rows(visit)["严重程度"]) == {"轻微"}
    again = page_of("queue", "reviewer20")
    assert again.multiselect(key="queue.severity").value == ["slight"]
    assert set(rows(again)["严重程度"]) == {"轻微"}
    again.button(key="queue.clear").click().run()
    assert "severity" not in again.query_params
    assert page_of("queue", "reviewer20").multiselect(key="queue.severity").value == []


def test_an_address_goes_before_what_was_kept():
    page_of("queue", "reviewer20").multiselect(key="queue.severity").select("slight").run()

    visit = page_of("queue", "reviewer20", severity="serious")

    assert visit.multiselect(key="queue.severity").value == ["serious"]
    assert set(rows(visit)["严重程度"]) == {"严重"}


@pytest.mark.parametrize(
    "query",
    [{"severity": "<script>"}, {"since": "gestern"}, {"state": "closed:"}, {"min_score": "nan"}, {"x": "1" * 9999}],
    ids=lambda query: next(iter(query)),
)
def test_an_address_that_makes_no_sense_is_no_error(query):
    visit = page_of("queue", "reviewer20", **query)

    assert not visit.exception
    assert len(rows(visit))


def test_closed_flags_are_found_by_their_state():
    visit = page_of("queue", "reviewer20", state="closed:confirmed")

    assert set(rows(visit)["状态"]) == {"已结：成立"}
    assert set(rows(visit)["等待"]) == {"—"}


def test_a_creator_is_found_by_a_part_of_the_name():
    """What is typed stands for itself, and in the address."""
    visit = page_of("queue", "reviewer20")
    name = next(name for name in rows(visit)["主播"] if len(name) > 3 and name.isalnum())
    visit.text_input(key="queue.creator").set_value(name[1:3]).run()

    assert visit.query_params["creator"] == name[1:3]
    assert name in set(rows(visit)["主播"])
    assert all(name[1:3] in one for one in rows(visit)["主播"])
    visit.text_input(key="queue.creator").set_value("%_%").run()
    assert not visit.dataframe


def test_what_is_listed_can_be_exported_by_who_may():
    assert "queue.export" not in [button.key for button in page_of("queue", "reviewer20").button]
    assert "queue.export" in [button.key for button in page_of("queue", "lead01").button]


def test_nothing_found_says_what_to_do():
    visit = page_of("queue", "reviewer20", text="没有这样的直播间")

    assert not visit.dataframe
    assert "没有符合筛选的线索" in words(visit)


def test_pages_follow_one_another():
    visit = page_of("queue", "reviewer20", state="closed:dismissed")
    first = rows(visit)
    assert len(first) < 80
    if visit.button(key="queue-on").disabled:
        assert "共" in words(visit)
    else:
        visit.button(key="queue-on").click().run()
        assert not rows(visit).equals(first)


def test_who_only_looks_gets_no_button():
    assert "开始复核" not in words(page_of("queue", "reader01"))
    assert "开始复核" in words(page_of("queue", "reviewer20"))
