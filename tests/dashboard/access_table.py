"""Every public method of the desk's services: which rights it asks for, and how it is asked in a test.

A method that a service gets has to be added here, with what it asks for; `test_access.py` fails until it is.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass, fields, is_dataclass
from datetime import UTC, datetime
from inspect import getmembers, isfunction
from typing import Any, get_type_hints

from monitor.errors import MonitorError
from monitor.review.creators import CreatorOrder
from monitor.review.desk import Desk
from monitor.review.exporting import ExportError, Form
from monitor.review.queue import Filter
from monitor.review.term_change import Act, TermChange
from monitor.review.trial_records import Chosen
from monitor.roles import Person, RefusedError, Right, Role
from monitor.store.stream_figures import Order, StreamChoice
from monitor.store.verdicts import Decision, Reason, Round, Verdict

SESSION = "s"
PASSWORD = "山重水复疑无路，柳暗花明又一村"
OTHER = Person("other", "别人", Role.REVIEWER)
"""Who is at flags that somebody takes over, and whose account is changed."""
WORD = TermChange(Act.ADD, "refund", text="退")

Ask = Callable[[Desk, Person, str, Any], object]
Ready = Callable[[Desk, Person, str], Any]


@dataclass(frozen=True, slots=True)
class Line:
    """One method: all of `rights` are needed."""

    rights: frozenset[Right]
    ask: Ask
    """Given the desk, who asks, a flag that nobody else uses, and what `ready` returned."""
    ready: Ready = lambda desk, person, flag: None
    """What has to be there before, as far as the person may have made it."""
    then: type[MonitorError] | None = None
    """What comes of it for those who may, where a whole run would take long and is tried elsewhere."""


class Bench:
    """A lexicon bench on which nothing takes time."""

    def ask(self, name: str, *_: object, **__: object) -> Future[str]:
        done: Future[str] = Future()
        done.set_result(name)
        return done


def now() -> datetime:
    return datetime.now(UTC)


def claimed(desk: Desk, person: Person, flag: str) -> None:
    if person.may(Right.DECIDE):
        desk.queue.claim(person, flag, at=now())


def decided(desk: Desk, person: Person, flag: str) -> None:
    if person.may(Right.DECIDE):
        claimed(desk, person, flag)
        desk.decisions.decide(person, flag, Decision.CONFIRMED, seen=0, at=now())


def dismissed(desk: Desk, person: Person, flag: str) -> str:
    if not person.may(Right.DECIDE):
        return "batch"
    return desk.decisions.dismiss_alike(person, flag, expected=1, reasons=(Reason.MISHEARD,), at=now())


def escalated(desk: Desk, person: Person, flag: str) -> None:
    """It waits for the last round, and is claimed by whoever may."""
    desk.store.reviews.decide(Verdict(flag, Decision.ESCALATED, "王", now(), 0, note="拿不准", round=Round.FIRST))
    if person.may(Right.ADJUDICATE):
        desk.queue.claim(person, flag, at=now())


def kept(desk: Desk, _: Person, flag: str) -> None:
    desk.store.reviews.hold(flag, why="x", by="王", at=now())


def confirmed(desk: Desk, _: Person, flag: str) -> None:
    """By somebody else, out of the rounds."""
    desk.store.reviews.decide(Verdict(flag, Decision.CONFIRMED, "王", now(), 0))


def appealed(desk: Desk, person: Person, flag: str) -> None:
    confirmed(desk, person, flag)
    desk.store.reviews.decide(Verdict(flag, Decision.APPEALED, "李", now(), 1))


def taken(desk: Desk, _: Person, flag: str) -> None:
    desk.queue.claim(OTHER, flag, at=now())


def listed(desk: Desk, person: Person, flag: str) -> str:
    if not person.may(Right.EXPORT):
        return "x"
    return desk.exports.flags(person, SESSION, Filter(text=flag), Form.JSONL, at=now()).token


def take(desk: Desk, person: Person, _: str, token: Any) -> None:
    desk.exports.take(person, SESSION, token, at=now()).file.close()


def looked_at(desk: Desk, person: Person, flag: str) -> Any:
    return desk.cases.view(person, SESSION, flag, claim=None, at=now())


def _line(ask: Ask, *rights: Right, ready: Ready | None = None, then: type[MonitorError] | None = None) -> Line:
    return Line(frozenset(rights), ask, ready or (lambda desk, person, flag: None), then)


_SAID = {"reasons": (Reason.MISHEARD,), "note": ""}
_LOOK, _DECIDE, _AUDIT, _EXPORT, _LEXICON = Right.LOOK, Right.DECIDE, Right.AUDIT, Right.EXPORT, Right.LEXICON

TABLE: Mapping[str, Line] = {
    # Writes
    "accounts.add": _line(lambda d, p, f, _: d.accounts.add(f"n{f}", Role.READER, by=p, at=now()), Right.USERS),
    "accounts.change": _line(lambda d, p, f, _: d.accounts.change(OTHER.name, shown=f, by=p, at=now()), Right.USERS),
    "accounts.change_own_password": _line(
        lambda d, p, f, _: d.accounts.change_own_password(p, PASSWORD, PASSWORD, at=now()), _LOOK
    ),
    "accounts.prefer": _line(lambda d, p, f, _: d.accounts.prefer(p, {"muted": f}), _LOOK),
    "queue.claim_next": _line(lambda d, p, f, _: d.queue.claim_next(p, Filter(text=f), at=now()), _DECIDE),
    "queue.claim": _line(lambda d, p, f, _: d.queue.claim(p, f, at=now()), _DECIDE),
    "queue.beat": _line(lambda d, p, f, _: d.queue.beat(p, f, at=now()), _DECIDE, ready=claimed),
    "queue.release": _line(lambda d, p, f, _: d.queue.release(p, f, at=now()), _DECIDE, ready=claimed),
    "queue.take_over": _line(
        lambda d, p, f, _: d.queue.take_over(p, f, at=now()), _DECIDE, Right.TAKE_OVER, ready=taken
    ),
    "decisions.decide": _line(
        lambda d, p, f, _: d.decisions.decide(p, f, Decision.CONFIRMED, seen=0, at=now()), _DECIDE, ready=claimed
    ),
    "decisions.decide, last round": _line(
        lambda d, p, f, _: d.decisions.decide(p, f, Decision.CONFIRMED, seen=1, at=now()),
        Right.ADJUDICATE,
        ready=escalated,
    ),
    "decisions.undo": _line(lambda d, p, f, _: d.decisions.undo(p, flag_id=f, at=now()), _DECIDE, ready=decided),
    "decisions.dismiss_alike": _line(
        lambda d, p, f, _: d.decisions.dismiss_alike(p, f, expected=1, at=now(), **_SAID), _DECIDE
    ),
    "decisions.undo_batch": _line(
        lambda d, p, f, batch: d.decisions.undo_batch(p, batch, at=now()), _DECIDE, ready=dismissed
    ),
    "casework.hold": _line(lambda d, p, f, _: d.casework.hold(p, f, why="x", at=now()), Right.HOLD),
    "casework.release": _line(lambda d, p, f, _: d.casework.release(p, f, why="x", at=now()), Right.HOLD, ready=kept),
    "casework.appeal": _line(
        lambda d, p, f, _: d.casework.appeal(p, f, note="x", seen=1, at=now()), Right.HOLD, ready=confirmed
    ),
    "casework.uphold": _line(
        lambda d, p, f, _: d.casework.uphold(p, f, note="x", seen=2, at=now()), Right.ADJUDICATE, ready=appealed
    ),
    "casework.reject": _line(
        lambda d, p, f, _: d.casework.reject(p, f, note="x", seen=2, at=now()), Right.ADJUDICATE, ready=appealed
    ),
    "gold.mark": _line(lambda d, p, f, _: d.gold.mark(p, f, at=now()), Right.QUALITY, ready=confirmed),
    "gold.unmark": _line(lambda d, p, f, _: d.gold.unmark(p, f, at=now()), Right.QUALITY),
    "trials.begin": _line(lambda d, p, f, _: d.trials.begin(p, WORD, Chosen(last=0)), _LEXICON, then=RefusedError),
    "trials.cancel": _line(lambda d, p, f, _: d.trials.cancel(p), _LEXICON),
    "exports.flags": _line(lambda d, p, f, _: d.exports.flags(p, SESSION, Filter(text=f), Form.CSV, at=now()), _EXPORT),
    "exports.case": _line(lambda d, p, f, _: d.exports.case(p, SESSION, "nix", at=now()), _EXPORT, then=ExportError),
    "exports.take": _line(take, _EXPORT, ready=listed),
    # Reads
    "queue.counts": _line(lambda d, p, f, _: d.queue.counts(p, Filter(), at=now()), _LOOK),
    "queue.page": _line(lambda d, p, f, _: d.queue.page(p, Filter(), at=now()), _LOOK),
    "decisions.mine": _line(lambda d, p, f, _: d.decisions.mine(p), _LOOK),
    "decisions.alike": _line(lambda d, p, f, _: d.decisions.alike(p, f, at=now()), _LOOK),
    "cases.view": _line(lambda d, p, f, _: looked_at(d, p, f), _LOOK),
    "beside.beside": _line(lambda d, p, f, view: d.beside.beside(p, view, claim=None), _LOOK, ready=looked_at),
    "beside.verified": _line(lambda d, p, f, _: d.beside.verified(p, f), _LOOK),
    "casework.standing": _line(lambda d, p, f, _: d.casework.standing(p, f), _LOOK),
    "casework.waiting": _line(lambda d, p, f, _: d.casework.waiting(p), _LOOK),
    "rulebook.rules": _line(lambda d, p, f, _: d.rulebook.rules(p), _LOOK),
    "rulebook.terms": _line(lambda d, p, f, _: d.rulebook.terms(p), _LOOK),
    "rulebook.explain": _line(lambda d, p, f, _: d.rulebook.explain(p, "退", "speech"), _LOOK),
    "trials.mine": _line(lambda d, p, f, _: d.trials.mine(p), _LEXICON),
    "figures.overview": _line(lambda d, p, f, _: d.figures.overview(p, 7, at=now()), _LOOK),
    "figures.terms": _line(lambda d, p, f, _: d.figures.terms(p, 7, at=now()), _LOOK),
    "streams.page": _line(
        lambda d, p, f, _: d.streams.page(p, StreamChoice(), Order.NEWEST, first=0, limit=5, at=now()), _LOOK
    ),
    "streams.platforms": _line(lambda d, p, f, _: d.streams.platforms(p), _LOOK),
    "streams.stream": _line(lambda d, p, f, _: d.streams.stream(p, 1, at=now()), _LOOK),
    "creators.page": _line(lambda d, p, f, _: d.creators.page(p, order=CreatorOrder.FLAGS, first=0, limit=5), _LOOK),
    "creators.one": _line(lambda d, p, f, _: d.creators.one(p, "douyin", "甲"), _LOOK),
    "creators.flags": _line(lambda d, p, f, _: d.creators.flags(p, "douyin", "甲", (), first=0, limit=5), _LOOK),
    "log.page": _line(lambda d, p, f, _: d.log.page(p), _AUDIT),
    "log.state": _line(lambda d, p, f, _: d.log.state(p), _AUDIT),
    "log.check": _line(lambda d, p, f, _: d.log.check(p), _AUDIT),
    "log.last_head": _line(lambda d, p, f, _: d.log.last_head(p), _AUDIT),
    "gold.about": _line(lambda d, p, f, _: d.gold.about(p, f), Right.QUALITY),
    "gold.report": _line(lambda d, p, f, _: d.gold.report(p, 7, at=now()), Right.QUALITY),
    "quality.report": _line(lambda d, p, f, _: d.quality.report(p, 7, at=now()), Right.QUALITY),
    "exports.count": _line(lambda d, p, f, _: d.exports.count(p, Filter()), _EXPORT),
    "exports.of": _line(lambda d, p, f, _: d.exports.of(p, f), _EXPORT),
    "exports.latest": _line(lambda d, p, f, _: d.exports.latest(p), _EXPORT),
}
"""By `service.method`; what stands after a comma tells several lines of one method apart."""

NOBODY_ASKS: Mapping[str, str] = {
    "accounts.log_in": "the way in",
    "accounts.log_in_oidc": "the way in",
    "accounts.redeem": "the way in",
    "accounts.log_out": "whoever has the token ends it",
    "accounts.person": "who is it",
    "accounts.session_of": "a digest of what the caller has",
    "accounts.require": "the question itself",
    "accounts.preferences": "one's own, and no more than switches",
    "accounts.all": "names for verdicts; the page that lists accounts asks for the right, see test_access.py",
    "tokens.sign": "pure; whoever shows a case signs",
    "tokens.open": "pure; the routes ask who it is, see test_addresses.py",
    "desk.cookie_secret": "for the server",
    "desk.evidence_file": "what a token was signed for; the route asks",
    "desk.seal": "adds no entry; signs what is there",
}
"""Methods that take no right, and why."""


def methods() -> set[str]:
    """Of all services of the desk that stand in `monitor.review`, and of the desk itself."""
    hints = get_type_hints(Desk)
    services = {
        one.name: hints[one.name] for one in fields(Desk) if hints[one.name].__module__.startswith("monitor.review.")
    }
    assert is_dataclass(Desk)
    return {
        f"{name}.{method}"
        for name, service in {**services, "desk": Desk}.items()
        for method, _ in getmembers(service, isfunction)
        if not method.startswith("_")
    }
