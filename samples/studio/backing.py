"""What sounds behind the host: a little tune, a murmuring crowd, or nothing."""

import numpy as np

from .voice import RATE_HZ

_SPOKEN = 0.02  # amplitude above which a sample counts as speech when the level is measured
_PENTATONIC_HZ = (220.0, 247.5, 277.2, 330.0, 371.3, 440.0)
_CHORDS = ((0, 2, 4), (1, 3, 5), (0, 3, 4), (1, 2, 5))
_BEAT_S = 0.46


def put_behind(speech: np.ndarray, kind: str, below_speech_db: float, rng: np.random.Generator) -> np.ndarray:
    """Speech with the backing mixed in so many decibels below it: float32, (n_samples,), mono, 24 kHz."""
    if kind == "none":
        return speech
    backing = {"music": _tune, "crowd": _murmur}[kind](len(speech), rng)
    spoken = speech[np.abs(speech) > _SPOKEN]
    gain = np.sqrt(np.mean(spoken**2) / np.mean(backing**2)) * 10 ** (-below_speech_db / 20)
    return np.clip(speech + backing * gain, -1, 1).astype(np.float32)


def _tune(n_samples: int, rng: np.random.Generator) -> np.ndarray:
    """Plucked broken chords over a soft pulse."""
    out = np.zeros(n_samples + RATE_HZ * 2, np.float64)
    ring_s = np.arange(int(1.2 * RATE_HZ)) / RATE_HZ
    thud = np.sin(2 * np.pi * 62 * ring_s) * np.exp(-18 * ring_s)
    for beat in range(int(n_samples / RATE_HZ / _BEAT_S) + 1):
        start = int(beat * _BEAT_S * RATE_HZ)
        chord = _CHORDS[(beat // 8) % len(_CHORDS)]
        pitch = _PENTATONIC_HZ[chord[beat % 3]] * (2 if rng.random() < 0.25 else 1)
        pluck = sum(np.sin(2 * np.pi * pitch * k * ring_s) / k**2 for k in (1, 2, 3)) * np.exp(-4.5 * ring_s)
        out[start : start + len(pluck)] += pluck
        if beat % 2 == 0:
            out[start : start + len(thud)] += 0.9 * thud
    return out[:n_samples]


def _murmur(n_samples: int, rng: np.random.Generator) -> np.ndarray:
    """Noise coloured like a room of people, swelling at the pace of syllables."""
    spectrum = np.fft.rfft(rng.normal(0, 1, n_samples))
    pitch_hz = np.fft.rfftfreq(n_samples, 1 / RATE_HZ)
    spectrum *= 1 / (1 + ((pitch_hz - 450) / 350) ** 2)
    sound = np.fft.irfft(spectrum, n_samples)
    time_s = np.arange(n_samples) / RATE_HZ
    swell = 1 + 0.25 * np.sin(2 * np.pi * 0.31 * time_s) + 0.25 * np.sin(2 * np.pi * 3.7 * time_s + 1.3)
    return sound * swell
