"""The transcript of a case: what was said, shown and typed round a flag, in stream time, its hit words marked. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from monitor.evidence.page.case_json import Json, number_of, rows_of, text_of
from monitor.evidence.page.names import without_names
from monitor.evidence.page.visible import Piece, marked, places
from monitor.wording import LANE_NAMES, WHO_NAMES

_SLACK_S = 0.001
"""Seconds in JSON are rounded to milliseconds."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the transcript, its hit words marked."""

    lane: str
    lane_name: str
    viewer: bool
    start_s: float
    end_s: float
    text: str
    """Viewers' names hidden."""
    pieces: tuple[Piece, ...]
    """The same as a page shows it."""

    @property
    def has_hit(self) -> bool:
        return any(is_marked for _, is_marked in self.pieces)

    def holds(self, words: str, start_s: float, end_s: float) -> bool:
        """Whether these words of its lane may stand in the line: from `start_s` to `end_s`."""
        return start_s <= self.end_s + _SLACK_S and end_s >= self.start_s - _SLACK_S and words in self.text


def transcript_lines(flag: Json, manifest: Json, transcript: str) -> list[Line]:
    """What was said, shown and typed round the flag, in stream time: the flag's context, and what the clip adds."""
    cues = [cue for cue in map(_context_cue, rows_of(flag.get("context"))) if cue is not None]
    known = {(lane, role, _folded(text)) for lane, role, _, _, text in cues}
    cues += [cue for cue in transcript_cues(transcript, manifest) if (cue[0], cue[1], _folded(cue[4])) not in known]
    words = _hit_words(flag)
    order = list(LANE_NAMES)
    cues.sort(key=lambda cue: (cue[2], order.index(cue[0]) if cue[0] in order else len(order), cue[3], cue[4]))
    return [_line(cue, words.get(cue[0], ())) for cue in cues]


TimedText = tuple[str, str, float, float, str]
"""Lane, role (`host`, `staff`, `viewer`), start and end in seconds of the stream, words."""


def _context_cue(cue: Json) -> TimedText | None:
    start_s, end_s = number_of(cue.get("start_s")), number_of(cue.get("end_s"))
    if start_s is None:
        return None
    end_s = start_s if end_s is None else max(start_s, end_s)
    return text_of(cue.get("channel")), text_of(cue.get("role")), start_s, end_s, text_of(cue.get("text"))


def _line(cue: TimedText, hit_words: Sequence[tuple[float, float, str]]) -> Line:
    lane, role, start_s, end_s, text = cue
    viewer = role == "viewer"
    first_s, last_s = start_s - _SLACK_S, end_s + _SLACK_S
    words = [] if viewer else [raw for begin_s, stop_s, raw in hit_words if begin_s <= last_s and stop_s >= first_s]
    words = list(dict.fromkeys(words))
    if viewer or lane != "speech":
        spared = [place for word in words for place in places(text, word)]
        text = without_names(text, of_viewer=viewer, spared=spared)
    marks = [place for word in words for place in places(text, word)]
    name = WHO_NAMES.get(role, "") + LANE_NAMES.get(lane, lane)
    return Line(lane, name, viewer, start_s, end_s, text, tuple(marked(text, marks)))


def _hit_words(flag: Json) -> dict[str, list[tuple[float, float, str]]]:
    """By lane the raw words of the hits, with start and end in seconds."""
    words: dict[str, list[tuple[float, float, str]]] = {}
    for hit in rows_of(flag.get("hits")):
        start_s, end_s = number_of(hit.get("start_s")), number_of(hit.get("end_s"))
        if start_s is not None:
            end_s = start_s if end_s is None else end_s
            words.setdefault(text_of(hit.get("channel")), []).append((start_s, end_s, text_of(hit.get("raw"))))
    return words


_TIMING = re.compile(r"(\d+):(\d\d):(\d\d\.\d{3}) --> (\d+):(\d\d):(\d\d\.\d{3})")
_LANE = re.compile(
    r"(?:<v [^>]*>)?\[(" + "|".join(WHO_NAMES.values()) + r")?(" + "|".join(LANE_NAMES.values()) + r")\] ?"
)


def transcript_cues(transcript: str, manifest: Json) -> Iterator[TimedText]:
    """The lines of a bundle's WebVTT in stream time, as far as its manifest tells where the clip's pieces lie."""
    lanes = {name: lane for lane, name in LANE_NAMES.items()}
    roles = {name: role for role, name in WHO_NAMES.items()}
    to_stream = clip_to_stream(manifest)
    for block in re.split(r"\n\n+", transcript.replace("\r\n", "\n")):
        timing = _TIMING.search(block)
        if timing is None or block.startswith("NOTE"):
            continue
        said = block[timing.end() :].partition("\n")[2]
        lane = _LANE.match(said)
        if lane is None:
            continue
        numbers = [float(part) for part in timing.groups()]
        start_s, end_s = (numbers[at] * 3600 + numbers[at + 1] * 60 + numbers[at + 2] for at in (0, 3))
        text = said[lane.end() :].replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
        begin_s = to_stream(start_s)
        yield lanes[lane[2]], roles.get(lane[1], "host"), begin_s, begin_s + max(0.0, end_s - start_s), text


def clip_to_stream(manifest: Json) -> Callable[[float], float]:
    """From the clip's time to the stream's, in seconds; times that no piece holds stay as they are."""
    pieces: list[tuple[float, float, float]] = []
    for piece in rows_of(manifest.get("pieces")):
        found = [number_of(piece.get(name)) for name in ("clip_start_s", "clip_end_s", "stream_start_s")]
        if None not in found:
            pieces.append((found[0] or 0.0, found[1] or 0.0, found[2] or 0.0))

    def stream_s(clip_s: float) -> float:
        return next((at + clip_s - start for start, end, at in pieces if start <= clip_s < end), clip_s)

    return stream_s


def _folded(text: str) -> str:
    return re.sub(r"\s+", " ", text).strip()
