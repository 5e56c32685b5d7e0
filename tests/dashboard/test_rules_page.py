"""规则与词库: rules as of a day, terms with their precision, one text explained, and a changed term tried."""

from __future__ import annotations

import time
from datetime import date

import pytest
import yaml
from review.small_lexicon import small_lexicon
from review.trying import KEEP, LOWEST, NEW, SLOT, scan
from small_desk import PASSWORD, hire
from streamlit.testing.v1 import AppTest

from dashboard import data
from dashboard.rulebook.explained import highlighted
from monitor.config import Settings
from monitor.roles import Role
from monitor.store.verdicts import Decision, Verdict

PAGE = "from dashboard.views import rules\nrules.show()"
PATIENCE_S = 240.0
HOSTILE = "<script>alert(1)</script> **粗** [链接](http://x.example) :red[红] $a$ =1+1 全网最低 ` "


@pytest.fixture(scope="module")
def opened(tmp_path_factory):
    folder = tmp_path_factory.mktemp("rules")
    lexicons = small_lexicon(folder / "lexicons", KEEP)
    settings = Settings(workspace=folder / "w", keys=folder / "keys", lexicons=lexicons)
    store = scan(settings)
    (flag,) = store.flags()
    store.reviews.decide(Verdict(flag["flag_id"], Decision.CONFIRMED, "王", data.now(), 0, severity=None))
    desk = data.open_desk(settings)
    hire(desk, Role.EDITOR)
    hire(desk, Role.READER)
    yield desk
    desk.trials._bench.close()


@pytest.fixture
def desk(opened):
    """Other tests' desks may have come between."""
    return data.use(opened)


def page(desk, role: Role, section: str = ""):
    app = AppTest.from_string(PAGE, default_timeout=120)
    app.session_state[data.TOKEN] = desk.accounts.log_in(role.value, PASSWORD, at=data.now())
    if section:
        app.session_state["section"] = section
    return app.run()


def until(app, found):
    """Looks again, as the page does by itself once a second."""
    ends = time.monotonic() + PATIENCE_S
    while not found(app):
        assert not app.exception, app.exception[0].value
        assert time.monotonic() < ends, [text.value for text in app.text]
        time.sleep(0.3)
        app.run()
    assert not app.exception
    return app


def markup(app) -> str:
    return "".join(one.proto.body for one in app.get("html"))


def texts(app) -> str:
    return "\n".join(one.value for one in (*app.text, *app.markdown, *app.caption, *app.subheader))


def test_every_rule_has_a_card_that_says_how_far_it_was_verified(desk):
    """Clause, source, days and measures, for who may only look."""
    app = page(desk, Role.READER)

    assert not app.exception
    cards = markup(app)
    for policy in desk.rulebook.rules(desk.accounts.person(app.session_state[data.TOKEN], at=data.now())):
        assert policy.name in cards
        for rule in policy.rules:
            assert rule.card.title in cards
            assert rule.card.rule_id in cards
    for said in (
        "已核对公告",
        "转载，未核对原文",
        "未核实，不得引用",
        "条文",
        "出处",
        "措施",
        "分级",
        "累次",
        "适用条件",
    ):
        assert said in cards


def test_rules_are_those_of_the_chosen_day_platform_and_scheme(desk):
    """What did not hold then is marked, and nothing is left of what was not asked for."""
    app = page(desk, Role.READER)
    today = int(app.caption[0].value.split("有效 ")[1].split(" ")[0])
    app.date_input(key="rule-day").set_value(date(2022, 1, 1)).run()
    then = int(app.caption[0].value.split("有效 ")[1].split(" ")[0])

    assert then < today
    assert "当天尚未生效" in markup(app)
    app.selectbox(key="rule-platform").select("kuaishou").run()
    assert "快手电商" in markup(app)
    assert "抖音电商" not in markup(app)
    app.selectbox(key="rule-scheme").select("pay_first_draw").run()
    assert "没有针对这一类型的" in texts(app)


