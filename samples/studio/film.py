"""Encode a room: picture and sound into the container its file name asks for, with PyAV."""

from fractions import Fraction
from pathlib import Path

import av
import numpy as np

from . import backing
from .picture import Picture
from .script import Room
from .voice import RATE_HZ

FPS = 10
_KEYFRAME_EVERY_S = 2
_SOUND_RATE_HZ = 44_100
_SOUND_BIT_RATE = 48_000
_FORMATS = {
    ".mp4": ("mp4", "libx264"),
    ".flv": ("flv", "libx264"),
    ".ts": ("mpegts", "libx264"),
    ".mkv": ("matroska", "libx265"),
}
_OPTIONS = {
    "libx264": {"preset": "slow", "crf": "33", "bf": "2"},
    "libx265": {"preset": "medium", "crf": "32", "x265-params": "log-level=error"},
}


def shoot(room: Room, out: Path, font: Path | str) -> list[Path]:
    """Write the media of a room below `out`, one file, or two where the script cuts it; returns them in order."""
    rng = np.random.default_rng(sum(map(ord, room.file)))
    sound = backing.put_behind(room.speech, room.backing["kind"], room.backing.get("below_speech_db", 0), rng)
    picture = Picture(room, font)
    first = out / room.file
    first.parent.mkdir(parents=True, exist_ok=True)
    if room.cut_s is None:
        stretches = [(first, 0.0, room.duration_s)]
    else:  # a recorder's parts: numbered, each with a clock of its own from zero
        second = first.with_name(first.name.replace("_000.", "_001."))
        stretches = [(first, 0.0, room.cut_s), (second, room.cut_s, room.duration_s)]
    for path, start_s, end_s in stretches:
        _encode(path, picture, room, sound, start_s, end_s)
    return [path for path, _, _ in stretches]


def _encode(path: Path, picture: Picture, room: Room, sound: np.ndarray, start_s: float, end_s: float) -> None:
    form, codec = _FORMATS[path.suffix]
    options = {"movflags": "+faststart"} if form == "mp4" else {}
    with av.open(str(path), "w", format=form, options=options | {"fflags": "+bitexact"}) as container:
        keyframes = {"g": str(FPS * _KEYFRAME_EVERY_S), "keyint_min": str(FPS * _KEYFRAME_EVERY_S)}
        video = container.add_stream(codec, rate=FPS, options=_OPTIONS[codec] | keyframes)
        video.width, video.height = room.picture["size"]
        video.pix_fmt = "yuv420p"
        audio = container.add_stream("aac", rate=_SOUND_RATE_HZ, layout="mono")
        audio.bit_rate = _SOUND_BIT_RATE
        for packet in _interleaved(video, audio, picture, room, sound, start_s, end_s):
            container.mux(packet)


def _interleaved(video, audio, picture, room, sound, start_s, end_s):
    """Packets of both streams, a frame of picture and its tenth of a second of sound at a time."""
    resampler = av.AudioResampler(format="fltp", layout="mono", rate=_SOUND_RATE_HZ)
    step = RATE_HZ // FPS
    sent = 0
    for k in range(int((end_s - start_s) * FPS)):
        time_s = start_s + k / FPS
        at = round(time_s * RATE_HZ)
        spoken = room.speech[at : at + step]
        loudness = float(np.clip(np.sqrt(np.mean(spoken**2)) * 7, 0, 1)) if len(spoken) else 0.0
        frame = av.VideoFrame.from_ndarray(picture.at(time_s, loudness), format="rgb24")
        frame.pts, frame.time_base = k, Fraction(1, FPS)
        yield from video.encode(frame)
        heard = sound[at : at + step]
        piece = av.AudioFrame.from_ndarray(heard[None, :].astype(np.float32), format="fltp", layout="mono")
        piece.sample_rate, piece.pts, piece.time_base = RATE_HZ, sent, Fraction(1, RATE_HZ)
        sent += len(heard)
        for resampled in resampler.resample(piece):
            yield from audio.encode(resampled)
    for resampled in resampler.resample(None):
        yield from audio.encode(resampled)
    yield from audio.encode(None)
    yield from video.encode(None)
