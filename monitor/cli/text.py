"""`match` and `explain`: texts judged without media."""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TextIO

from monitor.cli.show import SCHEME_NAMES, out
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


def explain_text(text: str, channel: str, settings: Settings) -> None:
    """Print what fired, every hit that was found, and what was set aside."""
    where = CHANNELS.get(channel)
    if where is None:
        raise UsageError(f"channel `{channel}` is unknown", todo=f"one of {', '.join(CHANNELS)}")
    judgement = judge_text(judging(settings.lexicons), text, where)
    for violation in judgement.violations:
        kind = "candidate" if violation.candidate else "flag"
        name = f"{violation.scheme} {SCHEME_NAMES[violation.scheme]}"
        out.print(f"[bold]{kind}[/] {name}  score {violation.score:.2f}  {', '.join(violation.patterns)}")
        for fact in violation.facts:
            out.print(f"  {fact}", markup=False)
    if not judgement.violations:
        out.print("no scheme: nothing here would be flagged")
    used = {(h.slot, h.chars) for v in judgement.violations for h in v.hits}
    for hit in judgement.reading.hits:
        _line_of(hit, "counts" if (hit.slot, hit.chars) in used else "found")
    for claim in judgement.reading.prices:
        role = "comparison price" if claim.base else "selling price"
        out.print(f"  price     {claim.hit.raw}  {role} {claim.yuan:g} yuan", markup=False, soft_wrap=True)
    for suppression in judgement.suppressed:
        _line_of(suppression.hit, "set aside", f"  ({suppression.reason})")


def _line_of(hit: Hit, mark: str, why: str = "") -> None:
    how = f"  {hit.how}" if hit.how else ""
    said = f"  {mark:<9} {hit.raw}  {hit.slot}  {hit.method.value} {hit.score:.2f}{how}{why}"
    out.print(said, markup=False, soft_wrap=True, style="dim" if why else "")
