"""What a flag rests on, line by line, and what does not count or is missing. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from monitor.evidence.page.case_json import Json, clock, inner, lines_of, number_of, rows_of, stretch, text_of
from monitor.evidence.page.case_lines import Line
from monitor.evidence.page.names import without_names
from monitor.evidence.page.visible import Piece, marked
from monitor.wording import (
    LANE_NAMES,
    METHOD_NAMES,
    SCHEME_NAMES,
    SENSE_NAMES,
    how_in_chinese,
    reason_in_chinese,
    sureness,
)


@dataclass(frozen=True, slots=True)
class Match:
    """Words of a line that were matched to a term in one way."""

    raw: str
    term: str
    method: str
    method_name: str
    how: str
    score: float
    sure: str
    times: int
    """How often within the line."""


@dataclass(frozen=True, slots=True)
class HitLine:
    """One line that was said, shown or typed, and all that was matched in it."""

    number: int
    lane: str
    lane_name: str
    start_s: float
    end_s: float
    """From the first to the last word matched."""
    clip_s: float | None
    """Where the clip shows the first of them."""
    pieces: tuple[Piece, ...]
    matches: tuple[Match, ...]


def hit_lines(flag: Json, manifest: Json, lines: Sequence[Line]) -> list[HitLine]:
    """A flag's hits under the lines of the transcript in which they stand, in order of time.

    A hit whose line is not in the bundle makes a line of its raw words.
    """
    hits, moments = rows_of(flag.get("hits")), rows_of(manifest.get("moments"))
    clip_times = [number_of(m.get("clip_s")) for m in moments] if len(moments) == len(hits) else [None] * len(hits)
    by_lane: dict[str, list[int]] = {}
    for at, line in enumerate(lines):
        if not line.viewer:
            by_lane.setdefault(line.lane, []).append(at)
    groups: dict[tuple[str, ...] | int, list[tuple[Json, float | None]]] = {}
    for hit, clip_s in zip(hits, clip_times, strict=True):
        if number_of(hit.get("start_s")) is not None:
            lane = text_of(hit.get("channel"))
            place = _line_of(hit, lines, by_lane.get(lane, ()))
            key = (lane, text_of(hit.get("raw"))) if place is None else place
            groups.setdefault(key, []).append((hit, clip_s))
    found = [_hit_line(lines[key] if isinstance(key, int) else None, group) for key, group in groups.items()]
    found.sort(key=lambda row: (row[2], row[3], row[0]))
    return [HitLine(number, *row) for number, row in enumerate(found, start=1)]


def _line_of(hit: Json, lines: Sequence[Line], of_lane: Sequence[int]) -> int | None:
    """Which line of the hit's lane holds its words at its time: of several the shortest."""
    raw, start_s, end_s = text_of(hit.get("raw")), number_of(hit.get("start_s")) or 0.0, number_of(hit.get("end_s"))
    end_s = start_s if end_s is None else end_s
    fitting = [(lines[at].end_s - lines[at].start_s, at) for at in of_lane if lines[at].holds(raw, start_s, end_s)]
    return min(fitting)[1] if fitting else None


def _hit_line(
    line: Line | None, group: Sequence[tuple[Json, float | None]]
) -> tuple[str, str, float, float, float | None, tuple[Piece, ...], tuple[Match, ...]]:
    """A line's fields after its number."""
    hits = [hit for hit, _ in group]
    starts = [number_of(hit.get("start_s")) or 0.0 for hit in hits]
    ends = [number_of(hit.get("end_s")) or 0.0 for hit in hits]
    lane, raw = text_of(hits[0].get("channel")), text_of(hits[0].get("raw"))
    pieces = line.pieces if line else tuple(marked(raw, [(0, len(raw))]))
    whole = line.text if line else raw
    return (
        lane,
        LANE_NAMES.get(lane, lane),
        min(starts),
        max(*starts, *ends),
        min((clip_s for _, clip_s in group if clip_s is not None), default=None),
        pieces,
        tuple(sorted(_matches(hits), key=lambda m: (m.method == "learned", whole.find(m.raw), -len(m.raw), m.term))),
    )


def _matches(hits: Sequence[Json]) -> list[Match]:
    groups: dict[tuple[str, ...], list[Json]] = {}
    for hit in hits:
        groups.setdefault(tuple(text_of(hit.get(name)) for name in ("raw", "term", "method", "how")), []).append(hit)
    return [_match(key, group) for key, group in groups.items()]


def _match(key: tuple[str, ...], group: Sequence[Json]) -> Match:
    raw, term, method, how = key
    score = max(0.0, min(1.0, max(number_of(hit.get("score")) or 0.0 for hit in group)))
    places = {(number_of(hit.get("start_s")), number_of(hit.get("end_s"))) for hit in group}
    return Match(
        raw=_shown(raw),
        term=term.replace("{n}", "〈数〉").replace("{w}", "〈词〉"),
        method=method,
        method_name=METHOD_NAMES.get(method, method),
        how=how_in_chinese(how, raw),
        score=score,
        sure=sureness(score),
        times=len(places),
    )


def _shown(raw: str) -> str:
    return without_names(raw, of_viewer=False, spared=[(0, len(raw))])


@dataclass(frozen=True, slots=True)
class Loss:
    """Something that was not heard, not seen, or is not in the bundle."""

    what: str
    when: str
    reason: str


def losses(flag: Json, manifest: Json) -> list[Loss]:
    """The flag's gaps and the bundle's omissions, each once, in order of time."""
    found = [(gap.get("sense"), gap) for gap in rows_of(flag.get("gaps"))]
    found += [(omission.get("what"), omission) for omission in rows_of(manifest.get("omissions"))]
    found.sort(key=lambda each: (number_of(each[1].get("start_s")) or 0.0, number_of(each[1].get("end_s")) or 0.0))
    told = [
        Loss(
            SENSE_NAMES.get(text_of(what), text_of(what)),
            stretch(number_of(row.get("start_s")), number_of(row.get("end_s"))),
            reason_in_chinese(text_of(row.get("reason"))),
        )
        for what, row in found
    ]
    return list(dict.fromkeys(told))


@dataclass(frozen=True, slots=True)
class Aside:
    """Words that were matched and set aside, and why."""

    lane_name: str
    raw: str
    term: str
    reason: str
    when: tuple[str, ...]


def asides(flag: Json) -> list[Aside]:
    """What was suppressed, the same words for the same reason together."""
    groups: dict[tuple[str, str, str, str], list[str]] = {}
    for row in rows_of(flag.get("suppressed")):
        lane, raw = text_of(row.get("channel")), text_of(row.get("raw"))
        key = (LANE_NAMES.get(lane, lane), raw, text_of(row.get("term")), reason_in_chinese(text_of(row.get("reason"))))
        start_s = number_of(row.get("start_s"))
        groups.setdefault(key, []).extend([] if start_s is None else [clock(start_s)])
    return [
        Aside(lane, _shown(raw), term, why, tuple(dict.fromkeys(when)))
        for (lane, raw, term, why), when in groups.items()
    ]


def facts(flag: Json) -> list[str]:
    """What a reviewer is to make sure of, a sentence each, the schemes in it by their Chinese names."""
    told = lines_of(flag.get("facts"))
    for scheme, name in SCHEME_NAMES.items():
        told = [fact.replace(scheme, f"「{name}」") for fact in told]
    return [fact for fact in told if fact]


def problems(flag: Json) -> list[str]:
    """What could not be kept, as the bundle says it."""
    told = text_of(inner(flag, "evidence").get("problem"))
    return [reason_in_chinese(part.partition(": ")[2] or part) for part in told.split("; ") if part]
