"""The player in a real browser, on clips cut from real recordings: what it shows, when, and what it sends."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest
from chromium import PLAYS_BY_ITSELF, chromium
from player_cases import HOSTILE, write_cases

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(180)]

ROOT = Path(__file__).resolve().parents[2]
APP = Path(__file__).parent / "player_desk" / "app.py"
STREAM_MS = """v => {
  const t = v.getRootNode().querySelector('.stream-at').textContent.split(':').map(Number);
  return Math.round(t.reduce((sum, part) => sum * 60 + part, 0) * 1000);
}"""


class Desk:
    """The small desk of `player_desk`, its folder, and what it has heard from the browser."""

    def __init__(self, home: Path, port: int) -> None:
        self.home, self.address = home, f"http://127.0.0.1:{port}"
        self.heard_file = home / "heard.jsonl"

    def heard(self, what: str) -> list:
        if not self.heard_file.exists():
            return []
        lines = [json.loads(line) for line in self.heard_file.read_text("utf-8").splitlines()]
        return [value for name, value in lines if name == what]

    def wait_for(self, what: str, value: object) -> None:
        """Until that is the last the desk has heard of this kind."""
        for _ in range(150):
            if self.heard(what)[-1:] == [value]:
                return
            time.sleep(0.1)
        pytest.fail(f"{value} was not heard within 15 s but {self.heard(what)}")


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    home = tmp_path_factory.mktemp("player")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with (home / "server.log").open("w") as log:
        server = subprocess.Popen(
            [sys.executable, str(APP), str(home), str(port)],
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            stdout=log,
            stderr=subprocess.STDOUT,
        )
    desk = Desk(home, port)
    try:
        write_cases(home)
        _wait_for(desk.address)
        yield desk
    finally:
        server.terminate()
        server.wait(20)


def _wait_for(address):
    for _ in range(120):
        try:
            urllib.request.urlopen(f"{address}/_stcore/health", timeout=2)
        except OSError:
            time.sleep(0.25)
        else:
            return
    pytest.fail("the small desk did not come up in 30 s")


@pytest.fixture(scope="module")
def window():
    with chromium(PLAYS_BY_ITSELF) as browser:
        yield browser


class Pages:
    """Pages of one browser, each a reviewer's; whatever a page complains of is kept in `errors`."""

    def __init__(self, window, desk: Desk) -> None:
        self._window, self._desk = window, desk
        self.errors: list[str] = []
        self._kept = {}

    def open(self, first, *, state="ready", query="", clock=False):
        context = self._window.new_context(viewport={"width": 1280, "height": 720}, locale="zh-CN")
        context.grant_permissions(["clipboard-read", "clipboard-write"])
        page = context.new_page()
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        if clock:
            page.clock.install()
        page.goto(f"{self._desk.address}/?first={first}{query}")
        page.locator(".player[data-flag]").wait_for(timeout=60_000)
        if clock:
            page.clock.run_for(1000)
        page.locator(f".player[data-state={state}]").wait_for()
        return page

    def kept(self, first=0):
        """A page for tests that decide nothing, the same for all of them, as it was when it came."""
        if first not in self._kept:
            self._kept[first] = self.open(first)
        page = self._kept[first]
        page.set_viewport_size({"width": 1280, "height": 720})
        page.locator(".note").fill("")
        page.evaluate("document.activeElement.blur()")
        page.locator(".note").evaluate("note => note.blur()")
        page.mouse.move(0, 0)
        return page


@pytest.fixture(scope="module")
def pages(window, served):
    return Pages(window, served)


@pytest.fixture
def desk(served):
    served.heard_file.unlink(missing_ok=True)
    for switch in ("taken", "slow", "closed", "claimed"):
        (served.home / switch).unlink(missing_ok=True)
    return served


@pytest.fixture
def open_page(pages, desk):
    """`open_page(case)` gives a new page with that case; errors of the page fail the test."""
    opened = []

    def run(first=0, **more):
        opened.append(pages.open(first, **more))
        return opened[-1]

    yield run
    for page in opened:
        page.context.close()
    _no_errors(pages)


@pytest.fixture
def kept_page(pages, desk):
    """`kept_page(case)` gives the page that tests share; they may play, seek and type, but not decide."""
    yield pages.kept
    _no_errors(pages)


