"""Makes a workspace to look at: a quarter of streams with flags, what was said round them, and how people decided.

`python tests/dashboard/desk_maker.py --flags 100000 --streams 2000 --cues 300000 --out DIR`

The rows are those that a scan and the reviewers' decisions leave (a test keeps them alike); only the times are those
of the outline. They are written in bulk, a day of the quarter in one transaction. The same size and seed give the same
workspace, save the audit log's own name and the evidence's clock.
"""

from __future__ import annotations

import argparse
import gc
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from heapq import heappop, heappush
from itertools import count, groupby
from pathlib import Path
from typing import Any

from desk_evidence import SampleClips
from desk_outline import UNTIL, Act, FlagPlan, Size, StreamPlan, outline
from desk_words import Broadcast, Telling
from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session

from monitor.audit import Act as LogAct
from monitor.audit import Entry
from monitor.flag_line import flag_line
from monitor.records import Flag
from monitor.signing import Signer
from monitor.store import Store, rows
from monitor.store.acts import flags_kept, run_ended, stream_ended
from monitor.store.auditing import append_in
from monitor.store.claims import this_process
from monitor.store.holds import own_holds
from monitor.store.queueing import refresh
from monitor.store.review_entries import verdict_entry
from monitor.store.review_rows import verdict_row
from monitor.store.review_tables import HoldRow, VerdictRow
from monitor.store.rounds import after, check
from monitor.store.tables import (
    CueRow,
    DiscardRow,
    EvidenceRow,
    FlagRow,
    GapRow,
    HitRow,
    PartRow,
    RunRow,
    StreamRow,
    SuppressionRow,
    Table,
    ViolationRow,
)
from monitor.store.verdicts import Decision, JudgedOn, ReviewState, Round, Verdict

_QUEUED_AT_ONCE = 2000
_LARGE = 10_000
"""Flags of a desk that keeps up: a tenth of them waits, not a third."""
Say = Callable[[str], object]
PROBLEMS = {"failed": "undecodable from here: Invalid data found when processing input", "stopped": "interrupted"}


@dataclass(frozen=True, slots=True)
class Made:
    """What was made."""

    workspace: Path
    streams: int
    flags: int
    candidates: int
    cues: int
    waiting: tuple[str, ...]
    """Ids of the flags that nobody has decided about, the most severe first and of these the oldest."""
    with_clips: tuple[str, ...]


