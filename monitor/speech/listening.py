"""One window from sound to believed words: decode, doubt, and decode again what is missing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate, groupby, pairwise

from monitor.records import Channel, Discard, Word
from monitor.speech.alternatives import cut_like, distinct
from monitor.speech.filters import Heard, disbelief, loops
from monitor.speech.missing import reach, too_sparse, unheard
from monitor.speech.splitting import sentences
from monitor.speech.transcriber import RATE_HZ, Samples, Transcriber, Utterance
from monitor.timeline import Span

MARGIN_MS = 250
"""Sound kept on each side of a stretch that is decoded again."""

LONG_MS = 12_000
"""What the model missed for longer than this it may miss again in one piece: it is decoded in two."""

AGAIN = "decoded again"


@dataclass(frozen=True, slots=True)
class Sentence:
    """Believed words that make one cue, in time of the window."""

    words: tuple[Word, ...]
    note: str = ""
    alternatives: tuple[str, ...] = ()
    """Other texts for these words, likeliest first, each unlike them in sound."""

    @property
    def span(self) -> Span:
        return Span(self.words[0].span.start_ms, self.words[-1].span.end_ms)


def listen(
    transcriber: Transcriber, samples: Samples, voiced: tuple[Span, ...]
) -> tuple[list[Sentence], list[Discard]]:
    """What was said in a window, in time order without overlap, and what was recognised but is not believed.

    `voiced` and all times count from the window's first sample. Each missing stretch is decoded once more, no more.
    """
    kept, doubted = _believe(transcriber, transcriber.transcribe(samples, primed=True), voiced)
    words = [word for sentence in kept for word in sentence.words]
    stretches = unheard(voiced, words)
    if not stretches and too_sparse(voiced, words):
        halves = _halves(voiced, Span(0, len(samples) * 1000 // RATE_HZ))
        again, doubted_again = _decode_again(transcriber, samples, halves, voiced)
        better = again if sum(len(one.words) for one in again) > len(words) else kept
        return _woven(better), doubted + doubted_again
    pieces = [
        piece for hole in stretches for piece in (_halves(voiced, hole) if hole.duration_ms > LONG_MS else [hole])
    ]
    again, doubted_again = _decode_again(transcriber, samples, pieces, voiced)
    for sentence in again:
        kept += _fitted(sentence, kept)
    return _woven(kept), doubted + doubted_again


def _believe(
    transcriber: Transcriber, utterances: Sequence[Utterance], voiced: tuple[Span, ...]
) -> tuple[list[Sentence], list[Discard]]:
    kept: list[Sentence] = []
    doubted: list[Discard] = []
    for utterance in utterances:
        words = _within_voice(utterance.words, voiced)
        rest: list[Word] = []
        places: list[int] = []
        at = 0
        for first, stop in loops(words):
            rest += words[at:first]
            places += range(at, first)
            doubted.append(_discard(words[first:stop], "repetition"))
            at = stop
        rest += words[at:]
        places += range(at, len(words))
        groups = sentences(rest)
        for group, others in zip(groups, _others(utterance, groups, places), strict=True):
            reason = disbelief(Heard(group, voiced, utterance.no_speech, transcriber.prompt))
            if reason:
                doubted.append(_discard(group, reason))
            else:
                kept.append(Sentence(group, alternatives=others))
    return kept, doubted


def _others(utterance: Utterance, groups: Sequence[Sequence[Word]], places: Sequence[int]) -> Iterator[tuple[str, ...]]:
    """For each group of words what the utterance's alternatives have in its place; `places`: each word's number."""
    ends = [0, *accumulate(len(word.text) for word in utterance.words)]
    firsts = [0, *accumulate(map(len, groups))]
    cuts = [ends[places[first]] for first in firsts[1:-1]]
    pieces = [cut_like(utterance.text, other, cuts) for other in utterance.alternatives]
    for number, group in enumerate(groups):
        yield distinct("".join(word.text for word in group), (piece[number] for piece in pieces))


def _decode_again(
    transcriber: Transcriber, samples: Samples, stretches: Sequence[Span], voiced: tuple[Span, ...]
) -> tuple[list[Sentence], list[Discard]]:
    kept: list[Sentence] = []
    doubted: list[Discard] = []
    for stretch in stretches:
        wide = stretch.grow(MARGIN_MS, MARGIN_MS)
        piece = samples[wide.start_ms * RATE_HZ // 1000 : wide.end_ms * RATE_HZ // 1000]
        utterances = [_moved(one, wide.start_ms) for one in transcriber.transcribe(piece, primed=True)]
        new, new_doubted = _believe(transcriber, utterances, voiced)
        doubted += new_doubted
        for sentence in new:
            kept += _fitted(replace(sentence, note=AGAIN), kept)
    return kept, doubted


def _fitted(sentence: Sentence, beside: Sequence[Sentence]) -> list[Sentence]:
    """The sentence without the words that lie, for the most part, where others were already heard."""
    taken = [reach(word) for one in beside for word in one.words]

    def free(word: Word) -> bool:
        middle_ms = (word.span.start_ms + word.span.end_ms) // 2
        return not any(middle_ms in span for span in taken)

    words = tuple(word for word in sentence.words if free(word))
    if words == sentence.words:
        return [sentence]
    return [replace(sentence, words=words, alternatives=())] if words else []


def _woven(parts: Sequence[Sentence]) -> list[Sentence]:
    """All words in time order without overlap; a sentence is cut where another one's words fall into it."""
    tagged = sorted(
        ((word, number) for number, part in enumerate(parts) for word in part.words),
        key=lambda pair: (pair[0].span.start_ms, pair[1]),
    )
    woven: list[Sentence] = []
    for number, group in groupby(tagged, key=lambda pair: pair[1]):
        words = tuple(word for word, _ in group)
        part = parts[number]
        woven.append(part if words == part.words else replace(part, words=words, alternatives=()))
    return [
        replace(one, words=_ended(one.words, following.words[0].span.start_ms)) for one, following in pairwise(woven)
    ] + woven[-1:]


