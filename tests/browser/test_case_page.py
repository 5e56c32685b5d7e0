"""The page of a case opens from a folder in a real browser, offline, plays its clip, fits its window and A4 paper."""

from __future__ import annotations

import base64
import re
from urllib.parse import quote

import cv2
import pytest
from case_sample import FLAG, case, with_fields
from coded_media import make_media, picture

from monitor.evidence.masking import masked
from monitor.evidence.page.html import case_page
from monitor.evidence.stills import as_jpeg
from monitor.records import Box

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120)]

A4_PT = (595, 842)
A4_INSIDE_PX = 695
"""Width of A4 between the page's margins (210 - 2 x 13 mm at 96 px an inch)."""

LOADED = """
const done = arguments[0], v = document.querySelector('video');
const tell = () => done({
  error: v && v.error && v.error.message, seconds: v && v.duration,
  pictures: [...document.images].map(i => i.naturalWidth),
  asked: performance.getEntriesByType('resource').map(e => e.name),
});
if (!v || v.readyState >= 1 || v.error) tell();
else { v.addEventListener('loadedmetadata', tell); v.addEventListener('error', tell); }
"""

PLAY = """
const done = arguments[0], v = document.querySelector('video');
v.muted = true; v.currentTime = 0;
const stop = () => { v.pause(); done({at: v.currentTime, error: v.error && v.error.message}); };
v.play().then(() => setTimeout(stop, 900), e => done({error: String(e)}));
"""

REACHES = """
const edge = document.documentElement.clientWidth;
return [...document.querySelectorAll('main *')].filter(e => e.getBoundingClientRect().right > edge + 1)
  .map(e => e.tagName + '.' + e.className);
"""

TOPS = """
return [...document.querySelectorAll('figure ' + arguments[0])].map(e => e.getBoundingClientRect())
  .map(box => Math.round(box.top));
"""

RAN = "return [window.ran, document.scripts.length, document.querySelectorAll('[onerror],[onload],[onclick]').length]"

WORD = "长" * 300
LONG = f"{WORD}</td></table><img src=x onerror='window.ran=1'><script>window.ran=1</script>\u202e{'A' * 300}"


def hostile():
    """Words without a place to break, and with markup, wherever a text may stand."""
    context = [{**line, "text": f"{line['text']}{LONG}"} for line in FLAG["context"]]
    rules = [{**FLAG["rules"][0], "title": LONG, "clause": LONG, "source": LONG, "measures": [LONG]}]
    gaps = [{**FLAG["gaps"][0], "reason": LONG}]
    return with_fields(
        creator=LONG, room=LONG, flag_id=LONG, facts=[LONG] * 9, context=context, rules=rules, gaps=gaps, lexicon=LONG
    )


@pytest.fixture(scope="module")
def clip(tmp_path_factory):
    return make_media(tmp_path_factory.mktemp("media") / "clip.mp4", seconds=2, gop_s=1).read_bytes()


@pytest.fixture(params=["plain", "hostile"])
def folder(request, tmp_path, clip):
    """A folder as an export unpacks: the page, its clip, its stills; its name needs quoting in an address."""
    home = tmp_path / f"{request.param} 案卷 #1"
    (home / "masked").mkdir(parents=True)
    (home / "clip.mp4").write_bytes(clip)
    for name, size in (("still-01.jpg", (1280, 720)), ("still 02.jpg", (720, 1280))):
        image = cv2.resize(picture(5)[:, :, ::-1], size)
        (home / "masked" / name).write_bytes(masked(as_jpeg(image), [Box(40, 500, 400, 640)]))
    stills = [("masked/still-01.jpg", "录像 1:01.7 处"), ("masked/still 02.jpg", "录像 1:03.4 处，说明长过一行的窄图")]
    made = case(stills=stills) if request.param == "plain" else case(hostile(), rules={}, stills=stills, by=LONG)
    (home / "index.html").write_text(case_page(made), "utf-8")
    return home


@pytest.fixture
def window(browser):
    """`window(width)` sets the browser's window; afterwards it is as it was."""

    def resize(width_px, *, media=""):
        size = {"width": width_px, "height": 900, "deviceScaleFactor": 1, "mobile": False}
        browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
        browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": media})

    yield resize
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": ""})
    browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


def address(folder):
    return f"file://{quote(str(folder))}/index.html"


def test_it_opens_offline_plays_and_asks_nobody(browser, folder):
    """Pictures and clip load from the folder; nothing else is asked for, nothing runs, nothing is complained of."""
    browser.get_log("browser")
    browser.get(address(folder))
    loaded = browser.execute_async_script(LOADED)
    assert loaded["error"] is None
    assert loaded["seconds"] == pytest.approx(2, abs=0.3)
    assert loaded["pictures"] == [1280, 720]
    assert [name for name in loaded["asked"] if not name.startswith(f"file://{quote(str(folder))}/")] == []
    played = browser.execute_async_script(PLAY)
    assert played["error"] is None
    assert played["at"] > 0.2
    assert browser.execute_script(RAN) == [None, 0, 0]
    assert [entry["message"] for entry in browser.get_log("browser")] == []
    assert "疑似违规线索" in browser.title


@pytest.mark.parametrize("folder", ["plain"], indirect=True)
def test_what_a_stranger_slips_in_would_be_stopped_by_the_browser_too(browser, folder):
    """Even a page with markup that got through runs no script and loads no picture from elsewhere."""
    page = (folder / "index.html").read_text("utf-8")
    slipped = (
        '<script>window.ran=1</script><img src="x.jpg" onerror="window.ran=2"><img src=\'https://127.0.0.1:9/x.png\'>'
    )
    (folder / "index.html").write_text(page.replace("<main>", f"<main>{slipped}"), "utf-8")
    browser.get(address(folder))
    browser.execute_async_script(LOADED)
    assert browser.execute_script("return window.ran") is None
    stopped = [
        entry["message"] for entry in browser.get_log("browser") if "Content Security Policy" in entry["message"]
    ]
    assert any("127.0.0.1:9" in message for message in stopped)


def test_it_fits_windows_wide_and_narrow(browser, folder, window):
    for width_px in (1280, 800, 400):
        window(width_px)
        browser.get(address(folder))
        assert browser.execute_script("return document.documentElement.scrollWidth") <= width_px
        assert browser.execute_script(REACHES) == []


@pytest.mark.parametrize("folder", ["plain"], indirect=True)
def test_pictures_and_captions_of_a_row_stand_level(browser, folder, window):
    """However many lines a caption takes."""
    window(1280)
    browser.get(address(folder))
    browser.execute_async_script(LOADED)
    for part in ("img", "figcaption"):
        assert len(set(browser.execute_script(TOPS, part))) == 1, part


def test_it_prints_on_a4(browser, folder, window):
    """No wider than the paper, the clip replaced by a note, a sensible number of pages."""
    window(A4_INSIDE_PX, media="print")
    browser.get(address(folder))
    assert browser.execute_script(REACHES) == []
    shown = "return getComputedStyle(document.querySelector(arguments[0])).display"
    assert browser.execute_script(shown, ".screen-only") == "none"
    assert browser.execute_script(shown, ".print-only") == "block"
    data = base64.b64decode(browser.execute_cdp_cmd("Page.printToPDF", {"preferCSSPageSize": True})["data"])
    sizes = {tuple(round(float(n)) for n in box.split()[2:]) for box in re.findall(rb"/MediaBox \[([^\]]*)\]", data)}
    assert sizes == {A4_PT}
    pages = len(re.findall(rb"/Type\s*/Page\b", data))
    assert 2 <= pages <= (5 if folder.name.startswith("plain") else 30)
