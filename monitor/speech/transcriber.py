"""The small protocol behind which every speech model sits, and what it returns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from monitor.records import Word
from monitor.timeline import Span

RATE_HZ = 16_000
"""Sampling rate of everything this room hears; Whisper and Silero were both trained on it."""

LONGEST_MS = 30_000
"""The most that one call may hold: Whisper's encoder sees 30 s at a time."""

Samples = NDArray[np.float32]
"""float32, (n_samples,), mono, 16 kHz, −1 to 1."""


@dataclass(frozen=True, slots=True)
class Utterance:
    """A stretch of recognised speech, as the model gave it; times count from the first sample it was given."""

    text: str
    """Simplified characters; the texts of `words` joined."""
    span: Span
    confidence: float
    """Mean probability of the words, 0 to 1. A word's own is what the model gives it without being primed."""
    words: tuple[Word, ...]
    """In time order, never overlapping."""
    no_speech: float
    """The model's own probability that nobody speaks, 0 to 1."""
    alternatives: tuple[str, ...] = ()
    """Other whole texts for the same sound, simplified, the likeliest first; empty where the model gives none."""


class Transcriber(Protocol):
    """Turns up to 30 s of sound into utterances; knows nothing of streams."""

    @property
    def name(self) -> str:
        """Model, precision, device and the weights' hash, for the record on each flag."""
        ...

    @property
    def prompt(self) -> str:
        """What a primed call whispers to the model beforehand; empty when it cannot be primed."""
        ...

    def transcribe(self, samples: Samples, *, primed: bool) -> list[Utterance]:
        """What was said in `samples` (float32, (n_samples,), mono, 16 kHz, at most 30 s), in time order.

        `primed` gives the model the trade's words beforehand: it then hears them far more often, and now and then
        where they were not said. Utterances lie within the samples and do not overlap. No samples, no utterances.
        Raises ValueError when there is more than 30 s.
        """
        ...
