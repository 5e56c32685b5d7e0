"""How much memory a command and all its processes hold: sampled while it runs, summed, and by what each of them is.

    python tests/endurance/processes.py monitor scan samples --workspace /tmp/w

PSS counts a page shared by n processes as a share of 1/n in each, so that the sum over all of them is what the machine
really gives. Linux only (`/proc/PID/smaps_rollup`, 4.14 and later).
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

PROC = Path("/proc")
EVERY_S = 0.5
"""What the acceptance of long streams asks for."""


@dataclass(frozen=True, slots=True)
class Sample:
    """One look at all the processes of a command."""

    at_s: float
    """Since the command began."""
    pss_mb: dict[str, float]
    """By role, summed over the processes that have it: `parent`, `worker`, `decoder`, `tracker`, `other`."""
    largest_mb: dict[str, float]
    """The largest single process of each role."""
    count: int

    @property
    def total_mb(self) -> float:
        return sum(self.pss_mb.values())


@dataclass
class Sampler:
    """Samples a process and its descendants in a thread of its own until it is left; a context manager."""

    pid: int
    every_s: float = EVERY_S
    samples: list[Sample] = field(default_factory=list)
    cpu_s: float = 0.0
    """Processor time of all its processes; told once it has ended (`run_sampled`)."""

    def __enter__(self) -> Sampler:
        self._began_s, self._ended = time.monotonic(), threading.Event()
        self._thread = threading.Thread(target=self._sample, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()

    @property
    def peak(self) -> Sample:
        return max(self.samples, key=lambda sample: sample.total_mb)

    @property
    def mean_mb(self) -> float:
        return sum(sample.total_mb for sample in self.samples) / max(1, len(self.samples))

    def peak_mb(self, role: str) -> float:
        """The largest single process of this role that was ever seen."""
        return max((sample.largest_mb.get(role, 0.0) for sample in self.samples), default=0.0)

    def peak_sum_mb(self, role: str) -> float:
        """The most that all processes of this role ever held together."""
        return max((sample.pss_mb.get(role, 0.0) for sample in self.samples), default=0.0)

    def _sample(self) -> None:
        while True:
            self.samples.append(self._look())
            if self._ended.wait(self.every_s):
                return

    def _look(self) -> Sample:
        held: dict[str, float] = {}
        largest: dict[str, float] = {}
        pids = family(self.pid)
        for pid in pids:
            name, pss = role(pid, self.pid), pss_mb(pid)
            held[name] = held.get(name, 0.0) + pss
            largest[name] = max(largest.get(name, 0.0), pss)
        return Sample(time.monotonic() - self._began_s, held, largest, len(pids))


def family(pid: int) -> list[int]:
    """The process and all its living descendants, and those of its session that lost their parent."""
    parents: dict[int, int] = {}
    sessions: dict[int, int] = {}
    for number, fields in _stats():
        parents[number], sessions[number] = int(fields[1]), int(fields[3])
    found = {pid} if pid in parents else set()
    if sessions.get(pid) == pid:
        found |= {number for number, session in sessions.items() if session == pid}
    grown = True
    while grown:
        more = {number for number, parent in parents.items() if parent in found} - found
        found |= more
        grown = bool(more)
    return sorted(found)


def _stats() -> Iterator[tuple[int, list[str]]]:
    """Number of each process that is no zombie, and its fields after the name (proc(5): state, ppid, pgrp, …)."""
    for entry in PROC.iterdir():
        if entry.name.isdigit():
            try:
                fields = (entry / "stat").read_text("utf-8", "replace").rpartition(")")[2].split()
            except OSError:
                continue
            if fields[0] not in "ZX":
                yield int(entry.name), fields


def role(pid: int, parent: int) -> str:
    """What a process of `monitor` is, by its command line."""
    if pid == parent:
        return "parent"
    try:
        command = (PROC / str(pid) / "cmdline").read_bytes()
    except OSError:
        return "other"
    if b"monitor.media.child" in command:
        return "decoder"
    if b"resource_tracker" in command:
        return "tracker"
    return "worker" if b"multiprocessing.spawn" in command else "other"


def pss_mb(pid: int) -> float:
    """Proportional set size in MB (10^6); 0 for a process that is gone."""
    try:
        for line in (PROC / str(pid) / "smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) * 1024 / 1e6
    except OSError:
        pass
    return 0.0


def run_sampled(command: Sequence[str], **more: object) -> tuple[subprocess.CompletedProcess[str], Sampler, float]:
    """Runs a command in a session of its own; what it said, its samples, its wall time in seconds."""
    began_s, spent_s = time.monotonic(), _children_s()
    process = subprocess.Popen(
        [str(part) for part in command],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        **more,
    )
    with Sampler(process.pid) as sampler:
        said, complained = process.communicate()
    wall_s = time.monotonic() - began_s
    sampler.cpu_s = _children_s() - spent_s
    return subprocess.CompletedProcess(command, process.returncode, said, complained), sampler, wall_s


def _children_s() -> float:
    """Processor time of this process's children that have ended, and of theirs that they waited for."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def table(sampler: Sampler, wall_s: float) -> str:
    """Peak and mean by role, for people."""
    peak = sampler.peak
    rows = [f"{'role':8} {'peak of one':>12} {'peak of all':>12} {'at the peak':>12}"]
    roles = sorted({name for sample in sampler.samples for name in sample.pss_mb})
    rows += [
        f"{name:8} {sampler.peak_mb(name):9.0f} MB {sampler.peak_sum_mb(name):9.0f} MB "
        f"{peak.pss_mb.get(name, 0.0):9.0f} MB"
        for name in roles
    ]
    rows.append(
        f"all      peak {peak.total_mb:.0f} MB after {peak.at_s:.0f} s with {peak.count} processes, "
        f"mean {sampler.mean_mb:.0f} MB, {len(sampler.samples)} samples, wall {wall_s:.0f} s, "
        f"processor {sampler.cpu_s:.0f} s"
    )
    return "\n".join(rows)


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("command", nargs=argparse.REMAINDER, help="what to run")
    given = options.parse_args()
    if not given.command:
        options.error("no command given")
    done, sampler, wall_s = run_sampled(given.command)
    sys.stderr.write(done.stderr)
    sys.stdout.write(done.stdout + table(sampler, wall_s) + "\n")
    return done.returncode


if __name__ == "__main__":
    raise SystemExit(main())
