"""Streamlit's one page, in Chinese where it speaks itself."""

from __future__ import annotations

import base64
import hashlib
import re
from functools import cache
from pathlib import Path

import streamlit
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, Response
from starlette.routing import Route

from dashboard.pages import ADDRESSES

_INDEX = Path(streamlit.__file__).parent / "static" / "index.html"
_THEME = Path(__file__).parent.parent / "theme"
_MARK = _THEME / "mark.svg"
_WORDS = _THEME / "chinese.js"
WORDS_ADDRESS = "/desk/chinese.js"
"""A script of ours in Streamlit's page: it turns what Streamlit says itself into Chinese."""
_CHINESE = (
    # The language decides which form of a Chinese character a browser draws.
    (re.compile(r'<html lang="en">'), '<html lang="zh-CN">'),
    (re.compile(r"<title>.*?</title>"), "<title>直播巡检</title>"),
    (re.compile(r"<noscript>.*?</noscript>", re.DOTALL), "<noscript><p>请在浏览器里允许运行脚本。</p></noscript>"),
    (re.compile(r"<!--.*?-->", re.DOTALL), ""),
    (re.compile(r'<link rel="service-desc"[^>]*>'), ""),
    # Before Streamlit's own: what this one says of the browser's language is read once.
    (re.compile(r"</title>"), f'</title><script src="{WORDS_ADDRESS}"></script>'),
    # The Latin typeface that it loads ahead of time is none of ours.
    (re.compile(r'<link\s+rel="preload"[^>]*SourceSans[^>]*>'), ""),
)
_INLINE = re.compile(r"<script>(.*?)</script>", re.DOTALL)


@cache
def index_html() -> str:
    """Streamlit's page as we send it."""
    text = _INDEX.read_text(encoding="utf-8")
    for english, chinese in _CHINESE:
        text = english.sub(chinese, text)
    return text


def inline_hashes() -> str:
    """The scripts that stand in it, as a content security policy names them."""
    digests = (hashlib.sha256(script.encode()).digest() for script in _INLINE.findall(index_html()))
    return " ".join(f"'sha256-{base64.b64encode(digest).decode()}'" for digest in digests)


async def show(_: Request) -> Response:
    return HTMLResponse(index_html(), headers={"Cache-Control": "no-cache"})


async def mark(_: Request) -> Response:
    """Our own sign in the browser's tab; browsers go by the type, not by the name that they ask for."""
    return FileResponse(_MARK, media_type="image/svg+xml", headers={"Cache-Control": "max-age=86400"})


async def words(_: Request) -> Response:
    """The browser asks each time whether it changed: a new version speaks the new Streamlit's words."""
    return FileResponse(_WORDS, media_type="text/javascript", headers={"Cache-Control": "no-cache"})


ROUTES = [
    *(Route(address, show, methods=["GET"]) for address in sorted(ADDRESSES | {"/oidc"})),
    Route("/favicon.png", mark, methods=["GET"]),
    Route(WORDS_ADDRESS, words, methods=["GET"]),
]
