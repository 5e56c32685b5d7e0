"""`match`: a table of texts judged without media."""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TextIO

from monitor.config import Settings
from monitor.errors import InputError, UsageError
from monitor.judging import CHANNELS, Judgement, judge_text, judging
from monitor.records import Channel, Hit


def match_table(file: Path, settings: Settings, jsonl: Path | None) -> None:
    """One JSON line for each row of the table. Raises UsageError when a column is missing."""
    rows = list(_rows(file))
    judge = judging(settings.lexicons)
    sink: TextIO = jsonl.open("w", encoding="utf-8") if jsonl else sys.stdout
    try:
        sink.writelines(
            json.dumps(_line(name, judge_text(judge, text, channel)), ensure_ascii=False) + "\n"
            for name, channel, text in rows
        )
    finally:
        if jsonl:
            sink.close()


def _rows(file: Path) -> Iterator[tuple[str, Channel, str]]:
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
