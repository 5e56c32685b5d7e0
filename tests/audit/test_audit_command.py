"""`monitor audit`: what an operator and a stranger see, and the exit codes."""

import json
import re
from dataclasses import replace

import pytest
from audit_logs import Intruder, entry, filled, open_log
from authority import make_authority, serving

from monitor.audit import Act, Proof, ProofError, SignedHead, read_proof
from monitor.cli.audit import prove, prove_since, seal, show, verify_log, verify_proofs
from monitor.config import Settings
from monitor.errors import MonitorError, UsageError, WorkspaceError
from monitor.signing import PUBLIC, load_signer


@pytest.fixture
def settings(tmp_path):
    """Of a workspace with a sealed log of 30 entries."""
    filled(tmp_path / "workspace", tmp_path / "keys", (10, 30))
    return Settings(workspace=tmp_path / "workspace", keys=tmp_path / "keys")


def verified(settings, *heads, keys=(), authority=None):
    return verify_log(settings, heads, keys, authority)


def test_an_untouched_log_verifies(settings, tmp_path, capsys):
    """One line with what it is, and exit code 0; also against an exported head."""
    assert verified(settings) == 0
    (line,) = capsys.readouterr().out.splitlines()
    key = load_signer(settings.keys).key_id
    assert line.endswith(f"audit log as it was written: 30 entries, 2 heads, the last of 30 entries, signed by {key}")
    seal(settings, tmp_path / "head.json")
    open_log(settings.workspace).append(entry(31))
    assert verified(settings, tmp_path / "head.json", keys=[settings.keys / PUBLIC]) == 0
    said = capsys.readouterr()
    assert "1 exported head among them" in said.out
    assert "1 entries after the last head, not yet sealed" in said.err


def test_a_bent_log_does_not(settings, capsys):
    """A line for each problem on standard error, exit code 1."""
    Intruder(settings.workspace).run("UPDATE audit_entries SET actor = 'x' WHERE seq = 5")
    assert verified(settings) == 1
    said = capsys.readouterr()
    assert said.out == ""
    assert "audit log: entry 5: its column for the actor says something else" in said.err
    assert "not as it was written: 1 problem\n" in said.err


def test_a_log_rolled_back_is_found_by_its_exported_head(settings, tmp_path, capsys):
    """All of it set right, heads and all: only what left the house knows."""
    seal(settings, tmp_path / "head.json")
    evil = Intruder(settings.workspace)
    evil.rewrite(evil.leaves()[:10])
    evil.put_heads(evil.heads()[:1])
    assert verified(settings) == 0
    assert verified(settings, tmp_path / "head.json") == 1
    assert "was of 30 entries, the log has 10: its end was cut off" in capsys.readouterr().err


def test_a_log_without_its_state_is_told_in_one_line(settings):
    """The error has the exit code of a failed check."""
    Intruder(settings.workspace).run("DELETE FROM audit_tree")
    with pytest.raises(MonitorError, match="state is missing") as caught:
        verified(settings)
    assert caught.value.exit_code == 1


def test_another_desks_key_is_told(settings, tmp_path, capsys):
    """Whoever verifies names the key; without any it is printed to be compared."""
    load_signer(tmp_path / "other")
    assert verified(settings, keys=[tmp_path / "other" / PUBLIC]) == 1
    assert "signed by the key" in capsys.readouterr().err
    assert verified(settings.model_copy(update={"keys": tmp_path / "none"})) == 0
    assert f"heads are by {load_signer(settings.keys).key_id}" in capsys.readouterr().err
    assert not (tmp_path / "none").exists()


@pytest.mark.parametrize("content", [None, b"", b"{}\n", b"\xff\n"])
def test_a_head_file_that_is_none_is_refused(settings, tmp_path, content):
    """As a wrong argument, with what to give."""
    if content is not None:
        (tmp_path / "head").write_bytes(content)
    with pytest.raises(UsageError):
        verified(settings, tmp_path / "head")


