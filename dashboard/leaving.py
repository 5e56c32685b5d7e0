"""Sending the browser elsewhere: a page's script cannot answer with a redirect, so a few lines in the page do it."""

from __future__ import annotations

import streamlit as st

_LEAVE = """
export default function ({ data }) {
  const login = "/login?next=" + encodeURIComponent(location.pathname + location.search);
  if (data.how === "login") location.replace(login);
  if (data.how === "logout") fetch("/logout", { method: "POST" }).finally(() => location.replace("/login"));
  if (data.how === "to") location.assign(data.to);
  if (data.how === "ticket") {
    const body = new URLSearchParams({ ticket: data.ticket });
    fetch("/login/oidc", { method: "POST", body })
      .then((answer) => answer.json())
      .then((said) => location.replace(said.to || "/login"), () => location.replace("/login"));
  }
}
"""


def go_to_login() -> None:
    """Sends the browser to the login page, and back to where it is now after that."""
    _leave(how="login")


def log_out() -> None:
    """Has the browser give its cookie back, then sends it to the login page."""
    _leave(how="logout")


def go_to(path: str) -> None:
    """Sends the browser to a path of this site that is no page of Streamlit's."""
    _leave(how="to", to=path)


def go_with_ticket(ticket: str) -> None:
    """Has the browser change a one-time ticket for a cookie, then go where it wanted to; without one to the login."""
    _leave(how="ticket", ticket=ticket)


def _leave(**data: str) -> None:
    st.components.v2.component("leaving", js=_LEAVE)(data=data, key="leaving")
