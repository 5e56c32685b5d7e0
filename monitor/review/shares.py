"""A share of few: how far the true one may lie from what was counted. Pure."""

from __future__ import annotations

import math
from dataclasses import dataclass

LEAST_DECIDED = 20
"""With fewer decisions a share says nothing: even at 20 of 20 the true one may be 0.84. The desk's own choice."""
_Z = 1.959964
"""Of a normal distribution, what 95 of 100 lie within."""


@dataclass(frozen=True, slots=True)
class Share:
    """`part` of `whole`, with Wilson's interval at 95 in 100 (E. B. Wilson, JASA 22, 1927)."""

    part: int
    whole: int

    @property
    def enough(self) -> bool:
        """There are enough to say anything."""
        return self.whole >= LEAST_DECIDED

    @property
    def share(self) -> float | None:
        return self.part / self.whole if self.whole else None

    @property
    def interval(self) -> tuple[float, float]:
        """From 0 to 1 where nothing was counted."""
        if not self.whole:
            return 0.0, 1.0
        share, square = self.part / self.whole, _Z * _Z / self.whole
        middle = (share + square / 2) / (1 + square)
        half = _Z * math.sqrt(share * (1 - share) / self.whole + square / (4 * self.whole)) / (1 + square)
        return max(0.0, middle - half), min(1.0, middle + half)
