"""The words of a case as the player gets them: hits, what was set aside, and the lines in which they stand. Pure.

Every text is a stranger's: viewers' names are hidden, what cannot be seen is spelt out, and what is too long is cut.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from monitor.evidence.page.case_json import Json
from monitor.evidence.page.case_lines import Line, transcript_lines
from monitor.evidence.page.names import without_names
from monitor.evidence.page.visible import AROUND_CHARACTERS, MOST_CHARACTERS, places, shortened, visible
from monitor.records import Channel, Cue, Hit, Method, Role, Suppression
from monitor.wording import METHOD_NAMES, WHO_NAMES, how_in_chinese, reason_in_chinese

MOST_WORD_CHARACTERS = 120
"""Of a hit's raw words: a board read as one hit would fill the list."""
_SOUNDS = {"same sound": "同音", "near sound": "近音", "often misheard so": "常误听"}


def apart(hits: Sequence[Hit]) -> list[Hit]:
    """The hits without those that say the same of the same words: twice in one way, or once more by the judge."""
    by_term = {(hit.cue_id, hit.chars) for hit in hits if hit.method is not Method.LEARNED}
    return list(
        {
            (hit.cue_id, hit.chars, hit.term, hit.method): hit
            for hit in hits
            if hit.method is not Method.LEARNED or (hit.cue_id, hit.chars) not in by_term
        }.values()
    )


def set_aside_once(suppressed: Sequence[Suppression]) -> list[Suppression]:
    """The same words set aside for the same reason once, whatever terms they were taken for."""
    found: dict[tuple[str, tuple[int, int], str], Suppression] = {}
    for aside in suppressed:
        found.setdefault((aside.hit.cue_id, aside.hit.chars, aside.reason), aside)
    return list(found.values())


Mark = tuple[int, int, int]
"""Half-open range in a text, and the number of the hit that stands there."""


def shown_hits(hits: Sequence[Hit]) -> list[dict[str, Any]]:
    """The hits, numbered as they stand."""
    return [_hit(number, hit) for number, hit in enumerate(hits)]


def shown_suppressed(suppressed: Sequence[Suppression], first: int) -> list[dict[str, Any]]:
    """What was set aside and why; numbered from `first`."""
    return [
        {**_hit(number, aside.hit), "reason": reason_in_chinese(aside.reason)}
        for number, aside in enumerate(suppressed, start=first)
    ]


def method_word(hit: Hit) -> str:
    """How a term was found, in a word: `同音`, `变体`."""
    if hit.method is Method.PHONETIC:
        return next((word for said, word in _SOUNDS.items() if said in hit.how), METHOD_NAMES[hit.method])
    return METHOD_NAMES.get(hit.method, hit.method.value)


def term_text(term: str) -> str:
    """A term as people read it: its places for numbers and words named."""
    return visible(shortened(term.replace("{n}", "〈数〉").replace("{w}", "〈词〉"), MOST_WORD_CHARACTERS))


def raw_text(hit: Hit) -> str:
    """The words of a hit as they were said or shown."""
    hidden = without_names(hit.raw, of_viewer=False, spared=[(0, len(hit.raw))])
    return visible(shortened(hidden, MOST_WORD_CHARACTERS))


def _hit(number: int, hit: Hit) -> dict[str, Any]:
    raw, term = raw_text(hit), term_text(hit.term)
    words = raw if raw == term or hit.method is Method.LEARNED else f"{raw} → {term}"
    box = hit.box
    return {
        "id": number,
        "channel": hit.channel.value,
        "start_ms": hit.span.start_ms,
        "end_ms": hit.span.end_ms,
        "raw": raw,
        "term": term,
        "method": hit.method.value,
        "how": f"{words} · {method_word(hit)} · {hit.score:.2f}",
        "why": how_in_chinese(hit.how, hit.raw),
        "score": round(hit.score, 3),
        "box": None if box is None else [box.left_px, box.top_px, box.right_px, box.bottom_px],
    }


