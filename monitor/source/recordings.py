"""From files to recordings: numbered parts of one broadcast belong together, copies in two containers do not."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from monitor.source.found import Passed
from monitor.source.layouts import Facts, recorder_facts

AUDIO = frozenset({".mp3", ".m4a", ".aac", ".wav"})
VIDEO = frozenset({".mp4", ".m4v", ".mov", ".flv", ".ts", ".mkv", ".webm"})
MEDIA = AUDIO | VIDEO

_ORIGINALS = (".ts", ".flv", ".mkv")  # what recorders write first; they make the mp4 from it and then delete it


@dataclass(frozen=True, slots=True)
class Recording:
    """Files of one broadcast, each starting where the one before it ends."""

    parts: tuple[Path, ...]
    facts: Facts | None
    """What the recorder's name says of the first part."""
    whole: bool = True
    """Starts with the broadcast's first part; otherwise its own start is not known."""

    @property
    def stem(self) -> str:
        """Name of the recording: the stem of its file, without a part number where all parts are there."""
        return self.facts.recording if self.facts and self.whole else self.parts[0].stem


def drop_remuxes(files: Sequence[Path]) -> tuple[list[Path], list[Passed]]:
    """Leaves out each recorder's mp4 whose original of the same stem is among the files: it is being made from it."""
    originals: dict[tuple[Path, str], Path] = {}
    for ending in _ORIGINALS:
        for path in files:
            if path.suffix.lower() == ending:
                originals.setdefault((path.parent, path.stem), path)
    kept: list[Path] = []
    passed: list[Passed] = []
    for path in files:
        original = originals.get((path.parent, path.stem))
        if path.suffix.lower() == ".mp4" and original and recorder_facts(path.absolute()):
            passed.append(Passed(path, f"made from {original.name}, which is still there and is used", failed=False))
        else:
            kept.append(path)
    return kept, passed


def group(files: Iterable[Path]) -> list[Recording]:
    """The recordings, in the order of their first files.

    Numbered parts are joined while their numbers follow each other. After a missing part a new recording begins: how
    long the missing one was is not known, so times in the rest could not be told.
    """
    alone: list[Recording] = []
    numbered: dict[tuple[Path, str, bool], list[tuple[int, Path, Facts]]] = defaultdict(list)
    order: dict[Path, int] = {}
    for path in files:
        order[path] = len(order)
        facts = recorder_facts(path.absolute())
        if facts and facts.part is not None:
            numbered[path.parent, facts.recording, path.suffix.lower() in AUDIO].append((facts.part, path, facts))
        else:
            alone.append(Recording((path,), facts))
    for parts in numbered.values():
        alone += _runs(sorted(parts, key=lambda part: part[0]))
    return sorted(alone, key=lambda recording: min(order[path] for path in recording.parts))


def _runs(parts: Sequence[tuple[int, Path, Facts]]) -> Iterable[Recording]:
    """The parts, cut wherever a number is missing or comes twice."""
    run = [parts[0]]
    for part in parts[1:]:
        if part[0] != run[-1][0] + 1:
            yield _joined(run)
            run = []
        run.append(part)
    yield _joined(run)


def _joined(run: Sequence[tuple[int, Path, Facts]]) -> Recording:
    first_number, _, facts = run[0]
    return Recording(tuple(path for _, path, _ in run), facts, whole=first_number <= 1)  # some count from 1
