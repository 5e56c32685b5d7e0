"""Who is it: the login page, the cookie, and the way back from an identity provider. Works without a script."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from urllib.parse import urlencode

from anyio import CapacityLimiter, to_thread
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from dashboard import data
from dashboard.pages import first_address
from dashboard.routes.forms import form, local_path, own_origin
from dashboard.routes.notices import notice, page

OIDC_COOKIE = "_streamlit_user"
"""Where Streamlit keeps whom a provider vouched for, until that was changed for our own cookie."""
_NEXT_COOKIE = "desk_next"
_NEXT_S = 600
_COOKIE_DAYS = 30
"""Longer than any session: an ended token still shows which browser somebody used before (`Accounts.log_in`)."""
_AT_ONCE = 2
"""Passwords compared at a time: each takes 64 MiB and a core (`monitor.review.passwords`)."""

_REFUSED = {
    "unknown": "该身份未绑定本台账号，或账号已停用，请联系管理员",
    "ticket": "登录凭据已失效，请重新登录",
}
"""Why somebody whom a provider sent did not get in; the address says which."""


@dataclass(frozen=True, slots=True)
class Provider:
    """An identity provider, as `[auth]` of Streamlit's secrets names it."""

    name: str
    """Empty: the only one."""

    @property
    def said(self) -> str:
        return f"用 {self.name} 登录" if self.name else "用单位统一身份登录"


class Login:
    """The routes by which somebody comes in and goes out."""

    def __init__(self, *, https: bool, providers: tuple[Provider, ...] = ()) -> None:
        """`https`: cookies are sent over HTTPS alone."""
        self._https, self._providers = https, providers
        self._limiter: CapacityLimiter | None = None

    def routes(self) -> list[Route]:
        return [
            Route("/login", self.ask, methods=["GET"]),
            Route("/login", self.log_in, methods=["POST"]),
            Route("/login/start", self.start, methods=["GET"]),
            Route("/login/oidc", self.with_ticket, methods=["POST"]),
            Route("/logout", self.log_out, methods=["POST"]),
            Route("/password", self.ask_password, methods=["GET"]),
            Route("/password", self.change_password, methods=["POST"]),
        ]

    async def ask(self, request: Request) -> Response:
        """The login page; whoever is logged in already goes on."""
        wanted = local_path(request.query_params.get("next", ""))
        person = await to_thread.run_sync(partial(data.person_of, request.cookies.get(data.COOKIE)))
        if person is not None:
            return RedirectResponse(wanted or first_address(person), 303)
        wrong = _REFUSED.get(request.query_params.get("refused", ""), "")
        done = "密码已更改，请用新密码登录" if "changed" in request.query_params else ""
        return self._page(wanted, wrong=wrong, done=done)

    async def log_in(self, request: Request) -> Response:
        if not own_origin(request):
            return _foreign()
        said = await form(request)
        name, wanted = said.get("name", ""), local_path(said.get("next", ""))
        earlier = request.cookies.get(data.COOKIE)
        ask = partial(data.desk().accounts.log_in, name, said.get("password", ""), at=data.now(), earlier=earlier)
        try:
            token = await to_thread.run_sync(ask, limiter=self._comparing())
        except data.RefusedError as error:
            return self._page(wanted, name=name, wrong=error.what, status=403)
        person = await to_thread.run_sync(partial(data.person_of, token))
        answer = RedirectResponse(wanted or (first_address(person) if person else "/"), 303)
        self._let_in(answer, token)
        return answer

    async def start(self, request: Request) -> Response:
        """Begins with an identity provider; a page calls it, since only Streamlit's own command can."""
        answer = RedirectResponse(f"/oidc?{urlencode({'provider': request.query_params.get('provider', '')})}", 303)
        wanted = local_path(request.query_params.get("next", ""))
        if wanted and wanted.isascii():
            answer.set_cookie(
                _NEXT_COOKIE, wanted, _NEXT_S, path="/login", httponly=True, samesite="lax", secure=self._https
            )
        return answer

    async def with_ticket(self, request: Request) -> Response:
        """Changes a ticket for the cookie. Streamlit's own cookie goes: it would outlast every session by weeks."""
        if not own_origin(request):
            return _foreign()
        ticket, browser = (await form(request)).get("ticket", ""), request.cookies.get(OIDC_COOKIE, "")
        redeem = partial(data.desk().accounts.redeem, ticket, at=data.now(), browser=browser)
        try:
            token = await to_thread.run_sync(redeem)
        except data.RefusedError:
            answer = JSONResponse({"to": "/login?refused=" + ("ticket" if ticket else "unknown")}, 403)
        else:
            answer = JSONResponse({"to": local_path(request.cookies.get(_NEXT_COOKIE, "")) or "/login"})
            self._let_in(answer, token)
        for name in request.cookies:
            if name.startswith(OIDC_COOKIE):
                answer.delete_cookie(name)
        answer.delete_cookie(_NEXT_COOKIE, path="/login")
        return answer

    async def log_out(self, request: Request) -> Response:
        """Ends what the cookie stands for, everywhere and at once; the cookie itself opens nothing any more."""
        if not own_origin(request):
            return _foreign()
        token = request.cookies.get(data.COOKIE)
        if token:
            await to_thread.run_sync(partial(data.desk().accounts.log_out, token, at=data.now()))
        return RedirectResponse("/login", 303)

    async def ask_password(self, _: Request) -> Response:
        return page("password.html.j2")

    async def change_password(self, request: Request) -> Response:
        """One's own; whoever changed it logs in again, everywhere."""
        if not own_origin(request):
            return _foreign()
        said = await form(request)
        person = await to_thread.run_sync(partial(data.person_of, request.cookies.get(data.COOKIE)))
        if person is None:
            return RedirectResponse("/login", 303)
        if said.get("to") != said.get("again"):
            return page("password.html.j2", 403, wrong="两次输入的新密码不一样")
        now, to = said.get("now", ""), said.get("to", "")
        change = partial(data.desk().accounts.change_own_password, person, now, to, at=data.now())
        try:
            await to_thread.run_sync(change, limiter=self._comparing())
        except data.RefusedError as error:
            return page("password.html.j2", 403, wrong=error.what)
        except data.AccountError as error:
            return page("password.html.j2", 403, wrong=error.shown)
        return RedirectResponse("/login?changed=1", 303)

    def _comparing(self) -> CapacityLimiter:
        """Made when first asked for: it belongs to the event loop that serves."""
        if self._limiter is None:
            self._limiter = CapacityLimiter(_AT_ONCE)
        return self._limiter

    def _let_in(self, answer: Response, token: str) -> None:
        # Lax, not strict: links to a flag are passed round in chats, and a strict cookie is not sent along with those.
        # Nothing here changes by a GET, and what is posted is asked where it comes from.
        answer.set_cookie(
            data.COOKIE, token, _COOKIE_DAYS * 86_400, httponly=True, samesite="lax", secure=self._https, path="/"
        )
        answer.headers["Cache-Control"] = "no-store"

    def _page(self, wanted: str, *, name: str = "", wrong: str = "", done: str = "", status: int = 200) -> Response:
        providers = [
            {
                "said": provider.said,
                "address": f"/login/start?{urlencode({'provider': provider.name, 'next': wanted})}",
            }
            for provider in self._providers
        ]
        return page("login.html.j2", status, next=wanted, name=name[:64], wrong=wrong, done=done, providers=providers)


def _foreign() -> Response:
    return notice("请求不是从本站发出的", "请回到本站重新操作。", 403)
