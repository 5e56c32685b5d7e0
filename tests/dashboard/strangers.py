"""Streams of people who mean no good: whatever they can name, say, show and type is meant to be more than text."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from desk_evidence import SampleClips
from desk_words import HOSTILE
from store.broadcasts import AT, STREAM, begin, end, flag

from monitor.flag_line import flag_line
from monitor.records import Box, Channel, Cue, Gap, Hit, Method, Role, Sense, Stream, Suppression
from monitor.rules import Severity
from monitor.store import Store, Unit
from monitor.timeline import Span

WHERE = (Channel.SPEECH, Channel.SCREEN, Channel.CHAT)
FIRST_MS = 20_000
"""On air, so that a clip begins before it."""
ALL_IN_ONE = " ".join(each for each in HOSTILE if len(each) < 1000)


def stranger(word: str, number: int) -> Stream:
    """A stream of somebody who is called so, in a room of that name."""
    return replace(
        STREAM, room=f"{word}{number}", parts=(Path(f"录像/陌生人_{number}.mp4"),), creator=word, host_account=word,
        started_at=AT + timedelta(minutes=number), danmaku=(), messages=(), part_danmaku=(),
    )  # fmt: skip


def add_strangers(store: Store, words: Iterable[str] = HOSTILE, *, clips: SampleClips | None = None) -> dict[str, str]:
    """A stream and a flag for each word, the gravest there are; with evidence that has a clip if `clips` keeps it.

    The word is the creator, the room, what was heard, seen, and typed, each of them a hit, and why a stretch was lost.
    Gives the flags' ids by the words.
    """
    made = {}
    for number, word in enumerate(words):
        stream = stranger(word, number)
        cues = [_cue(lane, f"{lane}-{number}", word, FIRST_MS + 1000 * n) for n, lane in enumerate(WHERE)]
        flag_id = hashlib.sha256(f"stranger {number}".encode()).hexdigest()[:16]
        found = flag(
            flag_id, FIRST_MS, stream=stream, hits=tuple(_hit(cue, word) for cue in cues), context=tuple(cues),
            suppressed=(Suppression(_hit(cues[0], word), "denial"),), severity=Severity.VERY_SERIOUS, facts=(word,),
        )  # fmt: skip
        if clips is not None:
            found = replace(found, evidence=clips.keep(found, flag_line(found), cues))
        stream_id = begin(store, f"stranger {number}", f"s{number}", stream, media_key=f"stranger {number}")
        gap = Gap(Sense.SEEN, Span(FIRST_MS + 500, FIRST_MS + 900), word)
        store.add(stream_id, Unit(cues=cues, gaps=[gap], flags=[found]))
        end(store, stream_id)
        made[word] = flag_id
    return made


def _cue(lane: Channel, name: str, word: str, at_ms: int) -> Cue:
    box = Box(20, 40, 300, 90) if lane is Channel.SCREEN else None
    role = {"role": Role.VIEWER, "sender": "3f2a"} if lane is Channel.CHAT else {}
    return Cue(name, lane, Span(at_ms, at_ms + 3000), f"{word}退给你{word}", 0.8, box=box, **role)


def _hit(cue: Cue, word: str) -> Hit:
    """From the word's end on, so that what is told of how it was found has markup in it, too."""
    raw = f"{word[-6:]}退给你"
    start = max(0, len(word) - 6)
    span = Span(cue.span.start_ms, cue.span.start_ms + 500)
    chars = (start, len(word) + 3)
    return Hit("退给你", "refund", cue.cue_id, cue.channel, span, chars, raw, Method.EXACT, 1.0, word, cue.box)
