"""录像: one stream with what came up in it, what was missed, and what to do where its scan went wrong."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import pandas as pd
import streamlit as st

from dashboard import data
from dashboard.links import follow, go, has, open_column, seconds
from dashboard.stream_table import CONDITION_WORDS
from dashboard.stream_timeline import timeline
from dashboard.texts import (
    NONE,
    SENSE_NAMES,
    clock,
    count,
    date_and_time,
    length,
    percent,
    plain_markdown,
    plain_text,
    platform_name,
    scheme_name,
    severity_name,
)

_LISTED_GAPS = 300


def show() -> None:
    follow()
    person = data.person()
    asked = str(st.query_params.get("stream", ""))
    found = None
    if asked.isdecimal() and len(asked) <= 15:
        found = data.desk().streams.stream(person, int(asked), at=data.now())
    with st.container(key="main-stream", gap="medium"):
        if found is None:
            st.subheader("没有这场录像")
            st.text("网址可能写错了，或者它后来被重新扫描过。")
            if st.button("去直播间与录像"):
                go("streams")
            return
        _head(found)
        _trouble(found)
        _picture(found)
        flags, gaps = st.columns([13, 7], gap="large")
        with flags:
            _flags(found)
        with gaps:
            _gaps(found)
        _files(found)


def _head(found: data.StreamView) -> None:
    line = found.line
    left, right = st.columns([5, 1], vertical_alignment="bottom")
    with left:
        st.subheader(
            f"{plain_markdown(line.creator, longest=40) or '主播不详'} · {plain_markdown(line.room, longest=40)}"
        )
        known = "" if line.began_known else "（录像没有写明，是扫描开始的时间）"
        st.caption(f"{plain_markdown(platform_name(line.platform))} · {date_and_time(line.began_at)}{known}")
    if line.creator and has("creators") and right.button("主播档案", width="stretch"):
        go("creators", platform=line.platform, creator=line.creator)
    whole = line.end_ms
    waiting = sum(flag.state not in _CLOSED for flag in found.flags)
    confirmed = sum(flag.state is data.ShownState.CONFIRMED for flag in found.flags)
    shown = (
        ("扫描", CONDITION_WORDS[line.condition.value], f"扫描于 {date_and_time(line.scanned_at)}"),
        (
            "时长" if whole else "读到",
            length(whole or line.reached_ms),
            "全场" if whole else "没扫完，全长不详",
        ),
        ("线索", count(len(found.flags)), f"{count(waiting)} 条待处理，{count(confirmed)} 条成立"),
        ("听到", _share(line.heard_ms, whole), _missing(line.heard_ms, whole)),
        ("看到", _share(line.seen_ms, whole), _missing(line.seen_ms, whole)),
    )
    for column, (label, value, below) in zip(st.columns(5), shown, strict=True):
        column.metric(label, value, below, delta_color="gray", delta_arrow="off", border=True)


_CLOSED = (data.ShownState.CONFIRMED, data.ShownState.DISMISSED, data.ShownState.UNDECIDED)


def _share(part_ms: int, whole_ms: int) -> str:
    """Never rounded up to all of it."""
    if not whole_ms:
        return NONE
    return "100%" if part_ms >= whole_ms else percent(min(part_ms / whole_ms, 0.999), 1)


def _missing(part_ms: int, whole_ms: int) -> str:
    if not whole_ms:
        return "没有扫描到底"
    return f"缺 {length(whole_ms - part_ms)}" if part_ms < whole_ms else "没有缺口"


def _trouble(found: data.StreamView) -> None:
    line = found.line
    why = f"原因：{data.lost_kind(line.problem)}。" if line.problem else ""
    upto = (
        f"读到 {clock(line.reached_ms)} 为止，后面的没有听过也没有看过。" if line.reached_ms else "还没有读到任何内容。"
    )
    told = {
        "interrupted": f"扫描中断了：做这件事的进程已经不在。{upto}再运行一次 monitor scan，会从断开的地方接着扫描。",
        "stopped": f"扫描停下了。{why}{upto}再运行一次 monitor scan，会从停下的地方接着扫描。",
        "failed": f"扫描失败。{why}{upto}再运行 monitor scan 会再试；一直失败，请检查录像文件能不能播放，或重新下载。",
        "given_up": f"连续失败 {line.failures} 次，已经搁置，不会自动再试。{why}{upto}"
        "检查或重新下载录像后，运行 monitor scan 并写明这个文件，会再试一次。",
        "running": f"正在扫描。{upto}",
    }.get(line.condition.value)
    if told:
        (st.info if line.condition.value == "running" else st.warning)(plain_markdown(told, longest=500))
    if found.newer is not None:
        left, right = st.columns([5, 1], vertical_alignment="center")
        left.info("这场录像后来重新扫描过，这里是旧的结果。")
        if right.button("看新的结果", width="stretch"):
            go("stream", stream=str(found.newer))


def _picture(found: data.StreamView) -> None:
    if not found.length_ms:
        return
    chosen = timeline(found, key=f"timeline-{found.line.stream_id}")
    if found.flags:
        st.caption("点一条线索打开它。颜色浅的已判为误报；灰色是没有听到、看到的。")
    if chosen is not None and has("flag"):
        go("flag", flag=chosen.flag_id, t=seconds(chosen.start_ms))


def _flags(found: data.StreamView) -> None:
    st.subheader("线索")
    if not found.flags:
        whole = (
            found.line.end_ms and found.line.heard_ms >= found.line.end_ms and found.line.seen_ms >= found.line.end_ms
        )
        st.text(
            "整场听过、看过，没有发现线索。"
            if whole
            else "听过、看过的部分没有发现线索；没有听到、看到的部分不得而知。"
        )
        return
    names = [scheme_name(name) for name, _ in Counter(flag.scheme for flag in found.flags).most_common()]
    with st.container(horizontal=True):
        scheme = st.selectbox(
            "类型", ["全部类型", *names], label_visibility="collapsed", width=170, key="flag-scheme", filter_mode=None
        )
        states = list(dict.fromkeys(data.STATE_NAMES[flag.state] for flag in found.flags))
        state = st.selectbox(
            "状态", ["全部状态", *states], label_visibility="collapsed", width=150, key="flag-state", filter_mode=None
        )
    shown = [
        flag
        for flag in found.flags
        if scheme in ("全部类型", scheme_name(flag.scheme)) and state in ("全部状态", data.STATE_NAMES[flag.state])
    ]
    _flag_table(shown)
    if found.candidates:
        st.caption(f"另有 {count(found.candidates)} 处太弱，不足以成为线索，没有列出。")


def _flag_table(flags: Sequence[data.FlagOnStream]) -> None:
    rows = pd.DataFrame(
        [
            (
                clock(flag.start_ms),
                length(flag.end_ms - flag.start_ms),
                scheme_name(flag.scheme),
                severity_name(flag.severity),
                data.STATE_NAMES[flag.state] + ("，申诉中" if flag.appealed else ""),
                flag.score,
                "打开",
            )
            for flag in flags
        ],
        columns=["时间", "持续", "类型", "严重程度", "状态", "把握", "打开"],
    )
    text = st.column_config.TextColumn
    queries = [{"flag": flag.flag_id, "t": seconds(flag.start_ms)} for flag in flags]
    st.dataframe(
        rows,
        hide_index=True,
        key="stream-flags",
        height="content" if len(flags) <= 11 else 424,
        alt="这场录像的线索",
        column_config={
            "时间": text(alignment="right", width=78, help="在录像里的位置"),
            "持续": text(alignment="right", width=90),
            "类型": text(width=130),
            "严重程度": text(width=84, help="按规则算出的；成立的以审核员的为准"),
            "把握": st.column_config.NumberColumn(format="%.2f", width=60, help="程序对命中的把握，0 到 1"),
            "打开": open_column("flag", queries, key="open-flag"),
        },
    )


def _gaps(found: data.StreamView) -> None:
    st.subheader("没有听到和看到的")
    if not found.gaps:
        st.text("没有缺口：整场听过、看过。" if found.line.end_ms else "没有记下缺口；没有读到的部分不算在内。")
        return
    rows = pd.DataFrame(
        [
            (
                SENSE_NAMES.get(gap.sense.value, gap.sense.value),
                clock(gap.span.start_ms),
                length(gap.span.duration_ms) if gap.span.duration_ms else "不详",
                plain_text(data.why_lost(gap.reason)),
            )
            for gap in found.gaps[:_LISTED_GAPS]
        ],
        columns=["缺什么", "从", "多长", "原因"],
    )
    text = st.column_config.TextColumn
    st.dataframe(
        rows,
        hide_index=True,
        key="stream-gaps",
        height="content" if len(rows) <= 12 else 464,
        alt="没有听到和看到的部分",
        column_config={
            "缺什么": text(width=84),
            "从": text(alignment="right", width=72),
            "多长": text(alignment="right", width=90),
        },
    )
    if len(found.gaps) > _LISTED_GAPS:
        st.caption(f"只列前 {_LISTED_GAPS} 段，共 {count(len(found.gaps))} 段。")


def _files(found: data.StreamView) -> None:
    with st.expander("录像文件", key="files"):
        for path in found.files or (found.line.source,):
            st.text(plain_text(path, longest=300))
        if found.line.problem:
            st.caption("扫描程序的原话，给管理员看：")
            st.text(plain_text(found.line.problem, longest=500))
