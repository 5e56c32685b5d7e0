"""The frame round every page: safe options, pages by role, nobody sees anything."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

import pytest
from streamlit import config as streamlit_options
from streamlit.testing.v1 import AppTest

import dashboard
from dashboard import data
from dashboard.app import hosts, streamlit_config
from dashboard.pages import PAGES, first_address, pages_for
from monitor.config import Settings
from monitor.roles import RIGHTS, Person, Right, Role

MAIN = Path(dashboard.__file__).parent / "main.py"


def test_streamlits_options_are_the_safe_ones():
    """Loopback, no statistics, no details of errors, no open files; and each is one that Streamlit knows."""
    options = streamlit_config(Settings())

    assert options["server.address"] == "127.0.0.1"
    assert options["server.enableXsrfProtection"] is True
    assert options["server.enableStaticServing"] is False
    assert options["server.fileWatcherType"] == "none"
    assert options["client.showErrorDetails"] == "none"
    assert options["browser.gatherUsageStats"] is False
    assert options["client.disableDataExport"] is True
    assert "localhost" in options["server.allowedHosts"]
    assert "*" not in options["server.allowedHosts"]
    assert set(options) <= set(streamlit_options._config_options_template)


@pytest.mark.parametrize(
    ("address", "named", "more"),
    [
        ("127.0.0.1", "", ()),
        ("0.0.0.0", "patrol.example, Desk.Example", ("patrol.example", "desk.example")),
        ("192.0.2.7", "", ("192.0.2.7",)),
        ("2001:db8::1", "", ("[2001:db8::1]",)),
    ],
)
def test_the_names_that_are_answered_to(address, named, more):
    """This machine's own, the address listened on, and what is set; all of them by no setting at all."""
    known = hosts(Settings(dashboard_address=address, dashboard_hosts=named))

    assert known == ("localhost", "127.0.0.1", "[::1]", *more)


@pytest.mark.parametrize("role", list(Role))
def test_the_menu_holds_what_the_role_may_open(role):
    """And nothing else."""
    person = Person("a", "甲", role)

    assert {page.name for page in pages_for(person)} == {page.name for page in PAGES if page.right in RIGHTS[role]}
    assert first_address(person) in {f"/{page.address}" for page in pages_for(person)}


def test_every_page_can_be_shown():
    """Its module has `show`."""
    assert all(callable(import_module(f"dashboard.views.{page.name}").show) for page in PAGES)
    assert {page.right for page in PAGES} <= set(Right)


def run_as(token: str) -> AppTest:
    at = AppTest.from_file(str(MAIN), default_timeout=60)
    at.session_state[data.TOKEN] = token  # a page under test has no cookies
    return at.run()


@pytest.mark.parametrize("token", ["", "x" * 43], ids=["nobody", "somebody made up"])
def test_nobody_sees_anything(desk, token):
    """Not a title, not a figure: the browser is sent away."""
    data.use(desk)
    at = run_as(token)

    assert not at.exception
    assert not at.metric
    assert not at.button
    assert [element.type for element in at.main if element.type != "main"] == ["bidi_component"]


def test_somebody_sees_the_page_and_who_they_are(desk, tokens):
    """The first page, with the way out."""
    data.use(desk)
    at = run_as(tokens(Role.READER))

    assert not at.exception
    assert {"修改密码", "退出登录"} <= {button.label for button in at.button}


def test_who_is_dismissed_meanwhile_sees_no_more(desk):
    """Each run asks anew."""
    data.use(desk)
    desk.accounts.add("brief", Role.READER, password="ein langes Passwort", by="test", at=data.now())
    token = desk.accounts.log_in("brief", "ein langes Passwort", at=data.now())
    at = run_as(token)
    assert at.button

    desk.accounts.change("brief", active=False, by="test", at=data.now())
    at.run()

    assert not at.button
    assert not at.metric
