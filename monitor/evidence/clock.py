"""The machine's clock at one moment, and who says that it is right: for the manifest, where a time is a claim."""

from __future__ import annotations

import ctypes
import sys
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

KERNEL = "Linux kernel (adjtimex)"
UNKNOWN = "unknown"
TIME_ERROR = 5
"""What adjtimex(2) returns when the clock is not synchronised (`linux/timex.h`)."""
STA_UNSYNC = 0x0040
"""Of the status word: clock unsynchronised (`linux/timex.h`)."""


class Timex(ctypes.Structure):
    """`struct timex` of `linux/timex.h`; the rest of it is nothing that we read."""

    _fields_ = (
        ("modes", ctypes.c_uint),
        ("offset", ctypes.c_long),
        ("freq", ctypes.c_long),
        ("maxerror", ctypes.c_long),
        ("esterror", ctypes.c_long),
        ("status", ctypes.c_int),
        ("constant", ctypes.c_long),
        ("rest", ctypes.c_byte * 256),
    )


@dataclass(frozen=True, slots=True)
class Discipline:
    """Whether something keeps the clock right, as far as anybody knows."""

    source: str
    """`Linux kernel (adjtimex)` or `unknown`."""
    synchronised: bool | None = None
    """None: nobody says."""
    estimated_error_us: int | None = None
    """The kernel's own estimate; None where the clock is not synchronised, as the number then means nothing."""
    largest_error_us: int | None = None


@dataclass(frozen=True, slots=True)
class Reading:
    """The clock, read once."""

    utc: datetime
    monotonic_ns: int
    """Since the machine started, as a rule: two readings of one run can be compared whatever was set in between."""
    zone: str
    """The machine's own zone: name and offset, `CST +0800`."""
    discipline: Discipline

    def as_json(self) -> dict[str, Any]:
        """Plain JSON values; the time in UTC with microseconds."""
        return {
            "utc": self.utc.isoformat(timespec="microseconds"),
            "monotonic_ns": self.monotonic_ns,
            "zone": self.zone,
            "source": self.discipline.source,
            "synchronised": self.discipline.synchronised,
            "estimated_error_us": self.discipline.estimated_error_us,
            "largest_error_us": self.discipline.largest_error_us,
        }


def read_clock() -> Reading:
    """The clock now. Never raises: what cannot be known is `unknown`."""
    now = datetime.now(UTC)
    return Reading(now, time.monotonic_ns(), zone_of(now.astimezone()), _ask_kernel())


def zone_of(local: datetime) -> str:
    """Name and offset of a time with a zone."""
    return f"{local.tzname() or ''} {local.strftime('%z')}".strip()


def discipline(state: int, timex: Timex) -> Discipline:
    """What adjtimex said: its return value, and what it wrote. A negative value is its refusal."""
    if state < 0:
        return Discipline(UNKNOWN)
    if state == TIME_ERROR or timex.status & STA_UNSYNC:
        return Discipline(KERNEL, synchronised=False)
    return Discipline(
        KERNEL,
        synchronised=True,
        estimated_error_us=max(0, int(timex.esterror)),
        largest_error_us=max(0, int(timex.maxerror)),
    )


def _ask_kernel() -> Discipline:
    if sys.platform != "linux":
        return Discipline(UNKNOWN)
    timex = Timex()  # modes 0: only asked, nothing is set, so that no right is needed
    try:
        state = ctypes.CDLL(None, use_errno=True).adjtimex(ctypes.byref(timex))
    except (OSError, AttributeError):
        return Discipline(UNKNOWN)
    return discipline(int(state), timex)
