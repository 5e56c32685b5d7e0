"""Taking flags and cases out of the desk: made outside the workspace, logged, and then handed out once."""

from __future__ import annotations

import csv
import hashlib
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from io import TextIOWrapper
from pathlib import Path
from typing import IO

from monitor import __version__
from monitor.audit import Act
from monitor.csv_rows import BYTE_ORDER_MARK
from monitor.errors import IntegrityError, MonitorError, UsageError, WorkspaceError
from monitor.evidence.export.packing import Exported, export
from monitor.review.accounts import Accounts
from monitor.review.export_entries import PastExport, case_entries, list_entry, past_export
from monitor.review.flag_tables import COLUMNS, json_line, table_row
from monitor.review.handing_out import HandingOut, MadeFile
from monitor.review.media_tokens import MediaTokens
from monitor.roles import Person, RefusedError, Right
from monitor.signing import Signer
from monitor.store import Store
from monitor.store.exporting import StoredExports
from monitor.store.queue_filter import Filter

LASTS = timedelta(minutes=10)
"""An export that nobody fetched by then is gone."""
_ADDRESS_LASTS = timedelta(hours=1)
"""Its address: longer, since it is good only as long as the file waits, and making the file takes a while too."""
_OF_NO_FLAG = ""
"""The flag that tokens of exports name: those of evidence name a real one, so neither opens what the other does."""
_WAIT_S = 120.0
_BLOCK = 1 << 20
_GONE = "下载链接只能用一次，十分钟内有效；请重新导出"
_PREFIX = "monitor-export-"


class ExportError(MonitorError):
    """There is nothing to export, or it cannot be; `what` says why in Chinese."""


class Form(StrEnum):
    """What a list of flags is written as."""

    CSV = "csv"
    """For spreadsheets: UTF-8 with a byte order mark, in Chinese."""
    JSONL = "jsonl"
    """For programs: `monitor.flag/1` and the state of the review."""


_MEDIA_TYPES = {Form.CSV: "text/csv; charset=utf-8", Form.JSONL: "application/jsonl"}


@dataclass(frozen=True, slots=True)
class HandOut:
    """An export that waits to be fetched."""

    token: str
    """For the address; good once, for the log-in that asked."""
    name: str
    count: int
    """Flags in it."""
    size_bytes: int
    sha256: str


