"""What is kept to prove a violation, and the check that it still is what was kept."""

from monitor.evidence.bundle import keep
from monitor.evidence.check import Verified, examine, verify
from monitor.evidence.folder import MANIFEST, sweep
from monitor.evidence.pieces import TimedPart

__all__ = [
    "MANIFEST",
    "TimedPart",
    "Verified",
    "examine",
    "keep",
    "sweep",
    "verify",
]
