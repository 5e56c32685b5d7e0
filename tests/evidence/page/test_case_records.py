"""What a page is made of, as plain records: any other view of a case may show the same."""

from __future__ import annotations

import subprocess
import sys

from case_sample import FLAG, MANIFEST, RULES, TRANSCRIPT, with_fields

from monitor.evidence.page.case_hits import asides, facts, hit_lines, losses
from monitor.evidence.page.case_lines import transcript_lines
from monitor.evidence.page.case_rules import cited_rules
from monitor.evidence.page.lanes import drawing

VIEWS = ("case", "case_hits", "case_lines", "case_origin", "case_rules", "lanes")


def test_they_need_no_templates():
    """Whoever shows the records in another way loads no engine for pages."""
    loads = "; ".join(f"import monitor.evidence.page.{name}" for name in VIEWS)
    said = subprocess.run(
        [sys.executable, "-c", f"import sys; {loads}; print('jinja2' in sys.modules)"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert said.stdout == "False\n"


def test_a_flag_alone_gives_its_lines_hits_rules_and_lanes():
    """Without a bundle, as a list of flags has it."""
    lines = transcript_lines(FLAG, {}, "")
    assert [(line.lane_name, line.pieces) for line in lines if line.has_hit] == [
        ("画面", (("拍|下", True), ("有礼", False))),
        ("口播", (("给你", False), ("反现", True), ("三十块", False))),
    ]
    first, second = hit_lines(FLAG, {}, lines)
    assert [(row.number, row.lane, row.clip_s, row.matches[0].method_name) for row in (first, second)] == [
        (1, "screen", None, "变体"),
        (2, "speech", None, "谐音"),
    ]
    assert (second.matches[0].how, second.matches[0].sure) == ("读音相同", "高")
    assert [(rule.badge, rule.card.title) for rule in cited_rules(FLAG, {})] == [("公告", "返现诱导")]
    assert [(loss.what, loss.when) for loss in losses(FLAG, {})] == [("没有听到", "1:10.0–1:12.0")]
    assert [each.reason for each in asides(FLAG)] == ["切断了日常词「退货」"]
    assert facts(FLAG) == ["下单返现", "同一段话更符合 「先付后抽」"]


def test_the_lanes_are_figures_from_the_first_piece_to_the_last():
    """Hits by their numbers, a gap in the lane of its sense, nothing outside the drawing; None without a time."""
    lines = transcript_lines(FLAG, MANIFEST, TRANSCRIPT)
    drawn = drawing(FLAG, MANIFEST, hit_lines(FLAG, MANIFEST, lines), lines)
    assert [(lane.name, [mark.label for mark in lane.hits], len(lane.gaps)) for lane in drawn.lanes] == [
        ("口播", ["2"], 1),
        ("画面", ["1"], 0),
        ("弹幕", [], 0),
    ]
    assert (drawn.ticks[0].label, drawn.ticks[-1].label) == ("1:00", "1:20")
    (piece,) = drawn.pieces
    assert (piece.x, piece.x + piece.width) == (drawn.left, drawn.right)
    assert drawing(with_fields(end_s=None), MANIFEST, [], lines) is None


def test_rules_read_at_their_source_come_first():
    assert [rule.state for rule in cited_rules(FLAG, RULES)] == ["notice", "unverified"]
