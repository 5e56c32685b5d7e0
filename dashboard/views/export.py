"""导出: lists of flags and cases of single ones, each logged before it can be fetched, and what was exported before."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from dashboard import data
from dashboard.texts import CHINA, NONE, count, date_and_time, plain_markdown, plain_text
from dashboard.views import export_choice

_FORMS = {
    data.Form.CSV: "表格（CSV，可用 Excel 打开）",
    data.Form.JSONL: "数据（JSONL，供程序读取）",
}
_KINDS = {"csv": "线索表格", "jsonl": "线索数据", "case": "案卷"}
_MADE, _CASE_MADE, _WRONG = "export.made", "export.case_made", "export.wrong"
_LATEST = 50


def show() -> None:
    person = data.person()
    with st.container(key="main-export", gap="medium"):
        st.subheader("导出线索")
        _list(person)
        st.subheader("导出案卷")
        _case(person)
        st.subheader("导出记录")
        _past(person)


def _list(person: data.Person) -> None:
    chosen = export_choice.choose()
    total = data.desk().exports.count(person, chosen)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        form = st.segmented_control(
            "格式", list(_FORMS), default=data.Form.CSV, format_func=_FORMS.__getitem__, key="export.form",
            required=True, width="content",
        )  # fmt: skip
        pressed = st.button(f"导出 {count(total)} 条线索", key="export.list", type="primary", disabled=not total)
    if not total:
        st.text("没有符合条件的线索。放宽条件再看。")
    if pressed:
        bar = st.progress(0.0, text="正在写入……")
        _make(
            _MADE,
            lambda: data.desk().exports.flags(
                person, data.session(), chosen, data.Form(form), at=data.now(),
                told=lambda share: bar.progress(share, text=f"正在写入……已写 {share:.0%}"),
            ),
        )  # fmt: skip
    _offer(_MADE)
    st.caption(
        "含命中的原话和上下文，不含观众的昵称和账号，也不含复核人；还在复核中的线索只写到哪一轮。"
        "以 = + - @ 等开头的内容前加了单引号，免得表格软件当成公式。"
    )


def _case(person: data.Person) -> None:
    with st.container(horizontal=True, vertical_alignment="bottom"):
        flag_id = st.text_input(
            "线索编号", key="case", bind="query-params", placeholder="线索页上的编号", width=360
        ).strip()
        clip = st.checkbox("附录像片段", value=True, key="export.clip", help="片段按原样附上：画面和声音里可能有观众。")
        pressed = st.button("导出案卷", key="export.make_case", disabled=not flag_id)
    if flag_id:
        _earlier(person, flag_id)
    if pressed:
        with st.spinner("正在打包并校验……"):
            _make(
                _CASE_MADE,
                lambda: data.desk().exports.case(person, data.session(), flag_id, clip=clip, at=data.now()),
            )
    _offer(_CASE_MADE)
    st.caption(
        "一个压缩包，含证据、可离线打开的网页和签名；截图中观众写的字已涂黑。可用 monitor evidence verify 校验。"
    )


def _earlier(person: data.Person, flag_id: str) -> None:
    if past := data.desk().exports.of(person, flag_id):
        last = past[0]
        st.text(f"已导出 {len(past)} 次，最近一次：{date_and_time(last.at)}，{plain_text(last.by, longest=60)}")


def _make(where: str, make: Callable[[], data.HandOut]) -> None:
    st.session_state.pop(where, None)
    st.session_state.pop(_WRONG, None)
    # One export waits for a person at a time: an earlier one cannot be fetched any more.
    for other in (_MADE, _CASE_MADE):
        st.session_state.pop(other, None)
    try:
        st.session_state[where] = make()
    except (data.ExportError, data.RefusedError) as error:
        st.session_state[_WRONG] = (where, error.what)
    # From the top: what waited before is offered no more, and the record has what was just done.
    st.rerun()


def _offer(where: str) -> None:
    failed, wrong = st.session_state.get(_WRONG, ("", ""))
    if failed == where:
        st.error(plain_markdown(wrong))
    made: data.HandOut | None = st.session_state.get(where)
    if made is None:
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        st.link_button(f"下载 {plain_markdown(made.name)}（{_size(made.size_bytes)}）", f"/exports/{made.token}")
        st.caption(f"{count(made.count)} 条 · 已记入审计日志 · 链接只能用一次，十分钟内有效", width="content")
    st.caption(f"SHA-256　{made.sha256}")


def _past(person: data.Person) -> None:
    found = data.desk().exports.latest(person, _LATEST)
    if not found:
        st.text("还没有人导出过。")
        return
    st.dataframe(
        [
            {
                "时间": f"{one.at.astimezone(CHINA):%Y-%m-%d %H:%M:%S}",
                "导出人": plain_text(one.by, longest=60),
                "内容": _KINDS.get(one.kind, one.kind),
                "线索": plain_text(one.flag_id, longest=80) or NONE,
                "条数": one.count,
                "大小": _size(one.size_bytes),
                "文件摘要": one.sha256,
            }
            for one in found
        ],
        hide_index=True,
        width="stretch",
        height="content" if len(found) <= 12 else 460,
    )


def _size(size_bytes: int) -> str:
    if size_bytes < 1_000_000:
        return f"{max(1, round(size_bytes / 1000))} KB"
    return f"{size_bytes / 1e6:,.1f} MB"
