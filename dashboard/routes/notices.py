"""Short pages that say one thing: who is refused what, and what to do."""

from __future__ import annotations

import secrets
from pathlib import Path

from jinja2 import Environment, FileSystemLoader
from starlette.responses import HTMLResponse

_THEME = Path(__file__).parent.parent / "theme"
_TEMPLATES = Environment(loader=FileSystemLoader(_THEME), autoescape=True, trim_blocks=True, lstrip_blocks=True)
_STYLE = (_THEME / "plain.css").read_text(encoding="utf-8")


def page(template: str, status: int = 200, **values: object) -> HTMLResponse:
    """A page of our own, which needs no script and loads nothing."""
    nonce = secrets.token_urlsafe(16)
    text = _TEMPLATES.get_template(template).render(style=_STYLE, nonce=nonce, **values)
    policy = (
        f"default-src 'none'; style-src 'nonce-{nonce}'; img-src 'self'; form-action 'self'; base-uri 'none'; "
        "frame-ancestors 'none'"
    )
    return HTMLResponse(text, status, headers={"Content-Security-Policy": policy, "Cache-Control": "no-store"})


def notice(heading: str, text: str, status: int) -> HTMLResponse:
    """One sentence and the way back."""
    return page("notice.html.j2", status, heading=heading, text=text)
