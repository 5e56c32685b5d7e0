"""After a crash: evidence without a flag goes, flags without their evidence are named."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from monitor.evidence import MANIFEST, sweep
from monitor.store import Store


@dataclass(frozen=True, slots=True)
class Reconciled:
    """What was found when store and folder were compared."""

    removed: tuple[Path, ...] = ()
    """Evidence that no flag names: its scan died before the flag was kept, and makes it again."""
    missing: tuple[str, ...] = ()
    """Flags whose evidence is gone."""


def reconcile(store: Store) -> Reconciled:
    """Compare the workspace's evidence with its store, and clear up. Nothing is done while another scan is at work.

    Raises WorkspaceError when what is left over cannot be removed.
    """
    if store.others_scan():
        return Reconciled()
    folders = store.evidence_folders()
    root = store.workspace / "evidence"
    here = {Path(folder).name for folder in folders if Path(folder).parent == Path("evidence")}
    removed = sweep(root, here)
    missing = [flag_id for folder, flag_id in folders.items() if not (store.workspace / folder / MANIFEST).is_file()]
    return Reconciled(tuple(removed), tuple(sorted(missing)))
