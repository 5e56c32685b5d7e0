"""What every request passes before anything answers it: right host, safe headers, somebody logged in."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import partial
from urllib.parse import quote

from anyio import to_thread
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import HTTPConnection, Request
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from dashboard import data
from dashboard.pages import ADDRESSES
from dashboard.routes.login import OIDC_COOKIE
from dashboard.routes.notices import notice

LOCAL_HOSTS = ("localhost", "127.0.0.1", "[::1]")

_OPEN = re.compile(
    r"/(login(/oidc|/start)?|logout|favicon\.png|manifest\.json|desk/chinese\.js|static/.*|_stcore/(health|host-config)"
    r"|auth/(login|logout)|oauth2callback)"
)
"""What nobody needs an account for: the way in, and Streamlit's own program text."""

_ANSWERED = re.compile(
    r"/(login(/oidc|/start)?|logout|password|evidence/[^/]+|exports/[^/]+|desk/(lease|release|chinese\.js)|favicon\.png|manifest\.json"
    r"|auth/(login|logout)|oauth2callback|(static|media|component|_stcore)/.*)"
)
"""What something answers, besides the pages themselves."""

_POSTED = re.compile(r"/(logout|login/oidc|desk/(lease|release))")
"""What is only ever posted to: nobody who opens it in a browser finds anything there."""

_HTTPS_S = 180 * 86_400

_POLICY = "; ".join(
    (
        "default-src 'self'",
        # Charts and tables compile WebAssembly, components of the second kind come as blobs, and one line
        # stands in Streamlit's own page, named here by its hash.
        "script-src 'self' 'wasm-unsafe-eval' blob: {inline}",
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data: blob:",
        "media-src 'self' blob:",
        "font-src 'self' data:",
        "connect-src 'self'",
        "worker-src 'self' blob:",
        "object-src 'none'",
        "frame-src 'none'",
        "frame-ancestors 'none'",
        "base-uri 'self'",
        "form-action 'self'",
    )
)


class KnownHosts:
    """Answers to the names that were set alone: a foreign name that leads here (DNS rebinding) gets nothing."""

    def __init__(self, app: ASGIApp, hosts: Iterable[str]) -> None:
        self._app = app
        self._hosts = frozenset(host.strip().lower() for host in hosts)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] in {"http", "websocket"} and _name(Headers(scope=scope).get("host", "")) not in self._hosts:
            if scope["type"] == "websocket":
                await send({"type": "websocket.close", "code": 1008})
                return
            answer = notice("这个网址没有登记", "请用管理员给的网址打开，或请管理员在设置里登记这个域名。", 400)
            await answer(scope, receive, send)
            return
        await self._app(scope, receive, send)


class SafeHeaders:
    """Headers that keep a browser from doing with our answers what they are not for; an answer's own ones stay."""

    def __init__(self, app: ASGIApp, inline: str, *, https: bool = False) -> None:
        """`inline`: hashes of the scripts that stand in Streamlit's own page. `https`: browsers are to insist on it."""
        self._app = app
        self._headers = {
            "X-Content-Type-Options": "nosniff",
            "X-Frame-Options": "DENY",
            # Not `no-referrer`: with that, browsers leave the origin out of our own forms.
            "Referrer-Policy": "same-origin",
            "Cross-Origin-Opener-Policy": "same-origin",
            "Cross-Origin-Resource-Policy": "same-origin",
            "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=()",
            "Content-Security-Policy": _POLICY.format(inline=inline),
        }
        if https:
            self._headers["Strict-Transport-Security"] = f"max-age={_HTTPS_S}"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in self._headers.items():
                    headers.setdefault(name, value)
            await send(message)

        await self._app(scope, receive, with_headers if scope["type"] == "http" else send)


class LoggedIn:
    """Lets nobody past who is nobody here: not to pages, not to their websocket, not to clips."""

    def __init__(self, app: ASGIApp, *, oidc: bool) -> None:
        """`oidc`: people may come back from a provider, and the page then has to find out who they are."""
        self._app = app
        self._oidc = oidc

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in {"http", "websocket"} or await self._may(scope):
            await self._app(scope, receive, send)
            return
        if scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})
            return
        request = Request(scope)
        answer: Response
        if request.method == "GET" and "text/html" in request.headers.get("accept", ""):
            wanted = request.url.path + (f"?{request.url.query}" if request.url.query else "")
            answer = RedirectResponse("/login" if wanted == "/" else f"/login?next={quote(wanted)}", 303)
        else:
            answer = notice("请先登录", "登录已经结束，或者从未登录。", 403)
        answer.headers["Cache-Control"] = "no-store"
        await answer(scope, receive, send)

    async def _may(self, scope: Scope) -> bool:
        path = scope["path"]
        if scope["type"] == "http" and _OPEN.fullmatch(path):
            return True
        cookies = HTTPConnection(scope).cookies
        if self._oidc and (path in {"/oidc", "/_stcore/stream"} or (path == "/" and OIDC_COOKIE in cookies)):
            return True  # the page itself then finds out who it is, and shows nobody anything
        found = await to_thread.run_sync(partial(data.person_of, cookies.get(data.COOKIE)))
        return found is not None


class KnownPaths:
    """Says that an address leads nowhere, where Streamlit would answer with its page and a line in English."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope.get("path", "")  # the lifespan has none
        known = scope["type"] != "http" or path in {*ADDRESSES, "/oidc"} or _ANSWERED.fullmatch(path)
        if scope["type"] == "http" and scope["method"] != "POST" and _POSTED.fullmatch(path):
            known = False
        nowhere = notice("没有这个页面", "网址可能写错了，或者页面已经不在。", 404)
        await (self._app if known else nowhere)(scope, receive, send)


def _name(host: str) -> str:
    """The host without its port, in small letters; an IPv6 address keeps its brackets."""
    return re.sub(r":\d+$", "", host.strip()).lower().rstrip(".")
