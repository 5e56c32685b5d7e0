"""Making a closed flag a gold flag, and none again, from its own page."""

from __future__ import annotations

import streamlit as st

from dashboard import data
from dashboard.texts import plain_markdown

_PROBLEM = "_gold_mark_problem"


def offer(person: data.Person, flag_id: str) -> None:
    """A small action for those who look after reviewers; nothing where there is nothing to do."""
    if not person.may(data.Right.QUALITY):
        return
    if problem := st.session_state.pop(_PROBLEM, ""):
        st.warning(plain_markdown(problem))
    about = data.desk().gold.about(person, flag_id)
    if about.marked:
        st.button(
            "取消质检样题", key="gold-off", type="tertiary", help="不再发给审核员；答过的仍算在质检里。",
            on_click=_change, args=(flag_id, False),
        )  # fmt: skip
    elif about.can_mark:
        st.button(
            "设为质检样题", key="gold-on", type="tertiary",
            help="结论已知，混进别人的队列里看判得是否一样；不改变这条线索的结论。",
            on_click=_change, args=(flag_id, True),
        )  # fmt: skip


def _change(flag_id: str, marked: bool) -> None:
    gold = data.desk().gold
    try:
        (gold.mark if marked else gold.unmark)(data.person(), flag_id, at=data.now())
    except data.RefusedError as error:
        st.session_state[_PROBLEM] = error.what
