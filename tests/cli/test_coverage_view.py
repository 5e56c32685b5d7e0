"""What of a stream was heard and seen, as people see it: blocks, shares, gaps, and names that do no harm."""

import io
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.console import Console

from monitor.cli.coverage import (
    LEGEND,
    blocks,
    coverage,
    coverage_line,
    gap_lines,
    print_coverage,
    share,
)
from monitor.cli.flags import list_flags
from monitor.cli.show import fitted
from monitor.config import Settings
from monitor.errors import WorkspaceError
from monitor.plain import plain
from monitor.records import Gap, Sense, Stream
from monitor.store import DONE, STOPPED, Store, StoredStream, Unit
from monitor.timeline import Span

HOUR_MS = 3_600_000


def gap(sense: Sense, start_ms: int, end_ms: int, reason: str = "undecodable") -> Gap:
    return Gap(sense, Span(start_ms, end_ms), reason)


def stored(number: int = 1, *, room: str = "room", end_ms: int = HOUR_MS, state: str = "done", **more) -> StoredStream:
    given = {
        "problem": "", "reached_ms": end_ms, "failures": 0, "heard_ms": 0, "seen_ms": 0, "flags": {}, "gaps": 0,
    } | more  # fmt: skip
    return StoredStream(
        stream_id=number, run_id=1, stream_key=f"k{number}", fingerprint="f",
        stream=Stream(room, (Path(f"{room}.mp4"),)), media_key="", state=state, end_ms=end_ms, wall_s=1.0,
        begun_at=datetime.now(UTC), ended_at=None, cues={}, candidates=0, discards=0, **given,
    )  # fmt: skip


def printed(streams: list[StoredStream], gaps: dict[int, list[Gap]], **more) -> str:
    console = Console(file=io.StringIO(), width=120, color_system=None)
    print_coverage(console, streams, lambda number: gaps.get(number, []), **more)
    return console.file.getvalue()


def test_blocks_tell_the_four_states_apart_without_colour():
    """Both, sound alone, pictures alone, neither: four different characters, in the order of time."""
    known = [gap(Sense.HEARD, 20, 40), gap(Sense.SEEN, 30, 40), gap(Sense.SEEN, 50, 60)]

    assert blocks(coverage(80, known), 8) == "██▄·█▀██"


def test_the_shortest_gap_of_a_long_stream_is_seen():
    """A tenth of a second in twelve hours darkens a cell; the share does not round up to all."""
    shown = coverage(12 * HOUR_MS, [gap(Sense.HEARD, HOUR_MS, HOUR_MS + 100)])

    assert blocks(shown, 40).count("▄") == 1
    assert share(12 * HOUR_MS - 100, 12 * HOUR_MS) == "99.9 %"


