"""What was said, shown and typed during a clip, as WebVTT that a player shows under it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from monitor.evidence.pieces import Shown
from monitor.records import Cue
from monitor.timeline import Span
from monitor.wording import LANE_NAMES, WHO_NAMES

SHORTEST_MS = 1000
"""A typed line has no length of its own; it is shown for so long, as far as the clip lasts."""

_BREAKS = re.compile(r"(?:\r\n|[\n\r\x0b\x0c\x1c-\x1e\x85\u2028\u2029])+")


def webvtt(
    cues: Iterable[Cue], shown: Sequence[Shown], *, room: str = "", flag_id: str = "", flagged: Span | None = None
) -> str:
    """The cues that the clip shows, in the clip's own time, each a voice (`<v 观众弹幕>`) named after its lane.

    The lane stands in the text, too, since players show no voices. A cue that several stretches show appears once in
    each. The note at the head names room and flag, and says where on the stream each stretch lies. Whoever typed a
    line is a lane and nothing more: neither name nor hash.
    """
    blocks = ["WEBVTT", *_notes(shown, room, flag_id, flagged)]
    end_ms = max((each.clip.end_ms for each in shown), default=0)
    lines: list[tuple[Span, str]] = []
    for cue in cues:
        lane = WHO_NAMES.get(cue.role, "") + LANE_NAMES[cue.channel]
        text = f"<v {lane}>[{lane}] {_escaped(cue.text)}"
        lines += [(_readable(span, end_ms), text) for span in _in_clip(cue.span, shown)]
    lines.sort()
    blocks += [f"{_clock(span.start_ms)} --> {_clock(span.end_ms)}\n{text}" for span, text in lines]
    return "\n\n".join(blocks) + "\n"


def _notes(shown: Sequence[Shown], room: str, flag_id: str, flagged: Span | None) -> list[str]:
    """Blocks for readers of the file; players skip them."""
    told = [f"room {_noted(room)}"] if room else []
    told += [f"flag {_noted(flag_id)}"] if flag_id else []
    told += [f"flagged {_clock(flagged.start_ms)} to {_clock(flagged.end_ms)} of the stream"] if flagged else []
    notes = ["NOTE\n" + "\n".join(told)] if told else []
    return notes + [
        f"NOTE\n{_clock(each.clip.start_ms)} here is {_clock(each.stream.start_ms)} of the stream" for each in shown
    ]


def _noted(text: str) -> str:
    """One line that cannot end its note: no break, and no arrow, which no note may hold."""
    return _BREAKS.sub(" ", text).replace("\0", "\ufffd").replace("-->", "→")


def _in_clip(span: Span, shown: Sequence[Shown]) -> list[Span]:
    """Where the clip shows a stretch of the stream; stretches that touch in the clip are one."""
    found: list[Span] = []
    for each in shown:
        seen = span.intersection(each.stream)
        if seen is None and not span.duration_ms and span.start_ms in each.stream:
            seen = span
        if seen is None:
            continue
        here = seen.shift(each.clip.start_ms - each.stream.start_ms)
        if found and found[-1].end_ms == here.start_ms:
            here = found.pop().cover(here)
        found.append(here)
    return found


def _readable(span: Span, end_ms: int) -> Span:
    """At least `SHORTEST_MS` long unless the clip ends before; never empty, for a player drops empty cues."""
    return Span(span.start_ms, max(span.end_ms, min(span.start_ms + SHORTEST_MS, end_ms), span.start_ms + 1))


def _escaped(text: str) -> str:
    """WebVTT cue text: one line, no markup, no NUL."""
    line = _BREAKS.sub(" ", text).replace("\0", "\ufffd")
    return line.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _clock(at_ms: int) -> str:
    seconds, ms = divmod(at_ms, 1000)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:02d}:{minutes:02d}:{seconds:02d}.{ms:03d}"