def _no_errors(pages):
    errors, pages.errors = pages.errors, []
    assert errors == []


def playing(page):
    """The clip, playing; from the beginning where it has ended or been paused."""
    page.locator("video").evaluate("v => { if (v.ended) v.currentTime = 0; return v.paused && v.play() }")
    page.wait_for_function(
        "v => v.readyState >= 2 && !v.paused && v.currentTime > 0.1", arg=page.locator("video").element_handle()
    )
    return page.locator("video")


def paused(page):
    video = playing(page)
    page.keyboard.press(" ")
    page.wait_for_function("v => v.paused && !v.seeking", arg=video.element_handle())
    return video


def stream_ms(page):
    page.wait_for_timeout(150)
    return page.locator("video").evaluate(STREAM_MS)


def state(page):
    return page.locator(".player").get_attribute("data-state")


def wait_state(page, wanted):
    page.locator(f".player[data-state={wanted}]").wait_for()


def wait_flag(page, flag_id):
    page.locator(f'.player[data-flag="{flag_id}"][data-state=ready]').wait_for()


def test_the_clip_plays_from_five_seconds_before_muted_and_the_time_runs(open_page):
    """It starts where the case says, without sound when so set, and both times advance."""
    page = open_page()
    video = page.locator("video")
    page.wait_for_function("v => v.readyState >= 2 && !v.paused", arg=video.element_handle())
    assert video.evaluate("v => v.muted && v.playsInline && v.videoWidth > 0")
    first = video.evaluate("v => v.currentTime")
    assert 4.2 <= first < 12  # the clip begins at 10 s of the stream, the case starts at 14.3 s
    assert stream_ms(page) == pytest.approx(video.evaluate("v => v.currentTime * 1000") + 10_000, abs=700)
    page.wait_for_timeout(700)
    assert video.evaluate("v => v.currentTime") > first + 0.4


def test_a_moment_asked_for_wins_over_the_start(open_page):
    page = open_page(query="&t=30")
    paused(page)
    assert 30_000 <= stream_ms(page) < 37_000


def test_a_click_on_a_line_or_a_hit_seeks_there_and_marks_it(kept_page):
    page = kept_page()
    paused(page)
    page.locator(".lane.speech .line", has_text="退款成功的").click()
    assert stream_ms(page) == pytest.approx(28_300, abs=110)
    assert "now" in page.locator(".lane.speech .line", has_text="退款成功的").get_attribute("class")
    page.locator(".hits .hit", has_text="反现 → 返现 · 同音 · 0.93").click()
    assert stream_ms(page) == pytest.approx(32_400, abs=110)
    page.keyboard.press("n")
    assert stream_ms(page) == pytest.approx(37_800, abs=110)
    page.keyboard.press("p")
    assert stream_ms(page) == pytest.approx(32_400, abs=110)


def test_a_hit_word_tells_how_it_was_found_and_what_was_set_aside_tells_why(kept_page):
    page = kept_page()
    paused(page)
    page.locator(".lane.speech mark", has_text="反现").hover()
    assert page.locator(".tip").inner_text() == "反现 → 返现 · 同音 · 0.93"
    page.locator(".lane.chat s.word").hover()
    assert "观众在问，不算主播说的" in page.locator(".tip").inner_text()
    assert "观众在问，不算主播说的" in page.locator(".set-aside").inner_text()


def test_boxes_stand_on_the_picture_at_their_moment_and_place(kept_page):
    """The case's box is 32 to 96 of 320 wide and 60 to 120 of 240 high, from 14 s to 16 s."""
    page = kept_page(1)
    paused(page)
    page.locator(".hits .hit", has_text="抽免單").click()
    box = page.locator(".box")
    box.wait_for(state="visible")
    picture, drawn = page.locator("video").bounding_box(), box.bounding_box()
    assert drawn["x"] - picture["x"] == pytest.approx(picture["width"] * 0.1, abs=3)
    assert drawn["y"] - picture["y"] == pytest.approx(picture["height"] * 0.25, abs=3)
    assert drawn["width"] == pytest.approx(picture["width"] * 0.2, abs=3)
    assert drawn["height"] == pytest.approx(picture["height"] * 0.25, abs=3)
    assert picture["width"] / picture["height"] == pytest.approx(4 / 3, abs=0.02)
    page.locator(".lane.speech .line", has_text="今天先付款的").click()
    box.wait_for(state="hidden")