@given(
    end_ms=st.integers(1, 5000),
    cells=st.integers(1, 70),
    spans=st.lists(st.tuples(st.sampled_from([Sense.HEARD, Sense.SEEN]), st.integers(0, 5000), st.integers(1, 800))),
)
def test_a_cell_is_full_exactly_where_no_gap_touches_it(end_ms: int, cells: int, spans: list):
    """Over random streams and gaps no block hides a gap and none invents one."""
    gaps = [gap(sense, start, start + length) for sense, start, length in spans]
    drawn = blocks(coverage(end_ms, gaps), cells)
    cells = min(cells, end_ms)

    assert len(drawn) == cells
    for n, block in enumerate(drawn):
        cell = Span(end_ms * n // cells, end_ms * (n + 1) // cells)
        for sense, full in ((Sense.HEARD, "█▀"), (Sense.SEEN, "█▄")):
            assert (block in full) is not any(g.span.overlaps(cell) for g in gaps if g.sense == sense)


@pytest.mark.parametrize(
    ("part_ms", "whole_ms", "said"),
    [(0, 10, "0 %"), (10, 10, "100 %"), (1, 100_000, "under 0.1 %"), (99_999, 100_000, "99.9 %"), (0, 0, "0 %")],
)
def test_shares_are_never_rounded_up(part_ms: int, whole_ms: int, said: str):
    """100 % stands only where nothing is missing, 0 % only where everything is."""
    assert share(part_ms, whole_ms) == said


def test_a_line_says_how_much_was_heard_and_seen_beside_the_flags():
    """0 flags stands beside what it rests on."""
    line = coverage_line(stored(room="厨房", end_ms=HOUR_MS), [gap(Sense.SEEN, 0, HOUR_MS // 2)], cells=4)

    assert "厨房" in line
    assert "0 flags" in line
    assert "▀▀██ heard 100 %, seen 50.0 % of 1:00:00" in line


@pytest.mark.parametrize(
    ("state", "reached_ms", "said"),
    [
        ("running", 60_000, "unfinished: at 1:00 when last kept; nothing beyond was heard or seen"),
        ("stopped", 60_000, "unfinished: stopped after 1:00; nothing beyond was heard or seen; scan it again to go on"),
        ("failed", 0, "failed before anything was read (3 times): a.mp4: no index"),
    ],
)
def test_an_unfinished_stream_says_how_far_it_came_and_draws_nothing(state: str, reached_ms: int, said: str):
    """What is not known to be covered is not drawn as covered."""
    problem = "a.mp4: no index" if state == "failed" else ""
    line = coverage_line(
        stored(state=state, end_ms=0, reached_ms=reached_ms, failures=3, problem=problem), [], cells=40
    )

    assert line.endswith(said)
    assert "█" not in line


def test_gaps_are_listed_in_order_with_time_and_reason():
    """A few of many, and how many more there are; all when asked for. A gap never looks shorter than it is."""
    gaps = [gap(Sense.SEEN, 1000 * n + 51, 1000 * n + 52, f"why {n}") for n in range(9, 0, -1)]

    few = gap_lines(gaps)
    assert few[0] == "not seen 0:01.0–0:01.1: why 1"
    assert few[-1].startswith("… 6 more gaps")
    assert len(few) == 4
    assert len(gap_lines(gaps, most=None)) == 9


def test_a_part_of_unknown_length_is_no_part_of_the_hundred_percent():
    """A part that could not be opened takes no time on the stream; the line says that there was one."""
    gaps = [gap(Sense.HEARD, 5000, 5000, "b.ts: no index; its length is not known")]

    assert "heard 100 %, seen 100 % of 0:10, beside what has no known length" in coverage_line(
        stored(end_ms=10_000), gaps
    )
    assert gap_lines(gaps) == ["not heard from 0:05 on, for no known time: b.ts: no index; its length is not known"]


def test_a_reason_from_hostile_media_cannot_move_the_cursor():
    """Control and bidirectional characters of reasons and names are spelt out."""
    (line,) = gap_lines([gap(Sense.HEARD, 0, 10, "bad\x1b[2J\nname \u202egpj")])

    assert line.endswith(r"bad\x1b[2J\nname \u202egpj")


def test_many_streams_heard_and_seen_in_full_share_a_line():
    """Of a long list only those with gaps stand alone; the others are counted with their length."""
    streams = [stored(n, room=f"room{n}", flags={"x": 1}) for n in range(40)]
    gaps = {7: [gap(Sense.HEARD, 0, 5000, "no sound")]}
    said = printed(streams, gaps)

    assert "room7 " in said
    assert "not heard 0:00.0–0:05.0: no sound" in said
    assert "39 others: 39 flags, heard and seen in full, 39:00:00" in said
    assert "room8" not in said
    assert said.endswith(LEGEND + "\n")
    assert "room8 " in printed(streams, gaps, all_gaps=True)


def test_a_problem_beside_the_gaps_is_told_once():
    """A stream's problem repeats the reasons of its gaps; only what else it says stands by itself."""
    stream = stored(problem="room.xml: line 3 is no danmaku; undecodable")
    said = printed([stream], {1: [gap(Sense.SEEN, 0, 1000)]})

    assert said.count("undecodable") == 1
    assert "line 3 is no danmaku" in said


def test_an_empty_workspace_is_not_a_clean_one():
    """Without a stream nothing was heard, and that is said."""
    assert "nothing was heard" in printed([], {})


@pytest.mark.parametrize(
    ("name", "cells", "said"),
    [
        ("厨房直播间", 6, "厨房… "),
        ("厨房直播间", 10, "厨房直播间"),
        ("abc", 5, "abc  "),
        ("a\tb\x1b]0;x\x07", 30, r"a\tb\x1b]0;x\x07".ljust(30)),
        ("caf\udce9", 10, r"caf\xe9   "),
        ("🧧🧧🧧", 4, "🧧… "),
    ],
    ids=["cut", "fits", "filled", "control", "bytes", "emoji"],
)
def test_names_fit_their_column(name: str, cells: int, said: str):
    """Cut by the columns they take on a terminal, two for a Chinese character, and always as wide as asked."""
    assert fitted(name, cells) == said


@given(st.text(), st.integers(2, 40))
def test_no_name_is_wider_than_its_column_or_obeyed_by_a_terminal(name: str, cells: int):
    """Whatever a file is called: the exact width, one line, nothing that moves the cursor or turns the reading."""
    shown = fitted(name, cells)

    assert cell_len(shown) == cells
    assert not set(plain(name)) & set("\n\r\t\x1b\x07\x9b\u202e\u2066\u2028")
    plain(name).encode()


def test_flags_stand_beside_what_was_heard_and_seen(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    """A workspace with one stream that is done and one that was stopped: no flags, and what that is worth."""
    store = Store.open(tmp_path)
    now = datetime.now(UTC)
    run = store.begin_run(command="scan", settings={}, versions={}, at=now)
    gaps = [gap(Sense.SEEN, 1000 * n, 1000 * n + 500, f"why {n}") for n in range(5)]
    done = store.begin_stream(run, "a", "f", Stream("厨房", (Path("a.mp4"),)))
    store.end_stream(
        done, end_ms=10_000, heard_ms=10_000, seen_ms=7500, state=DONE, problem="", wall_s=1, last=Unit(gaps=gaps)
    )
    stopped = store.begin_stream(run, "b", "f", Stream("书店", (Path("b.mp4"),)))
    store.add(stopped, Unit(reached_ms=90_000))
    store.end_stream(stopped, end_ms=0, heard_ms=0, seen_ms=0, state=STOPPED, problem="interrupted", wall_s=1)

    list_flags(Settings(workspace=tmp_path), "table", None, candidates=False)
    said = capsys.readouterr().out
    assert "0 flags; evidence in" in said
    assert "heard 100 %, seen 75.0 % of 0:10" in said
    assert "not seen 0:01.0–0:01.5: why 1" in said
    assert "why 4" not in said
    assert "unfinished: stopped after 1:30" in said
    list_flags(Settings(workspace=tmp_path), "table", None, candidates=False, gaps=True)
    assert "not seen 0:04.0–0:04.5: why 4" in capsys.readouterr().out


def test_flags_of_no_workspace_is_an_error(tmp_path: Path):
    """Asking for flags where nothing was scanned says so instead of listing none."""
    with pytest.raises(WorkspaceError, match="no workspace"):
        list_flags(Settings(workspace=tmp_path), "table", None, candidates=False)
