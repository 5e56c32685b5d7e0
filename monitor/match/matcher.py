"""One cue in, its hits out: every method, then what sets a hit aside."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from monitor.lexicon import Lexicon, Term
from monitor.lexicon.model import WritingFile
from monitor.match.denial import DenialFinder
from monitor.match.finding import Finding
from monitor.match.hearing import PrimedWords
from monitor.match.literal import LiteralFinder
from monitor.match.prices import PriceFinder
from monitor.match.sound import SAME_SOUND, SoundFinder
from monitor.match.traits import find_traits
from monitor.match.words import Segmentation, Words
from monitor.records import Channel, Cue, Hit, Method, PriceClaim, Reading, Suppression
from monitor.text import Normaliser, NormalText, SyllableText, Writing, read_syllables, term_syllables
from monitor.text.normal import MARKS
from monitor.text.writing import INITIAL, INSERTED, LOOK_ALIKE, STAND_IN, StandIn

_WILDCARD = re.compile(r"(\{\w\})")
PAUSE_MS = 350
"""A speaker's pause that ends a clause, where the recogniser wrote no punctuation."""
_EVERYDAY_DISCOUNT = 0.25
"""Taken from a finding by sound whose characters are an everyday word of their own: 搬家 for 半价."""
_BUTTON = 2
"""Characters of a board that says nothing but one word: 购买, 下单 are the player's buttons."""
_LONE_CHARACTER = 0.7
"""Certainty left to one character that a recogniser wrote."""
_BY_SOUND = (Method.PHONETIC, Method.FUZZY)
_TYPED_FUZZY_FROM = 6
"""Characters of a term from which one may differ in typed text or in what was read off the screen."""
_BENIGN_SOUND = 0.86
"""Score from which a benign phrase found by sound protects what lies in it."""


