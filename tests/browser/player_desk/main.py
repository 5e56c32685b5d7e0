"""The page with the player: goes through the cases as a queue would. `?first=N` begins at the Nth."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path

import streamlit as st

from dashboard.player import Decided, player

HOME = Path(sys.argv[1])


def note(what: str, value: object) -> None:
    with (HOME / "heard.jsonl").open("a", encoding="utf-8") as heard:
        heard.write(json.dumps([what, value], ensure_ascii=False) + "\n")


st.set_page_config(layout="wide")
st.html("<style>.stMainBlockContainer{padding:3.5rem 1rem 1rem}</style>")
cases = json.loads((HOME / "cases.json").read_text("utf-8"))
state = st.session_state
state.setdefault("at", int(st.query_params.get("first", 0)))
state.setdefault("until", (datetime.now(UTC) + timedelta(minutes=10)).isoformat())


def on_decided(decided: Decided) -> None:
    note("decided", asdict(decided))
    state.problem = ""
    if decided.note == "拒绝我":
        state.problem = "别人已经决定过这条线索，你的决定没有记下。"
    else:
        state.at += 1


def on_undo() -> None:
    note("undo", {})
    state.at -= 1


def on_skip(flag_id: str) -> None:
    note("skip", flag_id)
    state.at += 1


def on_preferred(wishes: Mapping[str, bool]) -> None:
    note("preferred", dict(wishes))
    if (HOME / "slow").exists():
        time.sleep(1)


@st.fragment
def desk() -> None:
    data = dict(cases[state.at % len(cases)])
    if (HOME / "claimed").exists():
        data["decide"] = cases[0]["decide"]
    if data["decide"]:
        data["decide"] = {**data["decide"], "lease_until": state.until}
    if data["clip"]:
        # As at a real desk every run of the page names the clip by a token of its own.
        state.runs = state.get("runs", 0) + 1
        data["clip"] = {**data["clip"], "url": f"{data['clip']['url']}?token={state.runs}"}
    data["problem"] = state.get("problem", "")
    if "t" in st.query_params:
        data["seek_ms"] = int(st.query_params["t"]) * 1000
    player(
        data,
        key="player",
        on_decided=on_decided,
        on_undo=on_undo,
        on_skip=on_skip,
        on_preferred=on_preferred,
    )


desk()
st.text_input("别处的输入框", key="elsewhere")
