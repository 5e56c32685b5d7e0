"""Twenty reviewers at once, each with a page of their own over a real log-in; and what went wrong, if any."""

from __future__ import annotations

import asyncio
import random
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from desk_client import ClientError, DeskClient, problems
from server import CROWD, Served
from speed_figures import Figure
from sqlalchemy import func, select
from websockets.exceptions import WebSocketException

from monitor.audit import Act
from monitor.audit.check import check
from monitor.store import Store
from monitor.store.audit_tables import AuditEntryRow
from monitor.store.queueing import differences
from monitor.store.review_tables import VerdictRow
from monitor.store.verdicts import Reason

CROWD_MS = 2000.0
EVERY_S = 10.0
_CONFIRMED = 0.6
_REASONS = tuple(reason.value for reason in Reason if reason is not Reason.OTHER)


@dataclass(slots=True)
class Shift:
    """What one reviewer saw."""

    login: str
    ms: list[float] = field(default_factory=list)
    decided: list[str] = field(default_factory=list)
    """Ids of flags, in order, each after the next one had come."""
    ended: str = ""
    """Why before the time; empty when it was over, or nothing was left to decide."""


def measure_crowd(
    served: Served, *, for_s: float, every_s: float = EVERY_S, logins: Sequence[str] = CROWD
) -> tuple[list[Figure], list[str]]:
    """Everybody decides one flag each `every_s`, spread evenly, for `for_s` seconds or until nothing is left; and what
    was found wrong after."""
    store = Store.open(served.workspace)
    before = _last_verdict(store)
    shifts = asyncio.run(_work(served, logins, for_s, every_s))
    ms = tuple(each for shift in shifts for each in shift.ms)
    note = "; ".join(sorted({shift.ended for shift in shifts if shift.ended}))
    figures = [Figure(f"{len(logins)} reviewers: verdict to next", ms, CROWD_MS, note)]
    return figures, list(wrong_after(store, before, shifts))


async def _work(served: Served, logins: Sequence[str], for_s: float, every_s: float) -> list[Shift]:
    # Logged in beforehand: what is measured is the work, not the door.
    tokens = {login: served.token(login) for login in logins}
    there = asyncio.Barrier(len(logins))
    return list(
        await asyncio.gather(
            *(
                _shift(served.address, login, tokens[login], there, every_s * turn / len(logins), for_s, every_s)
                for turn, login in enumerate(logins)
            )
        )
    )


async def _shift(
    address: str, login: str, token: str, there: asyncio.Barrier, after_s: float, for_s: float, every_s: float
) -> Shift:
    shift, chance = Shift(login), random.Random(login)
    try:
        async with DeskClient(address, token) as client:
            await client.open()
            await there.wait()  # their pages are open when the work begins
            begin = time.monotonic() + after_s
            await asyncio.sleep(after_s)
            await client.press("look-again")
            due = begin + every_s
            while due <= begin + for_s and client.may_decide:
                await _look(client)
                await asyncio.sleep(max(0.0, due - time.monotonic()))
                flag = client.flag_id
                shift.ms.append(await _decide(client, chance))
                shift.decided.append(flag)
                due = max(due + every_s, time.monotonic())
    except (ClientError, OSError, WebSocketException) as error:
        shift.ended = f"{login}: {error}"
        await there.abort()
    return shift


async def _look(client: DeskClient) -> None:
    """What a player does when its flag comes: it loads the clip, and says that somebody is there."""
    for what, status in (("clip", await client.fetch_clip()), ("sign of life", await client.beat())):
        if status >= 400:
            raise ClientError(f"the {what} was refused: {status}")


async def _decide(client: DeskClient, chance: random.Random) -> float:
    """How long it took. Raises ClientError when it was refused."""
    if chance.random() < _CONFIRMED:
        ms = await client.decide("confirmed")
    else:
        ms = await client.decide("dismissed", reasons=(chance.choice(_REASONS),))
    for problem in problems(client):
        raise ClientError(problem)
    return ms


def _last_verdict(store: Store) -> int:
    with store._database.reading() as session:
        return session.scalar(select(func.max(VerdictRow.id))) or 0


def wrong_after(store: Store, before: int, shifts: Sequence[Shift]) -> Iterator[str]:
    """What must not be after a shift: a flag decided twice in one round, a decision lost or never made, a log that
    tells otherwise, a queue that is not what the verdicts say."""
    with store._database.reading() as session:
        asked = select(VerdictRow).where(VerdictRow.id > before).order_by(VerdictRow.id)
        rows = list(session.scalars(asked))
        ids = {row.flag_id for row in rows}
        events = (
            list(session.scalars(select(VerdictRow).where(VerdictRow.flag_id.in_(ids)))) if len(ids) < 900 else rows
        )
        logged = session.scalars(
            select(AuditEntryRow.subject).where(AuditEntryRow.act == Act.VERDICT.value, AuditEntryRow.subject.in_(ids))
        ).all() if len(ids) < 900 else None  # fmt: skip
        queue = differences(session)
    made = [row for row in rows if row.decision != "withdrawn"]
    for (flag_id, turn), times in Counter((row.flag_id, row.round) for row in made).items():
        if times > 1:
            yield f"flag {flag_id} was decided {times} times in the {turn} round"
    for flag_id in ids:
        people = [row.reviewer for row in events if row.flag_id == flag_id and row.decision != "withdrawn"]
        if len(set(people)) < len(people):
            yield f"flag {flag_id} was decided by one person in two rounds"
    told = Counter((shift.login, flag_id) for shift in shifts for flag_id in shift.decided)
    kept = Counter((row.reviewer, row.flag_id) for row in made)
    yield from (f"{who} decided about {flag_id}, and it is lost" for who, flag_id in told - kept)
    # The last decision of each may have been kept while its next flag was still on the way.
    unseen = kept - told
    if unseen.total() > len(shifts):
        yield f"{unseen.total()} decisions were kept that nobody saw through"
    if logged is not None and Counter(logged) != Counter(row.flag_id for row in events if row.decision in _LOGGED):
        yield "the log tells of other decisions than were kept"
    yield from (f"the queue is wrong about {flag_id}" for flag_id in queue[:5])
    tree, heads = store.audit.state()
    yield from (str(problem) for problem in check(store.audit.entries(0, tree.size), tree, heads).problems[:5])


_LOGGED = ("confirmed", "dismissed", "undecided", "escalated")
