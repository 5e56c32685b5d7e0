"""Waiting for what a process behind the page computes, without keeping the page from anything else."""

from __future__ import annotations

from concurrent.futures import Future, wait
from typing import TypeVar

import streamlit as st

from dashboard.data import BenchLostError, DataError

T = TypeVar("T")
_AT_ONCE_S = 1.0
"""Most answers come within this: then nothing flickers."""


def awaited(future: Future[T], said: str) -> T | None:
    """What came of it; None while it lasts, or when it failed: then the page says so, and looks again by itself."""
    wait([future], timeout=_AT_ONCE_S)
    if not future.done():
        _watch(future, said)
        return None
    try:
        return future.result()
    except DataError as error:
        st.error("词库文件有错，改好之前查不了。在这台机器上运行 monitor lexicon check 会逐处列出：")
        st.text("\n".join(error.problems[:5]))
    except BenchLostError as error:
        st.error(error.what)
        if error.todo:
            st.text(error.todo)
    except Exception:
        st.error("这一次没有等到结果，请重试。")
    return None


@st.fragment(run_every=1.0)
def _watch(future: Future[T], said: str) -> None:
    if future.done():
        st.rerun()
    with st.container(key="waiting", horizontal=True):
        st.text(said)
