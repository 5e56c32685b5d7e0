"""One desk, several people, and streams of strangers: rounds decided blind, claims that run out, cases that are taken
out and verify, and words that stay words in a real browser."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlencode

import pytest
from chromium import chromium
from desk_evidence import SampleClips
from desk_maker import make
from desk_outline import Size
from desk_words import HOSTILE
from playwright.sync_api import Page, expect
from server import serving
from sqlalchemy import select, update
from strangers import ALL_IN_ONE, add_strangers
from test_review_loop import PATIENCE_MS, READY, Floor, flag_on, wait_for_another, wait_until

from dashboard.links import creator_address, flag_address, stream_address
from monitor.config import Settings
from monitor.review.log_view import LogView
from monitor.roles import Person, Role
from monitor.signing import PUBLIC, load_signer
from monitor.store import Store
from monitor.store.queue_tables import QueueRow
from monitor.store.verdicts import Decision, Stage

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(300)]

SIZE = Size(flags=24, streams=4, cues=120, clips=0, undecided_share=1, seed=5)
FIRST, SECOND, LAST = "reviewer14", "lead01", "adjudicator01"
FIRST_SHOWN, NOTE = "审核14", "首位复核人的私语"
STRANGERS = (ALL_IN_ONE, " ".join(reversed(ALL_IN_ONE.split(" "))), "长" * 3400)
"""Everything at once; the same from its end, since long names are cut; and what has no place to break."""

BUILT = """() => ({
  ran: window.ran ?? null,
  images: [...document.images].map(i => i.src)
    .filter(s => s && !s.startsWith(location.origin) && !/^(data|blob|file):/.test(s)),
  links: [...document.links].map(a => a.href).filter(h => !h.startsWith(location.origin) && !h.startsWith('file:')),
  handlers: document.querySelectorAll('[onerror],[onfocus],[onload],[onclick],[autofocus]').length,
  scripts: [...document.scripts].filter(s => s.textContent.includes('window.ran')).length,
})"""
NOTHING = {"ran": None, "images": [], "links": [], "handlers": 0, "scripts": 0}
WIDE = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"


@dataclass
class SharedFloor(Floor):
    """Every decision is looked at twice; and streams of strangers lie in the queue."""

    strangers: dict[str, str]
    """Ids of their flags by what they are called."""
    store: Store

    def claimed_by(self, flag_id: str) -> str | None:
        with self.store._database.reading() as session:
            return session.scalar(select(QueueRow.claimed_by).where(QueueRow.flag_id == flag_id))

    def stream_of(self, flag_id: str) -> int:
        with self.store._database.reading() as session:
            return session.scalars(select(QueueRow.stream_id).where(QueueRow.flag_id == flag_id)).one()

    def let_lease_pass(self, flag_id: str) -> None:
        """As if the browser had been silent for as long as a lease lasts."""
        with self.store._database.writing() as session:
            over = datetime.now(UTC) - timedelta(seconds=1)
            session.execute(update(QueueRow).where(QueueRow.flag_id == flag_id).values(lease_until=over))

    def opens(self, login: str, flag_id: str) -> Page:
        """Somebody who followed a link to the flag."""
        page = self.page(login)
        page.goto(flag_address(flag_id))
        page.wait_for_selector(".player[data-state=view]")
        return page


@pytest.fixture(scope="module")
def floor(tmp_path_factory) -> Iterator[SharedFloor]:
    home: Path = tmp_path_factory.mktemp("shared")
    signer = load_signer(Settings(keys=home / "keys").keys)
    made = make(home / "desk", SIZE, signer=signer)
    store = Store.open(home / "desk")
    strangers = add_strangers(store, STRANGERS, clips=SampleClips(home / "desk" / "evidence", signer))
    settings = {"second_review_percent": 100, "gold_percent": 0}
    with serving(home / "desk", home / "keys", settings=settings) as served, chromium() as browser:
        yield SharedFloor(served, made, browser, strangers, store)


def take(page: Page) -> None:
    page.get_by_role("button", name="复核这条").click()
    page.wait_for_selector(READY)


def write_note(page: Page, text: str) -> None:
    page.keyboard.press("w")
    page.keyboard.insert_text(text)
    page.keyboard.press("Escape")


def record_of(page: Page) -> str:
    """What the page says of who decided what."""
    record = page.get_by_role("tab", name="记录")
    expect(record).to_have_count(1, timeout=PATIENCE_MS)  # the tabs of the page before a claim are gone
    record.click()
    page.get_by_text("证据", exact=True).first.wait_for()
    return page.locator("body").inner_text()


def at_rest(page: Page) -> None:
    """The script has run to its end, and its main part is there."""
    page.locator("[class*=st-key-main-]").first.wait_for(timeout=PATIENCE_MS)
    page.locator('[data-testid="stApp"][data-test-script-state="notRunning"]').wait_for(timeout=PATIENCE_MS)


def test_the_second_decides_blind_and_the_third_sees_both(floor):
    """Neither flag, queue, creator nor log tell a second reviewer what the first said; the last round, which is told
    what both said and not who they are, closes."""
    flag_id = floor.made.waiting[0]
    page = floor.opens(FIRST, flag_id)
    take(page)
    page.keyboard.press("2")
    write_note(page, NOTE)
    page.keyboard.press("Enter")
    wait_for_another(page, flag_id)
    page.goto(flag_address(flag_id))  # whoever decided first is not asked again
    page.get_by_role("button", name="复核这条").click()
    page.get_by_text(re.compile("您已在前一轮")).first.wait_for()
    expect(page.locator(READY)).to_have_count(0)
    page.context.close()
    assert floor.state(flag_id).stage is Stage.SECOND
    line = floor.store.flag(flag_id)

    # A lead may read the log, and is asked to decide all the same.
    page = floor.opens(SECOND, flag_id)
    told = record_of(page)
    assert "复审结束前不显示" in told
    other = page.context.new_page()
    for address in ("/queue", creator_address(line["platform"], line["creator"])):
        other.goto(address)
        at_rest(other)
        told += other.locator("body").inner_text()
    other.close()
    take(page)
    told += record_of(page)
    for secret in (FIRST_SHOWN, FIRST, NOTE):
        assert secret not in told
    log = LogView(floor.store, floor.served.accounts, load_signer(floor.served.keys))
    shown = log.page(Person(SECOND, "", Role.LEAD), limit=50).entries
    entries = [entry for entry in shown if entry.subject == flag_id and entry.act == "verdict"]
    assert [entry.veiled for entry in entries] == [True]
    assert not {name for name, _ in entries[0].facts} & {"decision", "reasons", "severity"}

    expect(page.locator(".player .round")).to_have_text("复审")
    page.keyboard.press("1")
    wait_until(lambda: floor.state(flag_id).stage is Stage.FINAL, "the two disagree")
    assert floor.state(flag_id).decision is None
    page.context.close()

    page = floor.opens(LAST, flag_id)
    take(page)
    expect(page.locator(".player .round")).to_have_text("终审")
    assert page.locator(".player .decision").evaluate_all("all => all.map(each => each.dataset.decision)") == [
        "confirmed", "dismissed",
    ]  # fmt: skip
    told = record_of(page)
    for said in (NOTE, "误报", "违规成立"):
        assert said in told
    assert FIRST_SHOWN not in told
    page.keyboard.press("1")
    wait_until(lambda: floor.state(flag_id).stage is Stage.CLOSED, "the last round closes")
    assert floor.state(flag_id).decision is Decision.CONFIRMED
    page.context.close()


def test_a_claim_that_ran_out_goes_to_the_next_and_a_late_decision_is_not_lost_in_silence(floor):
    """As long as it holds nobody else gets the flag; whoever decides too late is told so and has their words still."""
    page = floor.begins("reviewer12")
    held = flag_on(page)
    write_note(page, "写了很久的备注")
    other = floor.opens("reviewer11", held)
    other.get_by_role("button", name="复核这条").click()
    other.get_by_text("“审核12”正在处理").first.wait_for()
    assert floor.claimed_by(held) == "reviewer12"

    floor.let_lease_pass(held)
    take(other)
    assert floor.claimed_by(held) == "reviewer11"

    page.keyboard.press("1")
    page.locator(".player[data-state=lost]").wait_for()
    expect(page.locator(".player .says.problem")).to_contain_text("您的判定未保存")
    assert (flag_on(page), floor.state(held).events, floor.claimed_by(held)) == (held, 0, "reviewer11")
    note = page.locator(".player .note")
    expect(note).to_be_visible()
    assert note.input_value() == "写了很久的备注"
    page.keyboard.press("1")

    # The other one gives it back; the words are there yet when the flag is had again, and go with the decision.
    other.get_by_role("button", name="放回队列").click()
    wait_until(lambda: floor.claimed_by(held) is None, "the flag is free")
    assert floor.state(held).events == 0
    other.context.close()
    take(page)
    assert note.input_value() == "写了很久的备注"
    page.keyboard.press("1")
    wait_for_another(page, held)
    assert floor.state(held).standing[-1].note == "写了很久的备注"
    page.context.close()


def test_no_page_runs_builds_or_breaks(floor):
    """Lists, creators, streams and flags whose names and words try to."""
    page = floor.page("lead01", viewport={"width": 1280, "height": 800})
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("dialog", lambda dialog: pytest.fail(f"a dialog: {dialog.message}"))
    one, other, long = STRANGERS
    called = {word: floor.store.flag(flag_id)["creator"] for word, flag_id in floor.strangers.items()}
    found: dict[str, dict[str, object]] = {}
    wide: dict[str, int] = {}
    for name, address in {
        "overview": "/",
        "rules": "/rules",
        "quality": "/quality",
        "audit": "/audit",
        "export": f"/export?{urlencode({'creator': called[one], 'text': HOSTILE[0]})}",
        "queue": "/queue",
        "creators": "/creators",
        "streams": "/streams",
        "creator": creator_address("douyin", called[one]),
        "creator, long": creator_address("douyin", called[long]),
        "stream": stream_address(floor.stream_of(floor.strangers[one])),
        "nobody": creator_address(HOSTILE[1], HOSTILE[0]),
        "flag": flag_address(floor.strangers[one]),
        "flag, from its end": flag_address(floor.strangers[other]),
        "flag, long": flag_address(floor.strangers[long]),
    }.items():
        page.goto(address)
        at_rest(page)
        found[name], wide[name] = page.evaluate(BUILT), page.evaluate(WIDE)
    for name in page.get_by_role("tab").all_inner_texts():
        page.get_by_role("tab", name=name, exact=True).click()
        found[name], wide[name] = page.evaluate(BUILT), page.evaluate(WIDE)

    assert {name: seen for name, seen in found.items() if seen != NOTHING} == {}
    assert {name: by for name, by in wide.items() if by > 0} == {}
    assert [url for url in asked if not url.startswith((floor.served.address, "data:", "blob:", "ws:"))] == []
    page.context.close()


def test_a_case_that_is_downloaded_verifies_offline_and_its_page_is_text(floor, tmp_path):
    """From the link on the flag's page to `monitor evidence verify` where there is neither workspace nor network."""
    flag_id = floor.strangers[ALL_IN_ONE]
    page = floor.page("lead01", accept_downloads=True)
    page.goto(f"/export?case={flag_id}")
    page.get_by_role("button", name="导出案卷").click()
    link = page.get_by_role("link", name=re.compile("下载"))
    with page.expect_download() as fetched:
        link.click()
    case = tmp_path / "out" / fetched.value.suggested_filename
    fetched.value.save_as(case)
    page.context.close()
    assert case.name == f"case-{flag_id}.zip"

    key = floor.served.keys / PUBLIC
    assert verify(tmp_path, case, key) == 0
    altered = tmp_path / "out" / "altered.zip"
    data = bytearray(case.read_bytes())
    data[len(data) // 2] ^= 1
    altered.write_bytes(data)
    assert verify(tmp_path, altered, key) == 1

    with zipfile.ZipFile(case) as packed:
        packed.extractall(tmp_path / "case")
    (index,) = (tmp_path / "case").rglob("index.html")
    offline = floor.browser.new_context(offline=True)
    page = offline.new_page()
    page.goto(index.as_uri())
    assert page.evaluate(BUILT) == NOTHING
    assert page.evaluate(WIDE) <= 0
    told = page.locator("body").inner_text()
    for word in ("<script>window.ran=1</script>", "[点我](javascript:window.ran=1)", "</textarea></title></style>"):
        assert word in told
    offline.close()


def verify(home: Path, case: Path, key: Path) -> int:
    """The exit code of who does it outside, in a folder with nothing of the desk's."""
    (home / "elsewhere").mkdir(exist_ok=True)
    kept = {name: value for name, value in os.environ.items() if not name.startswith("MONITOR_")}
    done = subprocess.run(
        [sys.executable, "-m", "monitor", "evidence", "verify", "--key", str(key), str(case)],
        cwd=home / "elsewhere", env={**kept, "HOME": str(home / "elsewhere")}, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode in {0, 1}, done.stderr
    return done.returncode
