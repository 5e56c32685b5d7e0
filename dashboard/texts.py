"""Words, numbers and times as the pages show them: in Chinese, in China's time."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from dashboard.data import (
    BASIS_NAMES,
    LANE_NAMES,
    METHOD_NAMES,
    PLATFORM_NAMES,
    ROLE_NAMES,
    SCHEME_NAMES,
    SENSE_NAMES,
    SEVERITY_NAMES,
    VERIFICATION_NAMES,
    Role,
    how_in_chinese,
    reason_in_chinese,
    sureness,
)

__all__ = [
    "BASIS_NAMES",
    "CHINA",
    "LANE_NAMES",
    "METHOD_NAMES",
    "NONE",
    "PLATFORM_NAMES",
    "ROLE_NAMES",
    "SCHEME_NAMES",
    "SENSE_NAMES",
    "SEVERITY_NAMES",
    "VERIFICATION_NAMES",
    "ago",
    "clock",
    "count",
    "date",
    "date_and_time",
    "how_in_chinese",
    "length",
    "percent",
    "plain_markdown",
    "plain_text",
    "platform_name",
    "reason_in_chinese",
    "role_name",
    "scheme_name",
    "severity_name",
    "sureness",
]

CHINA = ZoneInfo("Asia/Shanghai")
NONE = "—"
"""Stands where there is nothing to say."""

_MARKDOWN = re.compile(r"([\\`*_{}\[\]()<>#+\-.!|~$:&^=])")
"""Whatever Markdown, Streamlit's colours and emoji (`:red[…]`, `:smile:`), mathematics and HTML begin with."""
_MADE_INTO = re.compile(r"(?<=:)(?=[\w+/-])|(?=@)|(?<=www)(?=\.)|(?<=[-<>=~])(?=[-<>=])", re.IGNORECASE)
"""Where Streamlit makes emoji and icons (`:smile:`), links (`https://`, `www.`, `a@b.c`) and arrows (`->`) of what was
escaped, too: an invisible joiner there keeps it from that."""
_UNSEEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]")
"""Controls, and what reorders or hides text: shown, they would let one name look like another."""


def plain_text(text: str, *, longest: int = 200) -> str:
    """A stream's text without what cannot be seen, on one line, cut where it is too long to be a name."""
    seen = " ".join(_UNSEEN.sub("", text).split())
    return seen if len(seen) <= longest else f"{seen[: longest - 1]}…"


def plain_markdown(text: str, *, longest: int = 200) -> str:
    """The same for what parses Markdown: nothing in it means anything there."""
    return _MARKDOWN.sub(r"\\\1", _MADE_INTO.sub("\u2060", plain_text(text, longest=longest)))


def scheme_name(name: str) -> str:
    return SCHEME_NAMES.get(name, name)


def platform_name(name: str) -> str:
    return PLATFORM_NAMES.get(name, name) or NONE


def severity_name(name: str) -> str:
    return SEVERITY_NAMES.get(name, name)


def role_name(role: Role) -> str:
    return ROLE_NAMES[role]


def count(number: int) -> str:
    """`12,345`."""
    return f"{number:,}"


def percent(share: float | None, digits: int = 0) -> str:
    """`0.873` as `87%`."""
    return NONE if share is None else f"{share:.{digits}%}"


def clock(at_ms: int) -> str:
    """A place in a stream: `1:02:03`, or `02:03` within the first hour."""
    hours, rest = divmod(max(at_ms, 0) // 1000, 3600)
    minutes, seconds = divmod(rest, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes:02}:{seconds:02}"


def length(length_ms: int) -> str:
    """`2 小时 5 分`, `3 分 20 秒`, `8.5 秒`."""
    if length_ms < 60_000:
        seconds = length_ms / 1000
        return f"{seconds:.1f} 秒" if seconds < 10 and length_ms % 1000 else f"{seconds:.0f} 秒"
    if length_ms < 3_600_000:
        minutes, seconds_left = divmod(length_ms // 1000, 60)
        return f"{minutes} 分 {seconds_left} 秒" if seconds_left else f"{minutes} 分钟"
    hours, minutes_left = divmod(length_ms // 60_000, 60)
    return f"{hours} 小时 {minutes_left} 分" if minutes_left else f"{hours} 小时"


def date(at: datetime | None) -> str:
    """`2026-11-22`, the day in China."""
    return NONE if at is None else f"{_in_china(at):%Y-%m-%d}"


def date_and_time(at: datetime | None) -> str:
    """`2026-11-22 18:32`."""
    return NONE if at is None else f"{_in_china(at):%Y-%m-%d %H:%M}"


def ago(at: datetime | None, now: datetime) -> str:
    """`刚刚`, `5 分钟前`, `3 小时前`, `2 天前`."""
    if at is None:
        return NONE
    passed = now - (at if at.tzinfo else at.replace(tzinfo=UTC))
    if passed < timedelta(minutes=1):
        return "刚刚"
    if passed < timedelta(hours=1):
        return f"{passed // timedelta(minutes=1)} 分钟前"
    if passed < timedelta(days=2):
        return f"{passed // timedelta(hours=1)} 小时前"
    return f"{passed // timedelta(days=1)} 天前"


def _in_china(at: datetime) -> datetime:
    return (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(CHINA)
