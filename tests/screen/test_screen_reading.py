"""The real text reader on small pictures; strokes and remembered lines."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from drawn import CHINESE, scene, write
from numpy.typing import NDArray

from monitor.config import Settings
from monitor.errors import MissingComponentError
from monitor.records import Box, Channel, Role
from monitor.screen import RapidTextReader, ScreenReader, load
from monitor.screen.memory import LineMemory, Reading
from monitor.screen.stroke import struck


def shown(text: str, *, stroke: bool = False, high: int = 44) -> NDArray[np.uint8]:
    """The crop of a line as detection cuts it: with a margin of a tenth of its height."""
    image = scene()
    box = write(image, text, (40, 200), high=high, stroke=stroke)
    rim = high // 10
    return image[box.top_px - rim : box.bottom_px + rim, box.left_px - rim : box.right_px + rim]


@pytest.mark.parametrize("text", ["was $699", "$1288.00", "FULL PRICE 59"])
@pytest.mark.parametrize("high", [24, 44, 80])
def test_a_stroke_through_the_middle_is_seen(text: str, high: int) -> None:
    """Large or small."""
    assert struck(shown(text, stroke=True, high=high))


@pytest.mark.parametrize("text", ["was $699", "HEHEHEHE", "EEEEEE", "8-9-10", "one - two", "TTTT", "A = B = C", "zzzz"])
@pytest.mark.parametrize("high", [24, 44, 80])
def test_letters_are_not_strokes(text: str, high: int) -> None:
    """Not even letters with bars at mid-height."""
    assert not struck(shown(text, high=high))


def test_an_underline_is_not_a_stroke() -> None:
    """It runs below the letters."""
    crop = shown("was $699").copy()
    height, width = crop.shape[:2]
    cv2.line(crop, (0, height - 4), (width, height - 4), (255, 255, 255), 4)
    assert not struck(crop)


def test_a_stroke_through_half_of_the_line_is_not_a_stroke_through_it() -> None:
    """`was 99 now 59` with the first price struck: the line as a whole still stands."""
    crop = shown("was 99 now 59 only").copy()
    height, width = crop.shape[:2]
    cv2.line(crop, (0, height // 2), (width // 2, height // 2), (255, 255, 255), 4)
    assert not struck(crop)


def remembered(before: NDArray[np.uint8], after: NDArray[np.uint8], was: Box, now: Box) -> Reading | None:
    memory = LineMemory()
    memory.keep(cv2.cvtColor(before, cv2.COLOR_BGR2GRAY), was, Reading("99", 0.99, struck=False))
    return memory.recall(cv2.cvtColor(after, cv2.COLOR_BGR2GRAY), now)


def test_a_line_is_known_again_where_it_was_and_where_it_scrolled() -> None:
    """A few pixels of jitter, grain, and another height on the screen do not matter."""
    before, after, ground = (np.full((1280, 720, 3), 60, dtype=np.uint8) for _ in range(3))
    box = write(before, "only 99 today", (40, 900), high=30)
    moved = write(after, "only 99 today", (40, 856), high=30)
    after = np.clip(after + np.random.default_rng(1).normal(0, 3, ground.shape), 0, 255).astype(np.uint8)
    jitter = Box(moved.left_px - 1, moved.top_px + 2, moved.right_px + 1, moved.bottom_px + 1)
    assert remembered(before, after, box, jitter) is not None


def test_one_other_digit_is_another_line() -> None:
    """¥99 is never taken for ¥98."""
    before, after = scene(), scene()
    box = write(before, "only 99 today", (40, 900), high=24)
    write(after, "only 98 today", (40, 900), high=24)
    assert remembered(before, after, box, box) is None


def test_without_either_engine_the_message_says_so() -> None:
    """Where, what, and what to do."""
    with pytest.raises(MissingComponentError, match="neither `openvino` nor `onnxruntime`"):
        load(Settings(), installed=lambda package: package == "rapidocr")


def test_without_rapidocr_the_message_says_so() -> None:
    """It is a dependency, so only a broken environment lacks it."""
    with pytest.raises(MissingComponentError, match="text reader"):
        load(Settings(), installed=lambda package: False)


@pytest.fixture(scope="module")
def reader() -> RapidTextReader:
    return load(Settings(screen_side_px=736))


@pytest.mark.model
def test_it_reads_lines_with_boxes_and_strokes(reader: RapidTextReader) -> None:
    """Two lines, one struck; the boxes lie where the text was drawn."""
    image = scene()
    first = write(image, "Buy now get 20 back", (40, 120))
    write(image, "was $699", (40, 260), stroke=True)
    lines = reader.read(image)
    assert [(line.text.replace(" ", ""), line.struck) for line in lines] == [
        ("Buynowget20back", False),
        ("was$699", True),
    ]
    box = lines[0].box
    edges = (box.left_px - first.left_px, box.top_px - first.top_px, box.right_px - first.right_px)
    assert max(abs(edge) for edge in edges) <= 20


@pytest.mark.model
def test_an_empty_picture_has_no_lines(reader: RapidTextReader) -> None:
    """No text, no lines, no error; nor on a picture hardly larger than a letter."""
    assert reader.read(scene()) == []
    assert reader.read(np.zeros((20, 30, 3), dtype=np.uint8)) == []


@pytest.mark.model
def test_without_openvino_it_reads_on_onnx_runtime() -> None:
    """Slower, with the same words."""
    slow = load(Settings(screen_side_px=736), installed=lambda package: package != "openvino")
    image = scene()
    write(image, "Buy now get 20 back", (40, 120))
    assert "onnxruntime" in slow.name
    assert [line.text.replace(" ", "") for line in slow.read(image)] == ["Buynowget20back"]


@pytest.mark.model
def test_loading_and_reading_are_silent(capfd: pytest.CaptureFixture[str]) -> None:
    """The engines' own log lines would break the progress bar."""
    load(Settings(screen_side_px=736)).read(scene())
    assert capfd.readouterr() == ("", "")


