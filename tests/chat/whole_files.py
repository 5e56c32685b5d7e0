"""A typed file read to its end, for tests that look at all of it at once."""

from dataclasses import dataclass

from monitor.chat import iter_danmaku, iter_messages
from monitor.records import Cue


@dataclass(frozen=True)
class WholeFile:
    """What a file held."""

    cues: tuple[Cue, ...]
    """By time."""
    problem: str


def read_danmaku(path, **given):
    """All comments of one file, as `iter_danmaku` reads them."""
    cues, end = gone_through(iter_danmaku(path, **given))
    return WholeFile(cues, end.problem)


def read_messages(path, **given):
    """All messages of one file, as `iter_messages` reads them."""
    return WholeFile(*gone_through(iter_messages(path, **given)))


def gone_through(reader):
    """What a generator yielded, by time, and what it returned."""
    cues = []
    while True:
        try:
            cues.append(next(reader))
        except StopIteration as end:
            return tuple(sorted(cues, key=lambda cue: cue.span)), end.value
