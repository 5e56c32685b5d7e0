"""Sound in, cues out: in order, joined, and the same however the sound arrives."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from speech_script import ScriptedTranscriber, babble, fluent, said

from monitor.records import Channel, Cue, Discard
from monitor.speech import SpeechReader
from monitor.speech.transcriber import RATE_HZ, Samples

SHOW = babble(70, seed=1)


def run(reader: SpeechReader, sound: Samples, cuts: list[int], start_ms: int = 0) -> list[Cue | Discard]:
    """Feeds the sound in pieces; checks the watermark's promise on the way."""
    found: list[Cue | Discard] = []
    mark = reader.watermark_ms
    for first, stop in pairwise([0, *sorted(cuts), len(sound)]):
        new = reader.feed(start_ms + first * 1000 // RATE_HZ, sound[first:stop])
        assert all(one.span.start_ms >= mark for one in new), "starts before a watermark given earlier"
        assert reader.watermark_ms >= mark, "the watermark went back"
        mark = reader.watermark_ms
        found += new
    new = reader.finish()
    assert all(one.span.start_ms >= mark for one in new)
    assert reader.watermark_ms >= mark
    return found + new


def cues_of(found: list[Cue | Discard]) -> list[Cue]:
    return [one for one in found if isinstance(one, Cue)]


def test_cues_are_ordered_joined_and_unique() -> None:
    """Never overlapping, each text its words', each id its own."""
    cues = cues_of(run(SpeechReader(ScriptedTranscriber(fluent)), SHOW, [16_000 * i for i in range(1, 70)]))
    assert len(cues) > 20
    assert all("".join(word.text for word in cue.words) == cue.text for cue in cues)
    assert all(before.span.end_ms <= after.span.start_ms for before, after in pairwise(cues))
    assert len({cue.cue_id for cue in cues}) == len(cues)
    assert all(cue.channel == Channel.SPEECH and 0 < cue.confidence <= 1 for cue in cues)
    assert all(
        cue.span.start_ms <= word.span.start_ms <= word.span.end_ms <= cue.span.end_ms
        for cue in cues
        for word in cue.words
    )
    assert cues[-1].span.end_ms <= 70_000


@settings(max_examples=15, deadline=None)
@given(st.lists(st.integers(0, len(SHOW)), max_size=40), st.sampled_from([4000, 28_000]))
def test_how_the_sound_is_cut_up_changes_nothing(cuts: list[int], window_ms: int) -> None:
    """A file in one piece and a live room in driblets give the same cues to the bit."""
    whole = run(SpeechReader(ScriptedTranscriber(fluent), window_ms=window_ms), SHOW, [])
    assert run(SpeechReader(ScriptedTranscriber(fluent), window_ms=window_ms), SHOW, cuts) == whole


def test_every_window_is_primed_and_short_enough() -> None:
    """The trade's words reach all of them, not the first alone."""
    model = ScriptedTranscriber(fluent)
    run(SpeechReader(model), SHOW, [])
    assert len(model.calls) >= 3
    assert all(primed and length_ms <= 28_100 for length_ms, primed in model.calls)


def test_silence_costs_nothing_and_gives_nothing() -> None:
    """The model is not asked, the watermark moves on, and no sound piles up."""
    model = ScriptedTranscriber(fluent)
    reader = SpeechReader(model)
    for second in range(120):
        assert reader.feed(second * 1000, np.zeros(RATE_HZ, np.float32)) == []
        assert reader.watermark_ms >= second * 1000 - 2000
    assert reader.finish() == []
    assert model.calls == []
    assert reader.watermark_ms == 120_000


def test_memory_does_not_grow_with_the_stream() -> None:
    """At no time is more than a window and a block of sound held."""
    reader = SpeechReader(ScriptedTranscriber(fluent))
    for turn in range(6):
        for at in range(0, len(SHOW), RATE_HZ):
            reader.feed(turn * 70_000 + at * 1000 // RATE_HZ, SHOW[at : at + RATE_HZ])
            assert len(reader._held) <= 30 * RATE_HZ


def test_a_jump_in_time_ends_what_was_being_said() -> None:
    """Words keep to their side of a hole, with times of the stream."""
    reader = SpeechReader(ScriptedTranscriber(fluent))
    first = reader.feed(0, SHOW[: 6 * RATE_HZ])
    after = reader.feed(100_000, SHOW[: 6 * RATE_HZ])
    assert first == []
    assert after
    assert max(one.span.end_ms for one in after) <= 6000
    rest = reader.finish()
    assert rest
    assert all(100_000 <= one.span.start_ms <= one.span.end_ms <= 106_100 for one in rest)


def test_sound_that_was_fed_before_is_not_heard_twice() -> None:
    """A source that goes back gives no second cue for the same moment."""
    once, twice = SpeechReader(ScriptedTranscriber(fluent)), SpeechReader(ScriptedTranscriber(fluent))
    twice.feed(0, SHOW[: 6 * RATE_HZ])
    twice.feed(2000, SHOW[2 * RATE_HZ : 8 * RATE_HZ])
    assert twice.finish() == run(once, SHOW[: 8 * RATE_HZ], [])


def test_a_stream_may_begin_late() -> None:
    """Times are the stream's, not the sound's."""
    cues = cues_of(run(SpeechReader(ScriptedTranscriber(fluent), start_ms=50_000), SHOW[: 8 * RATE_HZ], [], 50_000))
    assert cues[0].span.start_ms >= 50_000
    assert cues[0].cue_id == f"speech:{cues[0].span.start_ms}"


def test_what_is_not_believed_comes_with_its_reason() -> None:
    """Never dropped in silence; in stream time."""
    model = ScriptedTranscriber(lambda *_: [said("字幕由Amara.org社区提供", 500, 4000)])
    found = run(SpeechReader(model), SHOW[: 6 * RATE_HZ], [])
    assert {type(one) for one in found} == {Discard}
    assert found[0].reason == "silence boilerplate"  # type: ignore[union-attr]


def test_words_without_extent_still_make_cues_of_their_own() -> None:
    """A model that puts all words at the end does not break order or ids."""
    model = ScriptedTranscriber(lambda samples, _: [said("好。来。", len(samples) // 16, len(samples) // 16)])
    cues = cues_of(run(SpeechReader(model), SHOW[: 5 * RATE_HZ], []))
    assert all(before.span.end_ms <= after.span.start_ms for before, after in pairwise(cues))
    assert all(cue.span.duration_ms >= 1 for cue in cues)


def test_a_window_beyond_the_model_is_refused() -> None:
    """At once, not at the first long sentence."""
    with pytest.raises(ValueError, match="30 s"):
        SpeechReader(ScriptedTranscriber(fluent), window_ms=40_000)
