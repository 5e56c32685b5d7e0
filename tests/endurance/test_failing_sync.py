"""A disk that stops syncing in the middle of a scan, or of a commit.

A bundle's files are synced before its row is written, and a commit is synced before it counts. A commit that could not
be synced is undecided: this process does not see it, a later one may find it whole in the write-ahead log; either way a
row has its evidence, since that was synced before.
"""

from __future__ import annotations

import os
import platform
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import bad_files as bad
import pytest
from endurance.kills import unpaired
from failing_sync import SYNCS

HERE = Path(__file__).parent

pytestmark = pytest.mark.skipif(
    sys.platform != "linux" or platform.machine() not in SYNCS, reason="the kernel is asked in Linux's way"
)


def scan(recording: Path, workspace: Path, points: Path, at: int) -> subprocess.CompletedProcess[str]:
    """A scan whose disk fails from write point `at` on; 0 for never."""
    return subprocess.run(
        [sys.executable, HERE / "failing_sync.py", "scan", recording, "--workspace", workspace, "-q"],
        env={
            **os.environ,
            "FAILING_COUNT": str(points),
            "FAILING_AT": str(at),
            "MONITOR_SETTLE_S": "0",
            "PYTHONPATH": f"{HERE.parents[1]}:{HERE}",
        },
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )


FIRST_COMMIT = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[2])
from broadcasts import SPOKEN, begin, flag
from failing_sync import refuse_syncs
from monitor.errors import WorkspaceError
from monitor.store import Store, Unit
store = Store.open(Path(sys.argv[1]))
stream_id = begin(store)
store.add(stream_id, Unit(cues=[SPOKEN]))
refuse_syncs()
try:
    store.add(stream_id, Unit(flags=[flag()]))
except WorkspaceError as error:
    print(error.exit_code, error, flush=True)
print(len(list(store.flags())), len(list(store.cues(stream_id))), flush=True)
"""


def test_a_commit_that_cannot_be_synced_is_told_and_not_shown(tmp_path: Path) -> None:
    """One line with advice and exit code 6; what was committed before is there, what failed is not shown."""
    done = subprocess.run(
        [sys.executable, "-c", FIRST_COMMIT, tmp_path / "w", HERE.parent / "store"],
        env={**os.environ, "PYTHONPATH": f"{HERE.parents[1]}:{HERE}"},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    refused, counted = done.stdout.splitlines()
    assert refused.startswith(f"6 {tmp_path / 'w' / 'monitor.db'}: the disk refused to write or read; check")
    assert counted == "0 1"


@pytest.mark.model
@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("during", ["evidence", "commit"])
def test_a_scan_whose_disk_stops_syncing_stops_and_can_be_gone_on_with(
    tmp_path: Path, monitor: Callable, during: str
) -> None:
    """While evidence is written, or its row committed: one line, exit 6, sound evidence; then the same command ends."""
    recording = bad.healthy(tmp_path / "rooms")
    calm = scan(recording, tmp_path / "calm", tmp_path / "calm.txt", 0)
    assert calm.returncode == 0, calm.stderr
    points = (tmp_path / "calm.txt").read_text().splitlines()
    written = [number for number, name in enumerate(points, start=1) if name == "sync in worker"]
    at = written[len(written) // 2] if during == "evidence" else points.index("commit in parent", written[-1]) + 1
    workspace = tmp_path / "w"
    failed = scan(recording, workspace, tmp_path / "failed.txt", at)

    assert failed.returncode == 6, failed.stderr
    assert "Traceback" not in failed.stderr
    (line,) = [line for line in failed.stderr.splitlines() if line.startswith("monitor: ")]
    assert line.startswith(f"monitor: {workspace}")
    if any((workspace / "evidence").glob("*/manifest.json")):
        verified = monitor("evidence", "verify", *sorted(p.parent for p in workspace.glob("evidence/*/manifest.json")))
        assert verified.code == 0, verified.out + verified.err

    again = scan(recording, workspace, tmp_path / "again.txt", 0)
    assert again.returncode == 0, again.stderr
    flags = [monitor("flags", "--workspace", place, "--format", "csv").out for place in (tmp_path / "calm", workspace)]
    assert flags[0].count("refund_brushing") == flags[1].count("refund_brushing") > 0
    assert unpaired(workspace) == []