def _ended(words: tuple[Word, ...], by_ms: int) -> tuple[Word, ...]:
    last = words[-1]
    if last.span.end_ms <= by_ms:
        return words
    return (*words[:-1], replace(last, span=Span(min(last.span.start_ms, by_ms), by_ms)))


def _within_voice(words: Sequence[Word], voiced: tuple[Span, ...]) -> list[Word]:
    """Words without the silence at their edges: alignment gives each pause to a word beside it."""
    trimmed: list[Word] = []
    for word in words:
        parts = [part for piece in voiced if (part := piece.intersection(word.span))]
        span = Span(parts[0].start_ms, parts[-1].end_ms) if parts else word.span
        trimmed.append(replace(word, span=span))
    return trimmed


def _halves(voiced: Sequence[Span], whole: Span) -> list[Span]:
    """A stretch in two, cut at the longest pause of its middle half, else in the middle."""
    quarter_ms = whole.duration_ms // 4
    middle = Span(whole.start_ms + quarter_ms, whole.end_ms - quarter_ms)
    pauses = [
        (after.start_ms - before.end_ms, (before.end_ms + after.start_ms) // 2)
        for before, after in pairwise(voiced)
        if before.end_ms in middle and after.start_ms in middle
    ]
    cut_ms = max(pauses)[1] if pauses else (whole.start_ms + whole.end_ms) // 2
    return [Span(whole.start_ms, cut_ms), Span(cut_ms, whole.end_ms)]


def _moved(utterance: Utterance, by_ms: int) -> Utterance:
    words = tuple(Word(word.text, word.span.shift(by_ms), word.confidence) for word in utterance.words)
    return replace(utterance, span=utterance.span.shift(by_ms), words=words)


def _discard(words: Sequence[Word], reason: str) -> Discard:
    span = Span(words[0].span.start_ms, words[-1].span.end_ms)
    return Discard(Channel.SPEECH, span, "".join(word.text for word in words), reason)
