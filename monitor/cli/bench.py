"""`bench`: speeds on this machine, with the plain way beside them."""

from __future__ import annotations

from pathlib import Path

from rich import box
from rich.table import Table

from monitor.cli.show import err, out, write_lines
from monitor.config import PACKAGE, Settings
from monitor.errors import UsageError
from monitor.judging import judging
from monitor.measure.speed import Speed, text_speeds

_SAMPLE = PACKAGE.parent / "samples" / "s01-kitchen.mp4"


def measure(settings: Settings, *, quick: bool, media: Path | None, jsonl: str | None) -> None:
    """Measure and print. Raises UsageError when there is no recording to measure on."""
    recording = media or _SAMPLE
    if not quick and not recording.is_file():
        raise UsageError("no recording there", where=recording, todo="give one with --media, or --quick")
    judge = judging(settings.lexicons)
    told: list[Speed] = []
    for speed in text_speeds(judge):
        err.print(f"{speed.name}: {speed.value:,.0f} {speed.unit}", markup=False, soft_wrap=True)
        told.append(speed)
    if not quick:
        from monitor.measure.plain import media_speeds

        for speed in media_speeds(recording, settings, judge.lexicon.trade_words()):
            err.print(f"{speed.name}: {speed.value:.1f} {speed.unit}", markup=False, soft_wrap=True)
            told.append(speed)
    if jsonl:
        write_lines(jsonl, [speed.line for speed in told])
    if jsonl != "-":
        out.print(_table(told))


def _table(told: list[Speed]) -> Table:
    table = Table(title="speed", title_justify="left", box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0))
    for name, justify in (("", "left"), ("here", "right"), ("plain way", "right"), ("", "left"), ("on", "left")):
        table.add_column(name, justify=justify, overflow="fold")  # type: ignore[arg-type]
    for speed in told:
        form = "{:,.1f}" if speed.unit.startswith("×") else "{:,.0f}"
        plain = "" if speed.plain is None else form.format(speed.plain)
        promised = f"; promised {speed.target:,.0f}" if speed.target else ""
        table.add_row(speed.name, form.format(speed.value), plain, speed.unit, speed.note + promised)
    return table
