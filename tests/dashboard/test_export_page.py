"""导出: the page makes exports, tells of earlier ones, and the address that it shows opens once."""

from __future__ import annotations

import csv
import io

import pytest
from pages_desk import empty_desk, english, made_desk, page, said
from small_desk import FLAG

from dashboard import data
from dashboard.filter_words import STATES
from monitor.audit import Act
from monitor.roles import Role

OURS = {"CSV", "Excel", "JSONL", "evidence", "verify"}


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    return made_desk(tmp_path_factory.mktemp("exports"))


def test_an_empty_desk_says_so(tmp_path):
    app = page(empty_desk(tmp_path), "export")

    assert not app.exception
    assert "没有符合条件的线索。放宽条件再看。" in [text.value for text in app.text]
    assert app.button(key="export.list").disabled
    assert "还没有人导出过。" in [text.value for text in app.text]


def test_a_list_is_made_and_offered(made):
    """Closed flags among them, unless something else is chosen; it stands in the record then."""
    desk, _ = made
    app = page(desk, "export")
    assert not app.exception
    whole = desk.exports.count(data.person_of(app.session_state[data.TOKEN]), data.Filter(state=tuple(STATES)))
    assert app.button(key="export.list").label == f"导出 {whole} 条线索"

    app.button(key="export.list").click().run()

    assert not app.exception
    link = app.get("link_button")[0]
    assert link.proto.url.startswith("/exports/")
    assert app.dataframe[0].value["条数"].iloc[0] == whole
    told = (text for text in said(app) if not text.startswith("SHA-256"))
    assert [word for word in english(told) if word not in OURS] == []


def test_the_filter_comes_with_the_address(made):
    """As the queue writes it; there no state means what is open."""
    desk, _ = made
    app = page(desk, "export", severity="serious")

    assert app.multiselect(key="export.severity").value == ["serious"]
    assert app.multiselect(key="export.state").value == ["first", "second", "final"]
    app.multiselect(key="export.severity").set_value([]).run()
    open_ones = desk.exports.count(data.person_of(app.session_state[data.TOKEN]), data.Filter())
    assert app.button(key="export.list").label == f"导出 {open_ones:,} 条线索"


def test_another_filter_comes_with_another_address(made):
    """Also in a session that was here before; nothing but the address decides, and everything is there without one."""
    app = page(made[0], "export", severity="serious", creator="某")
    assert app.text_input(key="export.creator").value == "某"

    app.query_params.clear()
    app.query_params["state"] = "appealed"
    app.run()

    assert app.multiselect(key="export.state").value == ["appealed"]
    assert app.multiselect(key="export.severity").value == []
    assert app.text_input(key="export.creator").value == ""
    app.query_params.clear()
    app.run()
    assert app.multiselect(key="export.state").value == []


def test_a_case_that_cannot_be_made_says_why(made):
    app = page(made[0], "export", case="没有的编号")

    app.button(key="export.make_case").click().run()

    assert not app.exception
    assert app.error[0].value == "没有这条线索"


def test_who_may_not_export_gets_nothing_of_it(made):
    """The page is in nobody's menu who may not; whoever runs it all the same is refused."""
    app = page(made[0], "export", Role.REVIEWER)

    assert app.exception
    assert not app.dataframe


def test_the_flag_page_leads_here(desk):
    """Whoever may export, with the flag filled in; and says when its case went out before."""
    from monitor.audit import Entry

    facts = {"kind": "case", "count": 1, "zip_sha256": "0" * 64, "bytes": 1}
    desk.store.audit.append(Entry(data.now(), "赵组长", Act.EXPORT, FLAG, facts))

    lead, reviewer = page(desk, "flag", Role.LEAD, flag=FLAG), page(desk, "flag", Role.REVIEWER, flag=FLAG)

    assert [link.proto.url for link in lead.get("link_button")] == [f"/export?case={FLAG}"]
    assert any("已导出：" in text and "赵组长" in text for text in said(lead))
    assert not reviewer.get("link_button")


class TestOverHttp:
    def made(self, desk, client):
        person = data.person_of(client.cookies[data.COOKIE])
        session = desk.accounts.session_of(client.cookies[data.COOKIE])
        chosen = data.Filter(state=tuple(STATES))
        return desk.exports.flags(person, session, chosen, data.Form.CSV, at=data.now())

    def test_the_address_opens_once_for_who_asked(self, desk, browser_at):
        """As a file to be kept, and never from a cache."""
        client = browser_at(Role.LEAD)
        made = self.made(desk, client)
        address = f"/exports/{made.token}"

        assert client.head(address).status_code == 405
        assert browser_at(Role.ADJUDICATOR).get(address).status_code == 403
        assert browser_at().get(address).status_code == 403
        answer = client.get(address)

        assert answer.status_code == 200
        assert answer.headers["content-disposition"] == f'attachment; filename="{made.name}"'
        assert "no-store" in answer.headers["cache-control"]
        assert int(answer.headers["content-length"]) == len(answer.content) == made.size_bytes
        assert FLAG in [row["线索编号"] for row in csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig")))]
        assert client.get(address).status_code == 403

    def test_a_forged_address_is_refused(self, browser_at):
        assert browser_at(Role.LEAD).get("/exports/AAAA").status_code == 403

    @pytest.mark.parametrize("role", Role)
    def test_every_role(self, desk, browser_at, role):
        """An export is logged for those who may, and refused to others."""
        client = browser_at(role)
        before = len(list(desk.store.audit.entries(act=Act.EXPORT)))
        person = data.person_of(client.cookies[data.COOKIE])
        if person.may(data.Right.EXPORT):
            assert client.get(f"/exports/{self.made(desk, client).token}").status_code == 200
        else:
            with pytest.raises(data.RefusedError):
                self.made(desk, client)
        assert len(list(desk.store.audit.entries(act=Act.EXPORT))) - before == person.may(data.Right.EXPORT)
