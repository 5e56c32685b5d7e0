"""Dismissing several flags of one cause in one go: the count first, then the reasons, and a way back."""

from __future__ import annotations

import streamlit as st

from dashboard import data, reviewing
from dashboard.links import flag_address
from dashboard.texts import count, date_and_time, plain_markdown, platform_name

_DONE = "_alike_done"


def offer(person: data.Person, work: reviewing.Work, view: data.CaseView) -> None:
    """A button that says how many more there are; nothing where there is none."""
    alike = data.desk().decisions.alike(person, view.flag_id, at=data.now())
    if alike.others and st.button(f"同类误报（{_number(alike)}）", key="alike", help="同一原因的线索一并按误报处理"):
        _dialog(view.flag_id)
    if work.batch:
        st.button("撤销刚才的成批误报", key="undo-batch", on_click=reviewing.undo_batch)


@st.dialog("同类误报", width="large")
def _dialog(flag_id: str) -> None:
    alike = data.desk().decisions.alike(data.person(), flag_id, at=data.now())
    st.markdown(f"与这条线索说法相同、还没有人决定的线索，连同这一条共 **{count(alike.count)}** 条，会一并按误报处理。")
    if alike.more:
        st.markdown("还有更多：一次最多处理这些，处理完可以再来一次。")
    for example in alike.examples:
        st.markdown(f"- {_example(example)}")
    reasons = st.pills(
        "理由",
        list(data.REASON_NAMES),
        format_func=lambda reason: data.REASON_NAMES[reason],
        selection_mode="multi",
        key="alike-reasons",
    )
    note = st.text_input("备注", key="alike-note", max_chars=2000)
    if st.button(f"确认 {count(alike.count)} 条都是误报", type="primary", disabled=not reasons, key="alike-confirm"):
        refused = reviewing.dismiss_alike(flag_id, alike.count, tuple(reasons), note)
        if not refused:
            st.rerun()
        st.error(plain_markdown(refused))


def _example(one: data.AlikeFlag) -> str:
    parts = (platform_name(one.platform), one.creator, one.room, date_and_time(one.happened_at))
    return f"[{' · '.join(plain_markdown(part, longest=40) for part in parts if part)}]({flag_address(one.flag_id)})"


def _number(alike: data.Alike) -> str:
    return f"{count(alike.count)}+" if alike.more else count(alike.count)
