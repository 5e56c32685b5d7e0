"""`python failing_sync.py ARGUMENTS…`: the command line on a disk that from its n-th write point on fails to sync.

Write points (a sync, a commit; in the parent and in its workers) are counted in the file named by FAILING_COUNT, one
line each. From the one numbered FAILING_AT on, each process that comes to one is refused every `fsync` and `fdatasync`
by the kernel: whoever calls, Python or SQLite, gets EIO, as from a disk that is dying. Nothing of the program
behaves otherwise. Linux on x86-64 and 64-bit ARM.
"""

from __future__ import annotations

import ctypes
import errno
import fcntl
import os
import platform
import struct
import sys
import threading
from collections.abc import Callable
from typing import Any

from sqlalchemy import event
from sqlalchemy.engine import Engine

SYNCS = {"x86_64": (74, 75), "aarch64": (82, 83)}
"""Numbers of fsync and fdatasync (the kernel's `unistd.h`), which follow each other."""
_NO_NEW_PRIVS, _SET_SECCOMP, _FILTER = 38, 22, 2
"""prctl(2)."""
_LOAD, _JUMP_IF_EQUAL, _RETURN = 0x20, 0x15, 0x06
_REFUSE, _ALLOW = 0x0005_0000, 0x7FFF_0000
"""seccomp(2)."""


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.c_void_p))


def refuse_syncs(answer: int = errno.EIO) -> None:
    """From here on this thread, and what it starts, can bring nothing to the disk: `answer` is the error's number."""
    fsync, fdatasync = SYNCS[platform.machine()]
    steps = [
        (_LOAD, 0, 0, 0),
        (_JUMP_IF_EQUAL, 1, 0, fsync),
        (_JUMP_IF_EQUAL, 0, 1, fdatasync),
        (_RETURN, 0, 0, _REFUSE | answer),
        (_RETURN, 0, 0, _ALLOW),
    ]
    code = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *step) for step in steps))
    program = _Program(len(steps), ctypes.cast(code, ctypes.c_void_p))
    kernel = ctypes.CDLL(None, use_errno=True)
    if kernel.prctl(_NO_NEW_PRIVS, 1, 0, 0, 0) or kernel.prctl(_SET_SECCOMP, _FILTER, ctypes.byref(program), 0, 0):
        raise OSError(ctypes.get_errno(), "the kernel takes no filter")


_done = threading.local()


def point(name: str) -> None:
    """One write point: noted, and from the chosen one on the disk fails."""
    with open(os.environ["FAILING_COUNT"], "a+", encoding="utf-8") as file:  # noqa: PTH123
        fcntl.flock(file, fcntl.LOCK_EX)
        file.seek(0)
        number = file.read().count("\n") + 1
        file.write(f"{name} in {'parent' if __name__ == '__main__' else 'worker'}\n")
    if 0 < int(os.environ.get("FAILING_AT", "0")) <= number and not getattr(_done, "yes", False):
        _done.yes = True
        refuse_syncs()


def _noted(call: Callable[..., Any]) -> Callable[..., Any]:
    def noting(*arguments: Any) -> Any:
        point("sync")
        return call(*arguments)

    return noting


if "FAILING_COUNT" in os.environ:
    os.fsync = _noted(os.fsync)

    @event.listens_for(Engine, "commit")
    def _(_connection: Any) -> None:
        point("commit")


if __name__ == "__main__":
    from monitor.cli import main

    sys.argv[0] = "monitor"
    main()
