"""One flag: the player with its decision bar, and beside it all that a reviewer needs to know.

The part that shows the flag is a fragment: a decision reruns it alone, so that the next flag is there at once.
"""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from dashboard import data, reviewing
from dashboard.links import go
from dashboard.player import player
from dashboard.texts import count, plain_markdown
from dashboard.views import flag_alike, flag_casework, flag_gold, flag_panels

_TABS = ("规则", "依据", "主播", "同场", "缺口", "记录")
_CSS = Path(__file__).parent.parent / "theme" / "flag.css"


def show() -> None:
    st.html(_CSS)
    reviewing.arrive(st.query_params.get("flag", ""), st.query_params.get("t", ""))
    _case()


@st.fragment
def _case() -> None:
    person, work = data.person(), reviewing.work()
    reviewing.name_in_address()
    if not work.flag_id:
        _nothing(person, work)
        return
    desk = data.desk()
    try:
        view = desk.cases.view(person, data.session(), work.flag_id, claim=work.claim, at=data.now())
    except data.UnknownFlagError:
        _unknown()
        return
    decides = person.may(data.Right.DECIDE)
    can_undo = decides and bool(desk.decisions.mine(person))
    with st.container(key="main-flag"):
        left, right = st.columns([3, 1], gap="small")
        with left:
            player(
                view.to_player(seek_ms=work.seek_ms, can_undo=can_undo, problem=work.problem),
                key="player",
                on_decided=reviewing.decided,
                on_undo=reviewing.undo if decides else None,
                on_skip=reviewing.skip if decides else None,
                on_preferred=reviewing.preferred,
            )
        with right, st.container(key="beside"):
            _beside(person, work, view)
    work.problem = ""


def _beside(person: data.Person, work: reviewing.Work, view: data.CaseView) -> None:
    beside = data.desk().beside.beside(person, view, claim=work.claim)
    for notice in view.notices:
        st.info(plain_markdown(notice))
    if work.claim is None:
        if work.problem:
            st.warning(plain_markdown(work.problem))
        if not beside.closed:
            _read_only(person, view)
    flag_panels.why(view)
    rules, words, history, others, coverage, record = st.tabs(_TABS)
    with rules:
        flag_panels.rules(view)
    with words:
        flag_panels.words(view)
    with history:
        flag_panels.history(beside)
    with others:
        flag_panels.others(beside)
    with coverage:
        flag_panels.coverage(beside)
    with record:
        flag_panels.record(beside)
        at_it = work.claim is not None
        flag_casework.show(person, view.flag_id, beside, at_it=at_it)
        flag_panels.evidence(person, view, beside, at_it=at_it)
        if not at_it:
            flag_gold.offer(person, view.flag_id)
    if work.claim is not None:
        flag_alike.offer(person, work, view)
        st.button(
            "放回队列", key="put-back", help="不作决定，让别人复核；这条线索留在页面上。", on_click=reviewing.put_back
        )


def _read_only(person: data.Person, view: data.CaseView) -> None:
    """Looked at by link, or lost: it can be claimed from here."""
    if view.candidate or not person.may(data.Right.DECIDE):
        return
    st.button("复核这条", key="take", type="primary", width="stretch", on_click=reviewing.take, args=(view.flag_id,))
    if person.may(data.Right.TAKE_OVER):
        st.button(
            "接手", key="take-over", width="stretch", help="从正在复核的人手里接过来，会记入日志。",
            on_click=reviewing.take_over, args=(view.flag_id,),
        )  # fmt: skip


def _nothing(person: data.Person, work: reviewing.Work) -> None:
    with st.container(key="main-flag", horizontal_alignment="center"):
        st.subheader("没有待复核的线索了" if work.none_left else "还没有取线索")
        if work.problem:
            st.warning(plain_markdown(work.problem))
        if work.none_left and work.filter != data.Filter():
            st.text("这是按当前筛选的结果；换个筛选，或许还有。")
        if work.skipped:
            st.text(f"你跳过了 {count(len(work.skipped))} 条，可以回头再看。")
        if person.may(data.Right.DECIDE):
            again = "再看跳过的" if work.skipped else "再看看有没有新的" if work.none_left else "开始复核"
            st.button(again, key="look-again", shortcut="J", type="primary", on_click=reviewing.look_again)
            if data.desk().decisions.mine(person):
                st.button("撤销上一个决定", key="undo-last", shortcut="U", on_click=reviewing.undo)
        if st.button("回到复核队列", key="to-queue"):
            go("queue")


def _unknown() -> None:
    with st.container(key="main-flag", horizontal_alignment="center"):
        st.subheader("没有这条线索")
        st.text("网址可能写错了；或者录像重新扫描过，新的结果里已没有它。")
        if st.button("回到复核队列", key="to-queue"):
            go("queue")
