"""What the learned judge says of a stream as it goes: of each firing, and of stretches in which no pattern fired."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from itertools import pairwise

from monitor.judge.firing import CANDIDATE_SCORE, Firing
from monitor.judge.learned import LearnedJudge, Logits
from monitor.lexicon import SCHEMES, Lexicon
from monitor.records import DOUBTED_SCORE, Channel, Cue, Hit, Method, Reading, Role, Trait

PATTERN = "learned"
"""Name under which the learned judge's own firings stand among patterns."""
SLOT = "learned"
"""Slot of the words that weighed most."""
_LONGEST = 3
"""Sentences of the longest stretch that is weighed as one."""
_REACH_MS = 12_000
"""From the first sentence's start to the last one's: the reach of most patterns."""
_SAYS_MORE = 0.08
"""By how much a stretch must be surer than each of its parts to count beside them."""
_LEAST = 0.3
"""Certainty below which nothing is recorded."""
_ALONE = 0.8
"""Certainty from which the model accuses without a pattern, if at least one telling word of the lexicon supports it.
Chosen on the corpus' held-back fifth: a little over two in a hundred look-alikes are flagged so."""
_NEVER = 1.01
"""Without any such word it names a candidate, never a flag."""


class Opinions:
    """The learned judge on one stream; without weights it has no opinion and changes nothing."""

    def __init__(self, lexicon: Lexicon) -> None:
        self._judge = LearnedJudge(lexicon.learned) if lexicon.learned else None
        self._telling = lexicon.telling_slots
        self._needed = lexicon.needed_slots
        self._cues: dict[str, Cue] = {}
        self._readings: dict[str, Reading] = {}
        self._logits: dict[tuple[str, ...], Logits] = {}
        self._fired: list[tuple[frozenset[str], Trait]] = []

    def enter(self, cue: Cue, reading: Reading) -> None:
        """Take in a host's cue; one fed again under its id replaces the earlier one."""
        if self._judge is None or cue.role == Role.VIEWER:
            return
        if cue.cue_id in self._cues:
            self._logits = {ids: logits for ids, logits in self._logits.items() if cue.cue_id not in ids}
            self._fired = [(ids, trait) for ids, trait in self._fired if cue.cue_id not in ids]
        self._cues[cue.cue_id] = cue
        self._readings[cue.cue_id] = reading

    def forget(self, kept: Collection[str]) -> None:
        """Drop cues that the judge has dropped."""
        if self._cues.keys() - kept:
            self._cues = {i: c for i, c in self._cues.items() if i in kept}
            self._readings = {i: r for i, r in self._readings.items() if i in kept}
            self._logits = {ids: logits for ids, logits in self._logits.items() if all(i in kept for i in ids)}
            self._fired = [(ids, trait) for ids, trait in self._fired if ids <= self._cues.keys()]

    def weighed(self, firings: Sequence[Firing]) -> list[Firing]:
        """The firings of a cue with the certainty that the words of their sentences leave them.

        A pattern that the table does not know yet, because it is new or was rare in the corpus, keeps its own score.
        """
        if self._judge is None:
            return list(firings)
        for firing in firings:
            if firing.score >= CANDIDATE_SCORE:
                name = pattern_trait(firing.scheme, firing.pattern)
                self._fired.append((frozenset(hit.cue_id for hit in firing.hits), Trait(name, 0, 0)))
        return [self._weighed(firing) for firing in firings]

    def _weighed(self, firing: Firing) -> Firing:
        assert self._judge is not None
        ids = tuple(dict.fromkeys(hit.cue_id for hit in sorted(firing.hits, key=lambda h: h.span)))
        known = self._judge.knows(pattern_trait(firing.scheme, firing.pattern))
        if not known or any(i not in self._readings for i in ids):
            return firing
        certainty = self._judge.certainty(self._weigh(ids), firing.scheme, firing.score)
        if all(hit.score <= DOUBTED_SCORE for hit in firing.hits):
            certainty = min(certainty, DOUBTED_SCORE)
        return replace(firing, score=certainty)

    def alone(self, cue: Cue) -> Iterator[Firing]:
        """What the words around a cue say by themselves: for each scheme the stretch ending here that is surest."""
        if self._judge is None or cue.cue_id not in self._readings:
            return
        stretches = [*self._stretches(cue)]
        for scheme in SCHEMES:
            for ids in stretches:
                if len(ids) > 1 and not (self._holds_word(ids[0], scheme) and self._holds_word(ids[-1], scheme)):
                    continue  # a neighbour that has no word of the scheme is other talk
                certainty = self._judge.certainty(self._weigh(ids), scheme)
                parts = [self._judge.certainty(self._weigh(part), scheme) for part in _parts(ids)]
                if certainty >= _LEAST and all(certainty >= part + _SAYS_MORE for part in parts):
                    firing = self._firing(scheme, ids, certainty)
                    if firing.hits:  # what no word explains is not put before anybody
                        yield firing

    def _holds_word(self, cue_id: str, scheme: str) -> bool:
        return any(hit.slot in self._needed[scheme] for hit in self._readings[cue_id].hits)

    def _weigh(self, ids: tuple[str, ...]) -> Logits:
        assert self._judge is not None
        if ids not in self._logits:
            fired = [trait for where, trait in self._fired if where.issubset(ids)]
            self._logits[ids] = self._judge.weigh([*(self._readings[i].traits for i in ids), fired])
        return self._logits[ids]

    def _stretches(self, cue: Cue) -> Iterator[tuple[str, ...]]:
        """The cue alone, then with one and two sentences before it; a board stands alone."""
        yield (cue.cue_id,)
        if cue.channel == Channel.SCREEN:
            return
        before = [
            c for c in self._cues.values() if c.channel == cue.channel and c.role == cue.role and c.cue_id != cue.cue_id
        ]
        before = sorted((c for c in before if c.span <= cue.span), key=lambda c: (c.span, c.cue_id))
        ids = [cue.cue_id]
        for earlier in reversed(before[-(_LONGEST - 1) :]):
            if cue.span.start_ms - earlier.span.start_ms > _REACH_MS:
                return
            ids.insert(0, earlier.cue_id)
            yield tuple(ids)

    def _firing(self, scheme: str, ids: Sequence[str], certainty: float) -> Firing:
        assert self._judge is not None
        supporting = [h for i in ids for h in self._readings[i].hits if h.slot in self._needed[scheme]]
        told = any(hit.slot in self._telling[scheme] and hit.score > DOUBTED_SCORE for hit in supporting)
        traits = {i: (self._cues[i], self._readings[i].traits) for i in ids}
        words = [
            _hit(self._cues[reason.cue_id], reason.start, reason.end, certainty)
            for reason in self._judge.reasons(scheme, traits)
        ]
        fact = "" if told else "词库没有收录这种说法，由模型按措辞推测，仅供参考"
        return Firing(
            scheme, PATTERN, (*supporting, *words), certainty, fact=fact, flag_from=_ALONE if told else _NEVER
        )


def pattern_trait(scheme: str, pattern: str) -> str:
    """Name of the trait that a pattern's firing is."""
    return f"pattern:{scheme}:{pattern}"


def _parts(ids: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    if len(ids) > 1:
        yield from (ids[1:], ids[:-1])
        for left, right in pairwise(ids):
            yield from ((left,), (right,))


def _hit(cue: Cue, start: int, end: int, certainty: float) -> Hit:
    raw = cue.text[start:end]
    how = f"{raw}：模型看重的措辞"
    return Hit(
        raw,
        SLOT,
        cue.cue_id,
        cue.channel,
        cue.span_of(start, end),
        (start, end),
        raw,
        Method.LEARNED,
        certainty,
        how,
        cue.box,
    )
