"""What would have been needed: for each scheme the pattern that came nearest to firing, and what stood in its way."""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from monitor.explaining.records import Filled, FoundWord, Lacking, Nearest
from monitor.explaining.sentences import reason_sentence, slot_about
from monitor.judge.firing import CANDIDATE_SCORE, Firing
from monitor.judge.patterns import apart_ms, before, fire, forbidding, overlap
from monitor.lexicon import Lexicon
from monitor.lexicon.alternatives import expand
from monitor.lexicon.model import PatternEntry
from monitor.records import Hit, Reading
from monitor.wording import LANE_NAMES

_SAMPLES = 3
_SAMPLES_OF_EACH = 2
"""The same where several slots will do."""
_ANY_DISTANCE_S = 1e6

Tell = Callable[[Hit], FoundWord]
Weigh = Callable[[Firing], float]
"""The score that the learned judge leaves a firing."""


@dataclass(frozen=True)
class _Found:
    """What one text holds, by slot."""

    counting: Mapping[str, Sequence[Hit]]
    aside: Mapping[str, Sequence[tuple[Hit, str]]]
    hits: Sequence[Hit]


def nearest_patterns(
    lexicon: Lexicon, reading: Reading, *, flagged: frozenset[str], tell: Tell, weigh: Weigh
) -> tuple[Nearest, ...]:
    """The nearest pattern of each scheme that is not in `flagged` and of which a slot is filled; nearest first."""
    counting: defaultdict[str, list[Hit]] = defaultdict(list)
    aside: defaultdict[str, list[tuple[Hit, str]]] = defaultdict(list)
    for hit in reading.hits:
        counting[hit.slot].append(hit)
    for suppression in reading.suppressed:
        aside[suppression.hit.slot].append((suppression.hit, suppression.reason))
    found = _Found(counting, aside, reading.hits)
    best: dict[str, tuple[tuple[float, ...], Nearest]] = {}
    for scheme, pattern in lexicon.patterns():
        slots = {slot for need in pattern.need for slot in need.split("|")}
        if scheme in flagged or not slots & (counting.keys() | aside.keys()):
            continue
        near = _near(lexicon, scheme, pattern, found, tell, weigh)
        if near and (scheme not in best or near[0] < best[scheme][0]):
            best[scheme] = near
    ranked = sorted(best.values(), key=lambda item: item[0])
    return tuple(near for _, near in ranked)


def shortest_ways(lexicon: Lexicon, schemes: Sequence[str]) -> tuple[Nearest, ...]:
    """For each scheme its shortest, surest pattern with nothing filled: what such a text would have had to say."""
    ways: list[Nearest] = []
    for scheme in schemes:
        pattern = min(lexicon.schemes[scheme].patterns, key=lambda p: (len(p.need), -p.score))
        lacking = tuple(_lacking(lexicon, need) for need in pattern.need)
        name = lexicon.schemes[scheme].name
        ways.append(Nearest(scheme, name, pattern.id, pattern.about, (), lacking, (), common=False))
    return tuple(ways)


def _near(
    lexicon: Lexicon, scheme: str, pattern: PatternEntry, found: _Found, tell: Tell, weigh: Weigh
) -> tuple[tuple[float, ...], Nearest] | None:
    """How near a pattern came (smaller is nearer) and what it lacks; None when nothing of it is there."""
    firing, hindrances = _complete(lexicon, scheme, pattern, found, weigh)
    if firing:
        met = [(hit, "") for hit in firing.hits]
        chosen: list[tuple[Hit, str] | None] = [*met]
    else:
        chosen = _partly(pattern, found)
    filled = tuple(
        Filled(need, tell(met[0]), reason_sentence(met[1]) if met[1] else "")
        for need, met in zip(pattern.need, chosen, strict=True)
        if met
    )
    if not filled:
        return None
    lacking = tuple(_lacking(lexicon, need) for need, met in zip(pattern.need, chosen, strict=True) if met is None)
    aside = sum(bool(part.set_aside) for part in filled)
    telling = sum(part.word.slot not in lexicon.common_slots for part in filled)
    rank = (telling == 0, len(lacking), aside + len(hindrances), -telling, -len(filled), -pattern.score)
    name = lexicon.schemes[scheme].name
    return rank, Nearest(scheme, name, pattern.id, pattern.about, filled, lacking, hindrances, common=telling == 0)


