"""Which stretches of a stream show a violation, and where they lie in files and in the clip. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from monitor.config import Settings
from monitor.media import MediaFacts, Piece
from monitor.records import Channel, Hit, Violation
from monitor.timeline import Span, union

AROUND_MS = 3000
"""Shown on each side of a hit in a long flag: a spoken clause lasts two to three seconds."""
EDGE_MS = 5000
"""Shown of a long flag's inside at its start and at its end, beside lead-in and lead-out."""
CAP_MS = 90_000
"""A long flag's clip is not longer than this (unless lead-in and lead-out alone are): a reviewer watches it whole."""
JOIN_MS = 1000
"""Stretches no further apart are shown as one: a cut costs the eye more than the second it saves."""
SHORTEST_MS = 1000
"""No clip is shorter, whatever the settings: less cannot be followed."""
SETTLE_MS = 500
"""How long after it appears a board is looked at: it may fade in, and a millisecond's rounding must not miss it."""


@dataclass(frozen=True, slots=True)
class TimedPart:
    """Where a media file lies on the stream's timeline; the file's own time 0 is `span.start_ms`."""

    path: Path
    span: Span
    facts: MediaFacts | None = None
    """What its container declares; None when nobody asked."""


@dataclass(frozen=True, slots=True)
class Shown:
    """One stretch of the clip: the same moments on the stream, in the source file, and in the clip."""

    part: int
    """Index of the source among the stream's parts."""
    stream: Span
    source: Span
    """In the file's own media time."""
    clip: Span


def moment_ms(hit: Hit) -> int:
    """When to look at a hit, in stream time: shortly after text appears, in the middle of what is said."""
    half_ms = hit.span.duration_ms // 2
    return hit.span.start_ms + (half_ms if hit.channel is Channel.SPEECH else min(SETTLE_MS, half_ms))


def most_telling(hits: Iterable[Hit]) -> list[Hit]:
    """The hits in the order in which they prove a scheme: the best of each slot, then of each term, then the rest."""
    by_score = sorted(hits, key=lambda hit: (-hit.score, hit.span, hit.term))
    slots: set[str] = set()
    terms: set[tuple[str, str]] = set()
    ranked: list[tuple[int, Hit]] = []
    for hit in by_score:
        rank = 0 if hit.slot not in slots else 1 if (hit.slot, hit.term) not in terms else 2
        slots.add(hit.slot)
        terms.add((hit.slot, hit.term))
        ranked.append((rank, hit))
    return [hit for _, hit in sorted(ranked, key=lambda each: each[0])]


def plan_pieces(violation: Violation, *, settings: Settings, end_ms: int) -> tuple[Span, ...]:
    """The stretches of stream time that a clip shows: in order, disjoint, within `0..end_ms`, never empty ones.

    One stretch with lead-in and lead-out as a rule. Of a violation longer than `settings.long_flag_ms`: its start,
    its end and a few seconds round each hit, the most telling hits first until `CAP_MS` is reached. Empty when the
    stream has no length.
    """
    if end_ms <= 0:
        return ()
    whole = Span(0, end_ms)
    event = _inside(violation.span, whole)
    for hit in violation.hits:
        at_ms = _clamp(moment_ms(hit), whole)
        event = event.cover(Span(at_ms, at_ms + 1))
    before_ms, after_ms = settings.lead_in_ms, settings.lead_out_ms
    if event.duration_ms <= settings.long_flag_ms:
        return (_widened(event.grow(before_ms, after_ms), whole),)
    chosen = [
        Span(event.start_ms, event.start_ms + EDGE_MS).grow(before_ms, 0),
        Span(event.end_ms - EDGE_MS, event.end_ms).grow(0, after_ms),
    ]
    pieces = _joined(chosen, whole)
    for hit in most_telling(violation.hits):
        at_ms = _clamp(moment_ms(hit), whole)
        chosen.append(Span(at_ms, at_ms + 1).grow(AROUND_MS, AROUND_MS))
        wider = _joined(chosen, whole)
        if _length_ms(wider) > max(CAP_MS, _length_ms(pieces)):
            chosen.pop()
        else:
            pieces = wider
    return tuple(pieces)


def place(pieces: Sequence[Span], parts: Sequence[TimedPart]) -> list[Shown]:
    """The pieces in the files: one entry a file that a piece touches, laid end to end on the clip's timeline."""
    shown: list[Shown] = []
    clip_ms = 0
    for piece in pieces:
        for index, part in enumerate(parts):
            stream = piece.intersection(part.span)
            if stream is None:
                continue
            clip = Span(clip_ms, clip_ms + stream.duration_ms)
            shown.append(Shown(index, stream, stream.shift(-part.span.start_ms), clip))
            clip_ms = clip.end_ms
    return shown


def as_media(shown: Sequence[Shown], parts: Sequence[TimedPart]) -> list[Piece]:
    """The same for whoever cuts media."""
    return [Piece(parts[each.part].path, each.source) for each in shown]


def as_cut(shown: Sequence[Shown], cut: Sequence[Span], parts: Sequence[TimedPart]) -> list[Shown]:
    """The plan corrected to what was really cut: a copied stretch starts at the keyframe before the one asked for.

    `cut` holds the stretches of the clip in order, in each source's media time.
    """
    real: list[Shown] = []
    planned = 0
    clip_ms = 0
    for index, source in enumerate(cut):
        if len(cut) == len(shown):
            planned = index
        else:  # stretches with nothing in them were left out
            while planned + 1 < len(shown) and not shown[planned].source.overlaps(source):
                planned += 1
        part = shown[planned].part
        clip = Span(clip_ms, clip_ms + source.duration_ms)
        real.append(Shown(part, source.shift(parts[part].span.start_ms), source, clip))
        clip_ms = clip.end_ms
    return real


def clip_time_ms(shown: Sequence[Shown], at_ms: int) -> int | None:
    """Where in the clip a moment of the stream is shown; None where it is not."""
    for each in shown:
        if at_ms in each.stream:
            return each.clip.start_ms + at_ms - each.stream.start_ms
    return None


def _clamp(at_ms: int, whole: Span) -> int:
    return max(whole.start_ms, min(at_ms, whole.end_ms - 1))


def _inside(span: Span, whole: Span) -> Span:
    """The part of `span` within `whole`; its nearest millisecond when they do not meet."""
    return span.intersection(whole) or Span(_clamp(span.start_ms, whole), _clamp(span.start_ms, whole) + 1)


def _widened(span: Span, whole: Span) -> Span:
    lacking_ms = max(0, SHORTEST_MS - span.duration_ms)
    return _inside(span.grow(lacking_ms // 2, lacking_ms - lacking_ms // 2), whole)


def _joined(spans: Iterable[Span], whole: Span) -> list[Span]:
    return union((_inside(span, whole) for span in spans), join_ms=JOIN_MS)


def _length_ms(spans: Iterable[Span]) -> int:
    return sum(span.duration_ms for span in spans)
