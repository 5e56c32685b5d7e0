"""Recorders' names: which are understood, and which are left to others."""

from datetime import datetime
from pathlib import PurePosixPath

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from monitor.source.layouts import (
    Facts,
    bililive_go,
    bililive_recorder,
    biliup,
    blrec,
    douyin_live_recorder,
    recorder_facts,
)
from monitor.source.platforms import folder_platform, platform_id

AT = datetime(2026, 11, 20, 20, 0, 5)  # noqa: DTZ001 (recorders write local time without a zone)

KNOWN = [
    (
        "/downloads/抖音直播/小鹿好物/小鹿好物_2026-11-20_20-00-05_000.ts",
        Facts("小鹿好物_2026-11-20_20-00-05", AT, "douyin", "", "小鹿好物", "", 0),
    ),
    (
        "/d/快手直播/老陈/老陈_清仓_专场_2026-11-20_20-00-05.mp4",
        Facts("老陈_清仓_专场_2026-11-20_20-00-05", AT, "kuaishou", "", "老陈", "清仓_专场"),
    ),
    (
        "/d/淘宝直播/a_b/2026-11-20/夜场_a_b/a_b_夜场_2026-11-20_20-00-05_1000.flv",
        Facts("a_b_夜场_2026-11-20_20-00-05", AT, "taobao", "", "a_b", "夜场", 1000),
    ),
    (
        "/d/抖音直播/妮妮/2026-11-20_上新/妮妮_上新_2026-11-20_20-00-05.mkv",
        Facts("妮妮_上新_2026-11-20_20-00-05", AT, "douyin", "", "妮妮", "上新"),
    ),
    (
        "/d/抖音直播/妮妮_x_2026-11-20_20-00-05.m4a",
        Facts("妮妮_x_2026-11-20_20-00-05", AT, "douyin", "", "妮妮_x"),
    ),
    (
        "/d/自定义录制直播/room/room_2026-11-20_20-00-05.ts",
        Facts("room_2026-11-20_20-00-05", AT, "", "", "room"),
    ),
    ("/desk/阿兰_2026-11-20_20-00-05.mp4", Facts("阿兰_2026-11-20_20-00-05", AT, "", "", "阿兰")),
    ("/rec/阿兰2026-11-20T20_00_05.flv", Facts("阿兰2026-11-20T20_00_05", AT, "", "", "阿兰")),
    ("/rec/主播20262026-11-20T20_00_05.mp4", Facts("主播20262026-11-20T20_00_05", AT, "", "", "主播2026")),
    (
        "/rec/阿兰2026-11-20 20_00_05上新 第二场.flv",
        Facts("阿兰2026-11-20 20_00_05上新 第二场", AT, "", "", "阿兰", "上新 第二场"),
    ),
    ("/rec/阿兰 2026-11-20 20_00_05.flv", Facts("阿兰 2026-11-20 20_00_05", AT, "", "", "阿兰")),
    (
        "/rec/123-阿-豆/录制-123-20261120-200005-250-夜场-二.flv",
        Facts(
            "录制-123-20261120-200005-250-夜场-二",
            AT.replace(microsecond=250_000),
            "bilibili",
            "123",
            "阿-豆",
            "夜场-二",
        ),
    ),
    (
        "/rec/loose/录制-123-20261120-200005-.mp4",
        Facts("录制-123-20261120-200005-", AT, "bilibili", "123"),
    ),
    (
        "/rec/77 - 小 舟/blive_77_2026-11-20-200005.flv",
        Facts("blive_77_2026-11-20-200005", AT, "bilibili", "77", "小 舟"),
    ),
    (
        "/rec/99 - 别人/blive_77_2026-11-20-200005.flv",
        Facts("blive_77_2026-11-20-200005", AT, "bilibili", "77"),
    ),
    (
        "/rec/抖音/小舟/[2026-11-20 20-00-05][小舟][杂货 清仓].flv",
        Facts("[2026-11-20 20-00-05][小舟][杂货 清仓]", AT, "douyin", "", "小舟", "杂货 清仓"),
    ),
]

UNKNOWN = [
    "/d/o01.mp4",
    "/d/2026-11-20 20-00-05.mkv",
    "/d/2026-11-20_20-00-05.mp4",
    "/d/_2026-11-20_20-00-05.mp4",
    "/d/2026-11-20T20_00_05.flv",
    "/d/小鹿_2026-13-20_20-00-05.mp4",
    "/d/小鹿_2026-11-20_25-00-05.mp4",
    "/d/小鹿_2026-11-20_20-00-05_00.mp4",
    "/d/小鹿_2026-11-20_20-00-05_copy.mp4",
    "/d/小鹿_2026-11-20.mp4",
    "/d/小鹿_٢٠٢٦-11-20_20-00-05.mp4",
    "/d/小鹿2026-02-30T20_00_05.flv",
    "/d/录制-小鹿-20261120-200005-250-夜场.flv",
    "/d/录制-123-20261120-夜场.flv",
    "/d/blive_x_2026-11-20-200005.flv",
    "/d/blive_77_2026-11-20.flv",
    "/d/VID_20261120_200005.mp4",
    "/d/Screen Recording 2026-11-20 at 20.00.05.mov",
    "/d/[2026-11-20 20-00-05].flv",
    "/d/小鹿_000.mp4",
]


