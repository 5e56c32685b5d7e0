"""A changed term tried on stored streams before anybody saves it, and the text to hand in."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from dashboard import data
from dashboard.links import has, open_column
from dashboard.rulebook.terms import TRY
from dashboard.rulebook.waiting import awaited
from dashboard.texts import (
    METHOD_NAMES,
    NONE,
    PLATFORM_NAMES,
    SCHEME_NAMES,
    clock,
    count,
    date_and_time,
    length,
    plain_markdown,
    plain_text,
    platform_name,
    scheme_name,
)

_ACTS = {data.TermAct.ADD: "加一个词", data.TermAct.REMOVE: "去掉一个词", data.TermAct.REPLACE: "改写一个词"}
_LAST = (20, 50, 100, data.MOST_TRIED)
_METHODS = ("exact", "variant", "glyph", "phonetic", "fuzzy")
_PROGRESS = {
    data.TrialProgress.WAITING: "前面还有别人的试算，轮到就开始",
    data.TrialProgress.COMPILING: "正在装入改过的词库，要几秒到半分钟",
    data.TrialProgress.RUNNING: "正在重判录像",
}
_SECTIONS = (
    ("vanished", "会消失的线索", "没有线索会消失。"),
    ("appeared", "会新出现的线索", "没有新的线索会出现。"),
    ("changed", "把握或时间会变的线索", ""),
)


def show(person: data.Person) -> None:
    if not person.may(data.Right.LEXICON):
        st.subheader("改词试算由词库员做")
        st.text("你的账号可以查规则和词、试一句话；要试改词库，请联系词库员，或请管理员调整角色。")
        return
    lexicon = awaited(data.desk().rulebook.terms(person), "正在读取词库，第一次要几秒到半分钟……")
    if lexicon is None:
        return
    left, right = st.columns([2, 3], gap="large")
    with left:
        _ask(person, lexicon)
    with right:
        _result(person)


def _ask(person: data.Person, lexicon: data.LexiconShown) -> None:
    default: data.TermAct | None = data.TermAct.ADD
    if (taken := st.session_state.pop(TRY, None)) and _take(lexicon, *taken):
        default = None
    chosen = st.segmented_control(
        "做什么", list(_ACTS), format_func=_ACTS.__getitem__, default=default, required=True, key="trial-act",
        label_visibility="collapsed",
    )  # fmt: skip
    act = chosen or data.TermAct.ADD
    schemes = st.columns(2)
    scheme = schemes[0].selectbox(
        "方案", [*SCHEME_NAMES, ""], format_func=lambda name: scheme_name(name) if name else "几个方案合用",
        key="trial-scheme", filter_mode=None,
    )  # fmt: skip
    slots = {slot.name: slot for slot in lexicon.slots if slot.scheme == scheme}
    name = schemes[1].selectbox("词栏", list(slots), format_func=lambda one: slots[one].about, key=f"slot-{scheme}")
    slot = slots.get(name or "")
    if slot is None:
        return
    was, text = "", ""
    if act != data.TermAct.ADD:
        was = st.selectbox(
            "原来的词", [term.text for term in slot.terms], format_func=data.term_text, key=f"was-{slot.name}"
        )
    if act != data.TermAct.REMOVE:
        text = st.text_input(
            "新词" if act == data.TermAct.ADD else "改写成", max_chars=400, value=was,
            key=f"trial-text-{slot.name}-{was}" if was else "trial-text",
            placeholder="例如 打车钱我，或合写 (我|咱)来出，{n} 是任何数",
        )  # fmt: skip
    by, unless = _more(slot, was) if act != data.TermAct.REMOVE else (None, None)
    where = st.columns(2)
    last = where[0].selectbox("试多少场", _LAST, index=1, format_func=lambda n: f"最近 {n} 场录像", filter_mode=None)
    platform = where[1].selectbox(
        "平台", ["", *PLATFORM_NAMES], format_func=lambda one: platform_name(one) if one else "全部平台",
        key="trial-on", filter_mode=None,
    )  # fmt: skip
    if st.button("试算", type="primary", key="try", width="stretch"):
        change = data.TermChange(act, slot.name, text=(text or "").strip(), was=was or "", by=by, unless=unless)
        try:
            data.desk().trials.begin(person, change, data.TrialChosen(last=last, platform=platform))
        except data.RefusedError as error:
            st.error(error.what)
    st.caption("只在内存里改词、重判存下的文字，什么都不写：词库、线索和结论都不变。模型的权重也不随之重训。")


def _take(lexicon: data.LexiconShown, name: str, text: str) -> bool:
    """The term that was chosen among the terms, if it is still there: whether it is."""
    slot = lexicon.by_name.get(name)
    if slot is None or not any(term.text == text for term in slot.terms):
        return False
    state = st.session_state
    state["trial-act"], state["trial-scheme"] = data.TermAct.REMOVE, slot.scheme
    state[f"slot-{slot.scheme}"], state[f"was-{name}"] = name, text
    return True


def _more(slot: data.SlotShown, was: str) -> tuple[tuple[str, ...] | None, tuple[str, ...] | None]:
    """Methods and exceptions; None where they stay what they are."""
    old = next((term for term in slot.terms if term.text == was), None)
    usual = old.by if old else slot.by
    with st.expander("认法和例外"):
        by = st.pills(
            "认法", _METHODS, format_func=METHOD_NAMES.__getitem__, selection_mode="multi", default=list(usual),
            key=f"trial-by-{slot.name}-{was}",
        )  # fmt: skip
        words = st.text_input(
            "里面或紧跟着有这些字就不算", value="、".join(old.unless) if old else "", max_chars=400,
            key=f"trial-unless-{slot.name}-{was}", placeholder="用顿号隔开",
        )  # fmt: skip
    unless = tuple(
        word.strip() for word in (words or "").replace("，", "、").replace(",", "、").split("、") if word.strip()
    )
    chosen = tuple(name for name in _METHODS if name in by)
    return (
        None if set(chosen) == set(usual) else chosen,
        None if unless == (old.unless if old else ()) else unless,
    )


def _result(person: data.Person) -> None:
    trial = data.desk().trials.mine(person)
    if trial is None:
        st.subheader("还没有试过")
        st.text("在左边写好要改的词，点“试算”：这里会列出哪些线索会消失，哪些会新出现，以及为什么。")
        return
    st.markdown(f"**{plain_markdown(in_words(trial.change), longest=500)}**　{date_and_time(trial.begun_at)}")
    if trial.over:
        _over(trial)
    else:
        _running(person)


@st.fragment(run_every=1.0)
def _running(person: data.Person) -> None:
    trial = data.desk().trials.mine(person)
    if trial is None or trial.over:
        st.rerun()
    said = _PROGRESS.get(trial.progress, "")
    if trial.progress == data.TrialProgress.RUNNING:
        found = f"新出现 {count(trial.count('appeared'))}，消失 {count(trial.count('vanished'))}"
        said = f"{said}：{count(trial.tried)} / {count(trial.streams)} 场，{found}"
    st.progress(trial.tried / trial.streams if trial.streams else 0.0, text=said)
    st.button("取消", key="cancel-trial", on_click=data.desk().trials.cancel, args=(person,))


def _over(trial: data.Trial) -> None:
    if trial.progress == data.TrialProgress.FAILED:
        st.error(plain_markdown(trial.problem, longest=400))
        return
    if not trial.streams:
        st.text(
            "已取消。" if trial.progress == data.TrialProgress.CANCELLED else "没有可试的录像：要扫描完、并存有文字的。"
        )
        return
    if trial.progress == data.TrialProgress.CANCELLED:
        st.warning(f"试到一半取消了：只试了 {count(trial.tried)} / {count(trial.streams)} 场，下面只是这些场的结果。")
    for column, (label, number) in zip(
        st.columns(4),
        (
            ("试了", f"{count(trial.tried)} 场"),
            ("会消失", count(trial.count("vanished"))),
            ("会新出现", count(trial.count("appeared"))),
            ("会改变", count(trial.count("changed"))),
        ),
        strict=True,
    ):
        column.metric(label, number, border=True)
    st.caption("".join(_notes(trial)))
    lost = sum(one.change == "vanished" and one.decision == "confirmed" for one in trial.changes)
    if lost:
        st.warning(f"会消失的线索里有 {count(lost)} 条已经复核为违规成立：这样改会漏掉它们。")
    for kind, title, none in _SECTIONS:
        rows = [one for one in trial.changes if one.change == kind and not one.candidate]
        if rows:
            st.markdown(f"**{title}**　{count(trial.count(kind))}")
            _changes(rows, trial.change, key=f"changes-{kind}")
        elif none:
            st.text(none)
    _hand_in(trial)


def _notes(trial: data.Trial) -> Sequence[str]:
    notes = [f"在可试的 {count(trial.there)} 场里取最近的 {count(trial.streams)} 场，"]
    notes.append(f"试过的合 {length(trial.tried_ms)}。" if trial.tried else "一场也没有试完。")
    if candidates := trial.count("candidates"):
        notes.append(f"另有 {count(candidates)} 个候选会变，不列。")
    if trial.inexact:
        notes.append(f"{count(trial.inexact)} 场没有存下逐步的记录，结果只是接近。")
    if trial.drifted:
        notes.append(f"{count(trial.drifted)} 场的线索本来就与现在的词库不一致，这里只算这次改动带来的差别。")
    if sum(map(trial.count, ("appeared", "vanished", "changed", "candidates"))) > len(trial.changes):
        notes.append(f"变化太多，只列前 {count(len(trial.changes))} 条。")
    return notes


def _changes(rows: Sequence[data.FlagChange], change: data.TermChange, *, key: str) -> None:
    columns = {
        "打开": ["打开"] * len(rows),
        "直播间": [plain_text(one.room or one.creator, longest=40) or NONE for one in rows],
        "位置": [clock(one.start_ms) for one in rows],
        "类型": [scheme_name(one.scheme) for one in rows],
        "复核结论": [data.DECISION_NAMES.get(one.decision or "", "") if one.stored else "" for one in rows],
        "为什么": [_because(one, change) for one in rows],
        "原文": [plain_text(" … ".join(one.words), longest=80) for one in rows],
        "主播": [f"{plain_text(one.creator, longest=40) or NONE}（{platform_name(one.platform)}）" for one in rows],
    }
    if not any(one.decision for one in rows):
        del columns["复核结论"]
    text = st.column_config.TextColumn
    config = {"直播间": text(width=105), "位置": text(width=72, alignment="right"), "类型": text(width=108)}
    config |= {"复核结论": text(width=80), "为什么": text(width=380), "原文": text(width="medium")}
    page = "flag" if has("flag") and all(one.stored for one in rows) else "stream"
    queries = [
        {"flag": one.flag_id} if page == "flag" else {"stream": str(one.stream_id), "t": str(one.start_ms // 1000)}
        for one in rows
    ]
    if has(page):
        config["打开"] = open_column(page, queries, key=f"{key}-open")
    else:
        del columns["打开"]
    st.dataframe(
        pd.DataFrame(columns), hide_index=True, key=key, placeholder=NONE, alt="线索的变化",
        height="content" if len(rows) <= 10 else 380, column_config=config,
    )  # fmt: skip


def _because(one: data.FlagChange, change: data.TermChange) -> str:
    """What the changed term itself did stands first."""
    named = [data.term_text(word) for word in (change.text, change.was) if word]
    return plain_text("；".join(sorted(one.because, key=lambda said: not any(w in said for w in named))), longest=300)


def _hand_in(trial: data.Trial) -> None:
    told = data.hand_in(trial)
    with st.container(border=True, key="hand-in"):
        st.markdown("**提交这个改动**")
        st.text("这里不改词库。把这几行交给管理词库文件的人，按 lexicons/README.md 加例句、检查后提交：")
        with st.container(key="hand-in-text"):
            st.text(told)
        st.download_button(
            "下载改动", told.encode(), file_name=f"词库改动-{trial.change.slot}.yaml", mime="application/yaml",
            on_click="ignore", key="hand-in-file",
        )  # fmt: skip


def in_words(change: data.TermChange) -> str:
    text, was = data.term_text(change.text), data.term_text(change.was)
    if change.act == data.TermAct.ADD:
        return f"加“{text}”"
    return f"去掉“{was}”" if change.act == data.TermAct.REMOVE else f"“{was}”改写成“{text}”"
