"""The transcript under a clip."""

from __future__ import annotations

from pathlib import Path

from monitor.evidence.pieces import TimedPart, place
from monitor.evidence.transcript import webvtt
from monitor.records import Channel, Cue, Role
from monitor.timeline import Span

PARTS = (TimedPart(Path("a.mp4"), Span(0, 600_000)),)


def blocks(cues, *pieces):
    """Timing and text of each cue."""
    found = webvtt(cues, place(pieces, PARTS)).rstrip("\n").split("\n\n")
    assert found[0] == "WEBVTT"
    return [tuple(block.split("\n")) for block in found[1:] if not block.startswith("NOTE")]


def test_times_are_the_clips_and_lanes_are_named():
    """Each lane by its name, viewers apart, in the order of time; what the clip does not show is left out."""
    cues = [
        Cue("c", Channel.CHAT, Span(104_000, 104_000), "真的吗", role=Role.VIEWER),
        Cue("s", Channel.SPEECH, Span(101_000, 103_500), "拍完"),
        Cue("v", Channel.SCREEN, Span(90_000, 102_000), "满减"),
        Cue("m", Channel.MESSAGE, Span(105_000, 106_000), "加我"),
        Cue("a", Channel.CHAT, Span(106_500, 106_500), "拍一号链接", role=Role.STAFF),
        Cue("h", Channel.CHAT, Span(107_000, 107_500), "上车"),
        Cue("x", Channel.SPEECH, Span(111_000, 112_000), "later"),
    ]
    assert blocks(cues, Span(100_000, 110_000)) == [
        ("00:00:00.000 --> 00:00:02.000", "<v 画面>[画面] 满减"),
        ("00:00:01.000 --> 00:00:03.500", "<v 口播>[口播] 拍完"),
        ("00:00:04.000 --> 00:00:05.000", "<v 观众弹幕>[观众弹幕] 真的吗"),
        ("00:00:05.000 --> 00:00:06.000", "<v 私信>[私信] 加我"),
        ("00:00:06.500 --> 00:00:07.500", "<v 助播弹幕>[助播弹幕] 拍一号链接"),
        ("00:00:07.000 --> 00:00:08.000", "<v 弹幕>[弹幕] 上车"),
    ]


def test_a_board_runs_on_over_a_jump_and_a_word_keeps_its_place():
    """Two pieces end to end: what lasts through both is one cue in the clip, what follows is moved by the jump."""
    cues = [
        Cue("v", Channel.SCREEN, Span(0, 600_000), "board"),
        Cue("s", Channel.SPEECH, Span(201_000, 202_500), "word"),
        Cue("n", Channel.SPEECH, Span(150_000, 160_000), "between"),
    ]
    assert blocks(cues, Span(100_000, 110_000), Span(200_000, 205_000)) == [
        ("00:00:00.000 --> 00:00:15.000", "<v 画面>[画面] board"),
        ("00:00:11.000 --> 00:00:12.500", "<v 口播>[口播] word"),
    ]


def test_text_cannot_become_markup_or_break_out_of_its_cue():
    """Tags, arrows, entities, blank lines and NUL are shown as what they are or as a space."""
    hostile = "<c.red>a</c> & --> b\r\n\r\n00:00 --> 00:01\u2028x\0"
    ((_, text),) = blocks([Cue("c", Channel.CHAT, Span(1000, 3000), hostile)], Span(0, 5000))
    assert text == "<v 弹幕>[弹幕] &lt;c.red&gt;a&lt;/c&gt; &amp; --&gt; b 00:00 --&gt; 00:01 x\ufffd"


def test_the_head_says_where_on_the_stream_each_piece_lies():
    """A reader of the file alone can lead a clip time back to the stream."""
    text = webvtt([], place([Span(100_000, 110_000), Span(200_000, 205_000)], PARTS))
    assert "NOTE\n00:00:00.000 here is 00:01:40.000 of the stream\n" in text
    assert "NOTE\n00:00:10.000 here is 00:03:20.000 of the stream\n" in text


def test_the_head_names_room_and_flag_and_no_name_can_break_out_of_it():
    """Room and flag on lines of their own; breaks and arrows in a room's name stay in its line."""
    hostile = "小店\n\n00:00 --> 00:01\nx"
    text = webvtt([], place([Span(0, 5000)], PARTS), room=hostile, flag_id="f-1", flagged=Span(1000, 4000))
    assert text.startswith(
        "WEBVTT\n\nNOTE\nroom 小店 00:00 → 00:01 x\nflag f-1\nflagged 00:00:01.000 to 00:00:04.000 of the stream\n\n"
    )


def test_who_typed_a_line_is_nowhere():
    """A viewer's hash tells two lines' common author: it stays in the store."""
    cue = Cue("c", Channel.CHAT, Span(1000, 1000), "真的吗", role=Role.VIEWER, sender="h4sh")
    assert "h4sh" not in webvtt([cue], place([Span(0, 5000)], PARTS))
