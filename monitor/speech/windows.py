"""Packs voiced frames into windows for the model, cut where the speaker pauses. Pure: frames in, windows out."""

from __future__ import annotations

from dataclasses import dataclass

from monitor.speech.voice import FRAME_MS

VOICE_ON = 0.5
"""A voice begins at this probability: Silero's own default."""

VOICE_OFF = 0.35
"""… and ends below this one: Silero's default, 0.15 below."""

PAD_FRAMES = 8
"""256 ms kept round speech, so that soft beginnings and ends are heard."""

SMALLEST_PAUSE_FRAMES = 4
"""Shorter holes (below 128 ms) lie within syllables."""

HUSH_FRAMES = 3000 // FRAME_MS
"""A silence of 3 s ends a window: over longer ones the model invents text."""

LOOK_BACK_FRAMES = 8000 // FRAME_MS
"""The cut is sought in the last 8 s of a full window (or its second half), at the longest pause."""

LEAST_VOICE_FRAMES = 6
"""Less than 200 ms of voice is a click, not a word."""


@dataclass(frozen=True, slots=True)
class Window:
    """Half-open range of frames for one call, and the voiced ranges in it; frames count from the last jump."""

    start: int
    end: int
    voiced: tuple[tuple[int, int], ...]


class WindowCutter:
    """Takes one voice probability a frame, gives windows in order; never holds more than one window's frames."""

    def __init__(self, longest_ms: int) -> None:
        self._longest = longest_ms // FRAME_MS
        self._look_back = min(LOOK_BACK_FRAMES, self._longest // 2)
        self._frame = 0
        self._speaking = False
        self._runs: list[tuple[int, int]] = []
        self._floor = 0
        self._chances: list[float] = []

    @property
    def keep_from(self) -> int:
        """First frame that a later window may still hold."""
        return self._start() if self._runs else max(self._floor, self._frame - PAD_FRAMES)

    def push(self, chance: float) -> list[Window]:
        """Takes the next frame; gives the windows that are now complete."""
        at, self._frame = self._frame, self._frame + 1
        self._speaking = chance >= VOICE_ON or (self._speaking and chance >= VOICE_OFF)
        if self._speaking:
            if self._runs and at - self._runs[-1][1] < SMALLEST_PAUSE_FRAMES:
                self._runs[-1] = (self._runs[-1][0], at + 1)
            else:
                self._runs.append((at, at + 1))
        if not self._runs:
            return []
        if len(self._runs) == 1 and self._runs[0] == (at, at + 1):
            self._chances = [0.0] * (at - self._start())
        self._chances.append(chance)
        if at + 1 - self._runs[-1][1] >= HUSH_FRAMES:
            return self.flush()
        if at + 1 - self._start() + PAD_FRAMES > self._longest:
            return self._cut()
        return []

    def flush(self) -> list[Window]:
        """Gives what is held, whether or not the window is full."""
        if not self._runs:
            return []
        end = min(self._frame, self._runs[-1][1] + PAD_FRAMES)
        window = self._window(self._start(), end, self._runs)
        self._runs, self._floor = [], end
        return window

    def _start(self) -> int:
        return max(self._floor, self._runs[0][0] - PAD_FRAMES)

    def _window(self, start: int, end: int, runs: list[tuple[int, int]]) -> list[Window]:
        if sum(stop - begin for begin, stop in runs) < LEAST_VOICE_FRAMES:
            return []
        return [Window(start, end, tuple(runs))]

    def _cut(self) -> list[Window]:
        """Ends a full window at its best pause and keeps the rest for the next one."""
        start, end = self._start(), self._frame
        pauses = list(zip(self._runs, self._runs[1:], strict=False))
        late = [pair for pair in pauses if pair[0][1] >= end - self._look_back]
        silence = end - self._runs[-1][1]
        longest = max(late, key=lambda pair: pair[1][0] - pair[0][1], default=None)
        if silence >= SMALLEST_PAUSE_FRAMES and (longest is None or silence > longest[1][0] - longest[0][1]):
            return self.flush()
        if longest:
            (_, stop), (begin, _) = longest
            middle = (stop + begin) // 2
            first = [run for run in self._runs if run[1] <= stop]
            window = self._window(start, min(stop + PAD_FRAMES, middle), first)
            self._runs = [run for run in self._runs if run[0] >= begin]
            self._floor = max(middle, stop)
        else:
            # Nobody draws breath for so long: cut where a voice is least likely.
            at = self._faintest(start, end)
            window = self._window(start, at, [(b, min(s, at)) for b, s in self._runs if b < at])
            self._runs = [(max(b, at), s) for b, s in self._runs if s > at]
            self._floor = at
        self._chances = self._chances[self._start() - start :] if self._runs else []
        return window

    def _faintest(self, start: int, end: int) -> int:
        first = max(start + 1, end - self._look_back)
        return min(range(first, end), key=lambda frame: (self._chances[frame - start], -frame))
