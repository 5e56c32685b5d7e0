"""`monitor doctor` as an operator and a program call it."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.model

EXAMINE = "import sys; from monitor import config; from monitor.cli.doctor import examine; "
CALL = "sys.exit(examine(config.load(), as_json={}))"


def doctor(as_json: bool, **environment: str) -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-c", EXAMINE + CALL.format(as_json)]
    return subprocess.run(command, capture_output=True, check=False, timeout=120, env={**os.environ, **environment})


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> subprocess.CompletedProcess[bytes]:
    return doctor(True, MONITOR_WORKSPACE=str(tmp_path_factory.mktemp("w") / "to-be"), PYTHONUTF8="1")


def test_a_program_gets_every_finding_with_its_grade(told):
    """One JSON object: what, found, todo and grade; the sums agree with the list, the exit code with the sums."""
    said = json.loads(told.stdout)

    assert said["schema"] == "monitor.doctor/1"
    assert all(set(finding) == {"what", "found", "todo", "grade"} for finding in said["findings"])
    assert said["mend"] == sum(finding["grade"] == "mend" for finding in said["findings"])
    assert told.returncode == (1 if said["mend"] else 0)


def test_a_machine_that_was_set_up_needs_no_mending(told):
    """Engines, models with their whole hashes, places, limits and surroundings are all looked at."""
    said = json.loads(told.stdout)
    found = {finding["what"]: finding["found"] for finding in said["findings"]}

    assert said["mend"] == 0, [finding for finding in said["findings"] if finding["grade"] == "mend"]
    assert "d01c3014881c9c6f3133c182f3d2887eb6ca1c789a7538c5c007196857a0a6a9" in found["speech weights"]
    assert {"decoder", "SQLite", "text weights", "lexicons", "cores and memory", "open files"} <= set(found)
    assert {"disk for workspace", "disk for temporary files", "writing to workspace"} <= set(found)
    assert {"time zone", "system clock", "encoding", "Chinese font"} <= set(found)
    assert all(finding["todo"] for finding in said["findings"] if finding["grade"] != "fine")


def test_what_must_be_mended_is_exit_1_with_what_to_do(tmp_path: Path):
    """A wrong zone, a broken lexicon, a terminal without UTF-8: each named, whatever the terminal can show."""
    lexicons = tmp_path / "lexicons"
    lexicons.mkdir()
    done = doctor(
        False,
        MONITOR_WORKSPACE=str(tmp_path / "w"),
        MONITOR_TIME_ZONE="Asia/Nowhere",
        MONITOR_LEXICONS=str(lexicons),
        PYTHONUTF8="0",
        PYTHONIOENCODING="ascii",
    )
    said = done.stdout.decode("ascii")

    assert done.returncode == 1, done.stderr
    assert b"Traceback" not in done.stderr
    assert "no zone is called 'Asia/Nowhere'" in said
    assert "monitor lexicon check" in said
    assert "PYTHONUTF8=1" in said
    assert not (tmp_path / "w").exists()
