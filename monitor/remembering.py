"""Models that remember what they said about a stream, so that a scan that died goes on without asking them again.

All else that a scan does is cheap beside its models: going on means going through the recording again, with their
answers at hand. What comes out is what an undisturbed scan gives, because it is computed in the same way.
"""

from __future__ import annotations

import hashlib
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from monitor.records import Box, Word
from monitor.screen import Line, TextReader
from monitor.speech import Transcriber, Utterance
from monitor.store import Answer
from monitor.timeline import Span

Samples = NDArray[np.float32]


class Memory:
    """The answers about one stream: of an earlier try, and those given now until they are taken to be kept."""

    def __init__(self, recall: Callable[[str], Answer | None] = lambda _key: None) -> None:
        """`recall` finds an earlier try's answer by its key."""
        self._recall = recall
        self._fresh: deque[Answer] = deque()  # filled by the speech thread while the scan takes from it

    def ask(self, key: str, say: Callable[[], Any]) -> Any:
        """What is remembered under `key`, else what `say` says now (plain JSON values)."""
        known = self._recall(key)
        if known is not None:
            return known.said
        answer = Answer(key, say())
        self._fresh.append(answer)
        return answer.said

    def take(self) -> list[Answer]:
        """The answers given since they were last taken."""
        return [self._fresh.popleft() for _ in range(len(self._fresh))]


class RememberingTranscriber:
    """A transcriber that asks the memory first."""

    def __init__(self, transcriber: Transcriber, memory: Memory) -> None:
        self._transcriber, self._memory = transcriber, memory
        self.name, self.prompt = transcriber.name, transcriber.prompt

    def transcribe(self, samples: Samples, *, primed: bool) -> list[Utterance]:
        """As the protocol promises."""
        sound = np.ascontiguousarray(samples, np.float32)
        key = _key(self.name, self.prompt if primed else "", sound.data)
        said = self._memory.ask(
            key, lambda: [_told_utterance(one) for one in self._transcriber.transcribe(samples, primed=primed)]
        )
        return [_utterance(one) for one in said]


class RememberingTextReader:
    """A text reader that asks the memory first."""

    def __init__(self, reader: TextReader, memory: Memory) -> None:
        self._reader, self._memory = reader, memory
        self.name = reader.name

    def read(self, image: NDArray[np.uint8]) -> list[Line]:
        """As the protocol promises."""
        picture = np.ascontiguousarray(image)
        key = _key(self.name, str(picture.shape), picture.data)
        said = self._memory.ask(key, lambda: [_told_line(line) for line in self._reader.read(image)])
        return [Line(text, Box(*box), confidence, struck) for text, box, confidence, struck in said]


def _key(model: str, how: str, data: memoryview) -> str:
    digest = hashlib.blake2b(f"{model}\n{how}\n".encode(), digest_size=20)
    digest.update(data.cast("B"))
    return digest.hexdigest()


def _told_utterance(one: Utterance) -> list[Any]:
    words = [[w.text, w.span.start_ms, w.span.end_ms, float(w.confidence)] for w in one.words]
    span = [one.span.start_ms, one.span.end_ms]
    return [one.text, span, float(one.confidence), words, float(one.no_speech), list(one.alternatives)]


def _utterance(told: Sequence[Any]) -> Utterance:
    text, span, confidence, words, no_speech, alternatives = told
    return Utterance(
        text,
        Span(*span),
        confidence,
        tuple(Word(word, Span(start_ms, end_ms), sure) for word, start_ms, end_ms, sure in words),
        no_speech,
        tuple(alternatives),
    )


def _told_line(line: Line) -> list[Any]:
    box = line.box
    sides = [int(side) for side in (box.left_px, box.top_px, box.right_px, box.bottom_px)]
    return [line.text, sides, float(line.confidence), bool(line.struck)]
