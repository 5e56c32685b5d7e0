"""A real browser and a small web server, for whatever a reviewer will look at."""

from __future__ import annotations

import os
import re
import shutil
import sys
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from selenium import webdriver
from selenium.webdriver.chrome.service import Service

CHROMIUM, CHROMEDRIVER = Path("/usr/bin/chromium"), Path("/usr/bin/chromedriver")
FLAGS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--no-proxy-server",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--window-size=1440,1000",
)


def pytest_collection_modifyitems(items):
    """Files with slow tests come first: several processes then end at about the same time."""
    long = {item.path for item in items if item.get_closest_marker("slow")}
    items.sort(key=lambda item: item.path not in long)


@pytest.fixture(scope="session", autouse=True)
def own_keys(tmp_path_factory):
    """Whatever a test signs, it signs with a key of this run: nobody's own key is made, read or used."""
    os.environ["MONITOR_KEYS"] = str(tmp_path_factory.mktemp("keys"))


@pytest.fixture(autouse=True)
def own_main():
    """`__main__` is after each test what it was before.

    Streamlit's AppTest leaves a page's script there, and a process that is spawned later would run it first.
    """
    before = sys.modules["__main__"]
    yield
    sys.modules["__main__"] = before


@pytest.fixture(scope="session")
def browser(tmp_path_factory):
    """Headless Chromium with an empty profile of its own; one for the whole run.

    Without Chromium tests are skipped on a desk and fail in CI, where it has to be.
    """
    missing = [str(path) for path in (CHROMIUM, CHROMEDRIVER) if not path.exists()]
    if missing:
        say = f"{' and '.join(missing)} not found: install the packages chromium and chromium-driver"
        if os.environ.get("CI"):
            pytest.fail(say)
        pytest.skip(say)
    home = tmp_path_factory.mktemp("browser")
    options = webdriver.ChromeOptions()
    options.binary_location = str(CHROMIUM)
    for flag in (*FLAGS, f"--user-data-dir={home / 'profile'}"):
        options.add_argument(flag)
    service = Service(executable_path=str(CHROMEDRIVER), log_output=str(home / "chromedriver.log"))
    driver = webdriver.Chrome(options=options, service=service)
    driver.set_page_load_timeout(30)
    driver.set_script_timeout(30)
    yield driver
    driver.quit()
    shutil.rmtree(home / "profile", ignore_errors=True)


class _Ranges(SimpleHTTPRequestHandler):
    """Files, and single byte ranges of them: without ranges a browser cannot seek."""

    extensions_map = SimpleHTTPRequestHandler.extensions_map | {".vtt": "text/vtt; charset=utf-8", ".mp4": "video/mp4"}

    def do_GET(self):
        asked = re.fullmatch(r"bytes=(\d+)-(\d*)", self.headers.get("Range", ""))
        path = Path(self.translate_path(self.path))
        if asked is None or not path.is_file():
            super().do_GET()
            return
        data = path.read_bytes()
        start, end = int(asked[1]), min(int(asked[2] or len(data) - 1), len(data) - 1)
        if start > end:
            self.send_error(416)
            return
        self.send_response(206)
        self.send_header("Content-Type", self.guess_type(str(path)))
        self.send_header("Content-Range", f"bytes {start}-{end}/{len(data)}")
        self.send_header("Content-Length", str(end + 1 - start))
        self.end_headers()
        self.wfile.write(data[start : end + 1])

    def end_headers(self):
        self.send_header("Accept-Ranges", "bytes")
        self.send_header("Cache-Control", "no-store")
        super().end_headers()

    def copyfile(self, source, outputfile):
        try:
            super().copyfile(source, outputfile)
        except ConnectionError:  # a browser that has seen enough hangs up
            self.close_connection = True

    def log_message(self, *_):
        pass


@pytest.fixture
def serve():
    """`serve(folder)` gives the address under which a browser finds it, on this machine alone."""
    servers = []

    def run(folder: Path) -> str:
        server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Ranges, directory=str(folder)))
        threading.Thread(target=server.serve_forever, daemon=True).start()
        servers.append(server)
        return f"http://127.0.0.1:{server.server_port}"

    yield run
    for server in servers:
        server.shutdown()
        server.server_close()
