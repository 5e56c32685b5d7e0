"""What recorders leave beside a recording under its stem: danmaku and exported messages."""

from __future__ import annotations

import os
from pathlib import Path

DANMAKU = ".xml"
MESSAGES = ".messages.jsonl"

CLOCK = "clock"
"""DouyinLiveRecorder's subtitles hold the wall clock, second by second: never a transcript, and nothing to report."""


def kind(path: Path) -> str:
    """`danmaku`, `messages`, `clock`, or empty for a file that is no sidecar."""
    name = path.name.lower()
    if name.endswith(MESSAGES):
        return "messages"
    return {DANMAKU: "danmaku", ".srt": CLOCK}.get(path.suffix.lower(), "")


def stem(path: Path) -> str:
    """The stem of the recording that the sidecar belongs to."""
    return path.name[: -len(MESSAGES)] if kind(path) == "messages" else path.stem


def beside(folder: Path, recording: str, ending: str) -> Path | None:
    """The sidecar `{recording}{ending}` in the folder, or None; a remux keeps the stem, so it is found after one."""
    for name in (f"{recording}{ending}", f"{recording}{ending.upper()}"):
        path = folder / name
        if os.path.isfile(path):  # noqa: PTH113 (a name too long is no error here)
            return path
    return None
