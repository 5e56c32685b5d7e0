"""What stands beside the player: rules, why it was flagged, what else the creator and the stream have, the record."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import streamlit as st

from dashboard import data
from dashboard.links import case_export_address, flag_address
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
    bullets(map(_plain, lines))


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
        bullets(
            f"{date(flag.began_at)} {_linked(flag)} · {_plain(flag.severity_name)} · {_plain(flag.stands)}"
            for flag in found.flags
        )


def others(beside: data.Beside) -> None:
    if not beside.others:
        st.caption("这场录像没有别的线索。")
    bullets(
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
        bullets(map(_gap, near))
    far = [gap for gap in beside.missing if not gap.near]
    if far:
        st.markdown("**全场其他**" if near else "**全场**")
        bullets(map(_gap, far))
    if beside.more_missing:
        st.caption(f"另有 {beside.more_missing} 处未列出。")


def record(beside: data.Beside) -> None:
    """Where the flag stands, and how it came there."""
    st.markdown(f"**{_plain(beside.stands)}**")
    if beside.hidden:
        st.caption("此前有人作过决定。为了独立复核，复审结束前不显示。")
    elif not beside.events:
        st.caption("还没有人作过决定。")
    bullets(events(beside.events))


def evidence(person: data.Person, view: data.CaseView, beside: data.Beside, *, at_it: bool) -> None:
    """Whether it is there, when it was taken out and by whom; checking it, and the way to taking it out.

    `at_it`: the person is about to decide.
    """
    st.markdown("**证据**")
    gone = "已按留存期限删除" if view.evidence_deleted else "没有保存证据"
    bullets([*([] if view.has_evidence else [gone]), *_exported(person, view.flag_id, beside, at_it=at_it)])
    if not view.has_evidence:
        return
    with st.container(horizontal=True, gap="small"):
        checks = st.button("核验证据", key="verify")
        if person.may(data.Right.EXPORT):
            st.link_button("导出案卷", case_export_address(view.flag_id), help="在新标签页打开导出页，编号已填好。")
    if checks:
        wrong = data.desk().beside.verified(data.person(), view.flag_id)
        if wrong:
            st.error("证据核验不通过：" + "；".join(map(_plain, wrong)))
        else:
            st.success("证据完整，签名有效。")


def _exported(person: data.Person, flag_id: str, beside: data.Beside, *, at_it: bool) -> Iterable[str]:
    past = beside.exports
    if person.may(data.Right.EXPORT) and not at_it:
        past = tuple((one.at, one.by) for one in data.desk().exports.of(person, flag_id))
    for at, by in past:
        yield f"已导出：{date_and_time(at)} {_plain(by)}"


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


def events(some: Iterable[data.Event]) -> Iterable[str]:
    """A line each, fit for Markdown."""
    return map(_event, some)


def _event(event: data.Event) -> str:
    why_ = f"：{_plain(event.why)}" if event.why else ""
    return f"{date_and_time(event.at)} {_plain(event.by)} {_plain(event.what)}{why_}"


def bullets(lines: Iterable[str]) -> None:
    told: Sequence[str] = list(lines)
    if told:
        st.markdown("\n".join(f"- {line}" for line in told))


def _plain(text: str) -> str:
    return plain_markdown(text, longest=_LONGEST) or NONE
