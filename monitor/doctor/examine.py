"""All checks, with what they look at."""

from __future__ import annotations

import importlib.metadata
import platform
import sys
from collections.abc import Iterator
from datetime import UTC, datetime

from monitor import machine, media
from monitor.config import Settings
from monitor.doctor import bounds, disk, engines, models, surroundings, waiting
from monitor.doctor.finding import Finding, mend
from monitor.errors import DataError, MonitorError
from monitor.store.database import FILE, Database
from monitor.store.sqlite import journal_for, sqlite_in_use


def examine(settings: Settings) -> Iterator[Finding]:
    """Everything in order, one after the other as it is known; models are loaded, which takes seconds."""
    yield Finding("Python", platform.python_version())
    yield from engines.packages({name: _version(name) for name in engines.PACKAGES})
    yield from _decoding()
    yield from _postgres(settings.database_url) if settings.database_url else _sqlite(settings)
    yield from models.speech_model(settings)
    yield from models.text_models(settings)
    yield from _lexicons(settings)
    yield from disk.examine(settings.workspace)
    yield from waiting.examine(settings)
    here = machine.look()
    yield bounds.jobs(here, settings.jobs)
    yield from _limits(settings.jobs or machine.jobs_borne(here).jobs)
    yield surroundings.time_zone(settings.time_zone)
    yield surroundings.clock(datetime.now(UTC))
    yield surroundings.encoding(getattr(sys.stdout, "encoding", "") or "", sys.getfilesystemencoding())
    yield surroundings.font(surroundings.font_files())


def _version(package: str) -> str | None:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return None


def _decoding() -> Iterator[Finding]:
    try:
        yield engines.ffmpeg(media.engine())
        yield engines.decoders(media.decoders())
    except MonitorError as error:
        yield mend("decoder", error.what, error.todo or "install the requirements again (`make setup`)")


def _sqlite(settings: Settings) -> Iterator[Finding]:
    file = settings.workspace / FILE
    try:
        with file.open("rb") as database:
            header = database.read(20)
    except FileNotFoundError:
        header = b""
    except OSError as error:
        yield mend("workspace", f"{file}: {error.strerror}", "check its owner and permissions")
        header = b""
    used = sqlite_in_use()
    wanted = journal_for(disk.existing(settings.workspace), used.version)
    try:
        yield engines.sqlite(used.name, used.version, engines.journal_of(header), wanted)
    except ValueError as error:
        yield mend("workspace", f"{file}: {error}", "move the file away, or choose another workspace")


def _postgres(url: str) -> Iterator[Finding]:
    try:
        database = Database(url)
        yield engines.postgres(database.where, database.version())
    except MonitorError as error:
        yield mend("PostgreSQL", f"{error.where}: {error.what}", error.todo or "check `database_url`")


def _lexicons(settings: Settings) -> Iterator[Finding]:
    from monitor.lexicon import load_rules

    try:
        lexicon, policies = load_rules(settings.lexicons)
    except DataError as error:
        yield mend("lexicons", f"{len(error.problems)} problems", "run `monitor lexicon check`")
    except MonitorError as error:
        yield mend("lexicons", str(error), error.todo or "run `monitor lexicon check`")
    else:
        yield Finding("lexicons", f"{lexicon.digest[:19]}…, policies {policies.digest[:19]}…")


def _limits(workers: int) -> Iterator[Finding]:
    try:
        import resource
    except ImportError:  # not a Unix
        return

    def soft(kind: int) -> int | None:
        limit = resource.getrlimit(kind)[0]
        return None if limit == resource.RLIM_INFINITY else limit

    def soft_mb(kind: int) -> int | None:
        limit = soft(kind)
        return None if limit is None else limit // 1_000_000

    yield bounds.open_files(soft(resource.RLIMIT_NOFILE), workers)
    yield bounds.address_space(soft_mb(resource.RLIMIT_AS))
    yield bounds.file_size(soft_mb(resource.RLIMIT_FSIZE))
