"""A desk with nothing but the player: serves the cases of a folder, and writes down what the browser sends.

`python app.py FOLDER PORT`; the folder holds `cases.json` (what the player gets, one after the other) and the clips.
"""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import streamlit as st
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import Route

HERE = Path(__file__).parent
HOME, PORT = Path(sys.argv[1]), int(sys.argv[2])


def note(what: str, value: object) -> None:
    with (HOME / "heard.jsonl").open("a", encoding="utf-8") as heard:
        heard.write(json.dumps([what, value], ensure_ascii=False) + "\n")


async def clip(request: Request) -> Response:
    if (HOME / "closed").exists():
        return Response(status_code=403)
    return FileResponse(HOME / "clips" / request.path_params["name"])


async def lease(request: Request) -> Response:
    note("lease", await request.json())
    if (HOME / "taken").exists():
        return JSONResponse({}, status_code=409)
    return JSONResponse({"lease_until": (datetime.now(UTC) + timedelta(minutes=10)).isoformat()})


async def release(request: Request) -> Response:
    note("release", await request.json())
    return Response(status_code=204)


app = st.App(
    HERE / "main.py",
    routes=[
        Route("/clips/{name:path}", clip),
        Route("/desk/lease", lease, methods=["POST"]),
        Route("/desk/release", release, methods=["POST"]),
    ],
)

if __name__ == "__main__":
    app.run(
        config={
            "server.port": PORT,
            "server.address": "127.0.0.1",
            "server.headless": True,
            "server.fileWatcherType": "none",
            "browser.gatherUsageStats": False,
            "client.toolbarMode": "minimal",
            "theme.base": str(HERE.parents[2] / "dashboard" / "theme" / "theme.toml"),
        }
    )
