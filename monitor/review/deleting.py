"""Does a plan of `retention`, one thing at a time, so that whatever dies when, row and folder agree in the end.

First one transaction takes the folder from its flag and tells the audit log. Then the folder is renamed aside, under
the name of a half-made one, and removed; then it is noted that it is gone. Killed before the first, all stands as it
was; killed after it, `finish` (and whatever sweeps the folder of evidence) removes what is left.
"""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from monitor.errors import WorkspaceError
from monitor.evidence import MANIFEST
from monitor.files import sync
from monitor.review.retention import Item, Kept, Periods, Plan, plan
from monitor.store.forgetting import Deletion, KeptRaw, StalePlanError
from monitor.store.retaining import Retention
from monitor.store.verdicts import check_name

Clock = Callable[[], datetime]


def _now() -> datetime:
    return datetime.now(UTC)


def plan_now(retention: Retention, periods: Periods, *, now: datetime) -> Plan:
    """What is due in a workspace, with how much it takes. Nothing is changed."""

    def size_of(kept: Kept) -> int:
        if isinstance(kept, KeptRaw):
            return retention.raw_bytes(kept.stream_id)
        return _folder_bytes(retention.workspace / kept.folder)

    return plan(retention.kept_evidence(), retention.kept_raw(), periods, now=now, size_of=size_of)


def check_still_due(asked: str, found: Plan) -> None:
    """Raises StalePlanError unless the plan that somebody looked at is what would be done now."""
    if asked != found.plan_id:
        raise StalePlanError(
            f"not what would be done now: that is {found.plan_id} with {len(found.items)} deletions",
            where=f"plan {asked}",
            todo="look at it with `monitor retention apply`, then give its id",
        )


def apply(chosen: Plan, retention: Retention, *, by: str, clock: Clock = _now) -> Iterator[Item]:
    """Deletes exactly what the plan names, giving each thing once it is gone.

    Raises StalePlanError when something in it was decided otherwise meanwhile, WorkspaceError when something cannot be
    removed; what came before it is done, what comes after it is not. Raises UsageError for a name that is none.
    """
    check_name(by, "retention")
    told = {"plan": chosen.plan_id, "by": by}
    for item in chosen.items:
        kept, at = item.kept, clock()
        if isinstance(kept, KeptRaw):
            retention.forget_raw(kept, why=item.why, size_bytes=item.size_bytes, at=at, **told)
        else:
            deletion = retention.forget_evidence(
                kept, kept_as=item.kind.value, why=item.why, size_bytes=item.size_bytes, at=at, **told
            )
            _remove(retention.workspace, deletion, is_its_own=not retention.names_folder(deletion.folder))
            retention.removed(deletion, at=clock())
        yield item


def finish(retention: Retention, *, clock: Clock = _now) -> tuple[int, list[Path]]:
    """Ends deletions that died half-way: how many, and the folders that are not what was deleted, left alone.

    Raises WorkspaceError when one cannot be removed.
    """
    done, left = 0, []
    for deletion in retention.unfinished_deletions():
        folder = retention.workspace / deletion.folder
        named = retention.names_folder(deletion.folder)  # the name became free, and other evidence has it now
        same = not named and _manifest_sha256(folder) == deletion.manifest_sha256
        _remove(retention.workspace, deletion, is_its_own=same)
        if folder.exists() and not named:
            left.append(folder)
            continue
        retention.removed(deletion, at=clock())
        done += 1
    return done, left


def _remove(workspace: Path, deletion: Deletion, *, is_its_own: bool) -> None:
    """`is_its_own`: what stands under the folder's name is what was deleted, and not newer evidence of that name."""
    folder = workspace / deletion.folder
    # Known to `monitor.evidence.sweep` as half-made: a start-up after a kill clears it even if nobody calls `finish`.
    aside = folder.with_name(f".tmp-deleted-{deletion.number}")
    with _removing(folder):
        if is_its_own and not _is_there(aside) and _is_there(folder):
            folder.rename(aside)
            sync(folder.parent)
        if aside.is_symlink():
            aside.unlink()
        elif _is_there(aside):
            shutil.rmtree(aside)
        else:
            return
        sync(folder.parent)


def _is_there(path: Path) -> bool:
    return path.exists() or path.is_symlink()


def _manifest_sha256(folder: Path) -> str:
    """Empty where there is none, as in the store."""
    try:
        return hashlib.sha256((folder / MANIFEST).read_bytes()).hexdigest()
    except OSError:
        return ""


def _folder_bytes(folder: Path) -> int:
    return sum(path.lstat().st_size for path in folder.rglob("*") if not path.is_dir()) if folder.is_dir() else 0


@contextmanager
def _removing(where: Path) -> Iterator[None]:
    try:
        yield
    except FileNotFoundError:
        return  # a scan that started meanwhile cleared it away
    except OSError as error:
        raise WorkspaceError(
            f"cannot be removed ({error.strerror})",
            where=where,
            todo="check its owner and rights; the next `monitor retention apply` goes on",
        ) from error