def test_a_clip_in_pieces_is_found_by_the_time_of_the_stream(kept_page):
    """The clip leaves out 17 s to 35 s of the stream; a line at 38 s is 14 s into it."""
    page = kept_page(1)
    video = paused(page)
    page.locator(".lane.speech .line", has_text="付款再抽").click()
    assert video.evaluate("v => v.currentTime") == pytest.approx(14, abs=0.1)
    assert stream_ms(page) == pytest.approx(38_000, abs=110)
    assert page.locator(".break").count() == 1
    track = page.locator(".track").bounding_box()
    page.mouse.click(track["x"] + 2, track["y"] + 40)
    assert stream_ms(page) == pytest.approx(6_000, abs=250)


def test_the_waveform_is_drawn_from_the_clips_own_sound(kept_page):
    page = kept_page()
    page.locator(".wave path:not(.flat)").wait_for(state="attached", timeout=20_000)
    assert len(page.locator(".wave path").get_attribute("d")) > 5000


def test_a_decision_goes_out_once_and_the_next_flag_is_there_at_once(open_page, desk):
    """Keys pressed again while the desk answers, and in the first moment of the next flag, decide nothing."""
    page = open_page()
    playing(page)
    page.keyboard.press("w")
    page.keyboard.type("说得很清楚")
    page.keyboard.press("Escape")
    page.locator(".severity", has_text="特别严重").click()
    for _ in range(4):
        page.keyboard.press("1")
    wait_flag(page, "coded-2")
    assert desk.heard("decided") == [
        {
            "flag_id": "kitchen-1",
            "decision": "confirmed",
            "reasons": [],
            "note": "说得很清楚",
            "severity": "very_serious",
        }
    ]
    video = playing(page)
    assert video.evaluate("v => v.videoWidth") == 320
    assert page.locator(".note").input_value() == ""
    assert page.locator(".severity[aria-checked=true]").inner_text() == "严重"
    assert page.locator(".lane mark").all_inner_texts() == ["付款", "抽免單"]
    assert page.locator("video").count() == 1


def test_no_other_message_takes_the_place_of_a_decision(open_page, desk):
    """Streamlit keeps one waiting message a component; the desk is busy while three are sent."""
    page = open_page()
    (desk.home / "slow").touch()
    page.keyboard.press("m")
    page.keyboard.press("1")
    page.keyboard.press("b")
    wait_flag(page, "coded-2")
    assert [one["flag_id"] for one in desk.heard("decided")] == ["kitchen-1"]
    desk.wait_for("preferred", {"muted": False, "blurred": True})


def test_other_decisions_ask_for_a_reason(open_page, desk):
    page = open_page()
    page.keyboard.press("2")
    wait_state(page, "choosing")
    page.keyboard.press("Enter")
    assert "先选一个理由" in page.locator(".says").inner_text()
    page.keyboard.press("1")
    page.keyboard.press("3")
    page.keyboard.press("1")
    page.keyboard.press("Enter")
    wait_flag(page, "coded-2")
    page.keyboard.press("u")
    wait_flag(page, "kitchen-1")
    page.keyboard.press("4")
    page.keyboard.press("Escape")
    assert state(page) == "ready"
    page.keyboard.press("j")
    wait_flag(page, "coded-2")
    (decided,) = desk.heard("decided")
    assert (decided["decision"], decided["reasons"]) == ("dismissed", ["too_little"])
    assert desk.heard("undo") == [{}]
    assert desk.heard("skip") == ["kitchen-1"]


def test_a_refused_decision_opens_the_bar_again_and_says_why(open_page, desk):
    """Twice with the same words: the second refusal looks like the first and must arrive too."""
    page = open_page()
    for _ in range(2):
        page.locator(".note").fill("拒绝我")
        page.keyboard.press("Escape")
        page.keyboard.press("1")
        page.locator(".says", has_text="你的决定没有记下").wait_for()
        wait_state(page, "ready")
    assert len(desk.heard("decided")) == 2
    assert page.locator(".note").input_value() == "拒绝我"


