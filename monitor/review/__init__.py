"""How long things are kept, and what goes when its time is over."""

from monitor.review.deleting import apply, check_still_due, finish, plan_now
from monitor.review.retention import Item, Kind, Periods, Plan, plan

__all__ = [
    "Item",
    "Kind",
    "Periods",
    "Plan",
    "apply",
    "check_still_due",
    "finish",
    "plan",
    "plan_now",
]