class Exports:
    """Exports for those who have `Right.EXPORT`; every method raises RefusedError for others.

    Everything is in the audit log before it can be fetched. A list of any length takes some megabytes of memory and,
    until it is fetched or `LASTS` is over, its own size in the machine's folder for temporary files (`TMPDIR`).
    """

    def __init__(self, store: Store, accounts: Accounts, tokens: MediaTokens, signer: Signer) -> None:
        self._store, self._accounts, self._tokens, self._signer = store, accounts, tokens, signer
        self._stored = StoredExports(store)
        self._waiting = HandingOut(LASTS.total_seconds())
        # One at a time: reviewers wait for the processor as well.
        self._making = threading.Lock()

    def count(self, person: Person, chosen: Filter) -> int:
        """How many flags the filter lets through now."""
        self._accounts.require(person, Right.EXPORT)
        return self._stored.count(chosen)

    def flags(
        self,
        person: Person,
        session: str,
        chosen: Filter,
        form: Form,
        *,
        at: datetime,
        told: Callable[[float], object] = lambda _: None,
    ) -> HandOut:
        """The flags that the filter lets through; `told` how much of it is done (0 to 1).

        Raises ExportError when there are none or the file cannot be written.
        """
        now = self._accounts.require(person, Right.EXPORT)
        total = self._stored.count(chosen)
        if not total:
            raise ExportError("没有符合条件的线索，没有可导出的内容")
        with self._one_at_a_time(), _writing() as file:
            count = 0
            with _texts(file) as text:
                rows = csv.writer(text)
                if form is Form.CSV:
                    text.write(BYTE_ORDER_MARK)
                    rows.writerow(COLUMNS)
                for some in self._stored.flags(chosen):
                    for flag in some:
                        if form is Form.CSV:
                            rows.writerow(table_row(now, flag))
                        else:
                            text.write(json_line(now, flag) + "\n")
                    count += len(some)
                    told(min(1.0, count / total))
            sha256, size_bytes = _digest(file)
            # Asked again: it took its time, and rights may have changed.
            now = self._accounts.require(person, Right.EXPORT)
            self._store.audit.append(
                list_entry(at, now.name, form, chosen, count=count, sha256=sha256, size_bytes=size_bytes)
            )
            name = f"flags-{at.astimezone():%Y%m%d-%H%M%S}.{form}"
            made = MadeFile(name, _MEDIA_TYPES[form], file, size_bytes)
            return HandOut(self._offered(session, made, at), name, count, size_bytes, sha256)

    def case(self, person: Person, session: str, flag_id: str, *, clip: bool = True, at: datetime) -> HandOut:
        """One flag's evidence as a zip for people outside, viewers masked, as `monitor evidence export` makes it.

        Raises ExportError when there is no such flag, its evidence is gone or does not verify.
        """
        # Pictures take their time to load; those who export nothing do not wait for it.
        from monitor.evidence.masking import masked
        from monitor.evidence.page.html import case_page

        now = self._accounts.require(person, Right.EXPORT)
        bundle = self._bundle(flag_id)
        with self._one_at_a_time(), tempfile.TemporaryDirectory(prefix=_PREFIX) as folder:
            name = f"case-{bundle.name}.zip"
            try:
                made = export(
                    bundle,
                    Path(folder) / name,
                    signer=self._signer,
                    by=now.name,
                    page=case_page,
                    mask=masked,
                    software=f"livestream-monitor {__version__}",
                    clip=clip,
                    record=lambda made: self._log_case(person, made, at),
                )
                file = made.path.open("rb")
            except IntegrityError as error:
                raise ExportError("证据与它的清单对不上，没有导出；请让管理员在服务器上查看") from error
            except (OSError, WorkspaceError, UsageError) as error:
                raise ExportError("导出没有完成，请让管理员查看服务器的临时目录和工作区") from error
        token = self._offered(session, MadeFile(name, "application/zip", file, made.size_bytes), at)
        return HandOut(token, name, 1, made.size_bytes, made.sha256)

    def take(self, person: Person, session: str, token: str, *, at: datetime) -> MadeFile:
        """The file that waits under this token; the caller closes it. Raises RefusedError for a second time, another
        log-in, an altered token, and when it waited too long."""
        self._accounts.require(person, Right.EXPORT)
        part = self._tokens.open(token, session=session, at=at)
        made = self._waiting.take(session, part.part) if part.flag_id == _OF_NO_FLAG else None
        if made is None:
            raise RefusedError(_GONE)
        return made

    def of(self, person: Person, flag_id: str, limit: int = 20) -> list[PastExport]:
        """Past exports of this flag's case, newest first; lists that it stood in are not told."""
        return self._past(person, flag_id, limit)

    def latest(self, person: Person, limit: int = 50) -> list[PastExport]:
        """Past exports of all kinds, newest first."""
        return self._past(person, None, limit)

    def _past(self, person: Person, flag_id: str | None, limit: int) -> list[PastExport]:
        self._accounts.require(person, Right.EXPORT)
        found = self._store.audit.last(limit, act=Act.EXPORT, subject=flag_id)
        return [past for past in map(past_export, reversed(found)) if past is not None]

    def _bundle(self, flag_id: str) -> Path:
        line = self._store.flag(flag_id)
        if line is None:
            raise ExportError("没有这条线索")
        evidence = line["evidence"]
        if evidence is None:
            raise ExportError("这条线索没有留存证据，无法导出案卷")
        if evidence.get("deleted"):
            raise ExportError("这条线索的证据已过留存期并删除，无法导出案卷")
        return Path(str(evidence["folder"]))

    def _log_case(self, person: Person, made: Exported, at: datetime) -> None:
        now = self._accounts.require(person, Right.EXPORT)
        self._store.audit.append(*case_entries(at, now.name, made, raw_stills=False))

    def _offered(self, session: str, made: MadeFile, at: datetime) -> str:
        key = self._waiting.put(session, made)
        return self._tokens.sign(session=session, flag_id=_OF_NO_FLAG, part=key, until=at + _ADDRESS_LASTS)

    @contextmanager
    def _one_at_a_time(self) -> Iterator[None]:
        if not self._making.acquire(timeout=_WAIT_S):
            raise ExportError("别人正在导出，请过几分钟再试")
        try:
            yield
        finally:
            self._making.release()


@contextmanager
def _writing() -> Iterator[IO[bytes]]:
    """A file without a name, closed, and thereby gone, if what is done with it fails. Raises ExportError."""
    try:
        file = tempfile.TemporaryFile(prefix=_PREFIX)  # noqa: SIM115 - whoever fetches it closes it
        try:
            yield file
        except BaseException:
            file.close()
            raise
    except OSError as error:
        raise ExportError("服务器的临时目录写不下这次导出，请缩小范围，或让管理员清理磁盘") from error


@contextmanager
def _texts(file: IO[bytes]) -> Iterator[TextIOWrapper]:
    """Writes text into it. Half characters, which no UTF-8 has, are written as JSON writes them."""
    text = TextIOWrapper(file, encoding="utf-8", errors="backslashreplace", newline="")
    try:
        yield text
        text.flush()
    finally:
        text.detach()


def _digest(file: IO[bytes]) -> tuple[str, int]:
    """SHA-256 and size of the whole; the file stands at its beginning again."""
    digest = hashlib.sha256()
    file.seek(0)
    while block := file.read(_BLOCK):
        digest.update(block)
    size_bytes = file.tell()
    file.seek(0)
    return digest.hexdigest(), size_bytes
