"""`python dying.py ARGUMENTS…`: the command line, killed at its n-th write.

Each write point that matters for what is on the disk afterwards (a commit, a sync, a rename, a removal; in the parent
and in its workers) is counted in the file named by DYING_COUNT, one line each. At the one numbered DYING_AT the run is
killed: the whole session (DYING_WHO=all) or the process at that point alone (DYING_WHO=one).
"""

from __future__ import annotations

import fcntl
import os
import shutil
import signal
import sys
from collections.abc import Callable
from typing import Any

from sqlalchemy import event
from sqlalchemy.engine import Engine


def point(name: str) -> None:
    """One write point: noted, and survived or not."""
    with open(os.environ["DYING_COUNT"], "a+", encoding="utf-8") as file:  # noqa: PTH123
        fcntl.flock(file, fcntl.LOCK_EX)
        file.seek(0)
        number = file.read().count("\n") + 1
        file.write(f"{name} in {'parent' if __name__ == '__main__' else 'worker'}\n")
        file.flush()
        if number == int(os.environ.get("DYING_AT", "0")):
            if os.environ.get("DYING_WHO") == "one":
                os.kill(os.getpid(), signal.SIGKILL)
            os.killpg(0, signal.SIGKILL)


def _noted(name: str, call: Callable[..., Any]) -> Callable[..., Any]:
    def noting(*arguments: Any, **more: Any) -> Any:
        point(f"before {name}")
        result = call(*arguments, **more)
        point(f"after {name}")
        return result

    return noting


if "DYING_COUNT" in os.environ:
    os.fsync = _noted("sync", os.fsync)
    os.rename = _noted("rename", os.rename)
    os.replace = _noted("replace", os.replace)
    shutil.rmtree = _noted("removal", shutil.rmtree)

    @event.listens_for(Engine, "commit")
    def _(_connection: Any) -> None:
        point("before commit")


if __name__ == "__main__":
    from monitor.cli import main

    sys.argv[0] = "monitor"
    main()
