"""Whatever is done to a log by someone without the key, a head that left the house before tells."""

import random
import shutil

import pytest
from audit_logs import AT, Intruder, entry, filled, looked_at, open_log

from monitor.audit import Act, Entry, SignedHead, check
from monitor.signing import load_signer

SEALS = (7, 20, 33, 34, 60)
SIZE = SEALS[-1]
SEEDS_EACH = 8


def turned(data, chance):
    """One bit of it is another."""
    at = chance.randrange(len(data) * 8)
    changed = bytearray(data)
    changed[at // 8] ^= 1 << at % 8
    return bytes(changed)


def other_entry(leaf, chance):
    """An entry that could have been written, and was not."""
    was = Entry.from_leaf(leaf)
    return chance.choice([
        Entry(was.at, "somebody", was.act, was.subject, was.facts),
        Entry(was.at, was.actor, was.act, was.subject, {**was.facts, "number": 999}),
        Entry(was.at, was.actor, was.act, "another-flag", was.facts),
        Entry(was.at.replace(year=2025), was.actor, was.act, was.subject, was.facts),
        Entry(was.at, was.actor, Act.NOTE if was.act != Act.NOTE else Act.HOLD, was.subject, was.facts),
    ]).leaf_bytes()  # fmt: skip


def a_leafs_byte(evil, chance):
    seq = chance.randrange(SIZE)
    evil.run("UPDATE audit_entries SET leaf = ? WHERE seq = ?", turned(evil.leaves()[seq], chance), seq)


def a_hashs_byte(evil, chance):
    seq = chance.randrange(SIZE)
    ((hashed,),) = evil.run("SELECT leaf_hash FROM audit_entries WHERE seq = ?", seq)
    evil.run("UPDATE audit_entries SET leaf_hash = ? WHERE seq = ?", turned(hashed, chance), seq)


def a_column(evil, chance):
    column, value = chance.choice([
        ("actor", "somebody"), ("act", "login_failed"), ("subject", "flag-x"), ("at", "2025-01-01 00:00:00.000000"),
        ("at", "never"), ("at", "0001-01-01T00:00:00+23:59"), ("actor", 5), ("leaf", "text"), ("leaf_hash", "text"),
        ("subject", b"\xff"),
    ])  # fmt: skip
    evil.run(f"UPDATE audit_entries SET {column} = ? WHERE seq = ?", value, chance.randrange(SIZE))


def two_places(evil, chance):
    one, other = chance.sample(range(SIZE), 2)
    for old, new in ((one, -5), (other, one), (-5, other)):
        evil.run("UPDATE audit_entries SET seq = ? WHERE seq = ?", new, old)


def two_contents(evil, chance):
    one, other = chance.sample(range(SIZE), 2)
    leaves = evil.leaves()
    leaves[one], leaves[other] = leaves[other], leaves[one]
    evil.rewrite(leaves)


def one_from_the_middle(evil, chance):
    evil.run("DELETE FROM audit_entries WHERE seq = ?", chance.randrange(1, SIZE - 1))


def one_from_the_middle_and_all_set_right(evil, chance):
    leaves = evil.leaves()
    del leaves[chance.randrange(SIZE - 1)]
    evil.rewrite(leaves)


def the_tail(evil, chance):
    evil.run("DELETE FROM audit_entries WHERE seq >= ?", chance.randrange(1, SIZE))


def the_tail_and_the_tree(evil, chance):
    evil.rewrite(evil.leaves()[: chance.randrange(SIZE)])


def the_tail_the_tree_and_the_heads(evil, chance):
    size = chance.choice([0, *SEALS[:-1], chance.randrange(SIZE)])
    evil.rewrite(evil.leaves()[:size])
    evil.put_heads([line for line in evil.heads() if SignedHead.from_line(line).head.size <= size])


def one_put_in(evil, chance):
    leaves = evil.leaves()
    leaves.insert(chance.randrange(SIZE), entry(chance.randrange(1000, 2000)).leaf_bytes())
    evil.rewrite(leaves)


def one_put_in_twice(evil, chance):
    leaves = evil.leaves()
    seq = chance.randrange(SIZE)
    evil.rewrite([*leaves[:seq], leaves[seq], *leaves[seq:]])


def one_put_at_the_end_alone(evil, chance):
    seq = chance.choice([SIZE, -1, SIZE + 5])
    evil.run(
        "INSERT INTO audit_entries (seq, at, actor, act, subject, leaf, leaf_hash)"
        " SELECT ?, at, actor, act, subject, leaf, leaf_hash FROM audit_entries WHERE seq = 3",
        seq,
    )


def one_changed_and_all_set_right(evil, chance):
    leaves = evil.leaves()
    seq = chance.randrange(SIZE)
    leaves[seq] = other_entry(leaves[seq], chance)
    evil.rewrite(leaves)


def one_changed_and_signed_by_another_key(evil, chance):
    one_changed_and_all_set_right(evil, chance)
    evil.seal_all(load_signer(evil.workspace / "evil keys"), list(SEALS))


def all_as_it_was_and_signed_by_another_key(evil, chance):
    evil.seal_all(load_signer(evil.workspace / "evil keys"), [*sorted(chance.sample(range(SIZE), 3)), SIZE])


def one_changed_under_the_heads_of_before(evil, chance):
    lines = evil.heads()
    one_changed_and_all_set_right(evil, chance)
    evil.put_heads(lines[: chance.randrange(len(lines) + 1)])


def a_head_taken_out(evil, chance):
    lines = evil.heads()
    del lines[chance.randrange(len(lines))]
    evil.put_heads(lines, table=chance.random() < 0.5)


def the_last_heads(evil, chance):
    lines = evil.heads()
    evil.put_heads(lines[: chance.randrange(len(lines))], table=chance.random() < 0.5)


def a_heads_byte(evil, chance):
    evil.heads_file.write_bytes(turned(evil.heads_file.read_bytes(), chance))


def the_order_of_heads(evil, chance):
    lines = evil.heads()
    one, other = chance.sample(range(len(lines)), 2)
    lines[one], lines[other] = lines[other], lines[one]
    evil.put_heads(lines, table=chance.random() < 0.5)


def an_old_head_at_the_end(evil, chance):
    lines = evil.heads()
    evil.put_heads([*lines, chance.choice(lines[:-1])])


def no_heads(evil, chance):
    evil.heads_file.unlink()
    if chance.random() < 0.5:
        evil.run("UPDATE audit_tree SET head = ''")


def the_tree(evil, chance):
    ((frontier,),) = evil.run("SELECT frontier FROM audit_tree")
    column, value = chance.choice([
        ("size", SIZE - 1), ("size", SIZE + 1), ("size", 0), ("size", "many"), ("frontier", turned(frontier, chance)),
        ("frontier", b""), ("log_id", "0" * 32), ("head", "{}"),
    ])  # fmt: skip
    evil.run(f"UPDATE audit_tree SET {column} = ?", value)


def another_log(evil, chance):
    """Of the same desk, by the same key: a whole other workspace in the place of this one."""
    keys, place = evil.workspace.parent / "keys", evil.workspace.parent / f"other-{chance.random()}"
    filled(place, keys, SEALS)
    shutil.rmtree(evil.workspace)
    shutil.copytree(place, evil.workspace)


WAYS = [
    a_leafs_byte, a_hashs_byte, a_column, two_places, two_contents, one_from_the_middle,
    one_from_the_middle_and_all_set_right, the_tail, the_tail_and_the_tree, the_tail_the_tree_and_the_heads, one_put_in,
    one_put_in_twice, one_put_at_the_end_alone, one_changed_and_all_set_right, one_changed_and_signed_by_another_key,
    all_as_it_was_and_signed_by_another_key, one_changed_under_the_heads_of_before, a_head_taken_out, the_last_heads,
    a_heads_byte, the_order_of_heads, an_old_head_at_the_end, no_heads, the_tree, another_log,
]  # fmt: skip


@pytest.fixture(scope="module")
def untouched(tmp_path_factory):
    """A sealed log, its heads and its key; the last head was exported."""
    place = tmp_path_factory.mktemp("untouched")
    _, heads = filled(place / "workspace", place / "keys", SEALS)
    return place, heads


@pytest.fixture
def place(untouched, tmp_path):
    """A copy to spoil."""
    shutil.copytree(untouched[0], tmp_path, dirs_exist_ok=True)
    return tmp_path


def test_an_untouched_log_has_no_problem(untouched):
    """With every head ever exported, and without any."""
    place, heads = untouched
    for known in (heads, []):
        found = looked_at(place / "workspace", known, load_signer(place / "keys"))
        assert (found.problems, found.notes, found.size) == ((), (), SIZE)
        assert found.heads == len(heads) + len(known)


@pytest.mark.parametrize("way", WAYS)
def test_200_ways_of_bending_a_log_are_all_found(way, untouched, tmp_path):
    """25 kinds, 8 seeds each: a bit, an entry, its place, its end, the tree, the heads, the key, the whole."""
    missed = []
    for seed in range(SEEDS_EACH):
        place = tmp_path / str(seed)
        shutil.copytree(untouched[0], place)
        way(Intruder(place / "workspace"), random.Random(f"{way.__name__} {seed}"))
        found = looked_at(place / "workspace", [untouched[1][-1]], load_signer(place / "keys"))
        if not found.problems:
            missed.append(seed)
    assert missed == []


def test_there_are_200_of_them():
    """What the name of the test above says."""
    assert len(WAYS) * SEEDS_EACH == 200


def test_what_is_wrong_is_named(place):
    """The entry and the head that do not fit, in words."""
    evil = Intruder(place / "workspace")
    evil.run("UPDATE audit_entries SET actor = 'x' WHERE seq = 5")
    evil.run("DELETE FROM audit_entries WHERE seq = 50")
    said = [str(problem) for problem in looked_at(place / "workspace", [], load_signer(place / "keys")).problems]
    assert said == [
        "entry 5: its column for the actor says something else than its content",
        "entry 51: entry 50 is missing",
        "tree: is of 60 entries; the log has 59, of which 59 in their order",
        "heads.jsonl:5: was of 60 entries, the log has 59: its end was cut off",
    ]


def test_a_time_before_all_times_is_wrong_like_any_other(place):
    """In UTC it would be before the year 1: the entry is named, and the check comes to its end."""
    evil = Intruder(place / "workspace")
    evil.run("UPDATE audit_entries SET at = '0001-01-01T00:00:00+23:59' WHERE seq = 5")
    said = [str(problem) for problem in looked_at(place / "workspace", [], load_signer(place / "keys")).problems]
    assert said == ["entry 5: its column for the time says something else than its content"]


def test_a_long_list_of_problems_is_cut(place):
    """Ten of a kind are told, and how many more there are."""
    evil = Intruder(place / "workspace")
    evil.run("UPDATE audit_entries SET actor = 'x'")
    said = [str(problem) for problem in looked_at(place / "workspace", [], load_signer(place / "keys")).problems]
    assert len(said) == 11
    assert said[-1] == "entries: 50 more of the same kind"


def test_what_was_not_yet_sealed_is_told(place):
    """Until a head is signed an intruder could write the newest entries anew: that is said, and is no problem."""
    log, signer = open_log(place / "workspace"), load_signer(place / "keys")
    log.append(entry(100), entry(101))
    found = looked_at(place / "workspace", [], signer)
    assert (found.problems, found.notes) == ((), ("2 entries after the last head, not yet sealed",))
    log.seal(signer)
    assert looked_at(place / "workspace", [], signer).notes == ()


def test_half_a_line_is_no_problem_and_is_mended(place):
    """A write that was cut off: the next head cuts the rest away and goes on from the last whole one."""
    log, signer, file = (
        open_log(place / "workspace"),
        load_signer(place / "keys"),
        place / "workspace/audit/heads.jsonl",
    )
    whole = file.read_bytes()
    file.write_bytes(whole + whole.splitlines()[-1][:100])
    found = looked_at(place / "workspace", [], signer)
    assert found.problems == ()
    assert "unfinished" in found.notes[0]
    log.append(entry(100))
    signed = log.seal(signer)
    assert file.read_bytes() == whole + signed.to_line()
    assert looked_at(place / "workspace", [], signer).problems == ()


def test_a_cut_head_leaves_a_hole_for_good(place):
    """The desk goes on sealing after the last head was cut from the file: the chain still misses it."""
    evil, signer = Intruder(place / "workspace"), load_signer(place / "keys")
    evil.put_heads(evil.heads()[:-1], table=False)
    log = open_log(place / "workspace")
    log.append(entry(100))
    log.seal(signer)
    said = " ".join(map(str, looked_at(place / "workspace", [], signer).problems))
    assert "heads were taken out" in said


def test_a_log_that_was_cut_is_not_sealed(place):
    """The key signs no log that does not go on from the last head."""
    evil, signer = Intruder(place / "workspace"), load_signer(place / "keys")
    evil.rewrite(evil.leaves()[:-1])
    with pytest.raises(Exception, match="does not go on from its head of 60 entries"):
        open_log(place / "workspace").seal(signer)


def test_a_desk_that_changed_its_key_gives_both(place):
    """Heads by the old key and heads by the new one are in order when both are known, and not otherwise."""
    old, new = load_signer(place / "keys"), load_signer(place / "new keys")
    log = open_log(place / "workspace")
    log.append(Entry(AT, "王芳", Act.KEY_CHANGE, new.key_id, {"before": old.key_id}))
    log.seal(new)
    tree, heads = log.state()
    assert check(log.entries(), tree, heads, keys=[old.public_key, new.public_key]).problems == ()
    assert len(check(log.entries(), tree, heads, keys=[new.public_key]).problems) == len(SEALS)
    assert len(check(log.entries(), tree, heads).problems) == 1
