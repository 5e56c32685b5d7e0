"""A filter of flags as people choose it: the same words and widgets' values on the queue's page and on the exports'."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import streamlit as st

from dashboard import data
from dashboard.texts import LANE_NAMES, PLATFORM_NAMES, SCHEME_NAMES, ago, count, severity_name

WAITING: Mapping[str, str] = {
    stage.value: data.STAGE_NAMES[stage] for stage in (data.Stage.FIRST, data.Stage.SECOND, data.Stage.FINAL)
}
_CLOSED: Mapping[str, str] = {"confirmed": "已结：成立", "dismissed": "已结：误报", "undecided": "已结：存疑"}
STATES: Mapping[str, str] = {
    **WAITING,
    **{f"closed:{decision}": name for decision, name in _CLOSED.items()},
    data.APPEALED: "申诉待处理",
    data.HELD: "人工留存",
}
CHOICES: Mapping[str, tuple[str, Mapping[str, str]]] = {
    "platform": ("平台", PLATFORM_NAMES),
    "scheme": ("类型", SCHEME_NAMES),
    "severity": ("严重程度", {severity.value: severity_name(severity) for severity in reversed(data.Severity)}),
    "state": ("状态", STATES),
    "channel": ("渠道", LANE_NAMES),
}
"""Of which several may be chosen: the filter's fields with what they are called and what there is."""
EARLIEST = date(2015, 1, 1)


def state_name(stage: str, decision: str | None, *, appealed: bool = False) -> str:
    if appealed:
        return STATES[data.APPEALED]
    return WAITING.get(stage) or _CLOSED.get(decision or "", data.STAGE_NAMES[data.Stage.CLOSED])


def appeals_name(there: data.AppealsAndHolds) -> str:
    """`申诉待处理 3 条 · 最久 4 天`"""
    waits = ago(there.oldest_appeal_at, data.now()).removesuffix("前")
    longest = f" · 最久 {waits}" if waits[0].isdigit() else ""
    return f"申诉待处理 {count(there.appeals)} 条{longest}"


def of_widgets(page: str) -> data.Filter:
    """What a page's widgets say; their keys begin with the page's name (`queue.platform`, `queue.score`, …)."""

    def given(name: str) -> tuple[str, ...] | None:
        return tuple(st.session_state[f"{page}.{name}"]) or None

    severities, channels = given("severity"), given("channel")
    creator = st.session_state[f"{page}.creator"].strip()
    least, most = st.session_state[f"{page}.score"]
    return data.Filter(
        platform=given("platform"),
        scheme=given("scheme"),
        severity=tuple(map(data.Severity, severities)) if severities else None,
        state=given("state"),
        channel=tuple(map(data.Channel, channels)) if channels else None,
        creator=(creator,) if creator else None,
        min_score=least if least > 0 else None,
        max_score=most if most < 1 else None,
        since=st.session_state[f"{page}.since"],
        until=st.session_state[f"{page}.until"],
        text=st.session_state[f"{page}.text"],
    )
