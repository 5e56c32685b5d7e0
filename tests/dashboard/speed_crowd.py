"""Twenty reviewers at once, each in a browser context of their own over a real session; and what went wrong, if any."""

from __future__ import annotations

import asyncio
import random
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from browser.chromium import ARGUMENTS, CHROMIUM
from playwright.async_api import Browser, Page, async_playwright
from playwright.async_api import Error as BrowserError
from server import CROWD, Served
from speed_figures import Figure
from speed_pages import WAIT_MS, WATCH
from sqlalchemy import func, select

from monitor.audit import Act
from monitor.audit.check import check
from monitor.store import Store
from monitor.store.audit_tables import AuditEntryRow
from monitor.store.queueing import differences
from monitor.store.review_tables import VerdictRow

CROWD_MS = 2000.0
EVERY_S = 10.0


@dataclass(slots=True)
class Shift:
    """What one reviewer saw."""

    login: str
    ms: list[float] = field(default_factory=list)
    decided: list[str] = field(default_factory=list)
    """Ids of flags, in order, each after the next one had come."""
    ended: str = ""
    """Why before the time; empty when it was over."""


def measure_crowd(
    served: Served, *, for_s: float, every_s: float = EVERY_S, logins: Sequence[str] = CROWD
) -> tuple[list[Figure], list[str]]:
    """Everybody decides one flag each `every_s`, spread evenly, for `for_s` seconds; and what was found wrong after."""
    store = Store.open(served.workspace)
    before = _last_verdict(store)
    shifts = asyncio.run(_work(served, logins, for_s, every_s))
    ms = tuple(each for shift in shifts for each in shift.ms)
    note = "; ".join(sorted({shift.ended for shift in shifts if shift.ended}))
    figures = [Figure(f"{len(logins)} reviewers: verdict to next", ms, CROWD_MS, note)]
    return figures, list(wrong_after(store, before, shifts))


async def _work(served: Served, logins: Sequence[str], for_s: float, every_s: float) -> list[Shift]:
    # Logged in beforehand: what is measured is the work, not the door.
    cookies = {login: served.cookie(login) for login in logins}
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=list(ARGUMENTS))
        begin = time.monotonic() + 3.0 * len(logins)
        works = [
            _shift(browser, served, login, cookies[login], begin + every_s * turn / len(logins), for_s, every_s)
            for turn, login in enumerate(logins)
        ]
        shifts = await asyncio.gather(*works)
        await browser.close()
    return list(shifts)


async def _shift(
    browser: Browser, served: Served, login: str, cookie: Any, begin: float, for_s: float, every_s: float
) -> Shift:
    shift, chance = Shift(login), random.Random(login)
    context = await browser.new_context(
        base_url=served.address, bypass_csp=True, viewport={"width": 1280, "height": 720}
    )
    await context.add_cookies([cookie])
    await context.add_init_script(WATCH)
    # Twenty clips decoded at once on the machine that serves them would measure the decoder; their bytes still travel.
    await context.add_init_script("HTMLMediaElement.prototype.play = async () => {}")
    page = await context.new_page()
    try:
        # One after the other: twenty pages that load at once are no day's work.
        await asyncio.sleep(max(0.0, 3.0 * random.Random(login).randrange(20)))
        await page.goto("/queue", wait_until="commit")
        player, start = page.locator(".player[data-flag]"), page.locator(".st-key-begin button")
        await player.or_(start).first.wait_for(timeout=2 * WAIT_MS)
        if not await player.count():
            await start.first.click()
        due = begin
        while due < begin + for_s:
            await _ready(page)
            await asyncio.sleep(max(0.0, due - time.monotonic()))
            flag = await page.evaluate("window.__desk.player().dataset.flag")
            await _decide(page, chance)
            await page.wait_for_function("window.__desk.changed !== null", timeout=WAIT_MS)
            shift.ms.append(await page.evaluate("window.__desk.changed"))
            shift.decided.append(flag)
            due += every_s
    except BrowserError as error:
        shift.ended = str(error).partition("\n")[0][:120]
    await context.close()
    return shift


async def _ready(page: Page) -> None:
    await page.locator(".player[data-state=ready]").wait_for(timeout=WAIT_MS)


async def _decide(page: Page, chance: random.Random) -> None:
    """One key for a confirmation; a key, a reason and Enter for a dismissal."""
    if chance.random() < 0.6:
        await page.keyboard.press("1")
        return
    await page.keyboard.press("2")
    await page.locator(".player[data-state=choosing]").wait_for(timeout=WAIT_MS)
    await page.keyboard.press("2")
    await page.keyboard.press("Enter")


def _last_verdict(store: Store) -> int:
    with store._database.reading() as session:
        return session.scalar(select(func.max(VerdictRow.id))) or 0


def wrong_after(store: Store, before: int, shifts: Sequence[Shift]) -> Iterator[str]:
    """What must not be after a shift: a flag decided twice in one round, a decision lost or never made, a log that
    tells otherwise, a queue that is not what the verdicts say."""
    with store._database.reading() as session:
        asked = select(VerdictRow).where(VerdictRow.id > before).order_by(VerdictRow.id)
        rows = list(session.scalars(asked))
        ids = {row.flag_id for row in rows}
        events = (
            list(session.scalars(select(VerdictRow).where(VerdictRow.flag_id.in_(ids)))) if len(ids) < 900 else rows
        )
        logged = session.scalars(
            select(AuditEntryRow.subject).where(AuditEntryRow.act == Act.VERDICT.value, AuditEntryRow.subject.in_(ids))
        ).all() if len(ids) < 900 else None  # fmt: skip
        queue = differences(session)
    made = [row for row in rows if row.decision != "withdrawn"]
    for (flag_id, turn), times in Counter((row.flag_id, row.round) for row in made).items():
        if times > 1:
            yield f"flag {flag_id} was decided {times} times in the {turn} round"
    for flag_id in ids:
        people = [row.reviewer for row in events if row.flag_id == flag_id and row.decision != "withdrawn"]
        if len(set(people)) < len(people):
            yield f"flag {flag_id} was decided by one person in two rounds"
    told = Counter((shift.login, flag_id) for shift in shifts for flag_id in shift.decided)
    kept = Counter((row.reviewer, row.flag_id) for row in made)
    yield from (f"{who} decided about {flag_id}, and it is lost" for who, flag_id in told - kept)
    # The last decision of each may have been kept while its next flag was still on the way.
    unseen = kept - told
    if unseen.total() > len(shifts):
        yield f"{unseen.total()} decisions were kept that nobody saw through"
    if logged is not None and Counter(logged) != Counter(row.flag_id for row in events if row.decision in _LOGGED):
        yield "the log tells of other decisions than were kept"
    yield from (f"the queue is wrong about {flag_id}" for flag_id in queue[:5])
    tree, heads = store.audit.state()
    yield from (str(problem) for problem in check(store.audit.entries(0, tree.size), tree, heads).problems[:5])


_LOGGED = ("confirmed", "dismissed", "undecided", "escalated")
