"""An event on a stream while it goes on: firings of one scheme joined, until nothing more can join."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field

from monitor.judge.firing import FLAG_SCORE, Firing, cover
from monitor.records import Cue, Hit, State, Suppression, Violation
from monitor.rules import Severity
from monitor.timeline import Span


@dataclass(frozen=True, slots=True)
class Gravity:
    """How grave an event is, where that comes from, and the facts that decided it, as sentences for the reviewer."""

    severity: Severity
    basis: str
    """`notice` or `desk`."""
    facts: tuple[str, ...] = ()


@dataclass(slots=True)
class Event:
    """Mutable while open; `violation` gives the frozen record."""

    event_id: str
    scheme: str
    firings: list[Firing] = field(default_factory=list)
    announced: bool = False
    """Put out as opened already."""
    changed: bool = False

    @property
    def span(self) -> Span:
        return cover([firing.span for firing in self.firings])

    @property
    def hits(self) -> tuple[Hit, ...]:
        """Each hit once, the longest reading of a board that grew, in time order."""
        best: dict[tuple[str, str, tuple[int, int]], Hit] = {}
        for firing in self.firings:
            for hit in firing.hits:
                best[hit.cue_id, hit.slot, hit.chars] = hit
        return tuple(sorted(best.values(), key=lambda h: (h.span.start_ms, h.cue_id, h.chars, h.slot)))

    @property
    def score(self) -> float:
        """The best firing's; a second channel that fires by itself adds a little."""
        best = max(firing.score for firing in self.firings)
        channels = {channel for firing in self.firings for channel in {h.channel for h in firing.hits}}
        return round(min(0.99, best + 0.03 * (len(channels) - 1)), 3)

    @property
    def accuses(self) -> bool:
        """Whether it is a flag by what fired; else a candidate."""
        return self.score >= FLAG_SCORE and any(firing.accuses for firing in self.firings)

    def add(self, firing: Firing) -> None:
        self.firings = [old for old in self.firings if not _same_words(old, firing)]
        self.firings.append(firing)
        self.changed = True

    def drop_cue(self, cue_id: str) -> None:
        """Forget firings that rest on a cue about to be fed again: it brings them back with its new extent."""
        self.firings = [f for f in self.firings if all(hit.cue_id != cue_id for hit in f.hits)]

    def violation(
        self,
        state: State,
        *,
        candidate: bool,
        gravity: Gravity,
        context: tuple[Cue, ...] = (),
        suppressed: tuple[Suppression, ...] = (),
        explained_by: str = "",
    ) -> Violation:
        facts = dict.fromkeys(firing.fact for firing in self.firings if firing.fact)
        facts.update(dict.fromkeys(gravity.facts))
        if explained_by:
            facts[f"同一段话更符合 {explained_by}"] = None
        return Violation(
            violation_id=self.event_id,
            scheme=self.scheme,
            span=self.span,
            hits=self.hits,
            patterns=tuple(sorted({firing.pattern for firing in self.firings})),
            score=self.score,
            candidate=candidate,
            severity=gravity.severity,
            severity_basis=gravity.basis,
            state=state,
            context=context,
            suppressed=suppressed,
            facts=tuple(facts),
        )


def event_id(stream_key: str, scheme: str, start_ms: int) -> str:
    """Stable over runs: the same stream, scheme and start give the same id (16 hex digits)."""
    return hashlib.sha256(f"{stream_key}\n{scheme}\n{start_ms}".encode()).hexdigest()[:16]


def _same_words(left: Firing, right: Firing) -> bool:
    def words(firing: Firing) -> frozenset[tuple[str, str, tuple[int, int]]]:
        return frozenset((h.cue_id, h.slot, h.chars) for h in firing.hits)

    return left.pattern == right.pattern and words(left) == words(right)