def _partly(pattern: PatternEntry, found: _Found) -> list[tuple[Hit, str] | None]:
    """For each need a word that meets it, none twice: those that count first, the needs with the least choice first."""
    choices = [
        [(hit, "") for slot in need.split("|") for hit in found.counting.get(slot, ())]
        + [met for slot in need.split("|") for met in found.aside.get(slot, ())]
        for need in pattern.need
    ]
    chosen: list[tuple[Hit, str] | None] = [None] * len(choices)
    for place in sorted(range(len(choices)), key=lambda i: len(choices[i])):
        taken = [met[0] for met in chosen if met]
        free = (met for met in choices[place] if not any(overlap(met[0], hit) for hit in taken))
        chosen[place] = next(free, None)
    return chosen


def _complete(
    lexicon: Lexicon, scheme: str, pattern: PatternEntry, found: _Found, weigh: Weigh
) -> tuple[Firing | None, tuple[str, ...]]:
    """Words for every need, and why they make no flag all the same; no firing where a need is not met."""
    loosened: tuple[dict[str, object], ...] = (
        {},
        {"within_s": _ANY_DISTANCE_S},
        {"ordered": False},
        {"within_s": _ANY_DISTANCE_S, "ordered": False},
        {"within_s": _ANY_DISTANCE_S, "ordered": False, "same_cue": False, "channels": ()},
    )
    for change in loosened:
        firings = [*fire(scheme, pattern.model_copy(update=change), found.counting, found.hits)]
        if firings:
            firing = max(firings, key=lambda f: f.score)
            return firing, tuple(_hindrances(lexicon, pattern, firing, found, weigh))
    return None, ()


def _hindrances(lexicon: Lexicon, pattern: PatternEntry, firing: Firing, found: _Found, weigh: Weigh) -> Iterator[str]:
    hits = firing.hits
    if pattern.channels and any(hit.channel not in pattern.channels for hit in hits):
        yield f"只在{'、'.join(LANE_NAMES.get(c, c) for c in pattern.channels)}里算"
    if pattern.same_cue and len({hit.cue_id for hit in hits}) > 1:
        yield "几个成分要在同一句里"
    if pattern.ordered:
        for left, right in itertools.pairwise(hits):
            if not before(left, right):
                yield f"次序不对：“{left.raw}”要在“{right.raw}”前面"
    far = max(itertools.combinations(hits, 2), key=lambda pair: apart_ms(*pair) or 0, default=None)
    apart_s = (apart_ms(*far) or 0) / 1000 if far else 0.0
    if far and apart_s > pattern.within_s:
        yield f"“{far[0].raw}”和“{far[1].raw}”相隔约 {apart_s:.1f} 秒，最多 {pattern.within_s:g} 秒"
    forbids = forbidding(pattern, hits, found.counting)
    if forbids:
        yield f"旁边有“{forbids.raw}”（{slot_about(lexicon, forbids.slot)}），这种情形不算"
    score = weigh(firing)
    if score < CANDIDATE_SCORE:
        yield f"成分齐全，但把握只有 {score:.2f}，不到候选线 {CANDIDATE_SCORE:g}"


def _lacking(lexicon: Lexicon, need: str) -> Lacking:
    slots = need.split("|")
    abouts: list[str] = []
    for about in (slot_about(lexicon, slot) for slot in slots):
        if not any(about.startswith(told) for told in abouts):  # `付款；短，只认原字` says no more than 付款
            abouts.append(about)
    each = _SAMPLES if len(slots) == 1 else _SAMPLES_OF_EACH
    samples = itertools.chain.from_iterable(itertools.islice(_samples(lexicon, slot), each) for slot in slots)
    return Lacking(need, "；或 ".join(abouts), tuple(dict.fromkeys(samples)))


def _samples(lexicon: Lexicon, slot: str) -> Iterator[str]:
    """Terms of a slot, one for each entry, the first in the file first; wildcards as a reader takes them."""
    entry = lexicon.slots.get(slot)
    texts = (expand(term.text)[0] for term in entry.terms) if entry else iter(())
    return (text.replace("{n}", "三").replace("{w}", "…") for text in texts)
