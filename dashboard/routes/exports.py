"""Exports: whoever made one fetches it here, once, and nobody else does."""

from __future__ import annotations

from collections.abc import AsyncIterator
from functools import partial

from anyio import to_thread
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from dashboard import data

_BLOCK = 256 * 1024
_NOT_KEPT = {"Cache-Control": "no-store"}


async def export(request: Request) -> Response:
    """200 with the whole file, which is gone then; 403 for whom and what the address is not, and the second time."""
    if request.method != "GET":  # a look at the headers alone must not use the address up
        return PlainTextResponse("只能下载", 405, {**_NOT_KEPT, "Allow": "GET"})
    token, cookie = request.path_params["token"], request.cookies.get(data.COOKIE)
    try:
        made = await to_thread.run_sync(partial(_taken, token, cookie))
    except data.RefusedError as error:
        return PlainTextResponse(error.what, 403, _NOT_KEPT)
    return _Whole(made)


class _Whole(StreamingResponse):
    """The file from beginning to end, some at a time. It is closed however this ends."""

    def __init__(self, made: data.MadeFile) -> None:
        self._made = made
        headers = {
            "Cache-Control": "private, no-store",
            # Not packed on the way: that would keep everybody else's pages waiting, and hide how long it is.
            "Content-Encoding": "identity",
            "Content-Length": str(made.size_bytes),
            "Content-Disposition": f'attachment; filename="{made.name}"',
            # Whatever a stream's words are in a file, a browser runs none of it.
            "Content-Security-Policy": "default-src 'none'; sandbox",
        }
        super().__init__(self._blocks(), media_type=made.media_type, headers=headers)

    async def _blocks(self) -> AsyncIterator[bytes]:
        while block := await to_thread.run_sync(self._made.file.read, _BLOCK):
            yield block

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._made.file.close()


def _taken(token: str, cookie: str | None) -> data.MadeFile:
    person = data.person_of(cookie)
    if person is None or not cookie:
        raise data.RefusedError("请先登录")
    desk = data.desk()
    return desk.exports.take(person, desk.accounts.session_of(cookie), token, at=data.now())


ROUTES = [Route("/exports/{token}", export, methods=["GET"])]
