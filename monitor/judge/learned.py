"""The learned judge: how much the words of a stretch speak for each scheme, and which words.

Linear, so that each opinion can be taken apart into the words that made it. It stands beside the patterns: it weighs
what they found, and what it finds without them is a candidate at most.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from monitor.lexicon.learned import Learned
from monitor.lexicon.model import SCHEMES
from monitor.records import Cue, Trait

_MOST_REASONS = 3
_REASON_SHARE = 0.45
"""Characters that carry at least this share of the strongest character's weight belong to a reason."""
_LEAST_REASON = 2
"""Characters of a reason: one alone tells a reader nothing."""
_MOST_CERTAIN = 0.99

Logits = tuple[float, ...]
"""One for each of SCHEMES."""


@dataclass(frozen=True, slots=True)
class Reason:
    """Words of a cue that weighed for a scheme: half-open range in its unaltered text, and their weight in logits."""

    cue_id: str
    start: int
    end: int
    weight: float


class LearnedJudge:
    """Weighs stretches of cues under one table of weights."""

    def __init__(self, learned: Learned) -> None:
        self._weights = learned.weights
        self._biases = learned.biases
        self._bias, self._logit, self._pattern, self._rival = learned.certainty

    def knows(self, trait: str) -> bool:
        """Whether the table has a row for it."""
        return trait in self._weights

    def weigh(self, cues: Iterable[Sequence[Trait]]) -> Logits:
        """Logits of a stretch: its traits count once each, however often they occur, and by their share of all."""
        known = {trait.name for traits in cues for trait in traits} & self._weights.keys()
        sums = list(self._biases)
        scale = trait_scale(len(known))
        for name in known:
            for index, weight in enumerate(self._weights[name]):
                sums[index] += weight * scale
        return tuple(sums)

    def certainty(self, logits: Logits, scheme: str, pattern_score: float = 0.0) -> float:
        """How sure the judge is of a scheme, 0 to 1, after a pattern of it fired with `pattern_score` (0: none did).

        Calibrated: of texts with this certainty about this share is what it says (`docs/detection.md`).
        """
        at = SCHEMES.index(scheme)
        rival = max(logit for index, logit in enumerate(logits) if index != at)
        total = self._bias + self._logit * logits[at] + self._pattern * pattern_score + self._rival * rival
        return round(min(_MOST_CERTAIN, 1 / (1 + math.exp(-max(total, -50.0)))), 3)

    def reasons(self, scheme: str, cues: Mapping[str, tuple[Cue, Sequence[Trait]]]) -> tuple[Reason, ...]:
        """The words that spoke most for a scheme, strongest first; at most three."""
        at = SCHEMES.index(scheme)
        found: list[Reason] = []
        for cue_id, (cue, traits) in cues.items():
            carried = [0.0] * len(cue.text)
            for trait in traits:
                weights = self._weights.get(trait.name)
                if weights and trait.end > trait.start:
                    for place in range(trait.start, trait.end):
                        carried[place] += weights[at] / (trait.end - trait.start)
            found += _stretches(cue_id, carried)
        found.sort(key=lambda reason: (-reason.weight, reason.cue_id, reason.start))
        return tuple(found[:_MOST_REASONS])


def trait_scale(count: int) -> float:
    """What each of `count` traits weighs, as in a vector of length one: a long text says no more than a short one."""
    return 1 / math.sqrt(count) if count else 0.0


def _stretches(cue_id: str, carried: Sequence[float]) -> list[Reason]:
    peak = max(carried, default=0.0)
    if peak <= 0:
        return []
    found: list[Reason] = []
    start: int | None = None
    for place, weight in enumerate([*carried, -math.inf]):
        if weight >= peak * _REASON_SHARE:
            start = place if start is None else start
        elif start is not None:
            if place - start >= _LEAST_REASON:
                found.append(Reason(cue_id, start, place, round(sum(carried[start:place]), 3)))
            start = None
    return found