def test_typing_anywhere_triggers_nothing(kept_page, desk):
    """Digits and letters in the note and in a field of the page outside, and with Ctrl, Alt or Meta."""
    page = kept_page()
    video = paused(page)
    before = video.evaluate("v => v.currentTime")
    for field in (page.locator(".note"), page.get_by_label("别处的输入框")):
        field.click()
        page.keyboard.type("1 2 3 4 jumnpbls,.")
        assert field.input_value() == "1 2 3 4 jumnpbls,."
    page.locator(".heading").click()
    page.evaluate("document.activeElement.blur()")
    for keys in ("Control+1", "Alt+2", "Meta+1", "Control+j"):
        page.keyboard.press(keys)
    page.wait_for_timeout(500)
    assert state(page) == "ready"
    assert video.evaluate("v => [v.currentTime, v.paused, v.muted]") == [before, True, True]
    assert [desk.heard(what) for what in ("decided", "skip", "undo", "preferred")] == [[], [], [], []]
    page.get_by_label("别处的输入框").fill("")


def test_composing_chinese_triggers_nothing(kept_page, desk):
    """Keys of an input method on their way into words, in the note and, as some send them, from the page itself."""
    page = kept_page()
    page.locator(".note").click()
    session = page.context.new_cdp_session(page)
    session.send("Input.imeSetComposition", {"text": "fan1", "selectionStart": 4, "selectionEnd": 4})
    for code in ("Digit1", "Digit2", "KeyJ", "Enter", "Space", "Escape"):
        session.send(
            "Input.dispatchKeyEvent",
            {"type": "rawKeyDown", "windowsVirtualKeyCode": 229, "code": code, "key": "Process"},
        )
    session.send("Input.insertText", {"text": "返现"})
    assert page.locator(".note").input_value() == "返现"
    page.locator(".note").evaluate("n => n.blur()")
    page.evaluate("""() => {
      for (const more of [{isComposing: true}, {keyCode: 229}])
        for (const key of ['1', '2', 'j', 'Enter', ' '])
          document.body.dispatchEvent(new KeyboardEvent('keydown', {key, bubbles: true, composed: true, ...more}));
    }""")
    page.wait_for_timeout(400)
    assert state(page) == "ready"
    assert desk.heard("decided") == desk.heard("skip") == []
    page.evaluate(
        "document.body.dispatchEvent(new KeyboardEvent('keydown', {key: '2', bubbles: true, composed: true}))"
    )
    wait_state(page, "choosing")  # the same event without composing does something: the test can fail
    page.keyboard.press("Escape")


def test_blur_mute_and_speed(kept_page, desk):
    page = kept_page()
    video = playing(page)
    source = video.evaluate("v => v.currentSrc")
    page.keyboard.press("m")
    page.keyboard.press("b")
    page.keyboard.press(">")
    assert video.evaluate("v => [v.muted, v.playbackRate]") == [False, 1.5]
    assert "blur" in video.evaluate("v => getComputedStyle(v).filter")
    page.locator(".blur").click()
    assert video.evaluate("v => getComputedStyle(v).filter") == "none"
    page.keyboard.press(" ")  # the click has left the focus where it was: this pauses
    page.wait_for_function("v => v.paused", arg=video.element_handle())
    desk.wait_for("preferred", {"muted": False, "blurred": False})
    assert video.evaluate("v => v.muted") is False  # the page's answer does not bring the old wish back
    assert video.evaluate("v => v.currentSrc") == source  # nor does the clip begin anew
    page.keyboard.press("m")
    page.keyboard.press("<")


def test_a_frame_and_two_seconds_by_key(kept_page):
    page = kept_page(1)
    video = paused(page)
    at = video.evaluate("v => v.currentTime")
    page.keyboard.press("ArrowRight")
    page.wait_for_timeout(200)
    assert video.evaluate("v => v.currentTime") == pytest.approx(at + 2, abs=0.05)
    page.keyboard.press(",")
    page.wait_for_timeout(200)
    assert at + 1.7 <= video.evaluate("v => v.currentTime") < at + 1.99


def test_a_clip_that_is_refused_is_had_by_trying_again(open_page, desk):
    """As after a token's end: the page gives a new address, and everything else can be used meanwhile."""
    (desk.home / "closed").touch()
    page = open_page()
    page.locator(".no-clip", has_text="录像片段打不开").wait_for()
    page.locator(".lane.speech .line", has_text="退款成功的").click()
    assert stream_ms(page) == 28_300
    (desk.home / "closed").unlink()
    page.locator(".again").click()
    page.locator(".no-clip").wait_for(state="hidden")
    video = playing(page)
    assert stream_ms(page) >= 28_300
    assert "token=1" not in video.evaluate("v => v.currentSrc")


