"""Where somebody speaks: Silero's voice detector, run as the sound arrives."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnxruntime
from faster_whisper.utils import get_assets_path
from numpy.typing import NDArray

from monitor.speech.transcriber import RATE_HZ, Samples

FRAME_SAMPLES = 512
"""One decision each 32 ms; the only frame length that Silero v6 takes at 16 kHz."""

FRAME_MS = FRAME_SAMPLES * 1000 // RATE_HZ

BLOCK_FRAMES = 32
"""Frames run at a time (about a second). Always the same number, so that how the sound was cut up on its way here
cannot change a bit of the result."""

_CONTEXT_SAMPLES = 64
"""Samples of the frame before that the model wants in front of each frame."""

_STATE = (1, 1, 128)
"""Shape of the model's memory."""


def _session() -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.inter_op_num_threads = 1
    options.intra_op_num_threads = 1
    options.enable_cpu_mem_arena = False
    options.log_severity_level = 4
    path = Path(get_assets_path()) / "silero_vad_v6.onnx"
    return onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"], sess_options=options)


class VoiceDetector:
    """Silero v6 with its memory kept from block to block."""

    def __init__(self) -> None:
        self._session = _session()
        self.forget()

    def forget(self) -> None:
        """Starts anew: what follows does not continue what came before."""
        self._hidden = np.zeros(_STATE, np.float32)
        self._cell = np.zeros(_STATE, np.float32)
        self._context = np.zeros(_CONTEXT_SAMPLES, np.float32)

    def listen(self, block: Samples) -> NDArray[np.float32]:
        """Probability of a voice in each frame of `block` (float32, (n × 512,)): float32, (n,)."""
        frames = block.reshape(-1, FRAME_SAMPLES)
        before = np.vstack([self._context, frames[:-1, -_CONTEXT_SAMPLES:]])
        given = {"input": np.hstack([before, frames]), "h": self._hidden, "c": self._cell}
        chance, self._hidden, self._cell = self._session.run(None, given)
        self._context = frames[-1, -_CONTEXT_SAMPLES:].copy()
        return np.asarray(chance, np.float32).reshape(-1)
