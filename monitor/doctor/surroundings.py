"""Clock, time zone, encodings, fonts. Pure but for the fonts."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from monitor.doctor.finding import Finding, beware, mend

EARLIEST, LATEST = datetime(2026, 11, 1, tzinfo=UTC), datetime(2046, 11, 1, tzinfo=UTC)
"""This program is not older than the first, and will not be in use after the second."""
_FONTS = re.compile(r"noto.*cjk|wqy|source.?han|simhei|simsun|msyh|pingfang", re.IGNORECASE)
FONT_FOLDERS = (Path("/usr/share/fonts"), Path("/usr/local/share/fonts"), Path.home() / ".fonts")


def time_zone(name: str) -> Finding:
    """The zone of recorders' file names, which carry none."""
    try:
        now = datetime.now(ZoneInfo(name))
    except (KeyError, ValueError, OSError):  # unknown, a path, a folder
        return mend("time zone", f"no zone is called {name!r}", "set `time_zone` to one such as `Asia/Shanghai`")
    return Finding("time zone", f"{name}, now {now:%Y-%m-%d %H:%M %z}")


def clock(now: datetime) -> Finding:
    """Evidence bears the clock's time, and a file younger than some seconds is taken to be still recording."""
    found = f"{now:%Y-%m-%d %H:%M:%S %Z}".strip()
    if EARLIEST <= now <= LATEST:
        return Finding("system clock", found)
    return mend("system clock", f"{found} cannot be", "set it (`timedatectl set-ntp true`): evidence bears its time")


def encoding(stdout: str, names: str) -> Finding:
    """How text is printed, and how file names are read."""
    found = f"{stdout or 'unknown'} for text, {names} for file names"
    wrong = [name for name in (stdout, names) if name.lower().replace("_", "-") not in {"utf-8", "utf8"}]
    if wrong:
        return mend("encoding", found, "set PYTHONUTF8=1, or a UTF-8 locale such as LANG=C.UTF-8")
    return Finding("encoding", found)


def font(names: Iterable[str]) -> Finding:
    """The first Chinese font among file names."""
    found = next((name for name in names if _FONTS.search(name)), "")
    if found:
        return Finding("Chinese font", found)
    return beware("Chinese font", "none", "install fonts-noto-cjk to see the dashboard's text on this machine")


def font_files() -> Iterable[str]:
    for folder in FONT_FOLDERS:
        for path in folder.rglob("*"):
            yield path.name
