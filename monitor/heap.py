"""What the C library keeps of memory freed in it: bounded, and given back (glibc; elsewhere nothing is done)."""

from __future__ import annotations

import ctypes
from contextlib import suppress

_MMAP_THRESHOLD = -3
"""`M_MMAP_THRESHOLD` in `malloc.h`."""
_LARGE_BYTES = 1 << 20
"""Pictures, sounds and indexes: each gets pages of its own. Without a fixed value glibc raises it to up to 32 MiB as
large pieces are freed (mallopt(3)); they then lie between small ones that keep their pages from being given back."""


def steady() -> None:
    """Large pieces go back to the system the moment they are freed; to be called once, when a process begins."""
    with suppress(AttributeError, OSError):
        ctypes.CDLL(None).mallopt(_MMAP_THRESHOLD, _LARGE_BYTES)


def give_back() -> None:
    """Returns to the system what is free; takes milliseconds."""
    with suppress(AttributeError, OSError):
        ctypes.CDLL(None).malloc_trim(0)
