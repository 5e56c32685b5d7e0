"""What people do with flags: verdicts, holds, and how long things are kept."""

from monitor.review.deleting import apply, check_still_due, finish, plan_now
from monitor.review.records import REASON_NAMES, Decision, Reason, Verdict
from monitor.review.retention import Item, Kind, Periods, Plan, plan

__all__ = [
    "REASON_NAMES",
    "Decision",
    "Item",
    "Kind",
    "Periods",
    "Plan",
    "Reason",
    "Verdict",
    "apply",
    "check_still_due",
    "finish",
    "plan",
    "plan_now",
]
