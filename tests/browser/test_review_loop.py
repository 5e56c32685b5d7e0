"""A reviewer's loop in a real browser, over the real dashboard: log in, claim, watch, decide, the next one, undo."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from chromium import PLAYS_BY_ITSELF, chromium
from desk_evidence import INTO_MS
from desk_maker import Made, make
from desk_outline import Size
from playwright.sync_api import Browser, Locator, Page, expect
from server import PASSWORD, Served, serving
from sqlalchemy import select
from streamlit_words import own_words, strangers_words

from monitor.config import Settings
from monitor.signing import load_signer
from monitor.store import Store
from monitor.store.queue_tables import QueueRow
from monitor.store.verdicts import Stage

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(300)]

SIZE = Size(flags=60, streams=6, cues=300, clips=8, undecided_share=0.4, hostile=True)
READY = ".player[data-state=ready]"
PATIENCE_MS = 30_000
"""On a machine busy with other things Streamlit takes its time."""


@dataclass
class Floor:
    """The served desk and a browser before it."""

    served: Served
    made: Made
    browser: Browser

    def page(self, login: str | None, **more: object) -> Page:
        page = self.served.context(self.browser, login, **more).new_page()
        page.set_default_timeout(PATIENCE_MS)
        return page

    def begins(self, login: str) -> Page:
        """Somebody who pressed 开始复核."""
        page = self.page(login)
        page.goto("/queue")
        page.get_by_role("button", name="开始复核").click()
        page.wait_for_selector(READY)
        return page

    def state(self, flag_id: str):
        store = Store.open(self.served.workspace)
        try:
            return store.reviews.states([flag_id])[flag_id]
        finally:
            store._database.close()


@pytest.fixture(scope="module")
def floor(tmp_path_factory) -> Iterator[Floor]:
    home: Path = tmp_path_factory.mktemp("loop")
    settings = {"second_review_percent": 0, "gold_percent": 0}
    made = make(home / "desk", SIZE, signer=load_signer(Settings(keys=home / "keys").keys))
    with serving(home / "desk", home / "keys", settings=settings) as served, chromium(PLAYS_BY_ITSELF) as browser:
        yield Floor(served, made, browser)


def flag_on(page: Page) -> str:
    return page.locator(".player").get_attribute("data-flag") or ""


def wait_for_another(page: Page, flag_id: str) -> str:
    """The flag that came in the place of this one."""
    expect(page.locator(".player")).not_to_have_attribute("data-flag", flag_id, timeout=PATIENCE_MS)
    page.wait_for_selector(READY)
    return flag_on(page)


def seconds(page: Page, written: Locator | None = None) -> float:
    """A time on the page, else where the player is, in seconds of the stream."""
    told = (written or page.locator(".player .stream-at")).inner_text()
    return sum(float(part) * 60**place for place, part in enumerate(reversed(told.split(":"))))


def wait_until(true: object, what: str) -> None:
    ends = time.monotonic() + PATIENCE_MS / 1000
    while time.monotonic() < ends:
        if true():  # type: ignore[operator]
            return
        time.sleep(0.05)
    pytest.fail(f"not within {PATIENCE_MS // 1000} s: {what}")


def test_from_the_door_to_the_next_flag_by_keys_alone(floor):
    """Log in, J claims the first; its clip plays; a click in the transcript seeks; 1 decides, and the next is there."""
    page = floor.page(None)
    page.goto("/login")
    page.get_by_label("账号").fill("reviewer20")
    page.get_by_label("密码").fill(PASSWORD)
    page.keyboard.press("Enter")
    page.get_by_role("button", name="开始复核").wait_for()
    page.locator(".st-key-main-queue").wait_for()
    page.keyboard.press("j")
    page.wait_for_selector(READY)
    first = flag_on(page)

    assert f"flag={first}" in page.url
    assert first in floor.made.with_clips
    video = page.locator(".player video")
    wait_until(lambda: video.evaluate("v => v.readyState >= 2 && !v.paused"), "the clip plays")
    begun = video.evaluate("v => v.currentTime")
    wait_until(lambda: video.evaluate("v => v.currentTime") > begun + 0.2, "the clip goes on")
    video.evaluate("v => v.pause()")
    line = page.locator(".player .line.telling").first
    line.locator("time").click()
    wait_until(lambda: abs(seconds(page) - seconds(page, line.locator("time"))) <= 1, "the clip is at the line")
    page.keyboard.press("1")
    second = wait_for_another(page, first)

    assert second != first
    assert f"flag={second}" in page.url
    assert floor.state(first).standing[-1].reviewer == "reviewer20"
    page.context.close()


def test_a_dismissal_needs_a_reason_and_can_be_taken_back(floor):
    """2, a reason, Enter; U brings the same flag back, and nothing of the decision stands."""
    page = floor.begins("reviewer19")
    first = flag_on(page)

    page.keyboard.press("2")
    page.keyboard.press("Enter")
    expect(page.locator(".player .says")).to_contain_text("理由")
    page.keyboard.press("1")
    page.keyboard.press("Enter")
    second = wait_for_another(page, first)
    assert [reason.value for reason in floor.state(first).standing[-1].reasons] == ["misheard"]
    page.keyboard.press("u")
    wait_until(lambda: flag_on(page) == first, "the first flag is back")
    page.wait_for_selector(READY)

    assert second != first
    assert floor.state(first).standing == ()
    page.context.close()


def test_typing_chinese_into_the_note_decides_nothing(floor):
    """Neither letters that are keys of the player nor the keys of an input method."""
    page = floor.begins("reviewer18")
    first = flag_on(page)
    before = floor.state(first).events

    page.keyboard.press("w")
    note = page.locator(".player .note")
    page.keyboard.insert_text("主播说的是")
    page.keyboard.type("1234jukm")
    note.evaluate(
        """n => { for (const key of ['1', 'j', 'Enter'])
             n.dispatchEvent(new KeyboardEvent('keydown', {key, isComposing: true, bubbles: true, composed: true})) }"""
    )
    time.sleep(1)

    assert flag_on(page) == first
    assert note.input_value() == "主播说的是1234jukm"
    assert floor.state(first).events == before
    page.context.close()


def test_two_people_never_get_the_same_flag(floor):
    """Nor does a link let the second one decide; she reads who has it."""
    one, two = floor.begins("reviewer17"), floor.begins("reviewer16")
    held = flag_on(one)

    assert flag_on(two) != held
    two.goto(f"/flag?flag={held}")
    two.wait_for_selector(".player[data-state=view]")
    two.get_by_role("button", name="复核这条").click()

    expect(two.get_by_text("“审核17”正在处理").first).to_be_visible()
    expect(two.locator(READY)).to_have_count(0)
    one.context.close()
    two.context.close()


def test_whoever_leaves_lets_others_have_the_flag(floor):
    """Closing the page is enough."""
    page = floor.begins("reviewer15")
    held = flag_on(page)
    page.close(run_before_unload=True)  # does not wait: the browser stays until the desk has heard of it
    store = Store.open(floor.served.workspace)

    def free() -> bool:
        with store._database.reading() as session:
            return session.scalar(select(QueueRow.claimed_by).where(QueueRow.flag_id == held)) is None

    wait_until(free, "the flag is free")
    page.context.close()
    store._database.close()


def test_a_link_leads_to_the_second(floor):
    """Without a claim nothing can be decided, and nothing is claimed by looking."""
    flag_id = floor.made.with_clips[0]
    page = floor.page("reader01")
    line = Store.open(floor.served.workspace).flag(flag_id)
    second = int(line["start_s"]) + 1
    page.goto(f"/flag?flag={flag_id}&t={second}")
    page.wait_for_selector(".player[data-state=view]")
    video = page.locator(".player video")
    wait_until(lambda: video.evaluate("v => v.readyState >= 2"), "the clip is there")
    video.evaluate("v => v.pause()")

    clip_begins_s = max(0, line["start_s"] - INTO_MS / 1000)
    assert second - 0.1 <= seconds(page) < second + 8
    assert seconds(page) - 1 <= video.evaluate("v => v.currentTime") + clip_begins_s <= seconds(page) + 1
    expect(page.get_by_role("button", name="复核这条")).to_have_count(0)
    page.context.close()


def test_a_second_reviewer_learns_nothing_of_the_first(floor):
    """An escalated or very serious flag comes to another person, who sees 复审 and no decision."""
    page = floor.begins("reviewer14")
    flag_id = flag_on(page)
    page.keyboard.press("4")
    page.keyboard.press("3")
    page.keyboard.press("Enter")
    wait_for_another(page, flag_id)
    assert floor.state(flag_id).stage is Stage.SECOND
    page.context.close()

    page = floor.page("reviewer13")
    page.goto(f"/flag?flag={flag_id}")
    page.wait_for_selector(".player[data-state=view]")
    page.get_by_role("button", name="复核这条").click()
    page.wait_for_selector(READY)
    records = page.get_by_role("tab", name="记录")
    expect(records).to_have_count(1)  # those of the page before the claim are gone
    records.click()
    expect(page.get_by_text("复审结束前不显示")).to_be_visible()

    expect(page.locator(".player .round")).to_have_text("复审")
    told = page.locator("body").inner_text()
    assert "证据不足" not in told.replace("理由", "")
    assert "审核14" not in told
    page.context.close()


def test_streamlit_says_nothing_in_english(floor):
    """Whatever the browser's language, on every page and in what opens there; the same words of a stream are kept."""
    said: dict[str, list[str]] = {}

    def hear(page: Page, where: str) -> None:
        page.wait_for_timeout(300)
        said[where] = own_words(page)

    def visit(page: Page, name: str, shows: str = "") -> None:
        page.goto("/" if name == "overview" else f"/{name}")
        page.wait_for_selector(shows or f".st-key-main-{name}")
        hear(page, name)

    page = floor.page("lead01", locale="en-US")
    for name in ("overview", "creators", "quality", "queue"):
        visit(page, name)
    visit(page, f"flag?flag={floor.made.with_clips[-1]}", ".st-key-main-flag")
    visit(page, "stream?stream=3", ".st-key-main-stream")
    visit(page, "streams", ".stDataFrameGlideDataEditor")
    table = page.locator(".stDataFrameGlideDataEditor").first
    tools = page.locator("[data-testid=stElementToolbarButton] button")
    corner = table.bounding_box() or {}
    page.mouse.move(corner["x"] + 100, corner["y"] + 18)
    page.wait_for_timeout(300)  # the sign of the menu comes with the pointer
    page.mouse.click(corner["x"] + 125, corner["y"] + 18)
    page.wait_for_selector("[data-testid=stDataFrameColumnMenu]")
    hear(page, "a column's menu")
    page.keyboard.press("Escape")
    tools.first.hover()
    page.wait_for_selector("[data-testid=stTooltipContent]")
    hear(page, "a table's tools")
    tools.nth(1).click()
    page.keyboard.type("0")
    hear(page, "looking for something in it")
    visit(page, "export")
    page.locator("[data-testid=stMultiSelect] input").first.fill("没有的")
    page.wait_for_selector("[role=listbox]")
    hear(page, "several to choose")
    page.keyboard.press("Escape")  # what was typed
    page.keyboard.press("Escape")
    page.locator("[role=spinbutton]").first.click()
    page.keyboard.type("18000101")
    page.locator("[data-testid=stDateInputCalendarButton]").first.click()
    page.wait_for_selector("[data-testid=stDateInputCalendar]")
    hear(page, "a day to choose")
    visit(page, "audit")
    page.locator("[data-testid=stSelectbox] input").first.click()
    page.keyboard.type("没有的")
    page.wait_for_selector("[role=listbox]")
    hear(page, "one to choose")
    expect(page.locator("[role=listbox]")).to_contain_text("没有符合的")
    kept = strangers_words(page)
    page.context.close()
    for login, name in (("admin01", "people"), ("editor01", "rules")):
        page = floor.page(login, locale="en-US")
        visit(page, name)
        page.context.close()

    assert {where: words for where, words in said.items() if words} == {}
    assert [kept.count(word) for word in ("No results", "Search", "Open", "Fullscreen", "Sort ascending")] == [1] * 5
