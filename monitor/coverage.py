"""What was heard and seen of a whole stream: for each sense coverage and gaps partition it. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from monitor.records import Gap, Sense
from monitor.timeline import Span, complement, total_ms, union

SENSES = (Sense.HEARD, Sense.SEEN)
NOT_DECODED = "not decoded"


@dataclass(frozen=True, slots=True)
class Account:
    """A stream's coverage once it is done."""

    end_ms: int
    gaps: tuple[Gap, ...]
    """Of hearing and seeing: they and what was covered partition 0..`end_ms`. Of the chat: what is not known of it."""
    heard_ms: int
    seen_ms: int


class StreamCoverage:
    """Keeps the account part by part."""

    def __init__(self) -> None:
        self._covered: dict[Sense, list[Span]] = {sense: [] for sense in SENSES}
        self._gaps: list[Gap] = []
        self._early: list[Gap] = []

    @property
    def gaps(self) -> Sequence[Gap]:
        """The gaps known so far, those of the part that is being decoded included."""
        return [*self._gaps, *self._early]

    def early(self, gap: Gap, start_ms: int) -> None:
        """A gap of the part that starts at `start_ms`, known before the part ends."""
        self._early.append(replace(gap, span=gap.span.shift(start_ms)))

    def part(self, start_ms: int, heard: Iterable[Span], seen: Iterable[Span], gaps: Iterable[Gap]) -> None:
        """The account of a part that starts at `start_ms`, in its own time; it takes the place of what came early."""
        self._early = []
        self._covered[Sense.HEARD] += [span.shift(start_ms) for span in heard]
        self._covered[Sense.SEEN] += [span.shift(start_ms) for span in seen]
        self._gaps += [replace(gap, span=gap.span.shift(start_ms)) for gap in gaps]

    def unopened(self, start_ms: int, name: str, reason: str) -> None:
        """A part of unknown length that could not be opened: it takes no time, and says so."""
        self._gaps += [
            Gap(sense, Span(start_ms, start_ms), f"{name}: {reason}; its length is not known, what follows counts on")
            for sense in SENSES
        ]

    def finish(self, end_ms: int, chat: Iterable[Gap] = ()) -> Account:
        """The whole account. Where parts contradict each other, what was covered counts, then the first gap told."""
        whole = Span(0, end_ms)
        gaps: list[Gap] = []
        for sense in SENSES:
            covered = _within(self._covered[sense], whole)
            taken = list(covered)
            for gap in (gap for gap in self._gaps if gap.sense is sense):
                if not gap.span.duration_ms:
                    gaps.append(gap)
                for hole in _free(gap.span, taken, whole):
                    gaps.append(replace(gap, span=hole))
                    taken.append(hole)
            gaps += [Gap(sense, hole, NOT_DECODED) for hole in complement(taken, whole)]
        heard, seen = (total_ms(_within(self._covered[sense], whole)) for sense in SENSES)
        order = {sense: number for number, sense in enumerate(Sense)}
        gaps.sort(key=lambda gap: (order[gap.sense], gap.span))
        return Account(end_ms, (*gaps, *chat), heard, seen)


def _within(spans: Iterable[Span], whole: Span) -> list[Span]:
    return union(shared for span in spans if (shared := span.intersection(whole)))


def _free(span: Span, taken: Iterable[Span], whole: Span) -> list[Span]:
    """What of a span lies in the whole and is not taken."""
    inside = span.intersection(whole)
    return complement(taken, inside) if inside else []
