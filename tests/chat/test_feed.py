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


WHOLE = [(n / 2, f"u{n}", f"话{n}") for n in range(20)]


def feed_of(tmp_path: Path, content: str, **more) -> TypedFeed:
    xml = tmp_path / "a.xml"
    xml.write_text(content, encoding="utf-8")
    return TypedFeed(Stream("a", (tmp_path / "a.mp4",), danmaku=(xml,), **more), HASH)


def stretches(feed: TypedFeed) -> list[tuple[int, int, str]]:
    return [(gap.span.start_ms, gap.span.end_ms, gap.reason) for gap in feed.gaps]


def test_a_cut_file_is_unread_from_its_last_comment_to_the_end(tmp_path: Path):
    """The gap begins with the last comment that was read; its end is known with the stream's."""
    content = danmaku(tmp_path / "w.xml", *WHOLE).read_text(encoding="utf-8")
    feed = feed_of(tmp_path, content[: content.index("话11")])
    assert stretches(feed)[0][:2] in {(5000, 5000), (5500, 5500)}
    feed.finish(60_000)
    ((start_ms, end_ms, reason),) = stretches(feed)
    assert start_ms in (5000, 5500)
    assert (end_ms, reason.split(" after ")[0]) == (60_000, "a.xml: cut off")


def test_a_cut_file_that_reaches_beyond_the_end_lacks_nothing_of_the_stream(tmp_path: Path):
    """The cut is said, and no stretch of the stream is called unread."""
    feed = feed_of(tmp_path, '<i><d p="90.0,1,25,1,0,0,7,0">好</d><d p="2')
    feed.finish(60_000)
    assert stretches(feed) == [(60_000, 60_000, "a.xml: cut off after 1 comments")]


def test_a_part_is_unread_up_to_the_next(tmp_path: Path):
    """A file that does not open is its whole part; one that is cut ends with its part, also where the next has none."""
    cut = tmp_path / "b.xml"
    cut.write_text('<i><d p="5.0,1,25,1,0,0,7,0">好</d><d p="6', encoding="utf-8")
    parts = tuple(tmp_path / name for name in ("a.xml", "b.xml"))
    feed = TypedFeed(Stream("a", (tmp_path / "a.ts",), danmaku=parts, part_danmaku=parts), HASH)
    feed.begin_part(parts[0], 0)
    feed.begin_part(parts[1], 60_000)
    feed.begin_part(None, 120_000)
    feed.finish(180_000)
    assert [(start, end) for start, end, _ in stretches(feed)] == [(0, 60_000), (65_000, 120_000)]


def test_damage_is_unread_from_the_last_sound_comment(tmp_path: Path):
    """Where the parser lost its way others may be lost: from the comment before it to the end."""
    content = danmaku(tmp_path / "w.xml", *[(n, "u", "话" * 20) for n in range(3000)]).read_text(encoding="utf-8")
    feed = feed_of(tmp_path, content.replace("</d>", "</e></d>", 2000).replace("</e></d>", "</d>", 1999))
    feed.finish(3_000_000)
    ((start_ms, end_ms, reason),) = stretches(feed)
    assert 1_600_000 < start_ms <= 1_999_000
    assert end_ms == 3_000_000
    assert "(tag name mismatch)" in reason


def test_skipped_comments_have_no_stretch(tmp_path: Path):
    """A comment without a time is counted where its file begins."""
    feed = feed_of(tmp_path, '<i><d p="soon,1">x</d></i>')
    feed.finish(60_000)
    assert stretches(feed) == [(0, 0, "a.xml: 1 comments without a time skipped")]


def test_what_lies_after_the_end_is_counted(tmp_path: Path):
    """Viewers' comments up to a minute after the end are given, later ones counted; the host's words all stay."""
    rows = [(n, "路人", "好") for n in range(0, 1000, 10)] + [(900.0, "主播", "加微信")]
    messages = tmp_path / "a.messages.jsonl"
    messages.write_text('{"time_s": 5000, "sender": "viewer", "text": "在吗"}\n', encoding="utf-8")
    content = danmaku(tmp_path / "w.xml", *rows).read_text(encoding="utf-8")
    feed = feed_of(tmp_path, content, messages=(messages,))
    given = feed.due(12_000) + feed.finish(12_000)
    assert [c.span.start_ms for c in given if c.text == "好"] == list(range(0, 72_000, 10_000))
    assert [c.text for c in given if c.text != "好"] == ["加微信", "在吗"]
    assert stretches(feed) == [(12_000, 12_000, "92 comments lie after the recording's end")]


def test_a_crowd_nobody_could_read_is_shed(tmp_path: Path):
    """Of a thousand a second for a minute two hundred a second stay, and all of the host's; the gap tells the rest."""
    rows = [(n / 1000, "路人", "好") for n in range(60_000)] + [(n, "主播", "付款") for n in range(60)]
    content = danmaku(tmp_path / "w.xml", *rows).read_text(encoding="utf-8")
    feed = feed_of(tmp_path, content)
    given = feed.finish(60_000)
    viewers = sum(c.role == Role.VIEWER for c in given)
    assert len(given) - viewers == 60
    assert viewers == 200 * 60 + 2000 - 1  # and what the bucket held at the start; it fills until the last comment
    ((start_ms, end_ms, reason),) = stretches(feed)
    assert reason == f"{60_000 - viewers:,} viewers' comments not kept: more than 200 a second"
    assert 2000 < start_ms < 3000
    assert end_ms == 60_000


def test_a_lively_chat_is_kept_whole(tmp_path: Path):
    """Two million in twelve hours are forty-six a second: nothing of that is shed, nor what comes in a burst."""
    rows = [(n / 46, "路人", "好") for n in range(46 * 300)] + [(100.0, "路人", "重连")] * 1500
    content = danmaku(tmp_path / "w.xml", *rows).read_text(encoding="utf-8")
    feed = feed_of(tmp_path, content, danmaku_offset_ms=-10_000)
    assert len(feed.finish(300_000)) == len(rows)
    assert feed.gaps == []


def test_a_second_reading_gives_the_same(tmp_path: Path):
    """A scan that starts over, in other steps, gets the same cues in the same order under the same ids."""
    rows = [((n * 7919) % 1000 / 10, "路人" if n % 5 else "主播", f"话{n % 9}") for n in range(1000)]
    content = danmaku(tmp_path / "w.xml", *rows).read_text(encoding="utf-8")
    first, second = feed_of(tmp_path, content), feed_of(tmp_path, content)
    stepped = [cue for at_ms in range(0, 120_000, 333) for cue in first.due(at_ms)]
    assert stepped == second.due(None)
    assert stepped == sorted(stepped, key=lambda c: (c.span, c.cue_id))
    assert {c.cue_id for c in stepped} == {f"chat:{n}" for n in range(1000)}


def test_no_room_for_temporary_files(tmp_path: Path, monkeypatch):
    """Where the disk takes nothing, what fits into memory is given, and the rest is a gap."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "none"))
    rows = [(n / 46, "路人", "好") for n in range(40_000)]
    content = danmaku(tmp_path / "w.xml", *rows).read_text(encoding="utf-8")
    feed = feed_of(tmp_path, content)
    given = feed.finish(1_000_000)
    assert [c.cue_id for c in given] == [f"chat:{n}" for n in range(len(given))]
    ((start_ms, end_ms, reason),) = stretches(feed)
    assert (start_ms, end_ms) == (given[-1].span.start_ms, 1_000_000)
    assert reason.startswith(f"a.xml: only {len(given):,} comments fit into the temporary folder (")
