"""What this room hands out: plain frozen data, free of PyAV's types."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from monitor.records import Gap
from monitor.timeline import Span

LONGEST_MS = 48 * 3600 * 1000
"""No recorder writes a longer file; one that claims to be lies, and is decoded up to here."""
SAMPLE_RATE_HZ = 16_000
"""Rate of every audio chunk: what speech models take."""

Samples: TypeAlias = NDArray[np.float32]
Image: TypeAlias = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class MediaFacts:
    """What a container declares about itself: good for a heading, never trusted for coverage."""

    container: str
    """Name of the demuxer: `mov`, `flv`, `mpegts`, `matroska`, `mp3`, …"""
    video_codec: str
    """Empty when there is no picture."""
    audio_codec: str
    """Empty when there is no sound."""
    width_px: int
    """As shown, after rotation; 0 when there is no picture."""
    height_px: int
    rotation_deg: int
    """Counter-clockwise turn already applied to every frame: 0, 90, 180 or 270."""
    declared_ms: int | None
    """Declared or estimated length; None when the container gives none."""
    engine: str
    """`PyAV 18.1.0, FFmpeg 8.1.2`."""


@dataclass(frozen=True, slots=True, eq=False)
class AudioChunk:
    """About one second of sound."""

    start_ms: int
    samples: Samples
    """float32, (n_samples,), mono, 16 kHz, -1 to 1."""

    @property
    def span(self) -> Span:
        """What the chunk covers, rounded up to whole milliseconds."""
        return Span(self.start_ms, self.start_ms + -(-len(self.samples) * 1000 // SAMPLE_RATE_HZ))


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """One look at the picture."""

    at_ms: int
    image: Image
    """uint8, (height, width, 3), BGR, as shown (rotation applied)."""


@dataclass(frozen=True, slots=True)
class Decoded:
    """What was heard and seen of a file; with `gaps` they partition 0..`end_ms` for each sense."""

    end_ms: int
    heard: tuple[Span, ...]
    seen: tuple[Span, ...]
    gaps: tuple[Gap, ...]


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of one file, in that file's media time."""

    path: Path
    span: Span


@dataclass(frozen=True, slots=True)
class Cut:
    """A clip that was written, and how."""

    path: Path
    mode: str
    """`copy` where packets were copied unchanged, `encode` where the picture was made anew."""
    pieces: tuple[Span, ...]
    """What the clip really shows, one after the other, in each source's media time."""
    container: str
    video_codec: str
    """Empty when the clip has no picture."""
    audio_codec: str
    """Empty when the clip has no sound."""
    duration_ms: int
    size_bytes: int
    first_pts: int | None
    """First video (else audio) packet's own timestamp in the source; None for `encode`."""
    last_pts: int | None
    time_base: str
    """Unit of the two, such as `1/90000` s; empty for `encode`."""
    why: str
    """Why it was encoded; empty for `copy`."""
    engine: str
