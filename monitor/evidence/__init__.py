"""What is kept to prove a violation, and the check that it still is what was kept."""

from monitor.evidence.bundle import Cutter, keep
from monitor.evidence.check import Problem, verify
from monitor.evidence.folder import MANIFEST, sweep
from monitor.evidence.manifest import SCHEMA
from monitor.evidence.pieces import TimedPart, moment_ms, plan_pieces

__all__ = [
    "MANIFEST",
    "SCHEMA",
    "Cutter",
    "Problem",
    "TimedPart",
    "keep",
    "moment_ms",
    "plan_pieces",
    "sweep",
    "verify",
]
