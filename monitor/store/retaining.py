"""What is kept of flags and streams, and what was deleted when its time was over."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from sqlalchemy import func, select, update

from monitor.store import forgetting
from monitor.store.acts import stream_name
from monitor.store.auditing import append_in
from monitor.store.database import Database
from monitor.store.forgetting import Deletion, KeptEvidence, KeptRaw
from monitor.store.review_entries import deletion_entry
from monitor.store.review_rows import alone
from monitor.store.review_tables import DeletionRow
from monitor.store.tables import EvidenceRow


class Retention:
    """A workspace's kept things. Each deletion is one transaction together with its entry in the audit log.

    Every method raises WorkspaceError when the database cannot be read or written, with what to do about it.
    """

    def __init__(self, database: Database, workspace: Path) -> None:
        """Folders of evidence are named relative to `workspace`."""
        self._database = database
        self.workspace = workspace

    def kept_evidence(self) -> list[KeptEvidence]:
        """Every folder of evidence that a flag has, with all that decides how long it stays."""
        with self._database.reading() as session:
            return forgetting.kept_evidence(session)

    def kept_raw(self) -> list[KeptRaw]:
        """Every scan of which something is left that was heard or read."""
        with self._database.reading() as session:
            return forgetting.kept_raw(session)

    def raw_bytes(self, stream_id: int) -> int:
        """How much text is stored of a scan, in bytes."""
        with self._database.reading() as session:
            return forgetting.raw_bytes(session, stream_id)

    def forget_evidence(
        self, kept: KeptEvidence, *, kept_as: str, why: str, plan: str, size_bytes: int, by: str, at: datetime
    ) -> Deletion:
        """The folder is the flag's no longer, and may be removed; the flag's line says so and stays.

        Raises StalePlanError, and nothing happens, when anything about `kept` is different by now.
        """
        row = DeletionRow(
            kept_as=kept_as,
            flag_id=kept.flag_id,
            stream_id=kept.stream_id,
            folder=kept.folder,
            manifest_sha256=kept.manifest_sha256,
            size_bytes=size_bytes,
            why=why,
            by=by,
            at=at,
        )
        with self._database.writing() as session:
            alone(session)
            forgetting.drop_evidence(session, kept, row)
            append_in(session, deletion_entry(row, kept.flag_id, plan))
            return forgetting.deletion_record(row)

    def forget_raw(self, kept: KeptRaw, *, why: str, plan: str, size_bytes: int, by: str, at: datetime) -> Deletion:
        """What was heard and read of a scan goes; its row, gaps and flags stay.

        Raises StalePlanError, and nothing happens, when one of its flags is on hold by now, or it is being scanned.
        """
        row = DeletionRow(
            kept_as="raw",
            flag_id="",
            stream_id=kept.stream_id,
            folder="",
            manifest_sha256="",
            size_bytes=size_bytes,
            why=why,
            by=by,
            at=at,
            removed_at=at,
        )
        with self._database.writing() as session:
            alone(session)
            forgetting.drop_raw(session, kept, row)
            append_in(session, deletion_entry(row, stream_name(kept.stream_key), plan))
            return forgetting.deletion_record(row)

    def unfinished_deletions(self) -> list[Deletion]:
        """Deletions whose folder may still be on the disk: their process died before it was gone."""
        asked = select(DeletionRow).where(DeletionRow.removed_at.is_(None)).order_by(DeletionRow.id)
        with self._database.reading() as session:
            return [forgetting.deletion_record(row) for row in session.scalars(asked)]

    def removed(self, deletion: Deletion, *, at: datetime) -> None:
        """The folder is gone."""
        own = update(DeletionRow).where(DeletionRow.id == deletion.number, DeletionRow.removed_at.is_(None))
        with self._database.writing() as session:
            session.execute(own.values(removed_at=at))

    def names_folder(self, folder: str) -> bool:
        """Whether some flag has this folder of evidence now; a name that became free may be given again."""
        asked = select(func.count()).select_from(EvidenceRow).where(EvidenceRow.folder == folder)
        with self._database.reading() as session:
            return bool(session.scalar(asked))

    def deletions(self, *, flag_id: str | None = None, stream_id: int | None = None) -> list[Deletion]:
        """What was deleted of a flag or a stream, in order; all there ever was when neither is given."""
        asked = select(DeletionRow).order_by(DeletionRow.id)
        if flag_id is not None:
            asked = asked.where(DeletionRow.flag_id == flag_id)
        if stream_id is not None:
            asked = asked.where(DeletionRow.stream_id == stream_id)
        with self._database.reading() as session:
            return [forgetting.deletion_record(row) for row in session.scalars(asked)]
