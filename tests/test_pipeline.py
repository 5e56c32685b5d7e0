import json
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest
from rooms import Kept, room, tools

from monitor.errors import InputError
from monitor.evidence import verify
from monitor.flag_line import flag_line
from monitor.pipeline import scan_stream
from monitor.records import Channel, Role, Sense, Stream
from monitor.timeline import Span, total_ms

STARTED = datetime.fromisoformat("2026-11-20T20:00:00+08:00")
HOST_LINES = [(2.0, "主播", "老粉拍完等九点统一退，别提前退"), (5.0, "路人", "全网最低价吗"), (8.0, "主播", "谢谢大家")]


def scan(tmp_path: Path, stream: Stream, *lines: str, evidence: bool = True, **more) -> tuple[Kept, object]:
    kept = Kept()
    outcome = scan_stream(
        stream,
        tools(tmp_path / "ws", *lines),
        kept,
        evidence=tmp_path / "ws" / "evidence" if evidence else None,
        **more,
    )
    return kept, outcome


def stream_of(path: Path, **more) -> Stream:
    xml = path.with_suffix(".xml")
    given = {"platform": "douyin", "creator": "小店", "host_account": "主播", "started_at": STARTED}
    return Stream(path.stem, (path,), danmaku=(xml,) if xml.exists() else (), **{**given, **more})


def test_a_recorded_room_becomes_flags_with_evidence(tmp_path: Path):
    """Media and chat go in; a flag with rules, a clip that verifies, stills and a transcript comes out."""
    kept, outcome = scan(tmp_path, stream_of(room(tmp_path / "in", danmaku=HOST_LINES)))

    (flag,) = [f for f in kept.flags if not f.violation.candidate]
    assert flag.violation.scheme == "refund_brushing"
    assert [rule.rule_id for rule in flag.rules][:1] == ["douyin.refund-hype.1"]
    assert flag.evidence is not None
    assert flag.evidence.clip == "clip.mp4"
    assert verify(flag.evidence.folder) == []
    assert json.loads((flag.evidence.folder / "flag.json").read_text())["scheme"] == "refund_brushing"
    assert flag_line(flag)["wall_start"].startswith("2026-11-20T20:00:02")
    assert abs(outcome.end_ms - 12_000) < 200


def test_a_board_that_stays_is_one_flag_with_its_duration_and_box(tmp_path: Path):
    """Text on the screen from first to last look is one flag, and a still shows its box."""
    kept, _ = scan(tmp_path, stream_of(room(tmp_path / "in")), "全网最低价 随便比")

    (flag,) = kept.flags
    assert flag.violation.scheme == "fake_price_comparison"
    assert flag.violation.channels == (Channel.SCREEN,)
    assert flag.violation.span.duration_ms > 9000
    assert any(name.endswith("-box.jpg") for name in flag.evidence.stills)


def test_a_viewer_is_context_and_never_flagged(tmp_path: Path):
    """What viewers type is kept with a hash for a name and accuses nobody."""
    kept, _ = scan(tmp_path, stream_of(room(tmp_path / "in", danmaku=[(3.0, "路人甲", "全网最低价，返现退款")])))

    assert kept.flags == []
    (cue,) = [c for c in kept.all_cues if c.channel == Channel.CHAT]
    assert cue.role == Role.VIEWER
    assert "路人甲" not in repr(kept.all_cues)


def test_two_runs_give_the_same_flags(tmp_path: Path):
    """Ids, spans and hits do not depend on the run or on where the workspace lies."""
    stream = stream_of(room(tmp_path / "in", danmaku=HOST_LINES))

    first, _ = scan(tmp_path / "a", stream, "全网最低价", evidence=False)
    second, _ = scan(tmp_path / "b", stream, "全网最低价", evidence=False)

    assert [f.violation for f in first.flags] == [f.violation for f in second.flags]


def test_parts_are_one_stream_on_one_clock(tmp_path: Path):
    """The second part's time goes on where the first one ends, and so does its chat."""
    first = room(tmp_path / "in", "show_000.mp4", seconds=8)
    second = room(tmp_path / "in", "show_001.mp4", seconds=8, danmaku=[(2.0, "主播", "老粉拍完等九点统一退，别提前退")])
    xml = second.with_suffix(".xml")
    stream = Stream("show", (first, second), "douyin", host_account="主播", danmaku=(xml,), part_danmaku=(None, xml))

    kept, outcome = scan(tmp_path, stream)

    (flag,) = [f for f in kept.flags if not f.violation.candidate]
    assert abs(flag.violation.span.start_ms - 10_000) < 150
    assert verify(flag.evidence.folder) == []
    assert abs(outcome.end_ms - 16_000) < 300


