"""Files made whole and brought to the disk."""

import errno
import os
import platform
import subprocess
import sys
from pathlib import Path

import pytest
from endurance.failing_sync import SYNCS

from monitor.files import make_once

HERE = Path(__file__).parent
BOTH = """
import sys
from pathlib import Path
from endurance.failing_sync import refuse_syncs
from monitor.files import sync
folder = Path(sys.argv[1])
refuse_syncs(int(sys.argv[2]))
for path in (folder, folder / "file"):
    try:
        sync(path)
    except OSError as error:
        print(error.errno)
    else:
        print("passed")
"""


@pytest.mark.skipif(
    sys.platform != "linux" or platform.machine() not in SYNCS, reason="the kernel is asked in Linux's way"
)
@pytest.mark.parametrize(
    ("answer", "passes"),
    [(errno.EINVAL, True), (errno.ENOTSUP, True), (errno.EIO, False), (errno.ENOSPC, False), (errno.EBADF, False)],
)
def test_only_a_folder_that_cannot_be_synced_passes(tmp_path, answer, passes):
    """The kernel's answers: that there is no such call is no failure of a folder; a file's always is one."""
    (tmp_path / "file").touch()
    done = subprocess.run(
        [sys.executable, "-c", BOTH, tmp_path, str(answer)],
        env={**os.environ, "PYTHONPATH": f"{HERE.parent}:{HERE}"},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.stdout.split() == ["passed" if passes else str(answer), str(answer)], done.stderr


def test_a_file_is_made_once_and_nothing_else_stays(tmp_path):
    """Its owner alone reads it; a second making leaves it as it is."""
    path = tmp_path / "keys" / "key"
    make_once(path, b"first")
    make_once(path, b"second")

    assert path.read_bytes() == b"first"
    assert path.stat().st_mode & 0o777 == 0o600
    assert list(path.parent.iterdir()) == [path]


def test_a_write_that_fails_leaves_nothing_behind(tmp_path):
    """No half of a file under another name."""
    code = (
        "import resource, signal, sys; from pathlib import Path; from monitor.files import make_once\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (10, 10))\n"
        "make_once(Path(sys.argv[1]) / 'key', bytes(100))"
    )
    done = subprocess.run([sys.executable, "-c", code, tmp_path], capture_output=True, text=True, check=False)

    assert "File too large" in done.stderr
    assert list(tmp_path.iterdir()) == []
