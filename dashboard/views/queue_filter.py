"""Which part of the queue somebody looks at: in the address, and kept for the next time."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import streamlit as st

from dashboard import data
from dashboard.filter_words import CHOICES, EARLIEST, WAITING, appeals_name, of_widgets
from dashboard.links import go
from dashboard.texts import count

_RARE = ("channel",)
"""Not shown at once."""
_KEPT = "queue_filter"
"""Name of the preference."""
_CHOSEN = "queue.chosen"
FIRST = "queue.first"
"""From which row on the list is shown."""


def chosen(person: data.Person) -> data.Filter:
    """What the address asks for, else what this person chose the last time; the widgets then show the same."""
    asked = {name: st.query_params.get_all(name) for name in st.query_params}
    now: data.Filter | None = st.session_state.get(_CHOSEN)
    if now is None:
        kept = data.desk().accounts.preferences(person).get(_KEPT)
        now = data.Filter.from_query(asked or (kept if isinstance(kept, dict) else {}))
    elif asked and asked != now.to_query():
        now = data.Filter.from_query(asked)
    if st.session_state.get(_CHOSEN) != now or "queue.platform" not in st.session_state:
        _settle(now)
    st.query_params.from_dict(now.to_query())
    return now


def show(person: data.Person) -> None:
    """The widgets."""
    now: data.Filter = st.session_state[_CHOSEN]
    if person.may(data.Right.HOLD) or person.may(data.Right.ADJUDICATE):
        _appeals_and_holds(person)
    with st.container(horizontal=True, vertical_alignment="bottom", key="queue-filter"):
        for name in CHOICES:
            if name not in _RARE:
                _several(person, name)
        st.text_input("编号或直播间", key="queue.text", on_change=_changed, args=(person,))
        with st.popover("更多筛选"):
            st.text_input(
                "主播", key="queue.creator", placeholder="名字或其中几个字", on_change=_changed, args=(person,)
            )
            for name in _RARE:
                _several(person, name)
            st.slider("得分", 0.0, 1.0, step=0.05, key="queue.score", on_change=_changed, args=(person,))
            for name, label in (("since", "播出不早于"), ("until", "播出不晚于")):
                st.date_input(
                    label, key=f"queue.{name}", format="YYYY-MM-DD", min_value=EARLIEST, on_change=_changed,
                    args=(person,),
                )  # fmt: skip
        st.button("清空筛选", key="queue.clear", disabled=now == data.Filter(), on_click=_clear, args=(person,))
        if person.may(data.Right.EXPORT) and st.button(
            "导出", key="queue.export", help="到导出页，导出符合当前筛选的全部线索。"
        ):
            # There nothing chosen means closed flags, too.
            go("export", **replace(now, state=now.state or tuple(WAITING)).to_query())


def _appeals_and_holds(person: data.Person) -> None:
    """One click from the list of either; nothing where there is nothing."""
    there = data.desk().casework.waiting(person)
    if not (there.appeals or there.held):
        return
    with st.container(horizontal=True, gap="small", key="queue-casework"):
        if there.appeals:
            st.button(appeals_name(there), key="queue.appeals", on_click=_look_at, args=(data.APPEALED,))
        if there.held:
            held = f"人工留存 {count(there.held)} 条"
            st.button(held, key="queue.held", on_click=_look_at, args=(data.HELD,))


def _several(person: data.Person, name: str) -> None:
    label, names = CHOICES[name]
    st.multiselect(
        label, list(names), format_func=names.__getitem__,
        key=f"queue.{name}", placeholder="全部", select_all=False, on_change=_changed, args=(person,),
    )  # fmt: skip


def _changed(person: data.Person) -> None:
    _keep(person, of_widgets("queue"))


def _clear(person: data.Person) -> None:
    _keep(person, data.Filter())


def _look_at(state: str) -> None:
    """For now: the next time begins with what waits, as it was chosen last."""
    now = data.Filter(state=(state,))
    _settle(now)
    st.query_params.from_dict(now.to_query())


def _keep(person: data.Person, now: data.Filter) -> None:
    _settle(now)
    st.query_params.from_dict(now.to_query())
    data.desk().accounts.prefer(person, {_KEPT: now.to_query() or None})


def _settle(now: data.Filter) -> None:
    """The widgets show this filter, and the list its first row."""
    st.session_state[_CHOSEN] = now
    st.session_state[FIRST] = 0
    for name, (_, names) in CHOICES.items():
        st.session_state[f"queue.{name}"] = [str(value) for value in getattr(now, name) or () if str(value) in names]
    st.session_state["queue.creator"] = "".join((now.creator or ())[:1])
    st.session_state["queue.text"] = now.text or ""
    least, most = (_share(now.min_score, 0.0), _share(now.max_score, 1.0))
    st.session_state["queue.score"] = (min(least, most), most)
    for name in ("since", "until"):
        day: date | None = getattr(now, name)
        st.session_state[f"queue.{name}"] = None if day is None else max(day, EARLIEST)


def _share(score: float | None, without: float) -> float:
    return without if score is None else min(1.0, max(0.0, score))
