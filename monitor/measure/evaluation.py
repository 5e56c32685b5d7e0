"""What was labelled, what was said of it, and the figures that follow: the same for tables of texts and for rooms."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from monitor.judge.firing import FLAG_SCORE
from monitor.lexicon import SCHEMES, Lexicon
from monitor.records import Method

BENIGN = "none"
"""Label of what violates nothing."""
_LITERAL_FIRST = tuple(method.value for method in Method)
BINS = 10


@dataclass(frozen=True, slots=True)
class Labelled:
    """A row of a table, an episode of a room, or a room in which nothing is wrong."""

    name: str
    channels: tuple[str, ...]
    scheme: str
    """BENIGN for none."""
    text: str
    found: bool
    """A flag of the scheme was given."""
    any_found: bool
    """A flag of any scheme was given."""
    score: float
    """The surest thing said of its scheme, candidates too; for benign material of any scheme; 0 where nothing was."""
    method: str = ""
    """How the deciding words were found; empty where it was not found."""
    why: tuple[str, ...] = ()
    """For what was missed: Chinese sentences."""


@dataclass(frozen=True, slots=True)
class Given:
    """One scheme that was said of something: a flag or a candidate."""

    name: str
    channels: tuple[str, ...]
    scheme: str
    score: float
    candidate: bool
    right: bool
    method: str
    words: tuple[str, ...]
    text: str = ""
    truth: str = ""
    """What it was labelled as; empty in rooms."""
    why: tuple[str, ...] = ()
    """For what was wrong: Chinese sentences."""


@dataclass(frozen=True, slots=True)
class Share:
    """So many of so many."""

    part: int
    whole: int

    @property
    def value(self) -> float | None:
        return self.part / self.whole if self.whole else None


@dataclass(frozen=True, slots=True)
class Line:
    """Recall and precision of one scheme, channel or method."""

    name: str
    recall: Share
    precision: Share


@dataclass(frozen=True, slots=True)
class Bin:
    """Things said with a certainty from `low` up to `high`, and how many of them were right."""

    low: float
    high: float
    mean: float
    """Their mean certainty; the bin's middle where there are none."""
    right: Share


