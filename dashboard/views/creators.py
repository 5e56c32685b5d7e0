"""主播档案: who was flagged how often, and one creator's history."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import date, timedelta

import altair as alt
import pandas as pd
import streamlit as st

from dashboard import charts, data
from dashboard.links import follow, go, has, open_column, seconds
from dashboard.stream_table import stream_table
from dashboard.tables import Cell, figures
from dashboard.texts import (
    NONE,
    VERIFICATION_NAMES,
    clock,
    count,
    date_and_time,
    length,
    percent,
    plain_markdown,
    plain_text,
    platform_name,
    scheme_name,
    severity_name,
)

ORDERS = {"成立多的在前": "confirmed", "线索多的在前": "flags", "最近的在前": "latest"}
ON_A_PAGE = 50
_STREAMS = 12
_FLAGS = 25
_MOST_DAYS = 60
"""Longer histories are shown by the week."""
_ANY_PLATFORM, _UNKNOWN = "全部平台", "平台不详"


def show() -> None:
    follow()
    person = data.person()
    creator, platform = st.query_params.get("creator"), st.query_params.get("platform", "")
    if creator is None:
        _list(person)
    else:
        _one(person, platform, creator)


def _list(person: data.Person) -> None:
    creators = data.desk().creators
    names = {platform_name(name) if name else _UNKNOWN: name for name in data.desk().streams.platforms(person)}
    with st.container(horizontal=True):
        words = st.text_input(
            "找", key="name", bind="query-params", max_chars=100, on_change=_from_the_first, placeholder="主播名字",
            width=260, label_visibility="collapsed",
        )  # fmt: skip
        own = st.selectbox(
            "平台", [_ANY_PLATFORM, *names], key="on", bind="query-params", on_change=_from_the_first,
            label_visibility="collapsed", width=140, filter_mode=None,
        )  # fmt: skip
        order = st.selectbox(
            "排序", list(ORDERS), key="by", bind="query-params", on_change=_from_the_first,
            label_visibility="collapsed", width=160, filter_mode=None,
        )  # fmt: skip
    page = max(1, int(st.session_state.get("creators-page", 1) or 1))

    def some(first: int) -> data.CreatorList:
        by = data.CreatorOrder(ORDERS.get(order, "confirmed"))
        return creators.page(
            person, platform=names.get(own, ""), words=words or "", order=by, first=first, limit=ON_A_PAGE
        )

    found = some((page - 1) * ON_A_PAGE)
    if not found.lines and page > 1:
        st.session_state["creators-page"] = page = 1
        found = some(0)
    with st.container(key="main-creators"):
        if not found.creators:
            if words or own != _ANY_PLATFORM:
                st.subheader("没有这样的主播")
                st.text("放宽上面的条件再找。")
            else:
                st.subheader("还没有主播")
                st.text("扫描过录像，主播才会出现在这里：在这台机器上运行 monitor scan 文件夹。")
            return
        _table(found.lines)
        left, right = st.columns([3, 2], vertical_alignment="center")
        first = (page - 1) * ON_A_PAGE + 1
        left.caption(
            f"共 {count(found.creators)} 位，这里是第 {count(first)} 到 {count(first + len(found.lines) - 1)} 位。"
            "同一个名字在两个平台上可能是两个人，分开列出。"
        )
        if found.creators > ON_A_PAGE:
            with right, st.container(horizontal_alignment="right"):
                st.pagination(-(-found.creators // ON_A_PAGE), key="creators-page")


def _from_the_first() -> None:
    """Others are asked for: their list begins at its beginning."""
    st.session_state["creators-page"] = 1


def _table(lines: Sequence[data.CreatorLine]) -> None:
    number, text = st.column_config.NumberColumn, st.column_config.TextColumn
    shares = [data.Share(line.confirmed, line.confirmed + line.dismissed) for line in lines]
    st.dataframe(
        pd.DataFrame(
            {
                "主播": [plain_text(line.creator, longest=60) or "主播不详" for line in lines],
                "平台": [platform_name(line.platform) for line in lines],
                "录像": [line.streams for line in lines],
                "线索": [line.flags for line in lines],
                "待处理": [line.open for line in lines],
                "成立": [line.confirmed for line in lines],
                "误报": [line.dismissed for line in lines],
                "成立率": [share.share * 100 if share.enough and share.share is not None else None for share in shares],
                "最近一条": [date_and_time(line.latest_at) for line in lines],
                "打开": ["打开"] * len(lines),
            }
        ),
        hide_index=True,
        key="creators",
        height="content",
        placeholder=NONE,
        alt="主播",
        column_config={
            "主播": text(width=240),
            "平台": text(width=72),
            "录像": number(format="localized", width=72, help="扫描过的场数"),
            "线索": number(format="localized", width=80, help="疑似，未必成立"),
            "待处理": number(format="localized", width=80),
            "成立": number(format="localized", width=80),
            "误报": number(format="localized", width=80),
            "成立率": number(
                format="%.1f%%", width=84, help=f"成立 ÷（成立 + 误报）；少于 {data.LEAST_DECIDED} 条结论的不算"
            ),
            "最近一条": text(width=140, help="最近一条线索播出的时间"),
            "打开": open_column(
                "creators",
                [{"platform": line.platform, "creator": line.creator} for line in lines],
                key="open-creator",
            ),
        },
    )


def _one(person: data.Person, platform: str, creator: str) -> None:
    found = data.desk().creators.one(person, platform, creator)
    with st.container(key="main-creators", gap="medium"):
        left, right = st.columns([5, 1], vertical_alignment="bottom")
        if right.button("全部主播", width="stretch"):
            go("creators")
        if found is None:
            left.subheader("没有这位主播")
            left.text("网址可能写错了，或者他的录像已经不在。")
            return
        left.subheader(plain_markdown(creator, longest=60) or "主播不详")
        left.caption(f"{plain_markdown(platform_name(platform))} · {_since(found)}")
        _numbers(found)
        left, right = st.columns([12, 8], gap="large")
        with left:
            st.subheader("每天的线索和结论" if not _weekly(found) else "每周的线索和结论")
            _history(found)
        with right:
            st.subheader("累次违规的规则")
            _ladders(found)
        left, right = st.columns([12, 8], gap="large")
        with left:
            st.subheader("线索")
            _flags(person, found)
        with right:
            st.subheader("按类型")
            _schemes(found)
        st.subheader("录像")
        choice = data.StreamChoice(platform=platform, creator=creator)
        streams = data.desk().streams.page(
            person, choice, data.StreamOrder.NEWEST, first=0, limit=_STREAMS, at=data.now()
        )
        stream_table(streams.lines, key="own-streams", with_creator=False)
        if streams.streams > _STREAMS:
            st.caption(f"只列最近 {_STREAMS} 场，共 {count(streams.streams)} 场。")


def _since(found: data.CreatorView) -> str:
    own = found.watched
    if own.first_at is None or own.last_at is None:
        return "录像已经不在"
    return f"录像从 {date_and_time(own.first_at)} 到 {date_and_time(own.last_at)}"


def _numbers(found: data.CreatorView) -> None:
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


def _weekly(found: data.CreatorView) -> bool:
    days = [date.fromisoformat(one.day) for one in found.days]
    return bool(days) and (max(days) - min(days)).days >= _MOST_DAYS


def _history(found: data.CreatorView) -> None:
    if not found.days:
        st.text("没有线索。" if not found.watched.streams else "听过、看过的部分没有发现线索。")
        return
    weekly = _weekly(found)
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


def _schemes(found: data.CreatorView) -> None:
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


def _ladders(found: data.CreatorView) -> None:
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


def _flags(person: data.Person, found: data.CreatorView) -> None:
    there = Counter[data.ShownState]()
    for one in found.days:
        there[one.state] += one.flags
    if not there:
        st.text("没有线索。")
        return
    names = {data.STATE_NAMES[state]: state for state in map(data.ShownState, charts.STATE_COLOURS) if there[state]}
    options = ["全部状态", *names]
    with st.container(horizontal=True, vertical_alignment="center"):
        chosen = st.selectbox(
            "状态", options, label_visibility="collapsed", width=150, key="creator-state", filter_mode=None
        )
        whole = there[names[chosen]] if chosen in names else sum(there.values())
        pages = -(-whole // _FLAGS)
        page = st.pagination(pages, key=f"flags-page-{chosen}", max_visible_pages=5) if pages > 1 else 1
    states = (names[chosen],) if chosen in names else ()
    flags = data.desk().creators.flags(
        person, found.line.platform, found.line.creator, states, first=(page - 1) * _FLAGS, limit=_FLAGS
    )
    text = st.column_config.TextColumn
    st.dataframe(
        pd.DataFrame(
            [
                (
                    date_and_time(flag.happened_at),
                    clock(flag.start_ms),
                    scheme_name(flag.scheme),
                    severity_name(flag.severity),
                    data.STATE_NAMES[flag.state],
                    "打开",
                )
                for flag in flags
            ],
            columns=["播出", "位置", "类型", "严重程度", "状态", "打开"],
        ),
        hide_index=True,
        key="creator-flags",
        height="content" if len(flags) <= 11 else 424,
        alt="这位主播的线索",
        column_config={
            "播出": text(width=136),
            "位置": text(alignment="right", width=80, help="在录像里的位置"),
            "类型": text(width=130),
            "严重程度": text(width=84),
            "打开": open_column(
                "flag" if has("flag") else "creators",
                [{"flag": flag.flag_id, "t": seconds(flag.start_ms)} for flag in flags],
                key="open-own-flag",
            ),
        },
    )
