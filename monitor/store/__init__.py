"""The only room that knows SQL: streams, cues, flags and what belongs to them, in SQLite or PostgreSQL alike."""

from monitor.store.claims import StreamBusyError
from monitor.store.steps import Step
from monitor.store.store import Store
from monitor.store.tables import DONE, RUNNING
from monitor.store.views import StoredStream

__all__ = ["DONE", "RUNNING", "Step", "Store", "StoredStream", "StreamBusyError"]
