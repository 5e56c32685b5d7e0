"""Frames: stretches of talk that tell of cheating and do none: a warning, a rule quoted, what others did, what is past.

Something opens a frame (`凡是叫你`, `去年有人教我`), something judges what it tells (`都是骗子`, `我不干`). The words
between accuse nobody, unless the speaker takes it back (`懂的都懂`): then the frame is a wink and sets nothing aside.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from monitor.lexicon.model import FrameEntry
from monitor.match.clauses import Clause, clause_at, clauses_of
from monitor.match.phrases import Range

_OTHERS = ("reported", "past")
"""Kinds of frames whose judgement is the speaker's own word again, and counts: 别家问一句就踢，我们随便问."""


@dataclass(frozen=True, slots=True)
class Framed:
    """A range of a normal text that accuses nobody, and why."""

    start: int
    end: int
    reason: str


def framed(frames: Sequence[FrameEntry], text: str, found: Mapping[str, Sequence[Range]]) -> tuple[Framed, ...]:
    """The frames of a text. `found` has the places of each frame's openings, under its name, and of each word list."""
    return tuple(stretch for frame in frames if found.get(opening(frame)) for stretch in _stretches(frame, text, found))


def opening(frame: FrameEntry) -> str:
    """The name under which a frame's openings are searched."""
    return f"opens {frame.name}"


def word_list(name: str) -> str:
    """The name under which a list of `words` is searched."""
    return f"words {name}"


def _stretches(frame: FrameEntry, text: str, found: Mapping[str, Sequence[Range]]) -> Iterator[Framed]:
    clauses = clauses_of(text)
    cancels = [place for name in frame.cancels for place in found.get(word_list(name), ())]
    for start, opened in found[opening(frame)]:
        first = clause_at(clauses, start)
        if first is None:
            continue
        last = clauses[_reach(frame, clauses, first)].end
        told_by, until = opened, last
        if frame.judged:
            places = (place for name in frame.judged for place in found.get(word_list(name), ()))
            judged = [(e, s) for s, e in places if start <= s and e <= min(last, start + frame.within)]
            if not judged:
                continue
            told_by, judgement = max(judged)
            until = told_by if frame.reason not in _OTHERS else max(opened, judgement)
            if frame.onward:
                until = min(_sentence_end(clauses, told_by), start + 2 * frame.within)
        if any(cancel >= told_by for cancel, _ in cancels):
            continue
        begin = start if frame.judged else opened  # a term that holds the denying word itself is not denied by it
        yield Framed(_begin(frame, clauses, first, begin), until, f"{frame.reason} {frame.name}")


def _begin(frame: FrameEntry, clauses: Sequence[Clause], first: int, begin: int) -> int:
    if not frame.back:
        return begin
    earliest = clauses[first].sentence - (frame.back == "previous")
    return next(clause.start for clause in clauses if clause.sentence >= earliest)


def _sentence_end(clauses: Sequence[Clause], at: int) -> int:
    here = next(clause for clause in clauses if at <= clause.end)
    return max(clause.end for clause in clauses if clause.sentence == here.sentence)


def _reach(frame: FrameEntry, clauses: Sequence[Clause], first: int) -> int:
    """Index of the last clause that the frame may reach."""
    if frame.reach == "clause":
        return first
    farthest = clauses[first].sentence + {"sentence": 0, "next": 2, "text": len(clauses)}[frame.reach]
    return max(i for i, clause in enumerate(clauses) if clause.sentence <= farthest)
