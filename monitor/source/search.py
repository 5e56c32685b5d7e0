"""Taking in files and folders: what could be a recording, what lies beside it, and what the tables say."""

from __future__ import annotations

import errno
import os
import stat
from datetime import tzinfo
from pathlib import Path

from monitor.source import sidecars
from monitor.source.folders import walk
from monitor.source.found import Passed
from monitor.source.recordings import MEDIA
from monitor.source.rooms import NAME, Row, read_rooms

_UNFINISHED = (".part", ".download")  # biliup and yt-dlp; others' downloads
_UNFINISHED_HEAD = "[正在录制]"  # DanmakuRender
_HEAD_BYTES = 4096


class Search:
    """What has been come upon so far, each file once."""

    def __init__(self, *, workspace: Path, zone: tzinfo) -> None:
        self.files: list[Path] = []
        """Files to scan, unless they turn out unreadable or unfinished."""
        self.sidecars: list[Path] = []
        self.passed: list[Passed] = []
        self.problems: list[str] = []
        """What is wrong with the `rooms.csv` met, as `path:line: message`."""
        self.owners: set[tuple[str, str]] = set()
        """Folder and stem of every recording met, scanned or not: their sidecars are no orphans."""
        self._workspace, self._zone = workspace, zone
        self._met: set[str] = set()
        self._rows: dict[str, tuple[int, Row]] = {}
        """The table's depth in the tree and its row, by the file's real path."""
        self._tables: set[str] = set()

    def add(self, path: Path) -> None:
        """Takes in a file or folder that was asked for."""
        try:
            mode = path.stat().st_mode
        except (OSError, ValueError) as error:
            self.passed.append(Passed(path, _unreadable(path, error), failed=True))
            return
        if stat.S_ISDIR(mode):
            self._add_folder(path)
        else:
            self._add_table(path.parent / NAME)
            self._add_file(path, asked=True)

    def row(self, path: Path) -> Row | None:
        """What a `rooms.csv` says about the file."""
        return self._rows.get(os.path.realpath(path), (0, None))[1]

    def own(self, folder: Path, stem: str) -> None:
        """Notes that sidecars of this stem have their recording."""
        self.owners.add((os.path.realpath(folder), stem))

    def _add_folder(self, root: Path) -> None:
        anything = False
        for met in walk(root, workspace=self._workspace):
            if isinstance(met, Passed):
                self.passed.append(met)
                anything = True
            elif met.name == NAME:
                for row in self._add_table(met):
                    self._add_listed(row, met)
                    anything = True
            else:
                anything |= self._add_file(met)
        if not anything:
            self.passed.append(
                Passed(root, "the folder holds no recordings; check its name and what is in it", failed=True)
            )

    def _add_table(self, path: Path) -> list[Row]:
        """Reads a `rooms.csv` if it is there and was not read yet."""
        real = os.path.realpath(path)
        if not os.path.isfile(real):  # noqa: PTH113 (a name too long is no error here)
            return []
        if real in self._tables:
            return []
        self._tables.add(real)
        rows, problems = read_rooms(path, self._zone)
        self.problems += problems
        depth = real.count(os.sep)
        for row in rows:
            file = os.path.realpath(row.file)
            if depth >= self._rows.get(file, (0, None))[0]:  # the table nearest to the file knows best
                self._rows[file] = depth, row
        return rows

    def _add_listed(self, row: Row, table: Path) -> None:
        if os.path.exists(row.file):  # noqa: PTH110 (a name too long is no error here)
            self._add_file(row.file, asked=True)
        else:
            told = f"does not exist, but {table}:{row.line} lists it; restore the file, or take the line out"
            self.passed.append(Passed(row.file, told, failed=True))

    def _add_file(self, path: Path, *, asked: bool = False) -> bool:
        """Takes in a file: one `asked` for by name whatever its ending, others if they look like media.

        Returns whether it is a recording, new or met before.
        """
        real, name = os.path.realpath(path), path.name.lower()
        new = real not in self._met
        self._met.add(real)
        if name.endswith(_UNFINISHED) or path.name.startswith(_UNFINISHED_HEAD):
            if new:
                self.own(path.parent, Path(path.stem).stem if name.endswith(_UNFINISHED) else path.stem)
                self.passed.append(Passed(path, "still being written, as its name says", failed=False))
            return True
        if kind := sidecars.kind(path):
            if asked and kind == sidecars.CLOCK:
                self.passed.append(Passed(path, "subtitles are not read: recorders put the clock there", failed=False))
            self.sidecars += [path] if new else []
            return False
        if path.name == NAME:
            self.passed.append(Passed(path, "a table of recordings; name its folder to scan them", failed=False))
            return False
        if not asked and path.suffix.lower() not in MEDIA:
            self._met.discard(real)  # it may still be listed, or asked for by name
            return False
        if new:
            self.own(path.parent, path.stem)
            self.files.append(path)
        return True


def pass_unreadable(path: Path) -> Passed | None:
    """Why the file cannot be scanned: it does not open, is no regular file or has no content; None when it can."""
    try:
        if not stat.S_ISREG(path.stat().st_mode):  # opening a pipe would wait for ever
            return Passed(path, "not a regular file; give recordings", failed=True)
        with path.open("rb") as file:
            head = file.read(_HEAD_BYTES)
    except OSError as error:
        return Passed(path, _unreadable(path, error), failed=True)
    if not head:
        return Passed(path, "empty (0 bytes); copy or record it again", failed=True)
    # TypeScript has the same ending; a transport stream has bytes of 0 or 255 within its first packets.
    if path.suffix.lower() == ".ts" and b"\0" not in head and b"\xff" not in head:
        return Passed(path, "text, not a recording", failed=False)
    return None


def _unreadable(path: Path, error: OSError | ValueError) -> str:
    """What is wrong and what to do."""
    number = error.errno if isinstance(error, OSError) else None
    if number == errno.ENOENT:
        if path.is_symlink():
            return "leads to nothing: its target does not exist; restore the target, or remove the link"
        return "does not exist; check the path"
    if number == errno.ELOOP:
        return "leads round in a circle of links; remove one of them"
    if number in (errno.EACCES, errno.EPERM):
        return f"cannot be read ({os.strerror(number)}); check its owner and permissions, and those of its folders"
    return f"cannot be read ({error.strerror if isinstance(error, OSError) else error}); copy it to another disk"
