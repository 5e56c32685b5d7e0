"""One creator's history: figures, a chart, and where confirmed flags stand on the rules' ladders."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta

import altair as alt
import pandas as pd
import streamlit as st

from dashboard import charts, data
from dashboard.tables import Cell, figures
from dashboard.texts import NONE, VERIFICATION_NAMES, count, date_and_time, length, percent, plain_markdown, scheme_name

_MOST_DAYS = 60
"""Longer histories are shown by the week."""


def since(found: data.CreatorView) -> str:
    """From when to when there are streams."""
    own = found.watched
    if own.first_at is None or own.last_at is None:
        return "录像已经不在"
    return f"录像从 {date_and_time(own.first_at)} 到 {date_and_time(own.last_at)}"


def numbers(found: data.CreatorView) -> None:
    """Flags, verdicts and streams in figures."""
    line, own = found.line, found.watched
    share = data.Share(line.confirmed, line.confirmed + line.dismissed)
    low, high = share.interval
    covered = f"听到 {_covered(own.heard_ms, own.whole_ms)}，看到 {_covered(own.seen_ms, own.whole_ms)}"
    for column, (label, value, below) in zip(
        st.columns(4),
        (
            ("线索", count(line.flags), f"{count(line.open)} 条待处理"),
            ("违规成立", count(line.confirmed), f"{count(line.dismissed)} 条误报"),
            ("成立率", percent(share.share, 1) if share.enough else NONE,
             f"95% 区间 {percent(low)} – {percent(high)}" if share.enough else "结论太少，样本不足"),
            ("扫描的录像", f"{count(own.streams)} 场，{length(own.whole_ms)}",
             covered if own.whole_ms else "没有扫描到底的"),
        ),
        strict=True,
    ):  # fmt: skip
        column.metric(label, value, below, delta_color="gray", delta_arrow="off", border=True)


def _covered(part_ms: int, whole_ms: int) -> str:
    return "100%" if part_ms >= whole_ms else percent(min(part_ms / whole_ms, 0.999), 1)


def is_weekly(found: data.CreatorView) -> bool:
    """Whether the history is long enough to be shown by the week."""
    days = [date.fromisoformat(one.day) for one in found.days]
    return bool(days) and (max(days) - min(days)).days >= _MOST_DAYS


def history(found: data.CreatorView) -> None:
    """Flags by when they were on air and by how they stand."""
    if not found.days:
        st.text("没有线索。" if not found.watched.streams else "听过、看过的部分没有发现线索。")
        return
    weekly = is_weekly(found)
    counts: Counter[tuple[date, data.ShownState]] = Counter()
    for one in found.days:
        day = date.fromisoformat(one.day)
        counts[day - timedelta(days=day.weekday() if weekly else 0), one.state] += one.flags
    there = {state for _, state in counts}
    order = [state for state in map(data.ShownState, charts.STATE_COLOURS) if state in there]
    rows = pd.DataFrame(
        [
            (f"{day:%Y-%m-%d}", data.STATE_NAMES[state], order.index(state), number)
            for (day, state), number in counts.items()
        ],
        columns=["日期", "状态", "次序", "线索"],
    )
    first, last = min(day for day, _ in counts), max(day for day, _ in counts)
    step = 7 if weekly else 1
    shown = [f"{first + timedelta(days=n):%Y-%m-%d}" for n in range(0, (last - first).days + 1, step)]
    axis = alt.Axis(
        title=None, labelAngle=0, values=shown[:: max(1, -(-len(shown) // 8))], labelExpr="substring(datum.value, 5)"
    )
    chart = (
        alt.Chart(rows, height=250)
        .mark_bar()
        .encode(
            x=alt.X("日期:N", scale=alt.Scale(domain=shown, paddingInner=0.25, paddingOuter=0.15), axis=axis),
            y=alt.Y("线索:Q", title=None, axis=alt.Axis(format=",.0f", tickMinStep=1, tickCount=4)),
            color=alt.Color(
                "状态:N",
                scale=charts.colours(order, charts.STATE_COLOURS, data.STATE_NAMES),
                legend=alt.Legend(orient="bottom", title=None),
            ),
            order="次序:Q",
            tooltip=[
                alt.Tooltip("日期:N", title="一周起于" if weekly else "日期"),
                alt.Tooltip("状态:N"),
                alt.Tooltip("线索:Q", format=","),
            ],
        )
    )
    charts.draw(chart, says="这位主播的线索和结论")


def schemes(found: data.CreatorView) -> None:
    """Flags by scheme."""
    if not found.schemes:
        st.text("没有线索。")
        return
    figures(
        [Cell("类型", "words"), "线索", "成立"],
        [
            [Cell(scheme_name(scheme), "words"), count(flags), count(confirmed) if confirmed else Cell("0", "none")]
            for scheme, flags, confirmed in found.schemes
        ],
    )


def ladders(found: data.CreatorView) -> None:
    """The rules by which a repeated violation weighs more, each with how sure it is."""
    if not found.ladders_known:
        st.text("规则读不出来，请管理员运行 monitor rules 检查。")
        return
    if not found.ladders:
        st.text("这个平台适用的规则里，没有按次数加重的。")
        return
    for ladder in found.ladders:
        with st.container(border=True, gap="small"):
            _ladder(ladder)


def _ladder(ladder: data.Ladder) -> None:
    certain = ladder.verification == "notice"
    state = VERIFICATION_NAMES.get(ladder.verification, ladder.verification)
    st.markdown(f"**{plain_markdown(ladder.title)}** :{'gray' if certain else 'orange'}-badge[{plain_markdown(state)}]")
    if not ladder.confirmed:
        st.caption("这位主播还没有这条规则管的、已成立的线索。")
    else:
        st.text(f"已成立 {count(ladder.confirmed)} 条，分布在 {count(ladder.days)} 天。")
    reached = ladder.reached
    figures(
        [Cell("次", "words"), Cell("情节", "words"), Cell("措施", "words"), ""],
        [
            [
                Cell(f"第 {step.nth} 次", "words"),
                Cell(step.grade, "words"),
                Cell("；".join(step.measures) or "没有读到", "words wide" if step.measures else "words none"),
                Cell("按天数到这里" if certain else "若规则属实，到这里", "late" if certain else "sum")
                if step is reached
                else "",
            ]
            for step in ladder.steps
        ],
    )
    doubts = [] if certain else [
        {"reprint": "规则据转载，没有核对原文", "unverified": "规则没有核实，只作背景，不能据此认定"}.get(
            ladder.verification, "规则没有核实"
        )
    ]  # fmt: skip
    if ladder.industries:
        doubts.append(f"只管{'、'.join(ladder.industries)}，这位主播是不是卖这些，须人工核对")
    doubts.append("平台按它自己处罚过的次数算，本台不知道；同一天的几条不重复计")
    st.caption(plain_markdown("；".join(doubts) + "。", longest=400))
