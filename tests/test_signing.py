"""Signatures: made by one key, checked by anybody, and of no use once a bit is another."""

import multiprocessing
import stat

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor import config
from monitor.errors import MissingComponentError, UsageError
from monitor.signing import PRIVATE, PUBLIC, Signature, SignatureError, known_public_key, load_public_key, load_signer


def _key_id(folder, results):
    results.put(load_signer(folder).key_id)


def test_the_key_is_made_once_and_kept_for_its_owner(tmp_path):
    """The second load finds the first one's key; nobody else may read it."""
    folder = tmp_path / "keys"
    first = load_signer(folder)
    assert load_signer(folder).key_id == first.key_id
    assert stat.S_IMODE((folder / PRIVATE).stat().st_mode) == 0o600
    assert known_public_key(folder) == load_public_key(folder / PUBLIC) == first.public_key


def test_processes_that_start_together_share_one_key(tmp_path):
    """Ten workers, one key."""
    spawn = multiprocessing.get_context("fork")
    results = spawn.Queue()
    workers = [spawn.Process(target=_key_id, args=(tmp_path, results)) for _ in range(10)]
    for worker in workers:
        worker.start()
    ids = {results.get(timeout=30) for _ in workers}
    for worker in workers:
        worker.join()
    assert ids == {load_signer(tmp_path).key_id}
    assert sorted(path.name for path in tmp_path.iterdir()) == [PRIVATE, PUBLIC]


def test_a_signature_is_of_one_message_for_one_purpose(tmp_path):
    """What was signed as evidence is no tree head."""
    signed = load_signer(tmp_path).sign("evidence", b"manifest")
    signed.check("evidence", b"manifest")
    for purpose, message in (("evidence", b"manifesT"), ("tree head", b"manifest"), ("evidencem", b"anifest")):
        with pytest.raises(SignatureError):
            signed.check(purpose, message)


def test_every_bit_of_a_written_signature_counts(tmp_path):
    """No flipped bit passes, not even in the unused bits of Base64, the key's id or the white space."""
    signed = load_signer(tmp_path).sign("evidence", b"manifest")
    written = signed.to_json()
    assert Signature.from_json(written) == signed
    for bit in range(len(written) * 8):
        flipped = bytearray(written)
        flipped[bit // 8] ^= 1 << bit % 8
        with pytest.raises(SignatureError):
            Signature.from_json(bytes(flipped)).check("evidence", b"manifest")


@given(st.binary(max_size=300))
def test_anything_else_is_no_signature(data):
    """Whatever a file may hold, the answer is one error."""
    with pytest.raises(SignatureError):
        Signature.from_json(data)


@pytest.mark.parametrize("content", [b"", b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"])
def test_a_damaged_key_says_what_to_do(tmp_path, content):
    """The key is never replaced by itself: that would sign as somebody else."""
    (tmp_path / PRIVATE).write_bytes(content)
    with pytest.raises(MissingComponentError, match="restore it from a backup"):
        load_signer(tmp_path)
    (tmp_path / PUBLIC).write_bytes(content)
    with pytest.raises(UsageError, match="no public key"):
        load_public_key(tmp_path / PUBLIC)
    assert (tmp_path / PRIVATE).read_bytes() == content


def test_a_key_beside_anothers_public_half_is_refused(tmp_path):
    """Else this desk would take what it signs itself for somebody else's."""
    load_signer(tmp_path)
    (tmp_path / PRIVATE).unlink()
    with pytest.raises(
        MissingComponentError, match=r"signing\.pub\.pem: not the public half of signing\.pem; remove it"
    ):
        load_signer(tmp_path)
    (tmp_path / PUBLIC).unlink()
    assert load_signer(tmp_path).public_key == known_public_key(tmp_path)


def test_a_folder_of_keys_in_the_workspace_is_refused(tmp_path):
    """Under whatever name: who can write to a workspace must not be able to sign."""
    (tmp_path / "w").mkdir()
    (tmp_path / "elsewhere").symlink_to(tmp_path / "w")
    for keys in (tmp_path / "w" / "keys", tmp_path / "w", tmp_path / "elsewhere" / "keys"):
        with pytest.raises(UsageError, match="--keys: lies in the workspace"):
            config.load(workspace=tmp_path / "w", keys=keys)
    assert config.load(workspace=tmp_path / "w", keys=tmp_path / "w-keys").keys == tmp_path / "w-keys"
