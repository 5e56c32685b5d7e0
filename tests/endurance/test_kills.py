"""Kills at writes and at random moments: `kills.py` with few of them; many are run by hand (`make kills`)."""

import pytest
from endurance.kills import ROOT, trial


@pytest.mark.model
@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_a_scan_that_is_killed_goes_on_to_the_same_flags() -> None:
    """Four kills, half of them at a write: the same flags, no row without its file, no file without its row."""
    said: list[str] = []
    tally = trial([ROOT / "samples" / "s02-sneakers.flv"], 4, seed=4, say=said.append)
    assert tally.wrong == [], "\n".join(said)
    assert sum(tally.killed.values()) >= 3, "\n".join(said)
