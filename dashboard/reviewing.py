"""What a reviewer is at: the flag before them, their claim on it, and the steps from one flag to the next.

Kept in the page's session, so that a step reruns no more than the part of the page that shows the flag. Nothing here is
believed by the desk: each step asks it anew.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import streamlit as st

from dashboard import data
from dashboard.player import Decided

_WORK = "_work"
MOST_SKIPPED = 500
"""Flags passed over in one session that are remembered; older ones come up again."""
_UNWRITTEN = "数据暂时写不进去，这个决定没有记下。请稍后重新提交；一直如此请告诉管理员。"


@dataclass(slots=True)
class Work:
    """Where one reviewer is."""

    flag_id: str = ""
    """The flag on the page; empty when there is none."""
    address: str = ""
    """The flag that the address named last, or was made to name."""
    none_left: bool = False
    """The queue had nothing more for this person when they asked last."""
    claim: data.Claim | None = None
    filter: data.Filter = field(default_factory=data.Filter)
    """From which part of the queue the next one comes."""
    skipped: dict[str, None] = field(default_factory=dict)
    problem: str = ""
    """Why the last step was refused."""
    seek_ms: int | None = None
    """Where a link led; until the next flag."""
    batch: str = ""
    """The last several that were dismissed in one go, while they can be taken back."""


def work() -> Work:
    """This session's."""
    found: Work = st.session_state.setdefault(_WORK, Work())
    return found


def arrive(flag_id: str, at_s: str) -> Work:
    """What the address asks for. Whoever leaves a claimed flag lets others have it."""
    now = work()
    if flag_id and flag_id != now.address:
        now.address = flag_id
        now.seek_ms = int(at_s) * 1000 if at_s.isascii() and at_s.isdecimal() and len(at_s) < 9 else None
        if flag_id != now.flag_id:
            _let_go(now)
            now.flag_id, now.problem = flag_id, ""
    return now


def name_in_address() -> None:
    """The address names the flag that is on the page, so that a link to it can be given on."""
    now = work()
    if now.flag_id != now.address:
        now.address = now.flag_id
        if now.flag_id:
            st.query_params.from_dict({"flag": now.flag_id})
        else:
            st.query_params.clear()


def take_next() -> None:
    """Claims the next flag of the filter; none is left when there is no flag afterwards."""
    person, now = data.person(), work()
    try:
        # What this person was at before is free by this alone.
        claim = data.desk().queue.claim_next(person, now.filter, skipped=tuple(now.skipped), at=data.now())
    except data.MonitorError as error:
        now.problem = told(error)
        return
    _show(now, claim)


def take(flag_id: str) -> None:
    """Claims this flag, if nobody else has it."""
    _take(data.desk().queue.claim, flag_id)


def take_over(flag_id: str) -> None:
    """Claims this flag from whoever has it."""
    _take(data.desk().queue.take_over, flag_id)


def _take(claim: Callable[..., data.Claim], flag_id: str) -> None:
    person, now = data.person(), work()
    try:
        _show(now, claim(person, flag_id, at=data.now()))
    except data.MonitorError as error:
        now.problem = told(error)


def decided(what: Decided) -> None:
    """Keeps the decision and claims the next flag; refused, the same flag stays with the reason."""
    person, now = data.person(), work()
    if now.claim is None or now.claim.flag_id != what.flag_id:
        now.problem = "这条线索已不归你复核，决定没有记下。"
        return
    try:
        data.desk().decisions.decide(
            person,
            what.flag_id,
            data.Decision(what.decision),
            seen=now.claim.seen,
            reasons=tuple(map(data.Reason, what.reasons)),
            note=what.note,
            severity=data.Severity(what.severity) if what.severity and what.decision == "confirmed" else None,
            at=data.now(),
        )
    except ValueError:
        now.problem = "页面送来的决定不完整，没有记下。请刷新页面再试。"
        return
    except data.MonitorError as error:
        now.problem = told(error)
        _keep_claim(now)
        return
    now.claim = None
    now.batch = ""
    take_next()


def undo() -> None:
    """Takes one's last decision back and shows that flag again, claimed."""
    person, now = data.person(), work()
    try:
        flag_id = data.desk().decisions.undo(person, at=data.now())
    except data.MonitorError as error:
        now.problem = told(error)
        return
    if flag_id is None:
        now.problem = "没有可以撤销的决定。"
        return
    take(flag_id)


def dismiss_alike(flag_id: str, expected: int, reasons: tuple[data.Reason, ...], note: str) -> str:
    """Dismisses all flags of one cause and takes the next; why it was refused, empty when it was done."""
    now = work()
    try:
        now.batch = data.desk().decisions.dismiss_alike(
            data.person(), flag_id, expected=expected, reasons=reasons, note=note, at=data.now()
        )
    except data.MonitorError as error:
        return told(error)
    take_next()
    return ""


def undo_batch() -> None:
    """Takes back what was dismissed in one go; the first of these flags is before the reviewer again."""
    person, now = data.person(), work()
    try:
        back = data.desk().decisions.undo_batch(person, now.batch, at=data.now())
    except data.MonitorError as error:
        now.problem = told(error)
        return
    now.batch = ""
    take(back.flag_ids[0])
    if back.left:
        now.problem = f"其中 {len(back.left)} 条已有别人接着处理，没有撤销。"


def skip(flag_id: str) -> None:
    """Passes over this flag, and takes the next one."""
    now = work()
    if flag_id:
        now.skipped[flag_id] = None
        while len(now.skipped) > MOST_SKIPPED:
            now.skipped.pop(next(iter(now.skipped)))
    take_next()


def look_again() -> None:
    """Takes the next flag, those that were passed over among them."""
    work().skipped.clear()
    take_next()


def put_back() -> None:
    """Lets others have the flag; it stays on the page."""
    _let_go(work())


def preferred(changes: Mapping[str, bool]) -> None:
    data.desk().accounts.prefer(data.person(), changes)


def told(error: data.MonitorError) -> str:
    """What went wrong, in the reviewer's language."""
    if isinstance(error, data.RefusedError):
        return error.what
    if isinstance(error, data.WorkspaceError):
        return _UNWRITTEN
    shown = getattr(error, "shown", "") or error.what
    return str(shown)


def _show(now: Work, claim: data.Claim | None) -> None:
    if claim is None or claim.flag_id != now.flag_id:
        now.seek_ms = None
    now.claim, now.problem, now.none_left = claim, "", claim is None
    now.flag_id = claim.flag_id if claim else ""


def _let_go(now: Work) -> None:
    claim, now.claim = now.claim, None
    if claim is not None:
        _quietly(lambda: data.desk().queue.release(data.person(), claim.flag_id, at=data.now()))


def _keep_claim(now: Work) -> None:
    """After a refusal: whether the flag is still this person's to decide about, and what they know of it."""
    if now.claim is not None:
        claim, now.claim = now.claim, None
        try:
            now.claim = data.desk().queue.claim(data.person(), claim.flag_id, at=data.now())
        except data.MonitorError:
            now.problem += " 它已不归你复核。"


def _quietly(act: Callable[[], object]) -> None:
    """What is not held any more need not be let go."""
    try:
        act()
    except data.MonitorError:
        return
