"""The linter's rules that need the lexicon alone: duplicates, unreachable spellings, sources, unused slots."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from functools import cache

from monitor.lexicon.lexicon import Lexicon, Term
from monitor.lexicon.remarks import Level, Remark
from monitor.records import Method
from monitor.text import Normaliser, sound_class, term_syllables

FUZZY_FROM = 4
"""Syllables from which a term may be found with one of them off (`monitor.match.sound`)."""
_READ_BY_CODE = frozenset(("trade_words", "outside_settlement"))
"""Slots that no pattern needs: one primes the recogniser, the other raises the severity."""
_MOST_NAMED = 5
_NORMALISE = Normaliser()


def lint_terms(lexicon: Lexicon) -> list[Remark]:
    """Every remark that needs no text to try the lexicon on, in the order of files and lines."""
    remarks = [
        *_without_source(lexicon),
        *_not_in_normal_form(lexicon),
        *_same_normal_form(lexicon),
        *_same_sound_in_a_slot(lexicon),
        *_same_sound_across_schemes(lexicon),
        *_subsumed(lexicon),
        *_unused_slots(lexicon),
        *_common_alone(lexicon),
    ]
    return sorted(remarks, key=lambda r: place_order(r.where))


def place_order(where: str) -> tuple[str, int]:
    """Sorts `path:line` by file, then by number."""
    path, _, line = where.rpartition(":")
    return path, int(line or 0)


def sound_of(term: Term) -> tuple[str, ...] | None:
    """The sound classes of a term that is found by sound; None for others."""
    if Method.PHONETIC not in term.by or "{" in term.text:
        return None
    syllables = term_syllables(term.text)
    return tuple(map(sound_class, syllables)) if len(syllables) > 1 and all(s.isalpha() for s in syllables) else None


def _without_source(lexicon: Lexicon) -> Iterator[Remark]:
    lacking: defaultdict[str, list[Term]] = defaultdict(list)
    for term in lexicon.terms:
        if not term.source:
            lacking[term.slot].append(term)
    for slot, terms in lacking.items():
        where = lexicon.places["slot", slot]
        yield Remark(
            Level.ERROR, where, "no-source", f"slot `{slot}`: {_some(terms)} without a source; give the slot one"
        )


def _not_in_normal_form(lexicon: Lexicon) -> Iterator[Remark]:
    for term in lexicon.terms:
        normal = _normal(term.text)
        if normal != _written(term.text):
            told = f"`{term.text}` in slot `{term.slot}` is never found as written: texts say `{normal[1:-1]}` by then"
            yield Remark(Level.ERROR, term.where, "not-normal", f"{told}; write it so")


def _same_normal_form(lexicon: Lexicon) -> Iterator[Remark]:
    known: dict[tuple[str, str], Term] = {}
    for term in lexicon.terms:
        first = known.setdefault((term.slot, _normal(term.text)), term)
        if first is not term:
            told = f"`{term.text}` and `{first.text}` ({first.where}) in slot `{term.slot}` are one in normal form"
            yield Remark(Level.ERROR, term.where, "same-form", f"{told}; take one out")


def _same_sound_in_a_slot(lexicon: Lexicon) -> Iterator[Remark]:
    known: dict[tuple[str, tuple[str, ...]], Term] = {}
    for term in lexicon.terms:
        sound = sound_of(term)
        first = known.setdefault((term.slot, sound), term) if sound else term
        if first is not term:
            told = f"`{term.text}` sounds like `{first.text}` ({first.where}) in slot `{term.slot}`"
            yield Remark(Level.NOTE, term.where, "same-sound", f"{told}; one is enough for speech")


def _same_sound_across_schemes(lexicon: Lexicon) -> Iterator[Remark]:
    """Different words of two schemes' own slots that a recogniser cannot tell apart."""
    owner = {slot: scheme for scheme, entry in lexicon.schemes.items() for slot in entry.slots}
    known: defaultdict[tuple[str, ...], list[Term]] = defaultdict(list)
    for term in lexicon.terms:
        sound = sound_of(term) if term.slot in owner else None
        if not sound:
            continue
        for other in known[sound]:
            if owner[other.slot] != owner[term.slot] and other.text != term.text:
                theirs = f"`{other.text}` of {owner[other.slot]} ({other.where})"
                told = f"`{term.text}` of {owner[term.slot]} sounds like {theirs}: heard, each stands for both"
                yield Remark(Level.WARNING, term.where, "same-sound-elsewhere", told)
                break
        known[sound].append(term)


def _subsumed(lexicon: Lexicon) -> Iterator[Remark]:
    """Terms that add nothing: wherever one is found, a shorter one of its slot is found in it by the same methods."""
    by_slot: defaultdict[str, dict[str, Term]] = defaultdict(dict)
    for term in lexicon.terms:
        if term.slot not in _READ_BY_CODE:
            by_slot[term.slot][term.text] = term
    for terms in by_slot.values():
        for term in terms.values():
            shorter = _within(term, terms)
            if shorter:
                told = f"`{term.text}` in slot `{term.slot}` holds `{shorter.text}` ({shorter.where}), which is enough"
                yield Remark(Level.NOTE, term.where, "subsumed", told)


def _within(term: Term, terms: dict[str, Term]) -> Term | None:
    text, length = term.text, len(term.text)
    pieces = (text[start:end] for start in range(length) for end in range(start + 1, length + 1))
    for piece in pieces:
        shorter = terms.get(piece)
        if shorter is None or shorter is term or shorter.unless or not shorter.by >= term.by:
            continue
        heard_only_whole = Method.PHONETIC in term.by and len(piece) < 2
        slips_only_whole = Method.FUZZY in term.by and len(piece) < FUZZY_FROM <= length
        if not (heard_only_whole or slips_only_whole):
            return shorter
    return None


def _unused_slots(lexicon: Lexicon) -> Iterator[Remark]:
    used = {slot for _, p in lexicon.patterns() for need in (*p.need, *p.unless) for slot in need.split("|")}
    for slot in lexicon.slots.keys() - used - _READ_BY_CODE:
        where = lexicon.places["slot", slot]
        yield Remark(Level.WARNING, where, "unused-slot", f"no pattern needs or forbids slot `{slot}`")


def _common_alone(lexicon: Lexicon) -> Iterator[Remark]:
    """What occurs in everyday talk must not be enough by itself."""
    for scheme, pattern in lexicon.patterns():
        for slot in pattern.need[0].split("|") if len(pattern.need) == 1 else ():
            if slot in lexicon.slots and lexicon.slots[slot].common:
                told = f"pattern `{pattern.id}` fires on a word of slot `{slot}` alone, which is called common"
                yield Remark(Level.ERROR, lexicon.places["pattern", scheme, pattern.id], "common-alone", told)


@cache
def _normal(text: str) -> str:
    """The normal form between two characters, without which marks at its ends would fall off."""
    return _NORMALISE(_written(text)).text


def _written(text: str) -> str:
    """The term as it may stand in a text: a number and a word for its wildcards, a character on either side."""
    return f"的{text.replace('{n}', '三百零七').replace('{w}', '的')}的"


def _some(terms: list[Term]) -> str:
    named = "、".join(f"`{term.text}`" for term in terms[:_MOST_NAMED])
    return named + (f" and {len(terms) - _MOST_NAMED} more are" if len(terms) > _MOST_NAMED else " are")
