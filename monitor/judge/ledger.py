"""The price ledger of a stream: what was said and shown of prices, when and where, and which comparisons to check."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence

from monitor.judge.firing import FLAG_SCORE, Firing
from monitor.judge.patterns import apart_ms
from monitor.judge.products import Finding, Products, Ruling
from monitor.lexicon.model import PriceLabels
from monitor.records import Channel, Cue, Hit, PriceClaim

SCHEME = "fake_price_comparison"
PATTERN = "price-gap"
CHANGED = "base-price-changed"
CLEARED = "price-borne-out"
_LABELLED = 0.88
"""Score where both prices carry a label: the room itself says what each is. Desk estimate."""
_IMPLIED = 0.76
"""Score where the selling price follows the comparison price without a label of its own. Desk estimate."""
_CONFIRMED = 0.96
"""Score where the shop's own product list contradicts the comparison price."""
_CLEARED = 0.45
"""Score where the list bears it out: shown apart with the reason, never a flag (that begins at 0.62)."""
_CHANGED = 0.56
"""Score of a former price told in two ways while the difference to the selling price is ordinary: no flag."""
_NEVER = 1.01
"""No score reaches this: what is cleared, or only told in two ways, accuses nobody."""
_LEAST_YUAN = 3.0
"""Selling prices below are link numbers and counts more often than prices."""
_MOST_RATIO = 2000.0
"""A larger ratio is a misread number."""
_STRETCH_MS = 60_000
"""A host talks about one thing for about so long; a former price told differently within it is of the same thing."""
_OTHERWISE = 0.1
"""Two readings of one price differ from this share on."""
_NEARBY_MS = 20_000
"""How far round a comparison the product's name is looked for."""
_BESIDE_MS = 3000
"""How far from the spoken words a board shows the price of the same moment."""
_YIELDS_TO = ("cashback_refund", "pay_first_draw", "refund_brushing", "freight_claim_abuse", "irregular_play")
"""Schemes in which sums are paid back or changed at will: 拍四百退四百再给二十. They win where no label says 价."""
_CHANNEL = {Channel.SPEECH: "口播", Channel.SCREEN: "画面", Channel.CHAT: "弹幕", Channel.MESSAGE: "消息"}


