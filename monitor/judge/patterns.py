"""Finds the hits that satisfy a pattern: slots filled within reach of one another, in order where order matters."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from monitor.judge.firing import Firing, firing_score
from monitor.lexicon.model import PatternEntry
from monitor.records import Channel, Hit

_MOST = 10
"""Hits considered for one slot, the nearest in time first: enough for any real event, and a bound on the work."""


def overlap(left: Hit, right: Hit) -> bool:
    """Whether two hits are the same words."""
    return left.cue_id == right.cue_id and left.chars[0] < right.chars[1] and right.chars[0] < left.chars[1]


def apart_ms(left: Hit, right: Hit) -> int | None:
    """Milliseconds between two hits; None where they cannot belong together.

    Two boards belong together only when one stands next to the other: a room shows many boards at once.
    """
    if left.channel == Channel.SCREEN and right.channel == Channel.SCREEN and left.cue_id != right.cue_id:
        if not _neighbours(left, right) or not left.span.overlaps(right.span):
            return None
        return 0
    return left.span.distance_ms(right.span)


def _neighbours(left: Hit, right: Hit) -> bool:
    a, b = left.box, right.box
    if a is None or b is None:
        return False
    height = max(a.bottom_px - a.top_px, b.bottom_px - b.top_px)
    vertical = max(a.top_px, b.top_px) - min(a.bottom_px, b.bottom_px)
    sideways = max(a.left_px, b.left_px) - min(a.right_px, b.right_px)
    return vertical <= height and sideways <= height


def before(left: Hit, right: Hit) -> bool:
    """Whether `left` begins earlier: in time, and within one cue in the text."""
    if left.cue_id == right.cue_id:
        return left.chars[0] < right.chars[0]
    return left.span.start_ms <= right.span.start_ms


def fire(
    scheme: str, pattern: PatternEntry, by_slot: Mapping[str, Sequence[Hit]], fresh: Sequence[Hit]
) -> Iterator[Firing]:
    """Firings of the pattern that use at least one fresh hit; for each fresh hit the best."""
    pools = [[hit for slot in need.split("|") for hit in by_slot.get(slot, ())] for need in pattern.need]
    if not all(pools):
        return
    reach_ms = round(pattern.within_s * 1000)
    seen: set[tuple[tuple[str, int, str], ...]] = set()
    for anchor in fresh:
        if pattern.channels and anchor.channel not in pattern.channels:
            continue
        best: tuple[float, int, tuple[Hit, ...]] | None = None
        for position, need in enumerate(pattern.need):
            if anchor.slot not in need.split("|"):
                continue
            reachable = [
                [anchor] if index == position else _reachable(anchor, other, reach_ms, pattern)
                for index, other in enumerate(pools)
            ]
            for chosen in _choices(reachable, pattern, reach_ms):
                score = firing_score(pattern, chosen)
                spread = max(h.span.start_ms for h in chosen) - min(h.span.start_ms for h in chosen)
                if best is None or (score, -spread) > (best[0], -best[1]):
                    best = (score, spread, chosen)
        if best is None:
            continue
        key = tuple(sorted((h.cue_id, h.chars[0], h.slot) for h in best[2]))
        if key not in seen:
            seen.add(key)
            yield Firing(scheme, pattern.id, best[2], best[0], pattern.yields_to, pattern.about)


def forbidding(pattern: PatternEntry, hits: Sequence[Hit], by_slot: Mapping[str, Sequence[Hit]]) -> Hit | None:
    """The hit of an `unless` slot that stands near enough to say that something harmless is meant; None for none.

    Near is `unless_s` on the same channel; on the picture the same board.
    """
    cue_ids = {hit.cue_id for hit in hits}
    for slot in pattern.unless:
        for other in by_slot.get(slot, ()):
            if other.channel == Channel.SCREEN:
                if other.cue_id in cue_ids:
                    return other
            elif any(
                hit.channel == other.channel and hit.span.distance_ms(other.span) <= pattern.unless_s * 1000
                for hit in hits
            ):
                return other
    return None


def _reachable(anchor: Hit, pool: Sequence[Hit], reach_ms: int, pattern: PatternEntry) -> list[Hit]:
    near: list[tuple[int, int, Hit]] = []
    for index, hit in enumerate(pool):
        if overlap(anchor, hit) or (pattern.same_cue and hit.cue_id != anchor.cue_id):
            continue
        if pattern.channels and hit.channel not in pattern.channels:
            continue
        apart = apart_ms(anchor, hit)
        if apart is not None and apart <= reach_ms:
            near.append((apart, index, hit))
    near.sort(key=lambda item: (item[0], -item[2].score, item[1]))
    return [hit for _, _, hit in near[:_MOST]]


def _choices(pools: Sequence[Sequence[Hit]], pattern: PatternEntry, reach_ms: int) -> Iterator[tuple[Hit, ...]]:
    """Every way to fill the slots with hits that go together, found by trying slot after slot."""

    def extend(chosen: tuple[Hit, ...]) -> Iterator[tuple[Hit, ...]]:
        if len(chosen) == len(pools):
            yield chosen
            return
        for hit in pools[len(chosen)]:
            if all(_compatible(earlier, hit, reach_ms) for earlier in chosen) and not (
                pattern.ordered and chosen and not before(chosen[-1], hit)
            ):
                yield from extend((*chosen, hit))

    yield from extend(())


def _compatible(earlier: Hit, hit: Hit, reach_ms: int) -> bool:
    if overlap(earlier, hit):
        return False
    apart = apart_ms(earlier, hit)
    return apart is not None and apart <= reach_ms
