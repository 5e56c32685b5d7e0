"""`monitor` as an operator calls it: a process, what it said, and what the workspace holds afterwards."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from monitor.records import Gap, Sense
from monitor.store import Store
from monitor.store.views import StoredStream

BIN = Path(sys.executable).parent / "monitor"
CAPABILITIES = "-dac_override,-dac_read_search"
"""What lets root read and write whatever it likes (capabilities(7)); without them modes hold for root too."""


@dataclass(frozen=True)
class Call:
    """A command that has ended."""

    code: int
    out: str
    err: str
    seconds: float

    def lines(self, *words: str) -> list[str]:
        """The lines on standard error that hold all the words."""
        return [line for line in self.err.splitlines() if all(word in line for word in words)]

    def only_line(self) -> str:
        """What it said on standard error, which is one line and no stack of calls."""
        (line,) = self.err.splitlines()
        assert "Traceback" not in line
        return line


@dataclass(frozen=True)
class Scan(Call):
    """`monitor scan` with what its workspace holds."""

    workspace: Path
    flags: tuple[dict[str, Any], ...] = ()

    def stream(self, room: str) -> StoredStream:
        (found,) = [s for s in Store.open(self.workspace).streams() if s.stream.room == room]
        return found

    def gaps(self, room: str, *senses: Sense) -> list[Gap]:
        stream_id = self.stream(room).stream_id
        return [gap for gap in Store.open(self.workspace).gaps(stream_id) if not senses or gap.sense in senses]

    def said_of_coverage(self, room: str) -> list[str]:
        """The room's line in the list of what was heard and seen, and those of its gaps."""
        lines = self.out.splitlines()
        first = next(n for n, line in enumerate(lines) if line.startswith(f"{room} "))
        last = next(n for n in range(first + 1, len(lines) + 1) if n == len(lines) or not lines[n].startswith("    "))
        return lines[first:last]

    def flags_of(self, room: str) -> list[str]:
        """The schemes that its flags accuse of."""
        return [flag["scheme"] for flag in self.flags if flag["room"] == room and not flag["candidate"]]

    def is_full(self, room: str) -> bool:
        """Scanned to its end, every moment of it heard and seen."""
        stream = self.stream(room)
        covered = stream.heard_ms == stream.seen_ms == stream.end_ms > 0
        return stream.state == "done" and covered and not self.gaps(room, Sense.HEARD, Sense.SEEN)


def call(
    *arguments: object, prefix: Sequence[str] = (), cwd: Path | None = None, timeout_s: float = 240, **environment: str
) -> Call:
    """Runs `monitor` on a terminal of 80 columns that is none; a file just written is taken as settled."""
    given = {"MONITOR_SETTLE_S": "0", "COLUMNS": "80", **environment}
    began_s = time.monotonic()
    done = subprocess.run(
        [*prefix, str(BIN), *(os.fsencode(str(a)) for a in arguments)],
        capture_output=True,
        check=False,
        cwd=cwd,
        timeout=timeout_s,
        env={**os.environ, **given},
    )
    said = [text.decode("utf-8", "surrogateescape") for text in (done.stdout, done.stderr)]
    assert "Traceback" not in said[1], said[1]
    return Call(done.returncode, *said, time.monotonic() - began_s)


def scan_into(workspace: Path, *arguments: object, **more: Any) -> Scan:
    done = call("scan", *arguments, "--workspace", workspace, **more)
    flags = (
        call("flags", "--workspace", workspace, "--format", "jsonl") if (workspace / "monitor.db").exists() else None
    )
    found = tuple(json.loads(line) for line in flags.out.splitlines()) if flags else ()
    return Scan(done.code, done.out, done.err, done.seconds, workspace, found)


@pytest.fixture(scope="session")
def monitor() -> Callable[..., Call]:
    """Runs the command line: `monitor("flags", "--workspace", folder)`."""
    return call


@pytest.fixture(scope="session")
def scan() -> Callable[..., Scan]:
    """Scans and reads what was kept: `scan(workspace, folder, "--no-clips")`."""
    return scan_into


@pytest.fixture(scope="session")
def powerless() -> list[str]:
    """Words before a command under which file modes hold for it, root or not."""
    if os.geteuid():
        return []
    if not shutil.which("setpriv"):
        pytest.skip("running as root without setpriv (util-linux): no way to take root's rights away")
    words = ["setpriv", f"--bounding-set={CAPABILITIES}", f"--inh-caps={CAPABILITIES}"]
    if subprocess.run([*words, "true"], check=False, capture_output=True).returncode:
        pytest.skip("running as root in a place where capabilities cannot be given up")
    return words
