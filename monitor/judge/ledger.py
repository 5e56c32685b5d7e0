"""The price ledger: comparison prices against selling prices, as said and shown within one stretch of a stream."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence

from monitor.judge.firing import Firing
from monitor.judge.patterns import apart_ms
from monitor.lexicon.model import PriceLabels
from monitor.records import Channel, PriceClaim

SCHEME = "fake_price_comparison"
PATTERN = "price-gap"
_LABELLED = 0.88
"""Score where both prices carry a label: the room itself says what each is. Desk estimate."""
_IMPLIED = 0.76
"""Score where the selling price follows the comparison price without a label of its own. Desk estimate."""
_LEAST_YUAN = 3.0
"""Selling prices below are link numbers and counts more often than prices."""
_MOST_RATIO = 2000.0
"""A larger ratio is a misread number."""


class Ledger:
    """Price claims of one stream in time; tells which pairs must be checked."""

    def __init__(self, labels: PriceLabels) -> None:
        self._ratio = labels.ratio
        self._reach_ms = round(labels.within_s * 1000)
        self._claims: deque[PriceClaim] = deque()

    def forget(self, before_ms: int) -> None:
        while self._claims and self._claims[0].hit.span.end_ms < before_ms:
            self._claims.popleft()

    def enter(self, cue_id: str, claims: Sequence[PriceClaim]) -> Iterator[Firing]:
        """Enter a cue's claims (replacing those it made before) and give the pairs that they complete."""
        self._claims = deque(c for c in self._claims if c.hit.cue_id != cue_id)
        self._claims.extend(claims)
        for claim in claims:
            best: tuple[float, Firing] | None = None
            for other in self._claims:
                base, live = (claim, other) if claim.base else (other, claim)
                firing = self._compare(base, live) if base.base and not live.base else None
                if firing and (best is None or firing.score > best[0]):
                    best = (firing.score, firing)
            if best:
                yield best[1]

    def _compare(self, base: PriceClaim, live: PriceClaim) -> Firing | None:
        if live.yuan < _LEAST_YUAN or not self._ratio <= base.yuan / live.yuan <= _MOST_RATIO:
            return None
        apart = apart_ms(base.hit, live.hit)
        if apart is None or apart > self._reach_ms:
            return None
        if base.hit.channel != live.hit.channel and Channel.CHAT in (base.hit.channel, live.hit.channel):
            return None
        score = _LABELLED if live.label else _IMPLIED
        ratio = base.yuan / live.yuan
        fact = f"待核实比价：{base.label or '划线价'} {base.yuan:g} 元，本场 {live.yuan:g} 元，相差 {ratio:.1f} 倍"
        return Firing(SCHEME, PATTERN, (base.hit, live.hit), score, fact=fact)
