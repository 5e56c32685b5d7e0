"""`explain`: why one text was judged as it was, for word editors, in Chinese or as JSON."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable

from monitor.cli.show import out
from monitor.config import Settings
from monitor.errors import UsageError
from monitor.explaining import Explanation, Fired, FoundWord, Nearest, explain
from monitor.judging import CHANNELS, judging

_IN_FULL = 3
"""Schemes whose nearest pattern is told in full; the others stand in one line."""
_IN_FULL_BESIDE_FLAG = 1
"""The same where a flag says already what the text is about."""
_WORTH_SAYING = 0.05
"""Certainty of the learned judge below which a scheme is not worth a line."""


def explain_text(text: str, channel: str, settings: Settings, *, as_json: bool = False) -> None:
    """Print the explanation. Raises UsageError on an unknown channel, DataError on a wrong lexicon."""
    where = CHANNELS.get(channel)
    if where is None:
        raise UsageError(f"channel `{channel}` is unknown", todo=f"one of {', '.join(CHANNELS)}")
    explanation = explain(judging(settings.lexicons), text, where)
    if as_json:
        sys.stdout.write(json.dumps(explanation.as_data(), ensure_ascii=False) + "\n")
    else:
        _print(explanation)


def _print(told: Explanation) -> None:
    if all(fired.candidate for fired in told.fired):
        _line("没有线索" + ("，只有候选" if told.fired else "：这段话不会被标出来"), style="bold")
    for fired in told.fired:
        _print_fired(fired)
    if told.nothing_found:
        _line("词库里没有一个词出现在这段话里")
    for price in told.prices:
        _line(f"价格账本：{price.sentence}")
    if told.set_aside:
        _line("找到了但不算数：", style="bold")
        for (raw, why), words in _together((a.word, a.sentence) for a in told.set_aside):
            _line(f"  “{raw}”{why}（{_slots(words)}）")
    if told.unused:
        _line("找到了，但没有促成线索：", style="bold")
        for (raw, how), words in _together((word, _how(word)) for word in told.unused):
            _line(f"  “{raw}” {how}：{'；'.join(word.slot_about for word in words)}（{_slots(words)}）")
    _print_nearest(told)
    likely = [o for o in told.opinions if o.certainty >= _WORTH_SAYING] or [*told.opinions[:1]]
    if likely:
        _line("模型按措辞的看法：", style="bold")
    for opinion in likely:
        because = f"，看重“{'”“'.join(opinion.words)}”" if opinion.words else ""
        _line(f"  {opinion.name} {opinion.certainty:.2f}{because}")


def _print_fired(fired: Fired) -> None:
    _line(
        f"{'候选' if fired.candidate else '线索'}：{fired.name}（{fired.scheme}），得分 {fired.score:.2f}", style="bold"
    )
    if fired.why_candidate:
        _line(f"  只是候选：{fired.why_candidate}")
    for pattern in fired.patterns:
        _line(f"  {pattern.about}（{pattern.pattern}）")
    for word in fired.words:
        _line(f"    {_word(word)}")
    for weighed in fired.weighed:
        _line(f"    模型看重“{weighed.raw}”")
    for fact in fired.facts:
        _line(f"  依据：{fact}")


def _print_nearest(told: Explanation) -> None:
    worth = [near for near in told.nearest if not near.common] or ([*told.nearest] if not told.fired else [])
    if not worth:
        return
    _line("还差什么才会成为线索：" if any(near.filled for near in worth) else "要这样说才会成为线索：", style="bold")
    flagged = any(not fired.candidate for fired in told.fired)
    full = worth[: _IN_FULL_BESIDE_FLAG if flagged else _IN_FULL]
    for near in full:
        _print_near(near)
    rest = "、".join(near.name for near in told.nearest if near not in full)
    if rest:
        _line(f"  其余方案离得更远：{rest}（全文见 --json）", style="dim")


def _print_near(near: Nearest) -> None:
    _line(f"  {near.name}：{near.about}（{near.pattern}）")
    for filled in near.filled:
        _line(f"    已有 {_word(filled.word)}" + (f"，但{filled.set_aside}" if filled.set_aside else ""))
    for lacking in near.lacking:
        _line(f"    还缺 {lacking.about}（{lacking.need}），例如 {'、'.join(lacking.samples)}")
    for hindrance in near.hindrances:
        _line(f"    不成 {hindrance}")


def _word(word: FoundWord) -> str:
    return f"“{word.raw}” {word.slot_about}（{word.slot}），{_how(word)}"


def _how(word: FoundWord) -> str:
    return f"{word.method_name} {word.score:.2f}" + (f"，{word.how}" if word.how else "")


def _together(told: Iterable[tuple[FoundWord, str]]) -> Iterable[tuple[tuple[str, str], list[FoundWord]]]:
    """Words that are told alike in one line: one place often fills several slots."""
    groups: dict[tuple[str, str], list[FoundWord]] = {}
    for word, sentence in told:
        groups.setdefault((word.raw, sentence), []).append(word)
    return groups.items()


def _slots(words: Iterable[FoundWord]) -> str:
    return "、".join(dict.fromkeys(word.slot for word in words))


def _line(text: str, style: str = "") -> None:
    out.print(text, markup=False, soft_wrap=True, style=style)
