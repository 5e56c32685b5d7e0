"""`rooms.csv`: what it may hold, and how it says what is wrong."""

from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest

from monitor.source.rooms import Row, listed, read_rooms

SHANGHAI = ZoneInfo("Asia/Shanghai")


def table(folder, text, encoding="utf-8"):
    path = folder / "rooms.csv"
    path.write_bytes(text.encode(encoding))
    return path


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
def test_a_full_row(tmp_path, encoding):
    """Every column is read, in any order, and columns of the operator's own are left alone."""
    path = table(
        tmp_path,
        "room,file,platform,creator,host_account,started_at,danmaku_offset_s,industry,shop_score,remark\r\n"
        '晚场,a.mp4,抖音,"小鹿, 好物",小鹿助理,2026-11-20T20:00:00+08:00,-6.5,服装,4.8,常客\r\n',
        encoding,
    )
    rows, problems = read_rooms(path, SHANGHAI)
    assert problems == []
    assert rows == [
        Row(
            tmp_path / "a.mp4",
            2,
            "douyin",
            "小鹿, 好物",
            "小鹿助理",
            datetime(2026, 11, 20, 20, tzinfo=timezone(timedelta(hours=8))),
            -6500,
            "晚场",
            "服装",
            4.8,
        )
    ]


@pytest.mark.parametrize(
    ("written", "at"),
    [
        ("2026-11-20T20:00:00", datetime(2026, 11, 20, 20, tzinfo=SHANGHAI)),
        ("2026-11-20 20:00", datetime(2026, 11, 20, 20, tzinfo=SHANGHAI)),
        ("2026-11-20T12:00:00Z", datetime(2026, 11, 20, 12, tzinfo=UTC)),
        ("", None),
    ],
)
def test_a_start_is_aware(tmp_path, written, at):
    """A start without a zone is in the zone of the settings; one with a zone keeps it."""
    rows, problems = read_rooms(table(tmp_path, f"file,started_at\na.mp4,{written}\n"), SHANGHAI)
    assert (rows[0].started_at, problems) == (at, [])
    assert at is None or rows[0].started_at.utcoffset() is not None


def test_blank_lines_and_short_rows_are_fine(tmp_path):
    """Excel leaves empty cells and lines behind; they are no error."""
    rows, problems = read_rooms(table(tmp_path, "\nfile,platform,creator\n,,\na.mp4\n\nb.mp4,douyin,,,\n"), SHANGHAI)
    assert problems == []
    assert [(row.file.name, row.line, row.platform) for row in rows] == [("a.mp4", 4, ""), ("b.mp4", 6, "douyin")]


def test_all_problems_at_once(tmp_path):
    """Each wrong line is named with its number and what to write instead; the right ones are read nevertheless."""
    path = table(
        tmp_path,
        "file,platfrom,started_at,danmaku_offset_s\n"
        "a.mp4,douyin,2026/11/20 20:00,\n"
        "b.mp4,douyin,,soon\n"
        "../c.mp4,,,\n"
        "/d.mp4,,,\n"
        ",douyin,,\n"
        "e.mp4,,2026-11-20,1e9\n"
        "f.mp4,a,,,b\n"
        '"g\n.mp4",,,nan\n'
        "h.mp4,,,\n"
        "./h.mp4,,,\n",
    )
    rows, problems = read_rooms(path, SHANGHAI)
    assert [row.file.name for row in rows] == ["h.mp4"]
    starts = [problem.removeprefix(f"{path}:").split(":")[0] for problem in problems]
    assert starts == ["1", "2", "3", "4", "5", "6", "7", "7", "8", "9", "12"]
    assert "did you mean `platform`" in problems[0]
    assert "2026-11-20T20:00:00+08:00" in problems[1]
    assert "listed already in line 11" in problems[-1]


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "empty"),
        (b"platform,creator\ndouyin,a\n", "no column `file`"),
        (b"file,file\na,b\n", "occurs twice"),
        ("file,creator\na.mp4,小鹿好物专场\n".encode("gbk"), "UTF-8"),
        (b'file,creator\na.mp4,"never closed\n', "not a CSV line"),
        (b"file\na\0.mp4\n", "NUL"),
    ],
)
def test_tables_that_are_none(tmp_path, data, says):
    """A file that is no such table says why and where."""
    path = tmp_path / "rooms.csv"
    path.write_bytes(data)
    rows, problems = read_rooms(path, SHANGHAI)
    assert not any("\0" in str(row.file) for row in rows)
    assert says in problems[0]
    assert problems[0].startswith(f"{path}:")


@pytest.mark.parametrize(
    ("platform", "written", "score"),
    [
        ("快手", "4.4", 4.4),
        ("快手", "4.35分", 4.35),
        ("快手", "４．２", 4.2),
        ("快手", "", None),
        ("抖音", "92.5", 92.5),
    ],
)
def test_a_shop_score_is_in_the_platforms_points(tmp_path, platform, written, score):
    """Scores are read as they are shown; nothing is guessed where there is none."""
    path = table(tmp_path, f"file,platform,industry,shop_score\na.mp4,{platform},茗茶,{written}\n")
    rows, problems = read_rooms(path, SHANGHAI)
    assert problems == []
    assert (rows[0].industry, rows[0].shop_score) == ("茗茶", score)


@pytest.mark.parametrize(
    ("cells", "says"),
    [
        ("快手,茗茶,44", "`shop_score` '44' is no score between 0 and 5"),
        ("快手,茗茶,-1", "between 0 and 5"),
        ("快手,茗茶,nan", "between 0 and 5"),
        ("抖音,茗茶,101", "between 0 and 100"),
        ("快手,茗茶,高", "no score"),
        ("快手,茗\u200b茶,4.2", "`industry` is no name"),
        (f"快手,{'茶' * 41},4.2", "`industry` is no name"),
    ],
)
def test_a_wrong_score_or_industry_is_told_with_its_line(tmp_path, cells, says):
    """A slip would decide whether a rule binds the host, so it is refused and not read as unknown."""
    path = table(tmp_path, f"file,platform,industry,shop_score\na.mp4,{cells}\nb.mp4,,,\n")
    rows, problems = read_rooms(path, SHANGHAI)
    assert [row.file.name for row in rows] == ["b.mp4"]
    assert len(problems) == 1
    assert problems[0].startswith(f"{path}:2: ")
    assert says in problems[0]


def test_a_recording_finds_its_row_again(tmp_path):
    """Long after the search: the nearest table that lists the recording, whatever else is wrong with it."""
    (tmp_path / "day").mkdir()
    media = tmp_path / "day" / "a.mp4"
    assert listed(media) is None
    table(tmp_path, "file,industry\nday/a.mp4,茗茶\n")
    assert listed(media).industry == "茗茶"
    table(tmp_path / "day", "file,industry,shop_score\nother.mp4,,\nc.mp4,,x\n")
    assert listed(media).industry == "茗茶"
    table(tmp_path / "day", "file,industry,shop_score\na.mp4,酒水,4.5\nc.mp4,,x\n")
    assert (listed(media).industry, listed(media).shop_score) == ("酒水", 4.5)
