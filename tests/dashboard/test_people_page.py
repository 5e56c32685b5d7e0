"""账号: accounts are made and changed there by those who may, and a password is shown once."""

from __future__ import annotations

import pytest
from small_desk import PASSWORD, hire, sit_down
from streamlit.testing.v1 import AppTest

from dashboard import data
from monitor.roles import RefusedError, Role

PAGE = "from dashboard.views import people\npeople.show()"


@pytest.fixture
def desk(tmp_path):
    desk = sit_down(tmp_path)
    hire(desk, Role.ADMIN)
    return desk


def page(desk, name="admin"):
    app = AppTest.from_string(PAGE, default_timeout=60)
    app.session_state[data.TOKEN] = desk.accounts.log_in(name, PASSWORD, at=data.now())
    return app.run()


def test_an_account_is_made_and_its_password_is_shown_once(desk):
    """And logs in with it; the next look at the page does not show it any more."""
    app = page(desk)
    app.text_input[0].input("wang")
    app.text_input[1].input("王<script>")
    app.selectbox[0].select(Role.REVIEWER)
    app.button[0].click().run()

    assert not app.exception
    assert "已建立账号 wang" in app.success[0].value.replace("\\", "")
    password = next(text.value for text in app.text if text.value.count("-") > 1)
    token = desk.accounts.log_in("wang", password, at=data.now())
    assert desk.accounts.person(token, at=data.now()).role is Role.REVIEWER
    assert "王<script>" in set(app.dataframe[0].value["姓名"])
    assert password not in {text.value for text in app.run().text}


def test_what_cannot_be_a_login_is_refused_in_chinese(desk):
    """And nobody is made."""
    app = page(desk)
    app.text_input[0].input("li si")
    app.button[0].click().run()

    assert "账号名须为" in app.error[0].value
    assert [account.name for account in desk.accounts.all()] == ["admin"]


def test_nobody_else_gets_to_see_the_accounts(desk):
    """Not even those who may see the log."""
    hire(desk, Role.LEAD)

    app = page(desk, "lead")

    assert app.exception
    assert not app.dataframe
    lead = next(account.person() for account in desk.accounts.all() if account.name == "lead")
    with pytest.raises(RefusedError):
        desk.accounts.add("x", Role.ADMIN, by=lead, at=data.now())
