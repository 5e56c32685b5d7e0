"""The charts of the overview."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import date, timedelta

import altair as alt
import pandas as pd
import streamlit as st

from dashboard import charts, data
from dashboard.texts import count, percent, scheme_name

_MOST_SCHEMES = 6
"""In colours of their own; the others are one."""
_REST = "其他类型"
_MOST_DAYS = 120
"""Longer times are shown by the week."""


def trend(told: data.Overview) -> None:
    """What came up by day, or by the week where the time is long; the most frequent schemes in colours of their own."""
    if not told.trend:
        st.text("这段时间没有新的线索。")
        return
    by_scheme: Counter[str] = Counter()
    for one in told.trend:
        by_scheme[one.scheme] += one.flags
    own = [scheme for scheme, _ in by_scheme.most_common(_MOST_SCHEMES)]
    if len(by_scheme) == _MOST_SCHEMES + 1:
        own = list(by_scheme)  # one scheme is not worth a name for the rest
    names = {scheme: scheme_name(scheme) if scheme in own else _REST for scheme in by_scheme}
    weekly = (told.last_day - told.first_day).days >= _MOST_DAYS
    counts: Counter[tuple[date, str]] = Counter()
    for one in told.trend:
        day = date.fromisoformat(one.day)
        counts[day - timedelta(days=day.weekday() if weekly else 0), names[one.scheme]] += one.flags
    order = [*(names[scheme] for scheme in own), _REST]
    first = told.first_day - timedelta(days=told.first_day.weekday() if weekly else 0)
    step = 7 if weekly else 1
    days = [first + timedelta(days=n) for n in range(0, (told.last_day - first).days + 1, step)]
    rows = pd.DataFrame(
        [
            (f"{day:%Y-%m-%d}", f"{day:%m-%d}", name, order.index(name), number)
            for (day, name), number in counts.items()
        ],
        columns=["日期", "日", "类型", "次序", "线索"],
    )
    whole = rows.groupby("日期", as_index=False)["线索"].sum().rename(columns={"线索": "当天合计"})
    rows = rows.merge(whole, on="日期")
    shown = [f"{day:%Y-%m-%d}" for day in days]
    each = max(1, -(-len(shown) // 12))
    axis = alt.Axis(title=None, labelAngle=0, values=shown[::-1][::each], labelExpr="substring(datum.value, 5)")
    chart = (
        alt.Chart(rows, height=290)
        .mark_bar()
        .encode(
            x=alt.X("日期:N", scale=alt.Scale(domain=shown, paddingInner=0.22, paddingOuter=0.1), axis=axis),
            y=alt.Y("线索:Q", title=None, axis=alt.Axis(format=",.0f", tickMinStep=1, tickCount=4)),
            color=alt.Color(
                "类型:N",
                scale=charts.series([names[scheme] for scheme in own], _REST if _REST in names.values() else None),
                legend=alt.Legend(orient="bottom", title=None, columns=4),
            ),
            order="次序:Q",
            tooltip=[
                alt.Tooltip("日期:N", title="一周起于" if weekly else "日期"),
                "类型",
                alt.Tooltip("线索:Q", format=","),
                alt.Tooltip("当天合计:Q", title="一周合计" if weekly else "当天合计", format=","),
            ],
        )
    )
    charts.draw(chart, says=f"{told.first_day} 到 {told.last_day} 每天出现的线索，按类型")


def precision(found: Sequence[data.Precision]) -> None:
    """How often flags of each scheme were right, and how sure that is."""
    if not found:
        st.text("这段时间出现的线索还没有结论。审核员在复核队列里作出判定后，这里会显示每一类有多少成立。")
        return
    rows = pd.DataFrame(
        [
            {
                "类型": scheme_name(one.scheme),
                "成立率": one.share.share if one.share.enough else None,
                "低": one.share.interval[0] if one.share.enough else None,
                "高": one.share.interval[1] if one.share.enough else None,
                "成立": one.tally.confirmed,
                "误报": one.tally.dismissed,
                "存疑": one.tally.undecided,
                "说明": f"{count(one.tally.confirmed)} / {count(one.tally.decided)}"
                if one.share.enough
                else f"样本不足（{count(one.tally.decided)} 条结论）",
                "区间": f"{percent(one.share.interval[0])} – {percent(one.share.interval[1])}"
                if one.share.enough
                else "样本不足",
            }
            for one in found
        ]
    )
    tooltip = [
        alt.Tooltip("类型:N"), alt.Tooltip("成立率:Q", format=".1%"), alt.Tooltip("区间:N", title="95% 区间"),
        *(alt.Tooltip(f"{name}:Q", format=",") for name in ("成立", "误报", "存疑")),
    ]  # fmt: skip
    axis = alt.Axis(format=".0%", title=None, values=[0, 0.25, 0.5, 0.75, 1], orient="bottom")
    base = alt.Chart(rows, height=alt.Step(27)).encode(y=alt.Y("类型:N", sort=None, title=None), tooltip=tooltip)
    whole = alt.X("成立率:Q", scale=alt.Scale(domain=[0, 1.28], nice=False), axis=axis)
    chart = (
        base.mark_bar(height=8, cornerRadius=4, opacity=0.28, color=charts.SERIES[0]).encode(
            x=alt.X("低:Q", scale=alt.Scale(domain=[0, 1.28], nice=False), axis=axis), x2="高:Q"
        )
        + base.mark_point(filled=True, size=85, color=charts.SERIES[0], opacity=1).encode(x=whole)
        + base.mark_text(align="right", color=charts.QUIET, fontSize=12).encode(x=alt.datum(1.27), text="说明:N")
    )
    charts.draw(chart, says="各类线索的成立率和 95% 区间")
    st.caption("点是成立率，横条是 95% 区间（Wilson），右边是成立数 / 已有结论数。存疑的不算。")
