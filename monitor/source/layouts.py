"""What recorders' file and folder names say: one pure function a layout, from path to facts or None.

Only the names are looked at, never the disk. Each layout is as its recorder documents it or writes it by default:
DouyinLiveRecorder and StreamCap (2025-11, 2026-08), biliup 1.2, BililiveRecorder 2, blrec 2, bililive-go 0.8.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time
from pathlib import PurePath

from monitor.source.platforms import folder_platform

_UP = 5  # DouyinLiveRecorder: platform / anchor / date / title / file, and one to spare


@dataclass(frozen=True, slots=True)
class Facts:
    """What a recorder's name says about a recording; empty where it does not say."""

    recording: str
    """Stem of the recording: that of the file without its part number."""
    started_at: datetime
    """Start of the recording's first part: the recorder's local time, without a zone."""
    platform: str = ""
    room: str = ""
    """The platform's own number of the room."""
    creator: str = ""
    title: str = ""
    part: int | None = None
    """Number of this file within the recording; None when the recorder does not number."""


Layout = Callable[[PurePath], Facts | None]

_BILILIVE_RECORDER = re.compile(
    r"录制-(?P<room>\d+)-(?P<day>\d{8})-(?P<clock>\d{6})(?:-(?P<ms>\d{3}))?-(?P<title>.*)", re.ASCII | re.DOTALL
)
_BLREC = re.compile(r"blive_(?P<room>\d+)_(?P<day>\d{4}-\d\d-\d\d)-(?P<clock>\d{6})", re.ASCII)
_BILILIVE_GO = re.compile(
    r"\[(?P<day>\d{4}-\d\d-\d\d) (?P<clock>\d\d-\d\d-\d\d)\]\[(?P<creator>.+?)\]\[(?P<title>.*)\]", re.ASCII | re.DOTALL
)
_BILIUP = re.compile(
    r"(?P<creator>.+?)(?P<day>\d{4}-\d\d-\d\d)(?:T(?P<clock>\d\d_\d\d_\d\d)| (?P<clock2>\d\d_\d\d_\d\d)(?P<title>.*))",
    re.ASCII | re.DOTALL,
)
_DOUYIN_LIVE_RECORDER = re.compile(
    r"(?P<recording>(?P<head>.+)_(?P<day>\d{4}-\d\d-\d\d)_(?P<clock>\d\d-\d\d-\d\d))(?:_(?P<part>\d{3,}))?",
    re.ASCII | re.DOTALL,
)


def bililive_recorder(path: PurePath) -> Facts | None:
    """`{room}-{name}/录制-{room}-{yyyyMMdd-HHmmss-fff}-{title}.flv`."""
    match = _BILILIVE_RECORDER.fullmatch(path.stem)
    at = match and _moment(match["day"], match["clock"], match["ms"])
    if not match or not at:
        return None
    room, dash, name = path.parent.name.partition("-")
    creator = name if dash and room == match["room"] else ""
    return Facts(path.stem, at, platform="bilibili", room=match["room"], creator=creator, title=match["title"])


def blrec(path: PurePath) -> Facts | None:
    """`{room} - {name}/blive_{room}_{yyyy-mm-dd-HHMMSS}.flv`."""
    match = _BLREC.fullmatch(path.stem)
    at = match and _moment(match["day"], match["clock"])
    if not match or not at:
        return None
    room, dash, name = path.parent.name.partition(" - ")
    creator = name if dash and room == match["room"] else ""
    return Facts(path.stem, at, platform="bilibili", room=match["room"], creator=creator)


def bililive_go(path: PurePath) -> Facts | None:
    """`{platform}/{creator}/[YYYY-MM-DD HH-mm-ss][{creator}][{title}].flv`."""
    match = _BILILIVE_GO.fullmatch(path.stem)
    at = match and _moment(match["day"], match["clock"])
    if not match or not at:
        return None
    platform = folder_platform(path.parent.parent.name) or ""
    return Facts(path.stem, at, platform=platform, creator=match["creator"], title=match["title"])


def biliup(path: PurePath) -> Facts | None:
    """`{creator}%Y-%m-%dT%H_%M_%S`, or the documented template `{creator}%Y-%m-%d %H_%M_%S{title}`.

    A segment carries a time of its own and no number, so each is a recording of its own.
    """
    match = _BILIUP.fullmatch(path.stem)
    at = match and _moment(match["day"], match["clock"] or match["clock2"])
    if not match or not at or not match["creator"].strip():
        return None
    return Facts(path.stem, at, creator=match["creator"].strip(), title=(match["title"] or "").strip())


def douyin_live_recorder(path: PurePath) -> Facts | None:
    """`{platform}/[{anchor}/][{date}/][…/]{anchor}_[{title}_]{YYYY-MM-DD_HH-MM-SS}[_{part}].ts`; StreamCap's too.

    The recorder writes `_` for many characters, so only a folder can tell where the anchor's name ends and the title
    begins. Without such a folder all of it is taken for the name, which is the recorder's default.
    """
    match = _DOUYIN_LIVE_RECORDER.fullmatch(path.stem)
    at = match and _moment(match["day"], match["clock"])
    if not match or not at or not match["head"].strip("_ "):
        return None
    head, folders = match["head"], [folder.name for folder in path.parents][:_UP]
    named = [(level, folder_platform(name)) for level, name in enumerate(folders)]
    known = [(level, platform) for level, platform in named if platform is not None]
    # An anchor may be called 虎牙: the folder of that name is the platform's only where no other one is.
    others = [(level, platform) for level, platform in known if folders[level] != head.split("_", 1)[0]]
    level, platform = next(iter(others or known), (3, ""))
    # The outermost folder below the platform is the anchor's; a folder named after the title lies inside it.
    anchors = [name for name in reversed(folders[:level]) if name and (head == name or head.startswith(f"{name}_"))]
    creator = anchors[0] if anchors else head
    return Facts(
        match["recording"],
        at,
        platform=platform or "",
        creator=creator,
        title=head[len(creator) + 1 :],
        part=int(match["part"]) if match["part"] else None,
    )


LAYOUTS: tuple[Layout, ...] = (bililive_recorder, blrec, bililive_go, biliup, douyin_live_recorder)
"""From the most particular to the least: the first that answers is right."""


def recorder_facts(path: PurePath) -> Facts | None:
    """What the first matching recorder's layout says of an absolute path; None for a name that no recorder gives."""
    return next((facts for layout in LAYOUTS if (facts := layout(path))), None)


def _moment(day: str, clock: str, ms: str | None = None) -> datetime | None:
    """The local time that the digits give, without a zone; None when there is no such day or hour."""
    day, clock = re.sub(r"\D", "", day), re.sub(r"\D", "", clock)
    try:
        on = date(int(day[:4]), int(day[4:6]), int(day[6:]))
        at = time(int(clock[:2]), int(clock[2:4]), int(clock[4:]), int(ms or 0) * 1000)
    except ValueError:
        return None
    return datetime.combine(on, at)
