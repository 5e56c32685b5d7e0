"""The whole log looked at: every leaf, the tree over them, and every head that was ever signed. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from monitor.audit.entry import Entry, EntryError
from monitor.audit.head import FILE, HeadError, SignedHead
from monitor.audit.merkle import Frontier, leaf_hash

MOST_TOLD = 10
"""Problems of one kind that are told one by one; of the others, how many there are."""


@dataclass(frozen=True, slots=True)
class StoredEntry:
    """A row of the log as it is, which need not be as it was written."""

    seq: int
    """-1 where there is no number."""
    at: datetime | None
    """None where there is no time."""
    actor: str
    act: str
    subject: str
    leaf: bytes
    leaf_hash: bytes


@dataclass(frozen=True, slots=True)
class StoredTree:
    """The state of the log as its table has it."""

    log_id: str
    size: int
    frontier: bytes
    head: bytes
    """Line of the last head; empty before the first."""
    rows: int
    """Entries in the table, counted at the same moment."""


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that cannot be so unless somebody or something changed the log."""

    where: str
    what: str

    def __str__(self) -> str:
        return f"{self.where}: {self.what}"


@dataclass(frozen=True, slots=True)
class Findings:
    """What the check came to: the log is as it was written when there are no problems."""

    problems: tuple[Problem, ...]
    notes: tuple[str, ...]
    """What is no problem and should be known."""
    size: int
    heads: int
    """That were found in order."""


@dataclass(slots=True)
class _Found:
    problems: list[Problem] = field(default_factory=list)
    kinds: Counter[str] = field(default_factory=Counter)

    def add(self, kind: str, where: str, what: str) -> None:
        self.kinds[kind] += 1
        if self.kinds[kind] <= MOST_TOLD:
            self.problems.append(Problem(where, what))

    def all(self) -> tuple[Problem, ...]:
        more = ((kind, count - MOST_TOLD) for kind, count in self.kinds.items() if count > MOST_TOLD)
        return (*self.problems, *(Problem(kind, f"{count} more of the same kind") for kind, count in more))


def check(
    entries: Iterable[StoredEntry],
    tree: StoredTree,
    heads: bytes,
    *,
    known: Sequence[tuple[str, SignedHead]] = (),
    keys: Collection[bytes] = (),
) -> Findings:
    """Everything that can be known about a log from itself, its heads and what was exported of it.

    `entries` are those before `tree.size`, in order of `seq`; they are read once, and little of them is kept. `heads`
    is the content of heads.jsonl; `known` are heads from elsewhere, each with the name of where it comes from; `keys`
    the public keys (32 bytes) that may have signed, all of them when a desk changed its key. Without `keys` the heads
    must be by one key, whichever.
    """
    found, notes = _Found(), []
    own, unfinished = _heads(heads, found)
    if unfinished:
        notes.append(f"the last line of {FILE} is unfinished: a write was cut off, the next head mends it")
    signers = set(keys) or {own[0][1].signature.public_key if own else b""}
    asked = [(place, signed, True) for place, signed in own] + [(place, signed, False) for place, signed in known]
    frontier, roots = _walk(entries, tree, {signed.head.size for _, signed, _ in asked}, found)
    good = 0
    before: SignedHead | None = None
    for place, signed, is_own in asked:
        wrong = _wrong(signed, tree, signers if keys or is_own else set(), frontier.size, roots)
        if wrong:
            found.add("heads", place, wrong)
        good += not wrong
        if is_own:
            if signed.head.before != (before.digest if before else ""):
                found.add("heads", place, "does not follow the head before it: heads were taken out or reordered")
            elif before is not None and signed.head.size < before.head.size:
                found.add("heads", place, "is of fewer entries than the head before it")
            before = signed
        elif not wrong and signed not in (other for _, other in own):
            found.add("heads", place, f"is missing in {FILE}: heads were cut from it")
    if tree.head and tree.head not in heads.splitlines(keepends=True):
        found.add("heads", FILE, "lacks the last head that was signed: it was cut or replaced")
    if before is None and frontier.size:
        notes.append(f"{frontier.size} entries and no head yet: `monitor audit head` seals them")
    elif before is not None and before.head.size < frontier.size:
        notes.append(f"{frontier.size - before.head.size} entries after the last head, not yet sealed")
    if not keys and own:
        notes.append(f"no public key at hand: heads are by {own[0][1].signature.key_id}; compare it with the desk's")
    return Findings(found.all(), tuple(notes), frontier.size, good)


def _heads(data: bytes, found: _Found) -> tuple[list[tuple[str, SignedHead]], bool]:
    heads = []
    lines = data.split(b"\n")
    for number, line in enumerate(lines[:-1], 1):
        try:
            heads.append((f"{FILE}:{number}", SignedHead.from_line(line + b"\n")))
        except HeadError as error:
            found.add("heads", f"{FILE}:{number}", str(error))
    return heads, bool(lines[-1])


def _walk(
    entries: Iterable[StoredEntry], tree: StoredTree, sizes: Collection[int], found: _Found
) -> tuple[Frontier, dict[int, bytes]]:
    """The tree over what the leaves are now, and its roots at the sizes asked for."""
    frontier, expected = Frontier(), 0
    roots = {0: frontier.root()}
    for stored in entries:
        where = f"entry {stored.seq}"
        if stored.seq != expected:
            gap = f"entry {expected} is missing" if stored.seq > expected else "its place is taken twice"
            found.add("order", where, gap)
        expected = stored.seq + 1
        hashed = leaf_hash(stored.leaf)
        if hashed != stored.leaf_hash:
            found.add("entries", where, "its content does not match its hash")
        wrong = _differs(stored)
        if wrong:
            found.add("entries", where, wrong)
        frontier = frontier.append(hashed)
        if frontier.size in sizes:
            roots[frontier.size] = frontier.root()
    if not frontier.size == tree.size == tree.rows:
        found.add(
            "tree",
            "tree",
            f"is of {tree.size} entries; the log has {tree.rows}, of which {frontier.size} in their order",
        )
    elif frontier.to_bytes() != tree.frontier:
        found.add("tree", "tree", "is not that of the entries: some of them were changed")
    return frontier, roots


def _differs(stored: StoredEntry) -> str:
    """Whether the columns say what the leaf says; empty if so."""
    try:
        entry = Entry.from_leaf(stored.leaf)
    except EntryError as error:
        return f"its content is no entry ({error})"
    told = {
        "time": stored.at == entry.at,
        "actor": stored.actor == entry.actor,
        "act": stored.act == entry.act.value,
        "subject": stored.subject == entry.subject,
    }
    wrong = [name for name, same in told.items() if not same]
    return f"its column for the {', '.join(wrong)} says something else than its content" if wrong else ""


def _wrong(signed: SignedHead, tree: StoredTree, keys: Collection[bytes], size: int, roots: dict[int, bytes]) -> str:
    """What speaks against the head; empty when nothing does."""
    head = signed.head
    try:
        signed.check(keys)
    except HeadError as error:
        return str(error)
    if head.log_id != tree.log_id:
        return f"is of another log ({head.log_id}, this one is {tree.log_id})"
    if head.size > size:
        return f"was of {head.size} entries, the log has {size}: its end was cut off"
    if roots[head.size].hex() != head.root:
        return f"the first {head.size} entries are not those that were sealed: some were changed"
    return ""
