"""Which flags are to be exported: the queue's own filter, chosen here for once, or brought along in the address."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from dashboard import data
from dashboard.filter_words import CHOICES, EARLIEST, STATES, WAITING, of_widgets

_ARRIVED = "export.arrived"


def choose() -> data.Filter:
    """The widgets, and what they say. Nothing chosen means all flags, closed ones too."""
    _arrive()
    with st.container(horizontal=True, vertical_alignment="bottom"):
        for name, (label, names) in CHOICES.items():
            st.multiselect(
                label, list(names), format_func=names.__getitem__, key=f"export.{name}", placeholder="全部",
                select_all=False, width=200,
            )  # fmt: skip
    with st.container(horizontal=True, vertical_alignment="bottom"):
        for name, label in (("since", "播出不早于"), ("until", "播出不晚于")):
            st.date_input(
                label, value=None, key=f"export.{name}", format="YYYY-MM-DD", min_value=EARLIEST, width=160
            )  # fmt: skip
        st.text_input("主播", key="export.creator", placeholder="名字或其中几个字", width=200)
        st.text_input("编号或直播间", key="export.text", placeholder="全部", width=200)
        st.slider("得分", 0.0, 1.0, step=0.05, key="export.score", width=220)
    found = of_widgets("export")
    return replace(found, state=found.state or tuple(STATES))


def _arrive() -> None:
    """Whenever somebody comes to the page the widgets show what the address asks for."""
    wanted = data.Filter.from_query({name: st.query_params.get_all(name) for name in st.query_params})
    # Streamlit forgets the widgets of a page that is left.
    if st.session_state.get(_ARRIVED) == wanted and "export.score" in st.session_state:
        return
    st.session_state[_ARRIVED] = wanted
    st.session_state["export.score"] = (wanted.min_score or 0.0, 1.0 if wanted.max_score is None else wanted.max_score)
    for name, (_, names) in CHOICES.items():
        # As the queue has it no state means what is open; an address that asks for nothing leaves everything open.
        given = getattr(wanted, name) or (WAITING if name == "state" and wanted != data.Filter() else ())
        st.session_state[f"export.{name}"] = [str(one) for one in given if str(one) in names]
    st.session_state["export.creator"] = "".join((wanted.creator or ())[:1])
    st.session_state["export.text"] = wanted.text or ""
    for name in ("since", "until"):
        st.session_state[f"export.{name}"] = getattr(wanted, name)
