"""What the price ledger would have needed before it asks for a check."""

from __future__ import annotations

from collections.abc import Callable

from monitor.explaining.records import Filled, FoundWord, Lacking, Nearest
from monitor.explaining.sentences import pattern_about
from monitor.judge.ledger import PATTERN, SCHEME
from monitor.lexicon import Lexicon
from monitor.records import Hit, Reading

_SAMPLES = 3


def price_gap(lexicon: Lexicon, reading: Reading, tell: Callable[[Hit], FoundWord]) -> Nearest | None:
    """How far the text's sums are from a comparison that must be checked; None where it names none."""
    bases = [claim for claim in reading.prices if claim.base]
    lives = [claim for claim in reading.prices if not claim.base]
    if not (bases or lives):
        return None
    labels = lexicon.prices
    lacking: list[Lacking] = []
    hindrances: list[str] = []
    if not bases:
        lacking.append(Lacking("base_price", "对照价（原来、别处卖多少）", labels.base[:_SAMPLES]))
    if not lives:
        lacking.append(Lacking("live_price", "成交价（本场卖多少）", labels.live[:_SAMPLES]))
    if bases and lives:
        base, live = max(bases, key=lambda c: c.yuan), min(lives, key=lambda c: c.yuan)
        times = base.yuan / live.yuan if live.yuan else 0.0
        if times < labels.ratio:
            hindrances.append(f"两个价相差 {times:.1f} 倍，到 {labels.ratio:g} 倍才要核实")
        else:
            hindrances.append(f"两个价要在 {labels.within_s:g} 秒内说同一件东西，账本才会放在一起比")
    filled = tuple(
        Filled("base_price" if claim.base else "live_price", tell(claim.hit), "")
        for claims in (bases, lives)
        for claim in claims[:1]
    )
    return Nearest(
        SCHEME,
        lexicon.schemes[SCHEME].name,
        PATTERN,
        pattern_about(lexicon, SCHEME, PATTERN),
        filled,
        tuple(lacking),
        tuple(hindrances),
        common=False,
    )
