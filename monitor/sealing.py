"""Sealing: after an act the head of the audit log is signed, and time-stamped where the desk has an authority."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from monitor.audit import SignedHead
from monitor.audit.timestamps import TimestampError, stamp
from monitor.signing import Signer
from monitor.store.auditing import AuditLog


@dataclass(frozen=True, slots=True)
class Sealed:
    """The head of the log as it is now."""

    signed: SignedHead
    stamp: Path | None
    """Its time stamp; None where no authority is set, or it gave none."""
    problem: str = ""
    """Why an authority that is set gave none. The head counts without it: it is to be told, and nothing more."""


def seal(log: AuditLog, signer: Signer, timestamp_url: str) -> Sealed:
    """Signs the log as it is now; asks the authority, if there is one, and waits for its answer.

    Raises as `AuditLog.seal` does.
    """
    signed = log.seal(signer)
    if not timestamp_url:
        return Sealed(signed, None)
    try:
        return Sealed(signed, stamp(log.workspace, signed, timestamp_url))
    except TimestampError as error:
        return Sealed(signed, None, str(error))
