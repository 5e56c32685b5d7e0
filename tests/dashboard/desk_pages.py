"""Pages run without a browser, each by somebody who is logged in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from desk_maker import Made, make
from desk_outline import Size
from server import PASSWORD, add_people, quick_accounts
from streamlit.testing.v1 import AppTest

from dashboard import data
from monitor.config import Settings
from monitor.review.desk import Desk

LONGEST_S = 60


def made_up(folder: Path, size: Size, **settings: object) -> tuple[Desk, Made]:
    """A made-up desk in use, with an account for everybody."""
    made = make(folder / "desk", size)
    desk = Desk.of(Settings(workspace=folder / "desk", keys=folder / "keys", **settings))
    accounts = quick_accounts(desk.store, desk.settings)
    add_people(accounts)
    return replace(desk, accounts=accounts), made


def page_of(name: str, login: str, /, **query: str) -> AppTest:
    """The page, run once."""
    visit = AppTest.from_function(_show, args=(name,), default_timeout=LONGEST_S)
    visit.session_state[data.TOKEN] = data.desk().accounts.log_in(login, PASSWORD, at=datetime.now(UTC))
    for key, value in query.items():
        visit.query_params[key] = value
    return visit.run()


def words(visit: AppTest) -> str:
    """All that stands on the page outside of tables and the player."""
    kinds = ("markdown", "text", "caption", "subheader", "info", "warning", "error", "success", "metric", "button")
    return "\n".join(str(getattr(one, "value", "")) + one.label if hasattr(one, "label") else str(one.value)
                     for kind in kinds for one in visit.get(kind))  # fmt: skip


def act(visit: AppTest, step: Callable[[], object]) -> None:
    """A step as the player's callbacks take it: before the page is shown again."""
    visit.session_state["_step"] = step
    visit.run()


def _show(name: str) -> None:
    from importlib import import_module

    import streamlit as st

    if "_step" in st.session_state:
        st.session_state.pop("_step")()
    import_module(f"dashboard.views.{name}").show()
