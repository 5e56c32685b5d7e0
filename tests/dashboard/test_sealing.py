"""Sealing while the desk is open."""

from __future__ import annotations

import time
from datetime import UTC, datetime

import pytest
from small_desk import sit_down

from dashboard.sealing import Sealing
from monitor.audit import Act, Entry, read_heads


@pytest.fixture
def own(tmp_path):
    return sit_down(tmp_path)


def act(desk) -> int:
    """Something happens; how many entries the log then has."""
    return desk.store.audit.append(Entry(datetime.now(UTC), "test", Act.EXPORT, "f-1", {}))


def sealed(desk) -> int:
    head = desk.store.audit.head()
    return 0 if head is None else head.head.size


def test_the_log_is_sealed_while_people_work(own):
    """What was done is under a signed head soon after; where nothing was done, nothing is signed."""
    sealing = Sealing(own, every_s=0.02)
    sealing.start()
    size, deadline = act(own), time.monotonic() + 20
    while sealed(own) < size:
        assert time.monotonic() < deadline
        time.sleep(0.01)
    heads = read_heads(own.settings.workspace)
    time.sleep(0.2)
    sealing.stop()

    assert read_heads(own.settings.workspace) == heads


def test_what_was_done_last_is_sealed_at_the_end(own):
    """A desk that is closed leaves nothing open."""
    sealing = Sealing(own, every_s=3600)
    sealing.start()
    size = act(own)
    sealing.stop()

    assert sealed(own) == size


def test_a_log_that_cannot_be_sealed_stops_nobody(own, caplog):
    """It is told, and tried again."""
    act(own)
    sealing = Sealing(own, every_s=3600)
    (own.settings.workspace / "audit").rmdir() if (own.settings.workspace / "audit").is_dir() else None
    (own.settings.workspace / "audit").write_text("no folder")
    sealing.start()
    sealing.stop()

    assert "was not sealed" in caplog.text
