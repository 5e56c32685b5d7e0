"""The only room that knows SQL: streams, cues, flags and what belongs to them, in SQLite or PostgreSQL alike."""

from monitor.store.claims import StreamBusyError, StreamDoneError
from monitor.store.steps import Step
from monitor.store.store import Store
from monitor.store.tables import DONE, FAILED, RUNNING, STOPPED
from monitor.store.unit import Answer, Failure, Kept, Unit
from monitor.store.views import StoredStream

__all__ = [
    "DONE",
    "FAILED",
    "RUNNING",
    "STOPPED",
    "Answer",
    "Failure",
    "Kept",
    "Step",
    "Store",
    "StoredStream",
    "StreamBusyError",
    "StreamDoneError",
    "Unit",
]
