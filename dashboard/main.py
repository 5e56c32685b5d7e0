"""The script that Streamlit runs for every page: who looks, which pages there are for them, and the bar on top."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from pathlib import Path

import streamlit as st

from dashboard import data
from dashboard.leaving import go_to, go_to_login, go_with_ticket, log_out
from dashboard.pages import PAGES, Page, pages_for
from dashboard.routes.login import OIDC_COOKIE
from dashboard.texts import plain_markdown, role_name

_THEME = Path(__file__).parent / "theme"


def run() -> None:
    st.set_page_config(page_title="直播巡检", layout="wide", initial_sidebar_state="collapsed")
    st.html(_THEME / "chrome.css")
    person = data.person_of(data.token())
    if person is None:
        _come_in()
        return
    shown = [
        st.Page(
            _show(page),
            title=page.title,
            url_path=page.address or None,
            default=not page.address,
            visibility="hidden" if page.hidden else "visible",
        )
        for page in pages_for(person)
    ]
    st.logo(_THEME / "mark.svg", size="medium")
    chosen = st.navigation(shown, position="top")
    _who(person)
    chosen.run()


def _show(page: Page) -> Callable[[], None]:
    def show() -> None:
        import_module(f"dashboard.views.{page.name}").show()

    show.__name__ = page.name
    return show


def _nothing() -> None:
    """What nobody gets to see."""


def _who(person: data.Person) -> None:
    with (
        st.container(key="who"),
        st.popover(f"{plain_markdown(person.shown or person.name, longest=20)} · {role_name(person.role)}"),
    ):
        st.caption(f"账号 {plain_markdown(person.name)}")
        if st.button("修改密码", width="stretch"):
            go_to("/password")
            st.stop()
        if st.button("退出登录", width="stretch"):
            log_out()
            st.stop()


def _come_in() -> None:
    """Nobody is here yet: back from an identity provider, on the way to one, or at the wrong door."""
    # Every address is known, so that the browser keeps the one it is at and comes back to it.
    doors = [
        st.Page(_nothing, title=page.title, url_path=page.address or None, default=not page.address) for page in PAGES
    ]
    st.navigation([*doors, st.Page(_nothing, title="登录", url_path="oidc")], position="hidden")
    user = st.user.to_dict()
    if user.get("is_logged_in"):
        issuer, subject, name = (str(user.get(claim) or "") for claim in ("iss", "sub", "name"))
        browser = st.context.cookies.get(OIDC_COOKIE, "")
        try:
            ticket = data.desk().accounts.log_in_oidc(issuer, subject, name=name, at=data.now(), browser=browser)
        except data.RefusedError:
            ticket = ""  # the login page says so, and forgets whom the provider sent
        go_with_ticket(ticket)
    elif "provider" in st.query_params:
        st.login(st.query_params["provider"] or None)
    else:
        go_to_login()


if __name__ == "__main__":
    run()
