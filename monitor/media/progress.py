"""Whether a decoding child gets on: by media time read and bytes of its file passed, never by how much it talks."""

from __future__ import annotations

import contextlib
import os
import sys
from pathlib import Path

STEP_MS = 200
STEP_BYTES = 64 * 1024
"""What counts as getting on, once in `stall_s`. At the default of 20 s that is a hundredth of real time: the heaviest
work measured (see `CPU_A_MEDIA_S`) keeps to it on a core shared by a dozen."""
CPU_START_S = 12
"""CPU time for opening a file and for its first picture: 1 s for the longest index seen (12 hours of mp4)."""
CPU_A_MEDIA_S = 10
"""CPU time that each second of media adds. Measured on one core of the reference machine, noisy pictures: decoding
takes 0.2 s for 1080p60 H.264, 0.3 s for 1080p60 H.265, 1.5 s for 2160p60 H.265; cutting anew 1.5 s for 1080p60, 7.4 s
for 2160p60."""
CPU_A_MIB = 0.5
"""CPU time that each MiB of the file adds: junk between packets is searched at 100 MiB a second and more."""
_LOOK_S = 0.5
"""How often to look how far the child has come in its file."""
_FAIR = 2
_MOST_STARVED = 10
"""A child that gets less than a tenth of a processor is waited for ten times as long, no longer."""
MOST_IDLE_MESSAGES = 10_000
"""A child that sends so many without getting on only keeps its parent busy."""


class Progress:
    """What one request to a child has brought so far, in time the parent waited and in how far the child came."""

    def __init__(self, pid: int, stall_s: float) -> None:
        self._pid, self._stall_s = pid, stall_s
        self._waited_s = self._unseen_s = 0.0
        self._opening_s = 0.0
        self._begun = False
        """It has answered at all. Until then it has half the patience, and never more than all of it however much it
        reads: opening and a stall behind it stay within 30 s together, and 10 GB of zeros are not searched for a
        beginning."""
        self._n_idle = 0
        self._read_ms = self._mark_ms = 0
        self._passed = self._mark_bytes = 0
        self._cpu_before_s = self._seen_cpu_s = self._cpu()[0]
        self._allow()

    def message(self) -> None:
        """The child said something, which alone proves nothing."""
        self._begun = True
        self._n_idle += 1

    def read_to(self, read_ms: int) -> None:
        """The child tells how much media it has read in all for this request, in ms."""
        self._read_ms = max(self._read_ms, read_ms)
        if self._read_ms >= self._mark_ms + STEP_MS:
            self._stepped()

    def waited(self, seconds: float) -> None:
        """The parent waited for the child, and did nothing else.

        Time in which the child would have run counts in full if it got half a processor, else less: where others take
        it all, nobody gets on.
        """
        cpu_s, runs = self._cpu()
        got_s, self._seen_cpu_s = max(0.0, cpu_s - self._seen_cpu_s), cpu_s
        if runs:
            seconds = min(seconds, max(_FAIR * got_s, seconds / _MOST_STARVED))
        self._waited_s += seconds
        self._opening_s += seconds
        self._unseen_s += seconds
        if self._unseen_s < _LOOK_S and not self.complaint:
            return
        self._unseen_s = 0.0
        self._passed = max(self._passed, self._furthest_byte())
        if self._passed >= self._mark_bytes + STEP_BYTES:
            self._stepped()

    @property
    def complaint(self) -> str:
        """Why the child is to be given up; empty while it is not."""
        patience_s = self._stall_s if self._begun else self._stall_s / 2
        if self._waited_s >= patience_s:
            return f"no progress for {patience_s:g} s"
        if not self._begun and self._opening_s >= self._stall_s:
            return f"no beginning found within {self._stall_s:g} s"
        return "answers without getting on" if self._n_idle > MOST_IDLE_MESSAGES else ""

    def _stepped(self) -> None:
        self._mark_ms, self._mark_bytes = self._read_ms, self._passed
        self._waited_s, self._n_idle = 0.0, 0
        self._allow()

    def _allow(self) -> None:
        """Moves the child's limit of CPU time on; only its soft limit, which needs no privilege."""
        if sys.platform != "linux":
            return
        import resource

        more_s = self._read_ms / 1000 * CPU_A_MEDIA_S + self._passed / (1 << 20) * CPU_A_MIB
        limit_s = int(self._cpu_before_s + CPU_START_S + more_s)
        with contextlib.suppress(OSError, ValueError):  # it is dead, which the next read will tell
            hard = resource.prlimit(self._pid, resource.RLIMIT_CPU)[1]
            resource.prlimit(self._pid, resource.RLIMIT_CPU, (limit_s, hard))

    def _cpu(self) -> tuple[float, bool]:
        """CPU time used so far (0 where the system does not tell), and whether it wants more just now."""
        try:
            fields = Path(f"/proc/{self._pid}/stat").read_text().rpartition(")")[2].split()
            return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK"), fields[0] == "R"
        except (OSError, ValueError, IndexError):
            return 0.0, False

    def _furthest_byte(self) -> int:
        """The furthest place at which the child stands in a file that it reads; 0 where the system does not tell."""
        furthest = 0
        with contextlib.suppress(OSError):
            for entry in os.scandir(f"/proc/{self._pid}/fdinfo"):
                with contextlib.suppress(OSError, ValueError):
                    told = dict(line.split(":", 1) for line in Path(entry.path).read_text().splitlines() if ":" in line)
                    if int(told["flags"], 8) & os.O_ACCMODE == os.O_RDONLY:
                        furthest = max(furthest, int(told["pos"]))
        return furthest
