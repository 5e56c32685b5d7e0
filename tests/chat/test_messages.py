"""Exported messages: who wrote, when, and what becomes of wrong lines."""

import json
from datetime import datetime, timedelta, timezone

import pytest
from chat.whole_files import read_messages

from monitor.chat import NameHasher
from monitor.errors import InputError
from monitor.records import Channel, Role
from monitor.timeline import Span

HASH = NameHasher(b"k" * 32)
STARTED = datetime(2026, 11, 20, 20, tzinfo=timezone(timedelta(hours=8)))


def save(folder, *lines, encoding="utf-8"):
    path = folder / "a.messages.jsonl"
    written = (line if isinstance(line, str) else json.dumps(line, ensure_ascii=False) for line in lines)
    path.write_bytes("".join(f"{line}\n" for line in written).encode(encoding))
    return path


def read(folder, *lines, started_at=STARTED, **given):
    return read_messages(save(folder, *lines), hash_name=HASH, started_at=started_at, **given)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk"])
def test_a_message(tmp_path, encoding):
    """Time, role and words are read; the name becomes a hash."""
    path = save(tmp_path, {"time_s": 12.5, "sender": "host", "text": "加微信退你", "name": "小鹿"}, encoding=encoding)
    file = read_messages(path, hash_name=HASH, started_at=None)
    (cue,) = file.cues
    assert (cue.cue_id, cue.channel, cue.span) == ("message:0", Channel.MESSAGE, Span(12_500, 13_500))
    assert (cue.text, cue.role, cue.sender) == ("加微信退你", Role.HOST, HASH("小鹿"))
    assert file.problem == ""
    assert "小鹿" not in repr(file)


@pytest.mark.parametrize(
    ("time", "at_ms"),
    [
        ({"time_s": 0}, 0),
        ({"time_s": -3.2}, 0),
        ({"time": "2026-11-20T20:01:00+08:00"}, 60_000),
        ({"time": "2026-11-20T12:01:00Z"}, 60_000),
        ({"time": "2026-11-20T20:01:00"}, 60_000),
        ({"time": STARTED.timestamp() + 1.25}, 1250),
        ({"time": int(STARTED.timestamp() + 2) * 1000}, 2000),
        ({"time": "2026-11-20T19:00:00+08:00"}, 0),
        ({"time_s": 5, "time": "2026-11-20T20:01:00+08:00"}, 5000),
    ],
)
def test_times(tmp_path, time, at_ms):
    """Media time, ISO 8601 and unix time all place a message; one from before the start is put at the start."""
    file = read(tmp_path, {**time, "sender": "staff", "text": "好"})
    assert (file.cues[0].span.start_ms, file.cues[0].role, file.problem) == (at_ms, Role.STAFF, "")


def test_clock_times_without_a_start(tmp_path):
    """Messages that cannot be placed count at the start, and that is said."""
    lines = [{"time": "2026-11-20T20:01:00", "sender": "viewer", "text": text} for text in "ab"]
    file = read(tmp_path, *lines, {"time_s": 3, "sender": "host", "text": "c"}, started_at=None)
    assert [(cue.span.start_ms, cue.text) for cue in file.cues] == [(0, "a"), (0, "b"), (3000, "c")]
    assert file.problem == "2 messages put at the start, since the broadcast's clock time is not known"


def test_order_and_numbering(tmp_path):
    """Messages come by time; their numbers follow the file and can go on from another."""
    lines = [{"time_s": at, "sender": "host", "text": "好"} for at in (9, 1, 5)]
    file = read(tmp_path, *lines, first_id=4)
    assert [cue.cue_id for cue in file.cues] == ["message:5", "message:6", "message:4"]


GOOD = {"time_s": 1, "sender": "host", "text": "好"}
WRONG = [
    ("{", "not JSON"),
    ("[1]", "not a JSON object"),
    ("null", "not a JSON object"),
    ("[" * 100_000, ""),
    ('{"time_s": 1' + "0" * 5000 + "}", ""),
    ({**GOOD, "text": ""}, "no `text`"),
    ({**GOOD, "text": 5}, "no `text`"),
    ({**GOOD, "sender": "小红"}, "`sender` is not"),
    ({**GOOD, "sender": []}, "`sender` is not"),
    ({"sender": "host", "text": "x"}, "neither `time_s` nor `time`"),
    ({**GOOD, "time_s": "soon"}, "`time_s` is no number"),
    ({**GOOD, "time_s": True}, "`time_s` is no number"),
    ({**GOOD, "time_s": 10**400}, "out of range"),
    ('{"time_s": NaN, "sender": "host", "text": "x"}', "`time_s` is no number"),
    ('{"time_s": 1e999, "sender": "host", "text": "x"}', "`time_s` is no number"),
    ({**GOOD, "time_s": 1e12}, "more than a year"),
    ({"time": "昨天", "sender": "host", "text": "x"}, "`time` is no ISO 8601 time"),
    ({"time": "0001-01-01T00:00:00+14:00", "sender": "host", "text": "x"}, ""),
    ({"time": [], "sender": "host", "text": "x"}, "`time` is no number"),
    ('{"text": "' + "x" * 3_000_000 + '"}', "longer than 1 MiB"),
]


@pytest.mark.parametrize(("line", "says"), WRONG, ids=[str(number) for number in range(len(WRONG))])
def test_a_wrong_line_is_skipped_and_named(tmp_path, line, says):
    """One bad line costs itself alone: it is counted, its place named, and its words are not repeated."""
    file = read(tmp_path, GOOD, "", line, GOOD)
    assert len(file.cues) == 2
    assert file.problem.startswith(f"1 wrong lines skipped: {tmp_path / 'a.messages.jsonl'}:3: ")
    assert says in file.problem
    assert "小红" not in file.problem
    assert "昨天" not in file.problem


def test_many_wrong_lines_are_counted(tmp_path):
    """A file full of nonsense gives a short answer."""
    file = read(tmp_path, *["nonsense"] * 2000)
    assert file.cues == ()
    assert file.problem.startswith("2,000 wrong lines skipped: ")
    assert file.problem.endswith("; and 1,995 more")
    assert len(file.problem) < 1500


def test_broken_bytes_are_a_wrong_line(tmp_path):
    """A line that is no UTF-8 is skipped like any other; the rest is read."""
    path = save(tmp_path, *[{**GOOD, "text": "主播晚上好"}] * 5)
    path.write_bytes(path.read_bytes() + b'{"time_s": 1, "sender": "host", "text": "\xff"}\n')
    file = read_messages(path, hash_name=HASH, started_at=None)
    assert len(file.cues) == 5
    assert file.problem.endswith(":6: not UTF-8")


def test_half_an_emoji_can_be_stored(tmp_path):
    """Half a surrogate pair becomes one replacement character, so that places in the text stay right."""
    file = read(tmp_path, '{"time_s": 1, "sender": "host", "text": "a\\ud83db\\ud83d\\ude00"}')
    assert file.cues[0].text == "a\ufffdb😀"


def test_an_empty_file_and_a_last_line_without_an_end(tmp_path):
    """No message is no problem, and the last line needs no line end."""
    assert read(tmp_path).cues == ()
    path = tmp_path / "b.messages.jsonl"
    path.write_text(json.dumps(GOOD))
    assert len(read_messages(path, hash_name=HASH, started_at=None).cues) == 1


def test_a_file_that_does_not_open(tmp_path):
    """A missing file is an error of this input that says where."""
    with pytest.raises(InputError, match="cannot be read") as refused:
        read_messages(tmp_path / "none.messages.jsonl", hash_name=HASH, started_at=None)
    assert refused.value.exit_code == 3
