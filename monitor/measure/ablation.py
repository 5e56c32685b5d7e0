"""Which ability brings how much: the same material judged with more and more of them, then without one at a time.

The first rows do what keyword systems do: a scheme is said as soon as one of its words is found. Two lists are tried,
since a list made for patterns holds words that say little alone: words of which a pattern asks for nothing else, and
every word that fewer than three schemes share.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from monitor.engine import Engine
from monitor.judging import Judging, judge_text, spoken_cue
from monitor.lexicon import SCHEMES, Lexicon
from monitor.match import Matcher
from monitor.measure.evaluation import BENIGN, Evaluation, Share
from monitor.measure.rooms import JOIN_S, Truth, evaluate_rooms
from monitor.measure.tables import Row
from monitor.records import Cue, Hit, Method, Reading, Role, State
from monitor.store import Step
from monitor.timeline import Span, union


@dataclass(frozen=True, slots=True)
class Room:
    """A labelled room and the steps in which it was judged when it was scanned."""

    truth: Truth
    steps: tuple[Step, ...]
    end_ms: int

    @property
    def has_alternatives(self) -> bool:
        return any(cue.alternatives for step in self.steps for cue in step.cues)


@dataclass(frozen=True, slots=True)
class Ability:
    """One row: what it is called, and what it says of a text and of a room."""

    name: str
    schemes: Callable[[Row], Sequence[str]]
    flags: Callable[[Room], list[dict[str, Any]]]
    listens: bool = False
    """Uses what else the recogniser may have heard: rooms alone have that."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one row gives for one table, or for all rooms; None for what it cannot be measured on."""

    recall: Share
    precision: Share
    false_positives: Share


def ablation(
    judge: Judging, tables: Mapping[str, Iterable[Row]], rooms: Sequence[Room]
) -> list[tuple[str, list[Outcome | None]]]:
    """For each ability its outcomes: one for each table, and one for the rooms where there are any."""
    known = {name: [*rows] for name, rows in tables.items()}
    told: list[tuple[str, list[Outcome | None]]] = []
    for ability in _abilities(judge):
        idle = ability.listens and not any(room.has_alternatives for room in rooms)
        outcomes: list[Outcome | None] = [
            None if ability.listens else _of_table(ability, rows) for rows in known.values()
        ]
        if rooms:
            outcomes.append(None if idle else _of_rooms(judge.lexicon, ability, rooms))
        told.append((ability.name, outcomes))
    return told


def markdown(told: Sequence[tuple[str, Sequence[Outcome | None]]], columns: Sequence[str]) -> str:
    """The table for the documents: recall, precision and false positives, in percent with what they rest on."""
    head = "| | " + " | ".join(columns) + " |"
    lines = [head, "| --- " * (len(columns) + 1) + "|"]
    lines += [f"| {name} | " + " | ".join(map(_cell, outcomes)) + " |" for name, outcomes in told]
    return "\n".join(lines)


def _cell(outcome: Outcome | None) -> str:
    if outcome is None:
        return "–"
    return f"{_said(outcome.recall)} / {_said(outcome.precision)} / {_said(outcome.false_positives)}"


def _said(share: Share) -> str:
    return "–" if share.value is None else f"{100 * share.value:.1f}"


def _abilities(judge: Judging) -> Iterator[Ability]:
    lexicon = judge.lexicon
    enough, any_word = _Words(judge, _sufficient(lexicon)), _Words(judge, lexicon.telling_slots)
    for name, words, methods, listens in (
        ("words that are enough alone, letter for letter", enough, frozenset((Method.EXACT,)), False),
        ("+ normal form and disguises", enough, _WRITTEN, False),
        ("+ sound and split characters", enough, _EVERY, False),
        ("+ other readings of what was heard", enough, _EVERY, True),
        ("every telling word, by every method", any_word, _EVERY, False),
    ):
        yield Ability(name, words.schemes(methods), words.flags(methods, listens=listens), listens)
    patterns = replace(lexicon, learned=None)
    yield _whole("+ schemes", patterns, _CountingAll(patterns))
    yield _whole("+ suppression", patterns, judge.matcher)
    if lexicon.learned:
        yield _whole("+ learned judge", lexicon, judge.matcher)
    for name, methods in (
        ("all but disguises", _EVERY - {Method.VARIANT, Method.GLYPH}),
        ("all but sound", _EVERY - {Method.PHONETIC, Method.FUZZY}),
        ("all but both", frozenset((Method.EXACT,))),
    ):
        poorer = _by(lexicon, methods)
        yield _whole(name, poorer, Matcher(poorer))
    yield _whole("all but suppression", lexicon, _CountingAll(lexicon))


_WRITTEN = frozenset((Method.EXACT, Method.VARIANT))
_EVERY = frozenset((*_WRITTEN, Method.GLYPH, Method.PHONETIC, Method.FUZZY))


def _whole(name: str, lexicon: Lexicon, matcher: Matcher) -> Ability:
    judge = Judging(lexicon, matcher)
    return Ability(name, _judged(judge), _replayed(judge))