@pytest.mark.parametrize(("path", "facts"), KNOWN, ids=[path for path, _ in KNOWN])
def test_recorders_names_are_understood(path, facts):
    """Each recorder's default names, and its documented variants, give room, creator, title, start and part."""
    assert recorder_facts(PurePosixPath(path)) == facts


@pytest.mark.parametrize("path", UNKNOWN)
def test_other_names_say_nothing(path):
    """A name that no recorder gives, or that holds an impossible date, is not guessed at."""
    assert recorder_facts(PurePosixPath(path)) is None


moments = st.datetimes(datetime(2000, 1, 1), datetime(2099, 12, 31)).map(  # noqa: DTZ001 (local time)
    lambda at: at.replace(microsecond=0)
)
names = st.text(
    st.characters(codec="utf-8", exclude_characters="/\0", exclude_categories=["Cs"]), min_size=1, max_size=20
).filter(lambda name: name.strip().strip("_ ."))
rooms = st.integers(1, 10**12).map(str)


@example(anchor="虎牙", title="", at=datetime(2026, 1, 1), part=None)  # noqa: DTZ001 (local time)
@given(anchor=names, title=names | st.just(""), at=moments, part=st.none() | st.integers(0, 1500))
def test_douyin_live_recorder_round_trip(anchor, title, at, part):
    """Below a platform's and an anchor's folder, whatever stands in the title, the anchor's name comes back."""
    head = f"{anchor}_{title}" if title else anchor
    number = "" if part is None else f"_{part:03d}"
    path = PurePosixPath(f"/r/抖音直播/{anchor}/{head}_{at:%Y-%m-%d_%H-%M-%S}{number}.ts")
    facts = douyin_live_recorder(path)
    assert facts is not None
    assert (facts.platform, facts.creator, facts.title) == ("douyin", anchor, title)
    assert (facts.started_at, facts.part) == (at, part)


@given(streamer=names, at=moments)
def test_biliup_round_trip(streamer, at):
    """The default template gives back streamer and start, whatever the name."""
    facts = biliup(PurePosixPath(f"/r/{streamer}{at:%Y-%m-%dT%H_%M_%S}.flv"))
    assert facts is not None
    assert (facts.creator, facts.started_at, facts.part) == (streamer.strip(), at, None)


@given(room=rooms, name=names, title=names | st.just(""), at=moments, ms=st.integers(0, 999))
def test_bililive_recorder_round_trip(room, name, title, at, ms):
    """Room, name, title and start to the millisecond come back."""
    path = PurePosixPath(f"/r/{room}-{name}/录制-{room}-{at:%Y%m%d-%H%M%S}-{ms:03d}-{title}.flv")
    facts = bililive_recorder(path)
    assert facts is not None
    assert (facts.room, facts.creator, facts.title) == (room, name, title)
    assert facts.started_at == at.replace(microsecond=ms * 1000)


@given(room=rooms, name=names, at=moments)
def test_blrec_round_trip(room, name, at):
    """Room, name and start come back."""
    facts = blrec(PurePosixPath(f"/r/{room} - {name}/blive_{room}_{at:%Y-%m-%d-%H%M%S}.flv"))
    assert facts is not None
    assert (facts.room, facts.creator, facts.started_at) == (room, name, at)


@given(name=names.filter(lambda name: "][" not in name), title=names | st.just(""), at=moments)
def test_bililive_go_round_trip(name, title, at):
    """Name, title and start come back."""
    facts = bililive_go(PurePosixPath(f"/r/快手/x/[{at:%Y-%m-%d %H-%M-%S}][{name}][{title}].flv"))
    assert facts is not None
    assert (facts.platform, facts.creator, facts.title, facts.started_at) == ("kuaishou", name, title, at)


@given(st.text(max_size=60).filter(lambda name: "/" not in name))
def test_no_name_is_too_strange(name):
    """Whatever the name, looking at it raises nothing."""
    recorder_facts(PurePosixPath("/r") / name)


@pytest.mark.parametrize(
    ("name", "platform"),
    [
        ("抖音直播", "douyin"),
        ("抖音", "douyin"),
        (" Douyin ", "douyin"),
        ("ＫＵＡＩＳＨＯＵ", "kuaishou"),
        ("B站直播", "bilibili"),
        ("新平台", "新平台"),
        ("", ""),
    ],
)
def test_a_platform_has_one_id(name, platform):
    """However a platform is written it is one platform; an unknown one keeps its name."""
    assert platform_id(name) == platform


def test_only_known_folders_name_a_platform():
    """An ordinary folder is no platform, even one that ends in 直播."""
    assert folder_platform("淘宝直播") == "taobao"
    assert folder_platform("自定义录制直播") == ""
    assert folder_platform("我的直播") is None
    assert folder_platform("直播") is None
