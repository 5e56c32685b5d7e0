"""A transcriber that says what a script tells it: a small real class for tests of what lies around the model."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from monitor.records import Word
from monitor.speech import Utterance
from monitor.speech.transcriber import LONGEST_MS, RATE_HZ, Samples
from monitor.timeline import Span


def said(text: str, start_ms: int, end_ms: int, *, confidence: float = 0.9, no_speech: float = 0.01) -> Utterance:
    """An utterance of one word a character, evenly spread; marks join the character before."""
    parts: list[str] = []
    for sign in text:
        if parts and not sign.isalnum():
            parts[-1] += sign
        else:
            parts.append(sign)
    step = (end_ms - start_ms) / max(1, len(parts))
    words = tuple(
        Word(part, Span(round(start_ms + i * step), round(start_ms + (i + 1) * step)), confidence)
        for i, part in enumerate(parts)
    )
    return Utterance(text, Span(start_ms, end_ms), confidence, words, no_speech)


class ScriptedTranscriber:
    """Gives `script(samples, call number)`; remembers how much it was given and whether primed."""

    name = "script"

    def __init__(self, script: Callable[[Samples, int], Sequence[Utterance]], prompt: str = "") -> None:
        self.prompt = prompt
        self.calls: list[tuple[int, bool]] = []
        self._script = script

    def transcribe(self, samples: Samples, *, primed: bool) -> list[Utterance]:
        if len(samples) > LONGEST_MS * RATE_HZ // 1000:
            raise ValueError("too long")
        self.calls.append((len(samples) * 1000 // RATE_HZ, primed))
        return list(self._script(samples, len(self.calls) - 1)) if len(samples) else []


def fluent(samples: Samples, call: int) -> list[Utterance]:
    """Four syllables a second from beginning to end, different ones each time."""
    length_ms = len(samples) * 1000 // RATE_HZ
    signs = [chr(0x4E00 + (call * 211 + i * 7) % 5000) for i in range(max(1, length_ms // 250))]
    text = "".join(sign + ("。" if i % 9 == 8 else "") for i, sign in enumerate(signs))
    return [said(text, 0, length_ms)]


def babble(seconds: float, seed: int = 0, pause_every_s: float = 4.0) -> Samples:
    """Something that Silero takes for a voice: a buzzing glottis through moving formants, with pauses."""
    rng = np.random.default_rng(seed)
    n = int(seconds * RATE_HZ)
    t = np.arange(n) / RATE_HZ
    pitch = 130 + 25 * np.sin(2 * np.pi * 0.7 * t) + 8 * np.sin(2 * np.pi * 3.1 * t)
    phase = 2 * np.pi * np.cumsum(pitch) / RATE_HZ
    first = 500 + 250 * np.sin(2 * np.pi * 2.1 * t)
    second = 1500 + 600 * np.sin(2 * np.pi * 1.7 * t + 1)
    sound = np.zeros(n)
    for k in range(1, 25):
        height = k * pitch
        gain = np.exp(-(((height - first) / 180) ** 2)) + 0.6 * np.exp(-(((height - second) / 250) ** 2)) + 0.02
        sound += gain * np.sin(k * phase)
    sound *= 0.5 + 0.5 * np.sin(2 * np.pi * 4.0 * t) ** 2
    sound[(t % pause_every_s) > pause_every_s - 0.6] = 0
    sound = sound / np.abs(sound).max() * 0.4 + rng.normal(0, 0.002, n)
    return sound.astype(np.float32)