@pytest.mark.model
@pytest.mark.skipif(CHINESE is None, reason="no Chinese font")
def test_a_room_with_boards_and_comments_becomes_cues(reader: RapidTextReader) -> None:
    """Drawn like a live room: a board that stays, a struck price, comments that arrive, a person who moves."""
    screen = ScreenReader(reader, is_host=lambda name: name == "主播", hash_name=lambda name: f"#{name}", every_ms=2000)
    arrivals = [(2, "橙子：有没有大码"), (3, "主播：大码都有的"), (5, "路过的猫：什么时候发货呀")]
    cues = {}
    for index in range(8):
        image = scene()
        cv2.circle(image, (320 + 25 * index, 700), 140, (90, 60, 120), -1)
        write(image, "秋季新款外套 直播间99元", (30, 110))
        if 1 <= index <= 4:
            write(image, "吊牌价¥499", (30, 190), stroke=True)
        for row, (_, text) in enumerate([arrival for arrival in arrivals if arrival[0] <= index]):
            top = 920 + 44 * row
            cv2.rectangle(image, (16, top), (30 + 27 * len(text), top + 38), (38, 38, 38), -1)
            write(image, text, (26, top - 2), high=26)
        cues |= {cue.cue_id: cue for cue in screen.look(index * 2000, image)}
    cues |= {cue.cue_id: cue for cue in screen.finish(16_000)}
    boards = [
        (cue.text.replace(" ", ""), cue.span.start_ms, cue.span.end_ms, cue.struck)
        for cue in cues.values()
        if cue.channel is Channel.SCREEN
    ]
    assert boards == [("秋季新款外套直播间99元", 0, 15_000, False), ("吊牌价¥499", 2000, 9000, True)]
    chat = [(c.role, c.sender, c.text, c.span.start_ms) for c in cues.values() if c.channel is Channel.CHAT]
    assert chat == [
        (Role.VIEWER, "#橙子", "有没有大码", 4000),
        (Role.HOST, "#主播", "大码都有的", 6000),
        (Role.VIEWER, "#路过的猫", "什么时候发货呀", 10_000),
    ]
