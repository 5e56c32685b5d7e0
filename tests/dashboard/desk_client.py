"""A reviewer's page without a browser: over the websocket it says what Streamlit's own page says.

Twenty browsers on the machine that serves them would measure the browsers.
"""

from __future__ import annotations

import asyncio
import json
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Self
from urllib.error import HTTPError

from server import COOKIE
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState
from websockets.asyncio.client import ClientConnection, connect

PLAYER = "desk_player"
_TRIGGERS = "$$STREAMLIT_INTERNAL_KEY_{}__events"
"""The widget under which a component's triggers arrive: streamlit.components.v2.bidi_component.main."""
_LARGEST_BYTES = 50 << 20


class ClientError(Exception):
    """The page said or did what it should not."""


@dataclass(slots=True)
class Page:
    """What one page shows just now."""

    player: dict[str, Any] = field(default_factory=dict)
    """What the player was last given; empty before it was there."""
    player_id: str = ""
    fragment_id: str = ""
    buttons: dict[str, tuple[str, str]] = field(default_factory=dict)
    """Key → id, fragment's id."""
    errors: list[str] = field(default_factory=list)


class DeskClient:
    """One logged-in person at the flag page. Times are those of the monotonic clock, in milliseconds."""

    def __init__(self, address: str, token: str) -> None:
        self.address, self.page = address, Page()
        self._headers = {"Cookie": f"{COOKIE}={token}", "Origin": address}
        self._known: dict[str, ForwardMsg] = {}
        self._socket: ClientConnection | None = None

    async def __aenter__(self) -> Self:
        self._socket = await connect(
            f"{self.address.replace('http', 'ws', 1)}/_stcore/stream",
            additional_headers=self._headers,
            subprotocols=["streamlit"],  # type: ignore[list-item]
            max_size=_LARGEST_BYTES,
            proxy=None,
        )
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._socket is not None:
            await self._socket.close()

    async def open(self, query: str = "") -> None:
        """The flag page, as its address is opened."""
        await self._run(page="flag", query=query)

    async def press(self, key: str) -> float:
        """A button; how long until the page was whole again."""
        if key not in self.page.buttons:
            raise ClientError(f"there is no button {key}; there are {sorted(self.page.buttons)}")
        button, fragment = self.page.buttons[key]
        return await self._run(WidgetState(id=button, trigger_value=True), fragment=fragment)

    async def decide(self, decision: str, *, reasons: tuple[str, ...] = (), note: str = "") -> float:
        """About the flag that is on the page; how long until the page was whole again, the next flag on it."""
        said = {"flag_id": self.flag_id, "decision": decision, "reasons": reasons, "note": note, "severity": None}
        event = json.dumps([{"event": "decided", "value": said}])
        return await self._run(
            WidgetState(id=_TRIGGERS.format(self.page.player_id), json_trigger_value=event),
            fragment=self.page.fragment_id,
        )

    @property
    def flag_id(self) -> str:
        return str(self.page.player.get("flag_id", ""))

    @property
    def may_decide(self) -> bool:
        """The flag on the page is this person's."""
        return bool(self.page.player.get("decide"))

    async def beat(self) -> int:
        """A sign of life, as the player gives them; the answer's status."""
        return await self._ask("/desk/lease", json.dumps({"flag_id": self.flag_id}).encode())

    async def fetch_clip(self) -> int:
        """The clip's bytes, as far as the flag has one; how the server answered."""
        clip = self.page.player.get("clip")
        return await self._ask(clip["url"]) if clip else 200

    async def _ask(self, path: str, body: bytes | None = None) -> int:
        headers = {**self._headers, "Content-Type": "application/json"}
        asked = urllib.request.Request(self.address + path, data=body, headers=headers)

        def ask() -> int:
            try:
                with urllib.request.urlopen(asked, timeout=60) as answer:
                    answer.read()
                    return int(answer.status)
            except HTTPError as error:
                return error.code

        return await asyncio.to_thread(ask)

    async def _run(self, *widgets: WidgetState, page: str = "flag", query: str = "", fragment: str = "") -> float:
        assert self._socket is not None
        said = BackMsg()
        said.rerun_script.page_name = page
        said.rerun_script.query_string = query
        said.rerun_script.fragment_id = fragment
        said.rerun_script.widget_states.widgets.extend(widgets)
        said.rerun_script.context_info.timezone = "Asia/Shanghai"
        said.rerun_script.context_info.locale = "zh-CN"
        begun = time.monotonic()
        if fragment:  # what the fragment shows comes anew
            self.page.buttons = {key: at for key, at in self.page.buttons.items() if at[1] != fragment}
            if fragment == self.page.fragment_id:
                self.page.player = {}
        else:
            self.page = Page()
        await self._socket.send(said.SerializeToString())
        while True:
            message = self._whole(ForwardMsg.FromString(await self._socket.recv(decode=False)))
            if message.WhichOneof("type") == "script_finished":
                if message.script_finished not in _ENDED_WELL:
                    continue
                return (time.monotonic() - begun) * 1000
            self._take(message)

    def _whole(self, message: ForwardMsg) -> ForwardMsg:
        """Long messages are sent once, and then by their hash."""
        if message.WhichOneof("type") == "ref_hash":
            return self._known[message.ref_hash]
        if message.hash:
            self._known[message.hash] = message
        return message

    def _take(self, message: ForwardMsg) -> None:
        if message.WhichOneof("type") != "delta" or message.delta.WhichOneof("type") != "new_element":
            return
        element, fragment = message.delta.new_element, message.delta.fragment_id
        kind = element.WhichOneof("type")
        if kind == "bidi_component" and element.bidi_component.component_name.endswith(PLAYER):
            self.page.player = json.loads(element.bidi_component.json)
            self.page.player_id, self.page.fragment_id = element.bidi_component.id, fragment
        elif kind == "button":
            self.page.buttons[element.button.id.split("-", 2)[2]] = (element.button.id, fragment)
        elif kind == "exception":
            self.page.errors.append(element.exception.message)


_ENDED_WELL = (ForwardMsg.FINISHED_SUCCESSFULLY, ForwardMsg.FINISHED_FRAGMENT_RUN_SUCCESSFULLY)


def problems(client: DeskClient) -> Iterator[str]:
    """What the page says went wrong."""
    yield from client.page.errors
    if "problem" in client.page.player:
        yield str(client.page.player["problem"])
