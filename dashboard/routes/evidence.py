"""Clips and stills: to whom a signed token was given, while they may look, and to nobody else."""

from __future__ import annotations

import mimetypes
from functools import partial
from pathlib import Path

from anyio import to_thread
from starlette.requests import Request
from starlette.responses import FileResponse, PlainTextResponse, Response
from starlette.routing import Route

from dashboard import data

_HEADERS = {
    "Cache-Control": "private, no-store",
    "Content-Disposition": "inline",
    # Whatever a file of a stream holds, it is no page and runs nothing.
    "Content-Security-Policy": "default-src 'none'; sandbox",
}


async def evidence(request: Request) -> Response:
    """200, or 206 for a range; 403 for whom and what the token is not, 404 where the evidence is gone."""
    token, cookie = request.path_params["token"], request.cookies.get(data.COOKIE)
    try:
        path = await to_thread.run_sync(partial(_file, token, cookie))
    except data.RefusedError as error:
        return PlainTextResponse(error.what, 403, {"Cache-Control": "no-store"})
    if path is None:
        return PlainTextResponse("证据已不在", 404, {"Cache-Control": "no-store"})
    kind = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    return FileResponse(path, media_type=kind, headers=_HEADERS)


def _file(token: str, cookie: str | None) -> Path | None:
    desk, person = data.desk(), data.person_of(cookie)
    if person is None or not cookie:
        raise data.RefusedError("请先登录")
    desk.accounts.require(person, data.Right.LOOK)
    part = desk.tokens.open(token, session=desk.accounts.session_of(cookie), at=data.now())
    return desk.evidence_file(part)


ROUTES = [Route("/evidence/{token}", evidence, methods=["GET"])]
