"""Where viewers' rows stood is known for every moment, whatever became of their cues."""

from __future__ import annotations

from screen_script import EVERY_MS, ScriptedReader, comment, line, picture, screen_of

from monitor.records import Box, Channel, Role
from monitor.screen.viewers import KEEP_MS, ViewerRows
from monitor.timeline import Span

COLUMN = ["橙子：这个有大码吗", "主播：有的有的", "路人甲：多久能到"]


def looked(looks):
    screen = screen_of(ScriptedReader(looks))
    for index in range(len(looks)):
        screen.look(index * EVERY_MS, picture(100 + 40 * (index % 2)))
    return screen


def boxes_at(screen, at_ms):
    return {cue.box for cue in screen.viewers.around(Span(at_ms, at_ms + 1))}


def test_each_look_knows_its_rows_and_none_of_the_hosts():
    screen = looked([[comment(text, row) for row, text in enumerate(COLUMN)]] * 2)
    cues = screen.viewers.around(Span(0, 1))
    assert {cue.box for cue in cues} == {comment(COLUMN[0], 0).box, comment(COLUMN[2], 2).box}
    assert {(cue.channel, cue.role, cue.text, cue.sender) for cue in cues} == {(Channel.CHAT, Role.VIEWER, "", "")}


def test_rows_that_scroll_are_known_at_each_place():
    """Between two looks a row may be at either place."""
    texts = [f"观众{'甲乙丙丁戊己庚辛'[n]}：第{'一二三四五六七八'[n]}个问题" for n in range(8)]
    looks = [[comment(text, row) for row, text in enumerate(texts[first : first + 3])] for first in range(5)]
    screen = looked(looks)
    for index, look in enumerate(looks):
        there = {line.box for line in look}
        assert there <= boxes_at(screen, index * EVERY_MS)
        assert there <= boxes_at(screen, index * EVERY_MS + EVERY_MS // 2)
        assert there <= boxes_at(screen, max(0, index * EVERY_MS - EVERY_MS // 2))


def test_a_line_that_may_be_a_comment_counts_until_it_is_known_for_a_board():
    lone = line("买一送一：今天", 1000, 16, high=38)
    screen = looked([[lone]] * 8)
    assert boxes_at(screen, 0) == {lone.box}
    assert boxes_at(screen, 7 * EVERY_MS) == set()


def test_a_row_too_unsure_to_be_read_still_counts():
    blurred = comment("路人甲：看不清", 2, sure=0.4)
    assert boxes_at(looked([[blurred]]), 0) == {blurred.box}


def test_a_banner_that_names_a_viewer_counts_wherever_it_stands():
    banner, board = line("欢迎 小明 进入直播间", 200), line("福利来了", 400)
    assert boxes_at(looked([[banner, board]]), 0) == {banner.box}


def test_a_picture_that_stays_keeps_its_rows():
    """The gate reads the second picture no more, and the row stands there still."""
    row = comment("橙子：这个有大码吗", 0)
    other = comment("路人甲：多久能到", 1)
    reader = ScriptedReader([[row, other]])
    screen = screen_of(reader)
    for index in range(3):
        screen.look(index * EVERY_MS, picture())
    assert reader.asked == 1
    assert boxes_at(screen, 2 * EVERY_MS) == {row.box, other.box}


def test_rows_gone_for_long_are_gone():
    row, other = comment("橙子：这个有大码吗", 0), comment("路人甲：多久能到", 1)
    screen = looked([[row, other], [], [], []])
    assert boxes_at(screen, EVERY_MS // 2) == {row.box, other.box}
    assert boxes_at(screen, 3 * EVERY_MS) == set()


def test_memory_is_bounded_and_what_is_forgotten_is_covered_as_one():
    rows = ViewerRows()
    for minute in range(200):
        rows.look(minute * 60_000, [Box(10, 900 + minute % 7, 200, 940 + minute % 7)])
    kept = rows.around(Span(199 * 60_000 - KEEP_MS, 200 * 60_000))
    assert len(kept) <= KEEP_MS // 60_000 + 2
    (all_of_it,) = rows.around(Span(60_000, 120_000))
    assert all_of_it.box == Box(10, 900, 200, 946)