class Ledger:
    """Price claims of one stream in time; tells which pairs must be checked.

    With `products` a comparison is confirmed or cleared by what the shop really charged. Memory is bounded by
    `forget`.
    """

    def __init__(self, labels: PriceLabels, products: Products | None = None) -> None:
        self._ratio = labels.ratio
        self._reach_ms = round(labels.within_s * 1000)
        self._own = frozenset(labels.own)
        self._next_item = labels.next_item
        self._products = products if products and products.items else None
        self._claims: deque[PriceClaim] = deque()
        self._said: dict[str, Cue] = {}
        self._cleared: set[str] = set()

    def hear(self, cue: Cue) -> None:
        """Remember what was said or shown: where one thing ends and the next begins, and names of products."""
        self._said[cue.cue_id] = cue

    def forget(self, before_ms: int) -> None:
        self._claims = deque(c for c in self._claims if c.hit.span.end_ms >= before_ms)
        self._said = {i: cue for i, cue in self._said.items() if cue.span.end_ms >= before_ms}
        self._cleared &= self._said.keys()

    def bears_out(self, firing: Firing) -> bool:
        """Whether a firing rests on nothing but a comparison that the product list has cleared."""
        return firing.scheme == SCHEME and all(hit.cue_id in self._cleared for hit in firing.hits)

    def enter(self, cue_id: str, claims: Sequence[PriceClaim]) -> Iterator[Firing]:
        """Enter a cue's claims (replacing those it made before) and give the pairs that they complete."""
        self._claims = deque(c for c in self._claims if c.hit.cue_id != cue_id)
        self._claims.extend(claims)
        given: set[tuple[Hit, ...]] = set()
        for claim in claims:
            best: Firing | None = None
            for other in self._claims:
                base, live = (claim, other) if claim.base else (other, claim)
                firing = self._compare(base, live) if base.base and not live.base else None
                if firing and (best is None or firing.score > best.score):
                    best = firing
            if best and best.hits not in given:
                given.add(best.hits)
                yield best

    def _compare(self, base: PriceClaim, live: PriceClaim) -> Firing | None:
        if not self._together(base, live) or live.yuan < _LEAST_YUAN or self._moved_on(base, live):
            return None
        ratio = base.yuan / live.yuan
        earlier = self._told_otherwise(base, live)
        if ratio > _MOST_RATIO or (ratio < self._ratio and not earlier):
            return None
        facts = [f"待核实比价：{_row(base)}，{_row(live)}，相差 {ratio:.1f} 倍"]
        if earlier:
            facts.append(f"同一商品此前的说法：{_row(earlier)}")
        facts += filter(None, (self._contradiction(live), self._contradiction(base)))
        score, pattern = (_LABELLED if live.label else _IMPLIED), PATTERN
        if ratio < self._ratio:
            score, pattern = _CHANGED, CHANGED
        ruling = self._ruling(base, live)
        if ruling:
            facts.append(ruling.fact)
            if ruling.finding == Finding.CLEARED:
                score, pattern = _CLEARED, CLEARED
                self._cleared |= {base.hit.cue_id, live.hit.cue_id}
            elif ruling.finding == Finding.CONFIRMED:
                score = _CONFIRMED
        yields_to = () if base.label.endswith("价") or not base.label else _YIELDS_TO
        flag_from = FLAG_SCORE if pattern == PATTERN else _NEVER
        return Firing(SCHEME, pattern, (base.hit, live.hit), score, yields_to, "；".join(facts), flag_from)

    def _together(self, base: PriceClaim, live: PriceClaim) -> bool:
        """Whether two prices stand near enough to be compared. A viewers' window and the talk beside it are two."""
        apart = apart_ms(base.hit, live.hit)
        if apart is None or apart > self._reach_ms:
            return False
        return base.hit.channel == live.hit.channel or Channel.CHAT not in (base.hit.channel, live.hit.channel)

    def _told_otherwise(self, base: PriceClaim, live: PriceClaim) -> PriceClaim | None:
        """An earlier former price of the same thing, at the same selling price, that differs from this one."""
        if base.label not in self._own:
            return None
        for other in self._claims:
            gap_ms = base.hit.span.start_ms - other.hit.span.end_ms
            if (
                other.base
                and other.label == base.label
                and other.hit.channel == base.hit.channel
                and 0 <= gap_ms <= _STRETCH_MS
                and other.hit.cue_id != base.hit.cue_id
                and _differ(other.yuan, base.yuan)
                and not self._moved_on(other, base)
                and any(
                    not c.base and not _differ(c.yuan, live.yuan) and self._together(other, c) for c in self._claims
                )
            ):
                return other
        return None

    def _moved_on(self, left: PriceClaim, right: PriceClaim) -> bool:
        """Whether the host went on to another thing between two claims."""
        first, second = sorted((left.hit, right.hit), key=lambda hit: (hit.span.start_ms, hit.chars))
        if first.cue_id == second.cue_id:
            cue = self._said.get(first.cue_id)
            between = [cue.text[first.chars[1] : second.chars[0]]] if cue else []
        else:
            between = [
                cue.text[first.chars[1] :]
                if cue.cue_id == first.cue_id
                else cue.text[: second.chars[0]]
                if cue.cue_id == second.cue_id
                else cue.text
                for cue in self._said.values()
                if cue.channel == Channel.SPEECH
                and first.span.start_ms < cue.span.end_ms
                and cue.span.start_ms <= second.span.start_ms
            ]
        return any(word in text for text in between for word in self._next_item)

    def _contradiction(self, claim: PriceClaim) -> str:
        """What the picture shows instead of a spoken price; empty where it agrees, shows nothing, or several prices."""
        if claim.hit.channel != Channel.SPEECH:
            return ""
        moment = claim.hit.span.grow(_BESIDE_MS, _BESIDE_MS)
        shown = {
            c.yuan: c
            for c in self._claims
            if c.hit.channel == Channel.SCREEN and c.base == claim.base and c.hit.span.overlaps(moment)
        }
        if len(shown) != 1:
            return ""
        (board,) = shown.values()
        return f"与画面不一致：{_row(board)}" if _differ(board.yuan, claim.yuan) else ""

    def _ruling(self, base: PriceClaim, live: PriceClaim) -> Ruling | None:
        if self._products is None:
            return None
        near = base.hit.span.cover(live.hit.span).grow(_NEARBY_MS, _NEARBY_MS)
        cues = sorted((c for c in self._said.values() if c.span.overlaps(near)), key=lambda c: (c.span, c.cue_id))
        asked = tuple(c.yuan for c in self._claims if not c.base and self._together(base, c)) or (live.yuan,)
        own = base.label in self._own or not base.label
        return self._products.ruling("，".join(cue.text for cue in cues), base_yuan=base.yuan, asked=asked, own=own)


def _differ(left: float, right: float) -> bool:
    return abs(left - right) > _OTHERWISE * max(left, right)


def _row(claim: PriceClaim) -> str:
    """One line of the ledger: 00:12 口播「专柜价一千八」（专柜价，按 1800 元计）."""
    seconds = claim.hit.span.start_ms // 1000
    clock = f"{seconds // 60:02d}:{seconds % 60:02d}"
    role = claim.label or ("划线价" if claim.base else "本场价")
    return f"{clock} {_CHANNEL[claim.hit.channel]}「{claim.hit.raw}」（{role}，按 {claim.yuan:g} 元计）"
