"""Small media whose every frame and second says when it is: a bar code of the time, and one tone a second."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

WIDTH_PX, HEIGHT_PX = 192, 96
BITS = 16
TICK_MS = 10
RATE_HZ = 44_100


def picture(at_ms: int, width_px: int = WIDTH_PX, height_px: int = HEIGHT_PX) -> NDArray[np.uint8]:
    """Bars from left to right: the bits of `at_ms / 10`, lowest first; dark grey is 0, light grey is 1."""
    bits = [(at_ms // TICK_MS) >> n & 1 for n in range(BITS)]
    row = np.repeat(np.array([40 + 180 * bit for bit in bits], np.uint8), width_px // BITS)
    return np.repeat(np.broadcast_to(row, (height_px, len(row)))[:, :, None], 3, axis=2)


def read_clock(image: NDArray[np.uint8]) -> int:
    """The time burnt into a picture, in ms."""
    bars = np.array_split(image.mean(axis=(0, 2)), BITS)
    return sum(int(bar[2:-2].mean() > 130) << n for n, bar in enumerate(bars)) * TICK_MS


def tone(start_s: float, seconds: float, rate_hz: int = RATE_HZ) -> NDArray[np.float32]:
    """One tone a second: 300 Hz in second 0, 100 Hz more in each one after it."""
    at = start_s + np.arange(round(seconds * rate_hz)) / rate_hz
    return (0.4 * np.sin(2 * np.pi * (300 + 100 * np.floor(at + 1e-9)) * at)).astype(np.float32)


def hear_second(samples: NDArray[np.float32], rate_hz: int = 16_000) -> int:
    """Which second's tone a stretch of sound is."""
    spectrum = np.abs(np.fft.rfft(samples * np.hanning(len(samples))))
    return round((float(np.argmax(spectrum)) * rate_hz / len(samples) - 300) / 100)


def write(
    path: Path,
    *,
    seconds: float = 6,
    fps: int = 10,
    gop: int = 20,
    video: str | None = "libx264",
    audio: str | None = "aac",
    start_s: float = 0,
    clock_s: float = 0,
    size: tuple[int, int] = (WIDTH_PX, HEIGHT_PX),
    frame_times_ms: Sequence[int] | None = None,
    silent: Callable[[float], bool] = lambda at_s: False,
    rotate: int = 0,
    container: str | None = None,
    options: dict[str, str] | None = None,
    b_frames: int = 0,
    rate_hz: int = RATE_HZ,
    layout: str = "mono",
    volume: float = 1,
) -> Path:
    """Writes a file; `start_s` is its first timestamp, `clock_s` what its pictures and tones start with.

    `silent` leaves sound packets out; `frame_times_ms` gives a variable frame rate.
    """
    times = list(frame_times_ms) if frame_times_ms is not None else [n * 1000 // fps for n in range(int(seconds * fps))]
    with av.open(str(path), "w", format=container, options=options or {}) as out:
        lanes: list[tuple[float, int, object]] = []
        if video:
            coding = {"g": str(gop), "keyint_min": str(gop), "sc_threshold": "0", "preset": "ultrafast"}
            if video == "libx265":
                coding = {
                    "x265-params": f"keyint={gop}:min-keyint={gop}:scenecut=0:log-level=none",
                    "preset": "ultrafast",
                }
            picture_stream = out.add_stream(video, rate=fps, options=coding)
            picture_stream.width, picture_stream.height = size
            picture_stream.pix_fmt = "yuv420p"
            picture_stream.codec_context.time_base = Fraction(1, 1000)
            picture_stream.codec_context.max_b_frames = b_frames
            picture_stream.codec_context.thread_count = 1
            if rotate:
                picture_stream.set_display_rotation(rotate)
            lanes += [(at_ms / 1000, 0, at_ms) for at_ms in times]
        if audio:
            sound_stream = out.add_stream(audio, rate=rate_hz, layout=layout)
            lanes += [(float(n), 1, n) for n in range(int(seconds))]
            left = volume * tone(clock_s, seconds, rate_hz)
            n_channels = sound_stream.codec_context.channels
        offset = round(start_s * 1000)
        for _at_s, kind, what in sorted(lanes, key=lambda lane: lane[:2]):
            if kind == 0:
                frame = av.VideoFrame.from_ndarray(picture(what + round(clock_s * 1000), *size), format="bgr24")
                frame = frame.reformat(format="yuv420p")
                frame.pts, frame.time_base = what + offset, Fraction(1, 1000)
                out.mux(picture_stream.encode(frame))
            else:
                samples = (left[what * rate_hz : (what + 1) * rate_hz] * 32767).astype(np.int16)
                sound = av.AudioFrame.from_ndarray(np.repeat(samples, n_channels)[None], "s16", layout)
                sound.sample_rate = rate_hz
                sound.pts, sound.time_base = what * rate_hz + round(start_s * rate_hz), Fraction(1, rate_hz)
                _mux(out, sound_stream.encode(sound), silent, start_s)
        if video:
            out.mux(picture_stream.encode(None))
        if audio:
            _mux(out, sound_stream.encode(None), silent, start_s)
    return path


def _mux(
    out: av.container.OutputContainer, packets: list[av.Packet], silent: Callable[[float], bool], start: float
) -> None:
    for packet in packets:
        at_s = 0.0 if packet.pts is None else float(packet.pts * packet.time_base) - start
        if not silent(at_s):
            out.mux(packet)


def join(path: Path, *parts: Path) -> Path:
    """Bytes after bytes, as recorders and players do with transport streams."""
    path.write_bytes(b"".join(part.read_bytes() for part in parts))
    return path


def shorten(path: Path, share: float = 2 / 3) -> Path:
    """The file as a broken copy leaves it."""
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * share)])
    return path


