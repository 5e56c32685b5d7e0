"""A window's words become cues; what is missing is found."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from speech_script import ScriptedTranscriber, said

from monitor.records import Word
from monitor.speech.listening import AGAIN, listen
from monitor.speech.missing import too_sparse, unheard
from monitor.speech.splitting import LONGEST_CUE_MS, sentences
from monitor.timeline import Span

FULL = (Span(0, 20_000),)
SOUND = np.zeros(20 * 16_000, np.float32)


def test_a_sentence_is_a_cue() -> None:
    """Cut after each full stop, question and exclamation mark."""
    words = said("今天讲锅。能煮吗？能的！好", 0, 4000).words
    assert ["".join(word.text for word in group) for group in sentences(words)] == [
        "今天讲锅。",
        "能煮吗？",
        "能的！",
        "好",
    ]


def test_a_long_sentence_is_cut_where_it_pauses() -> None:
    """At a comma near its middle, so that no cue is much longer than eight seconds."""
    words = said("今天给大家讲的是这款炒锅，喜欢的可以先看看颜色再决定要哪个", 0, 14_000).words
    groups = sentences(words)
    assert groups[0][-1].text == "锅，"
    assert all(group[-1].span.end_ms - group[0].span.start_ms <= LONGEST_CUE_MS + 1500 for group in groups)


def test_a_long_silence_cuts_without_a_mark() -> None:
    """Words two seconds apart are not one sentence."""
    words = (*said("先看颜色", 0, 1000).words, *said("再看大小", 3000, 4000).words)
    assert len(sentences(words)) == 2


@given(st.lists(st.tuples(st.integers(0, 2500), st.integers(0, 700), st.sampled_from("好的看,。？锅")), max_size=60))
def test_no_word_is_lost_or_doubled(pieces: list[tuple[int, int, str]]) -> None:
    """However the words lie in time."""
    words, at = [], 0
    for pause, length, text in pieces:
        words.append(Word(text, Span(at + pause, at + pause + length), 0.5))
        at += pause + length
    assert [word for group in sentences(words) for word in group] == words


def test_voice_without_words_is_found() -> None:
    """From 1.2 s on, and not where words or silence are."""
    words = (*said("先看颜色", 0, 2000).words, *said("再看大小", 6000, 8000).words)
    holes = unheard((Span(0, 8000),), words)
    assert len(holes) == 1
    assert Span(2500, 5500).intersection(holes[0]) == Span(2500, 5500)
    assert unheard((Span(0, 2300), Span(5900, 8000)), words) == []


def test_a_word_stretched_over_what_was_not_decoded_does_not_hide_it() -> None:
    """Alignment gives the last word all that follows."""
    words = (Word("好", Span(0, 6000), 0.9),)
    assert unheard((Span(0, 6000),), words) == [Span(900, 6000)]


def test_far_too_few_characters_are_noticed() -> None:
    """Four characters in ten seconds of voice are not what was said."""
    assert too_sparse((Span(0, 10_000),), said("先看颜色", 0, 10_000).words)
    assert not too_sparse((Span(0, 10_000),), said("先看颜色再看大小和价格" * 3, 0, 10_000).words)
    assert not too_sparse((Span(0, 2000),), ())


def test_what_was_missed_is_decoded_again_once() -> None:
    """The stretch alone, with a margin; its cue says so; a second failure is accepted."""
    first = [said("先看看颜色再看大小和价格再看看做工。", 0, 8000), said("喜欢的打一。", 18_000, 20_000)]
    model = ScriptedTranscriber(lambda _, call: first if call == 0 else [said("中间这一句刚才没有听见。", 500, 5000)])
    sentences_, doubted = listen(model, SOUND, FULL)
    texts = ["".join(word.text for word in one.words) for one in sentences_]
    assert texts == ["先看看颜色再看大小和价格再看看做工。", "中间这一句刚才没有听见。", "喜欢的打一。"]
    assert [one.note for one in sentences_] == ["", AGAIN, ""]
    assert len(model.calls) == 2
    assert 9500 <= model.calls[1][0] <= 10_500
    assert doubted == []


def test_a_window_with_next_to_nothing_is_decoded_in_halves() -> None:
    """Three calls at most: the window and its two halves."""
    model = ScriptedTranscriber(
        lambda _, call: (
            [said("喂", 0, 500)] if call == 0 else [said(f"这是第{call}半里说的话，都听得很清楚。", 300, 6000)]
        )
    )
    found, _ = listen(model, SOUND, FULL)
    assert len(model.calls) == 3
    assert ["".join(word.text for word in one.words)[:4] for one in found] == ["喂", "这是第1", "这是第2"]


def test_a_loop_is_discarded_and_what_it_swallowed_is_decoded_again() -> None:
    """The first instance stays, the rest becomes a discard that is kept."""
    model = ScriptedTranscriber(
        lambda _, call: (
            [said("先看看颜色。" + "给大家看一下" * 12, 0, 14_000)] if call == 0 else [said("价格也很好。", 0, 3000)]
        )
    )
    found, doubted = listen(model, SOUND[: 14 * 16_000], (Span(0, 14_000),))
    assert ["".join(word.text for word in one.words) for one in found] == [
        "先看看颜色。",
        "给大家看一下",
        "价格也很好。",
    ]
    assert [one.reason for one in doubted] == ["repetition"]
    assert doubted[0].text == "给大家看一下" * 11


def test_a_hole_inside_a_sentence_is_filled_without_overlap() -> None:
    """The sentence is cut where the words belong."""
    early, late = said("先看看颜色", 0, 3000), said("再看看大小。", 14_000, 18_000)
    stretched = Word(early.words[-1].text, Span(2400, 13_900), 0.9)
    words = (*early.words[:-1], stretched, *late.words)
    whole = said("", 0, 18_000)
    first = type(whole)("".join(w.text for w in words), Span(0, 18_000), 0.9, words, 0.0)
    model = ScriptedTranscriber(lambda _, call: [first] if call == 0 else [said("中间还说了很多别的话。", 800, 9000)])
    found, _ = listen(model, SOUND, (Span(0, 18_000),))
    assert "".join(word.text for one in found for word in one.words) == "先看看颜色中间还说了很多别的话。再看看大小。"
    spans = [one.span for one in found]
    assert all(before.end_ms <= after.start_ms for before, after in pairwise(spans))
