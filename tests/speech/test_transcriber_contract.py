"""What every transcriber promises, run over the real model and over the scripted one."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path

import av
import numpy as np
import pytest
from speech_script import ScriptedTranscriber, babble, fluent

from monitor.config import Settings
from monitor.records import Cue, Discard
from monitor.speech import SpeechReader, Transcriber, WhisperTranscriber, load
from monitor.speech.priming import MOST_TOKENS, OPENING, prompt_of
from monitor.speech.transcriber import RATE_HZ, Samples

TRADE = ("返现", "退款", "申请退款", "拍下", "付款", "抽免单", "半价", "专柜价", "原价", "运费险")
ROOMS = Path(__file__).parents[3] / "shared" / "cases" / "rooms"


@pytest.fixture(scope="session")
def whisper() -> WhisperTranscriber:
    """The default model in the user's own cache: joined at most once on a machine."""
    return load(Settings(), TRADE)


@pytest.fixture(params=["script", pytest.param("whisper", marks=pytest.mark.model)])
def transcriber(request: pytest.FixtureRequest) -> Transcriber:
    if request.param == "whisper":
        return request.getfixturevalue("whisper")
    return ScriptedTranscriber(fluent, prompt="返现、退款。")


def noise(seconds: float) -> Samples:
    return np.random.default_rng(3).normal(0, 0.05, int(seconds * RATE_HZ)).astype(np.float32)


@pytest.mark.parametrize("primed", [True, False])
@pytest.mark.parametrize(
    "sound",
    [babble(6), babble(0.3), noise(5), np.zeros(RATE_HZ * 2, np.float32)],
    ids=["voice", "blip", "noise", "silence"],
)
def test_utterances_lie_in_order_within_the_sound(transcriber: Transcriber, sound: Samples, primed: bool) -> None:
    """Whatever is fed: words join to the text, nothing overlaps, nothing lies outside."""
    utterances = transcriber.transcribe(sound, primed=primed)
    words = [word for one in utterances for word in one.words]
    assert all("".join(word.text for word in one.words) == one.text for one in utterances)
    assert all(before.span.end_ms <= after.span.start_ms for before, after in pairwise(words))
    assert all(0 <= word.span.start_ms <= word.span.end_ms <= len(sound) * 1000 // RATE_HZ for word in words)
    assert all(0 <= word.confidence <= 1 for word in words)
    assert all(0 <= one.confidence <= 1 and 0 <= one.no_speech <= 1 for one in utterances)


def test_no_sound_no_utterances(transcriber: Transcriber) -> None:
    """An empty array is no error."""
    assert transcriber.transcribe(np.zeros(0, np.float32), primed=True) == []


def test_more_than_thirty_seconds_are_refused(transcriber: Transcriber) -> None:
    """Rather than heard in part."""
    with pytest.raises(ValueError, match=r"too long|more than"):
        transcriber.transcribe(np.zeros(31 * RATE_HZ, np.float32), primed=False)


def test_the_same_sound_gives_the_same_words(transcriber: Transcriber) -> None:
    """No dice: a scan repeated is a scan confirmed."""
    if isinstance(transcriber, ScriptedTranscriber):
        pytest.skip("the script counts its calls")
    assert transcriber.transcribe(babble(5), primed=True) == transcriber.transcribe(babble(5), primed=True)


@pytest.mark.model
def test_the_name_tells_which_weights_heard_it(whisper: WhisperTranscriber) -> None:
    """Model, precision, device and hash: what a flag must be able to cite."""
    assert whisper.name.startswith("faster-whisper base ")
    assert "sha256:d01c3014881c" in whisper.name


@pytest.mark.model
@pytest.mark.parametrize(
    "sound", [noise(8), np.zeros(8 * RATE_HZ, np.float32), 0.3 * np.sin(np.arange(8 * RATE_HZ) / 6)]
)
def test_nothing_is_heard_where_nobody_speaks(whisper: WhisperTranscriber, sound: Samples) -> None:
    """Noise, silence and a tone make no cues; what the model makes of them is discarded with its reason."""
    reader = SpeechReader(whisper)
    found = [*reader.feed(0, sound.astype(np.float32)), *reader.finish()]
    assert all(isinstance(one, Discard) for one in found)


def test_words_beyond_the_models_memory_are_left_out_whole() -> None:
    """In their order, never cut within a word; the rest still fits."""
    many = [f"第{number}个词" for number in range(500)]
    prompt = prompt_of(many, len)
    assert len(prompt) <= MOST_TOKENS
    assert prompt.startswith(OPENING + "第0个词、第1个词、")
    assert prompt.endswith("个词。")
    assert prompt_of([], len) == ""
    assert prompt_of(["退款", " ", "退款"], len) == OPENING + "退款。"


@pytest.mark.model
def test_the_real_prompt_fits(tmp_path: Path, whisper: WhisperTranscriber) -> None:
    """And an over-long list leaves room for what is said."""
    from monitor.speech import whisper as room

    long = room.WhisperTranscriber(whisper._model, "long", tuple(f"拍下第{n}号链接" for n in range(300)), 1)
    assert len(whisper._tokenizer.encode(" " + long.prompt)) <= MOST_TOKENS
    long.transcribe(babble(28), primed=True)


def _sound_of(path: Path, seconds: float) -> Samples:
    resampler = av.AudioResampler("flt", "mono", RATE_HZ)
    parts, length = [], 0
    with av.open(str(path)) as container:
        for frame in container.decode(audio=0):
            for piece in resampler.resample(frame):
                parts.append(piece.to_ndarray()[0])
                length += piece.samples
            if length > seconds * RATE_HZ:
                break
    return np.concatenate(parts)[: int(seconds * RATE_HZ)].astype(np.float32)


@pytest.mark.model
def test_mandarin_is_heard_at_the_right_time(whisper: WhisperTranscriber) -> None:
    """Half a minute of a room: most characters right, each line within a second of where it was said."""
    if not (ROOMS / "o09.mp4").is_file():
        pytest.skip("no rooms with Mandarin speech beside this checkout")
    lines = [line for line in json.loads((ROOMS / "o09.truth.json").read_text("utf-8"))["lines"] if line["end"] < 28]
    sound = _sound_of(ROOMS / "o09.mp4", 28.0)
    reader = SpeechReader(whisper)
    cues = [one for one in [*reader.feed(0, sound), *reader.finish()] if isinstance(one, Cue)]
    for line in lines:
        near = [cue for cue in cues if cue.span.start_s < line["end"] and cue.span.end_s > line["start"]]
        told, heard = set(line["text"]), set("".join(cue.text for cue in near))
        assert len(told & heard) >= 0.5 * len(told)
        assert min(abs(cue.span.start_s - line["start"]) for cue in near) < 1.0
