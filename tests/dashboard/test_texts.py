"""What pages show: text that is not ours stays text, numbers and times read as people write them."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest

from dashboard import texts

HOSTILE = (
    "<script>alert(1)</script>",
    "[点我](https://evil.example)",
    "![图](https://evil.example/a.png)",
    "https://evil.example www.evil.example a@evil.example",
    ":red[红] :smile: :material/home: :streamlit:",
    "**粗** _斜_ `码` ~~删~~ $x^2$ # 标题",
    "a -> b <- c -- d",
    "=cmd|' /C calc'!A0",
)


@pytest.mark.parametrize("text", HOSTILE)
def test_markdown_finds_nothing_to_make(text):
    """Each sign that means something is escaped; where escaping does not help, an invisible joiner stands between."""
    shown = texts.plain_markdown(text)

    assert re.sub(r"\\([!-/:-@\[-`{-~])|\u2060", r"\1", shown) == text
    assert not re.search(r"(?<!\\)[<>\[\]*_`$#|~!]", shown)
    assert not re.search(r":\w+:|https?:/|www\.|\w@|->|<-|--", shown.replace("\\", ""))


def test_what_hides_or_reorders_is_left_out():
    """Bidirectional controls, zero width, line ends: one name cannot look like another."""
    assert texts.plain_text("\u202e主\u200b播\ufeff\u2066\n甲\x00") == "主播 甲"


def test_names_of_ten_thousand_characters_are_cut():
    """With a sign that something is missing."""
    assert texts.plain_text("主" * 10_000) == "主" * 199 + "…"
    assert len(texts.plain_text("主" * 10_000, longest=20)) == 20


@pytest.mark.parametrize(
    ("ms", "said"),
    [
        (0, "0 秒"),
        (8_500, "8.5 秒"),
        (59_900, "60 秒"),
        (60_000, "1 分钟"),
        (200_000, "3 分 20 秒"),
        (7_500_000, "2 小时 5 分"),
    ],
)
def test_lengths(ms, said):
    """As people say them."""
    assert texts.length(ms) == said


@pytest.mark.parametrize(("ms", "said"), [(-1, "00:00"), (83_999, "01:23"), (3_723_000, "1:02:03")])
def test_places_in_a_stream(ms, said):
    """As players show them, never rounded up."""
    assert texts.clock(ms) == said


def test_times_are_chinas():
    """UTC in the store, Beijing on the page; a time without a zone is UTC."""
    at = datetime(2026, 11, 22, 18, 32, tzinfo=UTC)

    assert texts.date_and_time(at) == "2026-11-23 02:32"
    assert texts.date(at.replace(tzinfo=None)) == "2026-11-23"
    assert texts.date(None) == texts.NONE


@pytest.mark.parametrize(
    ("passed", "said"),
    [
        (timedelta(seconds=5), "刚刚"),
        (timedelta(minutes=5), "5 分钟前"),
        (timedelta(hours=30), "30 小时前"),
        (timedelta(days=3), "3 天前"),
    ],
)
def test_how_long_ago(passed, said):
    """In the unit that fits."""
    now = datetime(2026, 11, 22, tzinfo=UTC)

    assert texts.ago(now - passed, now) == said


def test_numbers():
    """Grouped, and whole percents unless asked."""
    assert (texts.count(12_345), texts.percent(0.873), texts.percent(0.873, 1), texts.percent(None)) == (
        "12,345", "87%", "87.3%", texts.NONE,
    )  # fmt: skip