def test_hostile_words_stay_words_and_no_clip_says_why(open_page):
    page = open_page(2)
    assert page.evaluate("window.ran") is None
    assert page.locator(".heading").evaluate("h => h.textContent") == HOSTILE
    assert page.locator(".no-clip p").evaluate("p => p.textContent") == f"录像已按保存期限删除 {HOSTILE}"
    assert page.locator(".lane.chat mark").evaluate("m => m.textContent") == HOSTILE
    assert page.locator(".player img[src], .player script").count() == 0
    assert page.locator(".play").is_disabled()
    page.locator(".lane.speech .line").click()
    assert stream_ms(page) == 12_000
    assert page.evaluate("document.querySelector('[data-testid=stMain]').scrollWidth <= innerWidth")
    page.keyboard.press("2")
    wait_state(page, "choosing")


def test_what_was_taken_away_cannot_be_decided(open_page, desk):
    """The desk refuses the heartbeat: the bar says so and is locked, the next flag can still be had."""
    page = open_page(clock=True)
    (desk.home / "taken").touch()
    page.clock.run_for(125_000)
    wait_state(page, "lost")
    assert desk.heard("lease")[-1] == {"flag_id": "kitchen-1"}
    assert "已被收回" in page.locator(".says").inner_text()
    page.keyboard.press("1")
    page.keyboard.press("j")
    page.clock.run_for(1000)
    page.locator('.player[data-flag="coded-2"]').wait_for()
    assert desk.heard("decided") == []


def test_leaving_the_page_gives_the_flag_back(open_page, desk):
    page = open_page()
    page.goto("about:blank")
    desk.wait_for("release", {"flag_id": "kitchen-1"})


def test_a_link_to_the_second_and_the_table_of_keys(kept_page, desk):
    page = kept_page()
    paused(page)
    page.locator(".lane.speech .line", has_text="退款成功的").click()
    stream_ms(page)
    page.keyboard.press("l")
    page.locator(".toast", has_text="已复制").wait_for()
    assert page.evaluate("navigator.clipboard.readText()") == f"{desk.address}/flag?flag=kitchen-1&t=28"
    page.keyboard.press("?")
    page.locator("dialog.help[open]").wait_for()
    page.keyboard.press("1")
    page.keyboard.press("Escape")
    page.locator("dialog.help").wait_for(state="hidden")
    assert desk.heard("decided") == []


def test_a_flag_that_is_claimed_while_it_is_looked_at_can_be_decided(open_page, desk):
    page = open_page(3, state="view")
    (desk.home / "claimed").touch()
    page.keyboard.press("b")  # whatever makes the page run again
    wait_state(page, "ready")
    assert page.locator(".decision").count() == 4
    page.keyboard.press("1")
    wait_flag(page, "kitchen-1")
    assert [one["flag_id"] for one in desk.heard("decided")] == ["kitchen-looked-at"]


def test_who_only_looks_gets_no_decisions(open_page):
    page = open_page(3, state="view")
    playing(page)
    assert state(page) == "view"
    assert page.locator(".decision").count() == 0
    page.keyboard.press("1")
    assert state(page) == "view"


@pytest.mark.parametrize("size", [(1440, 900), (1280, 720), (942, 720)])
@pytest.mark.parametrize("case", [0, 1])
def test_everything_one_needs_stands_in_the_window(kept_page, size, case):
    """Picture, words, timeline and bar, without scrolling the page, nothing over the edge."""
    page = kept_page(case)
    page.set_viewport_size({"width": size[0], "height": size[1]})
    page.wait_for_timeout(300)
    for part in ("video", ".why", ".lanes", ".copy", ".timeline", ".decision.confirmed", ".note", ".skip", ".below"):
        box = page.locator(part).first.bounding_box()
        assert box["x"] >= 0, part
        assert box["x"] + box["width"] <= size[0], part
        assert box["y"] + box["height"] <= size[1], part
    assert page.locator("video").bounding_box()["height"] >= (500 if case == 0 else 300)
