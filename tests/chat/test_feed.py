from pathlib import Path

from monitor.chat import NameHasher, TypedFeed
from monitor.records import Channel, Role, Sense, Stream

HASH = NameHasher(b"k" * 32)


def danmaku(path: Path, *rows: tuple[float, str, str]) -> Path:
    lines = "".join(f'<d p="{at:.3f},1,25,1,0,0,7,0" user="{user}">{text}</d>' for at, user, text in rows)
    path.write_text(f"<i>{lines}</i>", encoding="utf-8")
    return path


def test_what_was_typed_comes_in_time_order_and_once(tmp_path: Path):
    """Danmaku and messages are merged on one clock; each cue is given once, under an id of its own."""
    xml = danmaku(tmp_path / "a.xml", (4.0, "主播", "四"), (1.0, "路人", "一"))
    messages = tmp_path / "a.messages.jsonl"
    messages.write_text('{"time_s": 2.0, "sender": "host", "text": "二"}\n', encoding="utf-8")
    feed = TypedFeed(Stream("a", (tmp_path / "a.mp4",), danmaku=(xml,), messages=(messages,)), HASH)

    first, rest = feed.due(3000), feed.due(None)

    assert [c.text for c in first + rest] == ["一", "二", "四"]
    assert [c.channel for c in first] == [Channel.CHAT, Channel.MESSAGE]
    assert [c.role for c in first + rest] == [Role.VIEWER, Role.HOST, Role.HOST]
    assert len({c.cue_id for c in first + rest}) == 3
    assert feed.due(None) == []


def test_a_part_has_its_own_zero(tmp_path: Path):
    """A part's danmaku is placed where the part begins, with the stream's offset on top."""
    xml = danmaku(tmp_path / "b.xml", (2.0, "主播", "好"))
    stream = Stream("a", (tmp_path / "b.ts",), danmaku=(xml,), part_danmaku=(xml,), danmaku_offset_ms=-500)
    feed = TypedFeed(stream, HASH)

    assert feed.due(None) == []
    feed.begin_part(xml, 60_000)
    (cue,) = feed.due(None)
    assert cue.span.start_ms == 61_500


def test_a_file_that_cannot_be_read_is_a_gap(tmp_path: Path):
    """Chat that is missing or cut off is said, and nothing stops for it."""
    cut = tmp_path / "cut.xml"
    cut.write_text('<i><d p="1.0,1,25,1,0,0,7,0" user="主播">好</d><d p="2.0', encoding="utf-8")
    feed = TypedFeed(Stream("a", (tmp_path / "a.mp4",), danmaku=(tmp_path / "gone.xml", cut)), HASH)

    assert [c.text for c in feed.due(None)] == ["好"]
    assert {gap.sense for gap in feed.gaps} == {Sense.CHAT}
    assert [gap.reason.split(":")[0] for gap in feed.gaps] == ["gone.xml", "cut.xml"]
