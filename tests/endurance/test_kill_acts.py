"""Kills at verdicts, holds, exports and retention: `kill_acts.py` with few; many are run by hand (`make kills`)."""

import pytest
from endurance.kill_acts import trial


@pytest.mark.model
@pytest.mark.slow
@pytest.mark.timeout(900)
def test_acts_that_are_killed_and_done_again_are_whole() -> None:
    """Eight kills: rows and files agree, each act is in the audit log, and the log verifies."""
    said: list[str] = []
    tally = trial(8, seed=4, say=said.append)
    assert tally.wrong == [], "\n".join(said)
    assert sum(tally.killed.values()) >= 6, "\n".join(said)
