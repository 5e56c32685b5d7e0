"""Streams as the pages show them: the list, and one with all that was flagged and missed in it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from monitor.records import Gap
from monitor.review.accounts import Accounts
from monitor.review.shown_states import ShownState, shown_state
from monitor.roles import Person, Right
from monitor.store.gold import GoldFlags
from monitor.store.questions import Questions
from monitor.store.stream_figures import StoredStreams
from monitor.store.stream_records import Order, StreamChoice, StreamLine, StreamList
from monitor.store.verdicts import ReviewState

STRETCHES = 240
"""Stretches in which comments are counted: three pixels each on a page of common width."""


@dataclass(frozen=True, slots=True)
class FlagOnStream:
    """One flag of a stream."""

    flag_id: str
    scheme: str
    severity: str
    """A reviewer's own once it is confirmed, else as computed."""
    score: float
    start_ms: int
    end_ms: int
    state: ShownState
    appealed: bool


@dataclass(frozen=True, slots=True)
class StreamView:
    """One stream, as far as the person may know it."""

    line: StreamLine
    files: tuple[str, ...]
    flags: tuple[FlagOnStream, ...]
    """In order of start."""
    candidates: int
    """Too weak to accuse: counted, not shown."""
    gaps: tuple[Gap, ...]
    comments: tuple[tuple[int, int], ...]
    """Start of a stretch in ms, and how many comments were typed in it."""
    stretch_ms: int
    newer: int | None
    """Another try at the recording that people see instead of this one."""

    @property
    def length_ms(self) -> int:
        """As far as it is known."""
        ends = [self.line.end_ms, self.line.reached_ms, *(flag.end_ms for flag in self.flags)]
        ends += [start_ms + self.stretch_ms for start_ms, _ in self.comments[-1:] if not self.line.end_ms]
        return max(ends)


class Streams:
    """Reads of the pages of streams. Each raises RefusedError for who may not look, WorkspaceError when nothing can be
    read."""

    def __init__(self, store: Questions, accounts: Accounts) -> None:
        self._streams, self._gold, self._accounts = StoredStreams(store), GoldFlags(store._database), accounts

    def page(
        self, person: Person, choice: StreamChoice, order: Order, *, first: int, limit: int, at: datetime
    ) -> StreamList:
        """`limit` of the streams that are chosen, from the `first` on."""
        self._accounts.require(person, Right.LOOK)
        return self._streams.page(choice, order, first=first, limit=limit, now=at)

    def platforms(self, person: Person) -> list[str]:
        """All that there are streams of."""
        self._accounts.require(person, Right.LOOK)
        return self._streams.platforms()

    def stream(self, person: Person, stream_id: int, *, at: datetime) -> StreamView | None:
        """One stream; None for a number that is none."""
        name = self._accounts.require(person, Right.LOOK).name
        found = self._streams.whole(stream_id, stretches=STRETCHES, now=at)
        if found is None:
            return None
        flags, elsewhere = [], self._gold.hidden_from(name)
        for flag in found.flags:
            if flag.candidate:
                continue
            believed = elsewhere.get(flag.flag_id)
            if believed is not None:  # a gold flag that the person was given
                flag = replace(flag, state=ReviewState(stage=believed))
            state = shown_state(person, flag.state.stage, flag.state.decision)
            own = flag.state.severity if state is ShownState.CONFIRMED else None
            flags.append(
                FlagOnStream(
                    flag.flag_id, flag.scheme, flag.severity if own is None else own.value, flag.score, flag.start_ms,
                    flag.end_ms, state, flag.state.appealed,
                )
            )  # fmt: skip
        return StreamView(
            line=found.line,
            files=found.files,
            flags=tuple(flags),
            candidates=len(found.flags) - len(flags),
            gaps=found.gaps,
            comments=found.comments,
            stretch_ms=found.stretch_ms,
            newer=found.newer,
        )
