"""Comments drawn into the picture are chat, boards with a colon are not."""

from __future__ import annotations

import numpy as np
import pytest
from screen_script import EVERY_MS, ScriptedReader, comment, last_told, line, picture, run, screen_of

from monitor.records import Channel, Role

COLUMN = ["橙子：这个有大码吗", "主播：有的有的", "路人甲：多久能到"]


def test_a_column_of_comments_is_chat_and_only_the_host_is_host() -> None:
    """Each comment is one chat cue with its text alone, the sender's hash, and the sender's role."""
    cues = run([[comment(text, row) for row, text in enumerate(COLUMN)]] * 3)
    assert [(cue.channel, cue.role, cue.sender, cue.text) for cue in cues] == [
        (Channel.CHAT, Role.VIEWER, "#橙子", "这个有大码吗"),
        (Channel.CHAT, Role.HOST, "#主播", "有的有的"),
        (Channel.CHAT, Role.VIEWER, "#路人甲", "多久能到"),
    ]
    assert not any(cue.ongoing for cue in cues)


def test_a_comment_that_scrolls_is_told_once() -> None:
    """It climbs row by row as new ones come in at the bottom, and is gone in the end."""
    texts = [f"观众{'甲乙丙丁戊己庚辛壬癸'[n]}：第{'一二三四五六七八九十'[n]}个问题" for n in range(10)]
    looks = [[comment(text, row, sure=0.99) for row, text in enumerate(texts[first : first + 4])] for first in range(7)]
    cues = run(looks)
    assert [cue.text for cue in cues] == [text.split("：")[1] for text in texts]
    assert cues[4].span.start_ms == EVERY_MS


def test_the_same_words_twice_in_the_column_are_two_comments() -> None:
    """A viewer repeats a comment while the first still stands."""
    first, other = "橙子：想要想要", "阿豆：我也想要"
    cues = run([[comment(first, 0), comment(other, 1)], [comment(first, 0), comment(other, 1), comment(first, 2)]])
    assert [cue.text for cue in cues] == ["想要想要", "我也想要", "想要想要"]


@pytest.mark.parametrize("board", ["规格：加厚", "直播间：9.9", "库存：3", "福袋20:30开", "¥9：包邮"])
def test_a_board_with_a_colon_is_not_a_comment(board: str) -> None:
    """Even small and at the lower left, a label, a time or a price is the host's board."""
    cues = run([[comment(board, 2)]] * 8)
    assert {(cue.channel, cue.text) for cue in cues} == {(Channel.SCREEN, board)}


def test_a_table_of_labels_is_not_a_column_of_comments() -> None:
    """Stacked and left-aligned like comments, but labels stand before the colons."""
    table = ["规格：加厚", "颜色：米白", "库存：63"]
    cues = last_told(run([[comment(text, row) for row, text in enumerate(table)]] * 3))
    assert [(cue.channel, cue.text) for cue in cues] == [(Channel.SCREEN, text) for text in table]


def test_a_large_board_in_the_upper_half_is_not_a_comment() -> None:
    """Layout decides: where comments never stand, `x：y` is a board at once."""
    assert [cue.channel for cue in last_told(run([[line("老板：今天送", 150)]] * 2))] == [Channel.SCREEN]


def test_a_lone_line_on_a_dark_panel_is_a_comment_at_once() -> None:
    """The first comment of the evening has no neighbours yet."""
    image = picture(150)
    one = comment("橙子：这个有大码吗", 0)
    image[one.box.top_px + 3 : one.box.bottom_px - 3, one.box.left_px : one.box.right_px] = 40
    (cue,) = screen_of(ScriptedReader([[one]])).look(0, image)
    assert (cue.channel, cue.role, cue.text) == (Channel.CHAT, Role.VIEWER, "这个有大码吗")


def test_a_lone_line_that_vanishes_was_a_comment() -> None:
    """Held back while it could be either; the cue starts when it was first seen."""
    (cue,) = run([[], [comment("橙子：这个有大码吗", 3)], [comment("橙子：这个有大码吗", 3)], [], []])
    assert (cue.channel, cue.role, cue.span.start_ms) == (Channel.CHAT, Role.VIEWER, EVERY_MS)