def cue_lines(cues: Iterable[Cue], hits: Sequence[Hit], suppressed: Sequence[Suppression]) -> list[dict[str, Any]]:
    """A line for each cue, its hit words marked at their very characters."""
    marks: dict[str, list[Mark]] = {}
    for number, hit in enumerate([*hits, *(aside.hit for aside in suppressed)]):
        marks.setdefault(hit.cue_id, []).append((*hit.chars, number))
    for of_cue in marks.values():
        # What counts has the place of what does not, and of several the longest.
        of_cue.sort(key=lambda mark: (mark[2] >= len(hits), mark[0] - mark[1]))
    return [_cue_line(cue, marks.get(cue.cue_id, ())) for cue in cues]


def kept_lines(
    flag: Json, manifest: Json, transcript: str, hits: Sequence[Hit], suppressed: Sequence[Suppression]
) -> list[dict[str, Any]]:
    """The lines that the flag and its evidence hold, for a stream whose own text is gone."""
    both = [*hits, *(aside.hit for aside in suppressed)]
    return [_kept_line(line, both) for line in transcript_lines(flag, manifest, transcript)]


def _kept_line(line: Line, hits: Sequence[Hit]) -> dict[str, Any]:
    def number_for(piece: str) -> int | None:
        for number, hit in enumerate(hits):
            near = hit.span.start_s <= line.end_s + 0.001 and hit.span.end_s >= line.start_s - 0.001
            if near and hit.channel.value == line.lane and hit.raw and hit.raw in piece:
                return number
        return None

    pieces = [[visible(text), number_for(text) if is_marked else None] for text, is_marked in line.pieces]
    start_ms, end_ms = round(line.start_s * 1000), round(line.end_s * 1000)
    who = "观众" if line.viewer else "助播" if line.lane_name.startswith(WHO_NAMES["staff"]) else ""
    return {"lane": line.lane, "who": who, "start_ms": start_ms, "end_ms": end_ms, "pieces": pieces}


def _cue_line(cue: Cue, marks: Sequence[Mark]) -> dict[str, Any]:
    text, viewer = cue.text, cue.role is Role.VIEWER
    if viewer or cue.channel is not Channel.SPEECH:
        words = [(cue.text[start:end], number) for start, end, number in marks]
        spared = [] if viewer else [(start, end) for start, end, _ in marks]
        text = without_names(cue.text, of_viewer=viewer, spared=spared)
        if text != cue.text:
            marks = [(*place, number) for word, number in words for place in places(text, word)[:1]]
    return {
        "lane": cue.channel.value,
        "who": WHO_NAMES.get(cue.role.value, ""),
        "start_ms": cue.span.start_ms,
        "end_ms": cue.span.end_ms,
        "pieces": [[visible(piece), number] for piece, number in numbered(text, marks) if piece],
    }


def numbered(text: str, marks: Sequence[Mark], most: int = MOST_CHARACTERS) -> list[tuple[str, int | None]]:
    """The text in pieces, each with the number of its mark or None. Of a longer text only what lies round marks.

    Where marks overlap, the one given first has the place.
    """
    chosen = _apart([(max(0, start), min(len(text), end), number) for start, end, number in marks])
    if len(text) > most and not chosen:
        return [(shortened(text, most), None)]
    pieces: list[tuple[str, int | None]] = []
    at = 0
    for start, end, number in chosen:
        before = text[at:start]
        if len(text) > most and len(before) > 2 * AROUND_CHARACTERS:
            head = before[:AROUND_CHARACTERS] if at else ""
            before = f"{head}……{before[-AROUND_CHARACTERS:]}"
        pieces += [(before, None), (text[start:end][:most], number)]
        at = end
    rest = text[at:]
    if len(text) > most and len(rest) > AROUND_CHARACTERS:
        rest = f"{rest[:AROUND_CHARACTERS]}……（共 {len(text)} 字，此处从略）"
    return [*pieces, (rest, None)]


def _apart(marks: Iterable[Mark]) -> list[Mark]:
    """Those that overlap none before them, in order of place."""
    taken: list[Mark] = []
    for start, end, number in marks:
        if start < end and all(end <= first or last <= start for first, last, _ in taken):
            taken.append((start, end, number))
    return sorted(taken)
