"""The frozen records that flow from room to room, in the order in which they arise.

Stream → Cue → Hit → Violation → Evidence → Flag, with Gap and Discard beside them for what was not heard, not
seen, or heard and not believed. Pure data: a record neither saves, draws nor prints itself.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import NamedTuple

from monitor.rules import Rule, Severity
from monitor.timeline import Span


class Channel(StrEnum):
    """Where a cue was heard or seen."""

    SPEECH = "speech"
    SCREEN = "screen"
    CHAT = "chat"
    MESSAGE = "message"


class Role(StrEnum):
    """Who speaks. Only the host (and the host's staff) can violate; viewers are context."""

    HOST = "host"
    STAFF = "staff"
    VIEWER = "viewer"


class Method(StrEnum):
    """How a term was found, from the most literal to the least."""

    EXACT = "exact"
    VARIANT = "variant"
    GLYPH = "glyph"
    PHONETIC = "phonetic"
    FUZZY = "fuzzy"
    LEARNED = "learned"
    """Words that weighed most with the learned judge; no term of the lexicon."""


class Sense(StrEnum):
    """What a gap is missing: sound, pictures, or the chat."""

    HEARD = "heard"
    SEEN = "seen"
    CHAT = "chat"


class State(StrEnum):
    """The life of a flag on a stream."""

    OPENED = "opened"
    UPDATED = "updated"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Stream:
    """One broadcast, recorded in one or more files."""

    room: str
    """The room's id: stem of the (first) source file unless the recorder's layout gives a better one."""
    parts: tuple[Path, ...]
    """Media files in broadcast order; each starts where the one before it ends."""
    platform: str = ""
    """`douyin`, `kuaishou`, another platform's name, or empty when unknown."""
    creator: str = ""
    host_account: str = ""
    """Name of the host's own chat account; empty when unknown."""
    started_at: datetime | None = None
    """Wall clock of media time 0, with a time zone; None when unknown."""
    danmaku: tuple[Path, ...] = ()
    """Danmaku files, one a part or one for all; empty when none was found."""
    messages: tuple[Path, ...] = ()
    danmaku_offset_ms: int = 0
    """Added to each danmaku time: recorders' clocks drift by 5 to 10 s."""
    part_danmaku: tuple[Path | None, ...] = ()
    """The danmaku file of each part, in the order of `parts`; None where a part has none."""
    industry: str = ""
    """The host's main industry as the operator wrote it; empty when unknown."""
    shop_score: float | None = None
    """The shop's score that buyers see, in the platform's own points; None when unknown."""

    @property
    def source(self) -> Path:
        """The first part: the name under which people know the stream."""
        return self.parts[0]


@dataclass(frozen=True, slots=True)
class Word:
    """One recognised word (in Chinese often one character) with its time."""

    text: str
    span: Span
    confidence: float
    """The model's probability, 0 to 1."""


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle in pixels of the source frame as shown; `right` and `bottom` lie outside it."""

    left_px: int
    top_px: int
    right_px: int
    bottom_px: int


@dataclass(frozen=True, slots=True)
class Cue:
    """Timed text: the narrow waist. Left of it rooms know media, right of it they know text alone.

    A cue that is fed again under its `cue_id` replaces the earlier one: that is how a board that stays grows.
    """

    cue_id: str
    """Unique within the stream and stable while the cue grows."""
    channel: Channel
    span: Span
    text: str
    """Unaltered: hits point into it."""
    confidence: float = 1.0
    """The model's, 0 to 1; 1.0 for typed text."""
    role: Role = Role.HOST
    words: tuple[Word, ...] = ()
    """Their texts joined are `text`, where the recogniser gave times; else empty."""
    box: Box | None = None
    struck: bool = False
    """The text is struck through on the picture, as base prices are."""
    ongoing: bool = False
    """Still on the screen when it was last seen: it may be fed again with a later end."""
    sender: str = ""
    """Keyed hash of who typed it; never a name."""
    note: str = ""
    """How it came about, when that matters to a reviewer: `decoded again`, `primed with trade words`."""
    alternatives: tuple[str, ...] = ()
    """What else the recogniser may have heard, its likeliest other readings first: whole texts for the same span."""

    def span_of(self, start: int, end: int) -> Span:
        """When the characters `start:end` were said: by word times, else evenly. Other text is there all at once."""
        if self.channel != Channel.SPEECH:
            return self.span
        if self.words and sum(len(word.text) for word in self.words) == len(self.text):
            at, spans = 0, []
            for word in self.words:
                if at < end and start < at + len(word.text):
                    spans.append(word.span)
                at += len(word.text)
            if spans:
                return Span(spans[0].start_ms, max(spans[0].start_ms, spans[-1].end_ms))
        duration, length = self.span.duration_ms, max(1, len(self.text))
        return Span(self.span.start_ms + duration * start // length, self.span.start_ms + duration * end // length)


DOUBTED_SCORE = 0.6
"""Score of a hit that rests on a word which the recogniser was told to expect and would not have believed by itself.
Such hits support others; alone they never accuse."""


@dataclass(frozen=True, slots=True)
class Hit:
    """One term found in one cue."""

    term: str
    """The term as the lexicon spells it."""
    slot: str
    """What the term does in a scheme: `pay`, `refund`, `draw`, …"""
    cue_id: str
    channel: Channel
    span: Span
    chars: tuple[int, int]
    """Half-open range in the cue's unaltered text."""
    raw: str
    """Those characters."""
    method: Method
    score: float
    """Ours, 0 to 1: how sure we are that the term was said or shown."""
    how: str = ""
    """The explanation for a person: `反现 → 返现, same sound`."""
    box: Box | None = None


@dataclass(frozen=True, slots=True)
class Suppression:
    """A hit that does not count, and why; kept so that a reviewer can overrule and recall can be measured."""

    hit: Hit
    reason: str
    """`denial`, `question refused`, `warning`, `inside 第二件半价`, `cuts the word 印刷`, …"""


@dataclass(frozen=True, slots=True)
class PriceClaim:
    """A sum of money that a host names, and what it is the price of."""

    hit: Hit
    """Label and sum as said or shown."""
    yuan: float
    base: bool
    """A comparison price (原价, 专柜价, 别家卖…); else the price at which this room sells."""
    label: str
    """The word that made it so; empty where only the layout or the order tells."""


class Trait(NamedTuple):
    """One thing that the learned judge may weigh: a run of characters or sounds, or a slot that the lexicon filled."""

    name: str
    """`返现`, `~fan xian` (sounds), `slot:refund`, `aside:denial:refund` (set aside, and why)."""
    start: int
    """Half-open range in the cue's unaltered text."""
    end: int


@dataclass(frozen=True, slots=True)
class Reading:
    """What the matcher found in one cue."""

    hits: tuple[Hit, ...] = ()
    suppressed: tuple[Suppression, ...] = ()
    prices: tuple[PriceClaim, ...] = ()
    traits: tuple[Trait, ...] = ()


@dataclass(frozen=True, slots=True)
class Violation:
    """A scheme satisfied by hits: computed, not yet put before a person."""

    violation_id: str
    """Given when it opens and kept until it closes."""
    scheme: str
    span: Span
    hits: tuple[Hit, ...]
    patterns: tuple[str, ...]
    """Ids of the lexicon patterns that fired."""
    score: float
    candidate: bool
    """Too weak to accuse: shown apart, never counted as a flag."""
    severity: Severity
    severity_basis: str
    """`notice` where the platform published the ladder, else `desk`."""
    state: State
    context: tuple[Cue, ...] = ()
    suppressed: tuple[Suppression, ...] = ()
    facts: tuple[str, ...] = ()
    """Sentences for the reviewer, such as a price ledger's ratio."""

    @property
    def channels(self) -> tuple[Channel, ...]:
        return tuple(sorted({hit.channel for hit in self.hits}))


@dataclass(frozen=True, slots=True)
class Gap:
    """A stretch that was not heard or not seen, and why."""

    sense: Sense
    span: Span
    reason: str
    """`no audio track`, `undecodable`, `decoder stopped: …`, `no looks`, …"""


@dataclass(frozen=True, slots=True)
class Discard:
    """Recognised text that is not believed: kept, shown on demand, never matched."""

    channel: Channel
    span: Span
    text: str
    reason: str
    """`repetition`, `silence boilerplate`, `prompt echo`, …"""


@dataclass(frozen=True, slots=True)
class Evidence:
    """What was kept to show a violation; `problem` says what could not be."""

    folder: Path
    clip: str | None
    """File name within the folder; None when the cut failed or was not asked for."""
    stills: tuple[str, ...]
    transcript: str | None
    manifest: str | None
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Flag:
    """A violation put before a reviewer, with its rules and evidence. 线索 until a person confirms it."""

    flag_id: str
    stream: Stream
    violation: Violation
    rules: tuple[Rule, ...]
    evidence: Evidence | None
    lexicon: str
    """`sha256:…` of the lexicon that judged."""
    policy: str
    """`sha256:…` of the policies that were cited."""
    models: dict[str, str] = field(default_factory=dict)
    gaps: tuple[Gap, ...] = ()
    """What was not heard or seen within the flag and its lead-in."""
    rules_set_aside: tuple[Rule, ...] = ()
    """Rules against the scheme that do not bind this host: not cited, each with its reason."""
    rules_note: str = ""
    """Why there is no rule to cite, in Chinese; empty where there is one."""
    severity_note: str = ""
    """Whose estimate the severity is, in Chinese."""
