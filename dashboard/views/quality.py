"""质检: who decides how much and how, how far people agree, and how often what they said was upheld."""

from __future__ import annotations

from collections.abc import Mapping

import altair as alt
import pandas as pd
import streamlit as st

from dashboard import charts, data
from dashboard.links import follow
from dashboard.tables import Cell, figures
from dashboard.texts import NONE, count, length, percent, plain_text
from dashboard.views import quality_gold

PERIODS = {"7": "7 天", "30": "30 天", "90": "90 天", "all": "全部"}
_USUAL = "30"
_LASTS_S = 60
_DECISIONS: Mapping[str, str] = {
    decision.value: data.DECISION_NAMES[decision]
    for decision in (
        data.Decision.CONFIRMED, data.Decision.DISMISSED, data.Decision.ESCALATED, data.Decision.UNDECIDED,
    )
}  # fmt: skip
_TOO_FEW = "样本不足"


def show() -> None:
    follow()
    person = data.person()
    chosen = st.segmented_control(
        "时间", list(PERIODS.values()), default=PERIODS[_USUAL], key="days", bind="query-params", required=True,
        label_visibility="collapsed",
    )  # fmt: skip
    name = next((name for name, shown in PERIODS.items() if shown == chosen), _USUAL)
    days = None if name == "all" else int(name)
    told = _report(person, days)
    with st.container(key="main-quality", gap="medium"):
        if told.reviewers:
            _decided(told)
        else:
            st.subheader("这段时间没有人作过判定")
            st.text("换一个更长的时间看看。审核员在复核队列里作出判定后，这里会显示各人的判定、一致率和终审维持率。")
        quality_gold.show(person, days)


def _decided(told: data.QualityReport) -> None:
    _figures(told)
    st.subheader("各审核员")
    _reviewers(told)
    left, right = st.columns([9, 11], gap="large")
    with left:
        st.subheader("初审与复审")
        _confusion(told)
    with right:
        st.subheader("每周走势")
        _trend(told)


def _report(person: data.Person, days: int | None) -> data.QualityReport:
    # The right is asked for each time; only the counting is kept for a minute, the same for all who may see it.
    data.desk().accounts.require(person, data.Right.QUALITY)
    return _counted(str(data.desk().store.workspace), days, person)


@st.cache_data(ttl=_LASTS_S, max_entries=16, show_spinner=False)
def _counted(workspace: str, days: int | None, _person: data.Person) -> data.QualityReport:  # noqa: ARG001 - of the key
    return data.desk().quality.report(_person, days, at=data.now())


def _figures(told: data.QualityReport) -> None:
    alpha = told.alpha
    shown = (
        ("判定", count(told.decided), f"{count(told.undone)} 次撤回", "撤回的判定不算"),
        (
            "初审与复审一致",
            percent(told.agreement.share, 1) if told.agreement.enough else NONE,
            _of(told.agreement),
            "初审、复审都判成立或误报的线索里，两人判得一样的比例",
        ),
        (
            "克里彭多夫系数",
            NONE if alpha.alpha is None else f"{alpha.alpha:.2f}",
            _alpha_note(alpha),
            "扣除碰巧一致之后的一致程度：1 是完全一致，0 是和碰巧一样。区间由重复抽样得出（95%）",
        ),
        (
            "终审维持",
            percent(told.upheld.share, 1) if told.upheld.enough else NONE,
            _of(told.upheld),
            "终审判过的线索里，初审、复审的判定与终审一样的比例",
        ),
    )
    for column, (label, value, below, why) in zip(st.columns(len(shown)), shown, strict=True):
        column.metric(label, value, below, delta_color="gray", delta_arrow="off", border=True, help=why)


def _of(share: data.Share) -> str:
    if not share.enough:
        return f"{_TOO_FEW}（{count(share.whole)} 条）"
    low, high = share.interval
    return f"{count(share.part)} / {count(share.whole)}，区间 {percent(low)} 至 {percent(high)}"


def _alpha_note(alpha: data.Alpha) -> str:
    if not alpha.enough:
        return f"{_TOO_FEW}（{count(alpha.units)} 条）"
    if alpha.alpha is None or alpha.low is None or alpha.high is None:
        return f"{count(alpha.units)} 条，判定全都一样，算不出"
    return f"{count(alpha.units)} 条，区间 {alpha.low:.2f} 至 {alpha.high:.2f}"


