"""What a shop says it charged: a product list with price histories, and what it tells about a claimed price."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum
from functools import lru_cache

from rapidfuzz import fuzz

from monitor.text import term_syllables

WINDOW_DAYS = 30
"""A former price counts when it was charged within so many days before the stream (common reading of 原价 as a price
that was really charged shortly before; 禁止价格欺诈行为的规定 speaks of the last seven days of trade)."""
_NAMED = 80.0
"""rapidfuzz partial ratio, 0 to 100, from which a product's name counts as mentioned. Desk estimate."""
_HINTED = 45.0
"""The same where the selling price is the product's too: hosts say half of a long name."""
_BY_SOUND = 8.0
"""Taken from a likeness in sound alone."""
_SAME_PRICE = 0.01
_BELOW = 0.95
"""A highest price charged below this share of the claimed one contradicts it; in between nothing is said."""


class Finding(StrEnum):
    """What the list says of a claimed price."""

    CLEARED = "cleared"
    CONFIRMED = "confirmed"


@dataclass(frozen=True, slots=True)
class Product:
    """One thing for sale. `history` is (day, yuan) in time order: each price was charged from its day on."""

    name: str
    price: float | None = None
    history: tuple[tuple[date, float], ...] = ()

    def charged(self, day: date | None) -> tuple[float, ...]:
        """The prices in force within WINDOW_DAYS before `day` (without it: up to the last price known), lowest first.

        What was first charged on `day` itself is no former price.
        """
        if not self.history:
            return ()
        until = day or self.history[-1][0] + timedelta(days=1)
        since = until - timedelta(days=WINDOW_DAYS)
        ends = [start for start, _ in self.history[1:]] + [until]
        return tuple(
            sorted(
                {yuan for (start, yuan), end in zip(self.history, ends, strict=True) if start < until and end > since}
            )
        )


@dataclass(frozen=True, slots=True)
class Ruling:
    """What the list says of a comparison: `fact` is a Chinese sentence for the reviewer."""

    finding: Finding | None
    """None where the list knows the product and cannot decide."""
    fact: str


@dataclass(frozen=True, slots=True)
class Products:
    """A shop's product list. `day` is the stream's day; None when unknown."""

    items: tuple[Product, ...] = ()
    day: date | None = None

    def on(self, day: date | None) -> Products:
        """The same list, read on a stream's day."""
        return replace(self, day=day)

    def sold(self, said: str, asked: Sequence[float]) -> Product | None:
        """The product that was talked about where one of the prices `asked` was named.

        None when none fits, or several alike.
        """
        ranked = sorted(
            ((_likeness(item.name, said) + 100 * _same(item.price, asked), i) for i, item in enumerate(self.items)),
            reverse=True,
        )
        fitting = [(score, i) for score, i in ranked if score >= (100 + _HINTED if score > 100 else _NAMED)]
        if not fitting or (len(fitting) > 1 and fitting[0][0] == fitting[1][0]):
            return None
        return self.items[fitting[0][1]]

    def ruling(self, said: str, *, base_yuan: float, asked: Sequence[float], own: bool) -> Ruling | None:
        """What the list says of `base_yuan` for what was talked about in `said`; None when it knows nothing of it.

        `own` says that the claimed price is this shop's own (原价, 划线价): others' prices stand in no list of ours.
        """
        product = self.sold(said, asked)
        charged = product.charged(self.day) if product else ()
        if product is None or not charged:
            return None
        known = f"{charged[0]:g} 元" if len(charged) == 1 else f"{charged[0]:g} 至 {charged[-1]:g} 元"
        row = f"商品表「{product.name}」近 {WINDOW_DAYS} 天售价 {known}"
        if not own:
            return Ruling(None, f"{row}，所比的不是本店价格，仍待核实")
        if base_yuan <= charged[-1] * (1 + _SAME_PRICE):
            return Ruling(Finding.CLEARED, f"{row}，所比价格 {base_yuan:g} 元有据")
        if charged[-1] < base_yuan * _BELOW:
            return Ruling(Finding.CONFIRMED, f"{row}，从未达到所称的 {base_yuan:g} 元")
        return Ruling(None, f"{row}，与所称的 {base_yuan:g} 元相近，仍待核实")


def _same(price: float | None, asked: Sequence[float]) -> bool:
    return price is not None and any(abs(price - yuan) <= price * _SAME_PRICE for yuan in asked)


def _likeness(name: str, said: str) -> float:
    """How far a name is mentioned, 0 to 100, by its characters or by its sound; a longer name than text never is."""
    by_character = fuzz.partial_ratio(name, said) if len(name) <= len(said) else fuzz.ratio(name, said)
    if by_character >= _NAMED:
        return float(by_character)
    by_sound = fuzz.partial_ratio(_syllables(name), _syllables(said)) if len(name) <= len(said) else 0.0
    return max(float(by_character), float(by_sound) - _BY_SOUND)


@lru_cache(maxsize=4096)
def _syllables(text: str) -> tuple[str, ...]:
    return term_syllables(text)
