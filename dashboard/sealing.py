"""Sealing while the desk is open: what people did is under a signed head soon after, not only when somebody asks."""

from __future__ import annotations

import logging
import threading

from dashboard import data

EVERY_S = 20.0
"""What is not under a head could still be altered unseen: so long at most."""

_log = logging.getLogger(__name__)


class Sealing:
    """A thread that signs the audit log's head whenever the log grew, and once more at the end."""

    def __init__(self, desk: data.Desk, *, every_s: float = EVERY_S) -> None:
        self._desk, self._every_s = desk, every_s
        self._ended = threading.Event()
        self._sealed = -1
        self._thread = threading.Thread(target=self._run, name="sealing", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Returns when the last head is signed."""
        self._ended.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._ended.wait(self._every_s):
            self._seal()
        self._seal()

    def _seal(self) -> None:
        """A log that cannot be sealed now is tried again: nobody's work stops for it, `monitor audit verify` tells."""
        try:
            if self._desk.store.audit.size != self._sealed:
                self._sealed = self._desk.seal()
        except (data.MonitorError, OSError) as error:
            _log.error("the audit log was not sealed: %s", error)
