"""A store on both databases: SQLite, and a PostgreSQL server that the tests start (or MONITOR_TEST_POSTGRES names)."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import NullPool, create_engine, text
from store import postgres_server

from monitor.store import Store
from monitor.store.postgres import address

GIVEN = os.environ.get("MONITOR_TEST_POSTGRES", "")
"""`postgresql://user@host/database`; its `public` schema is emptied for every test."""

OpenStore = Callable[[], Store]


@pytest.fixture(scope="session")
def server() -> Iterator[postgres_server.Server]:
    """A server of this process's own. Without its programs: skipped on a desk, failed in CI, where they have to be."""
    if not postgres_server.programs():
        say = "initdb and postgres not found: install the package postgresql"
        if os.environ.get("CI"):
            pytest.fail(say)
        pytest.skip(say)
    with postgres_server.running() as started:
        yield started


@pytest.fixture
def postgres(request: pytest.FixtureRequest) -> str:
    """The address of an empty database."""
    url = GIVEN or request.getfixturevalue("server").url()
    engine = create_engine(address(url), poolclass=NullPool)
    with engine.begin() as connection:
        connection.execute(text("DROP SCHEMA public CASCADE"))
        connection.execute(text("CREATE SCHEMA public"))
    return str(url)


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest) -> str | None:
    """Where the store lies; None is the workspace's own file."""
    return None if request.param == "sqlite" else request.getfixturevalue("postgres")


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    return tmp_path / "workspace"


@pytest.fixture
def reopen(workspace: Path, url: str | None) -> OpenStore:
    """Opens the same store again, as another process would."""
    return lambda: Store.open(workspace, url=url)


@pytest.fixture
def store(reopen: OpenStore) -> Store:
    return reopen()
