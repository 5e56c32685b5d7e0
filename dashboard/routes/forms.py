"""Reading what a browser posts: small, and from our own pages."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from starlette.requests import Request

LARGEST_BYTES = 16_384
"""A name, a password and an address fit well, even with each character as `%E4%BD%A0`."""


def own_origin(request: Request) -> bool:
    """Whether the page that sent this is one of ours: a page elsewhere cannot act in a reviewer's name."""
    said, host = request.headers.get("origin") or request.headers.get("referer"), request.headers.get("host")
    return bool(said and host) and urlsplit(said or "").netloc == host


async def form(request: Request) -> dict[str, str]:
    """The fields of a form, each once; nothing of a body that is too large or no text."""
    try:
        return dict(parse_qsl((await _body(request)).decode(), max_num_fields=20, keep_blank_values=True))
    except ValueError:
        return {}


async def json_object(request: Request) -> dict[str, Any]:
    """A JSON object; an empty one for anything else."""
    try:
        found = json.loads(await _body(request))
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def local_path(wanted: str) -> str:
    """The path to go to after the login, when it is one of this site; empty otherwise.

    Browsers read `//host`, `/\\host` and paths with tabs or line ends in them as addresses elsewhere.
    """
    if not wanted.startswith("/") or wanted.startswith(("//", "/\\")) or len(wanted) > 2000:
        return ""
    if "\\" in wanted or any(ord(character) < 33 or ord(character) == 127 for character in wanted):
        return ""
    parts = urlsplit(wanted)
    return "" if parts.scheme or parts.netloc or parts.path.startswith(("/login", "/logout", "//")) else wanted


async def _body(request: Request) -> bytes:
    """At most `LARGEST_BYTES`; raises ValueError where more comes, without reading it."""
    found = b""
    async for some in request.stream():
        found += some
        if len(found) > LARGEST_BYTES:
            raise ValueError("too large")
    return found
