"""What people say of a flag, and where it stands after them.

They are declared beside the store, which keeps them and lies below this room.
"""

from monitor.store.verdicts import (
    REASON_NAMES,
    VERDICTS,
    Decision,
    Hold,
    JudgedOn,
    Reason,
    ReviewState,
    StaleVerdictError,
    UnknownFlagError,
    Verdict,
    on_hold,
    state_of,
)

__all__ = [
    "REASON_NAMES",
    "VERDICTS",
    "Decision",
    "Hold",
    "JudgedOn",
    "Reason",
    "ReviewState",
    "StaleVerdictError",
    "UnknownFlagError",
    "Verdict",
    "on_hold",
    "state_of",
]
