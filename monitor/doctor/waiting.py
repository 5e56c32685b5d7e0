"""Whether the reviewers' queue says what flags and verdicts say."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import text

from monitor.config import Settings
from monitor.doctor.finding import Finding, beware, mend
from monitor.errors import MonitorError
from monitor.store.database import FILE, Database
from monitor.store.queue import StoredQueue
from monitor.store.schema import newest

_WHAT = "review queue"


def queue(wrong: int) -> Finding:
    """`wrong` flags are queued otherwise than flags and verdicts say."""
    if not wrong:
        return Finding(_WHAT, "equal to flags and verdicts")
    return beware(_WHAT, f"{wrong} flags stand in it wrongly", "run `monitor doctor --repair`")


def examine(settings: Settings) -> Iterator[Finding]:
    """Looks and changes nothing: a workspace of an older program gets its queue from the next command."""
    file = settings.workspace / FILE
    if not settings.database_url and not (file.is_file() and file.stat().st_size):
        return
    try:
        database = Database(settings.database_url) if settings.database_url else Database("", file)
        with database.reading() as session:
            version = session.scalar(text("SELECT version_num FROM alembic_version"))
        if version == newest():
            yield queue(len(StoredQueue(database).wrong()))
    except MonitorError as error:
        yield mend(_WHAT, f"cannot be read: {error.what}", error.todo or "look at what is told of the workspace")
