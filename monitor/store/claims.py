"""Who is scanning a stream: so that two scans of one workspace share the work instead of undoing each other's."""

from __future__ import annotations

import os
import socket
from datetime import datetime, timedelta
from pathlib import Path

from monitor.errors import WorkspaceError

SILENT_ELSEWHERE = timedelta(minutes=15)
"""A process on another machine cannot be looked up; one that wrote nothing for so long is taken to be dead."""


class StreamBusyError(WorkspaceError):
    """Another process is scanning this stream right now; the others can go on."""


class StreamDoneError(WorkspaceError):
    """The stream was scanned to its end meanwhile; there is nothing to do."""


def this_process() -> str:
    """`host/pid/start`, where `start` tells a process from a later one that got the same number."""
    return f"{socket.gethostname()}/{os.getpid()}/{_start_of(os.getpid())}"


def is_alive(owner: str, touched_at: datetime, now: datetime) -> bool:
    """Whether the process that wrote `owner` still runs and is not this one."""
    if owner == this_process():
        return False
    host, _, rest = owner.rpartition("/")[0].rpartition("/")
    if host != socket.gethostname():
        return now - touched_at < SILENT_ELSEWHERE
    return _start_of(int(rest)) == owner.rpartition("/")[2] != ""


def _start_of(pid: int) -> str:
    """When a process started, in clock ticks since boot; empty when there is none. Without /proc: `0` when it runs."""
    if Path("/proc/self/stat").exists():
        try:
            # The command may hold spaces and brackets; the fields after its closing bracket are fixed (proc(5)).
            fields = Path(f"/proc/{pid}/stat").read_text("utf-8", "replace").rpartition(")")[2].split()
        except OSError:
            return ""
        return "" if fields[0] in "ZX" else fields[19]
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return ""
    except PermissionError:
        pass
    return "0"
