"""Models that remember: the same answers, asked for once."""

from __future__ import annotations

import json

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from monitor.records import Box, Word
from monitor.remembering import Memory, RememberingTextReader, RememberingTranscriber
from monitor.screen import Line
from monitor.speech import Utterance
from monitor.store import Answer
from monitor.timeline import Span


class Reader:
    name = "reader"

    def __init__(self, *lines: Line) -> None:
        self.lines, self.asked = list(lines), 0

    def read(self, image: np.ndarray) -> list[Line]:
        self.asked += 1
        return self.lines


class Listener:
    name, prompt = "listener", "返现"

    def __init__(self, *utterances: Utterance) -> None:
        self.utterances, self.asked = list(utterances), 0

    def transcribe(self, samples: np.ndarray, *, primed: bool) -> list[Utterance]:
        self.asked += 1
        return self.utterances


def later(memory: Memory) -> Memory:
    """Another try's memory: the answers went through a database."""
    answers = {answer.key: Answer(answer.key, json.loads(json.dumps(answer.said))) for answer in memory.take()}
    return Memory(answers.get)


times = st.integers(0, 30_000)
spans = st.tuples(times, times).map(lambda pair: Span(min(pair), max(pair)))
shares = st.floats(0, 1)
utterances = st.builds(
    Utterance,
    text=st.text(),
    span=spans,
    confidence=shares,
    words=st.lists(st.builds(Word, text=st.text(), span=spans, confidence=shares), max_size=3).map(tuple),
    no_speech=shares,
    alternatives=st.lists(st.text(), max_size=2).map(tuple),
)
lines = st.builds(
    Line,
    text=st.text(),
    box=st.builds(Box, *[st.integers(0, 2000)] * 4),
    confidence=shares,
    struck=st.booleans(),
)


@given(st.lists(utterances, max_size=3), st.lists(lines, max_size=3))
def test_what_is_remembered_is_what_was_said(heard: list[Utterance], read: list[Line]):
    """Words, times, confidences and boxes come back equal to the last bit, and the models are not asked again."""
    listener, reader, memory = Listener(*heard), Reader(*read), Memory()
    sound, picture = np.linspace(-1, 1, 800, dtype=np.float32), np.arange(48, dtype=np.uint8).reshape(4, 4, 3)
    assert RememberingTranscriber(listener, memory).transcribe(sound, primed=True) == heard
    assert RememberingTextReader(reader, memory).read(picture) == read
    again = later(memory)
    assert RememberingTranscriber(listener, again).transcribe(sound.copy(), primed=True) == heard
    assert RememberingTextReader(reader, again).read(picture.copy()) == read
    assert (listener.asked, reader.asked) == (1, 1)
    assert again.take() == []


def test_whatever_the_model_could_answer_differently_is_another_question():
    """Another sound, priming, picture, shape or model is never answered from memory."""
    listener, reader, memory = Listener(), Reader(), Memory()
    transcriber, text_reader = RememberingTranscriber(listener, memory), RememberingTextReader(reader, memory)
    sound = np.zeros(800, np.float32)
    transcriber.transcribe(sound, primed=True)
    transcriber.transcribe(sound, primed=False)
    transcriber.transcribe(sound[:-1], primed=True)
    picture = np.zeros((4, 6, 3), np.uint8)
    text_reader.read(picture)
    text_reader.read(picture.reshape(6, 4, 3))
    text_reader.read(picture[:, ::-1])
    other = Reader()
    other.name = "other"
    RememberingTextReader(other, memory).read(picture)
    keys = [answer.key for answer in memory.take()]
    assert len(keys) == 7
    assert len(set(keys)) == 6  # a picture turned round that looks the same is the same
    assert (listener.asked, reader.asked, other.asked) == (3, 3, 1)
