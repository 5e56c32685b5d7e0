"""Labelled tables: each row judged by itself as the host's words, and held against its label."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from monitor.errors import InputError, UsageError
from monitor.explaining import Explanation, explain
from monitor.judging import CHANNELS, Judgement, Judging, judge_text
from monitor.lexicon import SCHEMES
from monitor.measure.evaluation import BENIGN, Evaluation, Given, Labelled, deciding_method, named, surest
from monitor.records import Channel, Violation

_MOST_WORDS = 8
_SURE_ENOUGH = 0.05
"""Certainty of the learned judge from which it is worth telling."""


@dataclass(frozen=True, slots=True)
class Row:
    """One labelled text."""

    name: str
    channel_name: str
    """As the table has it: `short_video`, `danmaku_host`."""
    scheme: str
    text: str

    @property
    def channel(self) -> Channel:
        return CHANNELS[self.channel_name]


def read_table(path: Path, only: Mapping[str, str] | None = None) -> list[Row]:
    """The rows of a tab-separated table with columns id, channel, scheme and text; with `only` those that have these
    values in these columns. Raises UsageError for a wrong table, InputError for one that cannot be read.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as source:
            reader = csv.DictReader(source, delimiter="\t", quoting=csv.QUOTE_NONE)
            missing = {"id", "channel", "scheme", "text", *(only or ())} - set(reader.fieldnames or ())
            if missing:
                raise UsageError(
                    f"no column {', '.join(sorted(missing))}", where=path, todo="name id, channel, scheme, text first"
                )
            return [*_rows(path, reader, only or {})]
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"cannot be read ({error})", where=path) from error


def _rows(path: Path, reader: Iterable[Mapping[str, str]], only: Mapping[str, str]) -> Iterator[Row]:
    for number, row in enumerate(reader, start=2):
        if any(row[name] != value for name, value in only.items()):
            continue
        channel, scheme = (row["channel"] or "").strip(), (row["scheme"] or "").strip()
        if channel not in CHANNELS:
            raise UsageError(
                f"channel `{channel}` is unknown", where=f"{path}:{number}", todo=f"one of {', '.join(CHANNELS)}"
            )
        if scheme not in (*SCHEMES, BENIGN):
            raise UsageError(
                f"scheme `{scheme}` is unknown", where=f"{path}:{number}", todo=f"{BENIGN} or {', '.join(SCHEMES)}"
            )
        yield Row(row["id"], channel, scheme, row["text"] or "")


def evaluate_table(judge: Judging, name: str, rows: Iterable[Row], *, explained: bool = True) -> Evaluation:
    """Every row judged; with `explained`, misses and false alarms say why."""
    labelled: list[Labelled] = []
    given: list[Given] = []
    for row in rows:
        judgement = judge_text(judge, row.text, row.channel)
        said = [_given(judge, row, violation) for violation in judgement.violations]
        wrong = any(not one.right and not one.candidate for one in said)
        missed = row.scheme not in (*judgement.schemes, BENIGN)
        told = explain(judge, row.text, row.channel) if explained and (wrong or missed) else None
        given += [_with_reasons(one, told) for one in said]
        labelled.append(_labelled(row, judgement, said, told if missed else None))
    return Evaluation(name, tuple(labelled), tuple(given))


def _given(judge: Judging, row: Row, violation: Violation) -> Given:
    return Given(
        name=row.name,
        channels=(row.channel_name,),
        scheme=violation.scheme,
        score=violation.score,
        candidate=violation.candidate,
        right=violation.scheme == row.scheme,
        method=deciding_method(judge.lexicon, violation.scheme, ((h.slot, h.method.value) for h in violation.hits)),
        words=tuple(dict.fromkeys(hit.raw for hit in violation.hits))[:_MOST_WORDS],
        text=row.text,
        truth=row.scheme,
    )


def _labelled(row: Row, judgement: Judgement, said: list[Given], told: Explanation | None) -> Labelled:
    benign = row.scheme == BENIGN
    own = [*(said if benign else named(said, row.scheme))]
    found = next((one for one in own if not one.candidate), None)
    return Labelled(
        name=row.name,
        channels=(row.channel_name,),
        scheme=row.scheme,
        text=row.text,
        found=not benign and found is not None,
        any_found=bool(judgement.schemes),
        score=surest(own),
        method=found.method if found and not benign else "",
        why=tuple(_why_missed(row.scheme, told)) if told else (),
    )


def _with_reasons(one: Given, told: Explanation | None) -> Given:
    if told is None or one.right or one.candidate:
        return one
    return replace(one, why=tuple(_why_wrong(one, told)))


def _why_missed(scheme: str, told: Explanation) -> Iterator[str]:
    """What was said instead, what was found or set aside, what the nearest pattern lacked, what the model thinks."""
    for fired in told.fired:
        if fired.candidate and fired.scheme == scheme:
            yield f"只是候选（{fired.score:.2f}）：{fired.why_candidate}"
        elif not fired.candidate:
            yield f"判成了 {fired.scheme}（{fired.score:.2f}）"
    if not any(near.scheme == scheme and near.filled for near in told.nearest):
        found = list(dict.fromkeys(f"「{word.raw}」" for word in told.unused))
        yield "这种方案的词一个也没有命中" + (f"，只有 {'、'.join(found[:_MOST_WORDS])}" if found else "")
    for near in told.nearest:
        if near.scheme != scheme:
            continue
        filled = "、".join(f"「{part.word.raw}」" for part in near.filled) or "无"
        lacking = "；".join(f"{part.need}（如 {'、'.join(part.samples)}）" for part in near.lacking)
        yield f"最近的模式 {near.pattern}：已有 {filled}" + (f"，缺 {lacking}" if lacking else "")
        yield from (f"「{part.word.raw}」不计：{part.set_aside}" for part in near.filled if part.set_aside)
        yield from near.hindrances
    aside = list(dict.fromkeys(f"「{one.word.raw}」{one.sentence}" for one in told.set_aside))
    if aside:
        yield "不计的词：" + "；".join(aside[:_MOST_WORDS])
    yield from _opinion(scheme, told)


def _why_wrong(one: Given, told: Explanation) -> Iterator[str]:
    for fired in told.fired:
        if fired.scheme == one.scheme:
            yield from (f"模式 {pattern.pattern}：{pattern.about}" for pattern in fired.patterns)
            yield from (
                f"「{word.raw}」{word.slot}（{word.method_name} {word.score:.2f}）"
                for word in fired.words[:_MOST_WORDS]
            )
            if fired.weighed:
                yield "模型看重：" + "、".join(word.raw for word in fired.weighed)
            yield from fired.facts
    yield from _opinion(one.scheme, told)


def _opinion(scheme: str, told: Explanation) -> Iterator[str]:
    for opinion in told.opinions:
        if opinion.scheme == scheme:
            words = f"，因为 {'、'.join(opinion.words)}" if opinion.words and opinion.certainty >= _SURE_ENOUGH else ""
            yield f"模型的把握 {opinion.certainty:.2f}{words}"
