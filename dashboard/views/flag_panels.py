"""What stands beside the player: rules, why it was flagged, what else the creator and the stream have, the record."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import streamlit as st

from dashboard import data
from dashboard.links import flag_address
from dashboard.texts import NONE, clock, date, date_and_time, percent, plain_markdown, sureness

_LONGEST = 6000
"""Characters of a rule's clause: longer than any that was published."""
_STATE_COLOURS = {"notice": "green", "reprint": "orange", "unverified": "gray"}
_SEVERITY_COLOURS = {"very_serious": "red", "serious": "orange", "ordinary": "blue", "slight": "gray"}


def why(view: data.CaseView) -> None:
    """Severity and its basis, how certain, and the facts."""
    colour = _SEVERITY_COLOURS.get(view.severity, "gray")
    basis = "平台分级" if view.basis == "notice" else "本台估计"
    st.markdown(
        f":{colour}-badge[{_plain(view.severity_name)}] :gray-badge[{basis}] "
        f":gray-badge[把握{sureness(view.score)} {view.score:.2f}]"
    )
    lines = [*view.facts]
    if view.weighing:
        lines.append(f"{'；'.join(view.weighing)}{'（据此上调一级）' if view.raised else ''}")
    _list(map(_plain, lines))


def rules(view: data.CaseView) -> None:
    if view.severity_note:
        st.caption(_plain(view.severity_note))
    for rule in view.rules:
        _card(rule)
    if view.rules_note:
        st.markdown(_plain(view.rules_note))
    if view.set_aside:
        with st.expander(f"不适用的规则（{len(view.set_aside)}）"):
            for rule in view.set_aside:
                _card(rule)


def words(view: data.CaseView) -> None:
    """The words it went by."""
    st.dataframe(
        [
            {"说法": one.raw, "词条": one.term, "方式": one.method, "得分": one.score, "时间": clock(one.at_ms)}
            for one in view.went_by
        ],
        hide_index=True,
        column_config={"得分": st.column_config.NumberColumn(format="%.2f")},
        height="content" if len(view.went_by) < 8 else 300,
    )


def history(beside: data.Beside) -> None:
    found = beside.history
    if found is None:
        st.caption("主播不详，查不到此前的线索。")
    elif not found.flags:
        st.caption("这位主播此前没有线索。")
    else:
        some = f"最近 {len(found.flags)} 条" if found.more else f"此前 {len(found.flags)} 条"
        st.markdown(f"{some}：**成立 {found.confirmed}** · 误报 {found.dismissed} · 未结 {found.open}")
        _list(
            f"{date(flag.began_at)} {_linked(flag)} · {_plain(flag.severity_name)} · {_plain(flag.stands)}"
            for flag in found.flags
        )


def others(beside: data.Beside) -> None:
    if not beside.others:
        st.caption("这场录像没有别的线索。")
    _list(
        f"{clock(flag.start_ms)} {_linked(flag)} · {_plain(flag.severity_name)} · {_plain(flag.stands)}"
        for flag in beside.others
    )


def coverage(beside: data.Beside) -> None:
    heard, seen = percent(beside.heard_share, 1), percent(beside.seen_share, 1)
    st.markdown(f"全场听到 **{heard}** · 看到 **{seen}**")
    if not beside.missing:
        st.caption("没有缺口。")
    near = [gap for gap in beside.missing if gap.near]
    if near:
        st.markdown("**线索前后**")
        _list(map(_gap, near))
    far = [gap for gap in beside.missing if not gap.near]
    if far:
        st.markdown("**全场其他**" if near else "**全场**")
        _list(map(_gap, far))
    if beside.more_missing:
        st.caption(f"另有 {beside.more_missing} 处未列出。")


def record(view: data.CaseView, beside: data.Beside) -> None:
    st.markdown(f"**{_plain(beside.stands)}**")
    if beside.hidden:
        st.caption("此前有人作过决定。为了独立复核，复审结束前不显示。")
    elif not beside.events:
        st.caption("还没有人作过决定。")
    _list(map(_event, beside.events))
    if beside.holds:
        st.markdown("**留存**")
        _list(map(_event, beside.holds))
    st.markdown("**证据**")
    exported = [f"{date_and_time(at)} {_plain(by)} 导出过" for at, by in beside.exports]
    gone = "已按留存期限删除" if view.evidence_deleted else "没有保存证据"
    _list([*([] if view.has_evidence else [gone]), *exported])
    if view.has_evidence and st.button("核验证据", key="verify"):
        wrong = data.desk().beside.verified(data.person(), view.flag_id)
        if wrong:
            st.error("证据核验不通过：" + "；".join(map(_plain, wrong)))
        else:
            st.success("证据完整，签名有效。")


def _card(rule: data.CitedRule) -> None:
    card = rule.card
    with st.container(border=True, gap="xsmall"):
        st.markdown(f"**{_plain(card.title)}** :{_STATE_COLOURS.get(rule.state, 'gray')}-badge[{_plain(card.state)}]")
        st.markdown(_plain(card.clause))
        for rung, measures in card.ladder:
            here = " ◀ 本线索" if rung == rule.rung else ""
            st.markdown(f"- {_plain(rung)}：{_plain(measures)}{here}")
        for name, items in (("措施", card.measures), ("累次", card.strikes), ("条件", card.conditions)):
            if items:
                st.markdown(f"{name}：{_plain('；'.join(items))}")
        if card.unknown:
            st.markdown(f":orange[须判断：{_plain('；'.join(card.unknown))}]")
        parts = (card.source, card.effective, f"核对：{card.verified}", card.chosen)
        st.caption(" · ".join(_plain(part) for part in parts if part))


def _linked(flag: data.Other) -> str:
    return f"[{_plain(flag.scheme_name)}]({flag_address(flag.flag_id)})"


def _gap(gap: data.Missing) -> str:
    return f"{clock(gap.start_ms)}–{clock(gap.end_ms)} {_plain(gap.sense_name)}：{_plain(gap.why)}"


def _event(event: data.Event) -> str:
    why_ = f"：{_plain(event.why)}" if event.why else ""
    return f"{date_and_time(event.at)} {_plain(event.by)} {_plain(event.what)}{why_}"


def _list(lines: Iterable[str]) -> None:
    told: Sequence[str] = list(lines)
    if told:
        st.markdown("\n".join(f"- {line}" for line in told))


def _plain(text: str) -> str:
    return plain_markdown(text, longest=_LONGEST) or NONE
