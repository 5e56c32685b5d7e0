"""总览: what the workspace holds, how much of it was heard and seen, and what was found."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import altair as alt
import pandas as pd
import streamlit as st

from dashboard import data
from dashboard.data import StoredStream
from dashboard.texts import count, length, percent, scheme_name

_QUIET = "#7f8797"
"""Read on light and dark ground."""


def show() -> None:
    streams = data.desk().store.streams()
    if not streams:
        st.subheader("还没有录像")
        st.text("先扫描录像：在这台机器上运行 monitor scan 文件夹，扫描完的录像和线索会出现在这里。")
        return
    _figures(streams)
    by_scheme: Counter[str] = Counter()
    for stored in streams:
        by_scheme.update(stored.flags)
    if by_scheme:
        st.subheader("线索按类型")
        st.altair_chart(_bars(by_scheme), width="stretch")


def _figures(streams: Sequence[StoredStream]) -> None:
    whole_ms = sum(stored.end_ms for stored in streams)
    heard_ms, seen_ms = sum(stored.heard_ms for stored in streams), sum(stored.seen_ms for stored in streams)
    for column, (label, said) in zip(
        st.columns(5),
        (
            ("录像", count(len(streams))),
            ("总时长", length(whole_ms)),
            ("线索", count(sum(sum(stored.flags.values()) for stored in streams))),
            ("听过的时长", percent(heard_ms / whole_ms if whole_ms else None, 1)),
            ("看过的时长", percent(seen_ms / whole_ms if whole_ms else None, 1)),
        ),
        strict=True,
    ):
        column.metric(label, said, border=True)


def _bars(by_scheme: Counter[str]) -> alt.LayerChart:
    rows = pd.DataFrame(
        [(scheme_name(name), number) for name, number in by_scheme.most_common()], columns=["类型", "线索"]
    )
    base = alt.Chart(rows, height=alt.Step(30)).encode(
        x=alt.X("线索:Q", axis=None, scale=alt.Scale(domainMax=max(by_scheme.values()) * 1.03)),
        y=alt.Y("类型:N", sort=None, title=None),
        tooltip=["类型", "线索"],
    )
    chart: alt.LayerChart = base.mark_bar(cornerRadiusEnd=3, height=16) + base.mark_text(
        align="left", dx=6, color=_QUIET
    ).encode(text="线索:Q")
    return chart
