"""A store on every database at hand: SQLite always, PostgreSQL when MONITOR_TEST_POSTGRES holds an address."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import NullPool, create_engine, text

from monitor.store import Store

POSTGRES = os.environ.get("MONITOR_TEST_POSTGRES", "")
"""`postgresql+psycopg://user@host/database`; its `public` schema is emptied for every test."""

OpenStore = Callable[[], Store]


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest) -> Iterator[str | None]:
    """Where the store lies; None is the workspace's own file."""
    if request.param == "sqlite":
        yield None
        return
    if not POSTGRES:
        pytest.skip("MONITOR_TEST_POSTGRES is not set")
    engine = create_engine(POSTGRES, poolclass=NullPool)
    with engine.begin() as connection:
        connection.execute(text("DROP SCHEMA public CASCADE"))
        connection.execute(text("CREATE SCHEMA public"))
    yield POSTGRES


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
