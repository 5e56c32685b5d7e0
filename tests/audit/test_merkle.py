"""The tree of RFC 6962: known answers of the Certificate Transparency project, and what every proof must and must not
show.

Leaves, roots and proofs are those of github.com/transparency-dev/merkle, testonly/constants.go and reference_test.go.
"""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.audit.merkle import (
    EMPTY_ROOT,
    Frontier,
    consistency_proof,
    extends,
    includes,
    inclusion_proof,
    leaf_hash,
    root_of,
)

LEAVES = [
    bytes.fromhex(leaf)
    for leaf in ("", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f")
]
ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
L0 = "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"
L1 = "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7"
L4 = "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b"
N01 = "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"
N23 = "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e"
N45 = "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a"
N67 = "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0"
N03 = "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7"
N47 = "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4"
INCLUSIONS = {
    (0, 1): [],
    (0, 2): [L1],
    (1, 2): [L0],
    (2, 3): [N01],
    (1, 5): [L0, N23, L4],
    (0, 8): [L1, N23, N47],
    (5, 8): [L4, N67, N03],
}
CONSISTENCIES = {
    (1, 1): [],
    (1, 8): [L1, N23, N47],
    (2, 5): [N23, L4],
    (6, 8): [N45, N67, N03],
}


def hashes(count):
    return [leaf_hash(str(n).encode()) for n in range(count)]


def over(hashed):
    return lambda first, end: root_of(hashed[first:end])


@pytest.mark.parametrize("size", range(9))
def test_roots_are_the_published_ones(size):
    """Of no leaf, and of the first one to eight."""
    assert root_of(map(leaf_hash, LEAVES[:size])).hex() == ROOTS[size]


@pytest.mark.parametrize(("index", "size"), INCLUSIONS)
def test_inclusion_proofs_are_the_published_ones(index, size):
    """Node by node, in the RFC's order."""
    path = inclusion_proof(over([leaf_hash(leaf) for leaf in LEAVES]), index, size)
    assert [step.hex() for step in path] == INCLUSIONS[index, size]
    assert includes(leaf_hash(LEAVES[index]), index, size, path, bytes.fromhex(ROOTS[size]))


@pytest.mark.parametrize(("earlier", "size"), CONSISTENCIES)
def test_consistency_proofs_are_the_published_ones(earlier, size):
    """Node by node, in the RFC's order."""
    path = consistency_proof(over([leaf_hash(leaf) for leaf in LEAVES]), earlier, size)
    assert [step.hex() for step in path] == CONSISTENCIES[earlier, size]
    assert extends(earlier, bytes.fromhex(ROOTS[earlier]), size, bytes.fromhex(ROOTS[size]), path)


def mth(hashed):
    """RFC 6962, 2.1, word for word."""
    if len(hashed) < 2:
        return hashed[0] if hashed else hashlib.sha256().digest()
    split = 1
    while split * 2 < len(hashed):
        split *= 2
    return hashlib.sha256(b"\x01" + mth(hashed[:split]) + mth(hashed[split:])).digest()


def test_the_frontier_has_the_root_of_the_definition():
    """At every size to 200, also when it was put away and taken up again."""
    frontier, all_hashes = Frontier(), hashes(200)
    for size, hashed in enumerate(all_hashes):
        assert frontier.root() == mth(all_hashes[:size])
        assert len(frontier.peaks) == size.bit_count()
        frontier = Frontier.from_bytes(frontier.size, frontier.to_bytes()).append(hashed)


@pytest.mark.parametrize(("size", "data"), [(0, b"x"), (1, b""), (3, bytes(32)), (-1, bytes(32)), (4, bytes(33))])
def test_a_frontier_of_another_size_is_refused(size, data):
    """Peaks are counted by the ones in the size."""
    with pytest.raises(ValueError, match="are not the frontier"):
        Frontier.from_bytes(size, data)


def test_every_proof_of_every_small_tree_verifies():
    """All trees of up to 40 leaves: every leaf is shown to be in it, every earlier tree to be its beginning."""
    all_hashes = hashes(40)
    roots = [root_of(all_hashes[:size]) for size in range(41)]
    for size in range(1, 41):
        root_over = over(all_hashes)
        for index in range(size):
            path = inclusion_proof(root_over, index, size)
            assert includes(all_hashes[index], index, size, path, roots[size])
            others = [n for n in range(size) if n != index]
            assert not any(includes(all_hashes[index], n, size, path, roots[size]) for n in others)
        for earlier in range(1, size + 1):
            path = consistency_proof(root_over, earlier, size)
            assert extends(earlier, roots[earlier], size, roots[size], path)
        assert extends(0, EMPTY_ROOT, size, roots[size], [])


def altered(draw, path):
    """The path with one bit turned, a step dropped, added, doubled, or two exchanged."""
    how = draw(st.sampled_from(["turn", "drop", "add", "exchange"] if path else ["add"]))
    place = draw(st.integers(0, max(0, len(path) - 1)))
    changed = list(path)
    if how == "turn":
        bit = draw(st.integers(0, 255))
        changed[place] = (int.from_bytes(changed[place]) ^ (1 << bit)).to_bytes(32)
    elif how == "drop":
        del changed[place]
    elif how == "add":
        changed.insert(place, draw(st.sampled_from([*path, bytes(32)])))
    else:
        other = draw(st.integers(0, len(path) - 1))
        changed[place], changed[other] = changed[other], changed[place]
    return changed


@given(st.data())
def test_no_altered_inclusion_proof_verifies(data):
    """Nor one for another leaf, another root or another size."""
    size = data.draw(st.integers(1, 100))
    index = data.draw(st.integers(0, size - 1))
    hashed = hashes(size)
    root, path = root_of(hashed), inclusion_proof(over(hashed), index, size)
    assert includes(hashed[index], index, size, path, root)
    changed = altered(data.draw, path)
    assert changed == path or not includes(hashed[index], index, size, changed, root)
    assert not includes(leaf_hash(b"another"), index, size, path, root)
    assert not includes(hashed[index], index, size, path, leaf_hash(b"another"))
    assert not includes(hashed[index], -1, size, path, root)
    assert not includes(hashed[index], size, size, path, root)


@given(st.data())
def test_no_altered_consistency_proof_verifies(data):
    """Nor one for a beginning that differs in a leaf."""
    size = data.draw(st.integers(1, 100))
    earlier = data.draw(st.integers(1, size))
    hashed = hashes(size)
    old, new, path = root_of(hashed[:earlier]), root_of(hashed), consistency_proof(over(hashed), earlier, size)
    assert extends(earlier, old, size, new, path)
    changed = altered(data.draw, path)
    assert changed == path or not extends(earlier, old, size, new, changed)
    other = list(hashed)
    other[data.draw(st.integers(0, earlier - 1))] = leaf_hash(b"another")
    other_path = consistency_proof(over(other), earlier, size)
    assert not extends(earlier, old, size, root_of(other), other_path)
    assert not extends(earlier, root_of(other[:earlier]), size, new, path)
    assert not extends(size + 1, old, size, new, path)


@pytest.mark.parametrize(("index", "size"), [(0, 0), (1, 1), (-1, 3)])
def test_what_is_not_in_the_tree_cannot_be_proven(index, size):
    """Asking for it is a mistake of the caller."""
    with pytest.raises(ValueError, match="no leaf"):
        inclusion_proof(over(hashes(size)), index, size)
    with pytest.raises(ValueError, match="no tree"):
        consistency_proof(over(hashes(size)), size + 1, size)
