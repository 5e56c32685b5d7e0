"""Media whose every picture says when it is, and flags to go with them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import av
import numpy as np

from monitor.config import Settings
from monitor.evidence import TimedPart, keep
from monitor.files import sha256_of
from monitor.flag_line import flag_line
from monitor.media import Cutter
from monitor.records import Channel, Evidence, Flag, Hit, Method, State, Stream, Violation
from monitor.rules import Severity
from monitor.timeline import Span

FPS = 10
WIDTH_PX, HEIGHT_PX = 320, 240
BITS = 10
BAR_PX = WIDTH_PX // BITS
RATE_HZ = 44_100


def picture(number: int) -> np.ndarray:
    """RGB; ten bars from the top to the middle are the number in binary, the highest bit on the left."""
    image = np.full((HEIGHT_PX, WIDTH_PX, 3), (40, 90, 60), np.uint8)
    for bit in range(BITS):
        white = number >> (BITS - 1 - bit) & 1
        image[: HEIGHT_PX // 2, bit * BAR_PX : (bit + 1) * BAR_PX] = 235 if white else 20
    return image


def number_in(image: np.ndarray) -> int:
    """Reads the bars again, whatever size the picture has now."""
    height, width = image.shape[:2]
    number = 0
    for bit in range(BITS):
        centre = int((bit + 0.5) * width / BITS)
        number = number << 1 | int(image[height // 8 : height // 4, centre - 2 : centre + 3].mean() > 128)
    return number


def make_media(path: Path, *, seconds: float, gop_s: float, sound: bool = True, first: int = 0) -> Path:
    """H.264 and AAC; picture `n` is shown from `n / FPS` seconds and carries the number `first + n`."""
    with av.open(str(path), "w") as container:
        video = container.add_stream("libx264", rate=FPS)
        video.width, video.height, video.pix_fmt = WIDTH_PX, HEIGHT_PX, "yuv420p"
        gop = round(gop_s * FPS)
        video.options = {"x264-params": f"keyint={gop}:min-keyint={gop}:scenecut=0", "preset": "veryfast"}
        audio = container.add_stream("aac", rate=RATE_HZ, layout="mono") if sound else None
        for n in range(round(seconds * FPS)):
            frame = av.VideoFrame.from_ndarray(picture(first + n), format="rgb24")
            frame.pts = n
            container.mux(video.encode(frame))
        container.mux(video.encode(None))
        if audio is not None:
            times = np.arange(round(seconds * RATE_HZ)) / RATE_HZ
            wave = (0.2 * np.sin(2 * np.pi * 440 * times)).astype(np.float32)
            for start in range(0, len(wave), 1024):
                block = av.AudioFrame.from_ndarray(wave[None, start : start + 1024], format="fltp", layout="mono")
                block.sample_rate, block.pts = RATE_HZ, start
                container.mux(audio.encode(block))
            container.mux(audio.encode(None))
    return path


def hit(channel: Channel, start_ms: int, end_ms: int, *, term: str = "返现", slot: str = "reward", **more) -> Hit:
    """A hit whose words do not matter."""
    given = {"raw": term, "chars": (0, len(term)), "method": Method.EXACT, "score": 0.9, **more}
    return Hit(term=term, slot=slot, cue_id="c", channel=channel, span=Span(start_ms, end_ms), **given)


def violation(start_ms: int, end_ms: int, *hits: Hit) -> Violation:
    return Violation(
        "v-1",
        "cashback_refund",
        Span(start_ms, end_ms),
        hits,
        ("pattern",),
        0.9,
        False,
        Severity.SERIOUS,
        "desk",
        State.CLOSED,
    )


def flag(event: Violation, *sources: Path, flag_id: str = "room-1.cashback.1", **more) -> Flag:
    given = {"rules": (), "evidence": None, "lexicon": "sha256:l", "policy": "sha256:p", **more}
    return Flag(flag_id, Stream("room-1", sources, "douyin", "小店"), event, **given)


def kept(folder: Path, parts: Sequence[TimedPart], event: Violation, *, lead_out_ms: int = 5000, **more) -> Evidence:
    """What a scan keeps of an event in these files, cut from them.

    The clip begins 3.7 s before it: no keyframe lies near where there is one every ten seconds.
    """
    made = flag(event, *(part.path for part in parts))
    with Cutter() as cutter:
        return keep(
            made,
            line=flag_line(made),
            parts=parts,
            cutter=cutter,
            folder=folder,
            settings=Settings(lead_in_ms=3700, lead_out_ms=lead_out_ms),
            source_digests={part.path: sha256_of(part.path) for part in parts},
            facts={},
            **{"cues": (), **more},
        )