def test_a_lone_line_that_moves_up_was_a_comment() -> None:
    """Boards do not climb."""
    (cue,) = run([[comment("橙子：这个有大码吗", 3)], [comment("橙子：这个有大码吗", 2)]])
    assert (cue.channel, cue.text) == (Channel.CHAT, "这个有大码吗")


def test_a_lone_line_that_stays_is_a_board_from_its_first_sight() -> None:
    """After ten seconds in one place it is the host's; the watermark waited for it."""
    one = comment("老板推荐：今天这款", 3)
    screen = screen_of(ScriptedReader([[one]] * 8))
    cues = []
    for index in range(8):
        before_ms = screen.watermark_ms
        told = screen.look(index * EVERY_MS, picture(100 + 40 * (index % 2)))
        assert all(cue.span.start_ms >= before_ms for cue in told if cue.cue_id not in {c.cue_id for c in cues})
        cues += told
    assert {(cue.channel, cue.span.start_ms) for cue in cues} == {(Channel.SCREEN, 0)}
    assert screen.watermark_ms == 7 * EVERY_MS


@pytest.mark.parametrize("system", ["欢迎小明进入直播间", "小明来了", "小明送出了玫瑰", "小明为主播点赞了"])
def test_what_the_platform_says_of_viewers_is_chat(system: str) -> None:
    """Never the host's words; the name in it is hashed as any other and is not in its text."""
    (cue,) = run([[comment(system, 3)]] * 2)
    assert (cue.channel, cue.role, cue.sender) == (Channel.CHAT, Role.VIEWER, "#小明")
    assert cue.text == system.replace("小明", "")


def test_what_the_platform_says_of_the_host_is_not_the_hosts_word() -> None:
    (cue,) = run([[comment("主播送出了玫瑰", 3)]] * 2)
    assert cue.role is Role.VIEWER


def test_a_welcome_that_detection_draws_too_far_right_stays_the_same_comment() -> None:
    """Its words are known, name and all."""
    welcome = comment("欢迎小明进入直播间", 3)
    moved = line(welcome.text, welcome.box.top_px, 300, high=38)
    cues = run([[welcome], [moved], [welcome]])
    assert [cue.channel for cue in cues] == [Channel.CHAT]


def test_a_long_comment_that_wraps_is_one_comment() -> None:
    """The second row has no name and continues the first."""
    column = [comment("橙子：我上个月买的那件到现在都还没有", 0), comment("发货", 1), comment("阿豆：我也是", 2)]
    assert [cue.text for cue in run([column])] == ["我上个月买的那件到现在都还没有发货", "我也是"]


def test_a_line_whose_name_was_not_read_is_nobodys() -> None:
    """The colon was lost: never the host's words, even below a comment of the host."""
    cues = run([[comment("主播：有的", 0), comment("橙子退款返现吗", 1), comment("阿豆：多久能到啊啊啊", 2)]])
    assert [(cue.role, cue.text) for cue in cues][:2] == [(Role.HOST, "有的"), (Role.VIEWER, "橙子退款返现吗")]


def test_a_misread_letter_in_a_long_host_name_is_forgiven() -> None:
    """One letter off a name that has been the host's on this stream; short names must be exact."""
    host = "小鹿好物"
    screen = screen_of(
        ScriptedReader([[comment(f"{host}：在的", 0), comment("小鹿妤物：明天发", 1), comment("小鹿：我呢", 2)]]), host
    )
    assert [cue.role for cue in screen.look(0, picture())] == [Role.HOST, Role.HOST, Role.VIEWER]


def test_a_comment_read_better_later_is_corrected_under_its_id() -> None:
    """It slid in while the picture was taken."""
    column = comment("阿豆：我也想要", 0)
    first, second = run(
        [[column, comment("橙子：这个有大玛", 1, sure=0.7)], [column, comment("橙子：这个有大码吗", 1)]]
    )[1:]
    assert first.cue_id == second.cue_id
    assert second.text == "这个有大码吗"


def test_the_panel_is_not_seen_where_there_is_none() -> None:
    """Plain dark scene all round is no panel."""
    one = comment("橙子：这个有大码吗", 3)
    image = np.full((1280, 720, 3), 40, dtype=np.uint8)
    assert screen_of(ScriptedReader([[one]])).look(0, image) == []
