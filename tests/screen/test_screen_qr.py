"""QR codes on the picture: found, named by service, and stripped of what is personal."""

from __future__ import annotations

import numpy as np
import pytest
from drawn import compressed, draw_code, scene, write
from screen_script import EVERY_MS, ScriptedReader, last_told, line, screen_of

from monitor.records import Channel
from monitor.screen.lines import Line
from monitor.screen.qr import CodeWatch, described


@pytest.mark.parametrize(
    ("payload", "said"),
    [
        ("https://u.wechat.com/EAbcdefg1234567", "微信 https://u.wechat.com"),
        ("http://weixin.qq.com/r/abc123", "微信 http://weixin.qq.com"),
        ("https://work.weixin.qq.com/ca/cawcde123", "企业微信 https://work.weixin.qq.com"),
        ("wxp://f2f0AbCdEfGh1234567890", "微信收款 wxp"),
        ("https://qr.alipay.com/fkx1234567", "支付宝 https://qr.alipay.com"),
        ("https://v.douyin.com/abcdef/", "抖音 https://v.douyin.com"),
        ("https://someone:secret@shop.example.com:8080/u?id=42", "https://shop.example.com"),
        ("other://account-42/path", "other"),
        ("13800138000", "文字"),
        ("tel:13800138000", "文字"),
        ("https://[broken", "文字"),
        ("", ""),
    ],
)
def test_nothing_personal_of_a_payload_is_kept(payload: str, said: str) -> None:
    """Service, scheme and host; never path, account, number or port."""
    assert described(payload) == said


@pytest.mark.parametrize("side", [110, 140, 180, 260])
def test_a_code_is_found_and_read(side: int) -> None:
    """From a sixth of the picture's width on, through a codec."""
    image = scene()
    drawn = draw_code(image, "https://u.wechat.com/EAbcdefg1234567", (400, 500), side)
    (code,) = CodeWatch().look(0, compressed(image))
    assert code.text == "[二维码] 微信 https://u.wechat.com"
    assert abs(code.box.left_px - drawn.left_px) <= side // 6
    assert abs(code.box.bottom_px - drawn.bottom_px) <= side // 6


def test_a_code_that_cannot_be_read_is_told_as_one() -> None:
    """Part of it is covered: it is a code all the same, and keeps its text if it was read before."""
    clean = scene()
    draw_code(clean, "https://u.wechat.com/EAbcdefg1234567", (300, 500), 240)
    covered = clean.copy()
    covered[600:700, 380:480] = np.random.default_rng(1).integers(0, 2, (100, 100, 1), dtype=np.uint8) * 255
    assert [code.text for code in CodeWatch().look(0, covered)] == ["[二维码]"]
    watch = CodeWatch()
    watch.look(0, clean)
    assert [code.text for code in watch.look(5000, covered)] == ["[二维码] 微信 https://u.wechat.com"]


def test_pictures_without_a_code_have_none() -> None:
    """Text, a chessboard and grain are no codes."""
    image = scene()
    write(image, "FULL PRICE 59 EEEE ####", (40, 200))
    rows, columns = np.mgrid[0:240, 0:240]
    image[600:840, 200:440] = (((rows // 20 + columns // 20) % 2) * 255)[..., np.newaxis]
    grain = np.random.default_rng(2).integers(0, 255, (1280, 720, 3), dtype=np.uint8)
    assert [CodeWatch().look(0, picture) for picture in (image, grain, scene())] == [[], [], []]


def test_codes_are_searched_now_and_then_and_stay_between() -> None:
    """The search costs more than a still look; between two of them the code is taken to be there."""
    shown = scene()
    draw_code(shown, "https://u.wechat.com/EAbcdefg1234567", (400, 500), 180)
    watch = CodeWatch()
    seen = [bool(watch.look(at_ms, image)) for at_ms, image in ((0, shown), (2000, scene()), (6000, scene()))]
    assert seen == [True, True, False]


def test_a_code_becomes_a_board_and_the_letters_inside_it_do_not() -> None:
    """One cue of the screen with its box, beside the board under it."""
    image = scene()
    drawn = draw_code(image, "https://u.wechat.com/EAbcdefg1234567", (400, 500), 180)
    noise = Line("HIIH", drawn, 0.9)
    screen = screen_of(ScriptedReader([[noise, line("Scan me now", 760)]] * 4))
    cues = []
    for look in range(4):
        cues += screen.look(look * EVERY_MS, np.roll(image, look % 2, axis=1))
    cues += screen.finish(8000)
    told = {(cue.text, cue.channel) for cue in last_told(cues)}
    assert told == {("[二维码] 微信 https://u.wechat.com", Channel.SCREEN), ("Scan me now", Channel.SCREEN)}
