"""Schemes, and the lexicon's terms with how often flags that rest on them were right."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import pandas as pd
import streamlit as st

from dashboard import data
from dashboard.rulebook.waiting import awaited
from dashboard.tables import Cell, figures
from dashboard.texts import METHOD_NAMES, NONE, SCHEME_NAMES, count, percent, plain_markdown, scheme_name

_MOST_ROWS = 300
_SHARED = "_shared"
TRY = "_rules_try"
"""Where the term is kept that somebody wants to try a change of: `(slot, text)`."""
Tallies = Mapping[tuple[str, str], data.Tally]
_NOTHING = data.Tally()
_CHINESE = re.compile(r"[\u4e00-\u9fff]")
"""Some sources are notes in English for whoever keeps the files."""


@dataclass(frozen=True, slots=True)
class Row:
    """One term of one slot, and what reviewers made of flags that rest on it."""

    slot: data.SlotShown
    term: data.TermShown
    tally: data.Tally
    meant: bool
    """The words sought stand in the term itself, not only in what its slot is about."""

    @property
    def share(self) -> data.Share:
        return data.Share(self.tally.confirmed, self.tally.decided)


def show(person: data.Person) -> None:
    lexicon = awaited(data.desk().rulebook.terms(person), "正在读取词库，第一次要几秒到半分钟……")
    if lexicon is None:
        return
    tallies = _tallies(str(data.desk().store.workspace), person)
    words, scheme, slot = _asked(lexicon)
    if scheme and scheme != _SHARED and not slot and not words:
        _scheme(lexicon, scheme)
    rows = list(_rows(lexicon, tallies, words, scheme, slot))
    if not rows:
        st.subheader("没有这样的词")
        st.text("换个说法再搜，或放宽上面的条件；搜得到词条里的合写说法，也搜得到词栏的说明。")
        return
    _table(rows, person)


def _asked(lexicon: data.LexiconShown) -> tuple[str, str, str]:
    with st.container(horizontal=True, key="term-filters"):
        words = st.text_input(
            "找词",
            key="term-words",
            max_chars=40,
            placeholder="词、词栏或说明",
            width=260,
            label_visibility="collapsed",
        )
        scheme = st.selectbox(
            "方案", ["", *SCHEME_NAMES, _SHARED],
            format_func=lambda name: {"": "全部方案", _SHARED: "几个方案合用"}.get(name) or scheme_name(name),
            key="term-scheme", width=180, label_visibility="collapsed", filter_mode=None,
        )  # fmt: skip
        slots = [slot for slot in lexicon.slots if not scheme or slot.scheme == ("" if scheme == _SHARED else scheme)]
        abouts = {slot.name: f"{slot.about}（{len(slot.terms)}）" for slot in slots}
        slot = st.selectbox(
            "词栏", ["", *abouts], format_func=lambda name: abouts.get(name, f"全部词栏（{len(abouts)}）"),
            key=f"term-slot-{scheme}", width=320, label_visibility="collapsed",
        )  # fmt: skip
    return (words or "").strip(), scheme, slot


def _rows(lexicon: data.LexiconShown, tallies: Tallies, words: str, scheme: str, slot: str) -> Iterator[Row]:
    sought = words.casefold()
    for one in lexicon.slots:
        if (slot and one.name != slot) or (scheme and one.scheme != ("" if scheme == _SHARED else scheme)):
            continue
        whole = sought in one.about.casefold() or sought in one.name
        for term in one.terms:
            meant = any(sought in text.casefold() for text in (term.text, *term.spellings))
            if meant or whole:
                yield Row(one, term, _tally(tallies, one, term), meant)


def _tally(tallies: Tallies, slot: data.SlotShown, term: data.TermShown) -> data.Tally:
    """Of all that the entry stands for; a shared slot's term counts in whatever scheme it served."""
    if slot.name == data.PROMPTS:
        return _NOTHING
    schemes = [slot.scheme] if slot.scheme else list(SCHEME_NAMES)
    found = [tallies[key] for text in term.spellings for key in ((name, text) for name in schemes) if key in tallies]
    if not found:
        return _NOTHING
    return data.Tally(
        sum(one.confirmed for one in found), sum(one.dismissed for one in found), sum(one.undecided for one in found)
    )