class Matcher:
    """Finds a lexicon's terms in cues. Pure: the same cue and context give the same reading."""

    def __init__(self, lexicon: Lexicon, *, traits: bool = True) -> None:
        """`traits` are found for a learned judge; who has none saves their cost."""
        self._traits = traits
        self._words = Words(term.text for term in lexicon.terms)
        self._normalise = Normaliser(_writing(lexicon.writing), is_everyday=self._words.is_everyday)
        self._uses: dict[str, list[Term]] = {}
        for term in lexicon.terms:
            if term.slot != "trade_words":
                meant = self._meant(term)
                self._uses.setdefault(meant.text, []).append(meant)
        allowed = {text: frozenset().union(*(use.by for use in uses)) for text, uses in self._uses.items()}
        self._literal = LiteralFinder(allowed)
        self._sound = SoundFinder(
            (text for text, by in allowed.items() if Method.PHONETIC in by),
            (text for text, by in allowed.items() if Method.FUZZY in by),
            lexicon.confusions,
        )
        self._benign_literal = LiteralFinder(lexicon.benign)
        self._benign_sound = SoundFinder(lexicon.benign)
        self._denials = DenialFinder(lexicon.denials)
        self._prices = PriceFinder(lexicon.prices)
        self._primed = PrimedWords(lexicon.trade_words())

    def _meant(self, term: Term) -> Term:
        """The term as texts in normal form spell it. One that is itself a disguise (加薇) is found in disguise only."""
        if MARKS.intersection(term.text):
            return term
        pieces = [(p, self._normalise("" if "{" in p else p)) for p in _WILDCARD.split(term.text)]
        spelt = "".join(normal.text or written for written, normal in pieces)
        if spelt == term.text:
            return term
        disguises = ", ".join(normal.disguise(0, len(normal.text)) for _, normal in pieces)
        hidden = any(name in disguises for name in (STAND_IN, INITIAL, LOOK_ALIKE, INSERTED))
        return replace(term, text=spelt, by=term.by & {Method.VARIANT, Method.GLYPH} if hidden else term.by)

    def read(self, cue: Cue, *, before: str = "", after: str = "") -> Reading:
        """The cue's hits, suppressed hits and prices. `before` and `after` are what was said around it."""
        normal = self._normalise(cue.text, breaks=_pauses(cue))
        if not normal.text:
            return Reading()
        context, offset = self._in_context(normal.text, before, after)
        segmentation = self._words.segment(normal.text)
        said = read_syllables(normal)
        benign = [*self._benign(normal, said)]
        button = cue.channel == Channel.SCREEN and len(normal.text) <= _BUTTON
        hits: list[Hit] = []
        suppressed: list[Suppression] = []
        for finding in _best(_plain_first([f for f in self._findings(normal, said) if _credible(f, cue.channel)])):
            reason = self._set_aside(finding, normal, segmentation, benign, context, offset, button=button)
            for use in self._uses[finding.term]:
                if finding.method not in use.by or _undone(use, finding, normal):
                    continue
                hit = self._primed.doubted(_hit(cue, normal, _doubted(finding, cue), use.slot), cue)
                if reason:
                    suppressed.append(Suppression(hit, reason))
                else:
                    hits.append(hit)
        prices = tuple(self._claims(cue, normal, context, offset))
        kept = tuple(_one_a_place(hits))
        traits = tuple(find_traits(normal, said, kept, suppressed)) if self._traits else ()
        return Reading(kept, tuple(suppressed), prices, traits)

    def _findings(self, normal: NormalText, said: SyllableText) -> Iterator[Finding]:
        yield from self._literal.find(normal)
        for finding in self._sound.find(normal, said):
            if self._words.is_everyday(normal.text[finding.start : finding.end]):
                yield replace(
                    finding, score=round(finding.score - _EVERYDAY_DISCOUNT, 3), how=f"{finding.how}, a word of its own"
                )
            else:
                yield finding

    def _benign(self, normal: NormalText, said: SyllableText) -> Iterator[Finding]:
        yield from self._benign_literal.find(normal)
        yield from (f for f in self._benign_sound.find(normal, said) if f.score >= _BENIGN_SOUND)

    def _in_context(self, text: str, before: str, after: str) -> tuple[str, int]:
        """The text between its neighbours, and where it begins there."""
        head = self._normalise(before).text.rstrip("，。？") if before else ""
        tail = self._normalise(after).text if after else ""
        joined = f"{head}，{text}" if head else text
        offset = len(joined) - len(text)
        if tail:
            joined = joined + ("" if joined[-1] in "，。？" else "，") + tail
        return joined, offset

    def _set_aside(
        self,
        finding: Finding,
        normal: NormalText,
        segmentation: Segmentation,
        benign: Iterable[Finding],
        context: str,
        offset: int,
        *,
        button: bool,
    ) -> str:
        if button and finding.start == 0 and finding.end == len(normal.text):
            return "a button's label"
        for phrase in benign:
            if phrase.method in _BY_SOUND and finding.method not in _BY_SOUND:
                continue  # what is written plainly is not what another phrase sounds like
            if phrase.start <= finding.start and finding.end <= phrase.end:
                return f"inside {phrase.term}"
        free = finding.term.startswith("{n}"), finding.term.endswith("{n}")
        cut = segmentation.cut_by(finding.start, finding.end, free=free)
        if cut and self._words.is_everyday(normal.text[cut[0] : cut[1]]):
            return f"cuts the word {normal.text[cut[0] : cut[1]]}"
        return self._denials.reason(context, finding.start + offset, finding.end + offset)

    def _claims(self, cue: Cue, normal: NormalText, context: str, offset: int) -> Iterator[PriceClaim]:
        board = cue.channel == Channel.SCREEN
        for priced in self._prices.find(normal, struck=cue.struck, board=board):
            amount = priced.amount
            if self._denials.reason(context, priced.start + offset, amount.end + offset):
                continue
            found = Finding(priced.label or "¥", priced.start, amount.end, Method.EXACT, 1.0)
            slot = "base_price" if priced.base else "live_price"
            yield PriceClaim(_hit(cue, normal, found, slot), amount.value, priced.base, priced.label)


