"""Coming in and going out, as a browser does it."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from chromium import chromium
from identity_provider import CLIENT, provider
from review.desk import fill
from server import PASSWORD, Served, free_port, serving

from monitor.roles import Role
from monitor.store import Store

pytestmark = [pytest.mark.browser, pytest.mark.slow]

WHO = ".st-key-who button"
PEOPLE = {"reviewer01": Role.REVIEWER, "reader01": Role.READER}


@pytest.fixture(scope="module")
def browser():
    with chromium() as found:
        yield found


@pytest.fixture(scope="module")
def vouching():
    with provider(free_port()) as found:
        yield found


@pytest.fixture(scope="module")
def served(tmp_path_factory, vouching):
    """A desk that knows an identity provider besides its own passwords."""
    folder, port = tmp_path_factory.mktemp("desk"), free_port()
    fill(Store.open(folder / "w"), ["f-1"])
    secrets = folder / "keys-home" / ".streamlit" / "secrets.toml"
    secrets.parent.mkdir(parents=True)
    secrets.write_text(
        f"""[auth]
redirect_uri = "http://127.0.0.1:{port}/oauth2callback"
cookie_secret = "{"0123456789abcdef" * 4}"
client_id = "{CLIENT}"
client_secret = "dummy"
server_metadata_url = "{vouching.issuer}/.well-known/openid-configuration"
""",
        encoding="utf-8",
    )
    with serving(folder / "w", folder / "keys", people=PEOPLE, port=port) as found:
        bound = (vouching.issuer, "42")
        found.accounts.add("remote", Role.READER, oidc=bound, by="test", at=datetime.now(UTC))
        yield found


def come_in(served: Served, page, path: str, login: str = "reader01") -> None:
    page.goto(f"{served.address}{path}")
    page.fill("#name", login)
    page.fill("#password", PASSWORD)
    page.click("main button")


def test_a_link_leads_through_the_login_to_where_it_points(served, browser):
    """And nothing of the page is refused by its own policy."""
    with served.context(browser, None) as context:
        page = context.new_page()
        refused: list[str] = []
        page.on("console", lambda said: refused.append(said.text) if "Content Security" in said.text else None)
        page.on("pageerror", lambda error: refused.append(str(error)))

        come_in(served, page, "/?from=chat")
        page.wait_for_selector(WHO)

        assert page.url == f"{served.address}/?from=chat"
        assert page.title() == "直播巡检"
        assert "只读" in page.inner_text(WHO)
        assert refused == []


def test_the_login_needs_no_script(served, browser):
    """A form and a redirect."""
    with served.context(browser, None, java_script_enabled=False) as context:
        page = context.new_page()

        come_in(served, page, "/login?next=/%3Fa%3D1")

        assert page.url == f"{served.address}/?a=1"
        assert [cookie["httpOnly"] for cookie in context.cookies() if cookie["name"] == "desk"] == [True]


def test_who_goes_out_in_one_tab_is_out_in_the_other(served, browser):
    """It finds out with the next click, and comes back to the same place after the next login."""
    with served.context(browser, None) as context:
        one, other = context.new_page(), context.new_page()
        come_in(served, one, "/")
        one.wait_for_selector(WHO)
        other.goto(f"{served.address}/?tab=2")
        other.wait_for_selector(WHO)

        one.click(WHO)
        one.get_by_text("退出登录").click()
        one.wait_for_url("**/login")
        other.click(WHO)
        other.get_by_text("修改密码").click()
        other.wait_for_url("**/login?next=*")

        assert "tab%3D2" in other.url


def test_whom_the_provider_vouches_for_comes_in(served, browser, vouching):
    """Where an account bears that subject; to where they wanted; and Streamlit keeps nothing of them."""
    vouching.subject = "42"
    with served.context(browser, None) as context:
        page = context.new_page()
        page.goto(f"{served.address}/?from=chat")
        page.get_by_text("统一身份").click()
        page.wait_for_selector(WHO)

        assert "小李" in page.inner_text(WHO)
        assert page.url == f"{served.address}/?from=chat"
        assert not [cookie for cookie in context.cookies() if cookie["name"].startswith("_streamlit_user")]


def test_a_stranger_whom_the_provider_vouches_for_stays_out(served, browser, vouching):
    """They are told, and may try as somebody else."""
    vouching.subject = "99"
    with served.context(browser, None) as context:
        page = context.new_page()
        page.goto(f"{served.address}/")
        page.get_by_text("统一身份").click()
        page.wait_for_url("**/login?refused=unknown")

        assert "未绑定" in page.inner_text(".wrong")
        assert not [cookie for cookie in context.cookies() if cookie["name"].startswith(("_streamlit_user", "desk"))]
