"""A table of streams: the same on every page that lists some."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from dashboard import data
from dashboard.links import open_column
from dashboard.texts import NONE, date_and_time, length, plain_text, platform_name

CONDITION_WORDS = {
    "done": "扫描完成",
    "running": "正在扫描",
    "interrupted": "扫描中断",
    "stopped": "已停下",
    "failed": "扫描失败",
    "given_up": "多次失败，已搁置",
}
"""What became of a stream, by `Condition`."""


def stream_table(lines: Sequence[data.StreamLine], *, key: str, with_creator: bool = True) -> None:
    if not lines:
        st.text("没有录像。")
        return
    columns = {
        "开播": [date_and_time(line.began_at) for line in lines],
        "平台": [platform_name(line.platform) for line in lines],
        "主播": [plain_text(line.creator, longest=40) or NONE for line in lines],
        "直播间": [plain_text(line.room, longest=40) or NONE for line in lines],
        "时长": [length(line.end_ms or line.reached_ms) if line.end_ms or line.reached_ms else NONE for line in lines],
        "听到": [_percent(line.heard_ms, line) for line in lines],
        "看到": [_percent(line.seen_ms, line) for line in lines],
        "线索": [line.flags for line in lines],
        "待处理": [line.open_flags for line in lines],
        "缺口": [line.gaps for line in lines],
        "状态": [CONDITION_WORDS[line.condition.value] for line in lines],
        "打开": ["打开"] * len(lines),
    }
    if not with_creator:
        del columns["平台"], columns["主播"]
    text, number = st.column_config.TextColumn, st.column_config.NumberColumn
    st.dataframe(
        pd.DataFrame(columns),
        hide_index=True,
        key=key,
        height="content",
        placeholder=NONE,
        alt="录像",
        column_config={
            "开播": text(width=136, help="直播开始的时间；录像没有写明的，是扫描开始的时间"),
            "平台": text(width=64),
            # Of given width: a long name must not push what stands behind it out of sight.
            "主播": text(width=186),
            "直播间": text(width=136),
            "时长": text(alignment="right", width=104, help="没有扫描完的，是读到哪里"),
            "听到": number(format="%.1f%%", width=78, help="听过的时长占录像的比例"),
            "看到": number(format="%.1f%%", width=78, help="看过的时长占录像的比例"),
            "线索": number(format="localized", width=68),
            "待处理": number(format="localized", width=76, help="还没有结论的线索"),
            "缺口": number(format="localized", width=68, help="没有听到或看到的段数"),
            "状态": text(width=124),
            "打开": open_column("stream", [{"stream": str(line.stream_id)} for line in lines], key=f"{key}-open"),
        },
    )


def _percent(part_ms: int, line: data.StreamLine) -> float | None:
    """Never rounded up to all of it."""
    if not line.end_ms:
        return None
    return 100.0 if part_ms >= line.end_ms else min(part_ms / line.end_ms * 100, 99.9)
