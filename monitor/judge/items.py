"""The items of a show one after another: how long each was up, what was said about it, and that in a sentence."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field

from monitor.judge.moments import clock
from monitor.records import Hit

_MOST_NAMED = 8
"""Items of a long run that are kept and named one by one: its last."""


@dataclass(slots=True)
class Item:
    """One thing from when it is announced or opened until the next, or until it is taken down."""

    start_ms: int
    hits: list[Hit]
    talk: int
    """Characters said about it, words about links and calls not counted."""
    number: int | None = None
    known: int = 0
    """Characters said about that link earlier in the show."""
    opened_ms: int | None = None
    end_ms: int = 0
    gone: bool = False
    prices: int = 0
    spoken: bool = False
    """Somebody said or typed that it is opened, gone, or on sale; else only cards changed."""

    @property
    def seconds(self) -> int:
        return round((self.end_ms - self.start_ms) / 1000)


@dataclass(slots=True)
class Run:
    """Quick items one after another; of a long run the numbers alone are kept."""

    items: deque[Item] = field(default_factory=lambda: deque(maxlen=_MOST_NAMED))
    count: int = 0
    start_ms: int = 0
    opened: int = 0
    priced: int = 0
    spoken: bool = False
    told: int = 0
    """Count at which it was last told; 0 where it has not been."""
    seconds: tuple[int, int] = (0, 0)
    talk: tuple[int, int] = (0, 0)

    def add(self, item: Item) -> None:
        if not self.count:
            self.start_ms = item.start_ms
            self.seconds, self.talk = (item.seconds, item.seconds), (item.talk, item.talk)
        self.items.append(item)
        self.count += 1
        self.opened += item.opened_ms is not None or item.gone
        self.priced += bool(item.prices)
        self.spoken |= item.spoken
        self.seconds = min(self.seconds[0], item.seconds), max(self.seconds[1], item.seconds)
        self.talk = min(self.talk[0], item.talk), max(self.talk[1], item.talk)


def run_fact(run: Run) -> str:
    """What a reviewer reads of a run: from when to when, how many, how long, how much was said."""
    last = run.items[-1]
    named = "、".join(f"{item.number}号" for item in run.items if item.number is not None)
    starts = "、".join(clock(item.start_ms) for item in run.items)
    return (
        f"待核实过款：{clock(run.start_ms)}–{clock(last.end_ms)} 连着 {run.count} 款"
        f"{f'（{named}）' if named else ''}，每款只留 {_range(run.seconds)} 秒，讲解 {_range(run.talk)} 个字，"
        f"{run.priced} 款报了价；起于 {starts}"
    )


def shut_fact(shuts: Sequence[Item]) -> str:
    """What a reviewer reads of links opened and taken down at once."""
    rows = "、".join(
        f"{clock(i.opened_ms or i.start_ms)}–{clock(i.end_ms)}（{_seconds(i.opened_ms or i.start_ms, i.end_ms)} 秒）"
        for i in list(shuts)[-_MOST_NAMED:]
    )
    return f"待核实过款：链接上了又下 {len(shuts)} 次，几乎没有讲解：{rows}"


def _seconds(start_ms: int, end_ms: int) -> int:
    return max(1, round((end_ms - start_ms) / 1000))


def _range(bounds: tuple[int, int]) -> str:
    return str(bounds[0]) if bounds[0] == bounds[1] else f"{bounds[0]}–{bounds[1]}"
