"""复核队列: what waits, how long, and the way into it."""

from __future__ import annotations

from datetime import datetime

import streamlit as st

from dashboard import data, reviewing
from dashboard.filter_words import WAITING, state_name
from dashboard.links import go
from dashboard.texts import (
    LANE_NAMES,
    NONE,
    ago,
    count,
    date_and_time,
    plain_markdown,
    plain_text,
    platform_name,
    scheme_name,
    severity_name,
)
from dashboard.views import queue_filter
from dashboard.views.queue_filter import FIRST

PAGE_ROWS = 50
COUNTED_EVERY = "20s"
_ORDERS = {"severe": "最严重的先", "oldest": "最久的先", "newest": "最新的先", "score": "最有把握的先"}
_VISIT = "queue.visit"
_WHOLE_ROWS, _MOST_PX = 16, 600
"""A longer list scrolls by itself."""


def show() -> None:
    person, work = data.person(), reviewing.work()
    reviewing.put_back()
    chosen = queue_filter.chosen(person)
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        st.subheader("复核队列", width="content")
        if person.may(data.Right.DECIDE) and st.button(
            "开始复核", type="primary", shortcut="J", key="begin", help="取下一条：最严重的先来，其中最久的先来。"
        ):
            _start(chosen)
    if work.problem:
        st.warning(plain_markdown(work.problem))
        work.problem = ""
    if chosen.state is None or not WAITING.keys().isdisjoint(chosen.state):
        _counts(chosen)
    _list(person, chosen)


def _start(chosen: data.Filter) -> None:
    work = reviewing.work()
    work.filter = chosen
    reviewing.look_again()
    if not work.problem:
        go("flag", **({"flag": work.flag_id} if work.flag_id else {}))


@st.fragment(run_every=COUNTED_EVERY)
def _counts(chosen: data.Filter) -> None:
    now = data.now()
    counts = data.desk().queue.counts(data.person(), chosen, at=now)
    with st.container(horizontal=True, gap="small", key="queue-counts"):
        for stage, by_severity in counts.waiting.items():
            st.metric(WAITING[stage], count(sum(by_severity.values())), border=True)
        for severity in reversed(data.Severity):
            waiting = sum(by_severity.get(severity, 0) for by_severity in counts.waiting.values())
            st.metric(severity_name(severity), count(waiting), border=True)
        st.metric("已超时", count(sum(counts.overdue.values())), border=True)
        st.metric("等得最久", _waited(counts.oldest_at), border=True)


def _list(person: data.Person, chosen: data.Filter) -> None:
    first = st.session_state.setdefault(FIRST, 0)
    order = data.QueueOrder(st.session_state.get("queue.order") or "severe")
    page = data.desk().queue.page(person, chosen, order=order, first=first, limit=PAGE_ROWS, at=data.now())
    queue_filter.show(person)
    with st.container(key="main-queue"):
        if not page.rows:
            st.markdown("**没有符合筛选的线索。**")
            st.text("放宽筛选，或者等新的录像扫描完。")
            return
        # A new key for each visit: what was picked before must not open by itself.
        picked = st.dataframe(
            [_row(row) for row in page.rows],
            key=f"queue-list-{st.session_state.setdefault(_VISIT, 0)}-{first}",
            hide_index=True,
            on_select="rerun",
            selection_mode=("single-row", "single-cell"),
            height="content" if len(page.rows) <= _WHOLE_ROWS else _MOST_PX,
            column_config={"得分": st.column_config.NumberColumn(format="%.2f")},
        )
    at = [*picked.selection.rows, *(row for row, _ in picked.selection.cells)]
    if at and at[0] < len(page.rows):
        st.session_state[_VISIT] += 1
        reviewing.work().filter = chosen
        go("flag", flag=page.rows[at[0]].flag_id)
    _below(first, page.total)


def _row(row: data.QueuedFlag) -> dict[str, object]:
    waits = _waited(row.appealed_at if row.stage == "closed" else row.flagged_at)
    return {
        "严重程度": severity_name(row.severity),
        "类型": scheme_name(row.scheme),
        "平台": platform_name(row.platform),
        "主播": plain_text(row.creator, longest=40),
        "直播间": plain_text(row.room, longest=40),
        "播出": date_and_time(row.happened_at),
        "渠道": "、".join(LANE_NAMES.get(lane, lane) for lane in row.channels),
        "得分": row.score,
        "状态": state_name(row.stage, row.decision, appealed=row.appealed_at is not None),
        "等待": f"{waits} · 超时" if row.overdue else waits,
        "正在复核": plain_text(row.claimed_shown, longest=20) or NONE,
    }


def _waited(since: datetime | None) -> str:
    return NONE if since is None else ago(since, data.now()).removesuffix("前")


def _below(first: int, total: int) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        last = min(first + PAGE_ROWS, total)
        st.caption(f"第 {count(first + 1)}–{count(last)} 条，共 {count(total)} 条", width="content")
        st.button("上一页", disabled=first == 0, key="queue-back", on_click=_turn, args=(first - PAGE_ROWS,))
        st.button(
            "下一页", disabled=first + PAGE_ROWS >= total, key="queue-on", on_click=_turn, args=(first + PAGE_ROWS,)
        )
        st.selectbox(
            "顺序", list(_ORDERS), format_func=lambda order: _ORDERS[order], key="queue.order", width=180,
            label_visibility="collapsed", on_change=_turn, args=(0,),
        )  # fmt: skip


def _turn(to: int) -> None:
    st.session_state[FIRST] = max(0, to)
