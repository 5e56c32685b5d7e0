"""Media by the plain way, for comparison alone: the recogniser and the text reader as their packages come."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from monitor import screen, speech
from monitor.chat import NameHasher
from monitor.config import Settings
from monitor.errors import InputError
from monitor.measure.speed import Speed
from monitor.media import AudioChunk, Frame, decode
from monitor.screen import ScreenReader
from monitor.speech import SpeechReader
from monitor.speech.loading import find

_PLAIN_EVERY_MS = 1000
"""The plain way looks at one picture a second."""
_PLAIN_LOOKS = 8
"""Pictures after which its speed is known: it is slower than real time."""


def media_speeds(path: Path, settings: Settings, trade_words: tuple[str, ...]) -> Iterator[Speed]:
    """Speech and screen of a recording, models loaded beforehand. Raises InputError when it cannot be decoded."""
    transcriber = speech.load(settings, trade_words)
    heard = SpeechReader(transcriber)
    began_s = time.monotonic()
    end_ms, cues = 0, 0
    for item in decode(path, every_ms=settings.screen_every_ms, memory_mb=settings.decode_memory_mb):
        if isinstance(item, AudioChunk):
            cues += len(heard.feed(item.start_ms, item.samples))
            end_ms = max(end_ms, item.span.end_ms)
    cues += len(heard.finish())
    ours_s = time.monotonic() - began_s
    if not end_ms:
        raise InputError("no sound in it", where=path)
    plain_s, segments = _plain_speech(path, str(find(settings)))
    note = f"{end_ms / 1000:.0f} s, {cues} cues; plain {segments} segments"
    yield Speed("speech", end_ms / 1000 / ours_s, "× real time", end_ms / 1000 / plain_s, note)
    reader = ScreenReader(
        screen.load(settings),
        is_host=lambda _: False,
        hash_name=NameHasher(b"bench" * 8),
        every_ms=settings.screen_every_ms,
    )
    began_s, looks, boards = time.monotonic(), 0, set[str]()
    for item in decode(path, every_ms=settings.screen_every_ms, memory_mb=settings.decode_memory_mb):
        if isinstance(item, Frame):
            boards |= {cue.cue_id for cue in reader.look(item.at_ms, item.image)}
            looks += 1
    boards |= {cue.cue_id for cue in reader.finish(end_ms)}
    ours_s = time.monotonic() - began_s
    plain_s, frames = _plain_screen(path)
    note = f"{looks} looks, {len(boards)} boards; plain measured over {frames} looks"
    yield Speed("screen", end_ms / 1000 / ours_s, "× real time", frames * _PLAIN_EVERY_MS / 1000 / plain_s, note)


def _plain_speech(path: Path, model: str) -> tuple[float, int]:
    """Seconds taken and segments; the package decodes the file by itself."""
    from faster_whisper import WhisperModel

    recogniser = WhisperModel(model)
    began_s = time.monotonic()
    segments, _ = recogniser.transcribe(str(path), language="zh")
    count = len(list(segments))
    return time.monotonic() - began_s, count


def _plain_screen(path: Path) -> tuple[float, int]:
    """Seconds taken and pictures read."""
    import rapidocr

    reader: Any = rapidocr.RapidOCR(params={"Global.log_level": "error"})
    began_s, frames = time.monotonic(), 0
    for item in decode(path, every_ms=_PLAIN_EVERY_MS):
        if isinstance(item, Frame):
            reader(item.image)
            frames += 1
            if frames == _PLAIN_LOOKS:
                break
    return time.monotonic() - began_s, frames
