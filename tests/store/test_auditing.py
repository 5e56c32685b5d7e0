"""The audit log in the database: whole, in order, and not to be changed by those who may write."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from sqlalchemy import select, text

from monitor.audit import SYSTEM, Act, Entry, Frontier, leaf_hash
from monitor.errors import IntegrityError, WorkspaceError
from monitor.store import Store
from monitor.store.audit_tables import AuditEntryRow, AuditTreeRow
from monitor.store.auditing import append_in

OpenStore = Callable[[], Store]
AT = datetime(2026, 11, 20, 12, tzinfo=UTC)


def entry(number: int = 0, act: Act = Act.FLAG) -> Entry:
    return Entry(AT, SYSTEM, act, f"flag-{number}", {"number": number})


def leaves(store: Store) -> list[bytes]:
    with store._database.reading() as session:
        return list(session.scalars(select(AuditEntryRow.leaf).order_by(AuditEntryRow.seq)))


def test_entries_are_added_with_what_they_tell_of(store: Store) -> None:
    """In one transaction: together with everything else in it, or not at all."""
    with store._database.writing() as session:
        assert append_in(session, entry(0), entry(1)) == 2
    with contextlib.suppress(KeyError), store._database.writing() as session:
        append_in(session, entry(2))
        raise KeyError
    with store._database.writing() as session:
        assert append_in(session) == 2
        assert append_in(session, entry(3)) == 3
        assert append_in(session, entry(4)) == 4
    assert leaves(store) == [entry(n).leaf_bytes() for n in (0, 1, 3, 4)]


def test_the_tree_goes_on_where_it_was(reopen: OpenStore) -> None:
    """Each process finds the state that the last one left."""
    frontier = Frontier()
    for number in range(20):
        store = reopen()
        with store._database.writing() as session:
            append_in(session, entry(number))
        frontier = frontier.append(leaf_hash(entry(number).leaf_bytes()))
        with store._database.reading() as session:
            tree = session.scalars(select(AuditTreeRow)).one()
            assert (tree.size, tree.frontier) == (number + 1, frontier.to_bytes())
            assert len(bytes.fromhex(tree.log_id)) == 16


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_entries SET actor = 'somebody else' WHERE seq = 1",
        "UPDATE audit_entries SET seq = 9 WHERE seq = 1",
        "DELETE FROM audit_entries WHERE seq = 2",
        "DELETE FROM audit_entries",
    ],
)
def test_the_database_refuses_to_change_an_entry(store: Store, statement: str) -> None:
    """Whatever statement a slip of ours or of an operator makes."""
    with store._database.writing() as session:
        append_in(session, *map(entry, range(3)))
    with pytest.raises(WorkspaceError, match="can only be added to"), store._database.writing() as session:
        session.execute(text(statement))
    assert len(leaves(store)) == 3


def test_many_that_append_at_once_make_one_log(reopen: OpenStore) -> None:
    """No gap, no double place, nothing lost."""
    reopen()

    def work(first: int) -> None:
        store = reopen()
        for number in range(first, first + 10):
            with store._database.writing() as session:
                append_in(session, entry(number))

    workers = [threading.Thread(target=work, args=(first,)) for first in (0, 10, 20, 30)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    found = leaves(reopen())
    assert sorted(found) == sorted(entry(n).leaf_bytes() for n in range(40))
    frontier = Frontier()
    for leaf in found:
        frontier = frontier.append(leaf_hash(leaf))
    with reopen()._database.reading() as session:
        tree = session.scalars(select(AuditTreeRow)).one()
        assert (tree.size, tree.frontier) == (40, frontier.to_bytes())


def test_a_log_whose_state_is_missing_is_not_gone_on_with(store: Store) -> None:
    """Somebody emptied the table: nothing is added on top of that."""
    with store._database.writing() as session:
        session.execute(text("DELETE FROM audit_tree"))
    with pytest.raises(IntegrityError, match="state is missing"), store._database.writing() as session:
        append_in(session, entry())
