"""How far two people who look at the same flag say the same, beyond what chance would bring. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import krippendorff
import numpy as np

from monitor.review.shares import LEAST_DECIDED
from monitor.store.verdicts import Decision

STANCES = (Decision.CONFIRMED, Decision.DISMISSED)
"""What says something of the matter. Whoever escalates or leaves open says nothing of it: no value, in Krippendorff's
words, and a flag with fewer than two values is no unit."""
_DRAWS = 2000
_SEED = 20_261_122
"""The same figures give the same interval."""

Pairs = Mapping[tuple[Decision, Decision], int]
"""How many flags were decided so by the first and so by the second."""


@dataclass(frozen=True, slots=True)
class Alpha:
    """Krippendorff's alpha: 1 is perfect agreement, 0 what chance brings (Content Analysis, ch. 12)."""

    units: int
    """Flags on which both took a stance."""
    alpha: float | None = None
    """None where there are too few, or where all say the same and nothing can be told from chance."""
    low: float | None = None
    """Of the interval that holds 95 of 100 draws."""
    high: float | None = None

    @property
    def enough(self) -> bool:
        return self.units >= LEAST_DECIDED


def stances(pairs: Pairs) -> tuple[int, int, int, int]:
    """Both confirmed, first confirmed and second dismissed, the other way round, both dismissed."""
    confirmed, dismissed = STANCES
    both = ((confirmed, confirmed), (confirmed, dismissed), (dismissed, confirmed), (dismissed, dismissed))
    first, second, third, fourth = (pairs.get(pair, 0) for pair in both)
    return first, second, third, fourth


def nominal(agreed: int, apart: int, rejected: int) -> float:
    """Alpha of flags that both confirmed, on which they differ, and that both dismissed: of two values at least one."""
    by_unit = np.repeat([[2, 0], [1, 1], [0, 2]], [agreed, apart, rejected], axis=0)
    return float(krippendorff.alpha(value_counts=by_unit, level_of_measurement="nominal"))


def alpha_of(pairs: Pairs) -> Alpha:
    """With an interval by drawing as many flags anew from those there are (bootstrap)."""
    counts = stances(pairs)
    units = sum(counts)
    agreed, one_way, other_way, rejected = counts
    apart = one_way + other_way
    if units < LEAST_DECIDED or not (2 * agreed + apart) or not (2 * rejected + apart):
        return Alpha(units)
    alpha = nominal(agreed, apart, rejected)
    drawn = np.random.default_rng(_SEED).multinomial(units, np.array([agreed, apart, rejected]) / units, _DRAWS)
    yes, no = 2 * drawn[:, 0] + drawn[:, 1], 2 * drawn[:, 2] + drawn[:, 1]
    some = (yes > 0) & (no > 0)
    # For two people and two values the general formula comes to this.
    of_draws = 1 - drawn[some, 1] * (2 * units - 1) / (yes[some] * no[some])
    low, high = np.percentile(of_draws, [2.5, 97.5])
    return Alpha(units, alpha, float(low), float(high))
