"""Sound packets → chunks of about one second, mono, 16 kHz. Runs in the child only."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from fractions import Fraction

import numpy as np
from av.audio.frame import AudioFrame
from av.audio.resampler import AudioResampler
from av.packet import Packet
from av.stream import Stream
from numpy.typing import NDArray

from monitor.media.reading import FFMPEG_ERRORS
from monitor.media.records import SAMPLE_RATE_HZ

_OUT_OF_STEP_US = 100_000
"""Sound may stray so far from its timestamps (FLV rounds them, encoders drift) before it is put back in its place."""


class Hearing:
    """Resamples decoded sound and keeps it where its timestamps say; speech takes the defaults."""

    def __init__(self, rate_hz: int = SAMPLE_RATE_HZ, layout: str = "mono") -> None:
        self._rate_hz, self._layout = rate_hz, layout
        self._channels = 2 if layout == "stereo" else 1
        self._resampler: AudioResampler | None = None
        self._format: tuple[str, str, int] | None = None
        self._waiting: list[NDArray[np.int16]] = []
        self._n_waiting = 0
        self._run_start_us = 0
        self._n_run = 0  # samples of this run handed out or waiting
        self._expected_us: float = 0
        self._heard_to_ms = 0

    def hear(self, packet: Packet[Stream] | None, stream: Stream) -> Iterator[tuple[int, NDArray[np.int16]]]:
        """Chunks that a packet completes, as (start_ms, int16, (n_samples, n_channels)); None ends the sound.

        Raises one of FFMPEG_ERRORS when the packet cannot be decoded; the next may well be.
        """
        for frame in stream.codec_context.decode(packet):  # type: ignore[attr-defined]
            yield from self._take(frame, frame.time_base or stream.time_base)
        if packet is None:
            yield from self._finish_run()

    def _take(self, frame: AudioFrame, base: Fraction | None) -> Iterator[tuple[int, NDArray[np.int16]]]:
        rate = frame.sample_rate or self._rate_hz
        shape = (frame.format.name, frame.layout.name, rate)
        at_us = self._expected_us
        if frame.pts is not None and base is not None:
            at_us = frame.pts * base.numerator * 1_000_000 / base.denominator
        if self._resampler is None or shape != self._format or abs(at_us - self._expected_us) > _OUT_OF_STEP_US:
            yield from self._finish_run()
            self._resampler = AudioResampler(format="s16", layout=self._layout, rate=self._rate_hz)
            self._format = shape
            self._run_start_us, self._n_run, self._expected_us = round(at_us), 0, at_us
        self._expected_us += frame.samples * 1_000_000 / rate
        frame.pts = None
        self._keep(self._resampler.resample(frame))
        while self._n_waiting >= self._rate_hz:
            yield from self._emit(self._rate_hz)

    def _keep(self, frames: list[AudioFrame]) -> None:
        for frame in frames:
            samples = frame.to_ndarray().reshape(-1, self._channels)
            self._waiting.append(samples.astype(np.int16, copy=False))
            self._n_waiting += len(samples)

    def _emit(self, n: int) -> Iterator[tuple[int, NDArray[np.int16]]]:
        """The next n samples of the run; whatever lies before what was already given out is dropped."""
        joined = np.concatenate(self._waiting) if self._waiting else np.zeros((0, self._channels), np.int16)
        chunk, rest = joined[:n], joined[n:]
        self._waiting, self._n_waiting = [rest], len(rest)
        start_ms = round(self._run_start_us / 1000) + self._n_run * 1000 // self._rate_hz
        self._n_run += len(chunk)
        late_ms = self._heard_to_ms - start_ms
        if late_ms > 0:
            chunk, start_ms = chunk[late_ms * self._rate_hz // 1000 :], self._heard_to_ms
        if len(chunk):
            self._heard_to_ms = start_ms + -(-len(chunk) * 1000 // self._rate_hz)
            yield start_ms, chunk

    def _finish_run(self) -> Iterator[tuple[int, NDArray[np.int16]]]:
        if self._resampler is not None:
            with contextlib.suppress(*FFMPEG_ERRORS):  # nothing was in it yet
                self._keep(self._resampler.resample(None))
            self._resampler = None
        if self._n_waiting:
            yield from self._emit(self._n_waiting)