@dataclass(frozen=True, slots=True)
class Evaluation:
    """One table, or all rooms together."""

    name: str
    labelled: tuple[Labelled, ...]
    given: tuple[Given, ...]
    facts: tuple[tuple[str, str], ...] = ()
    """Further figures, such as hours of benign rooms."""

    @property
    def violations(self) -> list[Labelled]:
        return [one for one in self.labelled if one.scheme != BENIGN]

    @property
    def benign(self) -> list[Labelled]:
        return [one for one in self.labelled if one.scheme == BENIGN]

    @property
    def flags(self) -> list[Given]:
        return [one for one in self.given if not one.candidate]

    @property
    def recall(self) -> Share:
        return Share(sum(one.found for one in self.violations), len(self.violations))

    @property
    def any_recall(self) -> Share:
        """Violations for which some scheme was said, right or wrong."""
        return Share(sum(one.any_found for one in self.violations), len(self.violations))

    @property
    def precision(self) -> Share:
        return Share(sum(one.right for one in self.flags), len(self.flags))

    @property
    def false_positives(self) -> Share:
        """Benign rows or rooms of which anything was said."""
        return Share(sum(one.any_found for one in self.benign), len(self.benign))

    def by_scheme(self) -> list[Line]:
        return self._lines(SCHEMES, lambda one: (one.scheme,), lambda one: (one.scheme,))

    def by_channel(self) -> list[Line]:
        of_labels = {name for one in self.violations for name in one.channels}
        names = sorted(of_labels | {name for one in self.flags for name in one.channels})
        return self._lines(names, lambda one: one.channels, lambda one: one.channels)

    def by_method(self) -> list[Line]:
        """Of all violations those found by the method, and of what the method decided the right part."""
        found = {name: sum(one.method == name for one in self.violations if one.found) for name in _LITERAL_FIRST}
        lines = self._lines(_LITERAL_FIRST, lambda one: (one.method,), lambda one: (one.method,))
        whole = len(self.violations)
        return [Line(line.name, Share(found[line.name], whole), line.precision) for line in lines]

    def bins(self) -> list[Bin]:
        """Everything said, candidates too, by certainty."""
        held: list[list[Given]] = [[] for _ in range(BINS)]
        for one in self.given:
            held[min(BINS - 1, int(one.score * BINS))].append(one)
        return [
            Bin(
                at / BINS,
                (at + 1) / BINS,
                sum(one.score for one in some) / len(some) if some else (at + 0.5) / BINS,
                Share(sum(one.right for one in some), len(some)),
            )
            for at, some in enumerate(held)
        ]

    def curve(self) -> list[tuple[float, float]]:
        """Share of benign material put up, and recall, at every threshold from strict to mild."""
        if not self.violations or not self.benign:
            return []
        thresholds = sorted({one.score for one in self.labelled if one.score > 0}, reverse=True)
        points = [(0.0, 0.0)]
        for threshold in thresholds:
            false = sum(one.score >= threshold for one in self.benign) / len(self.benign)
            points.append((false, sum(one.score >= threshold for one in self.violations) / len(self.violations)))
        return points

    def figures(self) -> dict[str, Any]:
        """All figures as plain JSON values."""
        return {
            "name": self.name,
            "labelled": len(self.violations),
            "benign": len(self.benign),
            "recall": _rounded(self.recall.value),
            "any_recall": _rounded(self.any_recall.value),
            "precision": _rounded(self.precision.value),
            "false_positive_rate": _rounded(self.false_positives.value),
            "flags": len(self.flags),
            "candidates": len(self.given) - len(self.flags),
            **dict(self.facts),
            **{
                kind: {
                    line.name: {
                        "labelled": line.recall.whole,
                        "recall": _rounded(line.recall.value),
                        "given": line.precision.whole,
                        "precision": _rounded(line.precision.value),
                    }
                    for line in lines
                }
                for kind, lines in (
                    ("schemes", self.by_scheme()),
                    ("channels", self.by_channel()),
                    ("methods", self.by_method()),
                )
            },
            "calibration": [
                {"from": b.low, "to": b.high, "mean": round(b.mean, 3), "given": b.right.whole, "right": b.right.part}
                for b in self.bins()
            ],
        }

    def _lines(
        self,
        names: Iterable[str],
        of_labelled: Callable[[Labelled], Sequence[str]],
        of_given: Callable[[Given], Sequence[str]],
    ) -> list[Line]:
        lines: list[Line] = []
        for name in names:
            labelled = [one for one in self.violations if name in of_labelled(one)]
            given = [one for one in self.flags if name in of_given(one)]
            if labelled or given:
                recall = Share(sum(one.found for one in labelled), len(labelled))
                lines.append(Line(name, recall, Share(sum(one.right for one in given), len(given))))
        return lines


def deciding_method(lexicon: Lexicon, scheme: str, hits: Iterable[tuple[str, str]]) -> str:
    """The least literal method, of `slot, method` pairs, that a telling word of the scheme was found by.

    A flag stands only as firmly as that. Words that many schemes share decide where there is no other.
    """
    known = [*hits]
    telling = [method for slot, method in known if slot in lexicon.telling_slots[scheme]]
    methods = telling or [method for _, method in known]
    return max(methods, key=_LITERAL_FIRST.index, default="")


def weight(score: float, *, candidate: bool) -> float:
    """A certainty by which flags and candidates are ranked together: a candidate lies below every flag."""
    return min(score, FLAG_SCORE - 0.01) if candidate else score


def surest(given: Iterable[Given]) -> float:
    return max((weight(one.score, candidate=one.candidate) for one in given), default=0.0)


def named(given: Iterable[Given], scheme: str) -> Iterator[Given]:
    return (one for one in given if one.scheme == scheme)


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)
