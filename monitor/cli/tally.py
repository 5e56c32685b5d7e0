"""How much of a scan is done, and how long the rest will take. Pure: times and positions come from outside.

Streams weigh what their files weigh, for bytes are known before anything is opened; a stream's own share is its
position over the length that its container declares. Only what this run did itself tells how fast it goes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

SOON_S, SOON_SHARE = 15.0, 0.005
"""Before so many seconds and such a share of the work nothing is said about the rest: it would only jump."""
OWN_SHARE = 0.02
"""Of a stream, before its own pace counts."""
_NEARLY = 0.999
"""A stream that has come to its declared end is not done: evidence is still to be cut."""


@dataclass(slots=True)
class _Work:
    """One stream of the run."""

    part_bytes: tuple[int, ...]
    began_s: float | None = None
    """When this run came to what had not been done before."""
    at_ms: int = 0
    far_ms: int = 0
    """The furthest that this run came."""
    resumed_ms: int = 0
    earlier_ms: int = 0
    """How far the runs before this one had come."""
    declared_ms: int | None = None
    part: int = 0
    part_start_ms: int = 0
    share: float = 0.0
    base: float = 0.0
    """Share that was done before this try at it began."""
    earned: float = 0.0
    """Share that this run did in tries before this one."""
    ended: bool = False

    @property
    def bytes(self) -> int:
        return sum(self.part_bytes)

    @property
    def done_here(self) -> float:
        """Bytes' worth of work that this run did."""
        return self.bytes * (self.earned + max(0.0, self.share - self.base))

    @property
    def left(self) -> float:
        return 0.0 if self.ended else self.bytes * (1.0 - self.share)


class Tally:
    """The work of one run. Keys are the jobs'; each stream weighs the bytes of its parts, at least 1."""

    def __init__(self, part_bytes: Mapping[str, Sequence[int]]) -> None:
        self._works = {key: _Work(tuple(max(1, size) for size in sizes) or (1,)) for key, sizes in part_bytes.items()}
        self._total = sum(work.bytes for work in self._works.values())
        self._first_s: float | None = None

    def began(self, key: str, now_s: float) -> None:
        """Also again, after a try at it that did not come to its end."""
        work = self._works[key]
        work.earned += max(0.0, work.share - work.base)
        work.base, work.began_s, work.ended = work.share, now_s, False
        work.at_ms = work.part = work.part_start_ms = work.resumed_ms = 0
        work.declared_ms = None
        self._first_s = now_s if self._first_s is None else self._first_s

    def resumed(self, key: str, at_ms: int) -> None:
        """An earlier try had come to `at_ms`: up to there this one is merely catching up."""
        work = self._works[key]
        work.resumed_ms = at_ms
        work.earlier_ms = work.earlier_ms if work.far_ms else at_ms

    def waiting(self, key: str) -> None:
        """It is still to be done, whatever a try at it came to."""
        self._works[key].ended = False

    def reached(self, key: str, at_ms: int, declared_ms: int | None, now_s: float) -> None:
        """`declared_ms` is where the part that is being read ends on the stream's clock; None when it does not say."""
        work = self._works[key]
        if work.declared_ms is not None and declared_ms not in (None, work.declared_ms):
            work.part = min(work.part + 1, len(work.part_bytes) - 1)
            work.part_start_ms = work.at_ms
        work.declared_ms = declared_ms or work.declared_ms
        work.at_ms = max(work.at_ms, at_ms)
        work.far_ms = max(work.far_ms, work.at_ms)
        sizes = work.part_bytes
        within = self._within(work) * sizes[work.part]
        work.share = max(work.share, min(_NEARLY, (sum(sizes[: work.part]) + within) / work.bytes))
        if at_ms <= work.resumed_ms:
            work.base, work.began_s = work.share, now_s

    def ended(self, key: str, end_ms: int | None) -> None:
        """`end_ms` is the stream's length; None when it failed: what was not done of it need not be done."""
        work = self._works[key]
        work.ended = True
        if end_ms is not None:
            work.at_ms = work.far_ms = end_ms
            work.share = 1.0

    def share_of(self, key: str) -> float:
        """Of one stream, 0 to 1; 0 while its length is unknown."""
        return self._works[key].share

    @property
    def share(self) -> float:
        """Of the whole run, 0 to 1; 1 only when every stream has ended."""
        return 1.0 - sum(work.left for work in self._works.values()) / self._total if self._total else 1.0

    @property
    def media_ms(self) -> int:
        """Recorded time that this run went through."""
        return sum(max(0, work.far_ms - work.earlier_ms) for work in self._works.values())

    def working_s(self, now_s: float) -> float:
        """Since the first stream began: the loading of models is not in it."""
        return 0.0 if self._first_s is None else max(0.0, now_s - self._first_s)

    def left_s(self, now_s: float) -> float | None:
        """Seconds until the end; None while too little is done to say.

        By the pace of the whole run, and no sooner than the slowest stream at work will need by its own.
        """
        spent_s, done = self.working_s(now_s), sum(work.done_here for work in self._works.values())
        left = sum(work.left for work in self._works.values())
        if left == 0:
            return 0.0
        if spent_s < SOON_S or done < SOON_SHARE * (done + left):
            return None
        own = [
            work.left / (work.bytes * (work.share - work.base)) * (now_s - work.began_s)
            for work in self._works.values()
            if work.began_s is not None and work.left and work.share - work.base > OWN_SHARE
        ]
        return max([left / done * spent_s, *own])

    def _within(self, work: _Work) -> float:
        """How much of the part at hand is read, 0 to 1."""
        if work.declared_ms is not None and work.declared_ms > work.part_start_ms:
            return min(1.0, (work.at_ms - work.part_start_ms) / (work.declared_ms - work.part_start_ms))
        known = [other for other in self._works.values() if other.ended and other.share == 1.0 and other.at_ms]
        if not known:
            return 0.0
        bytes_a_ms = sum(other.bytes for other in known) / sum(other.at_ms for other in known)
        return min(1.0, work.at_ms * bytes_a_ms / work.bytes)


def time_left(seconds: float | None) -> str:
    """`about 2 h 10 min left`, no finer than such a guess is good: steps of 10 s, of a minute, of 5 minutes."""
    if seconds is None:
        return "time left not yet known"
    if seconds < 90:
        return f"about {max(10, round(seconds / 10) * 10)} s left"
    minutes = round(seconds / 60)
    if minutes < 60:
        return f"about {minutes} min left"
    hours, minutes = divmod(round(minutes / 5) * 5, 60)
    return f"about {hours} h {minutes:02d} min left"
