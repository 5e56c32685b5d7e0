"""What a host denies, warns of, reads out from a viewer, or tells of others: terms there accuse nobody."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from monitor.lexicon.model import DenialsFile
from monitor.match.clauses import ENDS, Clause, clause_at, clauses_of
from monitor.match.frames import Framed, framed, opening, word_list
from monitor.match.phrases import PhraseLists, Range
from monitor.text.normal import QUESTION

_BEHIND = 30
"""Characters over which a warning reaches back, and ahead, within the clause or into the next one."""
_QUESTION_REACH = 45
_THREATENING = ("再", "还", "又", "谁", "要是", "如果", "凡是")
"""Before `有人问` these make a threat of it: 再有人问就踢."""
_FILLER_RUN = 5
_SAME_BREATH = 10
"""Characters after a term within which it may be denied: 那种, 这一套 and the like stand between."""
_LISTS = ("denied_behind", "warnings_ahead", "warnings_behind", "questions", "question_ends", "bans", "threats")


@dataclass(frozen=True, slots=True)
class _Told:
    """What one text says of its own words, found once for all findings in it."""

    text: str
    clauses: Sequence[Clause]
    found: Mapping[str, Sequence[Range]]
    framed: tuple[Framed, ...]


class DenialFinder:
    """Tells for each range of a normal text whether it is denied, and how."""

    def __init__(self, denials: DenialsFile) -> None:
        self._d = denials
        self._fillers = frozenset(denials.fillers)
        self._filler_sizes = sorted({len(filler) for filler in self._fillers}, reverse=True)
        lists: dict[str, Iterable[str]] = {name: getattr(denials, name) for name in _LISTS}
        lists |= {word_list(name): phrases for name, phrases in denials.words.items()}
        lists |= {opening(frame): frame.opens for frame in denials.frames}
        self._lists = PhraseLists(lists)
        self._told = _Told("", (), {}, ())

    def reason(self, text: str, start: int, end: int) -> str:
        """Why `start:end` accuses nobody, in a word or two; empty when it may."""
        told = self._tell(text)
        here = clause_at(told.clauses, start)
        if here is None:
            return ""
        if not self._taken_back(told, end) and (
            self._negated(told, told.clauses[here].start, start) or _denied_behind(told, end, told.clauses[here].end)
        ):
            return "denial"
        if self._asked(told, here, start):
            return "viewer's question"
        if self._refused(told, here):
            return "question refused"
        if _warned(told, here, start, end):
            return "warning"
        return next((frame.reason for frame in told.framed if frame.start <= start and end <= frame.end), "")

    def _tell(self, text: str) -> _Told:
        told = self._told
        if told.text != text:
            found = self._lists.find(text)
            told = _Told(text, clauses_of(text), found, framed(self._d.frames, text, found))
            self._told = told  # findings of one text come in a row
        return told

    def _taken_back(self, told: _Told, end: int) -> bool:
        """A wink behind it makes a denial an offer: 不叫返现，懂的都懂."""
        return any(s >= end for name in self._d.taken_back for s, _ in told.found.get(word_list(name), ()))

    def _negated(self, told: _Told, clause_start: int, start: int) -> bool:
        head = told.text[clause_start:start]
        for _ in range(_FILLER_RUN):
            if head.endswith(self._d.not_negators):
                return False
            if head.endswith(self._d.negators):
                last = clause_start + len(head)
                return not any(e == last and _threat_follows(told, s) for s, e in told.found.get("bans", ()))
            filler = next((size for size in self._filler_sizes if head[-size:] in self._fillers), 0)
            if not filler:
                return False
            head = head[:-filler]
        return False

    def _asked(self, told: _Told, here: int, start: int) -> bool:
        """Inside a question that the host reads out, from `有人问` to where the question ends."""
        clauses, questions = told.clauses, told.found.get("questions", ())
        for first in range(here, max(-1, here - 3), -1):
            clause = clauses[first]
            opened = max((at for at, e in questions if clause.start <= at and e <= clause.end), default=-1)
            if opened < 0 or opened > start or start - opened > _QUESTION_REACH or _threatens(told, opened):
                continue
            if first == here:
                return True
            return not any(_asks(told, clauses[i]) for i in range(first, here)) and _asks(told, clauses[here])
        return False

    def _refused(self, told: _Told, here: int) -> bool:
        """A question that the next clause answers with no."""
        if here + 1 >= len(told.clauses) or not _asks(told, told.clauses[here]):
            return False
        return told.text.startswith(self._d.refusals, told.clauses[here + 1].start, told.clauses[here + 1].end)


def _denied_behind(told: _Told, end: int, clause_end: int) -> bool:
    """The host names a thing and says in the same breath that it is not done here."""
    last = min(clause_end, end + _SAME_BREATH)
    return any(end <= s and e <= last for s, e in told.found.get("denied_behind", ()))


def _warned(told: _Told, here: int, start: int, end: int) -> bool:
    clauses = told.clauses
    first, last = here, here
    if here > 0 and clauses[here - 1].mark not in ENDS:
        first -= 1
    if here + 1 < len(clauses) and clauses[here].mark not in ENDS:
        last += 1
    earliest, latest = max(clauses[first].start, start - _BEHIND), min(clauses[last].end, end + _BEHIND)
    ahead = (at for at, e in told.found.get("warnings_ahead", ()) if earliest <= at and e <= start)
    if any(not _own_ban(told, at) for at in ahead):
        return True
    return any(end <= at and e <= latest for at, e in told.found.get("warnings_behind", ()))


def _own_ban(told: _Told, at: int) -> bool:
    """The host's own ban, with what happens to who breaks it: 严禁提问，违者踢出."""
    return any(s == at for s, _ in told.found.get("bans", ())) and _threat_follows(told, at)


def _threatens(told: _Told, opened: int) -> bool:
    """`有人问` is no question read out where it is a condition: 再有人问就踢, 有人问成分的一律禁言."""
    return told.text[:opened].endswith(_THREATENING) or _threat_follows(told, opened)


def _threat_follows(told: _Told, at: int) -> bool:
    here = clause_at(told.clauses, at)
    if here is None:
        return False
    sentence = told.clauses[here].sentence
    last = max(clause.end for clause in told.clauses if clause.sentence == sentence)
    return any(at <= s and e <= last for s, e in told.found.get("threats", ()))


def _asks(told: _Told, clause: Clause) -> bool:
    ends = told.found.get("question_ends", ())
    return clause.mark == QUESTION or any(clause.start <= s and e <= clause.end for s, e in ends)