def _table(rows: Sequence[Row], person: data.Person) -> None:
    rows = sorted(rows, key=lambda row: (not row.meant, row.slot.name == data.PROMPTS, -row.tally.decided))
    shown = rows[:_MOST_ROWS]
    cut = f"，这里只列前 {count(_MOST_ROWS)} 条，请搜索或筛选" if len(rows) > _MOST_ROWS else ""
    st.caption(f"共 {count(len(rows))} 条{cut}。点一行看它的出处和用途。")
    table = pd.DataFrame(
        {
            "词条": [data.term_text(row.term.text) for row in shown],
            "词栏": [row.slot.about for row in shown],
            "方案": [scheme_name(row.slot.scheme) if row.slot.scheme else "几个方案合用" for row in shown],
            "认法": ["、".join(METHOD_NAMES[name] for name in row.term.by) for row in shown],
            "成立": [row.tally.confirmed if row.tally.decided else None for row in shown],
            "误报": [row.tally.dismissed if row.tally.decided else None for row in shown],
            "成立率": [_share(row) for row in shown],
        }
    )
    text, number = st.column_config.TextColumn, st.column_config.NumberColumn
    before = st.session_state.get("terms-table")
    picked = before.selection.rows if before else []  # room for what is told of it
    chosen = st.dataframe(
        table,
        hide_index=True,
        height="content" if len(shown) <= 7 else 285 if picked else 440,
        key="terms-table",
        placeholder=NONE,
        alt="词条",
        on_select="rerun",
        selection_mode="single-row",
        column_config={
            "词条": text(width="medium"),
            "词栏": text(width="medium"),
            "方案": text(width=120),
            "认法": text(width=190),
            "成立": number(width=70, format="localized", help="复核结论为违规成立的线索"),
            "误报": number(width=70, format="localized", help="复核结论为误报的线索"),
            "成立率": text(
                width=140, alignment="right", help=f"成立占已有结论的比例；少于 {data.LEAST_DECIDED} 条不下判断"
            ),
        },
    )
    picked = chosen.selection.rows if chosen else []
    if picked and picked[0] < len(shown):
        _one(shown[picked[0]], person)


def _share(row: Row) -> str:
    if not row.tally.decided:
        return "不参与判定" if row.slot.name == data.PROMPTS else "尚无复核"
    if not row.share.enough:
        return f"样本不足（{row.tally.decided}）"
    return percent(row.share.share, 1)


def _one(row: Row, person: data.Person) -> None:
    term, slot = row.term, row.slot
    with st.container(border=True, key="one-term"):
        left, right = st.columns([4, 1], vertical_alignment="center")
        left.subheader(plain_markdown(data.term_text(term.text)))
        tried = person.may(data.Right.LEXICON) and slot.name != data.PROMPTS
        if tried and right.button("拿去试算", key="try-this", width="stretch"):
            st.session_state[TRY] = (slot.name, term.text)
            st.rerun()
        facts = [("词栏", f"{slot.about}（{slot.name}）"), ("认法", "、".join(METHOD_NAMES[name] for name in term.by))]
        if len(term.spellings) > 1:
            some = "、".join(map(data.term_text, term.spellings[:12]))
            facts.append(
                ("合写", f"{some}{' 等' if len(term.spellings) > 12 else ''}，共 {count(len(term.spellings))} 种")
            )
        if term.unless:
            facts.append(("不算", f"里面或紧跟着有这些字就不算：{'、'.join(term.unless)}"))
        if term.common:
            facts.append(("平常话", term.common))
        facts += [
            ("来源", term.source if _CHINESE.search(term.source) else "见词库文件"),
            ("位置", f"{slot.file}（{term.where.rpartition(':')[2]} 行）"),
        ]
        figures(
            [Cell("", "words"), Cell("", "words wide")], [[Cell(n, "words"), Cell(t, "words wide")] for n, t in facts]
        )


def _scheme(lexicon: data.LexiconShown, name: str) -> None:
    scheme = next((one for one in lexicon.schemes if one.scheme == name), None)
    if scheme is None:
        return
    st.text(f"{scheme.name}\n依据：{scheme.source}")
    with st.expander(f"怎样才算：{len(scheme.patterns)} 种情形"):
        figures(
            [Cell("情形", "words"), Cell("要凑齐的词栏", "words wide"), "相隔最多", "把握"],
            [
                (
                    Cell(pattern.about, "words wide"),
                    Cell(_need(lexicon, pattern), "words wide"),
                    f"{pattern.within_s:g} 秒",
                    f"{pattern.score:.2f}",
                )
                for pattern in scheme.patterns
            ],
        )


def _need(lexicon: data.LexiconShown, pattern: data.PatternShown) -> str:
    def about(name: str) -> str:
        slot = lexicon.by_name.get(name)
        return slot.about if slot else {"base_price": "对照价", "live_price": "成交价"}.get(name, name)

    told = " ＋ ".join(" 或 ".join(map(about, need.split("|"))) for need in pattern.need)
    order = "，按次序" if pattern.ordered and len(pattern.need) > 1 else ""
    unless = f"；旁边有 {'、'.join(map(about, pattern.unless))} 就不算" if pattern.unless else ""
    return told + order + unless


@st.cache_data(ttl=600, max_entries=4, show_spinner=False)
def _tallies(
    workspace: str,  # noqa: ARG001 - keeps several workspaces of one process apart
    _person: data.Person,
) -> dict[tuple[str, str], data.Tally]:
    """By scheme and term, counted anew each ten minutes."""
    found = data.desk().figures.terms(_person, None, at=data.now())
    return {(one.scheme, one.term): one.tally for one in found}