def _undone(use: Term, finding: Finding, normal: NormalText) -> bool:
    """Whether words that the entry names turn the finding into something else."""
    around = normal.text[finding.start : finding.end + 3]
    return any(0 <= around.find(word) <= finding.end - finding.start for word in use.unless)


def _credible(finding: Finding, channel: Channel) -> bool:
    """Near sounds are slips of hearing. Who types does not slip: there only long terms may differ."""
    slip = finding.method == Method.FUZZY or (finding.method == Method.PHONETIC and finding.score < SAME_SOUND - 0.001)
    return not slip or channel == Channel.SPEECH or len(finding.term.replace("{n}", "")) >= _TYPED_FUZZY_FROM


def _plain_first(findings: Sequence[Finding]) -> Iterator[Finding]:
    """Leave out what only sounds so within a longer term that is written plainly: 不发 in 不发货 is not 补发."""
    plain = [f for f in findings if f.method == Method.EXACT]
    for finding in findings:
        if finding.method not in _BY_SOUND or not any(
            p.start <= finding.start and finding.end <= p.end and p.end - p.start > finding.end - finding.start
            for p in plain
        ):
            yield finding


def _doubted(finding: Finding, cue: Cue) -> Finding:
    """A single recognised character is easily heard by chance; typed or written it stands as it is."""
    if cue.words and finding.end - finding.start == 1:
        return replace(finding, score=round(finding.score * _LONE_CHARACTER, 3))
    return finding


def _pauses(cue: Cue) -> Iterator[int]:
    """Raw offsets at which the speaker paused."""
    at = 0
    for word, following in zip(cue.words, cue.words[1:], strict=False):
        at += len(word.text)
        if following.span.start_ms - word.span.end_ms >= PAUSE_MS:
            yield at


def _best(findings: Iterable[Finding]) -> list[Finding]:
    """One finding for each term and place: of overlapping findings of one term the best score stays."""
    kept: list[Finding] = []
    for finding in sorted(findings, key=lambda f: (-f.score, f.start, f.end - f.start)):
        if not any(o.term == finding.term and o.start < finding.end and finding.start < o.end for o in kept):
            kept.append(finding)
    return sorted(kept, key=lambda f: (f.start, f.end, f.term))


def _one_a_place(hits: Iterable[Hit]) -> list[Hit]:
    """The same words count once in a slot: of overlapping hits the surest stays, then the longest."""
    kept: list[Hit] = []
    for hit in sorted(hits, key=lambda h: (-h.score, h.chars[0] - h.chars[1], h.chars, h.term)):
        if not any(k.slot == hit.slot and k.chars[0] < hit.chars[1] and hit.chars[0] < k.chars[1] for k in kept):
            kept.append(hit)
    return sorted(kept, key=lambda h: (h.chars, h.slot))


def _hit(cue: Cue, normal: NormalText, finding: Finding, slot: str) -> Hit:
    chars = normal.raw_range(finding.start, finding.end)
    raw = cue.text[chars[0] : chars[1]]
    how = "" if finding.method == Method.EXACT else f"{raw} → {finding.term}, {finding.how}"
    return Hit(
        term=finding.term,
        slot=slot,
        cue_id=cue.cue_id,
        channel=cue.channel,
        span=cue.span_of(*chars),
        chars=chars,
        raw=raw,
        method=finding.method,
        score=finding.score,
        how=how,
        box=cue.box,
    )


def _writing(told: WritingFile) -> Writing:
    return Writing(
        emoji=told.emoji,
        parts=told.parts,
        words=dict(_initial_forms(told.initials)),
        fillers=frozenset(told.fillers),
        parted_words=frozenset((*told.parted_words, *told.initials)),
        stand_ins=tuple(StandIn(e.means, e.written, e.how, e.after, e.before, e.unless) for e in told.stand_ins),
    )


def _initial_forms(words: Iterable[str]) -> Iterator[tuple[str, str]]:
    """`免单` → `免d` and `m单`: one character shrunk to the first letter of its sound."""
    for word in words:
        for index, syllable in enumerate(term_syllables(word)):
            yield word[:index] + syllable[0] + word[index + 1 :], word
