"""Which flags are to be exported: the queue's own filter, chosen here for once, or brought along in the address."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import streamlit as st

from dashboard import data
from dashboard.texts import LANE_NAMES, PLATFORM_NAMES, SCHEME_NAMES, severity_name

_STATES: Mapping[str, str] = {
    "first": "待初审",
    "second": "待复审",
    "final": "待终审",
    "closed:confirmed": "已结：成立",
    "closed:dismissed": "已结：误报",
    "closed:undecided": "已结：存疑",
}
_SEVERITIES: Mapping[str, str] = {severity.value: severity_name(severity) for severity in reversed(data.Severity)}
_SEVERAL: Mapping[str, tuple[str, Mapping[str, str]]] = {
    "state": ("状态", _STATES),
    "scheme": ("类型", SCHEME_NAMES),
    "severity": ("严重程度", _SEVERITIES),
    "platform": ("平台", PLATFORM_NAMES),
    "channel": ("渠道", LANE_NAMES),
}
_OPEN = ("first", "second", "final")
_EARLIEST = date(2015, 1, 1)
_ARRIVED = "export.arrived"


def choose() -> data.Filter:
    """The widgets, and what they say. Nothing chosen means all flags, closed ones too."""
    _arrive()
    with st.container(horizontal=True, vertical_alignment="bottom"):
        for name, (label, names) in _SEVERAL.items():
            st.multiselect(
                label, list(names), format_func=names.__getitem__, key=f"export.{name}", placeholder="全部",
                select_all=False, width=200,
            )  # fmt: skip
    with st.container(horizontal=True, vertical_alignment="bottom"):
        for name, label in (("since", "播出不早于"), ("until", "播出不晚于")):
            st.date_input(
                label, value=None, key=f"export.{name}", format="YYYY-MM-DD", min_value=_EARLIEST, width=160
            )  # fmt: skip
        st.text_input("主播（全名）", key="export.creator", placeholder="全部", width=200)
        st.text_input("编号或直播间", key="export.text", placeholder="全部", width=200)
        st.slider("得分", 0.0, 1.0, step=0.05, key="export.score", width=220)
    return _of_widgets()


def _arrive() -> None:
    """The first time the widgets show what the address asks for."""
    if _ARRIVED in st.session_state:
        return
    st.session_state[_ARRIVED] = True
    asked = {name: st.query_params.get_all(name) for name in st.query_params}
    wanted = data.Filter.from_query(asked)
    st.session_state["export.score"] = (wanted.min_score or 0.0, 1.0 if wanted.max_score is None else wanted.max_score)
    if wanted == data.Filter():
        return
    for name, (_, names) in _SEVERAL.items():
        given = getattr(wanted, name) or (_OPEN if name == "state" else ())
        st.session_state[f"export.{name}"] = [str(one) for one in given if str(one) in names]
    st.session_state["export.creator"] = "".join((wanted.creator or ())[:1])
    st.session_state["export.text"] = wanted.text or ""
    for name in ("since", "until"):
        st.session_state[f"export.{name}"] = getattr(wanted, name)


def _of_widgets() -> data.Filter:
    picked: dict[str, Any] = {name: tuple(st.session_state[f"export.{name}"]) or None for name in _SEVERAL}
    picked["state"] = picked["state"] or tuple(_STATES)
    if picked["severity"]:
        picked["severity"] = tuple(map(data.Severity, picked["severity"]))
    if picked["channel"]:
        picked["channel"] = tuple(map(data.Channel, picked["channel"]))
    creator = st.session_state["export.creator"].strip()
    least, most = st.session_state["export.score"]
    return data.Filter(
        **picked,
        creator=(creator,) if creator else None,
        min_score=least if least > 0 else None,
        max_score=most if most < 1 else None,
        since=st.session_state["export.since"],
        until=st.session_state["export.until"],
        text=st.session_state["export.text"],
    )
