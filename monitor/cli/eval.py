"""`eval`: how well detection works on labelled tables and rooms."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from rich import box
from rich.markup import escape
from rich.progress import track
from rich.table import Table

from monitor.cli.show import err, open_workspace, out, write_lines
from monitor.config import Settings
from monitor.errors import InputError, UsageError
from monitor.judging import Judging, judging
from monitor.measure import plots
from monitor.measure.ablation import Room, ablation, markdown
from monitor.measure.evaluation import Evaluation, Share
from monitor.measure.page import page
from monitor.measure.rooms import Truth, evaluate_rooms, read_flags, read_truth
from monitor.measure.tables import Row, evaluate_table, read_table
from monitor.records import Role
from monitor.store import Step, Store, StoredStream
from monitor.timeline import from_seconds
from monitor.wording import SCHEME_NAMES

TRUTH = ".truth.json"


def evaluate(
    given: Sequence[Path],
    settings: Settings,
    *,
    flags: Path | None,
    only: Mapping[str, str],
    html: Path | None,
    plot: Path | None,
    jsonl: str | None,
    show: bool,
) -> None:
    """Judge the tables, hold the rooms' flags against their truth, and tell. Raises UsageError without any truth."""
    tables, truths = _read(given, only)
    judge = judging(settings.lexicons)
    told: list[Evaluation] = []
    for name, rows in tables.items():
        watched = track(rows, name, console=err, transient=True, disable=not err.is_terminal)
        told.append(evaluate_table(judge, name, watched))
    if truths:
        told.append(_rooms(judge, truths, settings, flags))
    if jsonl:
        write_lines(jsonl, [one.figures() for one in told])
    if jsonl != "-":
        for one in told:
            _print(one, show=show)
    if html:
        made = datetime.now(ZoneInfo(settings.time_zone))
        text = page(told, names=SCHEME_NAMES, lexicon=judge.lexicon.digest, made=made)
        html.write_text(text, encoding="utf-8")
        err.print(f"written: {html}", markup=False)
    if plot:
        everything = Evaluation("all", (), tuple(one for some in told for one in some.given))
        plot.write_text(plots.standalone(plots.calibration(everything.bins())), encoding="utf-8")
        err.print(f"written: {plot}", markup=False)


def print_ablation(given: Sequence[Path], settings: Settings, *, only: Mapping[str, str]) -> None:
    """What each ability brings, as a Markdown table on standard output."""
    tables, truths = _read(given, only)
    rooms: list[Room] = []
    if truths:
        store = open_workspace(settings)
        streams = {stored.stream.room: stored for stored in store.streams()}
        if missing := [truth.room for truth in truths if truth.room not in streams]:
            raise UsageError(
                f"rooms {', '.join(missing)} are not there", where=settings.workspace, todo="scan them first"
            )
        rooms = [_room(store, truth, streams[truth.room]) for truth in truths]
    told = ablation(judging(settings.lexicons), tables, rooms)
    columns = [f"{name} ({len(rows)})" for name, rows in tables.items()]
    columns += [f"rooms ({len(rooms)})"] if rooms else []
    out.print(markdown(told, columns), markup=False, soft_wrap=True)
    out.print("\nEach cell: recall / precision / share of benign rows or rooms put up, in percent.", soft_wrap=True)


def _read(given: Sequence[Path], only: Mapping[str, str]) -> tuple[dict[str, list[Row]], list[Truth]]:
    """Tables by name, and the truths of rooms; a folder stands for all truths in it."""
    tables: dict[str, list[Row]] = {}
    truths: list[Truth] = []
    for path in given:
        if path.is_dir():
            found = sorted(path.glob(f"*{TRUTH}"))
            if not found:
                raise UsageError(f"no *{TRUTH} in it", where=path, todo="give a labelled table or a folder of rooms")
            truths += map(read_truth, found)
        elif path.name.endswith(TRUTH):
            truths.append(read_truth(path))
        else:
            name = path.stem if path.stem not in tables else str(path)
            tables[name] = read_table(path, only)
    return tables, truths


def _rooms(judge: Judging, truths: Sequence[Truth], settings: Settings, flags: Path | None) -> Evaluation:
    if flags:
        return evaluate_rooms(judge.lexicon, truths, read_flags(flags))
    store = open_workspace(settings)
    streams = {stored.stream.room: stored for stored in store.streams()}
    missing = [truth.room for truth in truths if truth.room not in streams]
    if missing:
        raise InputError(
            f"rooms {', '.join(missing)} are not there", where=settings.workspace, todo="scan them, or give --flags"
        )

    def heard(room: str, start_s: float, end_s: float) -> list[str]:
        span = from_seconds(start_s, end_s)
        cues = store.cues(streams[room].stream_id)
        return [f"{cue.channel} {cue.text}" for cue in cues if cue.role != Role.VIEWER and cue.span.overlaps(span)]

    return evaluate_rooms(judge.lexicon, truths, list(store.flags()), heard)


def _room(store: Store, truth: Truth, stored: StoredStream) -> Room:
    steps = tuple(store.steps(stored.stream_id)) or (Step(tuple(store.cues(stored.stream_id)), None),)
    return Room(truth, steps, stored.end_ms)


def _print(one: Evaluation, *, show: bool) -> None:
    table = Table(title=one.name, title_justify="left", box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0))
    table.add_column("")
    for name in ("labelled", "found", "recall", "given", "right", "precision"):
        table.add_column(name, justify="right", no_wrap=True)
    for lines in (one.by_scheme(), one.by_channel(), one.by_method()):
        for line in lines:
            name = f"{SCHEME_NAMES[line.name]} {line.name}" if line.name in SCHEME_NAMES else line.name
            table.add_row(name, *_cells(line.recall), *_cells(line.precision))
        table.add_section()
    table.add_row("[bold]all[/]", *_cells(one.recall), *_cells(one.precision))
    out.print(table)
    false = one.false_positives
    out.print(
        f"benign {false.whole}, put up {false.part} ({_percent(false)}); violations found under any scheme "
        f"{_percent(one.any_recall)}; candidates {len(one.given) - len(one.flags)}"
        + "".join(f"; {name} {said}" for name, said in one.facts),
        markup=False,
        soft_wrap=True,
    )
    if show:
        _list(one)


def _list(one: Evaluation) -> None:
    """Every miss and every false alarm with its reasons."""
    entries: list[tuple[str, str, str, Sequence[str]]] = [
        ("missed", f"{case.name} {case.scheme}", case.text, case.why) for case in one.violations if not case.found
    ]
    entries += [
        ("false", f"{case.name} {case.scheme} {case.score:.2f}", case.text or " · ".join(case.words), case.why)
        for case in one.flags
        if not case.right
    ]
    for kind, name, text, why in entries:
        out.print(f"[bold]{kind}[/] {escape(name)}  {escape(text)}", soft_wrap=True)
        for reason in why:
            out.print(f"    {reason}", markup=False, soft_wrap=True, style="dim")


def _cells(share: Share) -> tuple[Any, ...]:
    return str(share.whole), str(share.part), _percent(share)


def _percent(share: Share) -> str:
    return "–" if share.value is None else f"{share.value:.1%}"


def chosen(only: Sequence[str]) -> dict[str, str]:
    """`column=value` pairs of the command line. Raises UsageError for what is none."""
    if wrong := [pair for pair in only if "=" not in pair]:
        raise UsageError(f"`{wrong[0]}` is no COLUMN=VALUE", where="--only")
    return dict(pair.split("=", 1) for pair in only)