def make(workspace: Path, size: Size | None = None, *, signer: Signer | None = None, say: Say = lambda _: None) -> Made:
    """Fills a workspace that does not exist yet. `signer` signs the evidence; `say` hears how far it is."""
    size = size or Size()
    store = Store.open(workspace)
    telling = Telling(size)
    writer = _Writer(store, telling, SampleClips(workspace / "evidence", signer), size)
    plans = outline(size, len(telling.schemes))
    for day, some in groupby(plans, key=lambda plan: plan.ended_at.date()):
        writer.write_day(list(some))
        say(f"{day}: {writer.made_flags} flags")
    writer.finish()
    writer.queue(say)
    waiting = sorted(writer.waiting)
    return Made(
        workspace, len(plans), writer.made_flags, writer.made_candidates, writer.made_cues,
        tuple(each[-1] for each in waiting), tuple(writer.with_clips),
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Evidence:
    manifest_sha256: str


@dataclass(frozen=True, slots=True)
class _Kept:
    """Of a flag's row, what the audit log tells."""

    flag_id: str
    scheme: str
    candidate: bool
    evidence: _Evidence
    violation: Flag
    """It has the digests of lexicon and policy, which the row has with its violation."""


class _Writer:
    """Writes day after day; what people decide later waits for its day."""

    def __init__(self, store: Store, telling: Telling, clips: SampleClips, size: Size) -> None:
        self._store, self._telling, self._clips, self._size = store, telling, clips, size
        with store._database.reading() as session:
            self._ids = {
                table: count((session.scalar(select(func.max(table.id))) or 0) + 1)
                for table in (RunRow, StreamRow, FlagRow, ViolationRow)
            }
        self._due: list[tuple[datetime, int, _Course]] = []
        self._order = count()
        self.made_flags = self.made_candidates = self.made_cues = 0
        self.waiting: list[tuple[int, datetime, int, str]] = []
        self.with_clips: list[str] = []
        self.ids: list[str] = []

    def write_day(self, plans: Sequence[StreamPlan]) -> None:
        batch: dict[type[Table], list[dict[str, Any]]] = {}
        entries: list[Entry] = []
        begun_at, ended_at = min(plan.started_at for plan in plans), plans[-1].ended_at
        with self._store._database.writing() as session:
            run_id = next(self._ids[RunRow])
            versions = {"monitor": "0.1.0"}
            batch[RunRow] = [{
                "id": run_id, "command": "scan", "settings": {"jobs": 2}, "versions": versions, "started_at": begun_at,
                "ended_at": ended_at, "exit_code": 0,
            }]  # fmt: skip
            facts: dict[str, Any] = {"command": "scan", "versions": versions, "rules": self._telling.rules}
            entries.append(Entry(begun_at, "system", LogAct.SCAN_BEGUN, f"run:{run_id}", facts))
            for plan in plans:
                self._stream(self._telling.tell(plan), run_id, batch, entries)
            entries.append(replace(run_ended(run_id, "system", 0), at=ended_at))
            self._decide(ended_at, batch, entries)
            _write(session, batch)
            # Appended in the order of their times, as acts are that happen one after the other.
            append_in(session, *sorted(entries, key=lambda entry: entry.at))

    def finish(self) -> None:
        """What was decided after the last scan."""
        batch: dict[type[Table], list[dict[str, Any]]] = {}
        entries: list[Entry] = []
        with self._store._database.writing() as session:
            self._decide(datetime.max.replace(tzinfo=UTC), batch, entries)
            _write(session, batch)
            append_in(session, *sorted(entries, key=lambda entry: entry.at))

    def queue(self, say: Say) -> None:
        """Everything is in the queue as the store itself puts it there."""
        for first in range(0, len(self.ids), _QUEUED_AT_ONCE):
            with self._store._database.writing() as session:
                refresh(session, self.ids[first : first + _QUEUED_AT_ONCE])
            say(f"queue: {first} of {len(self.ids)}")

    def _stream(
        self, told: Broadcast, run_id: int, batch: dict[type[Table], list[dict[str, Any]]], entries: list[Entry]
    ) -> None:
        plan = told.plan
        stream_id = next(self._ids[StreamRow])
        done = plan.state == "done"
        end_ms, heard_ms, seen_ms = (plan.end_ms, told.heard_ms, told.seen_ms) if done else (0, 0, 0)
        add = lambda table, *values: batch.setdefault(table, []).extend(values)  # noqa: E731
        add(StreamRow, {
            "id": stream_id, "run_id": run_id, "stream_key": told.key,
            "fingerprint": told.media_key + "+s1", "shown": True, "state": plan.state,
            "problem": PROBLEMS.get(plan.state, ""), "owner": this_process(), "touched_at": plan.ended_at,
            "begun_at": plan.started_at, "ended_at": plan.ended_at, "media_key": told.media_key,
            "end_ms": end_ms, "heard_ms": heard_ms, "seen_ms": seen_ms, "wall_s": plan.end_ms / 9000,
            "reached_ms": plan.end_ms if done else plan.end_ms // 3, "told_discards": len(told.discards),
            "failures": int(plan.state == "failed"), **rows.stream_columns(told.stream),
        })  # fmt: skip
        add(
            PartRow,
            *({"danmaku": None, **_values(part), "stream_id": stream_id} for part in rows.part_rows(told.stream)),
        )
        add(CueRow, *(rows.cue_columns(stream_id, cue) for cue in told.cues))
        add(GapRow, *(rows.gap_columns(stream_id, gap) for gap in told.gaps))
        add(DiscardRow, *(rows.discard_columns(stream_id, discard) for discard in told.discards))
        made = []
        self.ids += [flag.flag_id for flag, _ in told.flags]
        for flag, flag_plan in told.flags:
            if flag_plan.clip:
                evidence = self._clips.keep(flag, flag_line(flag), told.cues)
                flag = replace(flag, evidence=evidence)
                self.with_clips.append(flag.flag_id)
            row = self._flag(stream_id, flag, add)
            made.append(row)
            self._plan_review(flag, flag_plan, row, plan)
        entries += [replace(entry, at=plan.ended_at) for entry in flags_kept(told.key, made)]
        ended = stream_ended(told.key, told.media_key, plan.state, end_ms, heard_ms, seen_ms)
        entries.append(replace(ended, at=plan.ended_at))
        self.made_cues += len(told.cues)

    def _flag(self, stream_id: int, flag: Flag, add: Callable[..., None]) -> _Kept:
        """The columns of `rows.flag_row`, without objects of the database's layer: those take most of the time."""
        violation = flag.violation
        line = flag_line(replace(flag, rules=()))
        line["rules"] = self._telling.rule_lines(flag)
        evidence = None
        flag_id, violation_id = next(self._ids[FlagRow]), next(self._ids[ViolationRow])
        if flag.evidence is not None:
            evidence = _values(rows._evidence_row(flag.evidence, self._store.workspace))
            line["evidence"]["folder"] = evidence["folder"]
            add(EvidenceRow, evidence | {"flag_row": flag_id})
        add(FlagRow, {
            "id": flag_id, "stream_id": stream_id, "flag_id": flag.flag_id, "scheme": violation.scheme,
            "platform": flag.stream.platform, "creator": flag.stream.creator, "candidate": violation.candidate,
            "state": violation.state.value, "severity": violation.severity.value, "score": float(violation.score),
            "start_ms": violation.span.start_ms, "end_ms": violation.span.end_ms, "patterns": list(violation.patterns),
            "line": line,
        })  # fmt: skip
        add(ViolationRow, {
            "id": violation_id, "flag_row": flag_id, "violation_id": violation.violation_id,
            "severity_basis": violation.severity_basis, "lexicon": flag.lexicon, "policy": flag.policy,
            "facts": list(violation.facts),
        })  # fmt: skip
        own = {"violation_row": violation_id}
        add(HitRow, *({**own, "position": n, **rows._hit_columns(hit)} for n, hit in enumerate(violation.hits)))
        add(SuppressionRow, *(
            {**own, "position": n, "reason": one.reason, **rows._hit_columns(one.hit)}
            for n, one in enumerate(violation.suppressed)
        ))  # fmt: skip
        digest = evidence["manifest_sha256"] if evidence else ""
        return _Kept(flag.flag_id, violation.scheme, violation.candidate, _Evidence(digest), flag)

    def _plan_review(self, flag: Flag, flag_plan: FlagPlan, kept: _Kept, plan: StreamPlan) -> None:
        if flag_plan.candidate:
            self.made_candidates += 1
            return
        self.made_flags += 1
        if not flag_plan.acts:
            rank = list(type(flag_plan.severity)).index(flag_plan.severity)
            self.waiting.append((-rank, plan.ended_at, flag_plan.start_ms, flag.flag_id))
            return
        judged_on = JudgedOn(kept.evidence.manifest_sha256, flag.lexicon, flag.policy)
        course = _Course(flag.flag_id, judged_on, list(flag_plan.acts))
        heappush(self._due, (flag_plan.acts[0].at, next(self._order), course))

    def _decide(self, until: datetime, batch: dict[type[Table], list[dict[str, Any]]], entries: list[Entry]) -> None:
        while self._due and self._due[0][0] <= until:
            _, _, course = heappop(self._due)
            verdict = course.next()
            batch.setdefault(VerdictRow, []).append(_values(verdict_row(verdict)))
            entries.append(verdict_entry(verdict))
            if course.acts:
                heappush(self._due, (course.acts[0].at, next(self._order), course))
            else:
                batch.setdefault(HoldRow, []).extend(course.holds)


def verdict_of(act: Act, flag_id: str, seen: int, judged_on: JudgedOn) -> Verdict:
    return Verdict(
        flag_id, Decision(act.decision), act.by, act.at, seen, judged_on, act.reasons, act.severity, act.note,
        Round(act.round or "final"), act.second_review,
    )  # fmt: skip


class _Course:
    """A flag's review as it goes on. What the real rules refuse is an error here."""

    def __init__(self, flag_id: str, judged_on: JudgedOn, acts: list[Act]) -> None:
        self.flag_id, self._judged_on, self.acts = flag_id, judged_on, acts
        self._state = ReviewState()
        self.holds: list[dict[str, Any]] = []

    def next(self) -> Verdict:
        verdict = verdict_of(self.acts.pop(0), self.flag_id, self._state.events, self._judged_on)
        check(self._state, verdict)
        before, self._state = self._state, after(self._state, verdict)
        self._hold(own_holds(before), own_holds(self._state), verdict)
        return verdict

    def _hold(self, had: frozenset[str], wanted: frozenset[str], verdict: Verdict) -> None:
        """As `review_rows.hold_as_decided` does it."""
        by, at, decision = verdict.reviewer, verdict.at, verdict.decision.value
        there = [hold for hold in self.holds if hold["released_at"] is None]
        for hold in there:
            if hold["why"] not in wanted:
                hold.update(released_at=at, released_by=by, released_why=decision)
        for why in sorted((wanted - had | {decision} & wanted) - {hold["why"] for hold in there}):
            self.holds.append({
                "flag_id": self.flag_id, "why": why, "put_by": by, "put_at": at, "automatic": True,
                "released_at": None, "released_by": "", "released_why": "",
            })  # fmt: skip


_ROOT_FIRST = (
    RunRow, StreamRow, PartRow, CueRow, GapRow, DiscardRow, FlagRow, ViolationRow, HitRow, SuppressionRow, EvidenceRow,
    VerdictRow, HoldRow,
)  # fmt: skip


def _write(session: Session, batch: dict[type[Table], list[dict[str, Any]]]) -> None:
    for table in _ROOT_FIRST:
        if values := batch.get(table):
            session.execute(insert(table.__table__), values)


def _values(row: Table) -> dict[str, Any]:
    """What was given to the row, without what it is bound to."""
    return {name: value for name, value in row.__dict__.items() if name not in _BOUND}


_BOUND = {"_sa_instance_state", "violation", "evidence", "hits", "suppressions"}


def main(arguments: Iterable[str] | None = None) -> int:
    from monitor.signing import load_signer

    given = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    given.add_argument("--out", type=Path, required=True, help="the workspace; must not exist")
    given.add_argument("--keys", type=Path, help="folder of the signing key; made beside the workspace if not given")
    for name in ("flags", "streams", "cues", "clips", "seed"):
        given.add_argument(f"--{name}", type=int, default=getattr(Size(), name))
    given.add_argument("--undecided-share", type=float, help="of the flags that wait, about; 1 for all of them")
    given.add_argument("--until", type=datetime.fromisoformat, default=UNTIL, help="time of the newest scan")
    given.add_argument("--hostile", action="store_true", help="texts that try to be markup, formulas and worse")
    asked = vars(given.parse_args(None if arguments is None else list(arguments)))
    out, keys = asked.pop("out"), asked.pop("keys")
    if out.exists() and any(out.iterdir()):
        sys.stderr.write(f"{out}: exists already\n")
        return 2
    if asked["undecided_share"] is None:
        asked["undecided_share"] = 0.1 if asked["flags"] >= _LARGE else Size().undecided_share
    size = Size(**asked)
    begun = time.monotonic()
    gc.disable()  # what is made goes by itself, without cycles; to look for them takes a third of the time
    tell = sys.stderr.write if sys.stderr.isatty() else lambda _: None
    made = make(out, size, signer=load_signer(keys or out.parent / f"{out.name}-keys"), say=lambda s: tell(f"\r{s}"))
    took = timedelta(seconds=round(time.monotonic() - begun))
    sys.stdout.write(
        f"{made.workspace}: {made.streams} streams, {made.cues} cues, {made.flags} flags and {made.candidates}"
        f" candidates, {len(made.waiting)} flags wait, {len(made.with_clips)} have a clip; {took}\n"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
