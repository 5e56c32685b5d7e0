"""Searching folders: every file in order, each folder once, our own workspace left out."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from monitor.source.found import Passed


def walk(root: Path, *, workspace: Path) -> Iterator[Path | Passed]:
    """The files below `root` by folder and name, and the folders that cannot be read.

    Hidden files and folders, and the folders in which a workspace keeps its own media, are skipped. A folder that
    links lead to a second time is not entered again.
    """
    entered: set[tuple[int, int]] = set()
    waiting = [root]
    while waiting:
        folder = waiting.pop()
        try:
            stat = folder.stat()
            if (stat.st_dev, stat.st_ino) in entered:
                continue
            entered.add((stat.st_dev, stat.st_ino))
            with os.scandir(folder) as entries:
                names = sorted((entry.name, _is_folder(entry)) for entry in entries)
        except OSError as error:
            yield Passed(
                folder, f"the folder cannot be read ({error.strerror}); check its owner and permissions", failed=True
            )
            continue
        visible = [(folder / name, inner) for name, inner in names if not name.startswith(".")]
        yield from (path for path, inner in visible if not inner)
        waiting += reversed([path for path, inner in visible if inner and not _is_ours(path, workspace)])


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:  # a link that leads round in a circle
        return False


def _is_ours(folder: Path, workspace: Path) -> bool:
    """Whether a workspace keeps its clips or keys there: they must not come back as recordings."""
    if folder.name not in {"evidence", "keys"}:
        return False
    return (folder.parent / "monitor.db").exists() or folder.resolve() == (workspace / folder.name).resolve()
