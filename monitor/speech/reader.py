"""Sound in, cues out, as it arrives: the same for a finished file and for a room that is still live."""

from __future__ import annotations

import numpy as np

from monitor.records import Channel, Cue, Discard, Word
from monitor.speech.listening import Sentence, listen
from monitor.speech.transcriber import RATE_HZ, Samples, Transcriber
from monitor.speech.voice import BLOCK_FRAMES, FRAME_MS, FRAME_SAMPLES, VoiceDetector
from monitor.speech.windows import Window, WindowCutter
from monitor.timeline import Span

WINDOW_MS = 28_000
"""Whisper's encoder costs the same for 1 s as for 30: windows are filled, less a margin for the cut."""

JUMP_MS = 100
"""A chunk this far from where the last one ended does not continue it; less is rounding and drift."""

_BLOCK_SAMPLES = BLOCK_FRAMES * FRAME_SAMPLES


class SpeechReader:
    """Feeds on one stream's sound in time order and gives its cues; holds one window of sound at most.

    Cues are in time order, never overlap, and their ids (`speech:` and the start in ms) are unique.
    """

    def __init__(self, transcriber: Transcriber, *, start_ms: int = 0, window_ms: int = WINDOW_MS) -> None:
        """`start_ms`: stream time of the first sample. `window_ms`: at most so much is decoded at a time; shorter
        windows give cues sooner and cost more (1 s to 30 s)."""
        if not 1000 <= window_ms <= 30_000:
            raise ValueError(f"a window holds 1 s to 30 s, not {window_ms} ms")
        self._transcriber = transcriber
        self._window_ms = window_ms
        self._voice = VoiceDetector()
        self._given_ms = start_ms
        self._origin_ms = start_ms
        self._fed = 0
        """Samples since `_origin_ms`."""
        self._pending: list[Samples] = []
        """Sound that does not fill a block yet."""
        self._pending_length = 0
        self._held: Samples = np.zeros(0, np.float32)
        """Sound that a window may still need; its first frame is `_held_from`."""
        self._held_from = 0
        self._cutter = WindowCutter(window_ms)

    @property
    def watermark_ms(self) -> int:
        """Every cue and discard that starts before this stream time has been given; never goes back."""
        return self._given_ms

    def feed(self, start_ms: int, samples: Samples) -> list[Cue | Discard]:
        """What is now known, in time order. `samples`: float32, (n,), mono, 16 kHz, from `start_ms` of the stream.

        A jump forward ends what was being said; sound before what was already fed is ignored.
        """
        found: list[Cue | Discard] = []
        expected_ms = self._at_ms(self._fed)
        if start_ms - expected_ms >= JUMP_MS:
            if self._fed:
                found += self._flush()
            self._begin(start_ms)
        elif expected_ms - start_ms >= JUMP_MS:
            samples = samples[(expected_ms - start_ms) * RATE_HZ // 1000 :]
        self._fed += len(samples)
        at = 0
        while at < len(samples):
            piece = samples[at : at + _BLOCK_SAMPLES - self._pending_length]
            at += len(piece)
            self._pending.append(np.asarray(piece, np.float32))
            self._pending_length += len(piece)
            if self._pending_length == _BLOCK_SAMPLES:
                found += self._hear(np.concatenate(self._pending))
                self._pending, self._pending_length = [], 0
        self._advance()
        return found

    def finish(self) -> list[Cue | Discard]:
        """What the end of the stream leaves; afterwards the watermark is where the sound ended."""
        found = self._flush()
        self._given_ms = max(self._given_ms, self._at_ms(self._fed))
        self._begin(self._at_ms(self._fed))
        return found

    def _begin(self, start_ms: int) -> None:
        self._origin_ms, self._fed = start_ms, 0
        self._pending, self._pending_length = [], 0
        self._held, self._held_from = np.zeros(0, np.float32), 0
        self._cutter = WindowCutter(self._window_ms)
        self._voice.forget()

    def _hear(self, block: Samples) -> list[Cue | Discard]:
        """Takes whole frames."""
        self._held = np.concatenate([self._held, block])
        found: list[Cue | Discard] = []
        for chance in self._voice.listen(block):
            for window in self._cutter.push(float(chance)):
                found += self._read(window)
        drop = self._cutter.keep_from - self._held_from
        if drop > 0:
            self._held = self._held[drop * FRAME_SAMPLES :].copy()
            self._held_from += drop
        return found

    def _flush(self) -> list[Cue | Discard]:
        found: list[Cue | Discard] = []
        if self._pending_length:
            rest = np.concatenate(self._pending)
            self._pending, self._pending_length = [], 0
            found += self._hear(np.pad(rest, (0, -len(rest) % FRAME_SAMPLES)))
        for window in self._cutter.flush():
            found += self._read(window)
        return found

    def _read(self, window: Window) -> list[Cue | Discard]:
        first = (window.start - self._held_from) * FRAME_SAMPLES
        samples = self._held[first : first + (window.end - window.start) * FRAME_SAMPLES]
        voiced = tuple(
            Span((start - window.start) * FRAME_MS, (end - window.start) * FRAME_MS) for start, end in window.voiced
        )
        sentences, doubted = listen(self._transcriber, samples, voiced)
        start_ms = self._origin_ms + window.start * FRAME_MS
        end_ms = min(self._origin_ms + window.end * FRAME_MS, self._at_ms(self._fed))
        cues = [cue for sentence in sentences if (cue := self._cue(sentence, start_ms, end_ms))]
        discards = [Discard(one.channel, one.span.shift(start_ms), one.text, one.reason) for one in doubted]
        found: list[Cue | Discard] = [*cues, *discards]
        return sorted(found, key=lambda one: one.span)

    def _cue(self, sentence: Sentence, from_ms: int, to_ms: int) -> Cue | None:
        """The sentence in stream time, within its window and at least a millisecond long."""
        words: list[Word] = []
        for word in sentence.words:
            span = word.span.shift(from_ms)
            start_ms = max(min(span.start_ms, to_ms), self._given_ms)
            words.append(Word(word.text, Span(start_ms, max(min(span.end_ms, to_ms), start_ms)), word.confidence))
        text = "".join(word.text for word in words)
        if not text.strip():
            return None
        confidence = sum(word.confidence for word in words) / len(words)
        span = Span(words[0].span.start_ms, max(words[-1].span.end_ms, words[0].span.start_ms + 1))
        self._given_ms = max(self._given_ms, span.end_ms)
        return Cue(
            f"speech:{span.start_ms}",
            Channel.SPEECH,
            span,
            text,
            confidence=confidence,
            words=tuple(words),
            note=sentence.note,
            alternatives=sentence.alternatives,
        )

    def _advance(self) -> None:
        self._given_ms = max(self._given_ms, self._at_ms(self._cutter.keep_from * FRAME_SAMPLES))

    def _at_ms(self, sample: int) -> int:
        return self._origin_ms + sample * 1000 // RATE_HZ
