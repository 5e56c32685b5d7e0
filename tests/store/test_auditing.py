"""The audit log in the database: whole, in order, and not to be changed by those who may write."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import select, text

from monitor.audit import SYSTEM, Act, Entry, Frontier, check, heads_in, leaf_hash, read_heads
from monitor.errors import IntegrityError, WorkspaceError
from monitor.signing import Signer, load_signer
from monitor.store import Store
from monitor.store.audit_tables import AuditEntryRow, AuditTreeRow
from monitor.store.auditing import AuditLog, append_in

OpenStore = Callable[[], Store]
AT = datetime(2026, 11, 20, 12, tzinfo=UTC)


def entry(number: int = 0, act: Act = Act.FLAG) -> Entry:
    return Entry(AT, SYSTEM, act, f"flag-{number}", {"number": number})


def log_of(store: Store) -> AuditLog:
    return store.audit


def problems(log: AuditLog, signer: Signer) -> list[str]:
    tree, heads = log.state()
    return [str(one) for one in check(log.entries(0, tree.size), tree, heads, keys=[signer.public_key]).problems]


@pytest.fixture
def signer(tmp_path: Path) -> Signer:
    return load_signer(tmp_path / "keys")


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


def test_emptying_the_table_is_refused(store: Store, url: str | None) -> None:
    """PostgreSQL has a statement of its own for it."""
    if url is None:
        pytest.skip("SQLite has no TRUNCATE")
    log_of(store).append(entry())
    with pytest.raises(WorkspaceError, match="can only be added to"), store._database.writing() as session:
        session.execute(text("TRUNCATE audit_entries"))


def test_entries_come_back_as_they_were(store: Store) -> None:
    """More than a page, a part of them, one kind of act, one subject, the last few."""
    log = log_of(store)
    assert (log.size, list(log.entries()), log.last(5), log.head()) == (0, [], [], None)
    acts = [Act.FLAG, Act.FLAG, Act.VERDICT]
    log.append(*(entry(n, acts[n % 3]) for n in range(4001)))
    assert [row.seq for row in log.entries()] == list(range(4001))
    (row,) = log.entries(7, 8)
    assert Entry.from_leaf(row.leaf) == entry(7, acts[7 % 3])
    assert (row.at, row.actor, row.act, row.subject) == (AT, SYSTEM, "flag", "flag-7")
    assert [row.seq for row in log.entries(2999, 3003)] == [2999, 3000, 3001, 3002]
    assert [row.seq for row in log.entries(act=Act.VERDICT)] == list(range(2, 4001, 3))
    assert [row.seq for row in log.entries(subject="flag-12")] == [12]
    assert [row.seq for row in log.last(2)] == [3999, 4000]
    assert [row.seq for row in log.last(2, act=Act.VERDICT)] == [3995, 3998]


def test_a_sealed_log_is_in_order(store: Store, reopen: OpenStore, signer: Signer) -> None:
    """Head by head, in each process; and one head is enough where nothing was added."""
    for number in range(5):
        log = log_of(reopen())
        log.append(entry(2 * number), entry(2 * number + 1))
        signed = log.seal(signer)
        assert signed == log.seal(signer) == log.head()
        assert (signed.head.size, signed.head.log_id) == (log.size, log.tree().log_id)
    assert len(heads_in(read_heads(store.workspace))) == 5
    assert problems(log_of(store), signer) == []


def test_a_seal_that_was_killed_before_its_commit_is_no_problem(store: Store, signer: Signer) -> None:
    """The line is on the disk and the table knows nothing of it: the log is in order, the next head follows it."""
    log = log_of(store)
    log.append(entry(0))
    log.seal(signer)
    log.append(entry(1))
    with store._database.reading() as session:
        before = session.scalars(select(AuditTreeRow.head)).one()
    log.seal(signer)
    with store._database.writing() as session:
        session.execute(text("UPDATE audit_tree SET head = :head"), {"head": before})
    assert problems(log, signer) == []
    log.append(entry(2))
    log.seal(signer)
    assert problems(log, signer) == []
    assert len(heads_in(read_heads(store.workspace))) == 3


def test_a_head_that_cannot_be_written_is_not_known(store: Store, signer: Signer) -> None:
    """Neither file nor table has it; what was logged stays."""
    log = log_of(store)
    log.append(entry(0))
    (store.workspace / "audit").write_text("in the way")
    with pytest.raises(WorkspaceError, match=r"heads\.jsonl"):
        log.seal(signer)
    assert (log.tree().head, log.size) == (b"", 1)
    (store.workspace / "audit").unlink()
    log.seal(signer)
    assert problems(log, signer) == []


def test_sealing_while_others_append(reopen: OpenStore, signer: Signer) -> None:
    """Every head is of a log as it was at one moment, and a check in the midst of it finds no fault."""
    reopen()
    told: list[list[str]] = []

    def add() -> None:
        log = log_of(reopen())
        for number in range(15):
            log.append(entry(number))

    def sign() -> None:
        log = log_of(reopen())
        for _ in range(8):
            log.seal(signer)
            told.append(problems(log, signer))

    workers = [threading.Thread(target=work) for work in (add, sign, add, sign)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert told == [[]] * 16
    log = log_of(reopen())
    log.seal(signer)
    assert (log.size, problems(log, signer)) == (30, [])


def test_every_entry_can_be_proven(store: Store, signer: Signer) -> None:
    """Under the last head, or a new one when the entry is newer."""
    log = log_of(store)
    log.append(*map(entry, range(11)))
    log.seal(signer)
    log.append(entry(11))
    for seq in range(12):
        proof = log.prove(seq, signer)
        assert proof.check([signer.public_key]) == entry(seq)
        assert proof.signed.head.size == (11 if seq < 11 else 12)
