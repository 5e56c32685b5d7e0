"""How fast the dashboard is, on a desk of the size that it has to bear: one command, a table, 1 when a bound is missed.

`python tests/dashboard/speed.py` makes the workspace first, which takes some minutes; `--workspace DIR` takes one that
`desk_maker.py` made. Times are milliseconds. Deciding writes into the workspace: each run leaves fewer flags to decide.
"""

from __future__ import annotations

import argparse
import contextlib
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent)]

import desk_maker  # noqa: E402
from browser.chromium import chromium  # noqa: E402
from server import serving  # noqa: E402
from speed_crowd import EVERY_S, measure_crowd  # noqa: E402
from speed_figures import Figure, save, table  # noqa: E402
from speed_pages import TIMES, measure_pages, measure_verdicts  # noqa: E402
from speed_reads import measure_reads  # noqa: E402
from sqlalchemy import func, select  # noqa: E402

from monitor.store import Store  # noqa: E402
from monitor.store.queue_tables import QueueRow  # noqa: E402
from monitor.store.tables import FlagRow  # noqa: E402

WHAT = ("reads", "pages", "verdicts", "crowd")
FULL = ("--flags", "100000", "--streams", "2000", "--cues", "300000", "--clips", "300")


def main(arguments: Iterable[str] | None = None) -> int:
    given = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    given.add_argument("what", nargs="*", choices=[*WHAT, []], help="all if not given")
    given.add_argument("--workspace", type=Path, help="made by desk_maker.py; made anew if not given")
    given.add_argument("--keys", type=Path, help="folder of its keys; `WORKSPACE-keys` if not given")
    given.add_argument("--times", type=int, default=TIMES, help="how often each page and verdict")
    given.add_argument("--minutes", type=float, default=3.0, help="how long the twenty work")
    given.add_argument("--every", type=float, default=EVERY_S, help="seconds between two decisions of one of them")
    given.add_argument("--save", type=Path, help="the figures as JSON, too")
    asked = given.parse_args(None if arguments is None else list(arguments))
    what = asked.what or WHAT
    with contextlib.ExitStack() as stack:
        workspace = asked.workspace
        if workspace is None:
            workspace = Path(stack.enter_context(tempfile.TemporaryDirectory())) / "desk"
            if desk_maker.main(["--out", str(workspace), *FULL]):
                return 2
        figures, wrong = _measure(workspace, asked.keys or workspace.parent / f"{workspace.name}-keys", what, asked)
    if asked.save:
        save(figures, asked.save)
    for problem in wrong:
        _say(f"WRONG: {problem}\n")
    return 0 if not wrong and all(one.good for one in figures) else 1


def _measure(
    workspace: Path, keys: Path, what: Iterable[str], asked: argparse.Namespace
) -> tuple[list[Figure], list[str]]:
    figures: list[Figure] = []
    wrong: list[str] = []

    def note(some: Iterable[Figure]) -> None:
        for one in some:
            _say(table([one]).partition("\n")[2])
            figures.append(one)

    _say(table([]))
    store = Store.open(workspace)
    if "reads" in what:
        for figure, walks in measure_reads(store):
            note([figure])
            if walks and not figure.good:
                _say(f"    {walks}\n")
    if set(what) & {"pages", "verdicts", "crowd"}:
        flags, streams = _some(store)
        with serving(workspace, keys) as served:
            if "pages" in what or "verdicts" in what:
                with chromium() as browser:
                    if "pages" in what:
                        note(measure_pages(served, browser, flags, streams, times=asked.times))
                    if "verdicts" in what:
                        note(measure_verdicts(served, browser, times=asked.times))
            if "crowd" in what:
                found, wrong = measure_crowd(served, for_s=60 * asked.minutes, every_s=asked.every)
                note(found)
    return figures, wrong


def _some(store: Store, count: int = 60) -> tuple[list[str], list[int]]:
    """Flags of the queue from its top, which have clips, and the streams with the most flags."""
    with store._database.reading() as session:
        order = (QueueRow.severity_rank, QueueRow.flagged_at, QueueRow.start_ms, QueueRow.flag_id)
        flags = session.scalars(select(QueueRow.flag_id).where(QueueRow.open).order_by(*order).limit(count)).all()
        most = select(FlagRow.stream_id).group_by(FlagRow.stream_id).order_by(func.count().desc()).limit(count)
        return list(flags), list(session.scalars(most))


def _say(text: str) -> None:
    sys.stdout.write(text)
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
