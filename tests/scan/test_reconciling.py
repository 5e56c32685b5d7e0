"""Store and evidence folder after a crash."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from store.broadcasts import begin, end, flag, kept

from monitor.scan import reconcile
from monitor.store import Store, Unit


def test_evidence_and_rows_are_paired_again(tmp_path: Path) -> None:
    """Evidence whose scan died before its row goes, a half-made one too; a row without its evidence is named."""
    store = Store.open(tmp_path)
    evidence = kept(tmp_path, "f-1")
    gone = kept(tmp_path, "f-2")
    store.add(begin(store), Unit(flags=[flag("f-1", evidence=evidence), flag("f-2", evidence=gone)]))
    (gone.folder / "manifest.json").unlink()
    orphan = kept(tmp_path, "f-9").folder
    half = tmp_path / "evidence" / ".tmp-f-8-77"
    half.mkdir()
    done = reconcile(store)
    assert set(done.removed) == {orphan, half}
    assert done.missing == ("f-2",)
    assert evidence.folder.is_dir()
    assert reconcile(store).removed == ()


def test_nothing_is_cleared_while_another_scan_is_at_work(tmp_path: Path) -> None:
    """The other's evidence may be a moment older than its row."""
    script = (
        "import sys\nfrom pathlib import Path\nfrom store.broadcasts import begin\nfrom monitor.store import Store\n"
        "begin(Store.open(Path(sys.argv[1])))\nprint('ready', flush=True)\nsys.stdin.readline()\n"
    )
    other = subprocess.Popen(
        [sys.executable, "-c", script, str(tmp_path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": f"{Path(__file__).parents[1]}{os.pathsep}{Path(__file__).parents[2]}"},
    )
    assert other.stdout is not None
    assert other.stdout.readline() == "ready\n"
    orphan = kept(tmp_path, "f-9").folder
    store = Store.open(tmp_path)
    assert reconcile(store).removed == ()
    other.communicate("\n")
    assert reconcile(store).removed == (orphan,)
    end(store, begin(store))
    assert json.loads("[]") == list(store.flags())
