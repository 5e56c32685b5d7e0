"""Which part of the queue somebody looks at: in the address, and kept for the next time."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import streamlit as st

from dashboard import data
from dashboard.texts import LANE_NAMES, PLATFORM_NAMES, SCHEME_NAMES, severity_name

STAGE_NAMES: Mapping[str, str] = {"first": "待初审", "second": "待复审", "final": "待终审"}
_CLOSED: Mapping[str, str] = {"confirmed": "已结：成立", "dismissed": "已结：误报", "undecided": "已结：存疑"}
_STATES: Mapping[str, str] = {
    **STAGE_NAMES,
    **{f"closed:{decision}": name for decision, name in _CLOSED.items()},
}
_SEVERITIES: Mapping[str, str] = {severity.value: severity_name(severity) for severity in reversed(data.Severity)}
_NAMES: Mapping[str, tuple[str, Mapping[str, str]]] = {
    "platform": ("平台", PLATFORM_NAMES),
    "scheme": ("类型", SCHEME_NAMES),
    "severity": ("严重程度", _SEVERITIES),
    "state": ("状态", _STATES),
}
_EARLIEST = date(2015, 1, 1)
_KEPT = "queue_filter"
"""Name of the preference."""
_CHOSEN = "queue.chosen"
FIRST = "queue.first"
"""From which row on the list is shown."""


def state_name(stage: str, decision: str | None) -> str:
    return STAGE_NAMES.get(stage) or _CLOSED.get(decision or "", "已结")


def chosen(person: data.Person) -> data.Filter:
    """What the address asks for, else what this person chose the last time; the widgets then show the same."""
    asked = {name: st.query_params.get_all(name) for name in st.query_params}
    now: data.Filter | None = st.session_state.get(_CHOSEN)
    if now is None:
        kept = data.desk().accounts.preferences(person).get(_KEPT)
        now = data.Filter.from_query(asked or (kept if isinstance(kept, dict) else {}))
    elif asked and asked != now.to_query():
        now = data.Filter.from_query(asked)
    if st.session_state.get(_CHOSEN) != now or "queue.platform" not in st.session_state:
        _settle(now)
    st.query_params.from_dict(now.to_query())
    return now


def show(person: data.Person) -> None:
    """The widgets."""
    now: data.Filter = st.session_state[_CHOSEN]
    with st.container(horizontal=True, vertical_alignment="bottom", key="queue-filter"):
        for name, (label, names) in _NAMES.items():
            st.multiselect(
                label, list(names), format_func=names.__getitem__,
                key=f"queue.{name}", placeholder="全部", select_all=False, on_change=_changed, args=(person,),
            )  # fmt: skip
        st.text_input("编号或直播间", key="queue.text", on_change=_changed, args=(person,))
        with st.popover("更多筛选"):
            st.text_input("主播（全名）", key="queue.creator", on_change=_changed, args=(person,))
            st.multiselect(
                "渠道", list(LANE_NAMES), format_func=lambda lane: LANE_NAMES.get(lane, lane), key="queue.channel",
                placeholder="全部", select_all=False, on_change=_changed, args=(person,),
            )  # fmt: skip
            st.slider("得分", 0.0, 1.0, step=0.05, key="queue.score", on_change=_changed, args=(person,))
            for name, label in (("since", "播出不早于"), ("until", "播出不晚于")):
                st.date_input(
                    label, key=f"queue.{name}", format="YYYY-MM-DD", min_value=_EARLIEST, on_change=_changed,
                    args=(person,),
                )  # fmt: skip
        st.button("清空筛选", key="queue.clear", disabled=now == data.Filter(), on_click=_clear, args=(person,))


def _changed(person: data.Person) -> None:
    _keep(person, _of_widgets())


def _clear(person: data.Person) -> None:
    _keep(person, data.Filter())


def _keep(person: data.Person, now: data.Filter) -> None:
    _settle(now)
    st.query_params.from_dict(now.to_query())
    data.desk().accounts.prefer(person, {_KEPT: now.to_query() or None})


def _of_widgets() -> data.Filter:
    picked: dict[str, Any] = {name: tuple(st.session_state[f"queue.{name}"]) or None for name in (*_NAMES, "channel")}
    typed = st.session_state["queue.creator"].strip()
    if picked["severity"]:
        picked["severity"] = tuple(map(data.Severity, picked["severity"]))
    if picked["channel"]:
        picked["channel"] = tuple(map(data.Channel, picked["channel"]))
    least, most = st.session_state["queue.score"]
    return data.Filter(
        **picked,
        creator=(typed,) if typed else None,
        min_score=least if least > 0 else None,
        max_score=most if most < 1 else None,
        since=st.session_state["queue.since"],
        until=st.session_state["queue.until"],
        text=st.session_state["queue.text"],
    )


def _settle(now: data.Filter) -> None:
    """The widgets show this filter, and the list its first row."""
    st.session_state[_CHOSEN] = now
    st.session_state[FIRST] = 0
    for name, (_, names) in _NAMES.items():
        st.session_state[f"queue.{name}"] = [str(value) for value in getattr(now, name) or () if str(value) in names]
    st.session_state["queue.creator"] = "".join((now.creator or ())[:1])
    st.session_state["queue.channel"] = [str(value) for value in now.channel or ()]
    st.session_state["queue.text"] = now.text or ""
    least, most = (_share(now.min_score, 0.0), _share(now.max_score, 1.0))
    st.session_state["queue.score"] = (min(least, most), most)
    for name in ("since", "until"):
        day: date | None = getattr(now, name)
        st.session_state[f"queue.{name}"] = None if day is None else max(day, _EARLIEST)


def _share(score: float | None, without: float) -> float:
    return without if score is None else min(1.0, max(0.0, score))
