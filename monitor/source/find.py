"""The search: paths in; streams to scan, and what was left alone and why, out."""

from __future__ import annotations

import os
from collections.abc import Iterable
from datetime import tzinfo
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from monitor.config import Settings
from monitor.errors import DataError, UsageError
from monitor.records import Stream
from monitor.source import sidecars
from monitor.source.found import Found, Passed
from monitor.source.platforms import platform_id
from monitor.source.recordings import Recording, drop_remuxes, group
from monitor.source.rooms import Row
from monitor.source.search import Search, pass_unreadable
from monitor.source.settled import growing


def find(paths: Iterable[Path], settings: Settings, *, now_s: float | None = None) -> Found:
    """The streams in the given files and folders, which are searched through, each file once.

    `rooms.csv` says whose a recording is, else the recorder's name does, else the settings. `now_s` (unix time) stands
    for the present when files are judged to be still written. Raises DataError that names every wrong line of every
    `rooms.csv` met, UsageError for an unknown time zone; a path that cannot be read is in `Found.passed`.
    """
    zone = _zone(settings)
    search = Search(workspace=settings.workspace, zone=zone)
    for path in paths:
        search.add(Path(path))
    if search.problems:
        raise DataError(search.problems)
    unreadable = {path: why for path in search.files if (why := pass_unreadable(path))}
    kept, remuxes = drop_remuxes([path for path in search.files if path not in unreadable])
    listed = frozenset(path for path in kept if search.row(path))
    written = growing(kept, settle_s=settings.settle_s, listed=listed, now_s=now_s)
    recordings = group(path for path in kept if path not in written)
    for recording in recordings:
        search.own(recording.parts[0].parent, recording.stem)
    passed = (
        *search.passed,
        *unreadable.values(),
        *remuxes,
        *(Passed(path, "still being written", failed=False) for path in kept if path in written),
        *_orphans(search),
    )
    return Found(tuple(_stream(recording, search, settings, zone) for recording in recordings), passed)


def _zone(settings: Settings) -> tzinfo:
    try:
        return ZoneInfo(settings.time_zone)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise UsageError(
            f"there is no time zone {settings.time_zone!r}", where="settings: time_zone", todo="write Asia/Shanghai"
        ) from error


def _stream(recording: Recording, search: Search, settings: Settings, zone: tzinfo) -> Stream:
    """The recording with its sidecars and everything known about it."""
    parts, facts, folder = recording.parts, recording.facts, recording.parts[0].parent
    row = next((row for path in parts if (row := search.row(path))), None) or Row(parts[0], 0)
    part_danmaku = tuple(sidecars.beside(path.parent, path.stem, sidecars.DANMAKU) for path in parts)
    danmaku = (sidecars.beside(folder, recording.stem, sidecars.DANMAKU), *part_danmaku)
    stems = (recording.stem, *(path.stem for path in parts))
    messages = (sidecars.beside(folder, stem, sidecars.MESSAGES) for stem in stems)
    named_start = facts.started_at.replace(tzinfo=zone) if facts and recording.whole else None
    offset_ms = settings.danmaku_offset_ms if row.danmaku_offset_ms is None else row.danmaku_offset_ms
    return Stream(
        room=row.room or _printable(recording.stem),
        parts=parts,
        platform=row.platform or (facts.platform if facts else "") or platform_id(settings.platform),
        creator=row.creator or _printable(facts.creator if facts else "") or settings.creator,
        host_account=row.host_account or settings.host_account,
        started_at=row.started_at or named_start,
        danmaku=_each_once(danmaku),
        messages=_each_once(messages),
        danmaku_offset_ms=offset_ms,
        part_danmaku=part_danmaku,
        industry=row.industry,
        shop_score=row.shop_score,
    )


def _orphans(search: Search) -> Iterable[Passed]:
    """The sidecars that belong to no recording met, which is no failure: recorders leave such behind."""
    for path in search.sidecars:
        kind, stem = sidecars.kind(path), sidecars.stem(path)
        if kind != sidecars.CLOCK and (os.path.realpath(path.parent), stem) not in search.owners:
            yield Passed(path, f"{kind} whose recording was not found", failed=False)


def _each_once(paths: Iterable[Path | None]) -> tuple[Path, ...]:
    return tuple(dict.fromkeys(path for path in paths if path))


def _printable(name: str) -> str:
    """The name with bytes that are no UTF-8 replaced, so that it can be stored and shown."""
    return name.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
