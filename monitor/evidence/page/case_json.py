"""Fields of a bundle's JSON, read so that nothing missing or of a wrong kind stops a page; figures as written. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from monitor.wording import CONDITION_NAMES

Json = Mapping[str, Any]
_LARGEST = 1e15
"""Seconds of thirty million years, or a petabyte; tenths and milliseconds of it are still whole numbers in a float."""


def text_of(value: Any) -> str:
    """A field as text: empty for what is missing, numbers as they are written."""
    if isinstance(value, str):
        return value
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else ""


def number_of(value: Any) -> float | None:
    """A field as a number, or None; so for infinity, and for what no stream has that many of."""
    good = isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= _LARGEST
    return float(value) if good else None


def rows_of(value: Any) -> list[Json]:
    """A field as a list of objects; what is none is left out."""
    return [row for row in value if isinstance(row, Mapping)] if isinstance(value, list | tuple) else []


def inner(value: Json, name: str) -> Json:
    """An object within an object; empty when it is missing."""
    found = value.get(name)
    return found if isinstance(found, Mapping) else {}


def lines_of(value: Any) -> list[str]:
    """Free-form text, list or object as lines; objects as `名：值`, known names in Chinese."""
    if isinstance(value, Mapping):
        pairs = ((CONDITION_NAMES.get(str(key), str(key)), "、".join(lines_of(each))) for key, each in value.items())
        return [f"{name}：{said}" for name, said in pairs if said]
    if isinstance(value, list | tuple):
        return [said for each in value for said in ["；".join(lines_of(each))] if said]
    if isinstance(value, bool):
        return ["是" if value else "否"]
    return [text_of(value)] if text_of(value) else []


def clock(seconds: float) -> str:
    """Stream time to a tenth of a second: `0:14.1`, `1:02:03.4`."""
    tenths = max(0, round(seconds * 10))
    minutes, tenths = divmod(tenths, 600)
    hours, minutes = divmod(minutes, 60)
    short = f"{minutes:02d}" if hours else f"{minutes}"
    return (f"{hours}:" if hours else "") + f"{short}:{tenths // 10:02d}.{tenths % 10}"


def stretch(start_s: float | None, end_s: float | None) -> str:
    """`0:14.1–0:21.6`; one time where both are written alike, empty where neither is known."""
    if start_s is None or end_s is None:
        return clock(start_s) if start_s is not None else ""
    return clock(start_s) if clock(start_s) == clock(end_s) else f"{clock(start_s)}–{clock(end_s)}"


def stream_began(flag: Json, manifest: Json) -> datetime | None:
    """Wall clock of stream time 0, with the zone that was recorded; None when it is not known."""
    told = _moment(inner(manifest, "stream").get("started_at"))
    if told is not None:
        return told
    at, start_s = _moment(flag.get("wall_start")), number_of(flag.get("start_s"))
    return at - timedelta(seconds=start_s) if at is not None and start_s is not None else None


def _moment(value: Any) -> datetime | None:
    try:
        return datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None


def sizes(bytes_: Any) -> str:
    """`17.4 KB`; empty when it is not known."""
    size = number_of(bytes_)
    if size is None:
        return ""
    for unit in ("B", "KB", "MB"):
        if size < 1000:
            return f"{size:.0f} {unit}" if unit == "B" else f"{size:.1f} {unit}"
        size /= 1000
    return f"{size:.1f} GB"


def spans(rows: Iterable[Json], start: str, end: str) -> list[tuple[float, float]]:
    """The stretches that rows tell under two names, those that tell both."""
    found = ((number_of(row.get(start)), number_of(row.get(end))) for row in rows)
    return [(first, max(first, last)) for first, last in found if first is not None and last is not None]
