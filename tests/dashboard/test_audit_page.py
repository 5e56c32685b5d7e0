"""审计: what is done at the desk can be read there, and a stranger's words stay words."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from desk_maker import make
from desk_outline import Size
from small_desk import PASSWORD, hire, sit_down
from streamlit.testing.v1 import AppTest

from dashboard import data
from dashboard.log_words import ACT_NAMES, fact, fact_name
from monitor.audit import Act, Entry
from monitor.config import Settings
from monitor.review.desk import Desk
from monitor.roles import Role
from monitor.signing import load_signer

SIZE = Size(flags=40, streams=6, cues=60, hostile=False, clips=0)
CODES = {"batch", "command", "lexicon", "media", "policy", "rules", "stream", "versions", "taken_from"}
"""Fields whose values are names and digests."""


@pytest.fixture
def page(tmp_path):
    """The page as a lead sees it."""
    desk = sit_down(tmp_path)
    hire(desk, Role.LEAD)
    person = desk.accounts.all()[0]
    desk.store.audit.append(Entry(datetime.now(UTC), "<script>alert(1)</script>", Act.NOTE, "=1+1"))
    desk.seal()

    def run(**chosen):
        app = AppTest.from_string("from dashboard.views import audit\naudit.show()", default_timeout=60)
        app.session_state[data.TOKEN] = desk.accounts.log_in(person.name, PASSWORD, at=data.now())
        for name, value in chosen.items():
            app.session_state[name] = value
        return app.run()

    return run


def test_every_act_has_a_name_in_chinese():
    """An act that is added needs one."""
    assert set(ACT_NAMES) == set(Act)


def test_facts_read_as_people_say_them():
    """Times, digests, lists and codes."""
    assert fact_name("heard_ms") == "听过"
    assert fact("heard_ms", "90000") == "1 分 30 秒"
    assert fact("reasons", '["misheard", "other"]') == "误听、其他"
    assert fact("manifest_sha256", "ab" * 32) == "abababab…"


def test_the_log_is_shown_newest_first(page):
    """With who did what, in Chinese, and how much of it is signed."""
    app = page()

    assert not app.exception
    table = app.dataframe[0].value
    assert list(table["序号"]) == sorted(table["序号"], reverse=True)
    assert {"开始扫描", "发现线索", "登录"} <= set(table["操作"])
    assert "<script>alert(1)</script>" in set(table["操作人"])
    assert app.metric[0].label == "记录"


def test_one_kind_of_act_is_picked(page):
    """And nothing else is shown; where there is none a sentence says so."""
    assert set(page(act=Act.FLAG).dataframe[0].value["操作"]) == {"发现线索"}
    assert "没有符合条件的记录" in page(subject="f-nothing").info[0].value


def test_the_check_says_that_the_log_holds(page):
    """After it was asked for."""
    app = page()
    app.button[0].click().run()

    assert "日志完好" in app.success[0].value


def test_what_a_desk_logs_reads_in_chinese(tmp_path):
    """Every field of every entry that scans, people and accounts leave has a name, and no code is left as it is."""
    keys = load_signer(tmp_path / "keys")
    desk = Desk.of(Settings(workspace=make(tmp_path / "w", SIZE, signer=keys).workspace, keys=tmp_path / "keys"))
    hire(desk, Role.ADMIN)
    admin = desk.accounts.all()[0].person()
    desk.accounts.log_in(admin.name, PASSWORD, at=data.now())
    entries = desk.log.page(admin, limit=2000).entries

    assert {entry.act for entry in entries} >= {Act.FLAG, Act.VERDICT, Act.LOGIN, Act.ROLE_CHANGE, Act.STREAM_DONE}
    for entry in entries:
        for name, value in entry.facts:
            assert not fact_name(name).isascii(), name
            if value and name not in CODES and not name.endswith("_sha256"):
                assert not fact(name, value).islower(), (name, value)
