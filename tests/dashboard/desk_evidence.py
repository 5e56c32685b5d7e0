"""Real folders of evidence for made-up flags: their clip is one of the sample recordings, whole, so that it plays."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import av
import numpy as np
from numpy.typing import NDArray

from monitor.config import Settings
from monitor.evidence import TimedPart, keep
from monitor.media import Cut, Piece
from monitor.records import Cue, Evidence, Flag
from monitor.signing import Signer
from monitor.timeline import Span

SAMPLES = Path(__file__).resolve().parents[2] / "samples"
CLIPS = ("s01-kitchen.mp4", "s05-quilt.mp4", "s06-bedding.mp4", "s07-books.mp4")
INTO_MS = 12_000
"""Where in its sample a flag begins: later than the lead-in, so that the clip begins before the flag."""


class SampleClips:
    """Keeps evidence of flags in a folder. Where it can, a clip is a further name of one file on the disk."""

    def __init__(self, folder: Path, signer: Signer | None) -> None:
        self._folder, self._signer = folder, signer
        self._settings = Settings(workspace=folder.parent)
        self._shared: dict[str, Path] = {}

    def keep(self, flag: Flag, line: Mapping[str, Any], cues: Sequence[Cue]) -> Evidence:
        name = CLIPS[int(flag.flag_id, 16) % len(CLIPS)]
        source = SAMPLES / name
        start_ms = max(0, flag.violation.span.start_ms - INTO_MS)
        part = TimedPart(source, Span(start_ms, start_ms + _length_ms(source)))
        near = [cue for cue in cues if cue.span.overlaps(part.span)]
        return keep(
            flag,
            line=line,
            parts=(part,),
            cues=near,
            cutter=_WholeSample(self._one(source)),
            folder=self._folder,
            settings=self._settings,
            source_digests={source: _digest(source)},
            facts={"software": "livestream-monitor 0.1.0", "decoder": "PyAV"},
            signer=self._signer,
            viewer_rows=(),
        )

    def _one(self, source: Path) -> Path:
        """The sample on the workspace's own disk, for further names of it."""
        if source.name not in self._shared:
            self._folder.parent.mkdir(parents=True, exist_ok=True)
            own = self._folder.parent / f".{source.name}"
            shutil.copyfile(source, own)
            self._shared[source.name] = own
        return self._shared[source.name]


class _WholeSample:
    """Cuts nothing: whatever is asked for, the whole sample is the clip."""

    def __init__(self, shared: Path) -> None:
        self._shared = shared

    def clip(self, pieces: Sequence[Piece], out: Path) -> Cut:
        try:
            os.link(self._shared, out)
        except OSError:
            shutil.copyfile(self._shared, out)
        length_ms = _length_ms(self._shared)
        size = self._shared.stat().st_size
        return Cut(
            out, "copy", (Span(0, length_ms),), "mp4", "h264", "aac", length_ms, size, 0, length_ms * 90, "1/90000", "",
            "PyAV",
        )  # fmt: skip

    def still(self, path: Path, at_ms: int) -> NDArray[np.uint8]:
        return _frame(path, at_ms // 4000)


@cache
def _length_ms(path: Path) -> int:
    with av.open(str(path)) as container:
        return int((container.duration or 0) // 1000)


@cache
def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


@cache
def _frame(path: Path, nth: int) -> NDArray[np.uint8]:
    """A picture of every fourth second: near enough, and decoded once for all flags."""
    with av.open(str(path)) as container:
        container.seek(min(4000 * nth, _length_ms(path) - 2000) * 1000)
        for frame in container.decode(video=0):
            picture: NDArray[np.uint8] = frame.to_ndarray(format="bgr24")
            return picture
    raise ValueError(f"{path.name} shows nothing there")
