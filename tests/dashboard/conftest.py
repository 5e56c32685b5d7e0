"""The dashboard as it is served, over a small workspace with real accounts."""

from __future__ import annotations

import pytest
from small_desk import HOST, PASSWORD, hire, sit_down
from starlette.testclient import TestClient

from dashboard import data
from dashboard.app import make_app
from monitor.roles import Role


@pytest.fixture(scope="session")
def desk(tmp_path_factory):
    """One for all: Streamlit allows one application a process, and passwords take their time."""
    return sit_down(tmp_path_factory.mktemp("desk"))


@pytest.fixture(scope="session")
def served(desk):
    """The application as it is."""
    app = make_app(desk, seal_every_s=0.2)
    with TestClient(app, base_url=HOST):
        yield app


@pytest.fixture(scope="session")
def tokens(desk):
    """What each role's cookie holds, once somebody of it was asked for."""
    found: dict[Role, str] = {}

    def of(role: Role) -> str:
        if role not in found:
            hire(desk, role)
            found[role] = desk.accounts.log_in(role.value, PASSWORD, at=data.now())
        return found[role]

    return of


@pytest.fixture
def browser_at(served, tokens, desk):
    """`browser_at()`: nobody; `browser_at(role)`: somebody of it. It follows no redirects by itself."""
    data.use(desk)

    def come(role: Role | None = None, token: str = "") -> TestClient:
        client = TestClient(served, base_url=HOST, follow_redirects=False)
        if role is not None or token:
            client.cookies.set(data.COOKIE, token or tokens(role))
        return client

    return come
