"""What a reviewer reads when something went wrong: what to do, and never how the program looks inside."""

from __future__ import annotations

import logging
import secrets

import streamlit as st

from dashboard import data

_log = logging.getLogger(__name__)


def tell(error: Exception) -> bool:
    """Shows it on the page in Chinese, logs the rest; True: Streamlit need not show anything."""
    if isinstance(error, data.RefusedError):
        st.error(error.what)
    elif isinstance(error, data.WorkspaceError):
        _log.error("%s", error)
        st.error(
            "数据暂时读不到，可能磁盘已满或数据库正忙。请稍后刷新；一直如此请告诉管理员。",
            icon=":material/database_off:",
        )
    else:
        number = secrets.token_hex(3)
        _log.error("page failed (%s)", number, exc_info=error)
        st.error(f"这一页出错了，刷新后再试。一直如此请把编号 {number} 告诉管理员。")
    return True
