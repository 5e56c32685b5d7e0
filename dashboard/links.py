"""Addresses of pages, and going from one page to another without loading everything anew."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NoReturn
from urllib.parse import urlencode

import streamlit as st

from dashboard.pages import PAGES

_FOLLOWED = "_followed"


def flag_address(flag_id: str, at_ms: int | None = None) -> str:
    """Of one flag's page, at a second of its stream if given."""
    return _address("flag", flag=flag_id, **({} if at_ms is None else {"t": seconds(at_ms)}))


def case_export_address(flag_id: str) -> str:
    """Of the exports' page, with this flag filled in."""
    return _address("export", case=flag_id)


def stream_address(stream_id: int) -> str:
    return _address("stream", stream=str(stream_id))


def creator_address(platform: str, creator: str) -> str:
    return _address("creators", platform=platform, creator=creator)


def seconds(at_ms: int) -> str:
    """A place in a stream as addresses have it: whole seconds, since that is what people read."""
    return str(at_ms // 1000)


def has(name: str) -> bool:
    """Whether there is a page that `pages` calls so."""
    return any(page.name == name for page in PAGES)


def go(name: str, **query: str | Sequence[str]) -> NoReturn:
    """Ends this run and goes to the page that `pages` calls so, with the query in its address.

    Raises LookupError where there is no such page.
    """
    page = next((page for page in PAGES if page.name == name), None)
    if page is None:
        raise LookupError(f"no page is called {name}")
    # Streamlit knows a page by its address alone, whatever function stands behind it.
    to = st.Page(_nowhere, url_path=page.address or None, title=page.title, default=not page.address)
    st.switch_page(to, query_params=query)


def open_column(name: str, queries: Sequence[Mapping[str, str]], *, key: str) -> Any:
    """A column of buttons in a table: each opens the page `name` with its row's query, if the page calls `follow`."""

    def chosen() -> None:
        # The rows are those that were shown, whatever the tables hold by now.
        st.session_state[_FOLLOWED] = (name, dict(queries[st.session_state[key].row]))

    return st.column_config.ButtonColumn("", width=72, type="tertiary", on_click=chosen, key=key)


def follow() -> None:
    """Goes where a button of a table leads, if one was pressed."""
    if chosen := st.session_state.pop(_FOLLOWED, None):
        name, query = chosen
        go(name, **query)


def _nowhere() -> None:
    """Never run: the page of the navigation is."""


def _address(path: str, **query: str) -> str:
    return f"/{path}?{urlencode(query)}"
