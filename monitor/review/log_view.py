"""The audit log as people at the desk read it: its newest entries, how far it is signed, and whether it still holds."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from monitor.audit import Act, Entry, EntryError, StoredEntry, check
from monitor.review.accounts import Accounts
from monitor.roles import Person, Right
from monitor.signing import Signer
from monitor.store import Store
from monitor.store.verdicts import Stage

VEILED = frozenset({"decision", "reasons", "severity", "second_review"})
"""What an entry about a flag still in review would tell its next reviewer."""


@dataclass(frozen=True, slots=True)
class LogEntry:
    """One entry of the log; what it says of a flag still in review is left out for whoever may yet decide on it."""

    seq: int
    at: datetime | None
    actor: str
    act: str
    """A value of `Act`, or what an altered row has instead."""
    subject: str
    facts: tuple[tuple[str, str], ...]
    """Names and values, nested ones as JSON."""
    veiled: bool
    readable: bool
    """False where the leaf is no entry: the log was altered there."""


@dataclass(frozen=True, slots=True)
class LogPage:
    """Some entries, newest first."""

    entries: tuple[LogEntry, ...]
    before: int | None
    """Where the older ones begin; None when there are none."""


@dataclass(frozen=True, slots=True)
class LogState:
    """How long the log is and how far its signed heads reach."""

    size: int
    sealed: int
    """Entries under the last head."""
    sealed_at: datetime | None
    key: str
    """Short name of the key that signed; empty before the first head."""


@dataclass(frozen=True, slots=True)
class Checked:
    """What came of computing the whole log anew."""

    size: int
    heads: int
    problems: tuple[str, ...]
    """Each place that is not as it was written, as `monitor audit verify` names it."""


class LogView:
    """The audit log for those who have `Right.AUDIT`; every method raises RefusedError for others."""

    def __init__(self, store: Store, accounts: Accounts, signer: Signer) -> None:
        self._store, self._accounts, self._signer = store, accounts, signer

    def page(
        self,
        person: Person,
        *,
        act: Act | None = None,
        actor: str | None = None,
        subject: str | None = None,
        before: int | None = None,
        limit: int = 100,
    ) -> LogPage:
        """The newest entries, of one act, person and subject where given, older than number `before`."""
        person = self._accounts.require(person, Right.AUDIT)
        rows = self._store.audit.last(limit + 1, act=act, actor=actor, subject=subject, before=before)
        shown = rows[-limit:][::-1]
        open_flags = self._open(person, {row.subject for row in shown if row.act == Act.VERDICT})
        entries = tuple(_entry(row, veiled=row.subject in open_flags and row.act == Act.VERDICT) for row in shown)
        return LogPage(entries, shown[-1].seq if len(rows) > limit else None)

    def state(self, person: Person) -> LogState:
        """Now."""
        self._accounts.require(person, Right.AUDIT)
        last = self._store.audit.head()  # before the size: a head made meanwhile would reach beyond it
        size = self._store.audit.size
        if last is None:
            return LogState(size, 0, None, "")
        return LogState(size, last.head.size, last.head.at, last.signature.key_id)

    def check(self, person: Person, told: Callable[[float], object] = lambda _: None) -> Checked:
        """Computes all entries and heads anew, `told` how far it came (0 to 1): seconds for a hundred thousand."""
        self._accounts.require(person, Right.AUDIT)
        tree, lines = self._store.audit.state()
        entries = _told_of(self._store.audit.entries(0, tree.size), tree.size, told)
        found = check(entries, tree, lines, known=(), keys=[self._signer.public_key])
        return Checked(found.size, found.heads, tuple(problem.where for problem in found.problems))

    def last_head(self, person: Person) -> bytes | None:
        """The last signed head as `monitor audit verify --head` takes it, to be kept elsewhere."""
        self._accounts.require(person, Right.AUDIT)
        head = self._store.audit.head()
        return None if head is None else head.to_line()

    def _open(self, person: Person, flag_ids: Collection[str]) -> frozenset[str]:
        """Flags whose rounds go on and on which this person may yet decide."""
        if not person.may(Right.DECIDE):
            return frozenset()
        states = self._store.reviews.states(flag_ids)
        return frozenset(flag_id for flag_id, state in states.items() if state.stage is not Stage.CLOSED)


def _told_of(entries: Iterable[StoredEntry], size: int, told: Callable[[float], object]) -> Iterator[StoredEntry]:
    step = max(1, size // 100)
    for number, entry in enumerate(entries):
        if number % step == 0:
            told(number / max(1, size))
        yield entry
    told(1.0)


def _entry(row: StoredEntry, *, veiled: bool) -> LogEntry:
    try:
        facts = {**Entry.from_leaf(row.leaf).facts}
        readable = True
    except EntryError:
        facts, readable = {}, False
    kept = tuple((name, _text(value)) for name, value in facts.items() if not (veiled and name in VEILED))
    return LogEntry(row.seq, row.at, row.actor, row.act, row.subject, kept, veiled, readable)


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    return "" if value is None else json.dumps(value, ensure_ascii=False)
