"""`audit`: whether the log is as it was written, its signed heads, its entries, and proofs of them."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from rich import box
from rich.markup import escape
from rich.progress import track
from rich.table import Table

from monitor import sealing
from monitor.audit import (
    Act,
    Entry,
    EntryError,
    Extension,
    HeadError,
    Proof,
    ProofError,
    SignedHead,
    StoredEntry,
    check,
    heads_in,
    read_proof,
)
from monitor.audit.timestamps import check_stamps, load_roots
from monitor.cli.exit_codes import CHECK_FAILED
from monitor.cli.show import err, open_workspace, out
from monitor.config import Settings
from monitor.errors import UsageError, WorkspaceError
from monitor.plain import plain
from monitor.sealing import Sealed
from monitor.signing import Signer, key_id, known_public_key, load_public_key, load_signer
from monitor.store.auditing import AuditLog

_DIGEST = re.compile(r"\b([0-9a-f]{8})[0-9a-f]{24,}\b")
"""128 bits in hex and more, with the part of it that a table shows."""


def verify_log(
    settings: Settings, heads: Sequence[Path], keys: Sequence[Path], authority: Path | None, *, quiet: bool = False
) -> int:
    """Print each problem of the workspace's log; 1 when there is any.

    `heads` are files of heads that left the house, `keys` public keys (PEM) that may have signed, this desk's own where
    none is given, `authority` the root certificate of the time-stamp authority.
    """
    exported = [found for path in heads for found in _exported(path)]
    trusted, roots = _trusted(settings, keys), load_roots(authority) if authority else []
    log, where = _log(settings), plain(str(settings.workspace))
    tree, lines = log.state()
    entries: Iterator[StoredEntry] = log.entries(0, tree.size)
    shown = track(
        entries, "checking", total=tree.size, console=err, transient=True, disable=quiet or not err.is_terminal
    )
    found = check(shown, tree, lines, known=exported, keys=trusted)
    signed = heads_in(lines)
    wrong_stamps, stamps = check_stamps(settings.workspace, signed, roots)
    problems = [*found.problems, *wrong_stamps]
    for problem in problems:
        _warn(f"{where}: audit log: {problem}")
    for note in found.notes:
        _warn(f"{where}: audit log: note: {note}")
    if stamps:
        last = stamps[-1]
        trust = "" if last.checked else "; its certificate was not checked (--authority)"
        count = _count(len(stamps), "head")
        _say(f"{where}: {count} time-stamped, the last on {last.at:%F %T} UTC by {last.authority}{trust}")
    if problems:
        _warn(f"{where}: the audit log is not as it was written: {_count(len(problems), 'problem')}")
        return CHECK_FAILED
    sealed = f", {_count(len(signed), 'head')}, the last of {signed[-1].head.size} entries" if signed else ""
    compared = f", {_count(len(exported), 'exported head')} among them" if exported else ""
    by = f", signed by {' and '.join(map(key_id, trusted))}" if trusted and signed else ""
    _say(f"{where}: audit log as it was written: {found.size} entries{sealed}{compared}{by}")
    return 0


def verify_proofs(settings: Settings, files: Sequence[Path], keys: Sequence[Path]) -> int:
    """Check proofs of entries and of growth, without a workspace; 1 when one does not hold."""
    trusted, wrong = _trusted(settings, keys), 0
    for path in files:
        where = plain(str(path))
        try:
            _say(f"{where}: {_proven(read_proof(_read(path)), trusted)}")
        except ProofError as error:
            wrong += 1
            _warn(f"{where}: {error}")
    return CHECK_FAILED if wrong else 0


def seal(settings: Settings, target: Path | None) -> None:
    """Sign what the log is now, have it time-stamped where an authority is set, and print or write the head."""
    sealed = seal_log(_log(settings), load_signer(settings.keys), settings)
    signed = sealed.signed
    if target is None:
        sys.stdout.write(signed.to_line().decode())
        return
    _write(target, signed.to_line())
    if sealed.stamp is not None:
        _write(target.with_name(f"{target.name}.tsr"), _read(sealed.stamp))
    told = plain(str(target))
    _say(f"{told}: head of {signed.head.size} entries; keep it away from this machine, `audit verify --head` takes it")


def seal_log(log: AuditLog, signer: Signer, settings: Settings) -> Sealed:
    """Sign what the log is now; a time stamp that is not to be had costs a warning line. Raises as `AuditLog.seal`."""
    sealed = sealing.seal(log, signer, settings.timestamp_url)
    if sealed.problem:
        _warn(f"monitor: {sealed.problem}; the head counts without it")
    return sealed


def show(settings: Settings, last: int, acts: Sequence[str], *, jsonl: bool) -> None:
    """List the newest entries, of these acts where any are given: digests shortened, or as written with `jsonl`."""
    wanted = {_act(name) for name in acts}
    log = _log(settings)
    rows = [row for act in wanted for row in log.last(last, act=act)] if wanted else log.last(last)
    rows = sorted(rows, key=lambda row: row.seq)[-last:]
    if jsonl:
        for row in rows:
            sys.stdout.write(json.dumps({"seq": row.seq, **_fields(row)}, ensure_ascii=False) + "\n")
        return
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), expand=True)
    for name in ("seq", "time (UTC)", "actor", "act"):
        table.add_column(name, no_wrap=True)
    table.add_column("what", overflow="fold", ratio=1)
    for row in rows:
        at = f"{row.at:%F %T}" if row.at else "?"
        facts = _fields(row).get("facts")
        what = _DIGEST.sub(r"\1…", f"{row.subject} {_in_words(facts)}" if facts else row.subject)
        table.add_row(str(row.seq), at, *(escape(plain(text)) for text in (row.actor, row.act, what)))
    out.print(table)
    out.print(f"{len(rows)} of {log.size} entries", markup=False)


def prove(settings: Settings, seq: int, target: Path) -> None:
    """Write what shows a stranger that the entry stands in the log."""
    proof = _log(settings).prove(seq, load_signer(settings.keys))
    _write(target, proof.to_json())
    _say(f"{plain(str(target))}: proof of entry {seq}; `monitor audit verify FILE` checks it without the workspace")


def prove_since(settings: Settings, since: Path, target: Path) -> None:
    """Write what shows a stranger, who has the head `since`, that the log only grew from there."""
    (_, earlier), *more = _exported(since)
    if more:
        raise UsageError("holds several heads", where=since, todo="give one that `monitor audit head --out` wrote")
    proof = _log(settings).prove_since(earlier, load_signer(settings.keys))
    _write(target, proof.to_json())
    sizes = f"from {proof.earlier.head.size} to {proof.later.head.size} entries"
    _say(f"{plain(str(target))}: proof that the log grew {sizes}; `monitor audit verify FILE` checks it anywhere")


def _log(settings: Settings) -> AuditLog:
    return open_workspace(settings).audit


def _proven(proof: Proof | Extension, trusted: Sequence[bytes]) -> str:
    """What the proof shows, in words. Raises ProofError when it does not."""
    if isinstance(proof, Extension):
        proof.check(trusted)
        earlier, later = proof.earlier.head, proof.later.head
        told = f"the first {earlier.size} of {later.size} entries are those of {earlier.at:%F %T} UTC"
        signed = proof.later
    else:
        told, signed = f"entry {proof.seq}: {_told(proof.check(trusted))}", proof.signed
    by = f"{signed.signature.key_id}{'' if trusted else ', which is to be compared'}"
    return f"{told} (log {signed.head.log_id} of {signed.head.size} entries, signed by {by})"


def _trusted(settings: Settings, keys: Sequence[Path]) -> list[bytes]:
    if keys:
        return [load_public_key(path) for path in keys]
    own = known_public_key(settings.keys)
    return [] if own is None else [own]


def _exported(path: Path) -> list[tuple[str, SignedHead]]:
    lines = _read(path).splitlines(keepends=True)
    try:
        found = [(plain(str(path)), SignedHead.from_line(line)) for line in lines]
    except HeadError as error:
        raise UsageError(str(error), where=path, todo="give a file that `monitor audit head --out` wrote") from error
    if not found:
        raise UsageError("is empty", where=path, todo="give a file that `monitor audit head --out` wrote")
    return found


def _act(name: str) -> Act:
    try:
        return Act(name)
    except ValueError as error:
        raise UsageError(f"no act {name}", where="--act", todo=f"choose among {', '.join(Act)}") from error


def _fields(row: StoredEntry) -> dict[str, object]:
    try:
        entry = Entry.from_leaf(row.leaf)
    except EntryError:
        return {"problem": "the content is no entry: `monitor audit verify`"}
    return dict(json.loads(entry.leaf_bytes()))


def _told(entry: Entry) -> str:
    return plain(f"{entry.at:%F %T} UTC, {entry.actor}: {entry.act} {entry.subject} {_in_words(entry.facts)}".rstrip())


def _in_words(facts: object) -> str:
    if not isinstance(facts, dict):
        return ""
    return ", ".join(f"{name} {json.dumps(value, ensure_ascii=False)}" for name, value in facts.items())


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise UsageError(f"cannot be read ({error.strerror})", where=path, todo="give a file that is there") from error


def _write(path: Path, data: bytes) -> None:
    try:
        path.write_bytes(data)
    except OSError as error:
        raise WorkspaceError(
            f"cannot be written ({error.strerror})", where=path, todo="choose another file for --out"
        ) from error


def _count(number: int, thing: str) -> str:
    return f"{number} {thing}{'' if number == 1 else 's'}"


def _say(line: str) -> None:
    out.print(line, markup=False, soft_wrap=True)


def _warn(line: str) -> None:
    err.print(line, markup=False, soft_wrap=True)
