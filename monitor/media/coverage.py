"""What was heard and seen, and the gaps between: from what was decoded, never from the header."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import dataclass, field
from operator import itemgetter

from monitor.media.records import Decoded
from monitor.records import Gap, Sense
from monitor.timeline import Span, complement, union

BLINK_MS = 250
"""Shorter holes are none: less than a syllable, and what encoders leave at either end of a file."""
LOOK_LASTS = 1.5
"""A look stands for what follows it up to so many periods, or to the next look."""
NEAR_MS = 1000
"""Troubles within it are one, and explain a hole so near."""


@dataclass(slots=True)
class Coverage:
    """Collects while a file is decoded, sounds and looks each in time order; `finish` draws the line."""

    every_ms: int
    audio: bool
    video: bool
    has_audio: bool
    has_video: bool
    declared_ms: int | None = None
    heard_to_ms: int = 0
    """How far sound packets were read."""
    seen_to_ms: int = 0
    absent: dict[Sense, str] = field(default_factory=dict)
    """Why a sense has nothing at all, where a track of it is there."""
    sounds: list[Span] = field(default_factory=list)
    looks: list[int] = field(default_factory=list)
    troubles: dict[Sense, list[tuple[int, str]]] = field(default_factory=dict)
    """(time in ms, what) for each sense, in time order."""

    def sound(self, span: Span) -> Gap | None:
        """Takes sound in; the gap before it, if there is one: it is certain now that sound has come again."""
        before_ms = self.sounds[-1].end_ms if self.sounds else 0
        if self.sounds and 0 <= span.start_ms - self.sounds[-1].end_ms <= BLINK_MS:
            self.sounds[-1] = self.sounds[-1].cover(span)
        else:
            self.sounds.append(span)
        self.heard_to_ms = max(self.heard_to_ms, span.end_ms)
        return self._early(Sense.HEARD, before_ms, span.start_ms)

    def look(self, at_ms: int) -> Gap | None:
        """Takes a look in; the gap before it, if there is one: it is certain now that pictures have come again."""
        before_ms = self.looks[-1] + self._lasts_ms if self.looks else 0
        self.looks.append(at_ms)
        self.seen_to_ms = max(self.seen_to_ms, at_ms + 1)
        return self._early(Sense.SEEN, before_ms, at_ms)

    def read_to(self, heard_to_ms: int, seen_to_ms: int) -> None:
        self.heard_to_ms, self.seen_to_ms = max(self.heard_to_ms, heard_to_ms), max(self.seen_to_ms, seen_to_ms)

    def trouble(self, sense: Sense, at_ms: int, what: str) -> None:
        """Something could not be decoded; of a burst only the first is kept."""
        known = self.troubles.setdefault(sense, [])
        at = bisect_right(known, at_ms, key=itemgetter(0))
        if not at or at_ms - known[at - 1][0] >= NEAR_MS:
            known.insert(at, (at_ms, what))

    def finish(self, stopped: str = "") -> Decoded:
        """The account; `stopped` says why the rest of the file is missing, if it is."""
        read_ms = max(self.heard_to_ms, self.seen_to_ms)
        end_ms = max(read_ms + 1, self.declared_ms or 0) if stopped else read_ms
        whole = Span(0, end_ms)
        heard = _settled(self.sounds, Span(0, read_ms))
        seen = _settled(self._glances(), Span(0, read_ms))
        gaps = [
            *self._gaps(Sense.HEARD, heard, whole, read_ms, stopped),
            *self._gaps(Sense.SEEN, seen, whole, read_ms, stopped),
        ]
        return Decoded(end_ms, tuple(heard), tuple(seen), tuple(gaps))

    def _early(self, sense: Sense, start_ms: int, end_ms: int) -> Gap | None:
        if end_ms - start_ms <= BLINK_MS:
            return None
        return Gap(sense, Span(start_ms, end_ms), self._reason(sense, Span(start_ms, end_ms)))

    @property
    def _lasts_ms(self) -> int:
        return max(1, round(self.every_ms * LOOK_LASTS))

    def _glances(self) -> list[Span]:
        lasts_ms = self._lasts_ms
        ends = [*self.looks, self.seen_to_ms][1:]
        return [
            Span(at_ms, max(at_ms + 1, min(end_ms, at_ms + lasts_ms)))
            for at_ms, end_ms in zip(self.looks, ends, strict=True)
        ]

    def _gaps(self, sense: Sense, covered: list[Span], whole: Span, read_ms: int, stopped: str) -> list[Gap]:
        wanted, has, absent = {
            Sense.HEARD: (self.audio, self.has_audio, "no audio track"),
            Sense.SEEN: (self.video, self.has_video, "no video track"),
        }[sense]
        absent = self.absent.get(sense, absent)
        if not has or not wanted:
            return [Gap(sense, whole, "not asked for" if has else absent)] if whole.duration_ms else []
        gaps: list[Gap] = []
        for hole in complement(covered, whole):
            if hole.start_ms < read_ms:
                within = Span(hole.start_ms, min(hole.end_ms, read_ms))
                gaps.append(Gap(sense, within, self._reason(sense, within)))
            if hole.end_ms > read_ms:
                gaps.append(Gap(sense, Span(max(hole.start_ms, read_ms), hole.end_ms), stopped))
        return gaps

    def _reason(self, sense: Sense, hole: Span) -> str:
        near = hole.grow(NEAR_MS, NEAR_MS)
        known = self.troubles.get(sense, [])
        at = bisect_left(known, near.start_ms, key=itemgetter(0))
        if at < len(known) and known[at][0] in near:
            return known[at][1]
        return "no sound" if sense is Sense.HEARD else "no looks"


def _settled(spans: list[Span], whole: Span) -> list[Span]:
    """In order, within the whole, blinks closed."""
    inside = [shared for span in spans if (shared := span.intersection(whole))]
    merged = union(inside, join_ms=BLINK_MS)
    if merged and merged[0].start_ms <= BLINK_MS:
        merged[0] = Span(0, merged[0].end_ms)
    if merged and whole.end_ms - merged[-1].end_ms <= BLINK_MS:
        merged[-1] = Span(merged[-1].start_ms, whole.end_ms)
    return merged
