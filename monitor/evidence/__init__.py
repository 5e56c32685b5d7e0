"""What is kept to prove a violation, and the check that it still is what was kept."""

from monitor.evidence.bundle import Cutter, keep
from monitor.evidence.check import Verified, examine, verify
from monitor.evidence.folder import MANIFEST, sweep
from monitor.evidence.manifest import SCHEMA
from monitor.evidence.pieces import TimedPart, moment_ms, plan_pieces
from monitor.evidence.problems import Problem

__all__ = [
    "MANIFEST",
    "SCHEMA",
    "Cutter",
    "Problem",
    "TimedPart",
    "Verified",
    "examine",
    "keep",
    "moment_ms",
    "plan_pieces",
    "sweep",
    "verify",
]
