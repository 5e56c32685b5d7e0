"""Rule cards by platform, as of a day."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from html import escape

import streamlit as st

from dashboard import data
from dashboard.texts import SCHEME_NAMES, count, scheme_name, severity_name

_ANY_PLATFORM, _ANY_SCHEME = "全部平台", "全部类型"
_FIRST_DAY = date(2015, 1, 1)
_SHORT = {"notice": "已核对公告", "reprint": "转载，未核对原文", "unverified": "未核实，不得引用"}


def show(person: data.Person) -> None:
    today = data.china_today()
    with st.container(horizontal=True, vertical_alignment="bottom", key="rule-filters"):
        names = {"": _ANY_PLATFORM}
        place = st.empty()
        scheme = st.selectbox(
            "类型", ["", *SCHEME_NAMES], format_func=lambda name: scheme_name(name) if name else _ANY_SCHEME,
            key="rule-scheme", width=170, filter_mode=None,
        )  # fmt: skip
        day = st.date_input(
            "哪一天的规则", value=today, min_value=_FIRST_DAY, max_value=date(today.year + 2, 12, 31),
            format="YYYY-MM-DD", key="rule-day", width=170,
        )  # fmt: skip
    on = day if isinstance(day, date) else today
    found = data.desk().rulebook.rules(person, on)
    names |= {policy.platform: policy.name for policy in found}
    platform = place.selectbox(
        "平台", list(names), format_func=names.__getitem__, key="rule-platform", width=170, filter_mode=None
    )
    chosen = [
        (policy, [rule for rule in policy.rules if not scheme or scheme in {used.scheme for used in rule.used_for}])
        for policy in found
        if not platform or policy.platform == platform
    ]
    _said(chosen, on, today)
    asked = st.query_params.get("rule", "")
    for policy, rules in chosen:
        if rules:
            st.html(_policy(policy.name, rules, on, asked))
    if not any(rules for _, rules in chosen):
        st.text("所收录的规则里没有针对这一类型的。这一类线索只供人工判断，不得据以引用任何条款。")


def _said(chosen: Sequence[tuple[data.PlatformRules, Sequence[data.RuleShown]]], on: date, today: date) -> None:
    rules = [rule for _, some in chosen for rule in some]
    held = [rule for rule in rules if rule.holds]
    doubted = sum(rule.verification != "notice" for rule in held)
    when = "今天" if on == today else f"{on:%Y-%m-%d} 当天"
    st.caption(
        f"{when}有效 {count(len(held))} 条"
        + (f"，其中 {count(doubted)} 条没有核对过原文，引用前须核对" if doubted else "")
        + (f"；另有 {count(len(rules) - len(held))} 条当天不适用，排在后面" if len(held) < len(rules) else "")
    )


def _policy(name: str, rules: Sequence[data.RuleShown], on: date, asked: str) -> str:
    ordered = sorted(rules, key=lambda rule: not rule.holds)
    cards = "".join(_card(rule, on, opened=rule.card.rule_id == asked) for rule in ordered)
    return f'<section class="rules"><h3>{escape(name)} <small>{len(rules)} 条</small></h3>{cards}</section>'


def _card(rule: data.RuleShown, on: date, *, opened: bool) -> str:
    card = rule.card
    used = "".join(f'<span class="used">{escape(scheme_name(one.scheme))}</span>' for one in rule.used_for)
    absent = "" if rule.holds else f'<span class="state absent">{_absent(rule, on)}</span>'
    since = f"{rule.since:%Y-%m-%d} {'起' if card.effective.startswith('自') else '见报'}" if rule.since else ""
    state = _SHORT.get(rule.verification, card.state)
    weaker = "，部分据转载或未核实" if card.state != state else ""
    tone = "reprint" if weaker and rule.verification == "notice" else rule.verification
    return (
        f'<details class="rule{"" if rule.holds else " past"}"{" open" if opened else ""}><summary>'
        f'<span class="title">{escape(card.title)}</span>{absent}{used}'
        f'<span class="state {escape(tone)}">{escape(state + weaker)}</span>'
        f'<span class="since">{since}</span></summary><dl>{"".join(_parts(rule))}</dl></details>'
    )


def _parts(rule: data.RuleShown) -> Iterator[str]:
    card = rule.card
    yield _part("条文", [*card.clause.splitlines()], kind="clause")
    yield _part("出处", [card.source])
    yield _part("生效", [card.effective])
    yield _part("核对", [f"{card.state}；{card.verified}"])
    yield _part("措施", card.measures or ["出处没有载明"], kind="" if card.measures else "none")
    if card.ladder:
        rungs = "".join(f"<tr><th>{escape(rung)}</th><td>{escape(told)}</td></tr>" for rung, told in card.ladder)
        yield f"<dt>分级</dt><dd><table>{rungs}</table></dd>"
    else:
        yield _part("分级", ["没有公布或没有读到"], kind="none")
    if card.strikes:
        yield _part("累次", card.strikes)
    if card.conditions:
        yield _part("适用条件", card.conditions)
    if rule.used_for:
        yield _part(
            "用于",
            [f"{scheme_name(u.scheme)}：{severity_name(u.severity)}。{u.note}" for u in rule.used_for],
        )  # fmt: skip
    else:
        yield _part("用于", ["不作为任何一类线索的依据"], kind="none")
    if card.unknown:
        yield _part("须知", card.unknown, kind="unknown")
    yield _part("编号", [card.rule_id], kind="id")


def _part(name: str, lines: Sequence[str], *, kind: str = "") -> str:
    told = "".join(f"<p>{escape(line)}</p>" for line in lines)
    return f'<dt>{escape(name)}</dt><dd class="{kind}">{told}</dd>'


def _absent(rule: data.RuleShown, on: date) -> str:
    if rule.since is None or on < rule.since:
        return "当天尚未生效"
    return "当天已失效"
