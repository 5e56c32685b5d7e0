"""How grave an event is: the policy's default for its scheme, raised by facts that the reviewer is told.

No platform has published how it weighs these facts, so every step is the desk's own estimate. Where a platform
published the ladder itself, its default stands and the facts are only told.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache

from monitor.judge.event import Event, Gravity
from monitor.records import Hit
from monitor.rules import Severity
from monitor.text import Normaliser, find_amounts
from monitor.wording import LANE_NAMES

OUTSIDE = "outside_settlement"
"""Slot of words that lead buyers away from the platform's own settlement: 加微信, 支付宝转."""
_PRICE_SCHEME = "fake_price_comparison"
"""Its sums are prices that nobody pays; the ledger tells them."""
_STEPS = (Severity.SLIGHT, Severity.ORDINARY, Severity.SERIOUS, Severity.VERY_SERIOUS)
_REPEATED = 3
"""Events of one scheme on one stream from which it is a habit. Desk estimate."""
_LARGE_YUAN = 100.0
"""Sums promised or claimed from which buyers lose or risk much. Desk estimate."""
_FACTS_A_STEP = 2
"""Facts that together raise the severity by one step; settlement off the platform does so alone. Desk estimate."""


def gravity(default: tuple[Severity, str], event: Event, *, repeated: int, nearby: Iterable[Hit] = ()) -> Gravity:
    """The gravity of an event that is the `repeated`-th of its scheme (1 is the first), with the hits around it."""
    severity, basis = default
    facts: list[str] = []
    away = next((hit for hit in (*event.hits, *nearby) if hit.slot == OUTSIDE), None)
    if away:
        facts.append(f"引向平台外结算或联系：{away.raw}")
    if repeated >= _REPEATED:
        facts.append(f"本场第 {repeated} 次")
    largest = max(_sums(event), default=0.0)
    if largest >= _LARGE_YUAN:
        facts.append(f"涉及金额 {largest:g} 元")
    alone = {
        hit.channel for firing in event.firings if len({h.channel for h in firing.hits}) == 1 for hit in firing.hits
    }
    if len(alone) > 1:
        facts.append(f"{'、'.join(LANE_NAMES[channel] for channel in sorted(alone))}各自成立")
    steps = 1 if away or len(facts) >= _FACTS_A_STEP else 0
    if basis == "desk" and steps:
        severity = _STEPS[min(_STEPS.index(severity) + steps, len(_STEPS) - 1)]
    return Gravity(severity, basis, tuple(facts))


def _sums(event: Event) -> Iterator[float]:
    """Sums of money among the words that made the event, in yuan."""
    if event.scheme != _PRICE_SCHEME:
        for hit in event.hits:
            yield from _amounts(hit.raw)


_normalise = Normaliser()


@lru_cache(maxsize=4096)
def _amounts(raw: str) -> tuple[float, ...]:
    return tuple(amount.value for amount in find_amounts(_normalise(raw)) if amount.marked)
