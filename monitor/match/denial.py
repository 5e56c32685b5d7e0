"""What a host denies, warns of, or reads out from a viewer: terms there accuse nobody."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from monitor.lexicon.model import DenialsFile
from monitor.text.normal import MARKS, QUESTION, SENTENCE

_BEHIND = 30
"""Characters over which a warning reaches back, and ahead, within the clause or into the next one."""
_ENDS = (SENTENCE, QUESTION)
_QUESTION_REACH = 45
_THREATENING = ("再", "还", "又", "谁", "要是", "如果", "凡是")
"""Before `有人问` these make a threat of it: 再有人问就踢."""
_FILLER_RUN = 5
_SAME_BREATH = 10
"""Characters after a term within which it may be denied: 那种, 这一套 and the like stand between."""


@dataclass(frozen=True, slots=True)
class _Clause:
    start: int
    end: int
    mark: str


class DenialFinder:
    """Tells for each range of a normal text whether it is denied, and how."""

    def __init__(self, denials: DenialsFile) -> None:
        self._d = denials
        self._fillers = tuple(sorted(denials.fillers, key=len, reverse=True))

    def reason(self, text: str, start: int, end: int) -> str:
        """Why `start:end` accuses nobody, in a word or two; empty when it may."""
        clauses = _clauses(text)
        here = next((i for i, clause in enumerate(clauses) if clause.start <= start < clause.end + 1), None)
        if here is None:
            return ""
        if self._negated(text, clauses[here].start, start) or self._denied_behind(text, end, clauses[here].end):
            return "denial"
        if self._asked(text, clauses, here, start):
            return "viewer's question"
        if self._refused(text, clauses, here):
            return "question refused"
        return "warning" if self._warned(text, clauses, here, start, end) else ""

    def _negated(self, text: str, clause_start: int, start: int) -> bool:
        head = text[clause_start:start]
        for _ in range(_FILLER_RUN):
            if head.endswith(self._d.not_negators):
                return False
            if head.endswith(self._d.negators):
                return True
            filler = next((f for f in self._fillers if head.endswith(f)), None)
            if filler is None:
                return False
            head = head[: -len(filler)]
        return False

    def _denied_behind(self, text: str, end: int, clause_end: int) -> bool:
        """The host names a thing and says in the same breath that it is not done here."""
        after = text[end : min(clause_end, end + _SAME_BREATH)]
        return any(phrase in after for phrase in self._d.denied_behind)

    def _warned(self, text: str, clauses: Sequence[_Clause], here: int, start: int, end: int) -> bool:
        first, last = here, here
        if here > 0 and clauses[here - 1].mark not in _ENDS:
            first -= 1
        if here + 1 < len(clauses) and clauses[here].mark not in _ENDS:
            last += 1
        before = text[max(clauses[first].start, start - _BEHIND) : start]
        after = text[end : min(clauses[last].end, end + _BEHIND)]
        return any(w in before for w in self._d.warnings_ahead) or any(w in after for w in self._d.warnings_behind)

    def _asked(self, text: str, clauses: Sequence[_Clause], here: int, start: int) -> bool:
        """Inside a question that the host reads out, from `有人问` to where the question ends."""
        for first in range(here, max(-1, here - 3), -1):
            clause = clauses[first]
            opened = max(
                (clause.start + at for q in self._d.questions if (at := text[clause.start : clause.end].find(q)) >= 0),
                default=-1,
            )
            if opened < 0 or opened > start or text[:opened].endswith(_THREATENING) or start - opened > _QUESTION_REACH:
                continue
            if first == here:
                return True
            return not any(self._asks(text, clauses[i]) for i in range(first, here)) and self._asks(text, clauses[here])
        return False

    def _asks(self, text: str, clause: _Clause) -> bool:
        return clause.mark == QUESTION or any(e in text[clause.start : clause.end] for e in self._d.question_ends)

    def _refused(self, text: str, clauses: Sequence[_Clause], here: int) -> bool:
        """A question that the next clause answers with no."""
        if not self._asks(text, clauses[here]) or here + 1 >= len(clauses):
            return False
        answer = text[clauses[here + 1].start : clauses[here + 1].end]
        return answer.startswith(self._d.refusals)


@lru_cache(maxsize=16)
def _clauses(text: str) -> tuple[_Clause, ...]:
    """The clauses of a text; remembered, since every finding of a cue asks for those of the same text."""
    return tuple(_split(text))


def _split(text: str) -> Iterator[_Clause]:
    start = 0
    for at, character in enumerate(text):
        if character in MARKS:
            yield _Clause(start, at, character)
            start = at + 1
    if start < len(text):
        yield _Clause(start, len(text), "")
