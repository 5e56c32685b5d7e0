"""`match`: a table of texts judged without media."""

from __future__ import annotations

import csv
import json
import multiprocessing
import os
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any, TextIO

from monitor.config import Settings
from monitor.errors import InputError, UsageError
from monitor.judging import CHANNELS, Judgement, Judging, judge_text, judging
from monitor.lexicon import load_lexicon
from monitor.records import Channel, Hit

Row = tuple[str, Channel, str]
"""Id, channel and text."""

_ROWS_A_TIME = 64
_WORTH_PROCESSES = 60_000
"""Characters of a table from which several processes pay: each takes some seconds to load the lexicons."""


def match_table(file: Path, settings: Settings, jsonl: Path | None) -> None:
    """One JSON line for each row of the table, in its order. Raises UsageError when a column is missing."""
    rows = list(_rows(file))
    lines = _judged(rows, settings)
    sink: TextIO = jsonl.open("w", encoding="utf-8") if jsonl else sys.stdout
    try:
        sink.writelines(lines)
    finally:
        if jsonl:
            sink.close()


def _judged(rows: Sequence[Row], settings: Settings) -> Iterator[str]:
    """The lines, from as many processes as the table is worth."""
    jobs = settings.jobs or os.cpu_count() or 1
    if jobs < 2 or sum(len(text) for _, _, text in rows) < _WORTH_PROCESSES:
        judge = judging(settings.lexicons)
        yield from (_line_of(judge, row) for row in rows)
        return
    load_lexicon(settings.lexicons)  # what is wrong with it is told here, not by a broken pool
    some = [rows[first : first + _ROWS_A_TIME] for first in range(0, len(rows), _ROWS_A_TIME)]
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(jobs, mp_context=spawn, initializer=_set_up, initargs=(settings.lexicons,)) as pool:
        for lines in pool.map(_judge_some, some):
            yield from lines


_judging: list[Judging] = []
"""A worker process's own, made once by `_set_up`."""


def _set_up(lexicons: Path) -> None:
    _judging.append(judging(lexicons))


def _judge_some(rows: Sequence[Row]) -> list[str]:
    return [_line_of(_judging[0], row) for row in rows]


def _line_of(judge: Judging, row: Row) -> str:
    name, channel, text = row
    return json.dumps(_line(name, judge_text(judge, text, channel)), ensure_ascii=False) + "\n"


def _rows(file: Path) -> Iterator[Row]:
    try:
        with file.open(encoding="utf-8-sig", newline="") as source:
            reader = csv.DictReader(source, delimiter="\t", quoting=csv.QUOTE_NONE)
            missing = {"id", "channel", "text"} - set(reader.fieldnames or ())
            if missing:
                raise UsageError(
                    f"no column {', '.join(sorted(missing))}", where=file, todo="name id, channel and text in line 1"
                )
            for number, row in enumerate(reader, start=2):
                channel = CHANNELS.get((row["channel"] or "").strip())
                if channel is None:
                    raise UsageError(
                        f"channel `{row['channel']}` is unknown",
                        where=f"{file}:{number}",
                        todo=f"one of {', '.join(CHANNELS)}",
                    )
                yield row["id"], channel, row["text"] or ""
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"cannot be read ({error})", where=file) from error


def _line(name: str, judgement: Judgement) -> dict[str, Any]:
    return {
        "id": name,
        "schemes": judgement.schemes,
        "candidates": judgement.candidates,
        "hits": [
            {"scheme": v.scheme, "patterns": list(v.patterns), "score": v.score, "hits": [_hit(h) for h in v.hits]}
            for v in judgement.violations
        ],
        "suppressed": [{**_hit(s.hit), "reason": s.reason} for s in judgement.suppressed],
    }


def _hit(hit: Hit) -> dict[str, Any]:
    return {
        "term": hit.term,
        "slot": hit.slot,
        "raw": hit.raw,
        "chars": list(hit.chars),
        "method": hit.method.value,
        "score": hit.score,
        "how": hit.how,
    }
