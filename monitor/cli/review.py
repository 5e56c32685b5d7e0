"""`verdict`, `appeal`, `hold` and `retention`: what people do with flags, and what goes when its time is over."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from rich import box
from rich.markup import escape
from rich.progress import track
from rich.table import Table

from monitor.cli.audit import seal_log
from monitor.cli.show import err, open_workspace, operator, out
from monitor.config import Settings
from monitor.errors import UsageError
from monitor.plain import plain
from monitor.review.deleting import apply, check_still_due, finish, plan_now
from monitor.review.retention import Item, Periods, Plan
from monitor.rules import Severity
from monitor.signing import load_signer
from monitor.store.holds import on_hold
from monitor.store.rounds import state_of
from monitor.store.verdicts import REASON_NAMES, Decision, Hold, Reason, ReviewState, Verdict

DECISIONS = {
    "confirm": Decision.CONFIRMED,
    "dismiss": Decision.DISMISSED,
    "undecided": Decision.UNDECIDED,
}
"""How a reviewer says it."""
_UNITS = ("B", "kB", "MB", "GB", "TB")


def decide(
    settings: Settings,
    flag_id: str,
    decision: str,
    *,
    reasons: list[str],
    severity: str | None,
    note: str,
    by: str | None,
    seen: int | None,
) -> None:
    """Append a verdict. `seen`: how many decisions were known; those there are when None.

    Raises UsageError for a word that is no decision, reason or severity, StaleVerdictError when others were faster.
    """
    if decision not in DECISIONS:
        raise UsageError(f"no decision: {decision}", where=f"flag {flag_id}", todo=f"one of {', '.join(DECISIONS)}")
    _append(
        settings,
        flag_id,
        DECISIONS[decision],
        by=by,
        seen=seen,
        note=note,
        reasons=tuple(dict.fromkeys(map(_reason, reasons))),
        severity=None if severity is None else _severity(severity),
    )


def appeal(settings: Settings, flag_id: str, *, upheld: bool, rejected: bool, note: str, by: str | None) -> None:
    """Note an appeal against a confirmed flag, or the answer to it."""
    if upheld and rejected:
        raise UsageError("an appeal has one answer", where=f"flag {flag_id}", todo="give --upheld or --rejected")
    answer = Decision.APPEAL_UPHELD if upheld else Decision.APPEAL_REJECTED if rejected else Decision.APPEALED
    _append(settings, flag_id, answer, by=by, seen=None, note=note)


def _append(
    settings: Settings,
    flag_id: str,
    decision: Decision,
    *,
    by: str | None,
    seen: int | None,
    note: str,
    reasons: tuple[Reason, ...] = (),
    severity: Severity | None = None,
) -> None:
    store, signer = open_workspace(settings), load_signer(settings.keys)
    reviews = store.reviews
    there = reviews.states([flag_id])[flag_id].events
    verdict = Verdict(
        flag_id=flag_id,
        decision=decision,
        reviewer=operator(by),
        at=datetime.now(UTC),
        seen=there if seen is None else seen,
        judged_on=reviews.judged_on(flag_id),
        reasons=reasons,
        severity=severity,
        note=note,
    )
    state = reviews.decide(verdict)
    seal_log(store.audit, signer, settings)
    _say(_stands(flag_id, state, reviews.holds(flag_id)))


def history(settings: Settings, flag_id: str) -> None:
    """Print every event of a flag, and where it stands."""
    store = open_workspace(settings)
    reviews = store.reviews
    events, holds = reviews.verdicts(flag_id), reviews.holds(flag_id)
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0))
    for name in ("", "when", "who", "decision"):
        table.add_column(name, no_wrap=True)
    table.add_column("why", overflow="fold")
    for number, event in enumerate(events, start=1):
        told = [*(REASON_NAMES[reason] for reason in event.reasons), event.severity or "", event.note]
        table.add_row(
            str(number),
            _time(event.at),
            escape(plain(event.reviewer)),
            event.decision,
            escape(plain(" · ".join(filter(None, told)))),
        )
    if events:
        out.print(table)
    _say(_stands(flag_id, state_of(events), holds))
    for deletion in store.retention.deletions(flag_id=flag_id):
        _say(f"evidence deleted {_time(deletion.at)}: {deletion.why}")


def hold(settings: Settings, flag_id: str, *, why: str, release: bool, by: str | None) -> None:
    """Put a flag on hold, or lift its holds. Raises UsageError without a reason."""
    store, signer = open_workspace(settings), load_signer(settings.keys)
    act = store.reviews.release if release else store.reviews.hold
    act(flag_id, why=why, by=operator(by), at=datetime.now(UTC))
    seal_log(store.audit, signer, settings)
    _say(f"flag {flag_id}: {'released; its period counts from today' if release else 'on hold'}")


def list_holds(settings: Settings) -> None:
    """Print what is on hold, oldest first."""
    found = open_workspace(settings).reviews.holds()
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0))
    for name in ("flag", "since", "by"):
        table.add_column(name, no_wrap=True)
    table.add_column("why", overflow="fold")
    for one in found:
        table.add_row(escape(plain(one.flag_id)), _time(one.at), escape(plain(one.by)), escape(plain(one.why)))
    if found:
        out.print(table)
    _say(f"{len({one.flag_id for one in found})} flags on hold")


def apply_retention(settings: Settings, plan_id: str | None, *, by: str | None, quiet: bool = False) -> None:
    """Print what is due and delete nothing; with a plan's id do exactly that plan.

    Raises StalePlanError when the plan is not what would be done now.
    """
    store = open_workspace(settings)
    retention = store.retention
    periods = Periods(settings.retain_raw_days, settings.retain_clip_days, settings.retain_confirmed_days)
    if plan_id is None:
        _show_plan(
            plan_now(retention, periods, now=datetime.now(UTC)), unfinished=len(retention.unfinished_deletions())
        )
        return
    signer = load_signer(settings.keys)  # who cannot sign deletes nothing
    ended, left = finish(retention)
    if ended:
        err.print(f"{ended} deletions that were cut off are ended")
    for folder in left:
        _complain(f"{plain(str(folder))}: not the evidence that was deleted, left alone; see `monitor doctor --repair`")
    found = plan_now(retention, periods, now=datetime.now(UTC))
    check_still_due(plan_id, found)
    done = track(
        apply(found, retention, by=operator(by)),
        "deleting",
        total=len(found.items),
        console=err,
        transient=True,
        disable=quiet or not err.is_terminal,
    )
    try:
        n_done = sum(1 for _ in done)
    finally:  # what was deleted before one that cannot be is in the log all the same
        seal_log(store.audit, signer, settings)
    _say(f"{n_done} deleted, {_size(found.size_bytes)}; each is in the audit log, the flags' lines stay")


def _show_plan(found: Plan, *, unfinished: int) -> None:
    if found.items:
        table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), expand=True)
        for name in ("class", "room", "what"):
            table.add_column(name, overflow="fold")
        table.add_column("size", justify="right", no_wrap=True)
        table.add_column("why", overflow="fold", ratio=1)
        for item in found.items:
            table.add_row(*_row(item))
        out.print(table)
    if unfinished:
        _say(f"{unfinished} earlier deletions were cut off; the next plan that is applied ends them")
    _say(f"{len(found.items)} due, {_size(found.size_bytes)}; nothing was deleted")
    if found.items:
        _say(f"to do it: monitor retention apply --plan {found.plan_id}")


def _row(item: Item) -> tuple[str, str, str, str, str]:
    room, name = escape(plain(item.kept.room)), escape(plain(item.name))
    return item.kind, room, name, _size(item.size_bytes), escape(item.why)


def _stands(flag_id: str, state: ReviewState, holds: Sequence[Hold]) -> str:
    """One line; an open flag is 线索 and no accusation."""
    told = [state.decision or "not decided: 线索"]
    told += [state.severity] if state.severity else []
    told += ["an appeal is open"] if state.appealed else []
    told += ["on hold"] if on_hold(state, holds) else []
    return f"flag {flag_id}: {', '.join(told)} ({state.events} decisions)"


def _reason(word: str) -> Reason:
    for reason, name in REASON_NAMES.items():
        if word in (reason.value, name):
            return reason
    names = ", ".join(f"{reason} ({name})" for reason, name in REASON_NAMES.items())
    raise UsageError(f"no reason: {word}", where="--reason", todo=f"one of {names}")


def _severity(word: str) -> Severity:
    try:
        return Severity(word)
    except ValueError:
        raise UsageError(f"no severity: {word}", where="--severity", todo=f"one of {', '.join(Severity)}") from None


def _time(at: datetime) -> str:
    return at.astimezone().isoformat(sep=" ", timespec="minutes")


def _size(size_bytes: int) -> str:
    """Decimal units, as disks are sold."""
    size, unit = float(size_bytes), 0
    while size >= 1000 and unit < len(_UNITS) - 1:
        size, unit = size / 1000, unit + 1
    return f"{size:.0f} {_UNITS[unit]}" if unit == 0 else f"{size:.1f} {_UNITS[unit]}"


def _say(line: str) -> None:
    out.print(plain(line), markup=False, soft_wrap=True)


def _complain(line: str) -> None:
    err.print(line, markup=False, soft_wrap=True)