def test_heard_and_gaps_partition_the_stream(tmp_path: Path):
    """A room without sound says so: its whole length is a gap of hearing."""
    kept, outcome = scan(tmp_path, stream_of(room(tmp_path / "in", sound=False)))

    silent = [gap.span for gap in kept.all_gaps if gap.sense == Sense.HEARD]
    assert total_ms(silent) == outcome.end_ms
    assert outcome.heard_ms == 0
    assert outcome.seen_ms + total_ms(g.span for g in kept.all_gaps if g.sense == Sense.SEEN) == outcome.end_ms


def test_a_file_that_is_no_media_is_refused_in_one_line(tmp_path: Path):
    """What cannot be opened is an input error that names the file."""
    path = tmp_path / "notes.mp4"
    path.write_text("not a recording")

    with pytest.raises(InputError, match=r"notes\.mp4"):
        scan(tmp_path, Stream("notes", (path,)))


def test_a_broken_part_among_others_is_named_and_the_rest_goes_on(tmp_path: Path):
    """One part that cannot be opened costs only itself."""
    good = room(tmp_path / "in", "show_000.mp4", seconds=6)
    bad = tmp_path / "in" / "show_001.mp4"
    bad.write_bytes(b"")

    _, outcome = scan(tmp_path, Stream("show", (good, bad)), evidence=False)

    assert abs(outcome.end_ms - 6000) < 200
    assert "show_001.mp4" in outcome.problem


def test_without_clips_the_flag_still_stands(tmp_path: Path):
    """Clips can be left out; the rest of the evidence is kept."""
    kept, _ = scan(tmp_path, stream_of(room(tmp_path / "in", danmaku=HOST_LINES)), clips=False)

    (flag,) = [f for f in kept.flags if not f.violation.candidate]
    assert flag.evidence.clip is None
    assert verify(flag.evidence.folder) == []


def test_an_unknown_platform_gets_the_national_rules_alone(tmp_path: Path):
    """Detection does not depend on the platform; the rules cited do."""
    stream = replace(stream_of(room(tmp_path / "in")), platform="elsewhere")

    kept, _ = scan(tmp_path, stream, "全网最低价 随便比", evidence=False)

    assert all(rule.rule_id.startswith("national.") for rule in kept.flags[0].rules)
    assert kept.flags[0].rules


def test_a_comment_in_file_and_picture_is_one_cue(tmp_path: Path):
    """The same host comment typed in the danmaku file and drawn into the picture counts once."""
    from rooms import LEXICON, MATCHER

    from monitor.engine import Engine
    from monitor.records import Cue

    engine = Engine(LEXICON, MATCHER, stream_key="s")
    typed = Cue("chat:1", Channel.CHAT, Span(5000, 6000), "老粉拍完等九点统一退")
    drawn = Cue("comment-9000-1", Channel.CHAT, Span(9000, 12_000), "老粉拍完等九点统一通")

    assert engine.feed(typed) is not None
    assert engine.feed(drawn) is None
    assert engine.feed(replace(typed, cue_id="chat:2")) is not None
    assert engine.feed(replace(drawn, cue_id="comment-30000-2", span=Span(30_000, 31_000))) is not None


def test_files_that_are_no_source_are_never_opened(tmp_path: Path):
    """A script or answers lying beside a recording (`.yaml`, `.truth.json`) are not read by a scan of the folder."""
    import sys

    from monitor.source import find

    path = room(tmp_path / "in", danmaku=HOST_LINES)
    for name in ("room.yaml", "room.truth.json"):
        (path.parent / name).write_text("{}", encoding="utf-8")
    opened: list[str] = []
    sys.addaudithook(lambda event, given: opened.append(str(given[0])) if event == "open" else None)

    scanning = tools(tmp_path / "ws")
    (stream,) = find([path.parent], scanning.settings).streams
    scan_stream(stream, scanning, Kept(), evidence=None)

    names = {Path(name).name for name in opened}
    assert {"room.mp4", "room.xml"} <= names
    assert not {"room.yaml", "room.truth.json"} & names