def test_a_head_is_printed_or_written(settings, tmp_path, capsys):
    """The same line either way, and no second head where nothing was added."""
    seal(settings, None)
    line = capsys.readouterr().out.encode()
    seal(settings, tmp_path / "head.json")
    assert (tmp_path / "head.json").read_bytes() == line
    assert SignedHead.from_line(line).head.size == 30
    with pytest.raises(WorkspaceError, match="--out"):
        seal(settings, tmp_path / "no" / "head.json")
    with pytest.raises(WorkspaceError, match="no workspace"):
        seal(settings.model_copy(update={"workspace": tmp_path / "nowhere"}), None)


def test_an_authority_stamps_the_head(settings, tmp_path, capsys):
    """The stamp goes with the exported head, `verify` tells the time; one that is gone costs a warning line."""
    gone = settings.model_copy(update={"timestamp_url": "http://127.0.0.1:9/"})
    seal(gone, tmp_path / "head.json")
    assert re.fullmatch(
        r"monitor: http\S+ the time-stamp authority does not answer .*without it\n", capsys.readouterr().err
    )
    with serving(make_authority(tmp_path / "authority")) as authority:
        seal(settings.model_copy(update={"timestamp_url": authority.url}), tmp_path / "head.json")
    assert (tmp_path / "head.json.tsr").stat().st_size > 500
    assert verified(settings) == 0
    assert "by CN=Authority of the tests; its certificate was not checked" in capsys.readouterr().out
    assert verified(settings, authority=authority.root) == 0
    assert "not checked" not in capsys.readouterr().out


def test_entries_are_listed(settings, capsys):
    """The newest last, by kind of act where asked, or as they were written."""
    show(settings, 5, [], jsonl=True)
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [line["seq"] for line in lines] == [25, 26, 27, 28, 29]
    assert lines[0]["facts"] == {"number": 25}
    show(settings, 5, ["scan_begun", "flag", "flag"], jsonl=True)
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert {line["act"] for line in lines} == {"scan_begun", "flag"}
    assert [line["seq"] for line in lines] == sorted({line["seq"] for line in lines})
    show(settings, 2, [], jsonl=False)
    said = capsys.readouterr().out
    assert "flag-29 number 29" in said
    assert "2 of 30 entries" in said
    with pytest.raises(UsageError, match="no act nonsense"):
        show(settings, 5, ["nonsense"], jsonl=False)


def test_a_list_shows_the_beginning_of_digests(settings, capsys):
    """One line an entry where it can be; `--jsonl` has them whole."""
    one = replace(entry(30), act=Act.EXPORT, subject=f"stream:{'ab' * 16}", facts={"zip": "cd" * 32})
    open_log(settings.workspace).append(one)
    show(settings, 1, [], jsonl=False)
    assert 'stream:abababab… zip "cdcdcdcd…"' in capsys.readouterr().out
    show(settings, 1, [], jsonl=True)
    (line,) = map(json.loads, capsys.readouterr().out.splitlines())
    assert (line["subject"], line["facts"]) == (f"stream:{'ab' * 16}", {"zip": "cd" * 32})


def test_an_entry_is_proven_to_a_stranger(settings, tmp_path, capsys):
    """The file alone and the desk's public key; a head is made when the last one is older than the entry."""
    log = open_log(settings.workspace)
    log.append(entry(30))
    for seq in (0, 9, 29, 30):
        prove(settings, seq, tmp_path / f"{seq}.json")
    stranger = settings.model_copy(update={"workspace": tmp_path / "nowhere", "keys": tmp_path / "none"})
    key = settings.keys / PUBLIC
    assert verify_proofs(stranger, [tmp_path / f"{seq}.json" for seq in (0, 9, 29, 30)], [key]) == 0
    assert "of 31 entries, signed by" in capsys.readouterr().out
    assert verify_proofs(stranger, [tmp_path / "0.json"], []) == 0
    assert "which is to be compared" in capsys.readouterr().out
    with pytest.raises(UsageError, match="no entry 31"):
        prove(settings, 31, tmp_path / "31.json")
    with pytest.raises(UsageError, match="no entry -1"):
        prove(settings, -1, tmp_path / "31.json")


