"""A word that the recogniser was told beforehand counts in full only where the sound alone bears it out."""

from __future__ import annotations

from dataclasses import replace

import pytest

from monitor.config import lexicon_folder
from monitor.judge.firing import FLAG_SCORE
from monitor.lexicon import load_lexicon
from monitor.match import Matcher
from monitor.match.hearing import BELIEVED, PrimedWords, least_confidence
from monitor.records import DOUBTED_SCORE, Channel, Cue, Hit, Method, Word
from monitor.timeline import Span


def heard(*words: tuple[str, float]) -> Cue:
    """A spoken cue of words with their probabilities, half a second each."""
    spans = [Span(500 * i, 500 * i + 500) for i in range(len(words))]
    said = tuple(Word(text, span, sure) for (text, sure), span in zip(words, spans, strict=True))
    text = "".join(word.text for word in said)
    return Cue("speech:0", Channel.SPEECH, Span(0, 500 * len(words)), text, words=said)


def hit_at(cue: Cue, start: int, end: int, score: float = 1.0) -> Hit:
    raw = cue.text[start:end]
    return Hit(raw, "refund", cue.cue_id, cue.channel, cue.span, (start, end), raw, Method.EXACT, score)


PRIMED = PrimedWords(["返现", "免单"])


def test_a_primed_word_that_the_sound_bears_out_counts_in_full() -> None:
    """From the threshold on nothing is taken."""
    cue = heard(("给", 0.1), ("你", 0.1), ("返", BELIEVED), ("现", 0.9))
    assert PRIMED.doubted(hit_at(cue, 2, 4), cue) == hit_at(cue, 2, 4)


def test_a_primed_word_that_it_does_not_bear_out_supports_but_never_accuses() -> None:
    """Its score falls below the line of a flag, whatever the rest of the cue is worth, and it says why."""
    cue = heard(("给", 0.9), ("你", 0.9), ("返", 0.9), ("现", BELIEVED - 0.2))
    doubted = PRIMED.doubted(hit_at(cue, 2, 4), cue)
    assert doubted.score == DOUBTED_SCORE < FLAG_SCORE
    assert "提示词" in doubted.how
    assert "30%" in doubted.how


@pytest.mark.parametrize(("start", "end", "score"), [(1, 2, 0.6), (0, 2, 0.6), (0, 1, 1.0), (3, 4, 1.0), (1, 5, 0.6)])
def test_what_lies_on_the_word_is_doubted_with_it(start: int, end: int, score: float) -> None:
    """A part of it, what reaches into it and what holds it; never what stands beside it."""
    cue = heard(("给", 0.9), ("返", 0.9), ("现", 0.2), ("给", 0.9), ("你", 0.9))
    assert PRIMED.doubted(hit_at(cue, start, end), cue).score == score


def test_each_occurrence_stands_for_itself() -> None:
    """The word is said twice: one is borne out, the other is not."""
    cue = heard(("返现", 0.9), ("返现", 0.2))
    assert [PRIMED.doubted(hit_at(cue, at, at + 2), cue).score for at in (0, 2)] == [1.0, DOUBTED_SCORE]


def test_other_words_are_none_of_its_business() -> None:
    """What the recogniser was not told it heard by itself."""
    cue = heard(("秒", 0.1), ("退", 0.1))
    assert PRIMED.doubted(hit_at(cue, 0, 2), cue) == hit_at(cue, 0, 2)


def test_a_score_is_never_raised() -> None:
    """A hit weaker than the bound stays as weak as it was."""
    cue = heard(("返", 0.1), ("现", 0.1))
    assert PRIMED.doubted(hit_at(cue, 0, 2, 0.4), cue).score == 0.4


def test_typed_text_has_no_words_to_doubt() -> None:
    """Only a recogniser is primed."""
    cue = replace(heard(("返现", 0.1)), channel=Channel.CHAT, words=())
    assert PRIMED.doubted(hit_at(cue, 0, 2), cue) == hit_at(cue, 0, 2)


@pytest.mark.parametrize(("start", "end", "least"), [(0, 1, 0.9), (1, 2, 0.2), (0, 3, 0.2), (2, 3, 0.2), (3, 4, 0.7)])
def test_the_least_sure_word_that_reaches_in_decides(start: int, end: int, least: float) -> None:
    """A word of several characters counts wherever one of them is taken."""
    assert least_confidence(heard(("给", 0.9), ("返现", 0.2), ("了", 0.7)), start, end) == least


def test_the_matcher_doubts_what_the_recogniser_was_told() -> None:
    """The same words, sure and unsure: the hit stays, its score does not."""
    lexicon = load_lexicon(lexicon_folder())
    matcher = Matcher(lexicon)
    assert "返现" in lexicon.trade_words()
    sure = heard(("收", 0.9), ("到", 0.9), ("货", 0.9), ("返", 0.9), ("现", 0.9))
    unsure = replace(sure, words=(*sure.words[:4], replace(sure.words[4], confidence=0.2)))
    before = {hit.slot: hit.score for hit in matcher.read(sure).hits if "返现" in hit.raw}
    after = {hit.slot: hit.score for hit in matcher.read(unsure).hits if "返现" in hit.raw}
    assert before
    assert before.keys() == after.keys()
    assert all(before[slot] > DOUBTED_SCORE >= after[slot] for slot in before)
