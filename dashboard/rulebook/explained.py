"""One text tried: what is found in it and how, what does not count and why, and what it comes to."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import pandas as pd
import streamlit as st

from dashboard import data
from dashboard.rulebook.waiting import awaited
from dashboard.texts import NONE, plain_markdown, plain_text, scheme_name

_CHANNELS = {"speech": "口播", "screen": "画面文字", "chat": "弹幕", "message": "私信"}
_ASKED = "_rules_asked"
_FLAG, _ASIDE, _OTHER = "orange", "gray", "blue"
_NEAR_IN_FULL = 3
_WORTH_SAYING = 0.05
_LONGEST = 2000


def show(person: data.Person) -> None:
    with st.form("say", border=False):
        text = st.text_area(
            "写一句主播说的、画面上的或弹幕里的话", max_chars=_LONGEST, height=96, key="say-text",
            placeholder="例如：老粉先拍，拍完九点统一退，别提前退",
        )  # fmt: skip
        with st.container(horizontal=True, vertical_alignment="center"):
            channel = st.segmented_control(
                "来源", list(_CHANNELS), format_func=_CHANNELS.__getitem__, default="speech", required=True,
                key="say-channel", label_visibility="collapsed",
            )  # fmt: skip
            pressed = st.form_submit_button("看看怎么判", type="primary")
    if pressed and text and text.strip():
        try:
            st.session_state[_ASKED] = data.desk().rulebook.explain(person, text.strip(), channel or "speech")
        except data.RefusedError as error:
            st.session_state.pop(_ASKED, None)
            st.error(error.what)
    elif pressed:
        st.session_state.pop(_ASKED, None)
        st.text("先写一句话。")
    if (future := st.session_state.get(_ASKED)) is None:
        st.caption("这里只判这一句，不存下来，也不看它前后还说了什么、商品清单和直播间的历史。")
        return
    told = awaited(future, "正在看这一句，词库第一次用要装半分钟左右……")
    if told is not None:
        _explained(told)


def _explained(told: data.Explanation) -> None:
    with st.container(border=True, key="said"):
        st.markdown(highlighted(told), width="stretch")
    st.caption("橙色：促成下面的结论；灰色：找到了但不算；蓝色：认出来了，没有促成什么。")
    if all(fired.candidate for fired in told.fired):
        st.subheader("没有线索，只有候选" if told.fired else "没有线索：这句话不会被标出来")
    for fired in told.fired:
        _fired(fired)
    if told.nothing_found:
        st.text("词库里没有一个词出现在这句话里。")
    for price in told.prices:
        st.text(f"价格账本：{plain_text(price.sentence)}")
    if told.set_aside:
        st.markdown("**找到了但不算**")
        _words([one.word for one in told.set_aside], why=[one.sentence for one in told.set_aside])
    if told.unused:
        st.markdown("**找到了，没有促成线索**")
        _words(told.unused)
    _nearest(told)
    _opinions(told)


def highlighted(told: data.Explanation) -> str:
    """The text as Markdown in which nothing of its own means anything, with what was found in colour."""
    colours = [""] * len(told.text)
    for colour, words in (
        (_ASIDE, [one.word for one in told.set_aside]),
        (_OTHER, told.unused),
        (_FLAG, [word for fired in told.fired for word in fired.words]),
    ):
        for word in words:
            colours[word.start : word.end] = [colour] * len(colours[word.start : word.end])
    return "".join(_runs(told.text, colours))


def _runs(text: str, colours: Sequence[str]) -> Iterator[str]:
    start = 0
    for at in range(1, len(text) + 1):
        if at < len(text) and colours[at] == colours[start]:
            continue
        piece, colour = text[start:at], colours[start]
        plain = plain_markdown(piece, longest=_LONGEST)
        # Spaces at the ends go with what cannot be seen, yet words must not run together.
        before, behind = " " if piece[:1].isspace() else "", " " if piece[-1:].isspace() and plain else ""
        yield f"{before}:{colour}-background[{plain}]{behind}" if colour and plain else f"{before}{plain}{behind}"
        start = at


def _fired(fired: data.Fired) -> None:
    kind, colour = ("候选", "gray") if fired.candidate else ("线索", "orange")
    with st.container(border=True):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.badge(kind, color=colour)  # type: ignore[arg-type]
            st.markdown(f"**{plain_markdown(scheme_name(fired.scheme))}**　把握 {fired.score:.2f}", width="content")
        lines = [f"只是候选：{fired.why_candidate}"] if fired.why_candidate else []
        lines += [pattern.about for pattern in fired.patterns]
        lines += [f"依据：{fact}" for fact in fired.facts]
        if fired.weighed:
            lines.append("模型看重" + "".join(f"“{plain_text(word.raw)}”" for word in fired.weighed))
        st.text("\n".join(map(plain_text, lines)))
        if fired.words:
            _words(fired.words)


def _words(words: Sequence[data.FoundWord], why: Sequence[str] = ()) -> None:
    """One place that serves several slots is one row."""
    slots: dict[tuple[str, str, str, str, float], dict[str, None]] = {}
    for word, reason in zip(words, why or [""] * len(words), strict=True):
        row = plain_text(word.raw), reason, data.term_text(word.term), _how(word), word.score
        slots.setdefault(row, {})[word.slot_about] = None
    columns = {
        "原文": [row[0] for row in slots],
        "为什么不算": [row[1] for row in slots],
        "词条": [row[2] for row in slots],
        "词栏": ["；".join(abouts) for abouts in slots.values()],
        "怎么认出的": [row[3] for row in slots],
        "把握": [row[4] for row in slots],
    }
    del columns["把握" if why else "为什么不算"]
    st.dataframe(
        pd.DataFrame(columns),
        hide_index=True,
        height="content" if len(slots) <= 10 else 380,
        placeholder=NONE,
        alt="找到的词",
        column_config={
            "词栏": st.column_config.TextColumn(width="large"),
            "把握": st.column_config.NumberColumn(format="%.2f", width=70),
        },
    )


def _how(word: data.FoundWord) -> str:
    return word.method_name + (f"：{plain_text(word.how)}" if word.how else "")


def _nearest(told: data.Explanation) -> None:
    worth = [near for near in told.nearest if not near.common] or ([*told.nearest] if not told.fired else [])
    if not worth:
        return
    title = "还差什么才会成为线索" if any(near.filled for near in worth) else "要这样说才会成为线索"
    with st.expander(title, expanded=not told.fired):
        for near in worth[:_NEAR_IN_FULL]:
            st.text("\n".join(map(plain_text, _near(near))))


def _near(near: data.Nearest) -> Iterable[str]:
    yield f"{scheme_name(near.scheme)}：{near.about}"
    for filled in near.filled:
        but = f"，但{filled.set_aside}" if filled.set_aside else ""
        yield f"　已有 “{filled.word.raw}” {filled.word.slot_about}{but}"
    for lacking in near.lacking:
        yield f"　还缺 {lacking.about}，例如 {'、'.join(map(data.term_text, lacking.samples))}"
    for hindrance in near.hindrances:
        yield f"　不成 {hindrance}"


def _opinions(told: data.Explanation) -> None:
    likely = [one for one in told.opinions if one.certainty >= _WORTH_SAYING] or [*told.opinions[:1]]
    if not likely:
        return
    with st.expander("模型按措辞的看法"):
        for one in likely:
            because = f"，看重“{'”“'.join(map(plain_text, one.words))}”" if one.words else ""
            st.text(f"{scheme_name(one.scheme)} {one.certainty:.2f}{because}")
