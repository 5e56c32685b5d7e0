"""Finds, checks and loads the model that the settings name."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from monitor.config import Settings
from monitor.errors import MissingComponentError, UsageError
from monitor.speech import base_model
from monitor.speech.weights import remembered_sha256
from monitor.speech.whisper import WhisperTranscriber

NEEDED = ("model.bin", "config.json", "tokenizer.json")
"""What a CTranslate2 conversion must hold; without the tokenizer faster-whisper would go and fetch one."""


def load(settings: Settings, trade_words: Sequence[str]) -> WhisperTranscriber:
    """The recogniser that `settings` ask for, primed with as many of `trade_words` as fit, in their order.

    Raises MissingComponentError when the model or the device is missing or the weights are not what they should be,
    UsageError for a name that nobody knows.
    """
    # CTranslate2 takes its threads from `cpu_threads`; OpenMP itself would otherwise start one for each core.
    os.environ.setdefault("OMP_NUM_THREADS", str(settings.speech_threads))
    # oneDNN keeps compiled code for each length of window that it ever met, 1024 of them: 5 MB more a minute of stream
    # for the first half hour. With 64 words and speed are the same.
    os.environ.setdefault("ONEDNN_PRIMITIVE_CACHE_CAPACITY", "64")
    import ctranslate2
    from faster_whisper import WhisperModel

    folder = find(settings)
    device = _device(settings.speech_device, ctranslate2.get_cuda_device_count())
    precision = _precision(device, ctranslate2.get_supported_compute_types(device))
    if settings.speech_model == "base":
        label, sha256 = "base", base_model.MODEL_SHA256
    else:
        label = folder.name if Path(settings.speech_model).expanduser().is_dir() else settings.speech_model
        sha256 = remembered_sha256(folder / "model.bin", settings.cache)
    try:
        model = WhisperModel(
            str(folder), device=device, compute_type=precision, cpu_threads=settings.speech_threads, num_workers=1
        )
    except Exception as error:  # the tokenizer's library raises nothing more particular
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        todo = "copy it again, or set `speech_model` to `base` or a folder with a CTranslate2 conversion of Whisper"
        raise MissingComponentError(f"the speech model does not load ({reason})", where=folder, todo=todo) from error
    name = f"faster-whisper {label} {precision} {device} (sha256:{sha256[:12]}…)"
    return WhisperTranscriber(model, name, tuple(trade_words), settings.speech_beam)


def find(settings: Settings) -> Path:
    """The folder of the model's files. Raises MissingComponentError or UsageError."""
    if settings.speech_model == "base":
        return base_model.joined(settings.cache)
    folder = Path(settings.speech_model).expanduser()
    if folder.is_dir():
        missing = [name for name in NEEDED if not (folder / name).is_file()]
        if missing:
            todo = "point `speech_model` at a CTranslate2 conversion of Whisper"
            raise MissingComponentError(f"no {', '.join(missing)} in this folder", where=folder, todo=todo)
        return folder
    if folder.is_absolute() or settings.speech_model.startswith((".", "~")):
        raise MissingComponentError("no such folder", where=folder, todo="set `speech_model` to one that exists")
    return _by_name(settings.speech_model)


def _by_name(name: str) -> Path:
    from faster_whisper.utils import download_model

    try:
        return Path(download_model(name, local_files_only=True))
    except ValueError as error:
        if "Invalid model size" in str(error):
            todo = "name one of faster-whisper's models, `base`, or a folder"
            raise UsageError(f"no speech model is called {name!r}", where="speech_model", todo=todo) from error
    except Exception:
        pass
    try:
        return Path(download_model(name))
    except Exception as error:
        raise MissingComponentError(
            f"the speech model {name!r} is not on this machine and cannot be fetched",
            where="speech_model",
            todo="copy a CTranslate2 conversion here and set `speech_model` to its folder, or use `base`",
        ) from error


def _device(wanted: str, cuda_devices: int) -> str:
    if wanted == "auto":
        return "cuda" if cuda_devices else "cpu"
    if wanted not in ("cpu", "cuda"):
        raise UsageError(f"unknown device {wanted!r}", where="speech_device", todo="use `cpu`, `cuda` or `auto`")
    if wanted == "cuda" and not cuda_devices:
        raise MissingComponentError("no CUDA device", where="speech_device", todo="set `speech_device` to `cpu`")
    return wanted


def _precision(device: str, supported: set[str]) -> str:
    """The fastest arithmetic that the device does natively; int8 loses nothing measurable on these models."""
    preferred = ("float16", "int8_float16", "int8") if device == "cuda" else ("int8", "int8_float32")
    return next((kind for kind in preferred if kind in supported), "float32")
