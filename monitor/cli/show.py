"""Tables and numbers for people."""

from __future__ import annotations

import getpass
import json
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from rich import box
from rich.cells import cell_len
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from monitor.audit import SYSTEM
from monitor.config import Settings
from monitor.errors import WorkspaceError
from monitor.plain import plain
from monitor.store import Store
from monitor.store.database import FILE
from monitor.wording import SCHEME_NAMES

out = Console(highlight=False, soft_wrap=False)
err = Console(stderr=True, highlight=False)


def clock(seconds: float) -> str:
    """`1:02:03` or `2:03`."""
    whole = int(seconds)
    hours, minutes = divmod(whole // 60, 60)
    return f"{hours}:{minutes:02d}:{whole % 60:02d}" if hours else f"{minutes}:{whole % 60:02d}"


def fitted(text: str, cells: int) -> str:
    """`plain`, cut and filled to so many columns of a terminal; a Chinese character takes two."""
    shown = plain(text)
    if cell_len(shown) > cells:
        kept = ""
        for character in shown:
            if cell_len(f"{kept}{character}…") > cells:
                break
            kept += character
        shown = f"{kept}…"
    return shown + " " * (cells - cell_len(shown))


def open_workspace(settings: Settings) -> Store:
    """The workspace's store. Raises WorkspaceError when there is none."""
    if not settings.database_url and not (settings.workspace / FILE).exists():
        raise WorkspaceError(
            "no workspace there", where=settings.workspace, todo="run `monitor scan` first or give --workspace"
        )
    return Store.of(settings)


def operator(by: str | None = None) -> str:
    """Who does it: `by` where it is given, else the account's name; `system` where that has none."""
    if by is not None:
        return by
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # OSError from Python 3.13 on
        return SYSTEM


def check_writable(target: str, workspace: Path) -> None:
    """Raises WorkspaceError when `write_lines` could not write there; leaves no file behind.

    A file directly in the workspace may be asked for before there is a workspace: its folder is then made.
    """
    path = Path(target)
    if target == "-":
        return
    there = path.exists()
    try:
        if path.parent == workspace:
            workspace.mkdir(parents=True, exist_ok=True)
        path.open("a", encoding="utf-8").close()
        if not there:
            path.unlink()
    except OSError as error:
        raise _unwritable(path, error) from error


def write_lines(target: str, lines: Iterable[Mapping[str, Any]]) -> None:
    """JSON Lines into a file, or to standard output for `-`. Raises WorkspaceError when the file cannot be written."""
    text = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
    if target == "-":
        sys.stdout.write(text)
        return
    path = Path(target)
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise _unwritable(path, error) from error


def _unwritable(path: Path, error: OSError) -> WorkspaceError:
    return WorkspaceError(
        f"cannot be written ({error.strerror})", where=plain(str(path)), todo="choose another file for --jsonl"
    )


_CHANNEL_SIGNS = {"speech": "口", "screen": "画", "chat": "弹", "message": "信"}
_MOST_WORDS = 8


def telling_words(hits: Iterable[Mapping[str, Any]]) -> list[str]:
    """The raw words of a flag's hits in order, each once, none that stands inside another; the first few."""
    words = list(dict.fromkeys(str(hit["raw"]) for hit in hits))
    whole = [word for word in words if not any(word != other and word in other for other in words)]
    return [*whole[:_MOST_WORDS], "…"] if len(whole) > _MOST_WORDS else whole


def flags_table(lines: Iterable[Mapping[str, Any]]) -> Table:
    """One row a flag under its room: when, what is suspected, and the words that point to it."""
    table = Table(
        title="线索 (疑似, 待人工确认)", title_justify="left", box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), expand=True
    )
    for name in ("time", "scheme", "severity", "score", "where"):
        table.add_column(name, no_wrap=True)
    table.add_column("words", overflow="fold", ratio=1)
    room = None
    for line in lines:
        if line["room"] != room:
            room = line["room"]
            table.add_section()
            table.add_row("", "", "", "", "", f"[bold]{escape(plain(str(room)))}[/]")
        scheme = str(line["scheme"])
        table.add_row(
            f"{clock(line['start_s'])}–{clock(line['end_s'])}",
            SCHEME_NAMES.get(scheme, scheme) + (" ?" if line["candidate"] else ""),
            str(line["severity"]) + ("" if line["severity_basis"] == "notice" else "*"),
            f"{line['score']:.2f}",
            "".join(_CHANNEL_SIGNS[channel] for channel in line["channels"]),
            escape(plain(" · ".join(telling_words(line["hits"])))),
        )
    table.caption = "口 speech 画 screen 弹 chat 信 message · * the desk's own estimate: no ladder was published"
    table.caption_justify = "left"
    return table
