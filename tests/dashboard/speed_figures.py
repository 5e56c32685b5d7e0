"""Times of one thing done many times, and a table of such figures against their bounds."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Figure:
    """How long something took, each time."""

    name: str
    ms: tuple[float, ...]
    bound_ms: float | None = None
    """What 95 of 100 times must not exceed; None where nothing was promised."""
    note: str = ""

    @property
    def p50(self) -> float:
        return percentile(self.ms, 50)

    @property
    def p95(self) -> float:
        return percentile(self.ms, 95)

    @property
    def good(self) -> bool:
        return self.bound_ms is None or (bool(self.ms) and self.p95 <= self.bound_ms)


def percentile(values: Sequence[float], part: float) -> float:
    """The smallest of the values that `part` of 100 do not exceed (nearest rank); NaN of none."""
    if not values:
        return math.nan
    return sorted(values)[max(0, math.ceil(len(values) * part / 100) - 1)]


def table(figures: Iterable[Figure]) -> str:
    lines = [f"{'':<46}{'times':>6}{'p50':>9}{'p95':>9}{'worst':>9}{'bound':>9}"]
    for one in figures:
        bound = "" if one.bound_ms is None else f"{one.bound_ms:.0f}"
        worst = max(one.ms, default=math.nan)
        verdict = "" if one.bound_ms is None else "  ok" if one.good else "  TOO SLOW"
        numbers = f"{one.p50:>9.0f}{one.p95:>9.0f}{worst:>9.0f}"
        lines.append(f"{one.name:<46}{len(one.ms):>6}{numbers}{bound:>9}{verdict}{'  ' + one.note if one.note else ''}")
    return "\n".join(lines) + "\n"


def save(figures: Iterable[Figure], path: Path) -> None:
    """As JSON, times in milliseconds."""
    kept = [
        {"name": one.name, "times": len(one.ms), "p50_ms": round(one.p50, 1), "p95_ms": round(one.p95, 1),
         "bound_ms": one.bound_ms, "note": one.note}
        for one in figures if one.ms
    ]  # fmt: skip
    path.write_text(json.dumps(kept, ensure_ascii=False, indent=1) + "\n", "utf-8")
