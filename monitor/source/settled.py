"""Whether files are still being written: growth is what counts, not age alone.

A file changed long ago is settled. The young ones are looked at twice, all with one pause: a freshly cloned folder is
young but does not grow. Recorders flush every second or two, so a file must also have been quiet for that long.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from pathlib import Path

LOOK_S = 0.3
"""Between the two looks at young files."""
QUIET_S = 2.0
"""Without a change for so long a file is not being written: FFmpeg and the recorders flush at least every second."""


def growing(
    files: Iterable[Path], *, settle_s: float, listed: frozenset[Path] = frozenset(), now_s: float | None = None
) -> set[Path]:
    """Those of the files that are still being written, or vanish while looked at.

    Files changed more than `settle_s` ago are taken as settled without a pause; `listed` files, which an operator has
    vouched for, need not have been quiet for `QUIET_S`. Takes at most `LOOK_S + QUIET_S`. `now_s`: unix time.
    """
    began_s = time.monotonic()
    now_s = time.time() if now_s is None else now_s
    first = {path: _look(path) for path in files}
    young = {path: seen for path, seen in first.items() if seen is None or now_s - seen[1] / 1e9 < settle_s}
    if not young:
        return set()
    time.sleep(LOOK_S)
    changed = {path for path, seen in young.items() if seen is None or _look(path) != seen}
    now_s += time.monotonic() - began_s
    # A time stamp in the future comes from another machine's clock: wait once, at most as long as quiet takes.
    waits_s = {
        path: min(QUIET_S, QUIET_S - (now_s - seen[1] / 1e9))
        for path, seen in young.items()
        if seen is not None and path not in changed and path not in listed
    }
    fresh = {path for path, wait_s in waits_s.items() if wait_s > 0}
    if fresh:
        time.sleep(max(waits_s[path] for path in fresh))
        changed |= {path for path in fresh if _look(path) != young[path]}
    return changed


def _look(path: Path) -> tuple[int, int] | None:
    """Size in bytes and time of the last change in nanoseconds; None when the file is gone."""
    try:
        stat = path.stat()
    except OSError:
        return None
    return stat.st_size, stat.st_mtime_ns
