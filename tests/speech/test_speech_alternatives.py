"""What else the recogniser may have heard, cut to cues and kept where it sounds different."""

from __future__ import annotations

from dataclasses import replace
from itertools import accumulate
from pathlib import Path

import av
import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from speech_script import ScriptedTranscriber, babble, said

from monitor.config import Settings
from monitor.records import Cue
from monitor.speech import SpeechReader, WhisperTranscriber, load
from monitor.speech.alternatives import LONGEST, MOST, cut_like, distinct
from monitor.speech.transcriber import RATE_HZ, Samples, Utterance

SPOKEN = Path(__file__).parents[2] / "samples" / "s01-kitchen.mp4"
TEXTS = st.text(alphabet="返现反下退款推宽拍一二来的。，？ a", max_size=30)


@settings(deadline=None)
@given(TEXTS, TEXTS, st.lists(st.integers(0, 30), max_size=5))
@example("", "返现", [])
@example("返现。", "", [3])
def test_pieces_joined_are_the_whole(best: str, other: str, cuts: list[int]) -> None:
    """However the texts differ: as many pieces as asked for, nothing lost, nothing twice."""
    pieces = cut_like(best, other, sorted(cuts))
    assert len(pieces) == len(cuts) + 1
    assert "".join(pieces) == other


@settings(deadline=None)
@given(TEXTS, st.lists(st.integers(0, 30), max_size=5))
def test_a_text_is_cut_like_itself(text: str, cuts: list[int]) -> None:
    """At its own cuts before a word, to the character."""
    inside = sorted(cut for cut in cuts if text[cut : cut + 1].isalnum() and any(map(str.isalnum, text[:cut])))
    expected = [text[a:b] for a, b in zip([0, *inside], [*inside, len(text)], strict=True)]
    assert cut_like(text, text, inside) == expected


@settings(deadline=None)
@given(st.lists(st.sampled_from(["返现", "退款吗？", "拍一号，", "来的。"]), min_size=1, max_size=8), st.data())
def test_what_sounds_alike_is_cut_alike(pieces: list[str], data: st.DataObject) -> None:
    """Other characters of the same sounds, with or without marks, keep to their sentences."""
    alike = str.maketrans("返现退款拍一号来的", "反线腿窾啪伊浩莱得")
    text = "".join(pieces)
    bare = data.draw(st.booleans())
    others = [piece.translate(alike).strip("，。？" if bare else "") for piece in pieces]
    assert cut_like(text, "".join(others), [*accumulate(map(len, pieces))][:-1]) == others


@pytest.mark.parametrize(
    ("best", "other", "cut", "pieces"),
    [
        ("拍一返现。好的", "拍一反下。好的", 5, ["拍一反下。", "好的"]),
        ("返现好的", "返现。好的", 2, ["返现。", "好的"]),
        ("返现。好的", "返现好的", 3, ["返现", "好的"]),
        ("返现。的", "返现。好的", 3, ["返现。", "好的"]),
        ("七天无理由。好的", "好的", 6, ["", "好的"]),
    ],
    ids=["misheard", "mark added", "mark lost", "word added", "sentence lost"],
)
def test_cuts_fall_beside_each_other(best: str, other: str, cut: int, pieces: list[str]) -> None:
    """By sound, whatever one of the two lost or added."""
    assert cut_like(best, other, [cut]) == pieces


def test_only_what_sounds_different_is_kept() -> None:
    """Homophones and other marks tell the matcher nothing that it does not find by itself."""
    others = ["返现。", "反下", "返下！", "", "翻新", "反侧", "反手"]
    assert distinct("反现，", others) == ("反下", "翻新", "反侧")
    assert len(distinct("反现", ["反一", "反二", "反三", "反四"])) == MOST


def test_a_reading_that_ran_on_is_left_out() -> None:
    """Loops belong to no cue."""
    assert distinct("返现", ["好的" * LONGEST, "好的" * LONGEST + "来"]) == ("好的" * LONGEST,)


def _doubting(text: str, *others: str) -> ScriptedTranscriber:
    def script(samples: Samples, _: int) -> list[Utterance]:
        return [replace(said(text, 0, len(samples) * 1000 // RATE_HZ), alternatives=others)]

    return ScriptedTranscriber(script)


def _cues(transcriber: ScriptedTranscriber | WhisperTranscriber, sound: Samples) -> list[Cue]:
    reader = SpeechReader(transcriber)
    return [one for one in [*reader.feed(0, sound), *reader.finish()] if isinstance(one, Cue)]


def test_each_cue_gets_its_own_part() -> None:
    """The doubt stands beside the sentence that it belongs to, likeliest first; a sure sentence has none."""
    model = _doubting(
        "拍一号链接。收到货返下给你。谢谢大家捧场。",
        "拍一号链接。收到货返现给你。谢谢大家捧场。",
        "拍一号连接，收到货返下给您。谢谢大家捧场。",
    )
    cues = _cues(model, babble(6))
    assert [cue.text for cue in cues] == ["拍一号链接。", "收到货返下给你。", "谢谢大家捧场。"]
    assert [cue.alternatives for cue in cues] == [(), ("收到货返现给你。", "收到货返下给您。"), ()]


@pytest.fixture(scope="module")
def whisper() -> WhisperTranscriber:
    return load(Settings(), ("返现", "退款", "拍下"))


def _sound_of(path: Path, seconds: float) -> Samples:
    resampler = av.AudioResampler("flt", "mono", RATE_HZ)
    parts: list[Samples] = []
    with av.open(str(path)) as container:
        for frame in container.decode(audio=0):
            parts += [piece.to_ndarray()[0] for piece in resampler.resample(frame)]
            if sum(map(len, parts)) > seconds * RATE_HZ:
                break
    return np.concatenate(parts)[: int(seconds * RATE_HZ)].astype(np.float32)


@pytest.mark.model
def test_the_beam_gives_other_whole_texts(whisper: WhisperTranscriber) -> None:
    """Of real speech: distinct, fewer than the beam is wide, and the believed text is none of them."""
    [utterance] = whisper.transcribe(_sound_of(SPOKEN, 12), primed=True)
    assert 0 < len(utterance.alternatives) < Settings().speech_beam
    assert len({utterance.text, *utterance.alternatives}) == len(utterance.alternatives) + 1


@pytest.mark.model
def test_a_words_probability_knows_nothing_of_the_prompt(whisper: WhisperTranscriber) -> None:
    """The first word, which no other text precedes, is as sure primed as unprimed: the check of primed words rests on
    this. (Later ones hang on what was written before them, 們 or 们.)"""
    sound = _sound_of(SPOKEN, 12)
    [primed], [unprimed] = (whisper.transcribe(sound, primed=told) for told in (True, False))
    first, same = primed.words[0], unprimed.words[0]
    assert first.text == same.text
    assert first.confidence == pytest.approx(same.confidence, abs=0.005)
