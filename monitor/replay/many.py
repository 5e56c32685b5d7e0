"""Many streams replayed over several processes, each of which loads the lexicons once."""

from __future__ import annotations

import multiprocessing
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from typing import Any

from monitor.config import Settings
from monitor.flagging import Desk
from monitor.lexicon import load_rules
from monitor.match import Matcher
from monitor.replay.changes import compare
from monitor.replay.noting import NotingMatcher
from monitor.replay.replaying import Replayer, is_exact
from monitor.store import Store, StoredStream

WORTH_A_PROCESS = 8
"""Streams from which a second process pays: it takes some seconds to load the lexicons."""


@dataclass(frozen=True, slots=True)
class Replayed:
    """What came of one stream."""

    stored: StoredStream
    lines: tuple[dict[str, Any], ...]
    """Flag lines, or lines of changes where those were asked for."""
    exact: bool
    """Whether the steps of its scan were kept."""


class _Bench:
    """What one process needs."""

    def __init__(self, settings: Settings, *, diff: bool) -> None:
        self.lexicon, policies = load_rules(settings.lexicons)
        self.noting = NotingMatcher(self.lexicon) if diff else None
        self.store = Store.of(settings)
        desk = Desk(self.lexicon, self.noting or Matcher(self.lexicon), policies)
        self.replayer = Replayer(self.store, desk, lead_in_ms=settings.lead_in_ms, lead_out_ms=settings.lead_out_ms)

    def replay(self, stored: StoredStream) -> Replayed:
        if self.noting:
            self.noting.forget()
        lines = self.replayer.replay(stored)
        if self.noting:
            changes = compare(self.replayer.stored_lines(stored), lines, self.lexicon, self.noting)
            lines = [change.line for change in changes]
        return Replayed(stored, tuple(lines), is_exact(self.store, stored))


def replay_all(
    streams: Sequence[StoredStream], settings: Settings, *, diff: bool = False, jobs: int = 1
) -> Iterator[Replayed]:
    """Each stream in order, as soon as it is done; in `jobs` processes where there are enough streams.

    Raises DataError when lexicon or policies are wrong, WorkspaceError when the workspace cannot be read.
    """
    jobs = min(jobs, len(streams) // WORTH_A_PROCESS)
    if jobs < 2:
        bench = _Bench(settings, diff=diff)
        yield from map(bench.replay, streams)
        return
    load_rules(settings.lexicons)  # what is wrong with them is told here, not by a broken pool
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(jobs, mp_context=spawn, initializer=_set_up, initargs=(settings, diff)) as pool:
        yield from pool.map(_replay, streams)


_bench: list[_Bench] = []
"""A worker process's own, made once by `_set_up`."""


def _set_up(settings: Settings, diff: bool) -> None:
    _bench.append(_Bench(settings, diff=diff))


def _replay(stored: StoredStream) -> Replayed:
    return _bench[0].replay(stored)
