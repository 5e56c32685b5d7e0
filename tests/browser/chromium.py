"""Chromium as the desk has it, driven by Playwright: Debian's own, no download."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

CHROMIUM = Path("/usr/bin/chromium")
ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--no-proxy-server",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--force-color-profile=srgb",
)
PLAYS_BY_ITSELF = "--autoplay-policy=no-user-gesture-required"
"""Clips start with sound too, as they do for somebody who has used the page for a while."""


@contextmanager
def chromium(*more: str) -> Iterator[Browser]:
    """A headless Chromium. Without one tests are skipped on a desk and fail in CI, where it has to be."""
    if not CHROMIUM.exists():
        say = f"{CHROMIUM} not found: install the package chromium"
        if os.environ.get("CI"):
            pytest.fail(say)
        pytest.skip(say)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=[*ARGUMENTS, *more])
        try:
            yield browser
        finally:
            browser.close()
