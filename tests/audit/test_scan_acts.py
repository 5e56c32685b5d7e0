"""What a scan writes into the log about a stream's end."""

import json

import pytest
from audit_logs import looked_at, open_log

from monitor.audit import Act, Entry
from monitor.signing import load_signer
from monitor.store.acts import stream_ended

OLDER = (
    b'{"act":"stream_failed","actor":"system","at":"2026-11-20T12:00:00.000000Z","facts":{"end_ms":1,"heard_ms":1,'
    b'"media":"m","seen_ms":1,"state":"stopped"},"schema":"monitor.audit/1","subject":"stream:1"}'
)
"""As stopped streams were logged before they had an act of their own."""


@pytest.mark.parametrize(
    ("state", "act"),
    [("done", Act.STREAM_DONE), ("failed", Act.STREAM_FAILED), ("stopped", Act.STREAM_STOPPED)],
)
def test_each_end_has_its_act(state, act):
    """A scan that someone stopped is no failure; the stream's path, which may name people, is not told."""
    entry = stream_ended("/rooms/王芳.mp4", "media", state, 3000, 2000, 1000)

    assert entry.act == act
    assert json.loads(entry.leaf_bytes())["facts"] == {
        "media": "media", "end_ms": 3000, "heard_ms": 2000, "seen_ms": 1000,
    }  # fmt: skip
    assert "王芳" not in entry.leaf_bytes().decode()


def test_a_log_that_calls_stopped_streams_failed_verifies(tmp_path):
    """Names that stand in a log keep their meaning."""
    log, signer = open_log(tmp_path), load_signer(tmp_path / "keys")
    log.append(Entry.from_leaf(OLDER), stream_ended("key", "media", "stopped", 0, 0, 0))
    log.seal(signer)

    assert looked_at(tmp_path, [], signer).problems == ()
