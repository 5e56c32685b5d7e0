"""留存与申诉 of one flag: whether it is kept whatever its age, whether an appeal waits, and what to do about both."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import streamlit as st

from dashboard import data
from dashboard.reviewing import told
from dashboard.texts import ago, date_and_time, plain_markdown
from dashboard.views.flag_panels import bullets, events

_DONE, _REFUSED = "casework.done", "casework.refused"
_MOST_CHARS = 2000
_ADVICE = "写进记录，以后改不了。不写姓名、电话、证件号等个人信息。"


@dataclass(frozen=True, slots=True)
class _Asked:
    """How one act is offered, and what is asked of whoever does it."""

    title: str
    words: str
    """What to write."""
    does: str
    """What comes of it."""
    done: str


_ACTS: Mapping[data.CaseAct, _Asked] = {
    data.CaseAct.HOLD: _Asked(
        "留存", "为什么留存", "解除之前，这条线索的证据和录像内容不会按期限删除。", "已留存。"
    ),
    data.CaseAct.RELEASE: _Asked(
        "解除留存", "为什么解除", "这条线索的所有留存一并解除，保留期限从现在起重新计算。", "已解除留存。"
    ),
    data.CaseAct.APPEAL: _Asked(
        "登记申诉", "商家的理由", "由没有判定过这条线索的终审答复；答复之前证据一直留存。", "已登记申诉，等终审答复。"
    ),
    data.CaseAct.UPHOLD: _Asked("申诉成立", "为什么成立", "结论改为误报。", "申诉成立，结论已改为误报。"),
    data.CaseAct.REJECT: _Asked("驳回申诉", "为什么驳回", "“违规成立”的结论不变。", "已驳回申诉，结论不变。"),
}  # fmt: skip


def show(person: data.Person, flag_id: str, beside: data.Beside, *, at_it: bool) -> None:
    """Nothing for whoever may only look and finds nothing kept; `at_it`: the person is about to decide, and then
    neither learns here how it stands nor does anything else with it."""
    acts = person.may(data.Right.HOLD) or person.may(data.Right.ADJUDICATE)
    if at_it or not (acts or beside.holds):
        return
    st.markdown("**留存与申诉**")
    standing = data.desk().casework.standing(person, flag_id)
    st.markdown(" ".join(_badges(standing)))
    bullets(events(beside.holds))
    if not beside.holds:
        bullets(
            f"{date_and_time(one.at)} 我 留存：{plain_markdown(one.why, longest=_MOST_CHARS)}"
            for one in standing.by_hand
        )
    if standing.hidden:
        st.caption(f"另有 {standing.hidden} 项同事的留存，有结论后才显示理由。")
    if done := st.session_state.pop(_DONE, ""):
        st.success(done)
    with st.container(horizontal=True, gap="small", key="casework"):
        for act, refusal in standing.acts.items():
            if st.button(_ACTS[act].title, key=f"casework-{act}", disabled=bool(refusal)):
                st.session_state.pop(_REFUSED, None)
                st.dialog(_ACTS[act].title)(_ask)(act, flag_id, standing.seen)
    for refusal in dict.fromkeys(filter(None, standing.acts.values())):
        st.caption(plain_markdown(refusal))
    if standing.appealed_at is not None and acts and not person.may(data.Right.ADJUDICATE):
        st.caption("申诉由没有判定过这条线索的终审答复。")


def _badges(standing: data.CaseStanding) -> Iterator[str]:
    if standing.appealed_at is not None:
        waits = ago(standing.appealed_at, data.now()).removesuffix("前")
        yield f":orange-badge[申诉待处理 · {waits}]"
    yield ":blue-badge[留存中]" if standing.held else ":gray-badge[没有留存，到期可删除]"


def _ask(act: data.CaseAct, flag_id: str, seen: int) -> None:
    """The dialog; it closes when the act was done."""
    if _DONE in st.session_state:
        st.rerun()
    asked, words = _ACTS[act], f"casework-words-{act}"
    with st.form(f"casework-form-{act}", border=False):
        st.text(asked.does)
        st.text_area(asked.words, max_chars=_MOST_CHARS, key=words)
        st.caption(_ADVICE)
        st.form_submit_button(
            asked.title, type="primary", key=f"casework-do-{act}", on_click=_try, args=(act, flag_id, words, seen)
        )
    if refused := st.session_state.get(_REFUSED):
        st.error(plain_markdown(refused))


def _try(act: data.CaseAct, flag_id: str, words: str, seen: int) -> None:
    try:
        _do(act, flag_id, st.session_state[words], seen)
    except data.MonitorError as error:
        st.session_state[_REFUSED] = told(error)
    else:
        st.session_state.pop(_REFUSED, None)
        st.session_state[_DONE] = _ACTS[act].done


def _do(act: data.CaseAct, flag_id: str, words: str, seen: int) -> None:
    casework, person, at = data.desk().casework, data.person(), data.now()
    if act is data.CaseAct.HOLD:
        casework.hold(person, flag_id, why=words, at=at)
    elif act is data.CaseAct.RELEASE:
        casework.release(person, flag_id, why=words, at=at)
    elif act is data.CaseAct.APPEAL:
        casework.appeal(person, flag_id, note=words, seen=seen, at=at)
    elif act is data.CaseAct.UPHOLD:
        casework.uphold(person, flag_id, note=words, seen=seen, at=at)
    else:
        casework.reject(person, flag_id, note=words, seen=seen, at=at)