def _by(lexicon: Lexicon, methods: frozenset[Method]) -> Lexicon:
    """The lexicon with terms that these methods alone may find."""
    return replace(lexicon, terms=tuple(replace(term, by=term.by & methods) for term in lexicon.terms))


def _sufficient(lexicon: Lexicon) -> dict[str, frozenset[str]]:
    """For each scheme the slots of which one word makes a pattern whole."""
    alone: dict[str, set[str]] = {}
    for scheme, pattern in lexicon.patterns():
        if len(pattern.need) == 1:
            alone.setdefault(scheme, set()).update(pattern.need[0].split("|"))
    return {scheme: frozenset(slots) for scheme, slots in alone.items()}


class _CountingAll(Matcher):
    """A matcher that sets nothing aside."""

    def read(self, cue: Cue, *, before: str = "", after: str = "") -> Reading:
        reading = super().read(cue, before=before, after=after)
        return replace(reading, hits=(*reading.hits, *(s.hit for s in reading.suppressed)), suppressed=())


class _Words:
    """Judging by single words: whatever is found in a scheme's slots is said, whatever stands around it."""

    def __init__(self, judge: Judging, slots_of: Mapping[str, frozenset[str]]) -> None:
        self._matcher = judge.matcher
        self._schemes: dict[str, list[str]] = {}
        for scheme, slots in slots_of.items():
            for slot in slots:
                self._schemes.setdefault(slot, []).append(scheme)

    def schemes(self, methods: frozenset[Method]) -> Callable[[Row], Sequence[str]]:
        def said(row: Row) -> Sequence[str]:
            found = self._found(spoken_cue(0, row.text, row.channel), methods)
            return sorted({scheme for scheme, _ in found})

        return said

    def flags(self, methods: frozenset[Method], *, listens: bool) -> Callable[[Room], list[dict[str, Any]]]:
        def said(room: Room) -> list[dict[str, Any]]:
            spans: dict[str, list[Span]] = {scheme: [] for scheme in SCHEMES}
            for cue in _last_told(room):
                readings = (cue.text, *(cue.alternatives if listens else ()))
                for text in readings:
                    heard = cue if text == cue.text else replace(cue, text=text, words=())
                    for scheme, hit in self._found(heard, methods):
                        spans[scheme].append(hit.span)
            return [
                _flag(room, scheme, span)
                for scheme, some in spans.items()
                for span in union(some, join_ms=round(JOIN_S * 1000))
            ]

        return said

    def _found(self, cue: Cue, methods: frozenset[Method]) -> Iterator[tuple[str, Hit]]:
        reading = self._matcher.read(cue)
        for hit in (*reading.hits, *(s.hit for s in reading.suppressed)):
            literal = methods == {Method.EXACT} and hit.raw != hit.term
            if hit.method in methods and not literal:
                yield from ((scheme, hit) for scheme in self._schemes.get(hit.slot, ()))


def _last_told(room: Room) -> list[Cue]:
    """What the room's host said and showed, each cue as it was told last."""
    told = {cue.cue_id: cue for step in room.steps for cue in step.cues}
    return [cue for cue in told.values() if cue.role != Role.VIEWER]


def _judged(judge: Judging) -> Callable[[Row], Sequence[str]]:
    return lambda row: judge_text(judge, row.text, row.channel).schemes


def _replayed(judge: Judging) -> Callable[[Room], list[dict[str, Any]]]:
    def said(room: Room) -> list[dict[str, Any]]:
        engine = Engine(judge.lexicon, judge.matcher, stream_key=room.truth.room)
        flags: list[dict[str, Any]] = []
        for step in room.steps:
            for cue in step.cues:
                engine.feed(cue)
            told = engine.finish(room.end_ms) if step.watermark_ms is None else engine.advance(step.watermark_ms)
            flags += [_flag(room, v.scheme, v.span) for v in told if v.state == State.CLOSED and not v.candidate]
        return flags

    return said


def _flag(room: Room, scheme: str, span: Span) -> dict[str, Any]:
    return {"room": room.truth.room, "scheme": scheme, "start_s": span.start_s, "end_s": span.end_s}


def _of_table(ability: Ability, rows: Sequence[Row]) -> Outcome:
    said = [(row.scheme, ability.schemes(row)) for row in rows]
    given = sum(len(schemes) for _, schemes in said)
    right = sum(scheme in schemes for scheme, schemes in said)
    benign = [schemes for scheme, schemes in said if scheme == BENIGN]
    return Outcome(
        Share(right, len(said) - len(benign)), Share(right, given), Share(sum(map(bool, benign)), len(benign))
    )


def _of_rooms(lexicon: Lexicon, ability: Ability, rooms: Sequence[Room]) -> Outcome:
    flags = [flag for room in rooms for flag in ability.flags(room)]
    evaluation: Evaluation = evaluate_rooms(lexicon, [room.truth for room in rooms], flags)
    return Outcome(evaluation.recall, evaluation.precision, evaluation.false_positives)
