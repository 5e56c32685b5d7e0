"""审计: the log of all that was done, how far it is signed, and whether it still holds."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from dashboard import data
from dashboard.data import Act, Checked, LogEntry, LogState
from dashboard.log_words import ACT_NAMES, fact, fact_name, subject
from dashboard.texts import CHINA, NONE, ago, count, date_and_time, plain_text

_ROWS = 100
_ALL = "全部"


def show() -> None:
    person = data.person()
    log = data.desk().log
    with st.container(key="main-audit"):
        _state(log.state(person))
        _check(person)
        _entries(person)


def _state(state: LogState) -> None:
    unsealed = state.size - state.sealed
    for column, (label, said) in zip(
        st.columns(4),
        (
            ("记录", count(state.size)),
            ("已签名", count(state.sealed)),
            ("待签名", count(unsealed)),
            ("最近签名", ago(state.sealed_at, data.now())),
        ),
        strict=True,
    ):
        column.metric(label, said, border=True)
    if state.sealed_at is not None:
        st.caption(f"签名密钥 {state.key} · 最近一次 {date_and_time(state.sealed_at)} · 待签名的记录会在几十秒内签上")


def _check(person: data.Person) -> None:
    first, second, _ = st.columns([1, 1, 4])
    if first.button("校验整个日志", width="stretch"):
        bar = st.progress(0.0, text="正在逐条重新计算……")
        found = data.desk().log.check(person, lambda share: bar.progress(min(share, 1.0), text="正在逐条重新计算……"))
        bar.empty()
        _told(found)
    head = data.desk().log.last_head(person)
    second.download_button(
        "下载签名头",
        head or b"",
        file_name="audit-head.jsonl",
        mime="application/jsonl",
        disabled=head is None,
        width="stretch",
        on_click="ignore",
        help="存到别的机器上：以后哪怕日志和签名头一起被截断，用它也能查出来",
    )


def _told(found: Checked) -> None:
    if not found.problems:
        st.success(f"日志完好：{count(found.size)} 条记录、{count(found.heads)} 个签名头，与写入时一致。")
        return
    st.error(
        f"日志与写入时不一致，共 {count(len(found.problems))} 处。请立即停止使用这个工作区，"
        "保留现场，并在服务器上运行 monitor audit verify 查看详情。"
    )
    st.dataframe(pd.DataFrame({"位置": [plain_text(where) for where in found.problems[:100]]}), hide_index=True)


def _entries(person: data.Person) -> None:
    kind, who, what = st.columns([2, 2, 3])
    act = kind.selectbox("操作", [_ALL, *Act], format_func=lambda name: ACT_NAMES.get(name, name), key="act")
    actor = who.text_input("操作人", key="actor", placeholder="账号，留空为全部").strip()
    about = what.text_input("对象", key="subject", placeholder="线索编号、账号等，留空为全部").strip()
    asked = (act, actor, about)
    if st.session_state.get("audit_asked") != asked:
        st.session_state.audit_asked, st.session_state.audit_before = asked, [None]
    before: list[int | None] = st.session_state.audit_before
    page = data.desk().log.page(
        person,
        act=None if act == _ALL else Act(act),
        actor=actor or None,
        subject=about or None,
        before=before[-1],
        limit=_ROWS,
    )
    if not page.entries:
        st.info("没有符合条件的记录。换一个操作、操作人或对象再看。")
        return
    st.dataframe(
        _table(page.entries),
        hide_index=True,
        width="stretch",
        height=560,
        row_height=32,
        column_config={
            "序号": st.column_config.NumberColumn(width=70),
            "时间": st.column_config.TextColumn(width=150),
            "操作人": st.column_config.TextColumn(width=110),
            "操作": st.column_config.TextColumn(width=110),
            "对象": st.column_config.TextColumn(width=200),
        },
    )
    newer, older, _ = st.columns([1, 1, 4])
    if newer.button("较新的", disabled=len(before) == 1, width="stretch"):
        before.pop()
        st.rerun()
    if older.button("较早的", disabled=page.before is None, width="stretch"):
        before.append(page.before)
        st.rerun()
    if any(entry.veiled for entry in page.entries):
        st.caption("“复核中”：这条线索还要由别人独立复核，结论出来前不显示已有意见。")


def _table(entries: tuple[LogEntry, ...]) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "序号": [entry.seq for entry in entries],
            "时间": [f"{entry.at.astimezone(CHINA):%Y-%m-%d %H:%M:%S}" if entry.at else NONE for entry in entries],
            "操作人": [plain_text(_who(entry), longest=60) for entry in entries],
            "操作": [plain_text(ACT_NAMES.get(entry.act, entry.act), longest=60) for entry in entries],
            "对象": [plain_text(subject(entry.subject), longest=80) or NONE for entry in entries],
            "内容": [plain_text(_what(entry), longest=400) for entry in entries],
        }
    )


def _who(entry: LogEntry) -> str:
    return "系统" if entry.actor == data.SYSTEM else entry.actor


def _what(entry: LogEntry) -> str:
    if not entry.readable:
        return "内容已无法读取：日志在这里被改动过"
    told = [f"{fact_name(name)} {fact(name, value)}" for name, value in entry.facts if value]
    return " · ".join([*(["复核中"] if entry.veiled else []), *told]) or NONE