def _reviewers(told: data.QualityReport) -> None:
    rows: list[dict[str, object]] = []
    for one in told.reviewers:
        whole = one.decided
        shares = {
            f"{name}占比": 100 * many / whole if whole else None
            for decision, name in _DECISIONS.items()
            for many in [sum(number for key, number in one.decisions.items() if key == decision)]
        }
        rows.append({
            "审核员": plain_text(one.shown, longest=40),
            "判定": whole,
            **shares,
            "撤回": one.undone,
            "用时中位数": NONE if one.median_s is None else length(int(one.median_s * 1000)),
            "与另一人一致": _percent(one.agreement),
            "可比的": one.agreement.whole,
            "终审维持": _percent(one.upheld),
            "终审判过的": one.upheld.whole,
        })  # fmt: skip
    whole_percent = st.column_config.NumberColumn(format="%.0f%%")
    st.dataframe(
        rows,
        hide_index=True,
        width="stretch",
        height="content" if len(rows) <= 14 else 520,
        column_config={f"{name}占比": whole_percent for name in _DECISIONS.values()},
    )
    st.caption(
        "用时：从同一人上一次操作到这次判定，在十分钟之内、没有成批判定的才算，接近从领取到判定的时间。"
        f"少于 {data.LEAST_DECIDED} 条的比例写“{_TOO_FEW}”。存疑和升级没有对线索作出判断，不算进一致率和维持率。"
    )


def _percent(share: data.Share) -> str:
    return percent(share.share) if share.enough else _TOO_FEW


def _confusion(told: data.QualityReport) -> None:
    if not told.pairs:
        st.text("这段时间没有线索经过复审。")
        return
    pairs = {(first.value, second.value): many for (first, second), many in told.pairs.items()}
    rows: list[list[Cell | str]] = []
    for first, name in _DECISIONS.items():
        numbers = [pairs.get((first, second), 0) for second in _DECISIONS]
        cells = [
            Cell(count(many), "none" if not many else "sum" if first == second else "")
            for second, many in zip(_DECISIONS, numbers, strict=True)
        ]
        rows.append([Cell(f"初审 {name}", "words"), *cells, Cell(count(sum(numbers)), "sum")])
    every = [sum(pairs.get((first, second), 0) for first in _DECISIONS) for second in _DECISIONS]
    rows.append([Cell("合计", "words"), *(count(many) for many in every), Cell(count(sum(every)), "sum")])
    heads: list[Cell | str] = [Cell("", "words"), *(f"复审 {name}" for name in _DECISIONS.values()), "合计"]
    figures(heads, rows)
    st.caption("每条经过复审的线索一次：行是初审的判定，列是复审的判定。复审时看不到初审的判定。")


def _trend(told: data.QualityReport) -> None:
    rows = pd.DataFrame(
        [
            {
                "一周起于": f"{week.monday:%Y-%m-%d}",
                "一致率": week.agreement.share if week.agreement.enough else None,
                "低": week.agreement.interval[0] if week.agreement.enough else None,
                "高": week.agreement.interval[1] if week.agreement.enough else None,
                "可比的线索": week.agreement.whole,
                "判定": week.decisions,
            }
            for week in told.weeks
        ]
    )
    weeks = list(rows["一周起于"])
    each = max(1, -(-len(weeks) // 10))
    axis = alt.Axis(title=None, labelAngle=0, values=weeks[::-1][::each], labelExpr="substring(datum.value, 5)")
    tooltip = [
        alt.Tooltip("一周起于:N"), alt.Tooltip("判定:Q", format=","), alt.Tooltip("一致率:Q", format=".1%"),
        alt.Tooltip("可比的线索:Q", format=","),
    ]  # fmt: skip
    base = alt.Chart(rows).encode(x=alt.X("一周起于:N", scale=alt.Scale(domain=weeks), axis=axis), tooltip=tooltip)
    decisions = base.mark_bar(color=charts.SERIES[0], size=14).encode(
        y=alt.Y("判定:Q", title="判定", axis=alt.Axis(format=",.0f", tickCount=3, tickMinStep=1, minExtent=44))
    )
    charts.draw(decisions.properties(height=125), says="每周的判定数")
    if not any(week.agreement.enough for week in told.weeks):
        st.text(f"每周都不到 {data.LEAST_DECIDED} 条可比的线索，画不出一致率的走势。")
        return
    scale = alt.Scale(domain=[0, 1])
    share = alt.Axis(format=".0%", values=[0, 0.5, 1], minExtent=44)
    agreement = base.mark_rule(color=charts.SERIES[2], strokeWidth=5, opacity=0.3).encode(
        y=alt.Y("低:Q", title="一致率", scale=scale, axis=share), y2="高:Q"
    ) + base.mark_line(color=charts.SERIES[2], point=alt.OverlayMarkDef(size=55, color=charts.SERIES[2])).encode(
        y=alt.Y("一致率:Q", title="一致率", scale=scale, axis=share)
    )
    charts.draw(agreement.properties(height=125), says="每周初审与复审的一致率和 95% 区间")
    st.caption(f"一致率按复审那天所在的周，竖条是 95% 区间；少于 {data.LEAST_DECIDED} 条的周不画。")
