"""A stream's timeline as a picture: what came up when, in the colour of its severity; what was missed in grey."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

import altair as alt
import pandas as pd

from dashboard import charts, data
from dashboard.texts import SENSE_NAMES, SEVERITY_NAMES, clock, length, scheme_name, severity_name

_SEVERITIES = ("very_serious", "serious", "ordinary", "slight")
_COMMENTS, _UNREAD = "弹幕密度", "没有读到"
_LEAST_PART = 0.0035
"""Of the picture's width: what is shorter is drawn so long, or nobody would see it."""
_PICKED = "picked"


def timeline(found: data.StreamView, *, key: str) -> data.FlagOnStream | None:
    """Draws it; the flag that somebody clicked, once."""
    whole_s = max(found.length_ms / 1000, 1.0)
    schemes = [scheme_name(name) for name, _ in Counter(flag.scheme for flag in found.flags).most_common()]
    senses = [sense for sense in ("heard", "seen", "chat") if any(gap.sense.value == sense for gap in found.gaps)]
    unread = [_UNREAD] if not found.line.end_ms and found.length_ms > found.line.reached_ms else []
    comments = [_COMMENTS] if found.comments else []
    lanes = [*schemes, *comments, *(SENSE_NAMES[sense] for sense in senses), *unread]
    if not lanes:
        return None
    x = alt.X(
        "从:Q", scale=alt.Scale(domain=[0, whole_s], nice=False), axis=charts.clock_axis(found.length_ms, grid=True)
    )
    y = alt.Y("行:N", sort=None, title=None, scale=alt.Scale(domain=lanes, paddingInner=0.3))
    layers = [_ground(lanes, whole_s, x, y)]
    if found.comments:
        layers.append(_density(found, whole_s, x, y))
    if senses or unread:
        layers.append(_lost(found, whole_s, x, y))
    if found.flags:
        layers.append(_flags(found.flags, whole_s, x, y))
    chart = alt.layer(*layers).resolve_scale(color="independent", opacity="independent").properties(height=alt.Step(25))
    if not found.flags:
        charts.draw(chart, says=_says(found), key=key)
        return None
    event = charts.draw(chart, says=_says(found), key=key, on_select="rerun", selection_mode=_PICKED)
    picked = event.selection.get(_PICKED) or []
    chosen = picked[0].get("id") if picked else None
    return next((flag for flag in found.flags if flag.flag_id == chosen), None)


def _says(found: data.StreamView) -> str:
    return f"{length(found.length_ms)}的录像里 {len(found.flags)} 条线索、{len(found.gaps)} 段缺口的时间轴"


def _ground(lanes: Sequence[str], whole_s: float, x: alt.X, y: alt.Y) -> Any:
    rows = pd.DataFrame({"行": list(lanes), "从": [0.0] * len(lanes), "到": [whole_s] * len(lanes)})
    return alt.Chart(rows).mark_bar(color=charts.LOST, opacity=0.1, cornerRadius=2).encode(x=x, x2="到:Q", y=y)


def _flags(flags: Sequence[data.FlagOnStream], whole_s: float, x: alt.X, y: alt.Y) -> Any:
    rows = pd.DataFrame([
        {
            "id": flag.flag_id,
            "行": scheme_name(flag.scheme),
            "从": flag.start_ms / 1000,
            "到": max(flag.end_ms / 1000, flag.start_ms / 1000 + whole_s * _LEAST_PART),
            "严重程度": severity_name(flag.severity),
            "状态": data.STATE_NAMES[flag.state],
            "时间": clock(flag.start_ms),
            "持续": length(flag.end_ms - flag.start_ms),
            "淡": 0.35 if flag.state is data.ShownState.DISMISSED else 1.0,
        }
        for flag in sorted(flags, key=_rank, reverse=True)  # the gravest is drawn last, over the others
    ])  # fmt: skip
    there = [name for name in _SEVERITIES if SEVERITY_NAMES[name] in set(rows["严重程度"])]
    picked = alt.selection_point(name=_PICKED, fields=["id"], on="click", empty=False, toggle=False)
    return (
        alt.Chart(rows)
        .mark_bar(cornerRadius=2, cursor="pointer")
        .encode(
            x=x,
            x2="到:Q",
            y=y,
            color=alt.Color(
                "严重程度:N",
                scale=charts.colours(there, charts.SEVERITY_COLOURS, SEVERITY_NAMES),
                legend=alt.Legend(orient="top", title=None, direction="horizontal"),
            ),
            opacity=alt.Opacity("淡:Q", scale=None, legend=None),
            tooltip=[
                alt.Tooltip("时间:N"),
                alt.Tooltip("行:N", title="类型"),
                alt.Tooltip("严重程度:N"),
                alt.Tooltip("状态:N"),
                alt.Tooltip("持续:N"),
            ],
        )
        .add_params(picked)
    )


def _rank(flag: data.FlagOnStream) -> int:
    return _SEVERITIES.index(flag.severity) if flag.severity in _SEVERITIES else len(_SEVERITIES)


def _lost(found: data.StreamView, whole_s: float, x: alt.X, y: alt.Y) -> Any:
    lost = [
        (SENSE_NAMES[gap.sense.value], gap.span.start_ms, gap.span.end_ms, data.why_lost(gap.reason))
        for gap in found.gaps
    ]
    if not found.line.end_ms and found.length_ms > found.line.reached_ms:
        lost.append((_UNREAD, found.line.reached_ms, found.length_ms, "扫描没有到这里"))
    rows = pd.DataFrame(
        [
            (
                lane,
                start_ms / 1000,
                max(end_ms / 1000, start_ms / 1000 + whole_s * _LEAST_PART),
                f"{clock(start_ms)} – {clock(end_ms)}",
                length(end_ms - start_ms),
                why,
            )
            for lane, start_ms, end_ms, why in lost
        ],
        columns=["行", "从", "到", "时间", "多长", "原因"],
    )
    tooltip = [alt.Tooltip(f"{name}:N") for name in ("时间", "多长", "原因")]
    return alt.Chart(rows).mark_bar(color=charts.LOST, opacity=0.85).encode(x=x, x2="到:Q", y=y, tooltip=tooltip)


def _density(found: data.StreamView, whole_s: float, x: alt.X, y: alt.Y) -> Any:
    most = max(number for _, number in found.comments)
    rows = pd.DataFrame([
        {
            "行": _COMMENTS,
            "从": start_ms / 1000,
            "到": min((start_ms + found.stretch_ms) / 1000, whole_s),
            "浓": 0.15 + 0.85 * number / most,
            "时间": clock(start_ms),
            "弹幕": number,
        }
        for start_ms, number in found.comments
    ])  # fmt: skip
    tooltip = [alt.Tooltip("时间:N"), alt.Tooltip("弹幕:Q", format=",", title=f"弹幕（{length(found.stretch_ms)}内）")]
    return (
        alt.Chart(rows)
        .mark_bar(color=charts.SERIES[2])
        .encode(x=x, x2="到:Q", y=y, opacity=alt.Opacity("浓:Q", scale=None, legend=None), tooltip=tooltip)
    )
