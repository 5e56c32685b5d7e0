"""Recordings as operators find them on Monday: unfinished, cut, renamed, silent, broken; made anew each time."""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from pathlib import Path

import av
import numpy as np
from media.media_samples import join, shorten, write
from numpy.typing import NDArray
from rooms import room

PLAYLIST = b"#EXTM3U\n#EXT-X-TARGETDURATION:12\n#EXTINF:12,\nhealthy.mp4\n#EXT-X-ENDLIST\n"
CONCAT = b"ffconcat version 1.0\nfile healthy.mp4\n"
WRAP_S = 2**33 / 90_000
"""Where the clock of a transport stream starts anew."""
_RATE_HZ = 16_000


def healthy(folder: Path, name: str = "healthy.mp4", *, seconds: float = 4) -> Path:
    """A room in whose chat the host arranges that everybody returns what they buy: one `refund_brushing`."""
    words = [(2.0, "主播", "老粉拍完等九点统一退，别提前退"), (3.0, "小王", "好的")]
    return room(folder, name, seconds=seconds, danmaku=words)


def boxes(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """The kind and the bytes of each outermost box of an mp4."""
    at = 0
    while at + 8 <= len(data):
        size, kind = struct.unpack(">I4s", data[at : at + 8])
        if size == 1:
            (size,) = struct.unpack(">Q", data[at + 8 : at + 16])
        yield kind, data[at : at + size]
        at += size


def without_index(path: Path, *, seconds: float = 6) -> Path:
    """An mp4 whose recorder died: all pictures and sounds, and no `moov`."""
    whole = write(path, seconds=seconds).read_bytes()
    path.write_bytes(b"".join(box for kind, box in boxes(whole) if kind != b"moov"))
    return path


def cut(path: Path, *, seconds: float = 9, faststart: bool = False) -> Path:
    """The first two thirds of a recording's bytes."""
    return shorten(write(path, seconds=seconds, options={"movflags": "faststart"} if faststart else None))


def corrupted(path: Path, *, seconds: float = 12, share: float = 0.01, seed: int = 5) -> Path:
    """A recording of which so many bytes, anywhere behind the first thousand, are others."""
    data = np.frombuffer(write(path, seconds=seconds).read_bytes(), np.uint8).copy()
    rng = np.random.default_rng(seed)
    where = rng.choice(np.arange(1000, len(data)), round(share * len(data)), replace=False)
    data[where] ^= rng.integers(1, 256, len(where), dtype=np.uint8)
    path.write_bytes(data.tobytes())
    return path


def glued(path: Path, folder: Path, parts: Sequence[dict[str, object]]) -> Path:
    """A transport stream of several written one after the other, each with its own arguments for `write`."""
    folder.mkdir(parents=True, exist_ok=True)
    pieces = [write(folder / f"{path.stem}-{n}.ts", **given) for n, given in enumerate(parts)]  # type: ignore[arg-type]
    return join(path, *pieces)


def sounding(path: Path, sound: NDArray[np.float32], *, picture_fps: int | None = 1) -> Path:
    """A small grey picture over any sound (16 kHz, mono); without a picture when `picture_fps` is None."""
    with av.open(str(path), "w") as out:
        video = out.add_stream("libx264", rate=picture_fps, options={"preset": "ultrafast"}) if picture_fps else None
        audio = out.add_stream("aac", rate=_RATE_HZ, layout="mono")
        if video is not None and picture_fps:
            video.width, video.height, video.pix_fmt = 160, 120, "yuv420p"
            grey = av.VideoFrame.from_ndarray(np.full((120, 160, 3), 90, np.uint8), format="rgb24")
            grey = grey.reformat(format="yuv420p")
            for n in range(len(sound) * picture_fps // _RATE_HZ):
                grey.pts = n
                out.mux(video.encode(grey))
            out.mux(video.encode(None))
        for start in range(0, len(sound), _RATE_HZ):
            block = av.AudioFrame.from_ndarray(sound[None, start : start + _RATE_HZ], format="fltp", layout="mono")
            block.sample_rate, block.pts = _RATE_HZ, start
            out.mux(audio.encode(block))
        out.mux(audio.encode(None))
    return path


def silence(seconds: float) -> NDArray[np.float32]:
    return np.zeros(round(seconds * _RATE_HZ), np.float32)


def loud_music(seconds: float) -> NDArray[np.float32]:
    """Four chords over a drum, as loud as the format allows."""
    at = np.arange(round(seconds * _RATE_HZ)) / _RATE_HZ
    roots = np.array([220.0, 174.6, 261.6, 196.0])[(at // 2).astype(int) % 4]
    chord = sum(np.sign(np.sin(2 * np.pi * roots * ratio * at)) for ratio in (1, 1.26, 1.5, 2))
    drum = np.random.default_rng(3).standard_normal(len(at)) * np.exp(-12 * (at % 0.5))
    mixed = chord / 4 + drum
    return (0.98 * mixed / np.abs(mixed).max()).astype(np.float32)
