"""How soon a reviewer sees what they asked for: pages and verdicts in Chromium, told by what is visible.

A page's main content stands in `st.container(key="main-<page>")`, which has the class `st-key-main-<page>`. It counts
as seen when it takes up room, is not left over from before, and no skeleton stands in it.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Sequence
from itertools import cycle, islice
from typing import Any

from playwright.sync_api import Browser, Page
from playwright.sync_api import Error as BrowserError
from server import Served
from speed_figures import Figure

PAGE_MS, VERDICT_MS = 1500.0, 700.0
TIMES, WARM = 50, 5
WAIT_MS = 30_000
WHO = {"quality": "lead01", "audit": "lead01", "export": "lead01", "people": "admin01"}
"""Who opens a page; the others a reviewer does."""
PLACES = {"overview": "/", "flag": "/flag?flag={flag}", "stream": "/stream?stream={stream}"}
"""Where a page is, if not at its own name."""
PAGES = ("overview", "queue", "flag", "streams", "stream", "rules", "creators", "quality", "audit", "export", "people")
WATCH = """
(() => {
  const desk = (window.__desk = {from: 0, seen: {}, flag: null, changed: null, playable: null})
  const shown = (e) => {
    const box = e.getBoundingClientRect()
    return box.width > 0 && box.height > 0 && !e.closest('[data-stale="true"]')
      && !e.querySelector('[data-stale="true"], [data-testid="stSkeleton"]')
  }
  let player = null
  const find = (root) => {
    const own = root.querySelector('.player[data-flag]')
    if (own) return own
    for (const e of root.querySelectorAll('*')) {
      const inner = e.shadowRoot && find(e.shadowRoot)
      if (inner) return inner
    }
    return null
  }
  desk.player = () => (player && player.isConnected ? player : (player = find(document)))
  let turn = 0
  const look = () => {
    const now = performance.now()
    for (const e of document.querySelectorAll('[class*="st-key-main-"]')) {
      const name = /st-key-main-([a-z_]+)/.exec(e.className)[1]
      if (!(name in desk.seen) && shown(e)) desk.seen[name] = now - desk.from
    }
    if (desk.flag !== null || turn++ % 6 === 0) {
      const there = desk.player()
      if (there && desk.flag !== null && there.dataset.flag !== desk.flag && there.dataset.state !== 'sent') {
        if (desk.changed === null) desk.changed = now - desk.from
        const video = there.querySelector('video')
        if (desk.playable === null && video && video.readyState >= 2) desk.playable = now - desk.from
      }
    }
    requestAnimationFrame(look)
  }
  requestAnimationFrame(look)
  desk.begin = () => Object.assign(desk, {from: performance.now(), seen: {}, changed: null, playable: null, flag: null})
  // From the moment the key goes down: what the reviewer feels.
  addEventListener('keydown', (event) => {
    const there = desk.player()
    const sends = there && {1: 'ready', Enter: 'choosing'}[event.key] === there.dataset.state
    if (!sends) return
    desk.begin()
    desk.flag = there.dataset.flag
  }, true)
})()
"""


def measure_pages(
    served: Served, browser: Browser, flags: Sequence[str], streams: Sequence[int], *, times: int = TIMES
) -> Iterator[Figure]:
    """Each page that is there: opened by its address, and reached from the menu of another page."""
    for page_name in PAGES:
        with_login = WHO.get(page_name, "reviewer01")
        context = served.context(browser, with_login, bypass_csp=True)
        context.add_init_script(WATCH)
        page = context.new_page()
        place = PLACES.get(page_name, f"/{page_name}")
        addressed = _by_address(page, page_name, place, flags, streams, times)
        yield addressed
        if addressed.ms and "{" not in place:
            yield _from_menu(page, page_name, place, times)
        context.close()


def _by_address(page: Page, name: str, place: str, flags: Sequence[str], streams: Sequence[int], times: int) -> Figure:
    found: list[float] = []
    wanted = zip(cycle(flags or [""]), cycle(streams or [0]), strict=False)
    for number, (flag, stream) in enumerate(islice(wanted, times + WARM)):
        try:
            answer = page.goto(place.format(flag=flag, stream=stream), wait_until="commit")
            if answer is not None and answer.status >= 400:
                return Figure(f"{name}: by its address", (), PAGE_MS, f"not there ({answer.status})")
            page.wait_for_function("name => name in window.__desk.seen", arg=name, timeout=WAIT_MS)
        except BrowserError as error:
            return Figure(f"{name}: by its address", tuple(found), PAGE_MS, _why(page, name, error))
        if number >= WARM:
            found.append(page.evaluate("name => window.__desk.seen[name]", name))
    return Figure(f"{name}: by its address", tuple(found), PAGE_MS)


def _from_menu(page: Page, name: str, place: str, times: int) -> Figure:
    """From the click on the menu of another page: Streamlit changes pages without loading anew."""
    title = f"{name}: from the menu"
    other = "/streams" if name != "streams" else "/"
    found: list[float] = []
    try:
        for number in range(times + WARM):
            if number == 0:
                page.goto(other, wait_until="commit")
            _link(page, other).click(timeout=WAIT_MS)
            page.wait_for_function("name => name in window.__desk.seen", arg=_named(other), timeout=WAIT_MS)
            page.wait_for_timeout(150)
            page.evaluate("window.__desk.begin()")
            _link(page, place).click(timeout=WAIT_MS)
            page.wait_for_function("name => name in window.__desk.seen", arg=name, timeout=WAIT_MS)
            if number >= WARM:
                found.append(page.evaluate("name => window.__desk.seen[name]", name))
    except BrowserError as error:
        return Figure(title, tuple(found), PAGE_MS, _why(page, name, error))
    return Figure(title, tuple(found), PAGE_MS)


def _link(page: Page, place: str) -> Any:
    return page.locator(f'[data-testid="stTopNavLink"][href$="{place}"], a[href$="{place}"]').first


def _named(place: str) -> str:
    return place.strip("/") or "overview"


def _why(page: Page, name: str, error: BrowserError) -> str:
    there = page.evaluate("Object.keys((window.__desk || {seen: {}}).seen)")
    first = re.sub(r"\s+", " ", str(error))[:90]
    return f"not seen (main contents there: {', '.join(there) or 'none'}; {first})"


def measure_verdicts(
    served: Served, browser: Browser, *, login: str = "reviewer01", times: int = TIMES
) -> list[Figure]:
    """One reviewer who decides flag after flag with one key: until the next is there, and until its clip could play."""
    # Playwright's own waiting evaluates text, which the pages' policy forbids.
    context = served.context(browser, login, bypass_csp=True)
    context.add_init_script(WATCH)
    page = context.new_page()
    nexts: list[float] = []
    plays: list[float] = []
    note = ""
    try:
        start_reviewing(page)
        for number in range(times + WARM):
            ready(page)
            page.keyboard.press("1")
            page.wait_for_function("window.__desk.changed !== null", timeout=WAIT_MS)
            changed = page.evaluate("window.__desk.changed")
            if number >= WARM:
                nexts.append(changed)
            page.wait_for_timeout(random.Random(number).uniform(350, 700))
            playable = page.evaluate("window.__desk.playable")
            if playable is not None and number >= WARM:
                plays.append(playable)
    except BrowserError as error:
        note = _why(page, "queue", error)
    context.close()
    return [
        Figure("verdict to next", tuple(nexts), VERDICT_MS, note),
        Figure("verdict to next clip that can play", tuple(plays)),
    ]


def start_reviewing(page: Page) -> None:
    """Opens the queue and takes its first flag, by the button where one has to be pressed."""
    page.goto("/queue", wait_until="commit")
    player = page.locator(".player[data-flag]")
    begin = page.locator(".st-key-begin button")
    player.or_(begin).first.wait_for(timeout=WAIT_MS)
    if not player.count():
        begin.first.click()
    ready(page)


def ready(page: Page) -> None:
    """Waits until the flag that is shown can be decided."""
    page.locator(".player[data-state=ready]").wait_for(timeout=WAIT_MS)
