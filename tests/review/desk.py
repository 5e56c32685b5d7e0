"""A small workspace whose flags and streams are old enough to go."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import select
from store.broadcasts import SHOWN, SPOKEN, begin, end, flag

from monitor.audit import Act, Entry
from monitor.records import Evidence
from monitor.review.retention import Periods
from monitor.store import Store, Unit
from monitor.store.audit_tables import AuditEntryRow
from monitor.store.reviewing import Reviews
from monitor.store.verdicts import Decision, Reason, Verdict

PERIODS = Periods(raw=90, clip=365, confirmed=1095)


def fill(store: Store, flag_ids: Sequence[str], key: str = "甲") -> int:
    """One stream, scanned now, with evidence of several files for each flag."""
    stream_id = begin(store, key)
    flags = [flag(name, 1000 * n, evidence=bundle(store.workspace, name)) for n, name in enumerate(flag_ids)]
    store.add(stream_id, Unit(cues=[SPOKEN, replace(SHOWN, cue_id=f"v-{key}")], flags=flags))
    end(store, stream_id)
    return stream_id


def bundle(workspace: Path, flag_id: str) -> Evidence:
    """A folder of evidence with two levels, as scans make them."""
    folder = workspace / "evidence" / flag_id
    (folder / "stills").mkdir(parents=True)
    for name, text in (
        ("clip.mp4", "x" * 1000),
        ("stills/1.jpg", "y"),
        ("manifest.json", f'{{"flag_id": "{flag_id}"}}'),
    ):
        (folder / name).write_text(text, "utf-8")
    return Evidence(folder, "clip.mp4", ("stills/1.jpg",), None, "manifest.json", "")


def decide(reviews: Reviews, flag_id: str, *decisions: Decision, at: datetime | None = None) -> None:
    for decision in decisions:
        reviews.decide(
            Verdict(
                flag_id,
                decision,
                "王",
                at or datetime.now(UTC),
                reviews.states([flag_id])[flag_id].events,
                reasons=(Reason.HARMLESS,) if decision is Decision.DISMISSED else (),
            )
        )


def after_days(days: float) -> datetime:
    return datetime.now(UTC) + timedelta(days=days)


def deletions_logged(store: Store) -> list[Entry]:
    with store._database.reading() as session:
        asked = select(AuditEntryRow.leaf).where(AuditEntryRow.act == Act.DELETION.value).order_by(AuditEntryRow.seq)
        return [Entry.from_leaf(leaf) for leaf in session.scalars(asked)]


def disagreements(workspace: Path) -> Iterator[str]:
    """Rows without their folder, folders without their row, lines and log that tell otherwise."""
    store = Store.open(workspace)
    named = set(store.evidence_folders())
    there = {f"evidence/{path.name}" for path in (workspace / "evidence").iterdir()}
    yield from (f"a row without its folder: {folder}" for folder in named - there)
    yield from (f"a folder without its row: {folder}" for folder in there - named)
    for folder in named & there:
        names = {path.relative_to(workspace / folder).as_posix() for path in (workspace / folder).rglob("*")}
        if names != {"clip.mp4", "stills", "stills/1.jpg", "manifest.json"}:
            yield f"no longer whole: {folder} holds {sorted(names)}"
    gone = {one.folder for one in store.retention.deletions() if one.folder}
    for line in store.flags():
        folder = f"evidence/{Path(line['evidence']['folder']).name}"
        if ("deleted" in line["evidence"]) != (folder in gone) or (folder in gone) == (folder in named):
            yield f"the line of {line['flag_id']} tells otherwise"
    if len(deletions_logged(store)) != len(store.retention.deletions()):
        yield "the audit log tells otherwise"
