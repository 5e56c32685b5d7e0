"""`doctor`: what this machine has, what it lacks, and what to do about it."""

from __future__ import annotations

import importlib.metadata
import platform
import re
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from rich.table import Table

from monitor.cli.show import out
from monitor.config import Settings
from monitor.errors import DataError, MonitorError

_PACKAGES = (
    "av",
    "faster-whisper",
    "ctranslate2",
    "rapidocr",
    "openvino",
    "onnxruntime",
    "opencv-python-headless",
    "streamlit",
)
_LOW_DISK_GB = 2.0
_FONTS = re.compile(r"noto.*cjk|wqy|source.?han|simhei|msyh|pingfang", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at. `todo` says what to do; `must` that nothing works until it is done."""

    what: str
    said: str
    todo: str = ""
    must: bool = False


def examine(settings: Settings) -> int:
    """Print the findings; 1 when something must be mended."""
    findings = [finding for look in _LOOKS for finding in look(settings)]
    table = Table("", "what", "found", "to do")
    for finding in findings:
        mark = "✗" if finding.must else "!" if finding.todo else "✓"
        table.add_row(mark, finding.what, finding.said, finding.todo)
    out.print(table)
    return 1 if any(finding.must for finding in findings) else 0


def _versions(_: Settings) -> Iterator[Finding]:
    yield Finding("Python", platform.python_version())
    for package in _PACKAGES:
        try:
            yield Finding(package, importlib.metadata.version(package))
        except importlib.metadata.PackageNotFoundError:
            optional = package == "openvino"
            todo = "text is read ten times slower without it" if optional else "install the requirements again"
            yield Finding(package, "missing", todo, must=not optional)


def _engines(_: Settings) -> Iterator[Finding]:
    from monitor.media import engine

    try:
        said = engine()
    except MonitorError as error:
        yield Finding("decoder", error.what, error.todo or "install the requirements again", must=True)
    else:
        yield Finding("decoder", said, _ffmpeg_todo(said.partition("FFmpeg ")[2]))
    version = sqlite3.sqlite_version_info
    affected = (3, 7, 0) <= version <= (3, 51, 2)
    note = " (rollback journal in use: its WAL fault with several writers does not matter)" if affected else ""
    yield Finding("SQLite", sqlite3.sqlite_version + note)


def _ffmpeg_todo(version: str) -> str:
    """FFmpeg below 8.1.3 and 9.0.0 to 9.0.1 have published faults in playlists (CVE-2026-107695, CVE-2026-107697)."""
    numbers = tuple(int(n) for n in re.findall(r"\d+", version)[:3])
    bad = numbers < (8, 1, 3) or (9, 0, 0) <= numbers < (9, 0, 2)
    return (
        "known faults: playlists are refused and decoding is confined; Python 3.12 brings a mended one" if bad else ""
    )


def _models(settings: Settings) -> Iterator[Finding]:
    from monitor import screen, speech

    for what, load in (
        ("speech model", lambda: speech.load(settings, ())),
        ("text reader", lambda: screen.load(settings)),
    ):
        yield _loaded(what, load)


def _loaded(what: str, load: Callable[[], object]) -> Finding:
    try:
        return Finding(what, str(getattr(load(), "name", "")))
    except MonitorError as error:
        return Finding(what, error.what, error.todo or "install the requirements again", must=True)


def _lexicons(settings: Settings) -> Iterator[Finding]:
    from monitor.lexicon import load_lexicon
    from monitor.lexicon.policy import load_policies

    try:
        lexicon, policies = load_lexicon(settings.lexicons), load_policies(settings.lexicons / "policies")
    except DataError as error:
        yield Finding("lexicons", f"{len(error.problems)} problems", "run `monitor lexicon check`", must=True)
    else:
        yield Finding("lexicons", f"{lexicon.digest[:19]}…, policies {policies.digest[:19]}…")


def _place(settings: Settings) -> Iterator[Finding]:
    folder = settings.workspace.absolute()
    while not folder.exists():
        folder = folder.parent
    free_gb = shutil.disk_usage(folder).free / 1e9
    low = free_gb < _LOW_DISK_GB
    yield Finding("disk", f"{free_gb:.1f} GB free for {settings.workspace}", "make room" if low else "", must=low)
    yield Finding("time zone", settings.time_zone)
    fonts = [
        p
        for root in ("/usr/share/fonts", "/usr/local/share/fonts", str(Path.home() / ".fonts"))
        for p in Path(root).rglob("*")
    ]
    found = next((font.name for font in fonts if _FONTS.search(font.name)), "")
    yield Finding(
        "Chinese font",
        found or "none",
        "" if found else "install fonts-noto-cjk to see the dashboard's text on this machine",
    )


_LOOKS: tuple[Callable[[Settings], Iterator[Finding]], ...] = (_versions, _engines, _models, _lexicons, _place)
