"""`rooms.csv`: what an operator knows about the recordings in a folder."""

from __future__ import annotations

import difflib
import math
import os
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from functools import lru_cache
from pathlib import Path, PurePosixPath

from monitor.csv_rows import numbered_rows
from monitor.source.platforms import platform_id

NAME = "rooms.csv"

_COLUMNS = (
    "file",
    "platform",
    "creator",
    "host_account",
    "started_at",
    "danmaku_offset_s",
    "room",
    "industry",
    "shop_score",
)
_LONGEST_OFFSET_S = 86_400.0  # a day: beyond that it is a clock time or milliseconds typed into the wrong column
_LONGEST_INDUSTRY = 40
_MOST_POINTS = 100.0  # platforms rate shops by 5 or by 100 points
_POINTS = {"kuaishou": 5.0}
"""Highest score a shop can have where the rules that we hold depend on it: the notice's threshold of 4.4 is of five."""


@dataclass(frozen=True, slots=True)
class Row:
    """What one line says about one file; empty where it does not say."""

    file: Path
    line: int
    platform: str = ""
    creator: str = ""
    host_account: str = ""
    started_at: datetime | None = None
    """With a zone."""
    danmaku_offset_ms: int | None = None
    room: str = ""
    industry: str = ""
    """The host's main industry; some rules bind some industries only."""
    shop_score: float | None = None
    """The shop's score that buyers see, in the platform's points."""


def read_rooms(path: Path, zone: tzinfo) -> tuple[list[Row], list[str]]:
    """The rows of a `rooms.csv`, and every problem in it as `path:line: message`.

    UTF-8 with or without a byte order mark; `file` is relative to the table's folder; columns that we do not know are
    left to whoever keeps the table. A `started_at` without a zone is in `zone`.
    """
    rows: list[Row] = []
    problems: list[str] = []
    seen: dict[Path, int] = {}
    for line, cells in _lines(path):
        if isinstance(cells, str):
            problems.append(f"{path}:{line}: {cells}")
            continue
        row, wrong = _row(path.parent, line, cells, zone)
        if row.file in seen and not wrong:
            wrong.append(f"`{cells['file']}` is listed already in line {seen[row.file]}; keep one of the two")
        problems += [f"{path}:{line}: {message}" for message in wrong]
        if not wrong:
            seen[row.file] = line
            rows.append(row)
    return rows, problems


def _lines(path: Path) -> Iterator[tuple[int, dict[str, str] | str]]:
    """Line number and its cells by column name, or what is wrong with the line."""
    header: list[str] | None = None
    for line, cells in numbered_rows(path):
        if isinstance(cells, str):
            yield line, cells
            return
        if header is None:
            header = [cell.lower() for cell in cells]
            yield from ((line, message) for message in _header_problems(header))
            if "file" not in header:
                return
        elif any(cells[len(header) :]):
            yield line, f"{len(cells)} cells under {len(header)} columns; put names with commas between quotes"
        else:
            yield line, dict(zip(header, (*cells, *[""] * len(header)), strict=False))
    if header is None:
        yield 1, f"empty; its first line names the columns {', '.join(_COLUMNS[:5])}"


def _header_problems(header: list[str]) -> list[str]:
    wrong = [f"column `{name}` occurs twice" for name in _COLUMNS if header.count(name) > 1]
    absent = [name for name in _COLUMNS if name not in header]
    wrong += [
        f"column `{name}` is not known; did you mean `{near[0]}`?"
        for name in header
        if name not in _COLUMNS and (near := difflib.get_close_matches(name, absent, 1, cutoff=0.8))
    ]
    if "file" not in header:
        wrong.append("no column `file`; the first line names the columns, separated by commas")
    return wrong


def _row(folder: Path, line: int, cells: dict[str, str], zone: tzinfo) -> tuple[Row, list[str]]:
    wrong: list[str] = []
    file = PurePosixPath(cells["file"])
    if not cells["file"]:
        wrong.append("no `file`")
    elif "\0" in cells["file"]:
        wrong.append("`file` contains a NUL character")
    elif file.is_absolute() or ".." in file.parts:
        wrong.append(f"`file` {cells['file']!r} must lie in this folder; name it relative to {NAME}")
    started_at, offset_ms = None, None
    try:
        started_at = _started_at(cells.get("started_at", ""), zone)
    except ValueError:
        wrong.append(
            f"`started_at` {cells['started_at']!r} is no ISO 8601 date and time; write 2026-11-20T20:00:00+08:00"
        )
    try:
        offset_ms = _offset_ms(cells.get("danmaku_offset_s", ""))
    except ValueError:
        wrong.append(f"`danmaku_offset_s` {cells['danmaku_offset_s']!r} is no number of seconds; write -6.5")
    platform, score = platform_id(cells.get("platform", "")), None
    try:
        score = _score(cells.get("shop_score", ""), _POINTS.get(platform, _MOST_POINTS))
    except ValueError as error:
        wrong.append(f"`shop_score` {cells['shop_score']!r} is no score {error}; write 4.35")
    industry = cells.get("industry", "")
    if not industry.isprintable() or len(industry) > _LONGEST_INDUSTRY:
        wrong.append(f"`industry` is no name of an industry of at most {_LONGEST_INDUSTRY} characters; write 茗茶")
    return Row(
        folder / file,
        line,
        platform=platform,
        creator=cells.get("creator", ""),
        host_account=cells.get("host_account", ""),
        started_at=started_at,
        danmaku_offset_ms=offset_ms,
        room=cells.get("room", ""),
        industry=industry,
        shop_score=score,
    ), wrong


def _started_at(text: str, zone: tzinfo) -> datetime | None:
    if not text:
        return None
    at = datetime.fromisoformat(text)
    if ":" not in text and "T" not in text:
        raise ValueError(text)  # a day without an hour would place every flag at midnight
    return at if at.tzinfo else at.replace(tzinfo=zone)


def _offset_ms(text: str) -> int | None:
    if not text:
        return None
    offset_s = float(text)
    if not math.isfinite(offset_s) or abs(offset_s) > _LONGEST_OFFSET_S:
        raise ValueError(text)
    return round(offset_s * 1000)


def _score(text: str, most: float) -> float | None:
    """Points, with or without 分 behind them. Raises ValueError that says between what they must lie."""
    if not text:
        return None
    between = f"between 0 and {most:g}"
    try:
        score = float(unicodedata.normalize("NFKC", text).strip().removesuffix("分"))
    except ValueError:
        raise ValueError(between) from None
    if not 0 <= score <= most:  # also what is no number at all: nan
        raise ValueError(between)
    return score


def listed(media: Path) -> Row | None:
    """What the nearest `rooms.csv` above a recording says of it today, or None; problems in it are passed over.

    For what is judged again long after the search: tables are looked for in the recording's folder and those above.
    """
    real = Path(os.path.realpath(media))
    for folder in real.parents:
        path = folder / NAME
        if path.is_file():
            now = path.stat()
            if row := _rows_by_file(path, now.st_mtime_ns, now.st_size).get(str(real)):
                return row
    return None


@lru_cache(maxsize=8)
def _rows_by_file(path: Path, _changed_ns: int, _size_bytes: int) -> Mapping[str, Row]:
    """A table's rows by the real paths of their files; kept, since a thousand recordings may share one table."""
    rows, _ = read_rooms(path, UTC)
    return {os.path.realpath(row.file): row for row in rows}