def test_no_altered_proof_verifies(settings, tmp_path, capsys):
    """Each byte of it, and another place, another entry, another key."""
    prove(settings, 12, tmp_path / "proof.json")
    whole = (tmp_path / "proof.json").read_bytes()
    for at in range(len(whole)):
        with pytest.raises(ProofError):
            read_proof(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :]).check()
    for change in ({"seq": 13}, {"leaf": entry(13).leaf_bytes()}, {"path": ()}):
        proof = Proof.from_json(whole)
        parts = {"seq": proof.seq, "leaf": proof.leaf, "path": proof.path, "signed": proof.signed} | change
        (tmp_path / "proof.json").write_bytes(Proof(**parts).to_json())
        assert verify_proofs(settings, [tmp_path / "proof.json"], []) == 1
    assert "is not number 13" in capsys.readouterr().err
    (tmp_path / "proof.json").write_bytes(whole)
    load_signer(tmp_path / "other")
    assert verify_proofs(settings, [tmp_path / "proof.json"], [tmp_path / "other" / PUBLIC]) == 1


def test_a_bent_log_proves_nothing(settings, tmp_path):
    """The proof is looked at before it is written."""
    Intruder(settings.workspace).run("UPDATE audit_entries SET leaf_hash = ? WHERE seq = 3", bytes(32))
    with pytest.raises(MonitorError, match="cannot be proven"):
        prove(settings, 12, tmp_path / "proof.json")
    assert not (tmp_path / "proof.json").exists()


def test_growth_is_proven_to_whoever_has_an_old_head(settings, tmp_path, capsys):
    """By one file, without the workspace; and not where something was changed."""
    old, new = tmp_path / "old.json", tmp_path / "new.json"
    seal(settings, old)
    log = open_log(settings.workspace)
    log.append(*map(entry, range(30, 45)))
    prove_since(settings, old, new)
    stranger = settings.model_copy(update={"workspace": tmp_path / "nowhere", "keys": tmp_path / "none"})
    assert verify_proofs(stranger, [new], [settings.keys / PUBLIC]) == 0
    assert "the first 30 of 45 entries are those of" in capsys.readouterr().out
    whole = new.read_bytes()
    for at in range(len(whole)):
        with pytest.raises(ProofError):
            read_proof(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :]).check()
    evil = Intruder(settings.workspace)
    evil.rewrite([*evil.leaves()[:7], entry(99).leaf_bytes(), *evil.leaves()[8:]])
    log.append(entry(45))
    with pytest.raises(MonitorError, match="cannot be shown to go on from 30 entries"):
        prove_since(settings, old, tmp_path / "no.json")
    assert not (tmp_path / "no.json").exists()
    many = tmp_path / "many.json"
    many.write_bytes(old.read_bytes() * 2)
    with pytest.raises(UsageError, match="several heads"):
        prove_since(settings, many, tmp_path / "no.json")


def test_heads_of_two_logs_prove_nothing(settings, tmp_path, capsys):
    """Nor heads by two keys, of which one is not known."""
    filled(tmp_path / "other", settings.keys, (10,))
    other = settings.model_copy(update={"workspace": tmp_path / "other"})
    seal(other, tmp_path / "other.json")
    with pytest.raises(MonitorError, match="of two logs"):
        prove_since(settings, tmp_path / "other.json", tmp_path / "no.json")
    seal(settings, tmp_path / "old.json")
    new_keys = settings.model_copy(update={"keys": tmp_path / "new keys"})
    prove_since(new_keys, tmp_path / "old.json", tmp_path / "new.json")
    assert verify_proofs(settings, [tmp_path / "new.json"], []) == 1
    assert "later head: signed by the key" in capsys.readouterr().err
    both = [settings.keys / PUBLIC, new_keys.keys / PUBLIC]
    assert verify_proofs(settings, [tmp_path / "new.json"], both) == 0
