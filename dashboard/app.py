"""The dashboard as a web server: routes of our own, Streamlit's pages, and what every request has to pass."""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib import import_module
from pathlib import Path
from typing import Any

import streamlit as st
from starlette.middleware import Middleware

from dashboard import data
from dashboard.guard import LOCAL_HOSTS, KnownHosts, KnownPaths, LoggedIn, SafeHeaders
from dashboard.pages import PAGES
from dashboard.routes import evidence, exports, streamlit_page
from dashboard.routes.lease import LeaseRoutes
from dashboard.routes.login import Login, Provider
from dashboard.sealing import EVERY_S, Sealing
from dashboard.trouble import tell

HERE = Path(__file__).parent
_LARGEST_UPLOAD_MB = 5
"""A changed lexicon is far smaller; nothing else is uploaded."""
_LARGEST_MESSAGE_MB = 50
_log = logging.getLogger(__name__)


def make_app(desk: data.Desk, *, seal_every_s: float = EVERY_S) -> st.App:
    """The application over a desk, which the whole process uses from now on."""
    data.use(desk)
    settings = desk.settings
    providers = oidc_providers()

    @asynccontextmanager
    async def lifespan(_: st.App) -> AsyncIterator[dict[str, Any]]:
        sealing = Sealing(desk, every_s=seal_every_s)
        sealing.start()
        threading.Thread(target=_load_pages, name="loading pages", daemon=True).start()
        try:
            yield {}
        finally:
            sealing.stop()

    return st.App(
        HERE / "main.py",
        lifespan=lifespan,
        routes=[
            *Login(https=settings.dashboard_https, providers=providers).routes(),
            *evidence.ROUTES,
            *exports.ROUTES,
            *LeaseRoutes(lambda: data.desk().queue).routes(),
            *streamlit_page.ROUTES,
        ],
        middleware=[
            Middleware(SafeHeaders, inline=streamlit_page.inline_hashes(), https=settings.dashboard_https),
            Middleware(KnownHosts, hosts=hosts(settings)),
            Middleware(LoggedIn, oidc=bool(providers)),
            Middleware(KnownPaths),
        ],
        on_script_error=tell,
    )


def serve(desk: data.Desk) -> None:
    """Serves until it is told to stop. The address and port are the caller's to have looked at."""
    # Streamlit takes secrets from files and the environment alone.
    os.environ["STREAMLIT_SERVER_COOKIE_SECRET"] = desk.cookie_secret()
    # It was asked for its secrets before it had these options, and would now have itself started anew.
    logging.getLogger("streamlit.config").addFilter(lambda record: "section was detected" not in record.msg)
    make_app(desk).run(config=streamlit_config(desk.settings))


def _load_pages() -> None:
    """Loads what the pages need before somebody asks for the first: charts and tables take a second or two."""
    for page in PAGES:
        try:
            import_module(f"dashboard.views.{page.name}")
        except Exception:
            _log.exception("the page %s cannot be loaded", page.name)


def streamlit_config(settings: data.Settings) -> dict[str, Any]:
    """Streamlit's options, as safe as they go: what is off is off whatever a file of the user's says."""
    return {
        "server.address": settings.dashboard_address,
        "server.port": settings.dashboard_port,
        "server.headless": True,
        "server.allowedHosts": [name.strip("[]") for name in hosts(settings)],
        "server.enableXsrfProtection": True,
        "server.enableCORS": True,
        "server.enableStaticServing": False,
        "server.enableAgentApi": False,
        "server.fileWatcherType": "none",
        "server.runOnSave": False,
        "server.maxUploadSize": _LARGEST_UPLOAD_MB,
        "server.maxMessageSize": _LARGEST_MESSAGE_MB,
        "browser.gatherUsageStats": False,
        "client.showErrorDetails": "none",
        "client.showErrorLinks": False,
        "client.toolbarMode": "minimal",
        "client.disableDataExport": True,
        "runner.magicEnabled": False,
        "logger.hideWelcomeMessage": True,
        "theme.base": str(HERE / "theme" / "theme.toml"),
    }


def hosts(settings: data.Settings) -> tuple[str, ...]:
    """The names under which browsers may ask: this machine's own, the address listened on, and those that are set."""
    address = settings.dashboard_address.lower()
    listened = () if address in {"0.0.0.0", "::"} else (f"[{address}]" if ":" in address else address,)
    named = tuple(name.strip().lower() for name in settings.dashboard_hosts.split(",") if name.strip())
    return tuple(dict.fromkeys((*LOCAL_HOSTS, *listened, *named)))


def oidc_providers() -> tuple[Provider, ...]:
    """The identity providers that Streamlit's secrets name in `[auth]`; none where there are no secrets."""
    try:
        auth = dict(st.secrets["auth"]) if "auth" in st.secrets else {}
    except FileNotFoundError:
        return ()
    named = tuple(Provider(name) for name, value in auth.items() if hasattr(value, "keys") and name != "client_kwargs")
    return (Provider(""), *named) if "client_id" in auth else named
