"""What this machine bears: how many rooms may be scanned at a time without bringing it down.

Cores and memory are counted as the process may use them: a container's limits where they are lower than the machine's.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

WORKER_MB = 1400
"""Memory of one worker with its decoding and cutting children, in MB (10^6 bytes), the base model loaded.

Peak of their summed PSS on `samples/` (rooms up to 1280×720), sampled each half second by
`tests/endurance/processes.py`: 1.2 GB; the rest is for larger pictures and longer streams.
"""

PARENT_MB = 400
"""Memory of the process that hands out the work and writes the store, measured likewise: 0.25 GB, and some air."""


@dataclass(frozen=True, slots=True)
class Machine:
    """What this process may use."""

    cores: float
    """Cores: affinity, or a container's share of processor time where that is less (1.5 is one and a half)."""
    cores_from: str
    """Where the number comes from, for people: `processor affinity`, `the container's limit`."""
    memory_mb: int | None
    """Memory that can be had now without swapping, in MB (10^6 bytes); None where nothing tells."""
    memory_from: str


@dataclass(frozen=True, slots=True)
class Borne:
    """How many rooms to scan at a time, and why so many."""

    jobs: int
    """At least 1."""
    reason: str
    """`2 cores (processor affinity)`, `memory: 3000 MB available, 1400 MB a worker`."""
    short_of_memory: bool = False
    """Not even one worker fits for certain: one is started all the same."""


def jobs_borne(machine: Machine, *, worker_mb: int = WORKER_MB) -> Borne:
    """The default number of workers: one a core, and no more than memory holds; never below 1.

    `worker_mb` is what one worker takes; more than `WORKER_MB` where a larger speech model is loaded.
    """
    by_cores = max(1, int(machine.cores))
    count = f"{machine.cores:g} core{'' if machine.cores == 1 else 's'}"
    if machine.memory_mb is None:
        return Borne(by_cores, f"{count} ({machine.cores_from}); memory unknown")
    by_memory = (machine.memory_mb - PARENT_MB) // worker_mb
    if by_memory >= by_cores:
        return Borne(by_cores, f"{count} ({machine.cores_from})")
    said = f"{machine.memory_mb} MB available ({machine.memory_from}), a worker takes {worker_mb} MB"
    return Borne(max(1, by_memory), f"memory: {said}", short_of_memory=by_memory < 1)


def look(root: Path = Path("/"), affinity: int | None = None) -> Machine:
    """This machine as it is now. `root` is where `proc` and `sys` are; `affinity` stands for the scheduler's answer.

    Never raises: what cannot be read does not limit.
    """
    cores: float = affinity or _affinity()
    cores_from = "processor affinity"
    memory_mb, memory_from = _available_mb(root), "MemAvailable"
    for group in _groups(root, "cpu"):
        quota = _quota(group)
        if quota is not None and quota < cores:
            cores, cores_from = quota, "the container's limit"
    for group in _groups(root, "memory"):
        left_mb = _left_mb(group)
        if left_mb is not None and (memory_mb is None or left_mb < memory_mb):
            memory_mb, memory_from = left_mb, "the container's limit"
    return Machine(cores, cores_from, memory_mb, memory_from)


def _affinity() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _available_mb(root: Path) -> int | None:
    for name, value in _pairs(root / "proc/meminfo"):
        if name == "MemAvailable:":
            return value * 1024 // 1_000_000
    return None


def _groups(root: Path, controller: str) -> Iterator[Path]:
    """The control groups that bind this process, innermost first, of version 2 and 1 (cgroups(7)).

    Inside a container the paths may be those of the host: then the mount itself is the group.
    """
    try:
        lines = (root / "proc/self/cgroup").read_text().splitlines()
    except OSError:
        return
    for line in lines:
        _, names, path = (*line.split(":", 2), "", "")[:3]
        if names and controller not in names.split(","):
            continue
        mounts = [root / "sys/fs/cgroup", root / "sys/fs/cgroup/unified"]
        mount = next((m for m in mounts if (m / "cgroup.controllers").exists()), mounts[0])
        if names:
            mount = root / "sys/fs/cgroup" / controller
        group = mount / path.strip("/")
        if ".." in group.parts:  # a namespace's way of naming what lies outside it
            group = mount
        while group != mount:
            yield group
            group = group.parent
        yield mount


def _quota(group: Path) -> float | None:
    """Cores' worth of processor time that a group may use; None when it is not bound."""
    words = _words(group / "cpu.max")
    if not words:
        words = _words(group / "cpu.cfs_quota_us") + _words(group / "cpu.cfs_period_us")
    if len(words) != 2 or not all(word.isdigit() for word in words) or int(words[1]) == 0:  # `max`, `-1`: unbound
        return None
    return int(words[0]) / int(words[1])


def _left_mb(group: Path) -> int | None:
    """Memory that a group may still take; what it holds of files that can be dropped counts as free."""
    for limit, used, droppable in (
        ("memory.max", "memory.current", "inactive_file"),
        ("memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file"),
    ):
        most, now = _words(group / limit), _words(group / used)
        if len(most) == 1 == len(now) and most[0].isdigit() and now[0].isdigit():
            file_bytes = dict(_pairs(group / "memory.stat")).get(droppable, 0)
            return max(0, int(most[0]) - int(now[0]) + file_bytes) // 1_000_000
    return None


def _words(path: Path) -> list[str]:
    try:
        return path.read_text().split()
    except OSError:
        return []


def _pairs(path: Path) -> Iterator[tuple[str, int]]:
    """Lines of a name, a number and perhaps a unit."""
    try:
        lines = path.read_text().splitlines()
    except OSError:
        return
    for line in lines:
        name, _, rest = line.partition(" ")
        number = rest.split()[:1]
        if number and number[0].isdigit():
            yield name, int(number[0])
