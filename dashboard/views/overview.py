"""总览: what came up, what waits, how often flags were right, and how much was heard and seen."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from dashboard import data
from dashboard.filter_words import WAITING, appeals_name
from dashboard.links import follow, go, has
from dashboard.overview_charts import precision, trend
from dashboard.stream_table import stream_table
from dashboard.tables import Cell, figures
from dashboard.texts import NONE, SENSE_NAMES, ago, count, length, percent, scheme_name, severity_name

PERIODS = {"7": "7 天", "30": "30 天", "90": "90 天", "all": "全部"}
_USUAL = "30"
_MOST_TERMS = 200
_SHOWN_TERMS = 10
_TERMS_LAST_S = 600
_SEVERITIES = ("very_serious", "serious", "ordinary", "slight")


def show() -> None:
    follow()
    person = data.person()
    period, days = _period()
    told = data.desk().figures.overview(person, days, at=data.now())
    with st.container(key="main-overview", gap="medium"):
        if told.is_empty:
            _nothing_yet(period)
            return
        _figures(told, period)
        left, right = st.columns([11, 9], gap="large")
        with left:
            st.subheader("每天出现的线索")
            trend(told)
        with right:
            st.subheader("待处理")
            _waiting(told, person)
            _appeals(person)
        left, right = st.columns([11, 9], gap="large")
        with left:
            st.subheader("各类线索的成立率")
            precision(told.precision)
        with right:
            st.subheader("没有听到和看到的")
            _lost(told)
        st.subheader("最近扫描的录像")
        stream_table(told.latest, key="latest")
        st.subheader("各词的成立率")
        _terms(person, period, days)


def _period() -> tuple[str, int | None]:
    chosen = st.segmented_control(
        "时间", list(PERIODS.values()), default=PERIODS[_USUAL], key="days", bind="query-params", required=True,
        label_visibility="collapsed",
    )  # fmt: skip
    name = next((name for name, shown in PERIODS.items() if shown == chosen), _USUAL)
    return name, None if name == "all" else int(name)


def _nothing_yet(period: str) -> None:
    if period == "all":
        st.subheader("还没有录像")
        st.text("先扫描录像：在这台机器上运行 monitor scan 文件夹，扫描完的录像和线索会出现在这里。")
    else:
        st.subheader("这段时间没有扫描过录像，也没有线索在等")
        st.text("换一个更长的时间看看；没有录像的话，在这台机器上运行 monitor scan 文件夹。")


def _figures(told: data.Overview, period: str) -> None:
    waiting, overdue = sum(one.flags for one in told.waiting), sum(one.overdue for one in told.waiting)
    covered, right = told.coverage, told.altogether
    streams, missing_ms = sum(covered.states.values()), 2 * covered.whole_ms - covered.heard_ms - covered.seen_ms
    unfinished = streams - covered.states.get("done", 0)
    shown: tuple[tuple[str, str, str, bool, str], ...] = (
        (
            "等待处理的线索",
            count(waiting),
            f"{count(overdue)} 条逾期" if overdue else "没有逾期",
            bool(overdue),
            "此刻在等的，不论时间段",
        ),
        (
            "出现的线索" if period == "all" else f"近 {PERIODS[period]}出现的线索",
            count(told.flags),
            _change(told),
            False,
            "按扫描完成的日子计；都是疑似，未必成立",
        ),
        (
            "成立率",
            percent(right.share, 1) if right.enough else NONE,
            f"{count(right.part)} 成立，{count(right.whole - right.part)} 误报"
            if right.enough
            else "结论太少，样本不足",
            False,
            "成立 ÷（成立 + 误报），只算这段时间出现、已有结论的线索",
        ),
        (
            "扫描的录像",
            f"{count(streams)} 场",
            f"{count(unfinished)} 场没扫完" if unfinished else length(covered.whole_ms),
            bool(unfinished),
            f"扫描到底的录像共 {length(covered.whole_ms)}",
        ),
        (
            "听到 / 看到",
            f"{_share(covered.heard_ms, covered.whole_ms)} / {_share(covered.seen_ms, covered.whole_ms)}",
            f"共缺 {length(missing_ms)}" if covered.whole_ms else "没有扫描到底的录像",
            False,
            "听到、看到的时长各占录像时长的比例；缺的是没听到和没看到的相加",
        ),
    )
    for column, (label, value, below, alarms, why) in zip(st.columns(5), shown, strict=True):
        column.metric(
            label, value, below, delta_color="red" if alarms else "gray", delta_arrow="off", border=True, help=why
        )


def _change(told: data.Overview) -> str:
    if told.flags_before is None:
        return f"{told.first_day:%Y-%m-%d} 至今"
    days, change = (told.last_day - told.first_day).days + 1, told.flags - told.flags_before
    if not change:
        return f"与前 {days} 天一样多"
    return f"比前 {days} 天{'多' if change > 0 else '少'} {count(abs(change))}"


def _share(part_ms: int, whole_ms: int) -> str:
    """Never rounded up to all of it."""
    if not whole_ms:
        return NONE
    return "100%" if part_ms >= whole_ms else percent(min(part_ms / whole_ms, 0.999), 1)


def _waiting(told: data.Overview, person: data.Person) -> None:
    if not told.waiting:
        st.text("没有线索在等：全部都有结论了。")
        return
    there = {(one.stage.value, one.severity.value): one for one in told.waiting}
    now = data.now()
    rows: list[list[Cell | str]] = []
    for stage, name in WAITING.items():
        some = [there[stage, severity] for severity in _SEVERITIES if (stage, severity) in there]
        rows.append([
            Cell(name, "words"),
            *(_number(there[stage, one].flags if (stage, one) in there else 0) for one in _SEVERITIES),
            Cell(count(sum(one.flags for one in some)), "sum"),
            _number(sum(one.overdue for one in some), "late"),
            ago(min((one.oldest_at for one in some), default=None), now).removesuffix("前"),
        ])  # fmt: skip
    every = [
        _number(sum(one.flags for one in told.waiting if one.severity.value == severity)) for severity in _SEVERITIES
    ]
    overdue = [
        _number(sum(one.overdue for one in told.waiting if one.severity.value == severity), "late")
        for severity in _SEVERITIES
    ]
    rows.append([Cell("合计", "words"), *every, Cell(count(sum(one.flags for one in told.waiting)), "sum"), "", ""])
    rows.append(
        [Cell("其中逾期", "words"), *overdue, "", _number(sum(one.overdue for one in told.waiting), "late sum"), ""]
    )
    heads: list[Cell | str] = [
        Cell("阶段", "words"),
        *(severity_name(one) for one in _SEVERITIES),
        "合计",
        "逾期",
        "最久的",
    ]
    figures(heads, rows)
    hours = data.desk().settings.overdue_hours
    st.caption(f"超过 {hours} 小时没有结论算逾期，特别严重的超过 {hours / 4:g} 小时就算。")
    if person.may(data.Right.DECIDE) and has("queue") and st.button("去复核队列"):
        go("queue")


def _appeals(person: data.Person) -> None:
    """For those who note or answer them; nothing while none waits."""
    if not (person.may(data.Right.HOLD) or person.may(data.Right.ADJUDICATE)):
        return
    there = data.desk().casework.waiting(person)
    if there.appeals and has("queue") and st.button(appeals_name(there), key="appeals"):
        go("queue", state=data.APPEALED)


def _number(number: int, kind: str = "") -> Cell:
    return Cell(count(number), kind) if number else Cell("0", "none")


def _lost(told: data.Overview) -> None:
    if not told.lost:
        st.text("扫描到底的录像都完整听过、看过。" if told.coverage.whole_ms else "这段时间没有扫描到底的录像。")
        return
    rows = [
        [
            Cell(SENSE_NAMES.get(one.sense, one.sense), "words"),
            Cell(one.kind, "words wide"),
            count(one.gaps),
            count(one.streams),
            length(one.lost_ms) if one.lost_ms else Cell("不详", "none"),
        ]
        for one in told.lost
    ]
    figures([Cell("缺什么", "words"), Cell("原因", "words"), "段", "场", "时长"], rows)
    read = f"没扫完的录像另外读过 {length(told.coverage.part_ms)}。" if told.coverage.part_ms else ""
    st.caption(f"没有听到、看到的部分，有没有违规不得而知。{read}")


def _terms(person: data.Person, period: str, days: int | None) -> None:
    found = _counted_terms(str(data.desk().store.workspace), period, f"{data.now():%Y-%m-%d %H}", person, days)
    if not found:
        st.text("这段时间出现的线索还没有结论。")
        return
    rows = pd.DataFrame(
        [
            (
                data.term_text(one.term),
                scheme_name(one.scheme),
                one.tally.confirmed,
                one.tally.dismissed,
                one.tally.undecided,
                one.share.share * 100 if one.share.enough and one.share.share is not None else None,
                f"{percent(one.share.interval[0])} – {percent(one.share.interval[1])}"
                if one.share.enough
                else "样本不足",
            )
            for one in found[:_MOST_TERMS]
        ],
        columns=["词", "类型", "成立", "误报", "存疑", "成立率", "95% 区间"],
    )
    number = st.column_config.NumberColumn
    st.dataframe(
        rows,
        hide_index=True,
        height="content" if len(rows) <= _SHOWN_TERMS else 360,
        key="terms",
        alt="各词的成立率",
        column_config={
            "词": st.column_config.TextColumn(width="medium"),
            **{name: number(format="localized", width="small") for name in ("成立", "误报", "存疑")},
            "成立率": st.column_config.ProgressColumn(format="%.1f%%", min_value=0, max_value=100, width="medium"),
            "95% 区间": st.column_config.TextColumn(alignment="right"),
        },
    )
    more = f"只列结论最多的 {_MOST_TERMS} 个，共 {count(len(found))} 个。" if len(found) > _MOST_TERMS else ""
    st.caption(f"一条线索含几个词，就给每个词各算一次；少于 {data.LEAST_DECIDED} 条结论的不下判断。{more}")


@st.cache_data(ttl=_TERMS_LAST_S, max_entries=16, show_spinner=False)
def _counted_terms(
    workspace: str,  # noqa: ARG001 - of which these are
    period: str,  # noqa: ARG001
    hour: str,  # noqa: ARG001
    _person: data.Person,
    _days: int | None,
) -> tuple[data.Precision, ...]:
    """The same for everybody who may look, which the page has asked before."""
    return data.desk().figures.terms(_person, _days, at=data.now())
