"""A small audit log with its heads, and ways into its file that go round the program."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from monitor.audit import SYSTEM, Act, Entry, Findings, Frontier, Head, SignedHead, check, leaf_hash
from monitor.signing import Signer, load_signer
from monitor.store import Store
from monitor.store.auditing import AuditLog
from monitor.store.sqlite import sqlite_in_use

AT = datetime(2026, 11, 20, 12, tzinfo=UTC)
ACTS = list(Act)


def entry(number: int) -> Entry:
    actor = SYSTEM if number % 3 else "王芳"
    return Entry(AT + timedelta(seconds=number), actor, ACTS[number % len(ACTS)], f"flag-{number}", {"number": number})


def open_log(workspace: Path) -> AuditLog:
    return Store.open(workspace).audit


def filled(workspace: Path, keys: Path, seals: tuple[int, ...], *, start: int = 0) -> tuple[AuditLog, list[SignedHead]]:
    """A log that is sealed whenever it reaches one of those sizes, which is also where it ends."""
    log, signer, heads = open_log(workspace), load_signer(keys), []
    for first, end in zip((start, *seals), seals, strict=False):
        log.append(*map(entry, range(first, end)))
        heads.append(log.seal(signer, at=AT + timedelta(hours=end)))
    return log, heads


def looked_at(workspace: Path, known: list[SignedHead], signer: Signer) -> Findings:
    """As `monitor audit verify` does it."""
    log = open_log(workspace)
    tree, heads = log.state()
    exported = [("exported", signed) for signed in known]
    return check(log.entries(0, tree.size), tree, heads, known=exported, keys=[signer.public_key])


class Intruder:
    """Someone who may write every byte of a workspace, knows this program, and has no key."""

    def __init__(self, workspace: Path) -> None:
        self.workspace = workspace
        self.heads_file = workspace / "audit" / "heads.jsonl"
        self.run("DROP TRIGGER audit_entries_no_update")
        self.run("DROP TRIGGER audit_entries_no_delete")

    def run(self, statement: str, *values: object, many: Sequence[tuple[object, ...]] = ()) -> list[Any]:
        with closing(sqlite_in_use().module.connect(self.workspace / "monitor.db")) as raw:
            raw.execute("PRAGMA synchronous = OFF")
            with raw:
                if many:
                    raw.executemany(statement, many)
                    return []
                return raw.execute(statement, values).fetchall()

    def leaves(self) -> list[bytes]:
        return [row[0] for row in self.run("SELECT leaf FROM audit_entries ORDER BY seq")]

    def rewrite(self, leaves: list[bytes]) -> None:
        """All of the log anew, with hashes, columns and tree as they should be over these leaves."""
        self.run("DELETE FROM audit_entries")
        frontier, rows = Frontier(), []
        for seq, leaf in enumerate(leaves):
            told, hashed = Entry.from_leaf(leaf), leaf_hash(leaf)
            at = told.at.replace(tzinfo=None).isoformat(" ", "microseconds")
            rows.append((seq, at, told.actor, told.act.value, told.subject, leaf, hashed))
            frontier = frontier.append(hashed)
        columns = "seq, at, actor, act, subject, leaf, leaf_hash"
        if rows:
            self.run(f"INSERT INTO audit_entries ({columns}) VALUES (?,?,?,?,?,?,?)", many=rows)
        self.run("UPDATE audit_tree SET size = ?, frontier = ?", frontier.size, frontier.to_bytes())

    def heads(self) -> list[bytes]:
        return self.heads_file.read_bytes().splitlines(keepends=True)

    def put_heads(self, lines: list[bytes], *, table: bool = True) -> None:
        """The file, and with `table` the database's memory of the last one."""
        self.heads_file.write_bytes(b"".join(lines))
        if table:
            self.run("UPDATE audit_tree SET head = ?", lines[-1].decode() if lines else "")

    def seal_all(self, signer: Signer, sizes: list[int]) -> None:
        """The heads anew over the leaves as they are now, by the intruder's own key."""
        leaves, before, lines = self.leaves(), "", []
        log_id = str(self.run("SELECT log_id FROM audit_tree")[0][0])
        for size in sizes:
            frontier = Frontier()
            for leaf in leaves[:size]:
                frontier = frontier.append(leaf_hash(leaf))
            head = Head(log_id, frontier.size, frontier.root().hex(), AT + timedelta(hours=size), before)
            signed = SignedHead.sign(head, signer)
            lines.append(signed.to_line())
            before = signed.digest
        self.put_heads(lines)
