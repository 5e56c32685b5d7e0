"""直播间与录像: what was scanned, how far, and what came up in it."""

from __future__ import annotations

import streamlit as st

from dashboard import data
from dashboard.links import follow
from dashboard.stream_table import stream_table
from dashboard.texts import count, platform_name

ORDERS = {"最新的在前": "newest", "线索多的在前": "flags", "漏得多的在前": "coverage"}
PERIODS = {"全部时间": None, "近 7 天": 7, "近 30 天": 30, "近 90 天": 90}
ON_A_PAGE = 50
_GAPS = "有缺口"
_STATES = {
    "扫描完成": ("done",),
    "有缺口": (),
    "没扫完": ("running", "interrupted", "stopped"),
    "扫描失败": ("failed", "given_up"),
}
_ANY_STATE, _ANY_PLATFORM = "全部状态", "全部平台"


def show() -> None:
    follow()
    person = data.person()
    streams = data.desk().streams
    choice, order = _asked(person)
    # The page number is a widget of its own, drawn below the table whose rows it chooses.
    page = max(1, int(st.session_state.get("streams-page", 1) or 1))
    found = streams.page(person, choice, order, first=(page - 1) * ON_A_PAGE, limit=ON_A_PAGE, at=data.now())
    if not found.lines and page > 1:
        page = 1
        st.session_state["streams-page"] = 1
        found = streams.page(person, choice, order, first=0, limit=ON_A_PAGE, at=data.now())
    with st.container(key="main-streams"):
        if not found.streams:
            _nothing(choice)
            return
        stream_table(found.lines, key="streams")
        left, right = st.columns([3, 2], vertical_alignment="center")
        first = (page - 1) * ON_A_PAGE + 1
        left.caption(
            f"共 {count(found.streams)} 场，这里是第 {count(first)} 到 {count(first + len(found.lines) - 1)} 场"
        )
        if found.streams > ON_A_PAGE:
            with right, st.container(horizontal_alignment="right"):
                st.pagination(-(-found.streams // ON_A_PAGE), key="streams-page")


def _asked(person: data.Person) -> tuple[data.StreamChoice, data.StreamOrder]:
    names = {platform_name(name) if name else "平台不详": name for name in data.desk().streams.platforms(person)}
    with st.container(horizontal=True, key="filters"):
        words = st.text_input(
            "找", key="find", bind="query-params", max_chars=100, on_change=_from_the_first,
            placeholder="主播、直播间或文件名", width=260, label_visibility="collapsed",
        )  # fmt: skip
        platform = _one("平台", [_ANY_PLATFORM, *names], "platform", 140)
        state = _one("状态", [_ANY_STATE, *_STATES], "state", 140)
        period = _one("时间", list(PERIODS), "when", 130)
        order = _one("排序", list(ORDERS), "order", 160)
    conditions = tuple(map(data.Condition, _STATES.get(state, ())))
    choice = data.StreamChoice(
        platform=names.get(platform, ""),
        conditions=conditions,
        with_gaps=state == _GAPS,
        words=words or "",
        period=data.days_until(PERIODS[period], data.now()),
    )
    return choice, data.StreamOrder(ORDERS[order])


def _from_the_first() -> None:
    """Other streams are asked for: their list begins at its beginning."""
    st.session_state["streams-page"] = 1


def _one(label: str, options: list[str], key: str, width: int) -> str:
    chosen = st.selectbox(
        label, options, key=key, bind="query-params", on_change=_from_the_first, label_visibility="collapsed",
        width=width, filter_mode=None,
    )  # fmt: skip
    return chosen if chosen in options else options[0]


def _nothing(choice: data.StreamChoice) -> None:
    if choice == data.StreamChoice():
        st.subheader("还没有录像")
        st.text("在这台机器上运行 monitor scan 文件夹，扫描过的录像会列在这里。")
    else:
        st.subheader("没有这样的录像")
        st.text("放宽上面的条件再找。")