def test_terms_are_searched_and_filtered_and_bear_their_precision(desk):
    """A term that nobody has decided about says so."""
    app = until(page(desk, Role.READER, "词库"), lambda app: app.dataframe)
    assert set(app.dataframe[0].value["成立率"]) >= {"尚无复核", "样本不足（1）"}

    app.text_input(key="term-words").input(LOWEST).run()
    rows = {row["词条"]: row for row in app.dataframe[0].value.to_dict("records")}
    assert LOWEST in next(iter(rows))
    assert (rows[LOWEST]["成立"], rows[LOWEST]["误报"]) == (1, 0)

    app.text_input(key="term-words").input("没有这个词吧").run()
    assert "没有这样的词" in texts(app)
    app.text_input(key="term-words").input("").run()
    app.selectbox(key="term-scheme").select("viewer_kicking").run()
    assert set(app.dataframe[0].value["方案"]) == {"违规踢人"}
    assert "要凑齐的词栏" in markup(app)


def test_one_text_is_explained_and_stays_text(desk):
    """What fires, with its words marked, whatever else stands in it."""
    app = page(desk, Role.READER, "试一句")
    app.text_area(key="say-text").input(HOSTILE)
    app.button[0].click().run()
    until(app, lambda app: any("把握" in one.value for one in app.markdown))

    marked = next(one.value for one in app.markdown if "orange-background" in one.value)
    assert f":orange-background[{LOWEST}]" in marked
    assert not any(one.allow_html for one in app.markdown)
    for meant in ("<script>", "**粗", "[链接]", ":red[", "$a$"):
        assert meant not in marked
    assert "script" not in markup(app)
    assert LOWEST in set(app.dataframe[0].value["原文"])


def test_what_is_found_and_does_not_count_is_marked_apart(desk):
    """A denial: grey, with the reason in words."""
    app = page(desk, Role.READER, "试一句")
    app.text_area(key="say-text").input("我们不敢说全网最低，全网最低我可不敢说")
    app.button[0].click().run()
    until(app, lambda app: "没有线索" in texts(app))

    assert any("gray-background" in one.value for one in app.markdown)
    assert "找到了但不算" in texts(app)
    assert "被否定" in set(app.dataframe[0].value["为什么不算"])


def test_marks_do_not_run_words_together():
    """Spaces at the edge of what is marked stay."""
    told = type("Told", (), {"text": "a 返现 b", "set_aside": (), "unused": (), "fired": ()})()
    word = type("Word", (), {"start": 1, "end": 5})()
    told.unused = (word,)

    assert highlighted(told) == "a :blue-background[返现] b"


def test_only_word_editors_try_changed_terms(desk):
    """Others read who does."""
    app = page(desk, Role.READER, "改词试算")

    assert "改词试算由词库员做" in texts(app)
    assert not app.button


def test_a_changed_term_is_tried_and_handed_in(desk):
    """From the term's row to what would vanish, and to a file; the lexicon stays."""
    before = {path: path.read_bytes() for path in desk.settings.lexicons.rglob("*.yaml")}
    app = page(desk, Role.EDITOR, "改词试算")
    app.session_state["_rules_try"] = (SLOT, LOWEST)
    app.run()
    until(app, lambda app: any(button.key == "try" for button in app.button))
    assert app.selectbox(key=f"was-{SLOT}").value == LOWEST
    assert "还没有试过" in texts(app)

    app.button(key="try").click().run()
    until(app, lambda app: app.metric)

    assert {one.label: one.value for one in app.metric} == {
        "试了": "2 场", "会消失": "1", "会新出现": "0", "会改变": "0",
    }  # fmt: skip
    (row,) = app.dataframe[0].value.to_dict("records")
    assert (row["直播间"], row["复核结论"]) == ("甲", "违规成立")
    assert f"词条「{LOWEST}」已不在词栏" in row["为什么"]
    assert "1 条已经复核为违规成立" in app.warning[0].value
    told = next(one.value for one in app.text if "删去" in one.value)
    assert yaml.safe_load(told) == {"slots": {SLOT: {"terms": None}}}

    app.segmented_control(key="trial-act").select(data.TermAct.ADD).run()
    app.text_input(key="trial-text").input(NEW)
    app.button(key="try").click().run()
    until(app, lambda app: app.metric and app.metric[2].value == "1")
    assert "没有线索会消失" in texts(app)
    assert {path: path.read_bytes() for path in desk.settings.lexicons.rglob("*.yaml")} == before
