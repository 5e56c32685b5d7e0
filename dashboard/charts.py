"""Charts alike on all pages: colours that are told apart on light and dark ground, Chinese words, quiet axes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import altair as alt
import streamlit as st

SEVERITY_COLOURS: Mapping[str, str] = {
    "very_serious": "#c7362f",
    "serious": "#e07a2d",
    "ordinary": "#d0a42a",
    "slight": "#8593ab",
}
"""The graver the warmer; also told apart by how light they are."""
STATE_COLOURS: Mapping[str, str] = {
    "confirmed": "#c9544b",
    "in_review": "#4f83d6",
    "second": "#4f83d6",
    "final": "#8a6cc9",
    "waiting": "#d9b24c",
    "undecided": "#2f95a1",
    "dismissed": "#9aa3b2",
}
SERIES = ("#4a78d0", "#d8893b", "#3f9a6c", "#8a6cc9", "#cf5b52", "#2f95a1", "#b1933a")
"""Of what has no order of its own, the most frequent first."""
REST = "#9aa3b2"
"""Of all that is left over."""
QUIET = "#7f8797"
"""Of words beside marks: read on both grounds."""
LOST = "#8a93a3"
"""Of what was not heard or seen."""

_FONT = "PingFang SC, Microsoft YaHei, Noto Sans CJK SC, Source Han Sans SC, sans-serif"


def draw(chart: Any, *, says: str, key: str | None = None, **more: Any) -> Any:
    """Shows a chart; `says` is read to who cannot see it."""
    quiet = chart.configure(font=_FONT).configure_view(strokeWidth=0).configure_axis(
        labelFontSize=12, titleFontSize=12, labelLimit=220, domain=False, ticks=False, labelPadding=6
    ).configure_legend(labelFontSize=12, titleFontSize=12, symbolSize=90, labelLimit=160)  # fmt: skip
    return st.altair_chart(quiet, width="stretch", alt=says, key=key, **more)


def colours(names: Iterable[str], palette: Mapping[str, str], words: Mapping[str, str]) -> alt.Scale:
    """The scale of a chart whose rows bear the words of these names."""
    shown = list(names)
    return alt.Scale(domain=[words[name] for name in shown], range=[palette[name] for name in shown])


def series(words: Sequence[str], rest: str | None = None) -> alt.Scale:
    """One colour each, in order; `rest` is grey and the last."""
    own = [SERIES[n % len(SERIES)] for n in range(len(words))]
    return alt.Scale(domain=[*words, *([rest] if rest else [])], range=[*own, *([REST] if rest else [])])


def clock_axis(length_ms: int, **more: Any) -> alt.Axis:
    """An axis of seconds of a stream: `1:30:00`, or `02:30` where it is shorter than an hour."""
    steps_s = (10, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400)
    step_s = next((step for step in steps_s if length_ms / 1000 / step <= 12), steps_s[-1])
    ticks = list(range(0, length_ms // 1000 + 1, step_s))
    if length_ms >= 3_600_000:
        said = "floor(datum.value / 3600) + ':' + format(floor(datum.value % 3600 / 60), '02d') + ':00'"
    else:
        said = "format(floor(datum.value / 60), '02d') + ':' + format(floor(datum.value % 60), '02d')"
    return alt.Axis(values=ticks, labelExpr=said, title=None, **more)
