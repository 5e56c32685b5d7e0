"""主播档案: who was flagged how often, and one creator's history."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import pandas as pd
import streamlit as st

from dashboard import charts, data
from dashboard.creator_history import history, is_weekly, ladders, numbers, schemes, since
from dashboard.links import follow, go, has, open_column, seconds
from dashboard.stream_table import stream_table
from dashboard.texts import (
    NONE,
    clock,
    count,
    date_and_time,
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
        left.caption(f"{plain_markdown(platform_name(platform))} · {since(found)}")
        numbers(found)
        left, right = st.columns([12, 8], gap="large")
        with left:
            st.subheader("每天的线索和结论" if not is_weekly(found) else "每周的线索和结论")
            history(found)
        with right:
            st.subheader("累次违规的规则")
            ladders(found)
        left, right = st.columns([12, 8], gap="large")
        with left:
            st.subheader("线索")
            _flags(person, found)
        with right:
            st.subheader("按类型")
            schemes(found)
        st.subheader("录像")
        choice = data.StreamChoice(platform=platform, creator=creator)
        streams = data.desk().streams.page(
            person, choice, data.StreamOrder.NEWEST, first=0, limit=_STREAMS, at=data.now()
        )
        stream_table(streams.lines, key="own-streams", with_creator=False)
        if streams.streams > _STREAMS:
            st.caption(f"只列最近 {_STREAMS} 场，共 {count(streams.streams)} 场。")


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
