"""质检样题: flags whose answer is known, and who came to it."""

from __future__ import annotations

from typing import Literal

import streamlit as st

from dashboard import data
from dashboard.links import open_column
from dashboard.texts import NONE, count, date_and_time, percent, plain_markdown, plain_text, scheme_name, severity_name

_TOO_FEW = "样本不足"
_MOST_ROWS = 10
_LONG_PX = 390
_PROBLEM = "_gold_problem"


def show(person: data.Person, days: int | None) -> None:
    """Not kept for a minute like the figures above: whoever takes a flag out wants to see it gone."""
    told = data.desk().gold.report(person, days, at=data.now())
    st.subheader("质检样题")
    if problem := st.session_state.pop(_PROBLEM, ""):
        st.warning(plain_markdown(problem))
    if not told.flags and not told.reviewers:
        st.text("还没有质检样题。在一条已结线索的页面上按“设为质检样题”，它就会像新线索一样混进审核员的队列。")
        return
    if told.reviewers:
        _reviewers(told)
        _misses(told)
    else:
        st.text("这段时间没有人答过样题。")
    _flags(told)


def _reviewers(told: data.GoldReport) -> None:
    rows = [
        {
            "审核员": plain_text(one.shown, longest=40),
            "答过": one.answered,
            "下了判断": one.agreed.whole,
            "与答案一致": one.agreed.part,
            "一致率": _percent(one.agreed),
            "区间": _interval(one.agreed),
            "程度一致": f"{count(one.severity.part)} / {count(one.severity.whole)}" if one.severity.whole else NONE,
        }
        for one in told.reviewers
    ]
    st.dataframe(rows, hide_index=True, width="stretch", height=_height(len(rows)), key="gold-reviewers")
    st.caption(
        f"按作答的时间。存疑和升级没有下判断，不算进一致率；少于 {data.LEAST_DECIDED} 条的写“{_TOO_FEW}”；区间是 95%。"
        "程度一致：判成立判对了的样题里，严重程度也一样的。撤回的不算。"
    )


def _misses(told: data.GoldReport) -> None:
    if not told.misses:
        return
    st.markdown("**最近判得不一样的**")
    st.dataframe(
        [
            {
                "时间": date_and_time(one.at),
                "审核员": plain_text(one.shown, longest=40),
                "判为": data.DECISION_NAMES[one.decision],
                "答案": data.DECISION_NAMES[one.expected],
                "打开": "打开",
            }
            for one in told.misses
        ],
        hide_index=True,
        width="stretch",
        height=_height(len(told.misses)),
        key="gold-misses",
        column_config={
            "打开": open_column("flag", [{"flag": one.flag_id} for one in told.misses], key="gold-open-miss")
        },
    )


def _flags(told: data.GoldReport) -> None:
    st.markdown(f"**样题（{count(len(told.flags))}）**")
    if not told.flags:
        st.text("样题都已取消；答过的仍算在上面。")
        return
    st.dataframe(
        [
            {
                "类型": scheme_name(line.flag.scheme),
                "严重程度": severity_name(line.flag.severity),
                "答案": NONE if line.flag.decision is None else data.DECISION_NAMES[line.flag.decision],
                "设定": date_and_time(line.flag.marked_at),
                "由谁": plain_text(line.marked_by, longest=40),
                "下了判断": line.agreed.whole,
                "与答案一致": line.agreed.part,
                "打开": "打开",
                "取消": "取消",
            }
            for line in told.flags
        ],
        hide_index=True,
        width="stretch",
        height=_height(len(told.flags)),
        key="gold-flags",
        column_config={
            "打开": open_column("flag", [{"flag": line.flag.flag_id} for line in told.flags], key="gold-open"),
            "取消": st.column_config.ButtonColumn(
                "", width=72, type="tertiary", key="gold-unmark", on_click=_unmark,
                args=([line.flag.flag_id for line in told.flags],),
            ),
        },
    )  # fmt: skip
    if told.percent:
        share = f"审核员领取的初审线索里约 {told.percent}% 是样题，看起来与新线索一样。"
    else:
        share = "现在没有样题混进队列：设置里的比例是 0。"
    st.caption(
        f"{share}谁设定的、在任何一轮判过的人，拿不到那条样题；作答不改变线索本身的结论。答案缺失（{NONE}）的样题不会发出。"
    )


def _unmark(flag_ids: list[str]) -> None:
    # The rows are those that were shown, whatever the table holds by now.
    row = st.session_state["gold-unmark"].row
    try:
        data.desk().gold.unmark(data.person(), flag_ids[row], at=data.now())
    except data.RefusedError as error:
        st.session_state[_PROBLEM] = error.what


def _percent(share: data.Share) -> str:
    return percent(share.share, 1) if share.enough else _TOO_FEW


def _interval(share: data.Share) -> str:
    if not share.enough:
        return NONE
    low, high = share.interval
    return f"{percent(low)} 至 {percent(high)}"


def _height(rows: int) -> int | Literal["content"]:
    return "content" if rows <= _MOST_ROWS else _LONG_PX
