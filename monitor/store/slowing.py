"""Slows down who tries often, in the database, so that it holds over processes and over starts of the program.

The generic cell rate algorithm (ITU-T I.371): each try takes some of a slot's time; a slot may be ahead of the clock by
so many tries and no more. Tries that are refused cost nothing, so that nobody is kept out longer by being refused.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from monitor.store.account_tables import SlotRow


@dataclass(frozen=True, slots=True)
class Pace:
    """So many tries at once, and one more after each `every`."""

    at_once: int
    every: timedelta

    def after(self, busy_until: datetime | None, at: datetime) -> tuple[datetime, float]:
        """Until when the slot is busy after one more try, and for how many seconds that try has to wait; 0: it may.

        A time so far ahead that no tries can have led to it was written by a clock that was wrong: it is cut.
        """
        whole = self.at_once * self.every
        busy = min(max(busy_until or at, at), at + whole) + self.every
        return busy, max(0.0, (busy - at - whole).total_seconds())


Slots = dict[str, Pace]
"""What one try takes: all of these or none."""


def take(session: Session, slots: Slots, at: datetime) -> float:
    """Seconds to wait; 0.0 when the try may go on, and is counted. The caller's transaction is the only one at it."""
    found = {row.slot: row for row in session.scalars(select(SlotRow).where(SlotRow.slot.in_(slots)))}
    now: dict[str, datetime] = {}
    longest_s = 0.0
    for slot, pace in slots.items():
        now[slot], wait_s = pace.after(found[slot].busy_until if slot in found else None, at)
        longest_s = max(longest_s, wait_s)
    if longest_s:
        return longest_s
    for slot, busy in now.items():
        if slot in found:
            found[slot].busy_until = busy
        else:
            session.add(SlotRow(slot=slot, busy_until=busy))
    session.flush()
    return 0.0


def give_back(session: Session, slots: Slots) -> None:
    """The try was a good one: it counts no longer."""
    for row in session.scalars(select(SlotRow).where(SlotRow.slot.in_(slots))):
        row.busy_until -= slots[row.slot].every
    session.flush()


def clear(session: Session, slot: str) -> None:
    """Nothing that was tried counts any longer."""
    session.execute(delete(SlotRow).where(SlotRow.slot == slot))
