"""What lies under a host's voice: hiss, a crowd, music. Pure: arrays in, arrays out, nothing read or written."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Sound = NDArray[np.float32]
"""float32, (n_samples,), mono, −1 to 1."""

VOICED = 0.02
"""Loudness from which a sample counts as speech when levels are compared."""


def hiss(length: int, rng: np.random.Generator) -> Sound:
    """White noise with its top taken off, as cheap microphones make it."""
    return np.convolve(rng.normal(0, 1, length), np.ones(4) / 4, "same").astype(np.float32)


def crowd(length: int, rng: np.random.Generator, voices: list[Sound], at_once: int = 5) -> Sound:
    """Several voices at once, each backwards so that no word in it can be told."""
    bed = np.zeros(length, np.float32)
    for _ in range(at_once):
        voice = voices[int(rng.integers(len(voices)))][::-1]
        bed += np.roll(np.resize(voice, length), int(rng.integers(length)))
    return bed


def music(length: int, rng: np.random.Generator, rate_hz: int) -> Sound:
    """Plucked chords over a beat: four to the bar, 110 to 130 a minute."""
    bed = np.zeros(length, np.float32)
    beat = int(rate_hz * 60 / rng.uniform(110, 130))
    time_s = np.arange(beat * 2) / rate_hz
    root_hz = 220.0 * 2 ** (rng.integers(-5, 6) / 12)
    chords = ((0, 4, 7), (9, 12, 16), (5, 9, 12), (7, 11, 14))
    for number, start in enumerate(range(0, length, beat)):
        chord = chords[(number // 4) % 4]
        tone = np.zeros(len(time_s))
        for step in (*chord, chord[number % 3] + 12):
            pitch_hz = root_hz * 2 ** (step / 12)
            tone += sum(np.sin(2 * np.pi * k * pitch_hz * time_s) / k**1.5 for k in (1, 2, 3, 4)) * np.exp(-3 * time_s)
        tone[: beat // 3] += rng.normal(0, 2, beat // 3) * np.exp(-60 * time_s[: beat // 3])
        piece = tone[: length - start]
        bed[start : start + len(piece)] += piece.astype(np.float32)
    return bed


def mixed(speech: Sound, bed: Sound, ratio_db: float) -> Sound:
    """Speech over a bed that is `ratio_db` fainter than its voiced parts; never beyond ±1."""
    voiced = speech[np.abs(speech) > VOICED]
    if not len(voiced) or not bed.any():
        return speech
    level = np.sqrt(np.mean(voiced**2)) / np.sqrt(np.mean(bed**2)) * 10 ** (-ratio_db / 20)
    both: Sound = np.clip(speech + bed * level, -1, 1).astype(np.float32)
    return both


def resampled(sound: Sound, from_hz: int, to_hz: int) -> Sound:
    """The same sound at another rate, band-limited by its spectrum."""
    length = len(sound) * to_hz // from_hz
    spectrum = np.fft.rfft(sound)
    kept = np.zeros(length // 2 + 1, spectrum.dtype)
    most = min(len(kept), len(spectrum))
    kept[:most] = spectrum[:most]
    return (np.fft.irfft(kept, length) * (length / len(sound))).astype(np.float32)
