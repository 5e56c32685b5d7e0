"""规则与词库: what the flags rest on, and what would become of them with other words."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from dashboard import data
from dashboard.links import follow
from dashboard.rulebook import cards, explained, terms, trial

_SECTIONS = {"平台规则": cards.show, "词库": terms.show, "试一句": explained.show, "改词试算": trial.show}
_LOOKS = Path(__file__).parent.parent / "theme" / "rules.css"
_FIRST, _TRIAL = "平台规则", "改词试算"


def show() -> None:
    follow()
    st.html(_LOOKS)
    person = data.person()
    default: str | None = _FIRST
    if terms.TRY in st.session_state:
        st.session_state["section"], default = _TRIAL, None
    section = st.segmented_control(
        "看什么", list(_SECTIONS), default=default, required=True, key="section", bind="query-params",
        label_visibility="collapsed",
    )  # fmt: skip
    with st.container(key="main-rules"):
        _SECTIONS.get(section or _FIRST, cards.show)(person)
