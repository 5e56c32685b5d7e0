"""What a worker tells its parent: in units, and nothing twice."""

from __future__ import annotations

import multiprocessing
import threading
from pathlib import Path
from typing import Any

import pytest
from rooms import room, tools

from monitor.pipeline import Tools, scan_stream
from monitor.records import Stream
from monitor.remembering import Memory
from monitor.scan.planning import Job
from monitor.scan.worker import UNIT_MS, DivergedError, Order, StoppedError, Told
from monitor.store import Answer, Kept, Unit

NOTHING = Kept(0, 0, frozenset(), 0, "", answers=False)
LINES = [(2.0, "主播", "老粉拍完等九点统一退，别提前退"), (50.0, "主播", "拍完都退款，返现给大家")]


class Counting:
    """A text reader that counts what it is asked."""

    name = "counting"

    def __init__(self, inner: Any) -> None:
        self.inner, self.asked = inner, 0

    def read(self, image: Any) -> Any:
        self.asked += 1
        return self.inner.read(image)


@pytest.fixture(scope="module")
def stream(tmp_path_factory: pytest.TempPathFactory) -> Stream:
    path = room(tmp_path_factory.mktemp("in"), seconds=70, danmaku=LINES)
    return Stream("room", (path,), "douyin", host_account="主播", danmaku=(path.with_suffix(".xml"),))


@pytest.fixture
def reading(tmp_path: Path) -> tuple[Tools, Counting]:
    made = tools(tmp_path / "ws", "全网最低价 随便比")
    counting = Counting(made.text_reader)
    return Tools(**{**{name: getattr(made, name) for name in made.__slots__}, "text_reader": counting}), counting


def go(
    stream: Stream, made: Tools, folder: Path, kept: Kept = NOTHING, remembered: dict[str, Answer] | None = None
) -> list[tuple[str, Any]]:
    """The messages of a scan, its last unit among them."""
    here, there = multiprocessing.Pipe()
    messages: list[tuple[str, Any]] = []
    listener = threading.Thread(target=lambda: messages.extend(iter(here.recv, None)))
    listener.start()
    told = Told(there, Order(Job(stream, "k", "m", "f"), 1, kept), Memory((remembered or {}).get))
    try:
        scan_stream(
            stream, made, told, evidence=folder, clips=False, media_key="m", known=kept.flag_ids, memory=told.memory
        )
    finally:
        there.send(None)
        listener.join()
    return [*messages, ("done", told.unit())]


def units(messages: list[tuple[str, Any]]) -> list[Unit]:
    return [payload for kind, payload in messages if kind in ("unit", "done")]


def kept_of(some: list[Unit]) -> tuple[Kept, dict[str, Answer]]:
    """What a store holds after these units."""
    answers = {answer.key: answer for unit in some for answer in unit.answers}
    kept = Kept(
        sum(len(unit.steps) for unit in some),
        sum(len(unit.discards) for unit in some),
        frozenset(flag.flag_id for unit in some for flag in unit.flags),
        max(unit.reached_ms for unit in some),
        [unit.told for unit in some if unit.steps][-1],
        answers=bool(answers),
    )
    return kept, answers


def test_a_stream_is_told_in_units_that_add_up(stream: Stream, reading: tuple[Tools, Counting], tmp_path: Path) -> None:
    """Each unit goes on where the one before ended, none covers much more than a unit, the gaps come with the end."""
    some = units(go(stream, reading[0], tmp_path / "e"))
    reached = [unit.reached_ms for unit in some[:-1]]
    assert reached == sorted(reached)
    assert len(some) >= 70_000 // UNIT_MS
    assert all(after - before <= UNIT_MS + 5000 for before, after in zip([0, *reached], reached, strict=False))
    assert all(not unit.gaps for unit in some[:-1])
    steps = [step for unit in some for step in unit.steps]
    assert [step.watermark_ms is None for step in steps] == [*[False] * (len(steps) - 1), True]
    assert {flag.violation.scheme for unit in some for flag in unit.flags} >= {"refund_brushing", "cashback_refund"}


def test_whatever_was_kept_is_not_told_again_and_all_else_is_as_undisturbed(
    stream: Stream, reading: tuple[Tools, Counting], tmp_path: Path
) -> None:
    """Cut off after any unit, going on tells exactly the rest, asks no model again, and makes no evidence twice."""
    made, counting = reading
    calm = units(go(stream, made, tmp_path / "calm"))
    asked = counting.asked
    assert asked > 0
    every_step = [step for unit in calm for step in unit.steps]
    every_flag = sorted(flag.flag_id for unit in calm for flag in unit.flags)
    for cut in range(1, len(calm)):
        kept, answers = kept_of(calm[:cut])
        counting.asked = 0
        rest = units(go(stream, made, tmp_path / f"cut-{cut}", kept, answers))
        assert [step for unit in rest for step in unit.steps] == every_step[kept.steps :]
        assert rest[-1].told == calm[-1].told
        told_now = sorted(flag.flag_id for unit in rest for flag in unit.flags)
        assert sorted([*kept.flag_ids, *told_now]) == every_flag
        folders = [path.name for path in (tmp_path / f"cut-{cut}").glob("*")]
        candidates = {flag.flag_id for unit in rest for flag in unit.flags if flag.violation.candidate}
        assert sorted(folders) == sorted(set(told_now) - candidates)
        assert counting.asked + len(answers) == asked


def test_another_course_than_the_kept_one_is_noticed(
    stream: Stream, reading: tuple[Tools, Counting], tmp_path: Path
) -> None:
    """Rows that this scan would not have made are never gone on with."""
    calm = units(go(stream, reading[0], tmp_path / "calm"))
    kept, answers = kept_of(calm[:2])
    with pytest.raises(DivergedError):
        go(stream, tools(tmp_path / "ws", "别的字"), tmp_path / "other", kept, {})
    beyond = Kept(10_000, 0, frozenset(), kept.reached_ms, "?", answers=True)
    with pytest.raises(DivergedError):
        go(stream, reading[0], tmp_path / "beyond", beyond, answers)


def test_a_word_from_the_parent_stops_the_scan_and_what_was_found_is_in_hand(
    stream: Stream, reading: tuple[Tools, Counting], tmp_path: Path
) -> None:
    """Stopping loses nothing that was judged."""
    here, there = multiprocessing.Pipe()
    here.send("stop")
    told = Told(there, Order(Job(stream, "k", "m", "f"), 1, NOTHING), Memory())
    with pytest.raises(StoppedError):
        scan_stream(stream, reading[0], told, evidence=tmp_path / "e", clips=False, memory=told.memory)
    assert len(told.unit().steps) == 1
