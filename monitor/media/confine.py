"""What the decoding child does to itself before it touches any media: hostile input must not harm the machine."""

from __future__ import annotations

import resource

from monitor.orphans import die_with

_START_CPU_S = 12
"""Until the parent allows more (`progress.Progress`)."""
_MOST_FILES = 64


def confine(memory_mb: int, write_mb: int, parent_pid: int) -> None:
    """Bounds memory, CPU time, open files and the size of files written; writes no core dump, dies with its parent."""
    _bound(resource.RLIMIT_AS, memory_mb << 20)
    _bound(resource.RLIMIT_FSIZE, write_mb << 20)
    _bound(resource.RLIMIT_NOFILE, _MOST_FILES)
    _bound(resource.RLIMIT_CORE, 0)
    # only the soft limit: an unprivileged parent cannot raise a hard one again
    resource.setrlimit(resource.RLIMIT_CPU, (_START_CPU_S, resource.getrlimit(resource.RLIMIT_CPU)[1]))
    die_with(parent_pid)


def _bound(kind: int, limit: int) -> None:
    """Never above what the machine's owner has set."""
    hard = resource.getrlimit(kind)[1]
    if hard != resource.RLIM_INFINITY:
        limit = min(limit, hard)
    resource.setrlimit(kind, (limit, limit))