def alive(pid: int) -> bool:
    """Whether a process runs (a zombie does not)."""
    with contextlib.suppress(OSError, IndexError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    return False


def misdate(path: Path, kind: int, nth: int, stamp_ms: int) -> Path:
    """Gives one tag of an flv file (8: sound, 9: picture) a wrong timestamp."""
    data = bytearray(path.read_bytes())
    at, seen = 13, 0
    while at + 11 < len(data):
        if data[at] & 31 == kind:
            if seen == nth:
                data[at + 4 : at + 7] = (stamp_ms & 0xFFFFFF).to_bytes(3, "big")
                data[at + 7] = stamp_ms >> 24 & 0xFF
                path.write_bytes(data)
                return path
            seen += 1
        at += 11 + int.from_bytes(data[at + 1 : at + 4], "big") + 4
    raise AssertionError("no such tag")


def _tags(data: bytes) -> Iterator[bytes]:
    """The tags of an flv file, each with the length behind it."""
    at = 13
    while at + 11 <= len(data):
        end = at + 15 + int.from_bytes(data[at + 1 : at + 4], "big")
        yield data[at:end]
        at = end


def begin_late(path: Path, kind: int, from_ms: int) -> Path:
    """An flv file in which a kind of tag (8: sound, 9: picture) begins midway, announced by nothing before."""
    data = path.read_bytes()
    out = bytearray(data[:4] + bytes([5 - {8: 4, 9: 1}[kind]]) + data[5:13])
    header = b""
    for tag in _tags(data):
        at_ms = int.from_bytes(tag[4:7], "big") | tag[7] << 24
        if tag[0] == kind and tag[12] == 0 and not header:
            header = tag[:4] + from_ms.to_bytes(4, "big")[1:] + tag[7:]
        elif tag[0] == kind and at_ms >= from_ms:
            out += header + tag
            header = b""
        elif tag[0] not in (kind, 18):
            out += tag
    path.write_bytes(out)
    return path


def join_flv(path: Path, first: Path, second: Path, shift_ms: int) -> Path:
    """The tags of two flv files one after the other, those of the second `shift_ms` later than they say."""
    out = bytearray(first.read_bytes())
    for tag in _tags(second.read_bytes()):
        if tag[0] != 18:
            at_ms = (int.from_bytes(tag[4:7], "big") | tag[7] << 24) + shift_ms
            out += tag[:4] + (at_ms & 0xFFFFFF).to_bytes(3, "big") + bytes([at_ms >> 24 & 0xFF]) + tag[8:]
    path.write_bytes(out)
    return path
