"""Signs of life of whoever works on a flag, and letting it go; the player sends them without the page running again."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Protocol

from anyio import to_thread
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from dashboard import data
from dashboard.routes.forms import json_object, own_origin

_LONGEST_ID = 200
"""As long as an id may be to name a folder (`monitor.evidence.folder`)."""


class Lease(Protocol):
    """What is known of a claim."""

    @property
    def until(self) -> datetime: ...


class Leases(Protocol):
    """Who keeps claims alive: `monitor.review.queue.Queue`."""

    def beat(self, person: data.Person, flag_id: str, *, at: datetime) -> Lease: ...

    def release(self, person: data.Person, flag_id: str, *, at: datetime) -> object: ...


class LeaseRoutes:
    """POST /desk/lease and /desk/release, each with `{"flag_id": …}`."""

    def __init__(self, leases: Callable[[], Leases]) -> None:
        self._leases = leases

    def routes(self) -> list[Route]:
        return [
            Route("/desk/lease", self.beat, methods=["POST"]),
            Route("/desk/release", self.release, methods=["POST"]),
        ]

    async def beat(self, request: Request) -> Response:
        """200 with the new end of the lease; 409 when the flag is no longer this person's."""

        def extend(person: data.Person, flag_id: str) -> Response:
            lease = self._leases().beat(person, flag_id, at=data.now())
            return JSONResponse({"lease_until": lease.until.isoformat()})

        return await self._answer(request, extend)

    async def release(self, request: Request) -> Response:
        """204; also for a flag that was somebody else's already, since the page that asks is going away."""

        def let_go(person: data.Person, flag_id: str) -> Response:
            self._leases().release(person, flag_id, at=data.now())
            return Response(status_code=204)

        return await self._answer(request, let_go)

    async def _answer(self, request: Request, act: Callable[[data.Person, str], Response]) -> Response:
        if not own_origin(request):
            return _problem("请求不是从本站发出的", 403)
        flag_id = (await json_object(request)).get("flag_id")
        if not isinstance(flag_id, str) or not 0 < len(flag_id) <= _LONGEST_ID:
            return _problem("没有指明线索", 400)
        person = await to_thread.run_sync(partial(data.person_of, request.cookies.get(data.COOKIE)))
        if person is None:
            return _problem("请先登录", 401)
        try:
            return await to_thread.run_sync(partial(act, person, flag_id))
        except data.RefusedError as error:
            return _problem(error.what, 409)
        except data.WorkspaceError:
            return _problem("数据暂时写不进去", 503)


def _problem(said: str, status: int) -> Response:
    return JSONResponse({"problem": said}, status)
