"""The tree of RFC 6962, section 2.1 (the same as RFC 9162's): roots, the frontier, proofs and their verification.

Own code, because the one library of some age (pymerkle 7) is under the GPL, writes proofs in a form of its own where
the RFC's is what other programs check, and keeps no frontier, so that each root would be computed from all leaves.
Pure; hashes are 32 bytes of SHA-256, leaves are counted from 0.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

HASH_BYTES = 32
EMPTY_ROOT = hashlib.sha256().digest()

RootOf = Callable[[int, int], bytes]
"""Root over the leaves `first:end`, at least one."""


def leaf_hash(leaf: bytes) -> bytes:
    return hashlib.sha256(b"\x00" + leaf).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


@dataclass(frozen=True, slots=True)
class Frontier:
    """All that is needed of a tree to go on with it: the roots of its full subtrees, the largest first."""

    size: int = 0
    peaks: tuple[bytes, ...] = ()
    """One for each 1 in the binary form of `size`."""

    def append(self, hashed_leaf: bytes) -> Frontier:
        """With one leaf more, in O(log size) hashes and 1 on average."""
        peaks, last, size = self.peaks, hashed_leaf, self.size
        while size & 1:
            peaks, last, size = peaks[:-1], node_hash(peaks[-1], last), size >> 1
        return Frontier(self.size + 1, (*peaks, last))

    def root(self) -> bytes:
        if not self.peaks:
            return EMPTY_ROOT
        root = self.peaks[-1]
        for peak in reversed(self.peaks[:-1]):
            root = node_hash(peak, root)
        return root

    def to_bytes(self) -> bytes:
        return b"".join(self.peaks)

    @classmethod
    def from_bytes(cls, size: int, data: bytes) -> Frontier:
        """Raises ValueError when these are not the peaks of a tree of so many leaves."""
        if size < 0 or len(data) != size.bit_count() * HASH_BYTES:
            raise ValueError(f"{len(data)} bytes are not the frontier of {size} leaves")
        return cls(size, tuple(data[at : at + HASH_BYTES] for at in range(0, len(data), HASH_BYTES)))


def root_of(hashed_leaves: Iterable[bytes]) -> bytes:
    frontier = Frontier()
    for hashed in hashed_leaves:
        frontier = frontier.append(hashed)
    return frontier.root()


def inclusion_proof(root_over: RootOf, index: int, size: int) -> list[bytes]:
    """PATH(index, D[size]) of RFC 6962, 2.1.1, from the leaf upwards. Raises ValueError unless 0 ≤ index < size."""
    if not 0 <= index < size:
        raise ValueError(f"no leaf {index} among {size}")
    path, first, end = [], 0, size
    while end - first > 1:
        middle = first + _split(end - first)
        if index < middle:
            path.append(root_over(middle, end))
            end = middle
        else:
            path.append(root_over(first, middle))
            first = middle
    return path[::-1]


def consistency_proof(root_over: RootOf, earlier: int, size: int) -> list[bytes]:
    """PROOF(earlier, D[size]) of RFC 6962, 2.1.2. Raises ValueError unless 0 < earlier ≤ size."""
    if not 0 < earlier <= size:
        raise ValueError(f"no tree of {earlier} leaves within one of {size}")
    path, first, end, known = [], 0, size, True
    while earlier != end:
        middle = first + _split(end - first)
        if earlier <= middle:
            path.append(root_over(middle, end))
            end = middle
        else:
            path.append(root_over(first, middle))
            first, known = middle, False
    if not known:
        path.append(root_over(first, end))
    return path[::-1]


def includes(hashed_leaf: bytes, index: int, size: int, path: Sequence[bytes], root: bytes) -> bool:
    """Whether the path shows that the leaf is the one at `index` of the tree of `size` (RFC 9162, 2.1.3.2)."""
    if not 0 <= index < size:
        return False
    at, last, found = index, size - 1, hashed_leaf
    for step in path:
        if last == 0:
            return False
        if at & 1 or at == last:
            found = node_hash(step, found)
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            found = node_hash(found, step)
        at, last = at >> 1, last >> 1
    return last == 0 and found == root


def extends(earlier: int, earlier_root: bytes, size: int, root: bytes, path: Sequence[bytes]) -> bool:
    """Whether the path shows that the tree of `size` begins with that of `earlier` leaves (RFC 9162, 2.1.4.2).

    Every tree begins with the empty one, which needs no path.
    """
    if not 0 <= earlier <= size:
        return False
    if earlier in (0, size):
        return not path and earlier_root == (root if earlier == size else EMPTY_ROOT)
    steps = list(path) if earlier & (earlier - 1) else [earlier_root, *path]
    if not steps:
        return False
    at, last = earlier - 1, size - 1
    while at & 1:
        at, last = at >> 1, last >> 1
    old = new = steps[0]
    for step in steps[1:]:
        if last == 0:
            return False
        if at & 1 or at == last:
            old, new = node_hash(step, old), node_hash(step, new)
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            new = node_hash(new, step)
        at, last = at >> 1, last >> 1
    return last == 0 and old == earlier_root and new == root


def _split(count: int) -> int:
    """The largest power of two below `count`, which is at least 2."""
    return 1 << ((count - 1).bit_length() - 1)
